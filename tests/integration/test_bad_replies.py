"""Replies that no program can use, to each call that penstock makes: after them every record has been
accepted and none is different, or, at a start, one line says what came and from where."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker, run
from tests.support.role import MAKES_LEASE_TABLE

TABLE, APP = "orders", "penstock-orders"
FAILOVER = "2s"

Rule = tuple[str, dict[str, Any]]

# "before": the service has done nothing; else it has done its work, and penstock cannot know.
BAD_REPLIES: list[Rule] = [
    ("garbage", {}),
    ("garbage", {"when": "before"}),
    ("not_json", {"when": "before"}),
    ("cut", {}),
    ("oversize", {"bytes": 20_000_000}),
    ("oversize", {"bytes": 20_000_000, "when": "before"}),
    ("wrong_crc", {}),
    ("slow", {"bytes_per_second": 20_000}),
    ("status", {"status": 500}),
    ("lost", {}),
    ("reset", {}),
]
WRONG_LENGTHS: list[Rule] = [("wrong_length", {"delta": -1}), ("wrong_length", {"delta": 3})]


def environment(server: FaultServer, home: Path) -> dict[str, str]:
    options = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    return server.environment({"PATH": os.environ["PATH"], "HOME": str(home)} | options)


def arguments(*more: str) -> list[str]:
    words = ["--firehose", "lake", "--app", APP, "--failover", FAILOVER, "--flush-age", "50ms"]
    return [*words, "--poll", "50ms", "--poll-idle", "50ms", *(more or ("--table", TABLE))]


def add_bad_replies(
    server: FaultServer, operation: str, rules: list[Rule], times: int, between: int = 1
) -> None:
    """One kind after another, `times` calls each, with `between` calls let through before the next kind."""
    for number, (action, options) in enumerate(rules):
        after = number * (times + between)
        server.add_rule(action, operation=operation, after=after, times=times, **options)


def wait_all_fired(server: FaultServer, times: int, worker: Worker, go_on: Callable[[], None]) -> None:
    """Lets `go_on` make the worker call until it has been given every bad reply."""

    def fired() -> bool:
        go_on()
        return all(rule["fired"] == times for rule in server.rules())

    try:
        wait_until(fired, "every bad reply was given", alive=worker.is_running)
    except AssertionError:
        print([(rule["action"], rule["fired"]) for rule in server.rules()])
        raise


def ends_well(server: FaultServer, worker: Worker) -> None:
    """All is accepted as it was, and the worker goes without a trace."""
    server.wait_all_accepted(120, alive=worker.is_running)
    assert worker.term() == 0, worker.log_text()
    stopped = worker.wait_for("worker stopped")
    verdict = server.verdict()
    assert (verdict["missing"], verdict["different"], verdict["unknown"]) == (0, 0, 0), verdict
    assert (stopped["records_undelivered"], stopped["leases_left"]) == (0, 0), stopped
    assert worker.other_lines == []
    assert all("leaseOwner" not in row for row in server.rows(APP))


def make_lease_table(server: FaultServer) -> None:
    server.client("dynamodb").create_table(
        TableName=APP,
        KeySchema=[{"AttributeName": "leaseKey", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "leaseKey", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


# ---- A start ----

# What the client tries again by itself; the others are whole replies of somebody who is not AWS.
BRIDGED = {"cut", "wrong_crc", "slow", "status", "lost", "reset"}
WORDS = {
    "garbage": ("no answer of AWS's", "AWS_ENDPOINT_URL", "the JSON is malformed at byte"),
    "not_json": ("no answer of AWS's", "AWS_ENDPOINT_URL", "the JSON is malformed at byte"),
    "oversize": ("no answer of AWS's", "AWS_ENDPOINT_URL", "over the ceiling"),
    "cut": ("cannot reach AWS", "check the network"),
    "wrong_crc": ("no answer of AWS's", "x-amz-crc32"),
    "status": ("cannot reach AWS", "InternalServerError"),
    "lost": ("cannot reach AWS", "check the network"),
    "reset": ("cannot reach AWS", "check the network"),
}
START_CALLS = [
    ("DescribeTable", TABLE),
    ("DescribeTable", APP),
    ("CreateTable", APP),
    ("DescribeStream", TABLE),
    ("Scan", APP),
]


@pytest.mark.parametrize(("operation", "resource"), START_CALLS)
def test_a_start_bridges_short_troubles(tmp_path: Path, operation: str, resource: str) -> None:
    for action, options in BAD_REPLIES:
        if action not in BRIDGED:
            continue
        with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["lake"]) as server:
            arn = server.create_stream(table=TABLE, records=5)["arn"]
            times = 1 if action == "slow" else 3
            server.add_rule(action, operation=operation, resource=resource, times=times, **options)
            source = ("--stream-arn", arn) if operation == "DescribeStream" else ()
            state = tmp_path / action
            with Worker(arguments(*source), environment(server, tmp_path), state) as worker:
                ends_well(server, worker)
            assert server.rules()[0]["fired"] == times, action


@pytest.mark.parametrize(("operation", "resource"), START_CALLS)
def test_a_start_that_gets_no_answer_says_so(tmp_path: Path, operation: str, resource: str) -> None:
    for action, options in BAD_REPLIES:
        if action not in WORDS:
            continue
        with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["lake"]) as server:
            arn = server.create_stream(table=TABLE, records=5)["arn"]
            if (operation, resource) == ("DescribeTable", APP):
                make_lease_table(server)
            server.add_rule(action, operation=operation, resource=resource, **options)
            source = ("--stream-arn", arn) if operation == "DescribeStream" else ()
            words = [*arguments(*source), "--state-dir", str(tmp_path / "state")]
            code, output, errors = run(["run", *words], environment(server, tmp_path))
            assert (code, output) == (1, ""), action
            assert errors.startswith("penstock: error: ") and errors.count("\n") == 1, errors
            for expected in (operation, *WORDS[action]):
                assert expected in errors, (action, errors)


# ---- At work ----


@pytest.mark.parametrize(
    ("operation", "rules", "times"),
    [
        ("Scan", BAD_REPLIES, 2),
        ("PutItem", BAD_REPLIES, 2),
        ("UpdateItem", BAD_REPLIES, 3),
        ("DescribeStream", BAD_REPLIES, 2),
        ("GetShardIterator", BAD_REPLIES, 3),
        ("GetRecords", BAD_REPLIES, 3),
        ("PutRecordBatch", BAD_REPLIES + WRONG_LENGTHS, 3),
    ],
)
def test_a_call_at_work(tmp_path: Path, operation: str, rules: list[Rule], times: int) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["lake"]) as server:
        server.settings(records_page=40)
        server.create_stream(table=TABLE, shards=3, records=200)
        if operation != "Scan":  # a start that cannot scan the lease table says so and ends
            add_bad_replies(server, operation, rules, times)

        def make_it_call() -> None:
            """Shards that split and iterators that expire make the worker call what it seldom calls."""
            server.expire_iterators()
            if len(server.rows(APP)) < 60:
                server.roll(children=1, records=20)
            time.sleep(0.3)

        with Worker(arguments(), environment(server, tmp_path), tmp_path / "state") as worker:
            worker.wait_for("worker started")
            if operation == "Scan":
                add_bad_replies(server, operation, rules, times)
            wait_all_fired(server, times, worker, make_it_call)
            ends_well(server, worker)


def test_reading_the_lease_of_another(tmp_path: Path) -> None:
    """GetItem: a worker on another host died, and its leases are looked at one by one."""
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["lake"]) as server:
        server.create_stream(table=TABLE, shards=4, records=200)
        with Worker(arguments(), environment(server, tmp_path), tmp_path / "host") as worker:
            wait_until(lambda: sum("leaseOwner" in row for row in server.rows(APP)) == 4, "it owns all")
            worker.kill()
        add_bad_replies(server, "GetItem", BAD_REPLIES, 1, between=0)
        server.roll(children=1, records=20)
        with Worker(arguments(), environment(server, tmp_path), tmp_path / "other-host") as worker:
            wait_all_fired(server, 1, worker, lambda: None)
            ends_well(server, worker)


def test_removing_finished_leases(tmp_path: Path) -> None:
    """DeleteItem: parents whose children have started go, at the first sweep after two failover times.
    Listings that fail put the worker's first sweep off till then; the next one would come half a minute later."""
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["lake"]) as server:
        server.create_stream(table=TABLE, shards=12, generations=1, children=1, records=20)
        not_yet = server.add_rule("status", status=500, operation="DeleteItem")
        with Worker(arguments(), environment(server, tmp_path), tmp_path / "state") as worker:
            wait_until(
                lambda: sum(row["checkpoint"]["S"] == "SHARD_END" for row in server.rows(APP)) == 12,
                "the parents are read",
            )
            ends_well(server, worker)
        server.remove_rule(not_yet)
        late = server.add_rule("garbage", operation="DescribeStream", times=4)
        add_bad_replies(server, "DeleteItem", BAD_REPLIES, 1, between=0)
        with Worker(arguments(), environment(server, tmp_path), tmp_path / "state") as worker:
            worker.wait_for("worker started")
            wait_until(
                lambda: server.rules()[0]["fired"] == 4, "the listing has failed", alive=worker.is_running
            )
            server.remove_rule(late)
            wait_all_fired(server, 1, worker, lambda: None)
            wait_until(lambda: len(server.rows(APP)) < 20, "parents' leases are gone")
            ends_well(server, worker)
