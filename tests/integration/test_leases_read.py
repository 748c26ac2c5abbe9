"""`penstock leases` shows any lease table as it is, whoever wrote it and whatever is in it, and writes nothing."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
import unicodedata
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import lease_rows as rows
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.penstock import aws_environment, run

NASTY = "w\x1b[2J\n\u202eevil\\"
SEQUENCE = "300000000000000000499"


class LeaseTable:
    """A lease table of DynamoDB Local, and `penstock leases` on it."""

    def __init__(self, local: DynamoDBLocal, folder: Path, keys: dict[str, str] | None = None) -> None:
        self.local, self.name = local, f"leases-{uuid.uuid4().hex[:12]}"
        local.create_table(self.name, keys or {"leaseKey": "S"}, view=None)
        self.dynamodb = local.client("dynamodb")
        self.environment = aws_environment(dynamodb=local.endpoint, home=folder) | {"LANG": "C.UTF-8"}

    def put(self, *items: rows.Row) -> None:
        for item in items:
            self.dynamodb.put_item(TableName=self.name, Item=item)

    def scan(self) -> list[dict[str, Any]]:
        return self.dynamodb.scan(TableName=self.name, ConsistentRead=True)["Items"]

    def run(self, command: str, *words: str) -> tuple[int, str, str]:
        return run(["leases", command, "--app", self.name, *words], self.environment)

    def json(self, command: str, *words: str, code: int = 0) -> dict[str, Any]:
        found, out, err = self.run(command, *words, "-o", "json")
        assert found == code, err
        return json.loads(out)

    def by_shard(self, *words: str) -> dict[str, dict[str, Any]]:
        return {lease["shard"]: lease for lease in self.json("list", *words)["leases"]}


@pytest.fixture
def table(dynamodb_local: DynamoDBLocal, tmp_path: Path) -> LeaseTable:
    return LeaseTable(dynamodb_local, tmp_path)


@pytest.fixture
def full(table: LeaseTable) -> Iterator[LeaseTable]:
    """Rows of every kind; after the test they must be what they were."""
    table.put(
        rows.kcl1("shardId-01", SEQUENCE, counter=7, owner="java-1"),
        rows.kcl2("shardId-02"),
        rows.kcl3("shardId-03", owner="java-new"),
        rows.several_streams("shardId-04", owner="java-1"),
        rows.ours("shardId-05") | rows.gap() | {"color": {"M": {"deep": {"L": [{"NULL": True}]}}}},
        rows.kcl1("shardId-06", "SHARD_END", owner="java-1") | {"childShardIds": {"SS": ["shardId-05"]}},
        rows.kcl1(f"shardId-07{NASTY}", owner=NASTY),
        {"leaseKey": {"S": "shardId-08"}, "checkpoint": {"S": SEQUENCE}, "leaseCounter": {"S": "x"}},
        *rows.foreign(),
    )
    before = table.scan()
    yield table
    assert table.scan() == before


@pytest.mark.core
def test_rows_of_every_kind(full: LeaseTable) -> None:
    document = full.json("list")
    assert (document["rows"], document["other_rows"], document["broken_rows"]) == (8, 4, 1)
    leases = {lease["shard"]: lease for lease in document["leases"]}
    states = {shard[:10]: lease["state"] for shard, lease in leases.items()}
    assert states == {
        "shardId-01": "unknown",
        "shardId-02": "unowned",
        "shardId-03": "handing-over",
        "shardId-04": "unknown",
        "shardId-05": "unknown",
        "shardId-06": "finished",
        "shardId-07": "unknown",
        "shardId-08": "broken",
    }
    assert leases["shardId-01"]["checkpoint"] == SEQUENCE and leases["shardId-01"]["counter"] == 7
    assert leases["shardId-01"]["lag_seconds"] is None and leases["shardId-01"]["kind"] == "kcl"
    assert leases["shardId-02"]["pending_checkpoint"] == "300000000000000000777"
    assert leases["shardId-02"]["pending_checkpoint_state"] is True
    assert leases["shardId-03"]["checkpoint_owner"] == "java-old"
    assert leases["shardId-03"]["throughput_kbps"] == 12.5
    assert leases["shardId-04"]["stream_name"] == rows.STREAM_NAME
    assert leases["shardId-04"]["key"] == f"{rows.STREAM_NAME}:shardId-04"
    assert leases["shardId-05"]["gap"]["certain"] is True and leases["shardId-05"]["kind"] == "penstock"
    assert leases["shardId-05"]["unknown_attributes"] == {"color": {"M": {"deep": {"L": [{"NULL": True}]}}}}
    assert leases["shardId-06"]["children"] == ["shardId-05"]
    assert leases[f"shardId-07{NASTY}"]["owner"] == NASTY
    problem = leases["shardId-08"]["problem"]
    assert "leaseCounter is of type S, not N" in problem
    assert "ownerSwitchesSinceCheckpoint is missing" in problem


def test_data_on_standard_output_and_news_on_standard_error(full: LeaseTable) -> None:
    code, out, err = full.run("list", "-o", "wide")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split()[:8] == "SHARD STATE OWNER LAG CHECKPOINT COUNTER SWITCHES PARENT".split()
    assert len(lines) == 9
    assert "lease 'shardId-08' is broken: " in err and "4 other rows" in err
    assert "leaseCounter is of type S" in out
    code, out, _ = full.run("list", "--no-headers")
    assert len(out.splitlines()) == 8 and "SHARD " not in out


def test_no_name_moves_the_cursor(full: LeaseTable) -> None:
    for form in ("table", "wide", "csv", "json", "jsonl"):
        for command in (
            ["list"],
            ["tree"],
            ["workers"],
            ["describe", "shardId-07"],
            ["watch", "--for", "1ms"],
        ):
            code, out, err = full.run(*command, "-o", form)
            assert code == 0, err
            seen = (out + err).replace("\r\n", "\n")
            bad = [c for c in seen if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]
            assert not bad, (command, form, bad)
    assert r"shardId-07w\x1b[2J\n\u{202e}evil" in full.run("list")[1]


def test_programs_read_every_form(full: LeaseTable) -> None:
    document = full.json("list")
    _, out, _ = full.run("list", "-o", "jsonl")
    assert [json.loads(line) for line in out.splitlines()] == document["leases"]
    _, out, _ = full.run("list", "-o", "csv")
    assert out.count("\r\n") == 9 == out.count("\n")
    table = list(csv.DictReader(io.StringIO(out, newline="")))
    assert list(table[0]) == list(document["leases"][0])
    assert table[0]["checkpoint"] == SEQUENCE and table[0]["lag_seconds"] == "unknown"


def test_only_the_rows_that_are_wanted(full: LeaseTable) -> None:
    assert set(full.by_shard("--owner", "java-1")) == {"shardId-01", "shardId-04", "shardId-06"}
    assert set(full.by_shard("--owner", "java-old")) == {"shardId-03"}
    assert set(full.by_shard("--state", "unowned")) == {"shardId-02"}
    assert set(full.by_shard("--shard", "shardId-0")) == set(full.by_shard())
    assert list(full.by_shard("shardId-03", "shardId-01")) == ["shardId-01", "shardId-03"]
    states = [lease["state"] for lease in full.json("list", "--sort", "state")["leases"]]
    assert states == sorted(states)
    code, out, err = full.run("list", "shardId-9")
    assert (code, out) == (3, "") and "no lease 'shardId-9'" in err
    code, out, err = full.run("describe", "shardId-0")
    assert (code, out) == (3, "") and "fits 8 leases" in err


@pytest.mark.parametrize(
    "keys", [{"pk": "S"}, {"leaseKey": "N"}, {"leaseKey": "S", "sort": "S"}, {"pk": "S", "leaseKey": "S"}]
)
def test_a_table_of_another_shape(
    dynamodb_local: DynamoDBLocal, tmp_path: Path, keys: dict[str, str]
) -> None:
    table = LeaseTable(dynamodb_local, tmp_path, keys)
    for full in (False, True):
        if full:
            table.put({name: {kind: "1"} for name, kind in keys.items()})
        before = table.scan()
        for command in ("list", "check", "workers"):
            code, out, err = table.run(command)
            assert (code, out) == (1, "")
            assert f"table '{table.name}' is no lease table" in err and "--app" in err
        assert table.scan() == before


@pytest.mark.core
def test_no_such_table(table: LeaseTable) -> None:
    for command in (["list"], ["watch"], ["lag"], ["tree"], ["workers"], ["check"], ["describe", "x"]):
        code, out, err = run(["leases", *command, "--app", "nowhere"], table.environment)
        assert (code, out) == (3, "")
        assert err == (
            "penstock: error: there is no lease table 'nowhere' in region us-east-1; check --app and --region\n"
        )
    code, out, err = run(["leases", "list"], table.environment)
    assert (code, out) == (2, "") and "--app" in err


def test_an_empty_table(table: LeaseTable) -> None:
    code, out, err = table.run("list")
    assert code == 0 and len(out.splitlines()) == 1 and "has no leases" in err
    assert table.json("list")["leases"] == []
    table.put(rows.ours("shardId-1", owner="w1"))
    code, out, err = table.run("list", "--owner", "w2")
    assert code == 0 and len(out.splitlines()) == 1 and "none of the 1 leases is asked for" in err
    table.dynamodb.delete_item(TableName=table.name, Key={"leaseKey": {"S": "shardId-1"}})
    assert (
        table.json("check", "--no-lag", "--failover", "2s", code=5)["problems"][0]["problem"] == "no-leases"
    )


@pytest.mark.parametrize(
    ("command", "words", "expected"),
    [
        ("list", ("--for", "1s"), "--interval and --for are of watching: give --watch too"),
        ("list", ("--interval", "1s"), "--interval and --for are of watching: give --watch too"),
        ("check", ("--no-lag", "--max-lag", "1s"), "--max-lag has the stream asked, --no-lag leaves it out"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(
    table: LeaseTable, command: str, words: tuple[str, ...], expected: str
) -> None:
    code, out, err = table.run(command, *words)
    assert (code, out) == (2, "") and expected in err


class Renewals:
    """A live owner: renews these rows several times a second while the block lasts."""

    def __init__(self, table: LeaseTable, *keys: str) -> None:
        self.table, self.keys, self.stopped = table, keys, threading.Event()
        self.thread = threading.Thread(target=self.renew, daemon=True)

    def renew(self) -> None:
        while not self.stopped.wait(0.1):
            for key in self.keys:
                self.table.dynamodb.update_item(
                    TableName=self.table.name,
                    Key={"leaseKey": {"S": key}},
                    UpdateExpression="ADD leaseCounter :one",
                    ExpressionAttributeValues={":one": {"N": "1"}},
                )

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.thread.join()


@pytest.mark.core
def test_who_lives_is_seen_and_never_guessed(table: LeaseTable) -> None:
    table.put(
        rows.ours("shardId-1", owner="alive"),
        rows.ours("shardId-2", owner="dead"),
        rows.kcl3("shardId-3", owner="alive"),
        rows.kcl1("shardId-4"),
    )
    with Renewals(table, "shardId-1", "shardId-3"):
        unsampled = {lease["state"] for lease in table.by_shard().values()}
        assert unsampled == {"unknown", "unowned", "handing-over"}
        leases = table.by_shard("--sample", "--failover", "2s")
        assert [leases[f"shardId-{n}"]["state"] for n in range(1, 5)] == [
            "active",
            "expired",
            "handing-over",
            "unowned",
        ]
        assert set(table.by_shard("--state", "expired", "--failover", "2s")) == {"shardId-2"}
        workers = {
            one["worker"]: one for one in table.json("workers", "--sample", "--failover", "2s")["workers"]
        }
    assert workers["alive"] == {
        "worker": "alive",
        "state": "active",
        "leases": 1,
        "share_percent": 33,
        "active": 1,
        "expired": 0,
        "unknown": 0,
        "giving": 0,
        "getting": 1,
        "finished": 0,
        "kind": "penstock",
    }
    assert workers["dead"]["state"] == "expired" and workers["dead"]["leases"] == 1
    assert workers["java-old"]["giving"] == 1 and workers["java-old"]["kind"] == "kcl"
    assert {one["state"] for one in table.json("workers")["workers"]} == {"unknown"}


def test_one_lease_whole(full: LeaseTable) -> None:
    _, out, _ = full.run("describe", "shardId-05", "--no-lag")
    lines = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert lines["OWNER"] == "w-1f" and lines["GAP-UNTIL"] == "300000000000000000009"
    assert lines["STATE"] == "unknown" and lines["LAG"] == "unknown"
    _, out, _ = full.run("describe", "shardId-06", "--no-lag")
    assert "CHILD             shardId-05: unknown, w-1f\n" in out
    document = full.json("describe", "shardId-06", "--no-lag")
    assert document["relatives"] == [
        {"relation": "child", "shard": "shardId-05", "state": "unknown", "owner": "w-1f"}
    ]
    assert document["leases"][0]["shard"] == "shardId-06" and document["checkpoint_event_at"] is None


def test_the_tree(table: LeaseTable) -> None:
    table.put(
        rows.kcl1("shardId-1", "SHARD_END") | {"childShardIds": {"SS": ["shardId-2", "shardId-gone"]}},
        rows.kcl1("shardId-2", owner="w") | {"parentShardId": {"SS": ["shardId-1"]}},
        rows.kcl1("shardId-3") | {"parentShardId": {"SS": ["shardId-1", "shardId-2"]}},
        rows.kcl1("shardId-4") | {"parentShardId": {"SS": ["shardId-2"]}},
        rows.kcl1("shardId-5") | {"parentShardId": {"SS": ["shardId-6"]}},
        rows.kcl1("shardId-6") | {"parentShardId": {"SS": ["shardId-5"]}},
        rows.kcl1("shardId-7") | {"parentShardId": {"SS": ["shardId-7", "shardId-unknown"]}},
    )
    _, out, _ = table.run("tree", "--no-headers")
    shards = [re.split(r"\s{2,}(?=[a-z])", line)[0] for line in out.splitlines()]
    assert shards == [
        "shardId-1",
        "├─ shardId-2",
        "│  └─ shardId-4",
        "├─ shardId-3",
        "└─ shardId-gone",
        "shardId-7",
        "shardId-5",
        "└─ shardId-6",
    ]
    assert re.search(r"shardId-gone\s+missing", out)
    ascii_only = run(["leases", "tree", "--app", table.name], table.environment | {"LANG": "C"})[1]
    assert ascii_only.isascii() and "|- shardId-2" in ascii_only and "`- shardId-gone" in ascii_only
    document = table.json("tree")["shards"]
    assert [(one["shard"], one["depth"]) for one in document[:3]] == [
        ("shardId-1", 0),
        ("shardId-2", 1),
        ("shardId-4", 2),
    ]
