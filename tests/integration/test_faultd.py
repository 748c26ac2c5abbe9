"""The fault server's DynamoDB Streams, with boto3 as the client."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.faultd import FaultServer, FaultServerError
from tests.support.faultd_calls import code_of, open_shard, raw_pages, read_shard, shards_of, status_of


@pytest.fixture()
def server(tmp_path: Path) -> Iterator[FaultServer]:
    with FaultServer(role=None, delivery_streams=["orders"], landing=tmp_path / "landing") as running:
        yield running


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
    for wanted in (
        rb"\"",
        rb"\\",
        rb"\u0007",
        rb"\ud83d\ude00",
        "漢字".encode(),
        b'"NS":[',
        b'"BOOL":',
        b"1E-130",
    ):
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
        records = client.get_records(ShardIterator=open_shard(server, arn, shard, kind, **options), Limit=1)[
            "Records"
        ]
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
    server = FaultServer(role=None).start()
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
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as peer:
            peer.sendall(text)
            peer.shutdown(socket.SHUT_WR)
            assert b"200 OK" not in peer.recv(65536)
    assert server.stats()["connections"] >= 7
