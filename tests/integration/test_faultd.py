"""The fault server's Streams, Firehose, verdict and faults, with boto3 as the client."""

from __future__ import annotations

import gzip
import http.client
import json
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest

from tests.support.faultd import FaultServer, FaultServerError

ClientError = botocore.exceptions.ClientError


@pytest.fixture()
def server(tmp_path: Path) -> Iterator[FaultServer]:
    with FaultServer(delivery_streams=["orders"], landing=tmp_path / "landing") as running:
        yield running


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def status_of(error: pytest.ExceptionInfo[ClientError]) -> int:
    return int(error.value.response["ResponseMetadata"]["HTTPStatusCode"])


def shards_of(server: FaultServer, arn: str, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    client = server.client("dynamodbstreams")
    while True:
        page = client.describe_stream(StreamArn=arn, **options)["StreamDescription"]
        found += page["Shards"]
        if "LastEvaluatedShardId" not in page:
            return found
        options["ExclusiveStartShardId"] = page["LastEvaluatedShardId"]


def open_shard(server: FaultServer, arn: str, shard: str, kind: str = "TRIM_HORIZON", **options: Any) -> str:
    reply = server.client("dynamodbstreams").get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **options
    )
    return str(reply["ShardIterator"])


def read_shard(
    server: FaultServer, arn: str, shard: str, most_pages: int = 1000
) -> tuple[list[dict[str, Any]], bool]:
    """All records, and whether the shard ended."""
    client = server.client("dynamodbstreams")
    iterator: str | None = open_shard(server, arn, shard)
    records: list[dict[str, Any]] = []
    for _ in range(most_pages):
        reply = client.get_records(ShardIterator=iterator)
        records += reply["Records"]
        iterator = reply.get("NextShardIterator")
        if iterator is None:
            return records, True
        if not reply["Records"]:
            return records, False
    raise AssertionError("no end in sight")


