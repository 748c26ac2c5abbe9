"""`penstock run --kinesis`: each item's changes arrive in order, while the data stream throttles, fails records one by
one, stores a request's records in any order, and workers die."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests.support import landing
from tests.support.changes import Changes, apply_all
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer
from tests.support.fleet import Fleet, rows_of, wait_until
from tests.support.moto import Moto
from tests.support.penstock import HANG_SECONDS, Worker, aws_environment
from tests.support.role import TASK_ROLE, Role

STREAM, APP, TABLE = "changes", "order-app", "orders"
ROLE = Role(kinesis=STREAM, also=("dynamodb:CreateTable",))
SHARDS, RECORDS, KEYS = 4, 500, 25

FAULTS = [
    ("partial", {"service": "kinesis", "probability": 0.5, "fraction": 0.3, "seed": 1}),
    ("throttle", {"service": "kinesis", "operation": "PutRecords", "probability": 0.1, "seed": 2}),
    ("lost", {"service": "kinesis", "operation": "PutRecords", "probability": 0.05, "seed": 3}),
    (
        "status",
        {"service": "kinesis", "operation": "PutRecords", "probability": 0.05, "when": "after", "seed": 4},
    ),
    ("wrong_length", {"service": "kinesis", "operation": "PutRecords", "probability": 0.02, "seed": 5}),
]


def environment_of(server: FaultServer, home: Path) -> dict[str, str]:
    options = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    return server.environment({"PATH": os.environ["PATH"], "HOME": str(home)} | options)


@pytest.mark.parametrize("pack", ["64KiB", "0"])
@pytest.mark.core
def test_an_items_changes_arrive_in_order(pack: str, tmp_path: Path) -> None:
    with FaultServer(role=ROLE) as server:
        server.create_data_stream(STREAM, shards=4)
        server.create_stream(table=TABLE, shards=SHARDS, records=RECORDS, keys=KEYS, rate=200, generations=1)
        for action, rule in FAULTS:
            server.add_rule(action, **rule)
        arguments = [
            "--table",
            TABLE,
            "--kinesis",
            STREAM,
            "--app",
            APP,
            "--failover",
            "4s",
            "--pack-bytes",
            pack,
        ]
        arguments += ["--flush-age", "50ms", "--poll", "50ms", "--poll-idle", "100ms"]
        environment = environment_of(server, tmp_path)
        with Fleet(arguments, environment, tmp_path, lambda: server.rows(APP)) as fleet:
            fleet.add()
            fleet.add()
            for part in (5, 3):
                server.wait(
                    lambda seen, part=part: seen["accepted"] * part > seen["expected"] > 0, HANG_SECONDS
                )
                fleet.running()[0].kill()
                fleet.add()
            verdict = server.wait(
                lambda seen: seen["missing"] == 0 and seen["shards_complete"] == seen["shard_count"] > SHARDS,
                3 * HANG_SECONDS,
                alive=lambda: len(fleet.running()) == 2,
            )
            server.clear_rules()
            for worker in fleet.running():
                assert worker.term() == 0, worker.log_text()
        assert verdict["key_out_of_order"] == 0 and verdict["unknown"] == 0 and verdict["different"] == 0, (
            verdict
        )
        (stream,) = server.data_streams()
        assert stream["failed"] > 0 and stream["repeated_keys"] == 0, stream
        positions = server.positions()
        assert positions["ahead"] == 0 and positions["back"] == 0, positions


def records_of(kinesis: Any, stream: str) -> list[list[dict[str, Any]]]:
    """The records of each shard of the data stream, as a consumer reads them."""
    shards = []
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        iterator = kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records: list[dict[str, Any]] = []
        while iterator:
            page = kinesis.get_records(ShardIterator=iterator, Limit=1000)
            records += page["Records"]
            iterator = page["NextShardIterator"] if page["Records"] else None
        shards.append(records)
    return shards


def test_a_consumer_of_moto_sees_the_table(dynamodb_local: DynamoDBLocal, moto: Moto, tmp_path: Path) -> None:
    seed = int(os.environ.get("PENSTOCK_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"seed: PENSTOCK_TEST_SEED={seed}")
    keys = {"pk": "S", "sk": "N"}
    table = "ordered"
    dynamodb_local.create_table(table, keys)
    kinesis = moto.client("kinesis")
    kinesis.create_stream(StreamName=table, ShardCount=3)
    environment = aws_environment(dynamodb=dynamodb_local.for_workers, home=tmp_path)
    environment["AWS_ENDPOINT_URL_KINESIS"] = moto.endpoint
    client = dynamodb_local.client("dynamodb")
    arguments = ["--table", table, "--kinesis", table, "--flush-age", "50ms", "--failover", "3s"]
    with Fleet(arguments, environment, tmp_path, rows_of(client, f"penstock-{table}")) as fleet:
        fleet.add()
        changes = Changes(seed, 1000, 60, keys)
        apply_all(client, table, changes)
        wait_until(
            lambda: any(records_of(kinesis, table)), "something arrives", alive=fleet.workers[0].is_running
        )
        fleet.workers[0].kill()
        worker = fleet.add()
        items = list(landing.scan(client, table))
        names = landing.key_names(client, table)
        verdicts: list[landing.Verdict] = []
        shards: list[list[dict[str, Any]]] = []

        def all_arrived() -> bool:
            shards[:] = records_of(kinesis, table)
            state = landing.State()
            for record in (record for records in shards for record in records):
                for line in landing.lines_of(record["Data"], record["SequenceNumber"]):
                    state.add(line)
            verdicts.append(landing.compare(state, items, names))
            return verdicts[-1].good

        wait_until(all_arrived, "the data stream gives the table", alive=worker.is_running)
        assert worker.term() == 0
    partition_keys: dict[str, str] = {}
    newest: dict[str, str] = {}
    seen: set[str] = set()
    for records in shards:
        for record in records:
            for line in landing.lines_of(record["Data"]):
                item = str(sorted(line["keys"].items()))
                assert partition_keys.setdefault(item, record["PartitionKey"]) == record["PartitionKey"]
                if line["event_id"] not in seen:
                    seen.add(line["event_id"])
                    assert line["ord"] > newest.get(item, ""), f"{item}: an older change behind a newer one"
                    newest[item] = line["ord"]
    assert len(set(partition_keys.values())) == len(partition_keys) > 10


def test_a_data_stream_that_is_not_there_is_told(tmp_path: Path) -> None:
    with FaultServer(role=ROLE) as server:
        arn = server.create_stream()["arn"]
        arguments = ["--stream-arn", arn, "--kinesis", STREAM]
        with Worker(arguments, environment_of(server, tmp_path), tmp_path) as worker:
            assert worker.wait() == 3
        assert "--kinesis changes: there is no such data stream in us-east-1" in worker.log_text()


def test_a_role_without_the_right_to_look_still_carries(tmp_path: Path) -> None:
    only_put = Role(also=("dynamodb:CreateTable", "kinesis:PutRecords"), denials=True)
    with FaultServer(role=only_put) as server:
        server.create_data_stream(STREAM)
        arn = server.create_stream(records=300)["arn"]
        arguments = ["--stream-arn", arn, "--kinesis", STREAM, "--flush-age", "50ms"]
        with Worker(arguments, environment_of(server, tmp_path), tmp_path) as worker:
            server.wait_all_accepted(HANG_SECONDS, alive=worker.is_running)
            worker.wait_for("cannot look at the data stream")
            assert worker.term() == 0
        assert any("DescribeStreamSummary" in str(call) for call in server.denied())


def test_poison_goes_alone_to_the_dead_letters(tmp_path: Path) -> None:
    """Every 50th record is longer than a record of the data stream may be."""
    letters = tmp_path / "letters"
    with FaultServer(role=ROLE) as server:
        server.create_data_stream(STREAM)
        arn = server.create_stream(records=200, big_every=50, big_bytes=1200000)["arn"]
        arguments = ["--stream-arn", arn, "--kinesis", STREAM, "--dead-letter", f"file:{letters}"]
        with Worker(arguments, environment_of(server, tmp_path), tmp_path) as worker:
            server.wait(lambda seen: seen["accepted"] >= 196, HANG_SECONDS, alive=worker.is_running)

            def stored() -> int:
                return sum(path.read_bytes().count(b"\n") for path in letters.glob("*.jsonl"))

            wait_until(lambda: stored() == 4, "four dead letters", alive=worker.is_running)
            assert worker.term() == 0
        verdict = server.verdict()
        assert verdict["accepted"] == 196 and verdict["key_out_of_order"] == 0


def test_the_task_role_names_the_data_stream() -> None:
    statements = Role(kinesis=STREAM).policy()["Statement"]
    (deliver,) = [statement for statement in statements if statement["Sid"] == "DeliverToKinesis"]
    assert deliver["Action"] == ["kinesis:PutRecords", "kinesis:DescribeStreamSummary"]
    assert deliver["Resource"].endswith(f":stream/{STREAM}")
    assert not [statement for statement in statements if "firehose" in str(statement)]
    assert not [statement for statement in TASK_ROLE.policy()["Statement"] if "kinesis" in str(statement)]
