"""Replies that no program can use, to the calls that only some settings make: a data stream, objects in a bucket, the
streams of a table that a Java fleet left. Nothing is lost, or one line says what came and from where."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.integration.test_bad_replies import (
    APP,
    BAD_REPLIES,
    BRIDGED,
    TABLE,
    WORDS,
    WRONG_LENGTHS,
    add_bad_replies,
    ends_well,
    environment,
    wait_all_fired,
)
from tests.integration.test_recreated_stream import leave_java_leases
from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker
from tests.support.role import Role

STREAM, LAKE = "changes", "lake"
PLACE = f"s3://{LAKE}/ddb/orders"
TO_KINESIS = Role(kinesis=STREAM, also=("dynamodb:CreateTable",))
TO_BUCKET = Role(also=("dynamodb:CreateTable",), bucket=LAKE, letters="letters", large=True, spill="1s")


def arguments(*more: str) -> list[str]:
    words = ["--table", TABLE, "--app", APP, "--failover", "2s", "--flush-age", "50ms"]
    return [*words, "--poll", "50ms", "--poll-idle", "50ms", *more]


def put(server: FaultServer) -> set[str]:
    """The objects, less the one that a start tries its rights with."""
    return {key for key in server.objects(LAKE) if not key.endswith("/.penstock-try")}


def test_putting_into_a_data_stream(tmp_path: Path) -> None:
    rules, times = BAD_REPLIES + WRONG_LENGTHS, 3
    with FaultServer(role=TO_KINESIS) as server:
        server.create_data_stream(STREAM, shards=2)
        server.create_stream(table=TABLE, shards=3, records=200)
        add_bad_replies(server, "PutRecords", rules, times)

        def make_it_call() -> None:
            server.roll(children=1, records=20)
            time.sleep(0.3)

        with Worker(
            arguments("--kinesis", STREAM), environment(server, tmp_path), tmp_path / "state"
        ) as worker:
            wait_all_fired(server, times, worker, make_it_call)
            ends_well(server, worker)
        assert server.verdict()["key_out_of_order"] == 0


@pytest.mark.parametrize(("action", "options"), [rule for rule in BAD_REPLIES if rule[0] in WORDS])
def test_looking_at_a_data_stream(tmp_path: Path, action: str, options: dict[str, object]) -> None:
    """A few such replies are bridged; a start that gets nothing else ends in words."""
    with FaultServer(role=TO_KINESIS) as server:
        server.create_data_stream(STREAM)
        server.create_stream(table=TABLE, records=5)
        rule = server.add_rule(action, operation="DescribeStreamSummary", **options)
        words = arguments("--kinesis", STREAM)
        with Worker(words, environment(server, tmp_path), tmp_path / "state") as worker:
            assert worker.wait() == 1, worker.log_text()
        said = WORDS | {"status": ("cannot reach AWS", "InternalFailure")}  # in Kinesis's words
        for expected in ("DescribeStreamSummary", *said[action]):
            assert expected in worker.log_text(), worker.log_text()
        server.remove_rule(rule)
        if action in BRIDGED:
            server.add_rule(action, operation="DescribeStreamSummary", times=2, **options)
            with Worker(words, environment(server, tmp_path), tmp_path / "state") as worker:
                ends_well(server, worker)


@pytest.mark.parametrize("setting", ["--large-records", "--dead-letter"])
def test_putting_objects(tmp_path: Path, setting: str) -> None:
    """A page of a proxy in place of S3's answer, with HTTP 200, is no object: its line is put again."""
    shards, records, big_every = 2, 60, 4
    big = shards * (records // big_every)
    with FaultServer(role=TO_BUCKET, delivery_streams=[TABLE]) as server:
        server.create_bucket(LAKE, track=True)
        server.create_stream(
            table=TABLE, shards=shards, records=records, big_every=big_every, big_bytes=1_100_000
        )
        for number, (action, options) in enumerate(BAD_REPLIES):
            server.add_rule(action, operation="PutObject", after=1 + 2 * number, times=1, **options)
        place = PLACE if setting == "--large-records" else f"s3://{LAKE}/letters"
        words = arguments("--firehose", TABLE, setting, place)
        with Worker(words, environment(server, tmp_path), tmp_path / "state") as worker:
            wait_all_fired(server, 1, worker, lambda: None)
            wait_until(lambda: len(put(server)) == big, "each is an object", alive=worker.is_running)
            if setting == "--large-records":
                ends_well(server, worker)
            else:
                assert worker.term() == 0, worker.log_text()
        assert len(put(server)) == big
        assert server.positions()["back"] == 0


@pytest.mark.parametrize(("action", "options"), [rule for rule in BAD_REPLIES if rule[0] in WORDS])
def test_listing_the_streams_of_a_table(tmp_path: Path, action: str, options: dict[str, object]) -> None:
    with FaultServer(role=Role(takes_over=True), delivery_streams=[TABLE]) as server:
        old = server.create_stream(table=TABLE, shards=1, records=10)
        leave_java_leases(server, old, APP)
        time.sleep(0.01)  # a label has milliseconds
        server.disable(old["arn"])
        server.create_stream(table=TABLE, shards=1, records=10, seed=2)
        rule = server.add_rule(action, operation="ListStreams", **options)
        words = arguments("--firehose", TABLE)
        with Worker(words, environment(server, tmp_path), tmp_path / "state") as worker:
            assert worker.wait() == 1, worker.log_text()
        for expected in ("ListStreams", *WORDS[action]):
            assert expected in worker.log_text(), worker.log_text()
        server.remove_rule(rule)
        if action in BRIDGED:
            server.add_rule(action, operation="ListStreams", times=3, **options)
            with Worker(words, environment(server, tmp_path), tmp_path / "state") as worker:
                ends_well(server, worker)