def raw_call(
    server: FaultServer, target: str, body: bytes, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Unsigned, without a client's interpretation."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/", body, {"X-Amz-Target": target} | (headers or {}))
    reply = connection.getresponse()
    answer = reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
    connection.close()
    return answer


def raw_pages(server: FaultServer, arn: str, shard: str) -> Iterator[bytes]:
    """The text of every page, as a worker sees it."""
    server.settings(signatures=False)
    iterator = json.dumps(open_shard(server, arn, shard))
    while iterator != "null":
        _, headers, body = raw_call(
            server, "DynamoDBStreams_20120810.GetRecords", b'{"ShardIterator":%s}' % iterator.encode()
        )
        assert int(headers["x-amz-crc32"]) == zlib.crc32(body)
        page = json.loads(body)
        yield body
        if not page["Records"]:
            return
        iterator = json.dumps(page.get("NextShardIterator"))


def lines_of(page: bytes, shard: str) -> list[bytes]:
    """The landed lines of a page: images byte for byte, cut out by position."""
    lines = []
    for record in json.loads(page)["Records"]:
        start = page.index(record["eventID"].encode())
        begin = max(page.rfind(b'{"awsRegion"', 0, start), 0)
        following = page.find(b',{"awsRegion"', begin + 1)
        raw = page[begin : following if following > 0 else len(page)]
        change = record["dynamodb"]
        line = b'{"v":1,"event_id":"%s","op":"%s","shard":"%s","seq":"%s"' % tuple(
            text.encode()
            for text in (record["eventID"], record["eventName"], shard, change["SequenceNumber"])
        )
        line += b',"keys":' + _value_behind(raw, b'"Keys":')
        if "NewImage" in change:
            line += b',"new_image":' + _value_behind(raw, b'"NewImage":')
        lines.append(line + b"}\n")
    return lines


def _value_behind(raw: bytes, name: bytes) -> bytes:
    start = raw.index(name) + len(name)
    _, end = json.JSONDecoder().raw_decode(raw[start:].decode())
    return raw[start:].decode()[:end].encode()


def put(server: FaultServer, lines: list[bytes], name: str = "orders") -> dict[str, Any]:
    records = [{"Data": line} for line in lines]
    return dict(server.client("firehose").put_record_batch(DeliveryStreamName=name, Records=records))


# Streams


def test_a_table_leads_to_its_stream(server: FaultServer) -> None:
    made = server.create_stream(table="orders")
    table = server.client("dynamodb").describe_table(TableName="orders")["Table"]
    assert table["LatestStreamArn"] == made["arn"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    listed = server.client("dynamodbstreams").list_streams(TableName="orders")["Streams"]
    assert [stream["StreamArn"] for stream in listed] == [made["arn"]]


def test_a_new_stream_of_the_table_is_another_arn(server: FaultServer) -> None:
    first, second = server.create_stream(), server.create_stream()
    assert first["arn"] != second["arn"]
    table = server.client("dynamodb").describe_table(TableName="orders")["Table"]
    assert table["LatestStreamArn"] == second["arn"]
    assert shards_of(server, first["arn"])


def test_records_are_whole_distinct_and_rising(server: FaultServer) -> None:
    made = server.create_stream(shards=2, records=2500, generations=1)
    shards = shards_of(server, made["arn"])
    assert len(shards) == 6
    greatest: dict[str, str] = {}
    for shard in shards:
        records, ended = read_shard(server, made["arn"], shard["ShardId"])
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        assert len(records) == 2500
        assert numbers == sorted(set(numbers), key=int)
        assert all(21 <= len(number) <= 40 for number in numbers)
        assert ended == ("EndingSequenceNumber" in shard["SequenceNumberRange"])
        assert len({record["eventID"] for record in records}) == 2500
        greatest[shard["ShardId"]] = numbers[-1]
        if parent := shard.get("ParentShardId"):
            assert int(numbers[0]) > int(greatest[parent])
    lengths = {len(number) for number in greatest.values()}
    assert len(lengths) > 1, "numbers of several lengths, or comparing texts would do"


def test_records_vary_and_hold_what_breaks_parsers(server: FaultServer) -> None:
    made = server.create_stream(records=3000, record_bytes=700)
    records, _ = read_shard(server, made["arn"], made["shards"][0])
    assert {record["eventName"] for record in records} == {"INSERT", "MODIFY", "REMOVE"}
    assert any(record.get("userIdentity") for record in records)
    text = b"".join(raw_pages(server, made["arn"], made["shards"][0]))
    for wanted in (rb"\"", rb"\\", rb"\u0007", rb"\ud83d\ude00", "漢字".encode(), b'"NS":[', b'"BOOL":', b"1E-130"):
        assert wanted in text, wanted
    assert 550 < len(text) / 3000 < 850


def test_the_same_seed_gives_the_same_records(server: FaultServer) -> None:
    def pages(**shape: Any) -> list[Any]:
        made = server.create_stream(records=50, **shape)
        records, _ = read_shard(server, made["arn"], made["shards"][0])
        for record in records:
            del record["dynamodb"]["ApproximateCreationDateTime"]
        return records

    assert pages(seed=5) == pages(seed=5) != pages(seed=6)


@pytest.mark.parametrize("view", ["NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY", "NEW_AND_OLD_IMAGES"])
def test_views_hold_their_images_only(server: FaultServer, view: str) -> None:
    made = server.create_stream(view=view, records=300)
    records, _ = read_shard(server, made["arn"], made["shards"][0])
    assert any("NewImage" in record["dynamodb"] for record in records) == view.startswith("NEW")
    assert any("OldImage" in record["dynamodb"] for record in records) == ("OLD" in view)
    assert all(record["dynamodb"]["StreamViewType"] == view for record in records)


def test_iterators_of_four_kinds(server: FaultServer) -> None:
    made = server.create_stream(records=100)
    arn, shard = made["arn"], made["shards"][0]
    client = server.client("dynamodbstreams")
    numbers = [r["dynamodb"]["SequenceNumber"] for r in read_shard(server, arn, shard)[0]]

    def first(kind: str, **options: Any) -> str | None:
        records = client.get_records(ShardIterator=open_shard(server, arn, shard, kind, **options), Limit=1)["Records"]
        return records[0]["dynamodb"]["SequenceNumber"] if records else None

    assert first("TRIM_HORIZON") == numbers[0]
    assert first("LATEST") is None
    assert first("AT_SEQUENCE_NUMBER", SequenceNumber=numbers[40]) == numbers[40]
    assert first("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[40]) == numbers[41]
    assert first("AFTER_SEQUENCE_NUMBER", SequenceNumber=str(int(numbers[40]) + 1)) == numbers[41]
    assert first("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[-1]) is None


def test_pages_are_bounded_by_limit_records_and_bytes(server: FaultServer) -> None:
    made = server.create_stream(records=2500, record_bytes=300)
    big = server.create_stream(table="big", records=300, record_bytes=40_000)
    client = server.client("dynamodbstreams")
    iterator = open_shard(server, made["arn"], made["shards"][0])
    assert len(client.get_records(ShardIterator=iterator, Limit=7)["Records"]) == 7
    assert len(client.get_records(ShardIterator=iterator)["Records"]) == 1000
    page = client.get_records(ShardIterator=open_shard(server, big["arn"], big["shards"][0]))["Records"]
    sizes = [record["dynamodb"]["SizeBytes"] for record in page]
    assert sum(sizes) <= 1024 * 1024 < sum(sizes) + 40_000
    server.settings(records_page=10)
    assert len(client.get_records(ShardIterator=iterator)["Records"]) == 10


def test_describe_pages_and_child_filter(server: FaultServer) -> None:
    made = server.create_stream(shards=120, records=1, generations=1)
    client = server.client("dynamodbstreams")
    first = client.describe_stream(StreamArn=made["arn"])["StreamDescription"]
    assert len(first["Shards"]) == 100 and first["LastEvaluatedShardId"] == first["Shards"][-1]["ShardId"]
    assert [shard["ShardId"] for shard in shards_of(server, made["arn"])] == made["shards"]
    server.settings(describe_page=7)
    assert [shard["ShardId"] for shard in shards_of(server, made["arn"])] == made["shards"]
    parent = made["shards"][3]
    children = shards_of(server, made["arn"], ShardFilter={"Type": "CHILD_SHARDS", "ShardId": parent})
    assert len(children) == 2 and {child["ParentShardId"] for child in children} == {parent}


def test_children_appear_late_and_only_after_the_end_was_read(server: FaultServer) -> None:
    made = server.create_stream(
        records=10, generations=1, children_after_end_read=True, children_delay_ms=400
    )
    arn, root = made["arn"], made["shards"][0]
    assert [shard["ShardId"] for shard in shards_of(server, arn)] == [root]
    records, ended = read_shard(server, arn, root)
    assert ended and len(records) == 10
    assert len(shards_of(server, arn)) == 1, "children must be late"
    until = time.monotonic() + 60
    while len(shards_of(server, arn)) < 3:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_trickle_comes_over_time_and_then_splits(server: FaultServer) -> None:
    made = server.create_stream(records=20, rate=100.0, generations=1)
    started = server.verdict()["expected"]
    until = time.monotonic() + 60
    while server.verdict()["expected"] < 60:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert started < 60
    assert len(shards_of(server, made["arn"])) == 3


def test_roll_closes_and_splits_open_shards(server: FaultServer) -> None:
    made = server.create_stream(shards=2, records=5)
    assert server.roll(children=1, records=3) == 2
    shards = shards_of(server, made["arn"])
    assert len(shards) == 4
    assert read_shard(server, made["arn"], shards[0]["ShardId"])[1]
    assert len(read_shard(server, made["arn"], shards[3]["ShardId"])[0]) == 3
    assert server.verdict()["expected"] == 16


def test_trimmed_records_are_gone(server: FaultServer) -> None:
    made = server.create_stream(records=100, generations=1)
    arn, shard = made["arn"], made["shards"][0]
    client = server.client("dynamodbstreams")
    numbers = [r["dynamodb"]["SequenceNumber"] for r in read_shard(server, arn, shard)[0]]
    old = open_shard(server, arn, shard)
    server.trim(shard=shard, to=50)
    for wrong in (
        lambda: client.get_records(ShardIterator=old),
        lambda: open_shard(server, arn, shard, "AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[10]),
    ):
        with pytest.raises(ClientError) as error:
            wrong()
        assert code_of(error) == "TrimmedDataAccessException"
    records = client.get_records(ShardIterator=open_shard(server, arn, shard))["Records"]
    assert records[0]["dynamodb"]["SequenceNumber"] == numbers[50]
    open_shard(server, arn, shard, "AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[49])
    assert server.verdict()["missing_trimmed"] == 50
    server.trim(shard=shard, remove=True)
    assert shard not in [found["ShardId"] for found in shards_of(server, arn)]


def test_iterators_expire(server: FaultServer) -> None:
    made = server.create_stream(records=100)
    client = server.client("dynamodbstreams")
    iterator = open_shard(server, made["arn"], made["shards"][0])
    server.expire_iterators()
    with pytest.raises(ClientError) as error:
        client.get_records(ShardIterator=iterator)
    assert code_of(error) == "ExpiredIteratorException"
    assert client.get_records(ShardIterator=open_shard(server, made["arn"], made["shards"][0]))["Records"]
    server.settings(iterator_ttl_ms=0)
    iterator = open_shard(server, made["arn"], made["shards"][0])
    time.sleep(0.01)
    with pytest.raises(ClientError) as error:
        client.get_records(ShardIterator=iterator)
    assert code_of(error) == "ExpiredIteratorException"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda c, arn, s: c.describe_stream(StreamArn=arn.replace("orders", "other")), "ResourceNotFoundException"),
        (lambda c, arn, s: c.get_shard_iterator(StreamArn=arn, ShardId="shardId-00000000000000000000-1",
                                                ShardIteratorType="LATEST"), "ResourceNotFoundException"),
        (lambda c, arn, s: c.get_shard_iterator(StreamArn=arn, ShardId=s, ShardIteratorType="NEWEST"),
         "ValidationException"),
        (lambda c, arn, s: c.get_shard_iterator(StreamArn=arn, ShardId=s, SequenceNumber="1" * 21,
                                                ShardIteratorType="AFTER_SEQUENCE_NUMBER"), "ValidationException"),
        (lambda c, arn, s: c.get_records(ShardIterator="no iterator of ours"), "ValidationException"),
        (lambda c, arn, s: c.get_records(ShardIterator=arn + "|1|AAAAdGFtcGVyZWQ="), "ValidationException"),
        (lambda c, arn, s: c.describe_stream(StreamArn=arn, Limit=101), "ValidationException"),
    ],
)  # fmt: skip
def test_streams_refuse_what_is_wrong(server: FaultServer, call: Any, code: str) -> None:
    made = server.create_stream(records=5)
    with pytest.raises(ClientError) as error:
        call(server.client("dynamodbstreams"), made["arn"], made["shards"][0])
    assert (code_of(error), status_of(error)) == (code, 400)


def test_a_disabled_stream_is_read_to_its_end(server: FaultServer) -> None:
    made = server.create_stream(records=5)
    server.disable()
    description = server.client("dynamodbstreams").describe_stream(StreamArn=made["arn"])["StreamDescription"]
    assert description["StreamStatus"] == "DISABLED"
    assert read_shard(server, made["arn"], made["shards"][0])[1]
    assert "StreamSpecification" not in server.client("dynamodb").describe_table(TableName="orders")["Table"]


# Firehose and the verdict


def test_every_landed_record_is_known(server: FaultServer) -> None:
    made = server.create_stream(shards=2, records=1500)
    for shard in made["shards"]:
        for page in raw_pages(server, made["arn"], shard):
            lines = lines_of(page, shard)
            for start in range(0, len(lines), 100):
                put(server, [b"".join(lines[start : start + 10]) for start in range(start, start + 100, 10)])
    verdict = server.verdict()
    assert verdict["accepted"] == verdict["expected"] == 3000
    for name in ("missing", "duplicates", "unknown", "different", "out_of_order", "key_out_of_order"):
        assert verdict[name] == 0, verdict


def test_the_verdict_can_fail(server: FaultServer) -> None:
    made = server.create_stream(records=20)
    shard = made["shards"][0]
    lines = lines_of(next(raw_pages(server, made["arn"], shard)), shard)
    wrong_image = lines[4].replace(b'"keys":{"pk":{"S":"0', b'"keys":{"pk":{"S":"9')
    put(server, [lines[1], lines[0], lines[2], lines[2], lines[3]])
    put(server, [wrong_image, b'{"shard":"shardId-1","seq":"1"}\n', b"no json\n"])
    put(server, [lines[6].replace(b'"seq":"', b'"seq":"1')])
    verdict = server.verdict(detail=True)
    assert verdict["accepted"] == 5 and verdict["missing"] == 15
    assert (verdict["duplicates"], verdict["different"], verdict["unknown"]) == (1, 1, 3)
    assert verdict["out_of_order"] == 1
    assert verdict["missing_sample"][0]["index"] == 5
    assert verdict["shards"][0]["accepted"] == 5
    with pytest.raises(TimeoutError):
        server.wait_all_accepted(seconds=0.2)


def test_a_child_before_its_parent_is_seen(server: FaultServer) -> None:
    made = server.create_stream(records=3, generations=1, children=1)
    for shard in reversed(made["shards"]):
        put(server, lines_of(next(raw_pages(server, made["arn"], shard)), shard))
    assert server.verdict()["before_parent"] == 3


LONG = 1_024_000


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([b"x"] * 500, None),
        ([b"x"] * 501, "ValidationException"),
        ([], "ValidationException"),
        ([b"x" * LONG], None),
        ([b"x" * (LONG + 1)], "ValidationException"),
        ([b"x" * 786_432] * 4, None),  # 4 x 1 MiB in base64
        ([b"x" * 786_432] * 4 + [b"y"], "InvalidArgumentException"),
    ],
)
def test_firehose_limits(server: FaultServer, records: list[bytes], code: str | None) -> None:
    client = server.client("firehose")
    client.meta.events.unregister("before-parameter-build.firehose.PutRecordBatch")
    body = {"DeliveryStreamName": "orders", "Records": [{"Data": record} for record in records]}
    if not records:
        from botocore.config import Config

        client = server.client("firehose", config=Config(parameter_validation=False))
    if code is None:
        reply = client.put_record_batch(**body)
        assert reply["FailedPutCount"] == 0
        assert len({entry["RecordId"] for entry in reply["RequestResponses"]}) == len(records)
        return
    with pytest.raises(ClientError) as error:
        client.put_record_batch(**body)
    assert (code_of(error), status_of(error)) == (code, 400)


def test_firehose_refuses_unknown_streams_and_bad_base64(server: FaultServer) -> None:
    with pytest.raises(ClientError) as error:
        put(server, [b"x"], name="others")
    assert code_of(error) == "ResourceNotFoundException"
    server.settings(signatures=False)
    target = "Firehose_20150804.PutRecordBatch"
    for data in ('"eA"', '"e A="', '"eA==="', '"eB=="', "5", '"eA==","More":1'):
        body = b'{"DeliveryStreamName":"orders","Records":[{"Data":%s}]}' % data.encode()
        status, _, reply = raw_call(server, target, body)
        expected = 200 if "More" in data else 400
        assert status == expected, (data, reply)
    status, _, reply = raw_call(server, target, b'{"Records":[{"Data":"\\u0065A=="}],"DeliveryStreamName":"orders"}')
    assert status == 200 and json.loads(reply)["FailedPutCount"] == 0
    server.delete_delivery_stream("orders")
    assert raw_call(server, target, b'{"DeliveryStreamName":"orders","Records":[{"Data":"eA=="}]}')[0] == 400


def test_put_record_and_describe(server: FaultServer) -> None:
    client = server.client("firehose")
    assert client.put_record(DeliveryStreamName="orders", Record={"Data": b"one"})["RecordId"]
    description = client.describe_delivery_stream(DeliveryStreamName="orders")["DeliveryStreamDescription"]
    assert description["DeliveryStreamStatus"] == "ACTIVE"
    assert server.delivery_streams()[0]["records"] == 1


def test_files_land_by_the_prefix_whole_and_compressed(server: FaultServer, tmp_path: Path) -> None:
    server.create_delivery_stream("small", landing=str(tmp_path / "s3"), buffer_bytes=1000, keep=True)
    lines = [b'{"n":%d}\n' % n for n in range(1000)]
    for start in range(0, 1000, 100):
        put(server, lines[start : start + 100], name="small")
    assert server.flush() == 0
    folder = time.strftime("ddb/small/dt=%Y-%m-%d/HH=%H", time.gmtime())
    files = sorted((tmp_path / "s3").rglob("*"))
    landed = [path for path in files if path.is_file()]
    assert len(landed) > 5 and all(path.suffix == ".gz" for path in landed)
    assert folder in str(landed[0]) or "HH=" in str(landed[0])
    assert sorted(b"".join(gzip.decompress(path.read_bytes()) for path in landed).splitlines(True)) == sorted(lines)
    assert server.accepted("small") == b"".join(lines)


def test_a_buffer_is_written_by_its_age(server: FaultServer, tmp_path: Path) -> None:
    server.create_delivery_stream("aged", landing=str(tmp_path / "s3"), buffer_ms=100)
    put(server, [b"x\n"], name="aged")
    until = time.monotonic() + 60
    while not list((tmp_path / "s3").rglob("*.gz")):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_an_unwritable_landing_is_told(server: FaultServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    server.create_delivery_stream("lost", landing=str(tmp_path / "file"))
    put(server, [b"x\n"], name="lost")
    assert server.flush() == 1
    lost = next(entry for entry in server.delivery_streams() if entry["name"] == "lost")
    assert lost["file_failures"] >= 1 and "folders" in lost["last_error"] and lost["buffered"] == 2
    server.delete_delivery_stream("lost")


# Faults


def records_call(server: FaultServer) -> Any:
    made = server.create_stream(records=100)
    iterator = open_shard(server, made["arn"], made["shards"][0])
    client = server.client("dynamodbstreams")
    return lambda: client.get_records(ShardIterator=iterator)


FAULT_ERRORS = [
    ("throttle", {}, 400, "LimitExceededException"),
    ("status", {"status": 500}, 500, "InternalServerError"),
    ("status", {"status": 503}, 503, "ServiceUnavailable"),
    ("error", {"code": "AccessDeniedException", "status": 403, "message": "no"}, 403, "AccessDeniedException"),
    ("error", {"code": "Late", "when": "after"}, 400, "Late"),
    ("expired_credentials", {}, 403, "ExpiredTokenException"),
    ("expired_iterator", {}, 400, "ExpiredIteratorException"),
    ("trimmed", {}, 400, "TrimmedDataAccessException"),
    ("not_found", {}, 400, "ResourceNotFoundException"),
]


@pytest.mark.parametrize(("action", "options", "status", "code"), FAULT_ERRORS)
def test_errors_on_demand(
    server: FaultServer, action: str, options: dict[str, Any], status: int, code: str
) -> None:
    call = records_call(server)
    with server.fault(action, service="streams", operation="GetRecords", times=1, **options):
        with pytest.raises(ClientError) as error:
            call()
        assert (status_of(error), code_of(error)) == (status, code)
        assert call()["Records"], "once only"
        assert server.rules()[0]["fired"] == 1


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("firehose", lambda s: put(s, [b"x"]), "ServiceUnavailableException"),
        ("dynamodb", lambda s: s.client("dynamodb").list_tables(), "ProvisionedThroughputExceededException"),
        ("streams", lambda s: s.client("dynamodbstreams").list_streams(), "ThrottlingException"),
        ("sts", lambda s: s.client("sts").get_caller_identity(), "Throttling"),
    ],
)
def test_each_service_throttles_in_its_own_words(server: FaultServer, service: str, call: Any, code: str) -> None:
    with server.fault("throttle", service=service), pytest.raises(ClientError) as error:
        call(server)
    assert code_of(error) == code
    call(server)


