"""--poll-budget: a worker's reads stay within it whatever its shards want, and everything still arrives."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.support import admin
from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE

SHARDS, RECORDS, BUDGET = 30, 200, 40


def reads(server: FaultServer) -> int:
    found = [entry for entry in server.stats()["operations"] if entry["operation"] == "GetRecords"]
    return sum(int(entry["calls"]) for entry in found)


def test_reads_stay_within_the_budget_and_all_arrives(tmp_path: Path) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["orders"]) as server:
        server.create_stream(table="orders", shards=SHARDS, records=RECORDS)
        kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        environment = server.environment(kept | {"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
        arguments = [
            "--table",
            "orders",
            "--firehose",
            "orders",
            "--flush-age",
            "0",
            "--admin",
            "127.0.0.1:0",
        ]
        # Without a budget these would be 30 shards x 50 reads a second.
        arguments += ["--poll", "20ms", "--poll-idle", "20ms", "--poll-budget", str(BUDGET)]
        with Worker(arguments, environment, tmp_path / "state") as worker:
            server.wait_all_accepted(120, alive=worker.is_running)
            wait_until(lambda: admin.leases(worker)["totals"]["lag_ms"] == 0, "the tip is proven")
            before, begun = reads(server), time.monotonic()
            time.sleep(3)
            middle = reads(server)
            least = time.monotonic() - begun
            after, most = reads(server), time.monotonic() - begun
            assert after - before <= BUDGET * (most + 0.1) + 2
            assert middle > before, f"nothing was read in {least} s"
            samples = admin.metrics(worker)
            assert samples["penstock_poll_budget_calls_per_second", ()] == BUDGET
            assert samples["penstock_poll_budget_waits_total", ()] > 0
            assert samples["penstock_poll_budget_wait_seconds_total", ()] > 0
            print(f"{after - before} reads in {most:.2f} s, {BUDGET} a second are allowed")
            assert worker.term() == 0, worker.log_text()
