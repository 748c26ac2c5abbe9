"""A stream read by the real Kinesis Client Library, then by penstock, then by Java again, on one lease table: nothing
is missing, and each goes on where the other stood. Shards end in between."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import landing
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.fleet import rows_of, wait_until
from tests.support.kcl import KCL1, KCL3, KCL3_AS_2X, JavaWorker, Library
from tests.support.penstock import Worker, aws_environment

pytestmark = pytest.mark.slow

TABLE, APP = "orders", "orders-app"
Place = tuple[str, int]  # shard, sequence number


class Stage:
    """DynamoDB Local with a table whose every put is one record, its stream's lease table, and what has landed."""

    def __init__(self, local: DynamoDBLocal, folder: Path) -> None:
        arn = local.create_table(TABLE, {"pk": "S"})
        assert arn
        self.local, self.arn, self.folder = local, arn, folder
        self.dynamodb = local.client("dynamodb")
        self.rows = rows_of(self.dynamodb, APP)
        self.made = 0
        self.environment = aws_environment(dynamodb=local.endpoint, home=folder)

    def put(self, count: int) -> None:
        for _ in range(count):
            self.made += 1
            self.dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": f"item-{self.made}"}})

    def everything(self) -> set[Place]:
        """What the stream holds, read without either library."""
        streams = self.local.client("dynamodbstreams")
        found = set()
        for shard in streams.describe_stream(StreamArn=self.arn)["StreamDescription"]["Shards"]:
            name = shard["ShardId"]
            iterator = streams.get_shard_iterator(
                StreamArn=self.arn, ShardId=name, ShardIteratorType="TRIM_HORIZON"
            ).get("ShardIterator")
            pages = 0
            while iterator and pages < 20:
                page = streams.get_records(ShardIterator=iterator)
                found |= {(name, int(one["dynamodb"]["SequenceNumber"])) for one in page["Records"]}
                iterator, pages = page.get("NextShardIterator"), pages + 1
        assert len(found) == self.made
        return found

    def positions(self) -> dict[str, str]:
        return {row["leaseKey"]["S"]: row["checkpoint"]["S"] for row in self.rows()}

    def landed(self) -> list[Place]:
        files = self.folder / "landed"
        return [(line["shard"], int(line["seq"])) for line in landing.read_folder(files)]

    def java(self, library: Library) -> JavaWorker:
        return JavaWorker(library, self.arn, APP, dynamodb=self.local.endpoint, folder=self.folder)

    def penstock(self) -> Worker:
        arguments = ["--table", TABLE, "--app", APP, "--file", str(self.folder / "landed")]
        arguments += ["--failover", "10s", "--flush-age", "50ms", "--poll", "50ms", "--poll-idle", "100ms"]
        return Worker(arguments, self.environment, self.folder / "state")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with DynamoDBLocal() as local:
        yield Stage(local, tmp_path)


def by_java(worker: JavaWorker) -> list[Place]:
    return [(shard, int(number)) for shard, number in worker.records]


def went_on_from(positions: dict[str, str], read: list[Place]) -> None:
    """Every record lies behind the position at which its shard stood when the reader began."""
    for shard, number in read:
        position = positions.get(shard, "TRIM_HORIZON")
        assert position != "SHARD_END", (shard, number)
        assert not position.isdigit() or number > int(position), (shard, number, position)


def read_until_all(stage: Stage, worker: Worker, others: set[Place]) -> list[Place]:
    """Penstock reads until nothing is missing; what it landed."""
    wait_until(
        lambda: len(others | set(stage.landed())) >= stage.made,
        "everything is read",
        alive=worker.is_running,
    )
    return stage.landed()


