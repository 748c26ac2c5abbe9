"""penstock leases rewind: what it announces is what is delivered again, and what it undoes is as it was."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections import Counter
from datetime import UTC
from pathlib import Path

import pytest

from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer
from tests.support.faultd_calls import read_shard
from tests.support.fleet import wait_until
from tests.support.lease_stage import SHARD, Stage, key_only, lease
from tests.support.penstock import Worker, binary
from tests.support.penstock import run as run_command


@pytest.mark.core
def test_a_rewind_delivers_again_exactly_what_it_announced(stage: Stage) -> None:
    """Also past the positions that the worker keeps on its own disk, which are ahead of the row."""
    names = [f"k{number:02}" for number in range(30)]
    stage.put(*names)
    stage.carry(30)
    before = stage.row()
    dry = stage.change("rewind", "--all", "--to-trim-horizon")
    assert (dry["result"], dry["to"], dry["delivered_again"], dry["skipped"]) == (
        "planned",
        "TRIM_HORIZON",
        30,
        0,
    )
    assert dry["from"] == before["checkpoint"]["S"]
    assert stage.row() == before, "a dry run changes nothing"
    done = stage.rewind("--all", "--to-trim-horizon")
    assert (done["result"], done["delivered_again"]) == ("done", 30)
    row = stage.row()
    assert row["checkpoint"] == {"S": "TRIM_HORIZON"} and row["checkpointSubSequenceNumber"] == {"N": "0"}
    assert int(row["leaseCounter"]["N"]) == int(before["leaseCounter"]["N"]) + 1
    assert len(row["penstockRewind"]["S"]) == 16 and "penstockEpoch" not in row
    stage.carry(60)
    assert stage.keys() == {name: 2 for name in names}
    ids = Counter((line["event_id"], line["ord"]) for line in stage.landed())
    assert set(ids.values()) == {2}, "the same lines again"
    last = stage.rewind("--all", "--shift-by", "-7")
    assert (last["delivered_again"], last["skipped"]) == (7, 0)
    stage.carry(67)
    assert stage.keys() == {name: 2 for name in names[:23]} | {name: 3 for name in names[23:]}


def test_a_rewind_to_a_record(stage: Stage) -> None:
    stage.put("a1", "a2", "a3", "b1", "b2")
    stage.carry(5)
    seq = {line["keys"]["pk"]["S"]: line["seq"] for line in stage.landed()}
    key = stage.row()["leaseKey"]["S"]
    done = stage.rewind(key, "--to-sequence", seq["a2"])
    assert (done["to"], done["delivered_again"]) == (seq["a2"], 3)
    stage.carry(8)
    assert stage.keys() == {"a1": 1, "a2": 1, "a3": 2, "b1": 2, "b2": 2}
    assert stage.change("rewind", "--all", "--shift-by", "-100")["to"] == "TRIM_HORIZON"
    uncounted = stage.change("rewind", key, "--to-sequence", "5", "--no-count")
    assert uncounted["delivered_again"] is None, "not counted is unknown, never 0"


def test_a_rewind_to_a_time_is_before_its_first_record(tmp_path: Path) -> None:
    """Two shards that were written over some seconds; boto3 reads them too."""
    with FaultServer(delivery_streams=["orders"]) as server:
        shape = server.create_stream(table="orders", shards=2, records=30, rate=10)
        wait_until(lambda: server.verdict()["expected"] == 60, "all records are there")
        records = {shard: read_shard(server, shape["arn"], shard)[0] for shard in shape["shards"]}
        client = server.client("dynamodb")
        client.create_table(**key_only("penstock-orders"))
        for shard, found in records.items():
            row = lease(shard, leaseOwner=None, checkpoint={"S": found[-6]["dynamodb"]["SequenceNumber"]})
            client.put_item(TableName="penstock-orders", Item=row)
        times = [found[20]["dynamodb"]["ApproximateCreationDateTime"] for found in records.values()]
        for moment in (*times, times[0].replace(year=2020)):
            words = [
                "leases",
                "rewind",
                "--table",
                "orders",
                "--all",
                "-o",
                "json",
                "--to-datetime",
                moment.isoformat(),
            ]
            code, out, err = run_command(words, server.environment())
            assert code == 0, err
            for change in json.loads(out)["changes"]:
                found = records[change["shard"]]
                earlier = [r for r in found if r["dynamodb"]["ApproximateCreationDateTime"] < moment]
                expected = earlier[-1]["dynamodb"]["SequenceNumber"] if earlier else "TRIM_HORIZON"
                assert change["to"] == expected, (moment, change)
                assert change["delivered_again"] - change["skipped"] == len(found) - 5 - len(earlier)


def test_a_rewind_to_the_end_says_what_is_skipped(tmp_path: Path) -> None:
    with FaultServer(delivery_streams=["orders"]) as server:
        shape = server.create_stream(table="orders", records=50, age_ms=3_600_000)
        (shard,) = shape["shards"]
        records, _ = read_shard(server, shape["arn"], shard)
        client = server.client("dynamodb")
        client.create_table(**key_only("penstock-orders"))
        row = lease(shard, leaseOwner=None, checkpoint={"S": records[29]["dynamodb"]["SequenceNumber"]})
        client.put_item(TableName="penstock-orders", Item=row)
        words = ["leases", "rewind", "--table", "orders", "--all"]
        code, out, err = run_command([*words, "--to-latest"], server.environment())
        assert code == 0 and "LATEST" in out
        since = records[30]["dynamodb"]["ApproximateCreationDateTime"].astimezone(UTC)
        assert (
            f"20 records will be SKIPPED, the first of {since:%Y-%m-%dT%H:%M:%S}" in err and "dry run" in err
        )
        code, out, err = run_command([*words, "--shift-by", "3", "-o", "json"], server.environment())
        (forward,) = json.loads(out)["changes"]
        assert (forward["to"], forward["skipped"]) == (records[32]["dynamodb"]["SequenceNumber"], 3)
        beyond = records[-1]["dynamodb"]["SequenceNumber"] + "0"
        words_beyond = ["leases", "rewind", shard, "--table", "orders", "--to-sequence", beyond, "-o", "json"]
        code, out, err = run_command(words_beyond, server.environment())
        (refused,) = json.loads(out)["changes"]
        assert (code, refused["result"]) == (1, "refused") and "no such sequence number" in refused["note"]
        extra = ["--to-latest", "--execute", "--yes", "--undo-dir", str(tmp_path)]
        code, out, err = run_command([*words, *extra], server.environment())
        assert code == 0, err
        (row,) = server.rows("penstock-orders")
        assert row["checkpoint"] == {"S": "LATEST"} and int(row["penstockStart"]["N"]) > 0
        server.roll(children=1, records=10)
        arguments = ["--table", "orders", "--firehose", "orders", "--failover", "2s"]
        with Worker(arguments, server.environment(), tmp_path / "state") as worker:
            wait_until(
                lambda: server.verdict()["accepted"] == 10, "the child's records", alive=worker.is_running
            )
            assert worker.term() == 0
        verdict = server.verdict()
        assert (verdict["missing"], verdict["duplicates"]) == (50, 0), "none of the parent's was delivered"


def test_the_end_of_a_shard_that_is_written_to_is_found(tmp_path: Path) -> None:
    """Its pages are hardly ever empty: the end is where it was when the command began to read."""
    with FaultServer() as server:
        shape = server.create_stream(table="orders", records=1_000_000, rate=100)
        client = server.client("dynamodb")
        client.create_table(**key_only("penstock-orders"))
        row = lease(shape["shards"][0], leaseOwner=None, checkpoint={"S": "TRIM_HORIZON"})
        client.put_item(TableName="penstock-orders", Item=row)
        wait_until(lambda: server.verdict()["expected"] > 300, "there are some")
        least = server.verdict()["expected"]
        words = ["leases", "rewind", "--table", "orders", "--all", "--to-latest", "-o", "json"]
        code, out, err = run_command(words, server.environment())
        (change,) = json.loads(out)["changes"]
        assert code == 0 and change["skipped"] >= least - 200, (change, err)


def test_an_undo_puts_back_what_was(stage: Stage) -> None:
    stage.put(*"abcd")
    stage.carry(4)
    before = stage.row()
    stage.rewind("--all", "--to-trim-horizon")
    undo = stage.undo_file()
    assert undo.stat().st_mode & 0o777 == 0o600
    head, row = map(json.loads, undo.read_text().splitlines())
    assert head["format"] == "penstock-leases-1" and head["app"] == stage.app
    assert row == before
    planned = stage.change("rewind", "--undo", str(undo))
    assert (planned["from"], planned["to"], planned["result"]) == (
        "TRIM_HORIZON",
        before["checkpoint"]["S"],
        "planned",
    )
    assert (planned["delivered_again"], planned["skipped"]) == (0, 4)
    assert stage.change("rewind", "--undo", str(undo), "--no-count")["skipped"] is None
    stage.rewind("--undo", str(undo))
    after = stage.row()
    same = (
        "leaseKey",
        "checkpoint",
        "checkpointSubSequenceNumber",
        "ownerSwitchesSinceCheckpoint",
        "penstockStream",
    )
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert stage.change("rewind", "--undo", str(undo))["result"] == "unchanged"
    stage.put("e")
    stage.carry(5)
    assert stage.keys() == {key: 1 for key in "abcde"}


def test_a_live_owner_is_left_alone_unless_forced(stage: Stage) -> None:
    names = [f"k{number}" for number in range(10)]
    stage.put(*names)
    with stage.worker() as worker:
        wait_until(lambda: len(stage.landed()) >= 10, "all landed", alive=worker.is_running)
        words = ("rewind", "--all", "--to-trim-horizon", "--failover", "10s")
        refused = stage.change(*words, "--execute", "--yes", "--undo-dir", str(stage.folder), code=1)
        assert refused["result"] == "refused"
        assert "its owner is alive: w-" in refused["note"] and "--force" in refused["note"]
        assert "penstockRewind" not in stage.row() and not list(stage.folder.glob("penstock-undo-*"))
        assert stage.rewind("--all", "--to-trim-horizon", "--force")["result"] == "done"
        wait_until(lambda: len(stage.landed()) >= 20, "all landed again", alive=worker.is_running)
        assert worker.term() == 0
    assert stage.keys() == {name: 2 for name in names}


def test_a_row_of_java_is_rewound_and_put_back(stage: Stage) -> None:
    """Nothing but the counter tells that its owner died; then owners and pending checkpoints go, as KCL's rules say."""
    pending = {
        "checkpointSubSequenceNumber": {"N": "3"},
        "pendingCheckpoint": {"S": "300000000000000000000000009"},
        "pendingCheckpointSubSequenceNumber": {"N": "1"},
        "pendingCheckpointState": {"B": b"\x00\x01"},
    }
    kept = {"throughputKBps": {"N": "1.5"}, "childShardIds": {"SS": ["a", "b"]}, "custom": {"BOOL": True}}
    stream = f"123456789012:us-east-1$123456789012${'t' * 200}$2026-11-23T10_00_00.000:1"
    key = f"{stream}:{SHARD}"
    row = lease(
        key,
        checkpointOwner={"S": "java-0"},
        streamName={"S": stream},
        shardId={"S": SHARD},
        **pending,
        **kept,
    )
    stage.make_leases(row)
    words = ("--failover", "2s", "--no-count")
    change = stage.change("rewind", SHARD, "--to-trim-horizon", *words)
    assert (change["owner"], change["result"]) == ("java-0", "planned")
    assert stage.rewind(SHARD, "--to-trim-horizon", *words)["result"] == "done"
    rewound = stage.row()
    gone = ("leaseOwner", "checkpointOwner", "pendingCheckpoint", "pendingCheckpointSubSequenceNumber")
    assert not set(rewound) & {*gone, "pendingCheckpointState"}, "an owner that is not dead loses the lease"
    assert rewound["leaseCounter"] == {"N": "8"}, "and cannot write over the new position"
    assert rewound["checkpoint"] == {"S": "TRIM_HORIZON"}
    assert rewound["checkpointSubSequenceNumber"] == rewound["ownerSwitchesSinceCheckpoint"] == {"N": "0"}
    assert {name: rewound[name] for name in kept} == kept
    assert stage.rewind("--undo", str(stage.undo_file()))["result"] == "done"
    back = stage.row()
    assert back.pop("penstockRewind") != rewound["penstockRewind"]
    free = lease(
        key, leaseOwner=None, leaseCounter={"N": "9"}, streamName={"S": stream}, shardId={"S": SHARD}
    )
    assert back == free | pending | kept


