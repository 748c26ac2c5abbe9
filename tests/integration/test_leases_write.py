"""penstock leases release, acknowledge, export: what they say is what is done, and boto3 sees it too."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.interposer import Interposer
from tests.support.lease_stage import SHARD, Row, Stage, lease
from tests.support.penstock import binary
from tests.support.penstock import run as run_command


def test_release_is_what_kcl_evicts(stage: Stage) -> None:
    long_key = f"123456789012:us-east-1$123456789012${'t' * 200}$2026-11-23T10_00_00.000:1:{SHARD}"
    stage.make_leases(
        lease("owned", penstockOwner={"S": "java-1"}, custom={"L": [{"NULL": True}]}),
        lease("pending", leaseOwner={"S": "new"}, checkpointOwner={"S": "java-1"}),
        lease("free", leaseOwner=None),
        lease(long_key, streamName={"S": long_key.rpartition(":")[0]}, shardId={"S": SHARD}),
        lease("broken", checkpoint={"N": "5"}),
        {"leaseKey": {"S": "Leader"}, "entityType": {"S": "LEADER"}, "leaseOwner": {"S": "java-1"}},
    )
    before = {row["leaseKey"]["S"]: row for row in stage.rows()}
    code, out, err = stage.leases("release", "--all")
    assert code == 1 and "1 other rows of the table are no leases" in err
    results = {change["shard"]: change for change in stage.changes("release", "--all", code=1)}
    assert {key: change["result"] for key, change in results.items()} == {
        "owned": "planned",
        "pending": "planned",
        "free": "unchanged",
        long_key: "planned",
        "broken": "refused",
    }
    assert "checkpoint" in results["broken"]["note"]
    assert {row["leaseKey"]["S"]: row for row in stage.rows()} == before
    done = {
        change["shard"]: change["result"]
        for change in stage.changes("release", "--owner", "java-1", "--execute", code=1)
    }
    assert done == {"owned": "done", "pending": "done", long_key: "done", "broken": "refused"}
    expected = json.loads(json.dumps(before))
    for key, gone in (("owned", "leaseOwner"), (long_key, "leaseOwner"), ("pending", "checkpointOwner")):
        del expected[key][gone]
        expected[key]["leaseCounter"] = {"N": "8"}
    assert {row["leaseKey"]["S"]: row for row in stage.rows()} == expected, "nothing else has changed"


def renew_at_write(stage: Stage, **attributes: Row) -> Interposer:
    """A server between us and DynamoDB, where somebody is faster than our first UpdateItem."""

    def meddle(operation: str, _body: Row) -> None:
        if operation == "UpdateItem":
            row = {name: {"Value": value, "Action": "PUT"} for name, value in attributes.items()}
            key = {"leaseKey": {"S": SHARD}}
            stage.local.client("dynamodb").update_item(TableName=stage.app, Key=key, AttributeUpdates=row)

    return Interposer(stage.local.endpoint, meddle)


@pytest.mark.core
@pytest.mark.parametrize(
    ("words", "attributes"),
    [
        (("release", SHARD), {"leaseOwner": {"S": "another"}}),
        (
            ("rewind", "--all", "--to-trim-horizon", "--failover", "2s", "--no-count", "--yes"),
            {"leaseCounter": {"N": "8"}},
        ),
        (
            ("rewind", "--all", "--to-trim-horizon", "--force", "--no-count", "--yes"),
            {"leaseOwner": {"S": "another"}},
        ),
        (("acknowledge", "--all"), {"penstockGap": {"M": {"count": {"N": "2"}, "certain": {"BOOL": True}}}}),
    ],
)
def test_a_row_that_changed_meanwhile_is_not_touched(
    stage: Stage, words: tuple[str, ...], attributes: Row
) -> None:
    gap = {"M": {"count": {"N": "1"}, "certain": {"BOOL": True}, "found": {"S": "2026-11-23T10:00:00.000Z"}}}
    stage.make_leases(lease(SHARD, penstockGap=gap))
    extra = ("--undo-dir", str(stage.folder)) if words[0] == "rewind" else ()
    with renew_at_write(stage, **attributes) as between:
        change = stage.change(*words, *extra, "--execute", code=4, endpoint=between.endpoint)
    assert change["result"] == "lost" and "somebody else changed the row" in change["note"]
    assert stage.row() == lease(SHARD, penstockGap=gap) | attributes


def test_force_wins_over_an_owner_that_renews(stage: Stage) -> None:
    stage.make_leases(lease(SHARD))
    moved = {"leaseCounter": {"N": "8"}, "checkpoint": {"S": "300000000000000000000000006"}}
    words = ("rewind", "--all", "--to-trim-horizon", "--force", "--no-count", "--yes")
    with renew_at_write(stage, **moved) as between:
        words += ("--undo-dir", str(stage.folder), "--execute")
        assert stage.change(*words, endpoint=between.endpoint)["result"] == "done"
    row = stage.row()
    assert (row["leaseCounter"], row["checkpoint"]) == ({"N": "9"}, {"S": "TRIM_HORIZON"})
    assert "leaseOwner" not in row


def test_a_gap_is_acknowledged_as_it_was_shown(stage: Stage) -> None:
    gap = {
        "after": {"S": "300000000000000000000000001"},
        "until": {"S": "300000000000000000000000009"},
        "found": {"S": "2026-11-23T10:00:00.000Z"},
        "certain": {"BOOL": True},
        "count": {"N": "1"},
    }
    stage.make_leases(lease(SHARD, penstockGap={"M": gap}), lease("whole"))
    change = stage.change("acknowledge", "--all")
    assert change["shard"] == SHARD and change["result"] == "planned" and change["certain"] is True
    assert (change["after"], change["until"]) == (gap["after"]["S"], gap["until"]["S"])
    assert stage.change("acknowledge", "whole", "--execute")["result"] == "unchanged"
    assert stage.change("acknowledge", "--all", "--execute")["result"] == "done"
    rows = {row["leaseKey"]["S"]: row for row in stage.rows()}
    assert rows == {SHARD: lease(SHARD), "whole": lease("whole")}, "the counter stays too"


def test_an_export_is_every_row_as_it_is(stage: Stage) -> None:
    rows = [
        lease("a", custom={"M": {"x": {"NS": ["1", "2.50"]}, "b": {"B": b"\x00\xff"}}}),
        lease("b\x1b[31m\n"),
        {"leaseKey": {"S": "Leader"}, "entityType": {"S": "LEADER"}, "n": {"N": "1E+5"}},
    ]
    stage.make_leases(*rows)
    code, out, err = stage.leases("export")
    assert (code, err) == (0, "")
    head, *lines = out.split("\n")[:-1]
    assert json.loads(head)["app"] == stage.app and len(lines) == 3
    assert "\x1b" not in out, "control characters are escaped"
    _, document, _ = stage.leases("export", "-o", "json")
    assert json.loads(document)["rows"] == [json.loads(line) for line in lines]
    exported = {json.loads(line)["leaseKey"]["S"]: json.loads(line) for line in lines}
    assert exported["a"]["custom"]["M"]["b"] == {"B": "AP8="}
    assert exported["Leader"] == {**rows[2], "n": {"N": "100000"}}
    path = stage.folder / "leases.jsonl"
    path.write_text(out)
    stage.local.client("dynamodb").put_item(
        TableName=stage.app, Item=lease("a", checkpoint={"S": "TRIM_HORIZON"})
    )
    words = (
        "rewind",
        "--undo",
        str(path),
        "--failover",
        "2s",
        "--execute",
        "--yes",
        "--undo-dir",
        str(stage.folder),
    )
    results = {change["shard"]: change["result"] for change in stage.changes(*words)}
    assert results == {"a": "done", "b\x1b[31m\n": "unchanged"}
    assert {row["leaseKey"]["S"]: row["checkpoint"] for row in stage.rows() if "checkpoint" in row}[
        "a"
    ] == rows[0]["checkpoint"]


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("rewind", "--all"), 2, "where to? give one of --to-trim-horizon, --to-latest"),
        (("rewind", "--all", "--to-latest", "--shift-by", "1"), 2, "give only one of"),
        (("rewind", "--to-latest"), 2, "which leases? give SHARD..., --owner WORKER or --all"),
        (("rewind", "--all", "--to-sequence", "5"), 2, "--to-sequence is for one SHARD"),
        (("rewind", "x", "--to-sequence", "5x"), 2, "'5x' is no sequence number"),
        (("rewind", "--all", "--to-datetime", "yesterday"), 2, "'yesterday' is no time; give UTC such as"),
        (("rewind", "--all", "--to-datetime", "2999-01-01T00:00:00Z"), 2, "is in the future"),
        (("rewind", "--all", "--undo", "x"), 2, "--undo puts back the leases of its file"),
        (("rewind", "--undo", "/nonexistent"), 3, "cannot open '/nonexistent'"),
        (("rewind", "--undo", "/dev/null"), 2, "'/dev/null' is no file of lease rows"),
        (("rewind", "--undo", "/dev/zero"), 2, "line 1: a byte 0"),
        (
            ("rewind", "--all", "--to-latest", "--force", "--execute"),
            2,
            "--execute without a terminal needs --yes",
        ),
        (
            ("rewind", "--all", "--to-latest", "--force", "--execute", "--yes", "--undo-dir", "/nonexistent"),
            3,
            "--undo-dir DIR puts it elsewhere); nothing was changed",
        ),
        (("rewind", "--all", "--shift-by", "-1", "--force"), 3, "give --table NAME or --stream-arn ARN"),
        (("release", "nowhere"), 3, "no lease 'nowhere'"),
        (("release", "shardId"), 3, "'shardId' fits 2 leases"),
        (("release", "--owner", "nobody"), 3, "no lease of a worker 'nobody'"),
        (("release", "--all", SHARD), 2, "give only one of SHARD..."),
        (("release", "a\x1bb"), 2, "'a?b' cannot be a SHARD"),
    ],
)
def test_wrong_usage_is_told_and_changes_nothing(
    stage: Stage, words: tuple[str, ...], code: int, expected: str
) -> None:
    rows = [lease(SHARD), lease(SHARD + "2")]
    stage.make_leases(*rows)
    done, out, err = stage.leases(*words)
    assert done == code and expected in err, (done, out, err)
    assert sorted(stage.rows(), key=lambda row: row["leaseKey"]["S"]) == rows
    assert not list(Path.cwd().glob("penstock-undo-*"))


@pytest.mark.parametrize("command", ["release", "acknowledge", "rewind", "export"])
def test_a_table_of_another_shape_is_refused(stage: Stage, command: str) -> None:
    extra = {"rewind": ("--all", "--to-latest"), "export": ()}.get(command, ("--all",))
    environment = stage.environment
    code, out, err = run_command(["leases", command, *extra, "--app", stage.table], environment)
    assert (code, out) == (1, "") and "is no lease table" in err, err
    code, out, err = run_command(["leases", command, *extra, "--app", "nowhere"], environment)
    assert (code, out) == (3, "") and "'nowhere'" in err, err


def test_output_that_goes_nowhere_is_a_failure(stage: Stage) -> None:
    stage.make_leases(*(lease(f"{number:04}") for number in range(50)))
    words = [str(binary()), "leases", "export", "--app", stage.app]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(words, env=stage.environment, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and done.stderr.startswith(b"penstock: error: cannot write")
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(words, env=stage.environment, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert done.returncode == 1 and done.stderr.startswith(b"penstock: error: cannot write"), done