def relay(stage: Stage, library: Library, begin: Callable[[], Worker], end: Callable[[Worker], Any]) -> None:
    stage.put(150)
    with stage.java(library) as java:
        java.wait_for(lambda: len(java.records) >= 150, "Java has read what there was")
        stage.put(50)
        stage.local.rollover()
        stage.put(50)
        java.wait_for(lambda: len(java.records) >= 250, "Java has read a shard to its end and its child")
        if library == KCL3:
            refuses_beside(stage, java)
        java.stop()
    first = by_java(java)
    stage.put(50)
    stage.local.rollover()
    stage.put(50)

    stood = stage.positions()
    with contextlib.ExitStack() as stack:
        worker = begin()
        stack.push(worker)
        read_until_all(stage, worker, set(first))
        stage.put(50)
        stage.local.rollover()
        stage.put(50)
        landed = read_until_all(stage, worker, set(first))
        went_on_from(stood, landed)
        assert len(landed) <= 200 + 50  # at most one batch of Java's was processed and not yet checkpointed
        end(worker)
    landed = stage.landed()
    stage.put(50)
    stage.local.rollover()
    stage.put(50)

    stood = stage.positions()
    with stage.java(library) as java:
        java.wait_for(
            lambda: len({*first, *landed, *by_java(java)}) >= stage.made, "Java has read what penstock left"
        )
        stage.put(20)
        java.wait_for(lambda: len({*first, *landed, *by_java(java)}) >= stage.made, "Java goes on")
        java.stop()
    went_on_from(stood, by_java(java))
    assert {*first, *landed, *by_java(java)} == stage.everything()


def refuses_beside(stage: Stage, java: JavaWorker) -> None:
    """Beside a running fleet of KCL 3 a start ends with words that name it, and writes nothing."""
    owners = {row["leaseKey"]["S"]: row.get("leaseOwner") for row in stage.rows()}
    with stage.penstock() as worker:
        assert worker.wait() == 1, worker.log_text()
        assert f"Java fleet of KCL 3 is running on '{APP}' ({java.name})" in worker.log_text()
        assert "stop it, wait 60 s" in worker.log_text()
    assert {row["leaseKey"]["S"]: row.get("leaseOwner") for row in stage.rows()} == owners
    assert not any("penstockOwner" in row for row in stage.rows())


def test_kcl_3_then_penstock_then_kcl_3(stage: Stage) -> None:
    """As README says: stop the Java fleet, wait 60 s, start; and back."""

    def start() -> Worker:
        worker = stage.penstock().start()
        wait_until(lambda: "worker started" in worker.messages() or not worker.is_running(), "it knows")
        return worker

    def begin() -> Worker:
        refused = 0
        while not (worker := start()).is_running():
            assert worker.wait() == 1 and "KCL 3 is running" in worker.log_text(), worker.log_text()
            refused += 1
            assert refused < 60, worker.log_text()
            time.sleep(3)
        assert refused > 0, "it did not see that the fleet may still run"
        return worker

    def stop(worker: Worker) -> None:
        assert worker.term() == 0, worker.log_text()
        open_rows = [row for row in stage.rows() if row["checkpoint"]["S"] != "SHARD_END"]
        assert open_rows and not any("leaseOwner" in row for row in open_rows)

    relay(stage, KCL3, begin, stop)


def test_kcl_1_then_penstock_then_kcl_1(stage: Stage) -> None:
    """Here penstock is killed: Java waits until its leases have run out."""
    relay(stage, KCL1, stage.penstock().start, Worker.kill)


def test_beside_kcl_3_that_is_still_compatible_with_2(stage: Stage) -> None:
    """It turns into a fleet with a leader by itself, at any time: refused as well. On a table that penstock made."""
    stage.put(10)
    with stage.penstock() as worker:
        read_until_all(stage, worker, set())
        assert worker.term() == 0, worker.log_text()
    stats = rows_of(stage.dynamodb, f"{APP}-WorkerMetricStats")
    with stage.java(KCL3_AS_2X) as java:
        java.wait_for(lambda: any("lut" in row for row in stats()), "Java says that it lives")
        stage.put(10)
        java.wait_for(lambda: len(java.records) >= 10, "Java goes on where penstock stood")
        with stage.penstock() as worker:
            assert worker.wait() == 1 and f"is running on '{APP}' ({java.name})" in worker.log_text()
        java.stop()
    assert {*stage.landed(), *by_java(java)} == stage.everything()
    assert not set(stage.landed()) & set(by_java(java))
