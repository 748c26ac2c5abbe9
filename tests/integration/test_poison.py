"""Fault 36: a change whose line is over what Firehose takes in a record never drops or stops its neighbours."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE

TABLE = "orders"
SHARDS, RECORDS, BIG_EVERY = 4, 90, 40


def worker_of(server: FaultServer, folder: Path, arn: str, *more: str) -> Worker:
    arguments = ["--stream-arn", arn, "--firehose", TABLE, "--flush-age", "100ms", *more]
    base = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return Worker(arguments, server.environment(base), folder / "state")


def poisoned_stream(server: FaultServer) -> tuple[str, int]:
    """A stream each of whose shards holds poison; how many such records there are."""
    stream = server.create_stream(
        table=TABLE, shards=SHARDS, records=RECORDS, big_every=BIG_EVERY, big_bytes=1_200_000
    )
    return stream["arn"], SHARDS * (RECORDS // BIG_EVERY)


def test_poison_goes_whole_to_the_dead_letters(tmp_path: Path) -> None:
    letter_setting = ("--dead-letter", f"file:{tmp_path}/letters")

    def letters() -> list[dict[str, Any]]:
        """Those that are whole: a long one is written in pieces."""
        texts = [path.read_text() for path in (tmp_path / "letters").glob("*.jsonl")]
        return [json.loads(line) for text in texts for line in text.splitlines(True) if line.endswith("\n")]

    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE]) as server:
        arn, big = poisoned_stream(server)
        with worker_of(server, tmp_path, arn, *letter_setting) as worker:
            server.wait(lambda seen: seen["missing"] == big, alive=worker.is_running)
            wait_until(lambda: len(letters()) == big, "every poison line is a dead letter")
            assert worker.term() == 0, worker.log_text()
        for letter in letters():
            assert "1,024,000 bytes" in letter["reason"]
            assert len(json.dumps(letter["content"])) > 1_024_000
            assert letter["content"]["shard"] == letter["shard"]
        # The positions are past the poison: a second start has nothing to do.
        with worker_of(server, tmp_path, arn, *letter_setting) as worker:
            wait_until(
                lambda: worker.messages().count("shard started") == SHARDS, "every shard is read again"
            )
            assert worker.term() == 0, worker.log_text()
        verdict = server.verdict()
    assert len(letters()) == big
    assert (verdict["accepted"], verdict["duplicates"], verdict["different"]) == (
        SHARDS * RECORDS - big,
        0,
        0,
    )


def test_without_a_place_the_shard_stops_loudly(tmp_path: Path) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE]) as server:
        arn, _ = poisoned_stream(server)
        with worker_of(server, tmp_path, arn) as worker:
            still = worker.wait_for("stands still")
            assert "--dead-letter" in still["err"]
            wait_until(
                lambda: sum("stands still" in message for message in worker.messages()) == SHARDS,
                "every shard has met its poison",
            )
            code = worker.term()
        verdict = server.verdict()
    assert code == 5, worker.log_text()
    # What was before the poison is accepted, and nothing behind it counts as done.
    assert verdict["accepted"] >= SHARDS * (BIG_EVERY - 1)
    assert verdict["missing"] >= 1
