"""A disk that is full, under the real binary: work goes on or waits, no part of a file is ever seen, and
all is there once there is room. A file-size limit stands for the disk: a write that it refuses fails just so."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import Any

from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.landing import read_file
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE

TABLE = "orders"


def environment(server: FaultServer, home: Path) -> dict[str, str]:
    options = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    return server.environment({"PATH": os.environ["PATH"], "HOME": str(home)} | options)


def set_room(worker: Worker, file_bytes: int) -> None:
    """No file of the worker's may grow beyond this any more."""
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (file_bytes, resource.RLIM_INFINITY))


def landed(folder: Path) -> list[dict[str, Any]]:
    """Every line of every file that a reader sees; a partial file fails to unpack."""
    seen = [path for path in folder.rglob("*") if path.is_file()]
    files = [
        path for path in seen if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    return [line for file in files for line in read_file(file)]


def test_positions_on_a_full_disk(tmp_path: Path) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["lake"]) as server:
        server.create_stream(table=TABLE, shards=2, records=50)
        words = ["--table", TABLE, "--firehose", "lake", "--flush-age", "50ms", "--poll-idle", "100ms"]
        with Worker(words, environment(server, tmp_path), tmp_path / "state") as worker:
            server.wait_all_accepted(alive=worker.is_running)
            set_room(worker, 1)
            server.roll(children=1, records=50)
            full = worker.wait_for("the local positions cannot be written")
            assert full["level"] == "error" and str(tmp_path / "state") in full["path"]
            server.wait_all_accepted(alive=worker.is_running)
            set_room(worker, resource.RLIM_INFINITY)
            worker.wait_for("the local positions are written again")
            server.roll(children=1, records=50)
            server.wait_all_accepted(alive=worker.is_running)
            assert worker.term() == 0, worker.log_text()
            stopped = worker.wait_for("worker stopped")
        verdict = server.verdict()
        assert (verdict["missing"], verdict["different"], verdict["duplicates"]) == (0, 0, 0), verdict
        assert (stopped["records_undelivered"], stopped["state_degraded"]) == (0, 0)
        with Worker(words, environment(server, tmp_path), tmp_path / "state") as worker:
            worker.wait_for("shard started")
            assert worker.term() == 0, worker.log_text()
        assert server.verdict()["duplicates"] == 0


def test_landing_files_on_a_full_disk(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    with FaultServer(role=MAKES_LEASE_TABLE) as server:
        server.create_stream(table=TABLE, shards=2, records=50)
        words = ["--table", TABLE, "--file", str(landing), "--flush-age", "50ms", "--poll-idle", "100ms"]
        with Worker(words, environment(server, tmp_path), tmp_path / "state") as worker:
            wait_until(lambda: len(landed(landing)) == 100, "it lands", alive=worker.is_running)
            set_room(worker, 100)
            server.roll(children=1, records=50)
            full = worker.wait_for("cannot write a landing file")
            assert full["level"] == "error" and full["folder"].startswith(str(landing))
            assert len(landed(landing)) == 100
            set_room(worker, resource.RLIM_INFINITY)
            wait_until(lambda: len(landed(landing)) == 200, "all is landed", alive=worker.is_running)
            assert worker.term() == 0, worker.log_text()
            stopped = worker.wait_for("worker stopped")
    lines = landed(landing)
    assert len({(line["shard"], line["seq"]) for line in lines}) == len(lines) == 200
    assert (stopped["records_undelivered"], stopped["leases_left"]) == (0, 0)
    assert len(list(landing.rglob("*.gz"))) == len([path for path in landing.rglob("*") if path.is_file()])
