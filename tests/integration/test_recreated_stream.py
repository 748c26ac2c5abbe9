"""A table's stream is switched off and on again, under running workers and between two starts: the new stream has a
new ARN and new shards, and a change in it is later than every change in the old one. Nothing is lost, and no shard of
the new stream is read before the old one's end (faults 25, 26)."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from typing import Any

from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer
from tests.support.fleet import Fleet, wait_until
from tests.support.landing import read_folder
from tests.support.penstock import Worker, aws_environment
from tests.support.role import MAKES_LEASE_TABLE, Role

TABLE, APP = "orders", "orders-app"
ARGUMENTS = ["--table", TABLE, "--firehose", TABLE, "--app", APP, "--failover", "3s"]
ARGUMENTS += ["--flush-age", "200ms", "--poll", "100ms", "--poll-idle", "200ms"]


def fleet_of(server: FaultServer, folder: Path, *more: str) -> Fleet:
    options = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    environment = server.environment({"PATH": os.environ["PATH"], "HOME": str(folder)} | options)
    return Fleet([*ARGUMENTS, *more], environment, folder, lambda: server.rows(APP))


def rows_of(server: FaultServer, arn: str) -> list[dict[str, Any]]:
    return [row for row in server.rows(APP) if row.get("penstockStream", {}).get("S") == arn]


def is_complete(server: FaultServer, arn: str) -> bool:
    return bool(server.verdict(stream=arn)["missing"] == 0)


def delivered_in_turn(server: FaultServer, old: str, new: str) -> None:
    for arn in (old, new):
        verdict = server.verdict(stream=arn)
        assert verdict["missing"] == 0 and verdict["unknown"] == 0 and verdict["before_parent"] == 0, verdict
    before, after = server.verdict(stream=old), server.verdict(stream=new)
    assert before["last_accept_ms"] <= after["first_accept_ms"], (before, after)


def gaps(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row["penstockGap"]["M"] for row in rows if "penstockGap" in row]


def owners(rows: list[dict[str, Any]]) -> set[str]:
    return {row["leaseOwner"]["S"].partition("-")[0] for row in rows if "leaseOwner" in row}


def test_two_workers_follow_the_table(tmp_path: Path) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE]) as server:
        old = server.create_stream(table=TABLE, shards=4, generations=1, records=200)["arn"]
        with fleet_of(server, tmp_path) as fleet:
            for _ in range(2):
                fleet.add()
            wait_until(lambda: min(fleet.shares().values()) >= 2, "each has its part")
            rule = server.add_rule("throttle", service="firehose")  # the old stream's end has to wait
            server.roll(children=1, records=300)
            server.disable(old)
            new = server.create_stream(table=TABLE, shards=3, records=250, seed=2)["arn"]
            time.sleep(3)  # scans, and a look at the table if one were due
            assert not is_complete(server, old) and not rows_of(server, new)
            server.remove_rule(rule)
            alive = lambda: len(fleet.running()) == 2  # noqa: E731
            wait_until(lambda: is_complete(server, old), "the old stream is carried", alive=alive)
            wait_until(lambda: is_complete(server, new), "the new stream is carried", alive=alive)
            delivered_in_turn(server, old, new)
            (gap,) = gaps(rows_of(server, new))
            assert gap["certain"] == {"BOOL": False} and gap["count"] == {"N": "1"}, gap
            assert all(row["checkpoint"]["S"] == "SHARD_END" for row in rows_of(server, old))
            wait_until(lambda: owners(rows_of(server, new)) == {"w1", "w2"}, "both read the new stream")
            for worker in fleet.running():
                assert worker.messages().count("worker started") == 2
                assert worker.term() == 0, worker.log_text()


def test_a_start_finishes_the_earlier_stream_first(tmp_path: Path) -> None:
    """Also with --start latest: what the table's next stream holds comes after what was delivered."""
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE]) as server:
        old = server.create_stream(table=TABLE, shards=2, records=100)["arn"]
        with fleet_of(server, tmp_path) as fleet:
            worker = fleet.add()
            wait_until(lambda: is_complete(server, old), "it carries")
            assert worker.term() == 0, worker.log_text()
        server.roll(children=2, records=100)
        server.disable(old)
        new = server.create_stream(table=TABLE, shards=2, records=150, seed=2)["arn"]
        with fleet_of(server, tmp_path, "--start", "latest") as fleet:
            worker = fleet.add()
            wait_until(lambda: is_complete(server, new), "both are carried", alive=worker.is_running)
            delivered_in_turn(server, old, new)
            assert worker.term() == 0, worker.log_text()


def test_a_start_while_the_stream_is_off(tmp_path: Path) -> None:
    """Who has begun the stream carries it to its end, also started anew, and follows the next one."""
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE]) as server:
        old = server.create_stream(table=TABLE, shards=2, records=100)["arn"]
        with fleet_of(server, tmp_path) as fleet:
            worker = fleet.add()
            wait_until(lambda: is_complete(server, old), "it carries")
            assert worker.term() == 0, worker.log_text()
        server.roll(children=1, records=100)
        server.disable(old)
        with fleet_of(server, tmp_path) as fleet:
            worker = fleet.add()
            wait_until(lambda: is_complete(server, old), "the rest is carried", alive=worker.is_running)
            worker.wait_for("the table's stream is switched off")
            new = server.create_stream(table=TABLE, shards=2, records=150, seed=2)["arn"]
            wait_until(lambda: is_complete(server, new), "the new one too", alive=worker.is_running)
            delivered_in_turn(server, old, new)
            assert worker.term() == 0, worker.log_text()


