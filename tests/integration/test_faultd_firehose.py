"""The fault server's Firehose, and the verdict on what it accepted."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.faultd import FaultServer
from tests.support.faultd_calls import code_of, lines_of, put, raw_call, raw_pages, status_of


@pytest.fixture()
def server(tmp_path: Path) -> Iterator[FaultServer]:
    with FaultServer(role=None, delivery_streams=["orders"], landing=tmp_path / "landing") as running:
        yield running


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
    client = server.client("firehose", config=Config(parameter_validation=False))
    body = {"DeliveryStreamName": "orders", "Records": [{"Data": record} for record in records]}
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
    status, _, reply = raw_call(
        server, target, b'{"Records":[{"Data":"\\u0065A=="}],"DeliveryStreamName":"orders"}'
    )
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
    assert folder in str(landed[-1]) or time.strftime("/HH=%H", time.gmtime()) != folder[-6:]
    assert sorted(b"".join(gzip.decompress(path.read_bytes()) for path in landed).splitlines(True)) == sorted(
        lines
    )
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
