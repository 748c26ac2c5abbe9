"""Replies that no program can use, to the calls of `penstock leases`: words, an exit code, and no row touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.test_bad_replies import environment
from tests.support.faultd import FaultServer
from tests.support.penstock import Worker, run
from tests.support.terminal import run_on_terminal

TABLE, APP = "orders", "orders-app"
NO_ANSWER = "this is no answer of AWS's (check AWS_ENDPOINT_URL and proxies): "
NOT_PARSED = "the stream's answer does not parse"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultServer]:
    """Three leases that a worker left."""
    home = tmp_path_factory.mktemp("home")
    with FaultServer(role=None, delivery_streams=["lake"]) as running:
        running.create_stream(table=TABLE, shards=3, records=20)
        words = ["--table", TABLE, "--firehose", "lake", "--app", APP]
        with Worker(words, environment(running, home), home / "state") as worker:
            running.wait_all_accepted(60, alive=worker.is_running)
            assert worker.term() == 0, worker.log_text()
        yield running


def ask(server: FaultServer, home: Path, *words: str) -> tuple[int, str, str]:
    command, *more = words
    return run(["leases", command, "--app", APP, *more], environment(server, home))


CHECK = ("check", "--failover", "2s")


@pytest.mark.parametrize("action", ["garbage", "not_json"])
@pytest.mark.parametrize(
    ("operation", "words", "code", "told"),
    [
        ("Scan", ("list",), 1, NO_ANSWER + "DynamoDB Scan: the JSON is malformed"),
        ("Scan", ("describe", "shardId-0"), 1, NO_ANSWER + "DynamoDB Scan"),
        ("Scan", ("lag",), 1, NO_ANSWER + "DynamoDB Scan"),
        ("Scan", ("tree",), 1, NO_ANSWER + "DynamoDB Scan"),
        ("Scan", ("workers",), 1, NO_ANSWER + "DynamoDB Scan"),
        ("Scan", ("watch", "--for", "1s", "--interval", "500ms"), 1, NO_ANSWER + "DynamoDB Scan"),
        ("Scan", ("export",), 1, NO_ANSWER + "DynamoDB Scan"),
        ("Scan", CHECK, 1, NO_ANSWER + "DynamoDB Scan"),
        ("DescribeTable", ("lag", "--table", TABLE), 0, "at the tip"),  # the rows say their stream
        ("DescribeStream", ("lag",), 1, NO_ANSWER + "DynamoDB Streams DescribeStream"),
        ("DescribeStream", CHECK, 1, NO_ANSWER + "DynamoDB Streams DescribeStream"),
        ("GetShardIterator", ("lag",), 0, NOT_PARSED),
        ("GetShardIterator", CHECK, 5, NOT_PARSED),
        ("GetRecords", ("lag",), 0, NOT_PARSED),
        ("GetRecords", CHECK, 5, NOT_PARSED),
        (
            "UpdateItem",
            ("rewind", "--all", "--to-trim-horizon", "--no-count", "--execute", "--yes"),
            1,
            "it may have been written",
        ),
    ],
)
def test_it_is_told(
    server: FaultServer,
    tmp_path: Path,
    operation: str,
    words: tuple[str, ...],
    code: int,
    told: str,
    action: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # an undo file is written here
    before = server.rows(APP)
    with server.fault(action, operation=operation, when="before"):
        got, out, err = ask(server, tmp_path, *words)
        fired = server.rules()[0]["fired"]
    assert (got, told in out + err) == (code, True), out + err
    assert code != 1 or operation == "UpdateItem" or (out, err.count("\n")) == ("", 1)
    assert fired > 0 or operation == "DescribeTable"
    if operation == "UpdateItem":
        assert out.count(NO_ANSWER + "DynamoDB UpdateItem") == 3, out
    assert server.rows(APP) == before


def test_a_lease_whose_stream_cannot_be_read_is_described(server: FaultServer, tmp_path: Path) -> None:
    shard = server.rows(APP)[0]["leaseKey"]["S"]
    with server.fault("garbage", operation="DescribeStream"):
        code, out, err = ask(server, tmp_path, "describe", shard)
    assert (code, err.count("\n")) == (0, 1) and "the lag is unknown: " + NO_ANSWER in err, err
    assert shard in out and "not readable" in out


def test_a_write_whose_answer_is_garbage_can_be_made_again(
    server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was made, and nobody could know: told as unknown, and the undo file has what was there before."""
    monkeypatch.chdir(tmp_path)
    rewind = ("rewind", "--all", "--to-trim-horizon", "--no-count", "--execute", "--yes")
    before = {row["leaseKey"]["S"]: row["checkpoint"]["S"] for row in server.rows(APP)}
    with server.fault("garbage", operation="UpdateItem"):
        code, out, _ = ask(server, tmp_path, *rewind)
    assert code == 1 and out.count("  unknown  1") == 3 and out.count("it may have been written") == 3, out
    assert {row["checkpoint"]["S"] for row in server.rows(APP)} == {"TRIM_HORIZON"}
    (undo,) = tmp_path.glob("penstock-undo-*.jsonl")
    kept = [json.loads(line) for line in undo.read_text().splitlines()]
    assert (
        before.items()
        <= {row["leaseKey"]["S"]: row["checkpoint"]["S"] for row in kept if "leaseKey" in row}.items()
    )


def test_forty_columns_say_why_a_lag_is_unknown(server: FaultServer, tmp_path: Path) -> None:
    with server.fault("garbage", operation="GetRecords"):
        own = environment(server, tmp_path) | {"TERM": "dumb"}
        code, seen = run_on_terminal(["leases", "lag", "--app", APP], own, 40)
    lines = seen.splitlines()
    assert code == 0 and lines.count(f"  {NOT_PARSED}") == 3, seen
    assert max(map(len, lines)) <= 40 and sum("unknown" in line for line in lines) == 3, seen
