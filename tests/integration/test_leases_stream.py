"""`penstock leases` and what only the stream or a living fleet can tell: lag, trimmed positions, shards that nobody
reads, workers that die while one watches; with no more rights than to read."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support import lease_rows as rows
from tests.support import processes
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer
from tests.support.faultd_calls import open_shard, shards_of
from tests.support.fleet import Fleet, wait_until
from tests.support.penstock import HANG_SECONDS, aws_environment, binary, run
from tests.support.role import MAKES_LEASE_TABLE, Role

APP, TABLE = "penstock-orders", "orders"
STREAM_RIGHTS = ("dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords")
TABLE_RIGHTS = ("dynamodb:Scan", "dynamodb:GetItem")


class Reader(Role):
    """Somebody who may read, and nothing else: these actions."""

    def policy(self) -> dict[str, Any]:
        allowed = {"Effect": "Allow", "Action": list(self.also), "Resource": "*"}
        return {"Version": "2012-10-17", "Statement": [allowed]}


READER = Reader(also=(*TABLE_RIGHTS, *STREAM_RIGHTS))


def make_lease_table(client: Any, *items: rows.Row) -> None:
    client.create_table(
        TableName=APP,
        KeySchema=[{"AttributeName": "leaseKey", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "leaseKey", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for item in items:
        client.put_item(TableName=APP, Item=item)


def leases(environment: dict[str, str], command: str, *words: str, code: int = 0) -> dict[str, Any]:
    found, out, err = run(["leases", command, "--app", APP, *words, "-o", "json"], environment)
    assert found == code, (out, err)
    return json.loads(out)


def lag_of(environment: dict[str, str], *words: str) -> dict[str, dict[str, Any]]:
    return {one["key"]: one for one in leases(environment, "lag", *words)["leases"]}


def sequence_of(server: FaultServer, arn: str, shard: str, number: int) -> str:
    page = server.client("dynamodbstreams").get_records(ShardIterator=open_shard(server, arn, shard))
    return str(page["Records"][number]["dynamodb"]["SequenceNumber"])


@pytest.fixture
def local() -> Any:
    """A server of its own: this one is aged."""
    with DynamoDBLocal() as server:
        yield server


def test_lag_against_a_real_stream(local: DynamoDBLocal, tmp_path: Path) -> None:
    arn = local.create_table(TABLE, {"pk": "S"})
    assert arn
    dynamodb, streams = local.client("dynamodb"), local.client("dynamodbstreams")
    for number in range(3):
        dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": str(number)}})
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = streams.get_records(ShardIterator=iterator)["Records"]
    sequences = [record["dynamodb"]["SequenceNumber"] for record in records]
    key = shard["ShardId"]
    make_lease_table(dynamodb, rows.ours(key, arn=arn))
    environment = aws_environment(dynamodb=local.endpoint, home=tmp_path)

    def lag_at(checkpoint: str) -> dict[str, Any]:
        dynamodb.put_item(TableName=APP, Item=rows.ours(key, arn=arn, checkpoint=checkpoint))
        return lag_of(environment, key)[key]

    for checkpoint in ("TRIM_HORIZON", sequences[0]):
        found = lag_at(checkpoint)
        assert found["lag_state"] == "known" and 0 <= found["lag_seconds"] < HANG_SECONDS
        assert found["oldest_unread_at"] is not None and 0 < found["trimmed_in_seconds"] <= 86400
    found = lag_at(sequences[-1])
    assert (found["lag_state"], found["lag_seconds"], found["lag_note"]) == ("known", 0, "at the tip")
    found = lag_at("LATEST")
    assert (found["lag_state"], found["lag_seconds"]) == ("unknown", None) and "LATEST" in found["lag_note"]
    assert lag_at("SHARD_END")["lag_state"] == "finished"
    document = leases(environment, "describe", key)
    assert document["checkpoint_event_at"] is None
    lag_at(sequences[1])
    assert leases(environment, "describe", key)["checkpoint_event_at"].startswith("20")

    local.rollover()  # the shard is closed now: only its end proves that all was read
    assert lag_at(sequences[-1])["lag_note"] == "read to the shard's end"
    dynamodb.put_item(TableName=APP, Item=rows.ours("shardId-unknown", arn=arn, checkpoint=sequences[0]))
    assert "no longer has this shard" in lag_of(environment)["shardId-unknown"]["lag_note"]
    other = arn.replace("/stream/20", "/stream/19")
    dynamodb.put_item(TableName=APP, Item=rows.ours(key, arn=other, checkpoint=sequences[0]))
    assert lag_of(environment)[key]["lag_note"] == "there is no such stream"


def test_a_java_row_is_told_its_stream(tmp_path: Path) -> None:
    with FaultServer() as server:
        stream = server.create_stream(table=TABLE, shards=1, records=50, age_ms=3_600_000)
        shard = stream["shards"][0]
        position = sequence_of(server, stream["arn"], shard, 9)
        make_lease_table(server.client("dynamodb"), rows.kcl1(shard, position, owner="java-1"))
        environment = server.environment({"HOME": str(tmp_path)})
        found = lag_of(environment)[shard]
        assert found["lag_seconds"] is None and "--stream-arn or --table" in found["lag_note"]
        for words in (["--table", TABLE], ["--stream-arn", stream["arn"]]):
            assert 600 < lag_of(environment, *words)[shard]["lag_seconds"] < 3600 + HANG_SECONDS
        code, out, err = run(["leases", "check", "--app", APP, "--failover", "2s"], environment)
        assert (code, out) == (2, "") and "--table" in err and "--no-lag" in err
        label = stream["label"].replace(":", "_")
        name = f"000000000000:us-east-1$000000000000${TABLE}${label}:1"
        several = rows.kcl2(f"{name}:{shard}", checkpoint=position) | {"streamName": {"S": name}}
        server.client("dynamodb").put_item(TableName=APP, Item=several)
        assert lag_of(environment, "--sort", "owner")[f"{name}:{shard}"]["lag_seconds"] > 600


def test_reading_takes_no_more_than_the_right_to_read(tmp_path: Path) -> None:
    """Nothing is refused to a reader; what it calls is in each command's help; a shard is read 5 times a second."""
    with FaultServer(role=READER) as server:
        stream = server.create_stream(table=TABLE, shards=3, records=20, generations=1)
        keys = stream["shards"]
        make_lease_table(server.client("dynamodb"), *(rows.ours(key, arn=stream["arn"]) for key in keys))
        before = server.rows(APP)
        environment = server.environment({"HOME": str(tmp_path)})
        for key in keys[:1]:
            with server.fault("empty_page", operation="GetRecords", shard=key, times=4):
                began = time.monotonic()
                lag_of(environment, key)
                assert time.monotonic() - began >= 4 * 0.2
        for words in (
            ["list", "--sample", "--lag", "--failover", "2s"],
            ["describe", keys[0]],
            ["lag"],
            ["tree", "--lag"],
            ["workers", "--sample", "--failover", "2s"],
            ["watch", "--for", "1s", "--interval", "500ms"],
            ["check", "--failover", "2s"],
        ):
            command = words[0]
            code, _, err = run(["leases", *words[:1], "--app", APP, *words[1:]], environment)
            assert code in (0, 5) and "denied" not in err, (words, err)
            help_text = run(["leases", command, "--help"], environment)[1]
            assert "AWS" in help_text
        assert server.denied() == []
        called = {entry["operation"] for entry in server.stats()["operations"]}
        assert called - {"CreateTable", "PutItem"} == {
            action.partition(":")[2] for action in (*TABLE_RIGHTS, *STREAM_RIGHTS)
        }
        assert server.calls("PutItem") == len(keys) and server.rows(APP) == before