def test_the_owner_of_a_finished_lease_is_watched_too(stage: Stage) -> None:
    """Java keeps finished leases, and renews them."""
    stage.make_leases(lease(SHARD, checkpoint={"S": "SHARD_END"}))
    words = ("rewind", SHARD, "--to-trim-horizon", "--no-count", "--failover", "2s")
    assert stage.change(*words)["result"] == "planned"
    client = stage.local.client("dynamodb")
    over = threading.Event()

    def renew() -> None:
        while not over.wait(0.1):
            update = "ADD leaseCounter :one"
            values = {":one": {"N": "1"}}
            key = {"leaseKey": {"S": SHARD}}
            client.update_item(
                TableName=stage.app, Key=key, UpdateExpression=update, ExpressionAttributeValues=values
            )

    owner = threading.Thread(target=renew)
    owner.start()
    try:
        assert stage.change(*words, code=1)["result"] == "refused"
    finally:
        over.set()
        owner.join()


def test_a_finished_shard_is_read_again(stage: Stage, tmp_path: Path) -> None:
    with DynamoDBLocal() as local:
        assert local.create_table(stage.table, {"pk": "S"})
        own = Stage(local, stage.table, tmp_path)
        own.put("a", "b", "c")
        with own.worker() as worker:
            wait_until(lambda: len(own.landed()) >= 3, "all landed", alive=worker.is_running)
            local.rollover()
            own.put("d")
            wait_until(lambda: len(own.landed()) >= 4, "the child's too", alive=worker.is_running)
            wait_until(
                lambda: any(row["checkpoint"]["S"] == "SHARD_END" for row in own.rows()), "the parent is done"
            )
            assert worker.term() == 0
        (parent,) = [row for row in own.rows() if row["checkpoint"]["S"] == "SHARD_END"]
        done = own.rewind(parent["leaseKey"]["S"], "--shift-by", "-2")
        assert (done["from"], done["delivered_again"]) == ("SHARD_END", 2)
        assert "its children keep their positions" in done["note"]
        own.carry(6)
        assert own.keys() == {"a": 1, "b": 2, "c": 2, "d": 1}
        wait_until(lambda: {row["checkpoint"]["S"] for row in own.rows()} >= {"SHARD_END"}, "finished again")
        late = own.changes("rewind", "--all", "--to-latest")
        assert "unchanged" in {change["result"] for change in late}, "a finished shard has no latest"


def test_the_name_is_asked_for_on_a_terminal(stage: Stage) -> None:
    stage.make_leases(lease(SHARD, leaseOwner=None))
    words = ["rewind", "--all", "--to-trim-horizon", "--no-count", "--execute", "--app", stage.app]
    for answer, code in (("yes", 2), (stage.app, 0)):
        ours, theirs = os.openpty()
        os.write(ours, f"{answer}\n".encode())
        done = subprocess.run(
            [str(binary()), "leases", *words, "--undo-dir", str(stage.folder)],
            env=stage.environment,
            stdin=theirs,
            capture_output=True,
            text=True,
            check=False,
        )
        os.close(theirs)
        os.close(ours)
        assert done.returncode == code, done
        assert "Type the table's name to go on" in done.stderr
        assert (stage.row()["checkpoint"]["S"] == "TRIM_HORIZON") == (code == 0)
