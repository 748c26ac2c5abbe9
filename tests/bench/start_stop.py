"""The start and stop bench; tests/bench/start_stop builds what it needs and calls it."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

from tests.support.faultd import FaultServer
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE

TABLE = "bench"
LOAD_SECONDS = 0.5  # between the first accepted line and SIGTERM
HANG_SECONDS = 120


def wait_accepted(server: FaultServer, more_than: int, worker: Worker) -> None:
    until = time.monotonic() + HANG_SECONDS
    while int(server.verdict()["accepted"]) <= more_than:
        if time.monotonic() > until or not worker.is_running():
            raise SystemExit(f"nothing was accepted:\n{worker.log_text()}")
        time.sleep(0.002)


def run_round(server: FaultServer, settings: list[str], folder: Path) -> dict[str, float | int]:
    """One worker's whole life: its leases are free before and after."""
    base = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    before = int(server.verdict()["accepted"])
    with Worker(settings, server.environment(base), folder) as worker:
        wait_accepted(server, before, worker)
        started = time.monotonic() - worker.started_at
        time.sleep(LOAD_SECONDS)
        signalled = time.monotonic()
        code = worker.term()
        stopped = time.monotonic() - signalled
    verdict = server.verdict()
    owned = sum("leaseOwner" in row for row in server.rows(f"penstock-{TABLE}"))
    return {
        "first_accepted_ms": round(started * 1000),
        "stop_ms": round(stopped * 1000),
        "exit_code": code,
        "leases_still_owned": owned,
        "accepted": verdict["accepted"],
        "expected": verdict["expected"],
        "duplicates": verdict["duplicates"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests/bench/start_stop")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shards", type=int, default=16)
    arguments = parser.parse_args()
    rounds = []
    with (
        tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder,
        FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE], signatures=False) as server,
    ):
        stream = server.create_stream(table=TABLE, shards=arguments.shards, records=400_000, verify=False)
        settings = ["--stream-arn", stream["arn"], "--firehose", TABLE]
        for _ in range(arguments.rounds):
            rounds.append(run_round(server, settings, Path(folder)))
            print(json.dumps(rounds[-1]), flush=True)
    where = f"{platform.machine()}, {os.cpu_count()} cores, {datetime.date.today()}"
    print(f"\n{arguments.rounds} starts and stops of one worker on {arguments.shards} busy shards, {where}")
    for name, what in (("first_accepted_ms", "exec to first accepted line"), ("stop_ms", "SIGTERM to exit")):
        values = [float(one[name]) for one in rounds]
        print(f"{what:<30} median {statistics.median(values):>6.0f} ms, greatest {max(values):>6.0f} ms")


if __name__ == "__main__":
    main()