def test_an_earlier_stream_that_is_gone_ends_with_a_gap(tmp_path: Path) -> None:
    """Nobody carried it in its last 24 hours: that is told, and the new stream is carried."""
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE]) as server:
        old = server.create_stream(table=TABLE, shards=2, records=100)["arn"]
        with fleet_of(server, tmp_path) as fleet:
            worker = fleet.add()
            wait_until(lambda: is_complete(server, old), "it carries")
            assert worker.term() == 0, worker.log_text()
        server.disable(old, gone=True)
        new = server.create_stream(table=TABLE, shards=2, records=150, seed=2)["arn"]
        with fleet_of(server, tmp_path) as fleet:
            worker = fleet.add()
            wait_until(lambda: is_complete(server, new), "the new one is carried", alive=worker.is_running)
            assert worker.term() == 0, worker.log_text()
        told = gaps(rows_of(server, old))
        assert len(told) == 2 and all(gap["certain"] == {"BOOL": False} for gap in told), told
        assert all(row["checkpoint"]["S"] == "SHARD_END" for row in rows_of(server, old))


def leave_java_leases(server: FaultServer, stream: dict[str, Any], app: str = APP) -> None:
    """As a stopped fleet of KCL leaves them: nothing says which stream they are of."""
    dynamodb = server.client("dynamodb")
    dynamodb.create_table(
        TableName=app,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "leaseKey", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "leaseKey", "KeyType": "HASH"}],
    )
    for shard in stream["shards"]:
        row = {
            "leaseKey": {"S": shard},
            "leaseOwner": {"S": "java-host:4711"},
            "leaseCounter": {"N": "12"},
            "checkpoint": {"S": "TRIM_HORIZON"},
            "checkpointSubSequenceNumber": {"N": "0"},
            "ownerSwitchesSinceCheckpoint": {"N": "0"},
            "startingHashKey": {"S": "0"},
            "endingHashKey": {"S": "1"},
        }
        dynamodb.put_item(TableName=app, Item=row)


def test_leases_of_java_are_of_the_earlier_stream(tmp_path: Path) -> None:
    role = Role(takes_over=True)
    with FaultServer(role=role, delivery_streams=[TABLE]) as server:
        old = server.create_stream(table=TABLE, shards=3, records=100)
        leave_java_leases(server, old)
        time.sleep(0.01)  # a label has milliseconds
        server.disable(old["arn"])
        new = server.create_stream(table=TABLE, shards=2, records=150, seed=2)["arn"]
        with fleet_of(server, tmp_path) as fleet:
            worker = fleet.add()
            wait_until(lambda: is_complete(server, new), "both are carried", alive=worker.is_running)
            delivered_in_turn(server, old["arn"], new)
            assert worker.term() == 0, worker.log_text()
        assert len(rows_of(server, old["arn"])) == 3


def test_leases_of_an_unknown_stream_need_a_right_more(tmp_path: Path) -> None:
    role = Role(denials=True)
    with FaultServer(role=role, delivery_streams=[TABLE]) as server:
        old = server.create_stream(table=TABLE, shards=1, records=100)
        leave_java_leases(server, old)
        time.sleep(0.01)
        server.disable(old["arn"])
        server.create_stream(table=TABLE, shards=1, records=100, seed=2)
        with fleet_of(server, tmp_path) as fleet:
            worker = fleet.add()
            wait_until(lambda: not worker.is_running(), "it refuses")
            assert "allow the action dynamodb:ListStreams" in worker.log_text()


def test_an_emulator_that_knows_it_by_itself(dynamodb_local: DynamoDBLocal, tmp_path: Path) -> None:
    """DynamoDB Local switches a table's stream off and on: what was changed in between is in no stream."""
    table = f"orders-{uuid.uuid4().hex[:8]}"
    old = dynamodb_local.create_table(table, {"pk": "S"})
    dynamodb = dynamodb_local.client("dynamodb")

    def put(key: str) -> None:
        dynamodb.put_item(TableName=table, Item={"pk": {"S": key}})

    def keys() -> list[str]:
        return [line["keys"]["pk"]["S"] for line in read_folder(tmp_path / "landing")]

    arguments = [
        "--table",
        table,
        "--file",
        str(tmp_path / "landing"),
        "--failover",
        "3s",
        "--flush-age",
        "100ms",
    ]
    with Worker(
        arguments, aws_environment(dynamodb=dynamodb_local.for_workers, home=tmp_path), tmp_path
    ) as worker:
        put("before")
        wait_until(lambda: keys() == ["before"], "it is carried", alive=worker.is_running)
        dynamodb.update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
        put("between")
        kind = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        dynamodb.update_table(TableName=table, StreamSpecification=kind)
        put("after")
        wait_until(lambda: "after" in keys(), "the new stream is carried", alive=worker.is_running)
        assert worker.term() == 0, worker.log_text()
    assert sorted(keys()) == ["after", "before"]  # each stream's lines are in files of their own
    rows = dynamodb.scan(TableName=f"penstock-{table}")["Items"]
    assert {row["penstockStream"]["S"] == old for row in rows} == {True, False}
    (gap,) = gaps(rows)
    assert gap["certain"] == {"BOOL": False}
