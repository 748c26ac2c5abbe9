"""The take-over bench of the Java fleet; tests/bench/java_takeover builds what it needs and calls it."""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer
from tests.support.fleet import rows_of, wait_until
from tests.support.kcl import KCL3, JavaWorker

TABLE, APP = "bench", "bench-app"
LIFE_SECONDS = 1500  # for so long a shard has records
PATIENCE_SECONDS = 600
SETTLED_SECONDS = 20

Figures = dict[str, float]


def firsts_after(worker: JavaWorker, moment_ns: int) -> dict[str, int]:
    """Of each shard, when this worker processed its first record after the moment."""
    found: dict[str, int] = {}
    count = len(worker.record_times)  # grows in another thread
    for (shard, _), at_ns in zip(worker.records[:count], worker.record_times[:count], strict=True):
        if at_ns > moment_ns:
            found.setdefault(shard, at_ns)
    return found


def all_delivered(workers: list[JavaWorker], shards: int, moment_ns: int) -> float:
    """Waits until these workers have delivered from every shard; seconds since the moment."""

    def firsts() -> dict[str, int]:
        joined: dict[str, int] = {}
        for worker in workers:
            for shard, at_ns in firsts_after(worker, moment_ns).items():
                joined[shard] = min(at_ns, joined.get(shard, at_ns))
        return joined

    wait_until(
        lambda: len(firsts()) == shards,
        "every shard delivers",
        seconds=PATIENCE_SECONDS,
        alive=lambda: all(worker.is_running() for worker in workers),
    )
    return (max(firsts().values()) - moment_ns) / 1e9


def run_round(end: Callable[[JavaWorker], None], options: argparse.Namespace) -> Figures:
    """Seconds of the cold start, and until the survivor delivers from all shards; 1 if the other was the leader."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="penstock-bench-")))
        local = stack.enter_context(DynamoDBLocal())
        server = stack.enter_context(FaultServer(role=None))
        records = options.rate * LIFE_SECONDS
        shape = {"shards": options.shards, "records": records, "rate": options.rate, "verify": False}
        arn = server.create_stream(table=TABLE, **shape)["arn"]
        where = {"dynamodb": local.endpoint, "streams": server.endpoint, "folder": folder, "failover_ms": 0}
        workers = [JavaWorker(KCL3, arn, APP, **where) for _ in range(2)]
        started_ns = time.monotonic_ns()
        for worker in workers:
            stack.enter_context(worker)
        every = all_delivered(workers, options.shards, started_ns)
        first = min(at_ns for worker in workers for at_ns in firsts_after(worker, 0).values())
        time.sleep(SETTLED_SECONDS)
        dynamodb = local.client("dynamodb")
        owners = [row.get("leaseOwner", {}).get("S") for row in rows_of(dynamodb, APP)()]
        leader = [
            row["ownerName"]["S"]
            for row in rows_of(dynamodb, f"{APP}-CoordinatorState")()
            if "ownerName" in row
        ]
        workers.sort(key=lambda worker: owners.count(worker.name))
        survivor, victim = workers
        ended_ns = time.monotonic_ns()
        end(victim)
        return {
            "cold_first": (first - started_ns) / 1e9,
            "cold_all": every,
            "survived": all_delivered([survivor], options.shards, ended_ns),
            "led": float(victim.name in leader),
        }


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests/bench/java_takeover")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--rate", type=int, default=20, help="records a second and shard")
    options = parser.parse_args()
    figures: dict[str, list[float]] = {}
    for _ in range(options.rounds):
        for name, end in (("kill -9", JavaWorker.kill), ("stop", JavaWorker.stop)):
            one = run_round(end, options)
            print(
                json.dumps({"scenario": name} | {key: round(value, 1) for key, value in one.items()}),
                flush=True,
            )
            whom = "the leader" if one["led"] else "a worker"
            figures.setdefault("cold start, to the first record", []).append(one["cold_first"])
            figures.setdefault("cold start, until all shards deliver", []).append(one["cold_all"])
            figures.setdefault(f"{name} of {whom}, until the other delivers all", []).append(one["survived"])
    print(f"\n{'seconds':<52}{'median':>8}{'worst':>8}")
    for name, values in figures.items():
        print(f"{name:<52}{statistics.median(values):>8.1f}{max(values):>8.1f}")


if __name__ == "__main__":
    main()
