"""Every fault that the fault server can make, as boto3 sees it."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.exceptions
import botocore.parsers
import pytest
from botocore.exceptions import ClientError

from tests.support.faultd import FaultServer, FaultServerError
from tests.support.faultd_calls import code_of, open_shard, put, raw_call, shards_of, status_of


@pytest.fixture()
def server(tmp_path: Path) -> Iterator[FaultServer]:
    with FaultServer(role=None, delivery_streams=["orders"], landing=tmp_path / "landing") as running:
        yield running


def records_call(server: FaultServer) -> Any:
    made = server.create_stream(records=100)
    iterator = open_shard(server, made["arn"], made["shards"][0])
    client = server.client("dynamodbstreams")
    return lambda: client.get_records(ShardIterator=iterator)


FAULT_ERRORS = [
    ("throttle", {}, 400, "LimitExceededException"),
    ("status", {"status": 500}, 500, "InternalServerError"),
    ("status", {"status": 503}, 503, "ServiceUnavailable"),
    (
        "error",
        {"code": "AccessDeniedException", "status": 403, "message": "no"},
        403,
        "AccessDeniedException",
    ),
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
def test_each_service_throttles_in_its_own_words(
    server: FaultServer, service: str, call: Any, code: str
) -> None:
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
    [
        ({"indices": [0, 3]}, 2),
        ({"fraction": 1.0}, 5),
        ({"fraction": 0.0001, "seed": 9}, 1),
        ({"fraction": 0}, 0),
    ],
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
    with server.fault("garbage", service="streams"), pytest.raises(broken):
        call()
    server.settings(signatures=False)
    body = json.dumps({"TableName": "orders"}).encode()
    target = "DynamoDB_20120810.DescribeTable"
    for options in (
        {},
        {"at": 0},
    ):  # without botocore, some of whose versions take a cut body for a whole one
        with server.fault("cut", **options), pytest.raises(http.client.IncompleteRead):
            raw_call(server, target, body)
    with server.fault("not_json"):
        assert raw_call(server, target, body)[2].startswith(b"<html>")
    with server.fault("wrong_crc"):
        _, headers, reply = raw_call(server, target, body)
    assert int(headers["x-amz-crc32"]) != zlib.crc32(reply)
    with server.fault("oversize", bytes=3_000_000):
        assert len(raw_call(server, target, body)[2]) >= 3_000_000


@pytest.mark.parametrize("action", ["garbage", "not_json", "oversize"])
@pytest.mark.parametrize("when", ["before", "after", None])
def test_a_replaced_reply_tells_nothing_of_the_work(
    server: FaultServer, action: str, when: str | None
) -> None:
    server.create_delivery_stream("kept", keep=True)
    server.settings(signatures=False)
    record = {"Data": base64.b64encode(b"x").decode()}
    body = json.dumps({"DeliveryStreamName": "kept", "Records": [record]}).encode()
    options = {"when": when} if when else {}
    with server.fault(action, bytes=1000, **options):
        status, _, reply = raw_call(server, "Firehose_20150804.PutRecordBatch", body)
    assert status == 200 and b"RecordId" not in reply
    assert server.accepted("kept") == (b"" if when == "before" else b"x")


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

    with server.fault(
        "throttle", operation="GetRecords", resource="one", shard=first["shards"][1], after=2, times=3
    ):
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
