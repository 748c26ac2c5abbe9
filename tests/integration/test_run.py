"""`penstock run`, one worker from start to end: what it carries, what it leaves behind, how it stops."""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.canned import Answer, Canned, error
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer
from tests.support.landing import lines_of, read_folder
from tests.support.penstock import HANG_SECONDS, Worker, aws_environment
from tests.support.role import MAKES_LEASE_TABLE

Arn = str


@pytest.fixture
def orders(dynamodb_local: DynamoDBLocal, request: pytest.FixtureRequest) -> tuple[str, Arn]:
    """A table of this test's own, and its stream."""
    name = f"t{abs(hash(request.node.name)):x}-{os.getpid()}"
    arn = dynamodb_local.create_table(name, {"pk": "S"})
    assert arn
    return name, arn


def put(local: DynamoDBLocal, table: str, *keys: str) -> None:
    client = local.client("dynamodb")
    for key in keys:
        client.put_item(TableName=table, Item={"pk": {"S": key}, "text": {"S": 'say "ä"'}})


def landed(folder: Path) -> list[dict[str, Any]]:
    """Every line in the files, oldest file first."""
    return list(read_folder(folder))


def keys_of(lines: list[dict[str, Any]]) -> list[str]:
    return [line["keys"]["pk"]["S"] for line in lines]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HANG_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def lease_rows(local: DynamoDBLocal, app: str) -> list[dict[str, Any]]:
    return local.client("dynamodb").scan(TableName=app, ConsistentRead=True)["Items"]