@pytest.mark.parametrize("action", ["lost", "reset"])
def test_a_lost_answer_has_its_effect_a_reset_has_none(server: FaultServer, action: str) -> None:
    server.create_delivery_stream("kept", keep=True)
    with server.fault(action, service="firehose", resource="kept", times=1):
        with pytest.raises((botocore.exceptions.ConnectionClosedError, botocore.exceptions.HTTPClientError)):
            put(server, [b"x"], name="kept")
    assert server.accepted("kept") == (b"x" if action == "lost" else b"")


@pytest.mark.parametrize(
    ("options", "failed"),
    [({"indices": [0, 3]}, 2), ({"fraction": 1.0}, 5), ({"fraction": 0.0001, "seed": 9}, 1), ({"fraction": 0}, 0)],
)
def test_partial_failures(server: FaultServer, options: dict[str, Any], failed: int) -> None:
    server.create_delivery_stream("kept", keep=True)
    with server.fault("partial", service="firehose", code="InternalFailure", **options):
        reply = put(server, [b"0", b"1", b"2", b"3", b"4"], name="kept")
    verdicts = reply["RequestResponses"]
    lost = [index for index, entry in enumerate(verdicts) if "ErrorCode" in entry]
    assert reply["FailedPutCount"] == len(lost) == failed and len(verdicts) == 5
    assert all(verdicts[index]["ErrorCode"] == "InternalFailure" for index in lost)
    assert lost == options.get("indices", lost)
    assert server.accepted("kept") == b"".join(b"%d" % index for index in range(5) if index not in lost)


