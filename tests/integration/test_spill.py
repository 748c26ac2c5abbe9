"""Lines that go past Firehose: too long for a record, or while it takes nothing. None is lost, none counts before it is
durable, and everything is in the one layout."""

from __future__ import annotations

import gzip
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support import landing
from tests.support.admin import leases, metrics
from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker
from tests.support.role import Role

TABLE, LAKE, PREFIX = "orders", "lake", "ddb/orders"
PLACE = f"s3://{LAKE}/{PREFIX}"
SHARDS, RECORDS, BIG_EVERY = 3, 60, 25
BIG = SHARDS * (RECORDS // BIG_EVERY)
LAND = Role(also=("dynamodb:CreateTable",), bucket=LAKE, large=True, spill="1s")
HOUR_MS = 60 * 60 * 1000


def worker_of(server: FaultServer, folder: Path, *more: str) -> Worker:
    arguments = ["--table", TABLE, "--firehose", TABLE, "--flush-age", "100ms", *more]
    base = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return Worker(arguments, server.environment(base), folder / "state")


def landed(server: FaultServer) -> dict[str, list[dict[str, Any]]]:
    """The lines of every object, each checked to be whole."""
    objects = server.objects(LAKE)
    objects.pop(f"{PREFIX}/.penstock-try", None)
    for key in objects:
        assert re.fullmatch(rf"{PREFIX}/dt=\d{{4}}-\d\d-\d\d/HH=\d\d/[A-Za-z0-9._-]+\.gz", key), key
    return {key: list(landing.lines_of(gzip.decompress(body), key)) for key, body in objects.items()}


def metric(worker: Worker, name: str) -> float:
    return metrics(worker)[(name, ())]


@pytest.mark.parametrize("fault", [
    {},
    {"action": "status", "status": 500, "probability": 0.5},
    {"action": "lost", "probability": 0.5},
])  # fmt: skip
def test_large_lines_reach_the_landing_prefix(tmp_path: Path, fault: dict[str, Any]) -> None:
    with FaultServer(role=LAND, delivery_streams=[TABLE]) as server:
        server.create_bucket(LAKE, track=True)
        server.create_stream(
            table=TABLE, shards=SHARDS, records=RECORDS, big_every=BIG_EVERY, big_bytes=1_200_000
        )
        if fault:
            server.add_rule(**fault, service="s3", operation="PutObject", after=1)
        with worker_of(server, tmp_path, "--large-records", PLACE) as worker:
            verdict = server.wait_all_accepted(alive=worker.is_running)
            assert worker.term() == 0, worker.log_text()
        objects = landed(server)
        positions = server.positions()
    assert (verdict["missing"], verdict["different"]) == (0, 0)
    assert (positions["ahead"], positions["back"]) == (0, 0)
    assert len(objects) == BIG
    for key, (line,) in objects.items():
        assert key.endswith(f"/penstock-large-{line['shard']}-{line['seq']}.gz")


def test_the_same_large_line_again_is_the_same_object(tmp_path: Path) -> None:
    """Killed after the puts and before their answers: the next start puts them again, under the same names."""
    with FaultServer(role=LAND, delivery_streams=[TABLE]) as server:
        server.create_bucket(LAKE)
        server.create_stream(
            table=TABLE, shards=SHARDS, records=RECORDS, big_every=BIG_EVERY, big_bytes=1_200_000
        )
        hold = server.add_rule("hold", service="s3", operation="PutObject", after=1, when="after")
        with worker_of(server, tmp_path, "--large-records", PLACE) as worker:
            server.wait_parked()
            worker.kill()
        first = set(landed(server))
        assert first
        server.remove_rule(hold)
        with worker_of(server, tmp_path, "--large-records", PLACE) as worker:
            wait_until(lambda: len(landed(server)) == BIG, "every large line has landed")
            server.wait(lambda seen: seen["missing"] == BIG, alive=worker.is_running)
            assert worker.term() == 0, worker.log_text()
        assert first < set(landed(server))
        puts = server.puts(LAKE)
        assert any(puts[key] > 1 for key in first), puts


def carries_again(server: FaultServer, worker: Worker) -> bool:
    """Gives it new lines, of which one batch a second is tried with the destination."""
    server.roll(children=1, records=200)
    time.sleep(0.3)
    return "lines go to the destination again" in worker.messages()


@pytest.mark.parametrize("outage", [
    {"action": "status", "status": 503},
    {"action": "reset"},
    {"action": "partial", "fraction": 1.0},
    {"action": "error", "status": 400, "code": "ResourceNotFoundException"},
])  # fmt: skip
def test_an_outage_of_firehose_is_spilled_and_ends(tmp_path: Path, outage: dict[str, Any]) -> None:
    with FaultServer(role=LAND, delivery_streams=[TABLE]) as server:
        server.create_bucket(LAKE, track=True)
        server.create_stream(table=TABLE, shards=2, records=3000)
        rule = server.add_rule(**outage, service="firehose")
        spill = ("--spill", PLACE, "--spill-after", "500ms")
        with worker_of(server, tmp_path, *spill) as worker:
            worker.wait_for("lines are landed directly from now on")
            verdict = server.wait_all_accepted(alive=worker.is_running)
            assert server.delivery_streams()[0]["records"] == 0
            assert metric(worker, "penstock_spilling") == 1
            # An object counts for the worker when the reply is read, a moment after it counts for the server.
            wait_until(lambda: metric(worker, "penstock_spilled_records_total") >= 6000, "all are counted")
            words = [entry["words"] for entry in leases(worker)["problems"]]
            assert any("landed directly (--spill)" in text for text in words), words
            server.remove_rule(rule)
            wait_until(lambda: carries_again(server, worker), "lines go to the destination again")
            verdict = server.wait_all_accepted(alive=worker.is_running)
            assert worker.term() == 0, worker.log_text()
        objects = landed(server)
        positions = server.positions()
        to_firehose = server.delivery_streams()[0]["records"]
    assert (verdict["missing"], verdict["different"]) == (0, 0)
    assert (positions["ahead"], positions["back"], positions["strangers"]) == (0, 0, 0)
    assert to_firehose > 0 and sum(len(lines) for lines in objects.values()) >= 6000
    assert all("/penstock-spill-" in key for key in objects)


def test_a_spill_that_fails_too_loses_nothing(tmp_path: Path) -> None:
    """Firehose and S3 fail at random, answers are lost, and the worker is killed: nothing is missing."""
    with FaultServer(role=LAND, delivery_streams=[TABLE]) as server:
        server.create_bucket(LAKE, track=True)
        server.create_stream(table=TABLE, shards=4, records=4000, rate=2000)
        server.add_rule("status", status=503, service="firehose", probability=0.9, seed=3)
        server.add_rule("lost", service="s3", operation="PutObject", after=1, probability=0.2, seed=4)
        server.add_rule(
            "status", status=500, service="s3", operation="PutObject", after=1, probability=0.3, seed=5
        )
        spill = ("--spill", PLACE, "--spill-after", "100ms")
        for _ in range(3):
            accepted = server.verdict()["accepted"]
            with worker_of(server, tmp_path, *spill) as worker:
                server.wait(
                    lambda seen, before=accepted: seen["accepted"] > before or seen["missing"] == 0,
                    alive=worker.is_running,
                )
                worker.kill()
        server.clear_rules()
        with worker_of(server, tmp_path, *spill) as worker:
            verdict = server.wait_all_accepted(alive=worker.is_running)
            assert worker.term() == 0, worker.log_text()
        positions = server.positions()
    assert (verdict["missing"], verdict["different"], verdict["unknown"]) == (0, 0, 0)
    assert (positions["ahead"], positions["back"], positions["strangers"]) == (0, 0, 0)


def test_records_near_their_trim_are_landed_past_a_slow_sink(tmp_path: Path) -> None:
    with FaultServer(role=LAND, delivery_streams=[TABLE]) as server:
        server.create_bucket(LAKE, track=True)
        server.create_stream(table=TABLE, shards=1, records=8000, age_ms=21 * HOUR_MS)
        hold = server.add_rule("hold", service="firehose")
        with worker_of(
            server, tmp_path, "--spill", PLACE, "--spill-after", "12h", "--buffer-bytes", "8MiB"
        ) as worker:
            assert worker.wait_for("lines are landed directly")["why"] == "unread records are near their trim"
            assert worker.wait_for("unread records near their trim")["left_s"] < 6 * 3600
            server.remove_rule(hold)
            server.wait_all_accepted(alive=worker.is_running)
            assert worker.term() == 0, worker.log_text()
        assert sum(len(lines) for lines in landed(server).values()) > 0


def test_without_a_spill_the_trims_approach_is_an_alarm(tmp_path: Path) -> None:
    with FaultServer(role=LAND, delivery_streams=[TABLE]) as server:
        server.create_stream(table=TABLE, shards=1, records=50_000, age_ms=15 * HOUR_MS)
        server.add_rule("status", status=503, service="firehose")
        with worker_of(server, tmp_path, "--buffer-bytes", "8MiB") as worker:
            alarm = worker.wait_for("unread records near their trim: they will be lost then")
            assert alarm["level"] == "error" and 8 * 3600 < alarm["left_s"] < 12 * 3600
            assert 8 * 3600 < metric(worker, "penstock_until_trim_min_seconds") < 12 * 3600
            problems = leases(worker)["problems"]
            (lag,) = [entry for entry in problems if "behind the stream" in entry["words"]]
            assert lag["grave"] and "--spill would land them" in lag["words"]
            worker.kill()


def test_a_spill_into_a_folder_has_the_layout_of_files(tmp_path: Path) -> None:
    with FaultServer(role=LAND, delivery_streams=[TABLE]) as server:
        server.create_stream(table=TABLE, shards=2, records=1000)
        server.add_rule("status", status=500, service="firehose")
        spill = ("--spill", f"file:{tmp_path}/spill", "--spill-after", "300ms")
        with worker_of(server, tmp_path, *spill) as worker:
            wait_until(
                lambda: len(list(landing.read_folder(tmp_path / "spill"))) == 2000,
                "every line is in a file",
                alive=worker.is_running,
            )
            assert worker.term() == 0, worker.log_text()
    for path in (tmp_path / "spill").rglob("*.gz"):
        assert re.search(r"/ddb/orders/dt=[0-9-]{10}/HH=\d\d/[^/]+\.gz$", str(path)), path