class Hose:
    """PutRecordBatch as a plain function; `verdict` says what becomes of a request."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.failing: Answer | None = None
        self.requests = 0

    def __call__(self, body: dict[str, Any]) -> Answer:
        self.requests += 1
        if self.failing:
            return self.failing
        for record in body["Records"]:
            self.lines += lines_of(base64.b64decode(record["Data"]))
        answers = [{"RecordId": str(number)} for number in range(len(body["Records"]))]
        return 200, {"FailedPutCount": 0, "RequestResponses": answers}


@pytest.mark.core
def test_changes_land_in_files_and_leases_are_released(
    dynamodb_local: DynamoDBLocal, orders: tuple[str, Arn], tmp_path: Path
) -> None:
    table, _ = orders
    landing = tmp_path / "landing"
    put(dynamodb_local, table, "a", "b")
    environment = aws_environment(dynamodb=dynamodb_local.for_workers, home=tmp_path)
    words = ["--table", table, "--file", str(landing), "--flush-age", "100ms", "--old-image"]
    with Worker(words, environment, tmp_path / "state") as worker:
        until(lambda: len(landed(landing)) == 2)
        put(dynamodb_local, table, "a")  # as it was: no change, no line
        dynamodb_local.client("dynamodb").delete_item(TableName=table, Key={"pk": {"S": "a"}})
        until(lambda: len(landed(landing)) == 3)
        assert worker.term() == 0
        stopped = worker.wait_for("worker stopped")
    lines = landed(landing)
    assert [line["op"] for line in lines] == ["INSERT", "INSERT", "REMOVE"]
    assert keys_of(lines) == ["a", "b", "a"]
    assert lines[2]["old_image"]["text"] == {"S": 'say "ä"'} and "new_image" not in lines[2]
    assert lines == sorted(lines, key=lambda line: line["ord"])
    assert (stopped["records"], stopped["records_undelivered"], stopped["leases_left"]) == (3, 0, 0)
    rows = lease_rows(dynamodb_local, f"penstock-{table}")
    assert rows and all("leaseOwner" not in row for row in rows)
    assert lines[2]["seq"].lstrip("0") in {row["checkpoint"]["S"].lstrip("0") for row in rows}


@pytest.mark.core
def test_a_second_start_repeats_nothing(
    dynamodb_local: DynamoDBLocal, orders: tuple[str, Arn], tmp_path: Path
) -> None:
    table, arn = orders
    hose = Hose()
    with Canned(PutRecordBatch=hose) as server:
        environment = aws_environment(
            dynamodb=dynamodb_local.for_workers, firehose=server.endpoint, home=tmp_path
        )
        by_table = ["--table", table, "--firehose", "lake"]
        put(dynamodb_local, table, "a")
        with Worker(by_table, environment, tmp_path / "state") as worker:
            until(lambda: len(hose.lines) == 1)
            assert worker.term() == 0
        put(dynamodb_local, table, "b")
        # The stream alone; its ARN names the region "ddblocal", which an endpoint of one's own excuses.
        by_arn = ["--stream-arn", arn, "--firehose", "lake"]
        with Worker(by_arn, environment, tmp_path / "other-host") as worker:
            until(lambda: len(hose.lines) == 2)
            assert worker.term() == 0
    assert keys_of(hose.lines) == ["a", "b"]


def noted_writer(state: Path) -> str:
    """Of the only shard, as the state folder has it; empty before it has one."""
    with contextlib.closing(sqlite3.connect(f"file:{state}/slot-0/positions.db?mode=ro", uri=True)) as base:
        rows = base.execute("SELECT remote_writer FROM position").fetchall()
    return rows[0][0] if rows else ""


@pytest.mark.parametrize("writer", ["as it was", "another"])
def test_a_killed_worker_goes_on_from_its_state_folder_while_the_row_is_its_own(
    dynamodb_local: DynamoDBLocal, orders: tuple[str, Arn], tmp_path: Path, writer: str
) -> None:
    """The same checkpoint by another's write is another's: the row may have been set back in between."""
    table, _ = orders
    hose = Hose()
    with Canned(PutRecordBatch=hose) as server:
        environment = aws_environment(
            dynamodb=dynamodb_local.for_workers, firehose=server.endpoint, home=tmp_path
        )
        command = ["--table", table, "--firehose", "lake", "--failover", "3s"]
        put(dynamodb_local, table, "a")
        with Worker(command, environment, tmp_path / "state") as worker:
            worker.wait_for("shard started")
            until(lambda: bool(noted_writer(tmp_path / "state")))
            row = lease_rows(dynamodb_local, f"penstock-{table}")[0]
            assert row["penstockCheckpointBy"] == {"S": noted_writer(tmp_path / "state")}
            assert row["penstockCheckpointBy"]["S"].startswith(f"{worker.worker_id}#")
            worker.kill()
        if writer == "another":
            dynamodb_local.client("dynamodb").update_item(
                TableName=f"penstock-{table}",
                Key={"leaseKey": row["leaseKey"]},
                UpdateExpression="SET penstockCheckpointBy = :writer",
                ExpressionAttributeValues={":writer": {"S": "another-1#9"}},
            )
        put(dynamodb_local, table, "b")
        with Worker(command, environment, tmp_path / "state") as worker:
            started = worker.wait_for("shard started")
            until(lambda: len(hose.lines) == 2)
            assert worker.term() == 0
    assert started["position_of"] == ("lease" if writer == "another" else "state folder")
    assert keys_of(hose.lines) == ["a", "b"]


def test_latest_leaves_out_what_was_before(tmp_path: Path) -> None:
    """Not DynamoDB Local: it cuts the times of its events to minutes."""
    with FaultServer(role=MAKES_LEASE_TABLE) as server:
        server.create_delivery_stream("lake", keep=True)
        server.create_stream(table="orders", records=40, age_ms=600_000)
        environment = server.environment({"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
        words = ["--table", "orders", "--firehose", "lake", "--start", "latest", "--flush-age", "50ms"]
        with Worker(words, environment, tmp_path / "state") as worker:
            worker.wait_for("shard started")
            server.roll(children=1, records=20)
            until(lambda: len(server.accepted_lines("lake")) >= 20)
            assert worker.term() == 0
            stopped = worker.wait_for("worker stopped")
        assert len(server.accepted_lines("lake")) == 20
        assert stopped["records"] == 60  # what was before counts as done: the position moved over it


def test_a_rolled_over_shard_is_followed(tmp_path: Path) -> None:
    with (
        DynamoDBLocal() as local,  # of its own: a rollover touches every table
        FaultServer(role=MAKES_LEASE_TABLE, upstream_dynamodb=local.endpoint) as server,
    ):
        local.create_table("rolled", {"pk": "S"})
        landing = tmp_path / "landing"
        environment = aws_environment(dynamodb=server.endpoint, home=tmp_path)
        words = ["--table", "rolled", "--file", str(landing), "--flush-age", "100ms"]
        put(local, "rolled", "a")
        with Worker(words, environment, tmp_path / "state") as worker:
            worker.wait_for("shard started")
            local.rollover()
            put(local, "rolled", "b")
            ended = worker.wait_for(lambda line: line.get("reason") == "end of shard")
            until(lambda: len(landed(landing)) == 2)
            assert worker.term() == 0
        rows = lease_rows(local, "penstock-rolled")
    assert keys_of(landed(landing)) == ["a", "b"]
    checkpoints = {row["leaseKey"]["S"]: row["checkpoint"]["S"] for row in rows}
    assert checkpoints[ended["shard"]] == "SHARD_END" and len(checkpoints) == 2


@pytest.mark.core
def test_a_destination_that_refuses_everything(
    dynamodb_local: DynamoDBLocal, orders: tuple[str, Arn], tmp_path: Path
) -> None:
    """At the stop timeout it ends, says what is left and gives its leases back; the next start delivers."""
    table, _ = orders
    hose = Hose()
    hose.failing = error("ServiceUnavailableException", "slow down", 503)
    put(dynamodb_local, table, "a", "b", "c")
    with Canned(PutRecordBatch=hose) as server:
        environment = aws_environment(
            dynamodb=dynamodb_local.for_workers, firehose=server.endpoint, home=tmp_path
        )
        words = ["--table", table, "--firehose", "lake", "--stop-timeout", "10s"]
        with Worker(words, environment, tmp_path / "state") as worker:
            until(lambda: hose.requests > 0)
            before = time.monotonic()
            assert worker.term() == 5
            assert time.monotonic() - before < 60
            worker.wait_for("shard not delivered in time")
            stopped = worker.wait_for("worker stopped")
        assert (stopped["level"], stopped["records_undelivered"], stopped["leases_left"]) == (
            "error",
            3,
            0,
        )
        hose.failing = None
        with Worker(words, environment, tmp_path / "state") as worker:
            until(lambda: len(hose.lines) >= 3)
            assert worker.term() == 0
    assert keys_of(hose.lines) == ["a", "b", "c"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_second_signal_ends_at_once(
    dynamodb_local: DynamoDBLocal,
    orders: tuple[str, Arn],
    tmp_path: Path,
    number: signal.Signals,
    code: int,
) -> None:
    table, _ = orders
    hose = Hose()
    hose.failing = error("ServiceUnavailableException", "slow down", 503)
    put(dynamodb_local, table, "a")
    with Canned(PutRecordBatch=hose) as server:
        environment = aws_environment(
            dynamodb=dynamodb_local.for_workers, firehose=server.endpoint, home=tmp_path
        )
        words = ["--table", table, "--firehose", "lake", "--stop-timeout", "10m"]
        with Worker(words, environment, tmp_path / "state") as worker:
            until(lambda: hose.requests > 0)
            worker.signal(number)
            worker.wait_for("worker stopping")
            worker.signal(number)
            assert worker.wait() == code


@pytest.mark.core
def test_stopping_under_load_is_quick_and_repeats_nothing(
    dynamodb_local: DynamoDBLocal, orders: tuple[str, Arn], tmp_path: Path
) -> None:
    table, _ = orders
    hose = Hose()
    client = dynamodb_local.client("dynamodb")
    for group in range(20):
        puts = [
            {"PutRequest": {"Item": {"pk": {"S": f"{group}-{i}"}, "x": {"S": "y" * 2000}}}} for i in range(25)
        ]
        client.batch_write_item(RequestItems={table: puts})
    with Canned(PutRecordBatch=hose) as server:
        environment = aws_environment(
            dynamodb=dynamodb_local.for_workers, firehose=server.endpoint, home=tmp_path
        )
        words = ["--table", table, "--firehose", "lake", "--pack-bytes", "0"]
        with Worker(words, environment, tmp_path / "state") as worker:
            until(lambda: hose.requests > 0)
            assert worker.term() == 0
            stopped = worker.wait_for("worker stopped")
        print(f"stopped in {stopped['stop_ms']} ms")  # usually 100; at the stop timeout the code would be 5
        assert stopped["records"] == len(hose.lines)  # all that was read was accepted, once
        with Worker(words, environment, tmp_path / "state") as worker:
            worker.wait_for("worker started")
            until(lambda: len(hose.lines) >= 500)
            assert worker.term() == 0
    assert sorted(keys_of(hose.lines)) == sorted(f"{group}-{i}" for group in range(20) for i in range(25))