@pytest.mark.parametrize("delta", [-1, 2, -500])
def test_a_reply_of_the_wrong_length(server: FaultServer, delta: int) -> None:
    with server.fault("wrong_length", service="firehose", delta=delta):
        reply = put(server, [b"x"] * 4)
    assert len(reply["RequestResponses"]) == max(0, 4 + delta)


def test_replies_that_are_broken(server: FaultServer) -> None:
    call = records_call(server)
    broken = (botocore.exceptions.HTTPClientError, botocore.parsers.ResponseParserError, UnicodeError)
    for action, options in (("cut", {}), ("cut", {"at": 0}), ("garbage", {})):
        with server.fault(action, service="streams", **options), pytest.raises(broken):
            call()
    server.settings(signatures=False)
    body = json.dumps({"TableName": "orders"}).encode()
    target = "DynamoDB_20120810.DescribeTable"
    with server.fault("not_json"):
        assert raw_call(server, target, body)[2].startswith(b"<html>")
    with server.fault("wrong_crc"):
        _, headers, reply = raw_call(server, target, body)
    assert int(headers["x-amz-crc32"]) != zlib.crc32(reply)
    with server.fault("oversize", bytes=3_000_000):
        assert len(raw_call(server, target, body)[2]) >= 3_000_000


def test_slow_and_late_replies(server: FaultServer) -> None:
    server.settings(signatures=False)
    start = time.monotonic()
    with server.fault("delay", ms=150):
        raw_call(server, "DynamoDB_20120810.ListTables", b"{}")
    assert time.monotonic() - start >= 0.15
    start = time.monotonic()
    with server.fault("slow", bytes_per_second=100):
        _, _, reply = raw_call(server, "DynamoDB_20120810.ListTables", b"{}")
    assert time.monotonic() - start >= (len(reply) - 2) / 100


