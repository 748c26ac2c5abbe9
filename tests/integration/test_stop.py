"""SIGTERM at a moment at which a worker waits for something that may never come: it gives its leases up all the same,
and the next one carries on from there."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.support.faultd import FaultServer
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE

ARGUMENTS = ["--table", "orders", "--firehose", "orders", "--app", "orders-app", "--failover", "3s"]
ARGUMENTS += ["--flush-age", "200ms", "--poll", "100ms"]


def test_a_shard_that_waits_for_its_children_does_not_hold_up_a_stop(tmp_path: Path) -> None:
    """They are awaited without end, since a stream that is on has an open shard (fault 23): by whoever has the
    lease."""
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["orders"]) as server:
        server.create_stream(
            table="orders", generations=1, children=2, records=100, children_delay_ms=8000, close_last=True
        )
        environment = server.environment({"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
        with Worker(ARGUMENTS, environment, tmp_path / "first") as worker:
            server.wait(lambda verdict: bool(verdict["accepted"] >= 100))
            time.sleep(1)  # the end is read, and the stream was asked for children more than once
            assert worker.term() == 0, worker.log_text()
            assert worker.wait_for("worker stopped")["leases_left"] == 0
        (row,) = server.rows("orders-app")
        assert "leaseOwner" not in row and row["checkpoint"]["S"].isdigit(), row
        with Worker(ARGUMENTS, environment, tmp_path / "second") as worker:
            verdict = server.wait_all_accepted()
            assert verdict["before_parent"] == 0 and verdict["duplicates"] == 0, verdict
            time.sleep(1)  # both children have ended, and wait for theirs
            assert worker.term() == 0, worker.log_text()
        ends = sorted(row["checkpoint"]["S"] == "SHARD_END" for row in server.rows("orders-app"))
        assert ends == [False, False, True]
