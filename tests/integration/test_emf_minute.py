"""A line of metrics a minute (`--emf stdout`), without being asked again. A file of its own: it waits for its
minute while others run beside it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE

MINUTE = 60.0
HANG = 400.0


def test_a_line_a_minute(tmp_path: Path) -> None:
    output = tmp_path / "stdout"
    words = ["--table", "orders", "--firehose", "orders", "--emf", "stdout", "--flush-age", "50ms"]
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["orders"]) as server:
        server.create_stream(table="orders", shards=2, records=50)
        settings = server.environment({"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
        with Worker(words, settings, tmp_path / "state", output) as worker:
            worker.wait_for("worker started")
            began = time.monotonic()
            server.wait_all_accepted(alive=worker.is_running)
            wait_until(lambda: output.stat().st_size > 0, "a line", seconds=HANG, alive=worker.is_running)
            assert time.monotonic() - began > MINUTE - 5, "a minute has not passed"
            server.roll(children=1, records=50)
            server.wait_all_accepted(alive=worker.is_running)
            assert worker.term() == 0, worker.log_text()
        lines = [json.loads(line) for line in output.read_text().splitlines()]
        assert len(lines) >= 2
        assert sum(line["RecordsProcessed"] for line in lines) == 200