def test_rules_choose_their_calls(server: FaultServer) -> None:
    first = server.create_stream(table="one", shards=2, records=5)
    client = server.client("dynamodbstreams")
    iterators = [open_shard(server, first["arn"], shard) for shard in first["shards"]]

    def failures(count: int, iterator: str) -> list[bool]:
        found = []
        for _ in range(count):
            try:
                client.get_records(ShardIterator=iterator)
                found.append(False)
            except ClientError:
                found.append(True)
        return found

    with server.fault("throttle", operation="GetRecords", resource="one", shard=first["shards"][1], after=2, times=3):
        assert failures(6, iterators[0]) == [False] * 6
        assert failures(7, iterators[1]) == [False] * 2 + [True] * 3 + [False] * 2
    chances = []
    for seed in (3, 3, 4):
        with server.fault("throttle", operation="GetRecords", probability=0.5, seed=seed):
            chances.append(failures(40, iterators[0]))
    assert chances[0] == chances[1] != chances[2]
    assert 5 < sum(chances[0]) < 35


@pytest.mark.parametrize(
    "rule",
    [{"action": "explode"}, {"action": "throttle", "servise": "firehose"}, {"action": "error"},
     {"action": "partial", "indices": [500]}, {"action": "status", "status": 99}, {"action": "hold", "when": "later"}],
)  # fmt: skip
def test_a_wrong_rule_is_refused(server: FaultServer, rule: dict[str, Any]) -> None:
    with pytest.raises(FaultServerError):
        server.call("POST", "rules", rule)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_hold_parks_calls_until_released(server: FaultServer, when: str) -> None:
    server.create_delivery_stream("kept", keep=True)
    rule = server.add_rule("hold", service="firehose", resource="kept", when=when)
    replies: list[Any] = []
    threads = [
        threading.Thread(target=lambda: replies.append(put(server, [b"x"], name="kept"))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    server.wait_parked(3)
    assert server.in_flight()["by"]["firehose.PutRecordBatch"] == {"kept": 3}
    assert server.accepted("kept") == (b"xxx" if when == "after" else b"")
    assert not replies
    server.release(rule)
    for thread in threads:
        thread.join(60)
    assert len(replies) == 3 and server.accepted("kept") == b"xxx"
    assert server.in_flight()["total"] == 0


def test_listings_that_lie(server: FaultServer) -> None:
    made = server.create_stream(shards=4, records=3, generations=1)
    whole = shards_of(server, made["arn"])
    with server.fault("describe_late"):
        late = shards_of(server, made["arn"])
    assert [shard["ShardId"] for shard in late] == made["shards"][:4]
    with server.fault("describe_stale"):
        stale = shards_of(server, made["arn"])
    assert all("EndingSequenceNumber" not in shard["SequenceNumberRange"] for shard in stale)
    server.settings(describe_page=10)
    with server.fault("describe_partial"):
        assert len(shards_of(server, made["arn"])) == 5
    assert shards_of(server, made["arn"]) == whole


def test_empty_pages_keep_the_place(server: FaultServer) -> None:
    made = server.create_stream(records=1500)
    client = server.client("dynamodbstreams")
    iterator: str | None = open_shard(server, made["arn"], made["shards"][0])
    sizes = []
    with server.fault("empty_page", operation="GetRecords", after=1, times=3):
        for _ in range(5):
            reply = client.get_records(ShardIterator=iterator)
            iterator = reply["NextShardIterator"]
            sizes.append(len(reply["Records"]))
    assert sizes == [1000, 0, 0, 0, 500]


# The server itself


def test_counts_and_reset(server: FaultServer) -> None:
    made = server.create_stream(records=5)
    read_shard(server, made["arn"], made["shards"][0])
    assert server.calls("GetRecords", "orders") == 2
    assert server.stats()["records_read"] == 5
    server.reset()
    assert server.streams() == [] and server.delivery_streams() == [] and server.verdict()["expected"] == 0
    assert server.calls("GetRecords") == 0


@pytest.mark.parametrize(
    "shape",
    [{"shards": 0}, {"records": -1}, {"view": "ALL"}, {"generations": 30}, {"rate": -1}, {"children": 9},
     {"shards": 20000, "records": 1000000}, {"table": ""}],
)  # fmt: skip
def test_a_shape_out_of_range_is_refused(server: FaultServer, shape: dict[str, Any]) -> None:
    with pytest.raises(FaultServerError):
        server.create_stream(**shape)


def test_it_ends_with_its_parent() -> None:
    server = FaultServer().start()
    process = server.process
    assert process is not None and process.stdin is not None
    process.stdin.close()
    assert process.wait(60) == 0
    server.process = None


def test_nonsense_on_the_wire_does_not_harm(server: FaultServer) -> None:
    for text in (
        b"\x16\x03\x01\x00", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"POST / HTTP/1.1\r\n: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"A" * 70000,
    ):  # fmt: skip
        import socket

        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as peer:
            peer.sendall(text)
            peer.shutdown(socket.SHUT_WR)
            assert b"200 OK" not in peer.recv(65536)
    assert server.stats()["connections"] >= 7