@pytest.mark.parametrize(
    ("rights", "command", "missing"),
    [
        (("dynamodb:Scan",), ["list"], ""),
        (("dynamodb:GetItem",), ["list"], "dynamodb:Scan"),
        (TABLE_RIGHTS, ["lag"], "dynamodb:DescribeStream"),
        ((*TABLE_RIGHTS, "dynamodb:DescribeStream"), ["lag"], "dynamodb:GetShardIterator"),
        (TABLE_RIGHTS, ["check", "--failover", "2s"], "dynamodb:DescribeStream"),
        (TABLE_RIGHTS, ["describe", "shardId"], ""),
    ],
)
def test_a_missing_right_is_named(
    tmp_path: Path, rights: tuple[str, ...], command: list[str], missing: str
) -> None:
    with FaultServer(role=Reader(also=rights, denials=True)) as server:
        stream = server.create_stream(table=TABLE, shards=1, records=20)
        make_lease_table(server.client("dynamodb"), rows.ours(stream["shards"][0], arn=stream["arn"]))
        code, out, err = run(["leases", *command, "--app", APP], server.environment({"HOME": str(tmp_path)}))
        if missing:
            assert (code, out) == (1, "") and "access denied" in err and missing in err
        else:
            assert code == 0 and stream["shards"][0] in out


def test_what_the_stream_cannot_tell_is_said(tmp_path: Path) -> None:
    with FaultServer() as server:
        stream = server.create_stream(table=TABLE, shards=4, records=100)
        arn, keys = stream["arn"], stream["shards"]
        positions = [sequence_of(server, arn, key, 4) for key in keys]
        make_lease_table(
            server.client("dynamodb"),
            *(rows.ours(key, arn=arn, checkpoint=at) for key, at in zip(keys, positions, strict=True)),
        )
        environment = server.environment({"HOME": str(tmp_path)})
        server.trim(shard=keys[0], to=50)
        server.add_rule("throttle", operation="GetRecords", shard=keys[1])
        server.add_rule("empty_page", operation="GetRecords", shard=keys[2], times=2)
        server.add_rule("expired_iterator", operation="GetRecords", shard=keys[3])
        found = lag_of(environment)
        assert found[keys[0]]["lag_state"] == "trimmed" and found[keys[0]]["lag_seconds"] is not None
        assert found[keys[1]]["lag_seconds"] is None and "too many readers" in found[keys[1]]["lag_note"]
        assert found[keys[2]]["lag_state"] == "known" and found[keys[2]]["lag_seconds"] >= 0
        assert found[keys[3]]["lag_seconds"] is None and "expired" in found[keys[3]]["lag_note"]
        assert list(found) == [keys[0], *sorted((keys[1], keys[3])), keys[2]]  # the worst first
        out = run(["leases", "lag", "--app", APP], environment)[1]
        assert " trimmed " in out and " unknown " in out


class Renewals:
    """Live owners: the counters of these rows move."""

    def __init__(self, server: FaultServer, keys: list[str]) -> None:
        self.client, self.keys, self.stopped = server.client("dynamodb"), keys, threading.Event()
        self.thread = threading.Thread(target=self.renew, daemon=True)

    def renew(self) -> None:
        while not self.stopped.wait(0.2):
            for key in self.keys:
                self.client.update_item(
                    TableName=APP,
                    Key={"leaseKey": {"S": key}},
                    UpdateExpression="SET leaseCounter = leaseCounter + :one",
                    ExpressionAttributeValues={":one": {"N": "1"}},
                )

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.thread.join()


def problems(environment: dict[str, str], *words: str) -> set[tuple[str, str]]:
    code, out, err = run(
        ["leases", "check", "--app", APP, "--failover", "2s", *words, "-o", "json"], environment
    )
    assert code in (0, 5), err
    document = json.loads(out)
    assert document["healthy"] == (code == 0) == (not document["problems"])
    return {(one["problem"], one["shard"] or one["owner"]) for one in document["problems"]}


def test_check_names_every_problem_and_is_silent_without_one(tmp_path: Path) -> None:
    with FaultServer() as server:
        stream = server.create_stream(table=TABLE, shards=3, records=100, generations=1, age_ms=60_000)
        arn, client = stream["arn"], server.client("dynamodb")
        parents = [shard for shard in shards_of(server, arn) if "ParentShardId" not in shard]
        children = {
            parent["ShardId"]: [
                shard["ShardId"]
                for shard in shards_of(server, arn)
                if shard.get("ParentShardId") == parent["ShardId"]
            ]
            for parent in parents
        }
        first, second, third = (parent["ShardId"] for parent in parents)
        make_lease_table(client, *(rows.ours(key, arn=arn) for key in (first, second, third)))
        environment = server.environment({"HOME": str(tmp_path)})
        with Renewals(server, [first, second, third]):
            command = ["leases", "check", "--app", APP, "--failover", "2s"]
            assert run(command, environment) == (0, "", "")
            assert problems(environment, "--max-lag", "30s") == {
                ("lag", key) for key in (first, second, third)
            }

        finished = rows.ours(first, arn=arn, checkpoint="SHARD_END")
        client.put_item(TableName=APP, Item=finished | {"childShardIds": {"SS": children[first]}})
        client.put_item(TableName=APP, Item=rows.ours(children[first][0], arn=arn))
        client.put_item(TableName=APP, Item=rows.ours(second, owner="", arn=arn) | rows.gap())
        client.put_item(TableName=APP, Item=rows.ours(third, owner="dead", arn=arn))
        client.put_item(
            TableName=APP,
            Item=rows.kcl3("shardId-h", owner="dead", checkpoint="LATEST") | {"penstockStream": {"S": arn}},
        )
        client.put_item(TableName=APP, Item={"leaseKey": {"S": "shardId-b"}})
        with Renewals(server, [children[first][0]]):
            found = problems(environment)
        # Children of the second and third have no rows, but their parents are not finished.
        assert found == {
            ("unowned", second),
            ("gap", second),
            ("expired", "dead"),
            ("expired", "java-old"),
            ("stuck-hand-over", "shardId-h"),
            ("broken", "shardId-b"),
            ("missing-lease", children[first][1]),
        }
        client.put_item(
            TableName=APP,
            Item=rows.ours(children[first][1], owner="", arn=arn)
            | {"parentShardId": {"SS": [first]}},  # nobody took it
        )
        client.put_item(
            TableName=APP,
            Item=rows.ours(children[second][0], owner="", arn=arn)
            | {"parentShardId": {"SS": [second]}},  # its turn comes
        )
        client.delete_item(TableName=APP, Key={"leaseKey": {"S": third}})  # nobody will make its children's
        found = problems(environment)
        assert found >= {("unowned", children[first][1])} | {
            ("missing-lease", key) for key in children[third]
        }
        assert ("unowned", children[second][0]) not in found
        out = run(["leases", "check", "--app", APP, "--failover", "2s", "--no-lag"], environment)[1]
        assert "leaseCounter is missing" in out and "acknowledge" in out


@pytest.mark.core
def test_watching_a_fleet_whose_worker_dies(tmp_path: Path) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["lake"]) as server:
        server.create_stream(table=TABLE, shards=4, records=100_000, rate=50)
        environment = server.environment({"HOME": str(tmp_path)})
        arguments = ["--table", TABLE, "--firehose", "lake", "--failover", "10s", "--flush-age", "100ms"]
        with Fleet(arguments, environment, tmp_path, lambda: server.rows(APP)) as fleet:
            victim = fleet.add()
            wait_until(
                lambda: sum(fleet.shares().values()) == 4, "the first owns all", alive=victim.is_running
            )
            survivor = fleet.add()
            wait_until(lambda: min(fleet.shares().values()) == 2, "each owns two")
            words = [
                "leases",
                "list",
                "-w",
                "--app",
                APP,
                "--failover",
                "10s",
                "--interval",
                "500ms",
                "-o",
                "jsonl",
            ]
            with subprocess.Popen(
                [str(binary()), *words],
                env=environment,
                stdout=subprocess.PIPE,
                preexec_fn=processes.die_with_parent,
            ) as watcher:
                assert watcher.stdout
                events: list[dict[str, Any]] = []

                def watch_for(what: str, after: str, shards: int) -> None:
                    seen: set[str] = set()
                    while len(seen) < shards:
                        event = json.loads(watcher.stdout.readline())  # type: ignore[union-attr]
                        events.append(event)
                        if (event["event"], event["after"]) == (what, after):
                            seen.add(event["shard"])

                watch_for("state", "active", 4)
                lost = [
                    row["leaseKey"]["S"]
                    for row in fleet.leases()
                    if row["leaseOwner"]["S"] == victim.worker_id
                ]
                victim.kill()
                watch_for("owner", survivor.worker_id, len(lost) or 1)
                watcher.terminate()
            taken = {event["shard"] for event in events if event["event"] == "owner" and event["before"]}
            assert taken >= set(lost) and len(lost) == 2
            assert {event["event"] for event in events} >= {"seen", "owner", "state", "checkpoint"}
            assert all(event["at"].endswith("Z") for event in events)
            found = leases(environment, "workers", "--sample", "--failover", "10s")
            assert [one["worker"] for one in found["workers"]] == [survivor.worker_id]
            assert survivor.term() == 0


def test_a_watch_goes_on_when_a_read_fails(tmp_path: Path) -> None:
    with FaultServer() as server:
        make_lease_table(server.client("dynamodb"), rows.kcl1("shardId-1"))
        server.add_rule("throttle", operation="Scan", after=1, times=4)
        words = ["leases", "watch", "--app", APP, "--for", "8s", "--interval", "500ms"]
        with subprocess.Popen(
            [str(binary()), *words],
            env=server.environment({"HOME": str(tmp_path)}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=processes.die_with_parent,
        ) as watcher:
            assert watcher.stdout and watcher.stderr
            assert "seen" in watcher.stdout.readline()
            wait_until(lambda: server.rules()[0]["fired"] == 4, "four reads are throttled")
            server.client("dynamodb").put_item(TableName=APP, Item=rows.kcl1("shardId-2"))
            assert "shardId-2" in watcher.stdout.readline()
            watcher.terminate()
            assert "Scan" in watcher.stderr.read()
