"""A worker in its everyday state, watched for a while: changes that trickle in, none at all, or many shards at once."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from typing import Any

from tests.bench.carrying import SENDERS, TABLE, fault_server, worker_of
from tests.bench.floor import HANG_SECONDS, Floor, run_floor
from tests.bench.measure import Calls, Usage, calls_since, counts, read_calls, read_usage
from tests.bench.result import Result, Row
from tests.support.faultd import FaultServer
from tests.support.penstock import Worker

SPARE_SECONDS = 60  # so much longer than watched a shard has records
FLUSH_AGE = "0"  # latency, not fullness, is what these cases look at


@dataclass
class Watched:
    before: Usage
    after: Usage
    calls: dict[str, Calls]
    verdict: dict[str, Any]
    accepted: int

    @property
    def seconds(self) -> float:
        return self.after.at - self.before.at

    def of(self, operation: str) -> Calls:
        return self.calls.get(operation, Calls())


@dataclass(frozen=True)
class Scene:
    """`rate`: records a second and shard."""

    shards: int
    rate: float
    seconds: float
    settle_seconds: float
    settings: tuple[str, ...]
    seed: int = 1

    def stream(self, server: FaultServer) -> str:
        records = int(self.rate * (self.seconds + self.settle_seconds + SPARE_SECONDS))
        made = server.create_stream(
            table=TABLE, shards=self.shards, rate=self.rate, records=records, seed=self.seed, verify=False
        )
        return str(made["arn"])


def _wait_all_read(server: FaultServer, worker: Worker) -> None:
    """Every shard has been read twice."""
    until = time.monotonic() + HANG_SECONDS
    while any(shard["reads"] < 2 for shard in server.verdict(detail=True)["shards"]):
        if time.monotonic() > until or not worker.is_running():
            raise TimeoutError(f"not every shard is read:\n{worker.log_text()}")
        time.sleep(0.2)


def watch(scene: Scene) -> Watched:
    with (
        tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder,
        fault_server() as server,
        worker_of(server, scene.stream(server), scene.settings, folder) as worker,
    ):
        _wait_all_read(server, worker)
        time.sleep(scene.settle_seconds)
        server.forget_latencies()
        accepted = int(server.verdict()["accepted"])
        calls, before = read_calls(server), read_usage(worker.pid)
        time.sleep(scene.seconds)
        after = read_usage(worker.pid)
        news = calls_since(read_calls(server), calls)
        verdict = server.verdict()
        worker.term()
    return Watched(before, after, news, verdict, int(verdict["accepted"]) - accepted)


def floor_beside(scene: Scene, watched: Watched) -> Floor:
    """As many calls in the same time, over as many connections."""
    puts = watched.of("PutRecordBatch")
    with fault_server() as server:
        return run_floor(
            server,
            scene.stream(server),
            TABLE,
            shards=scene.shards,
            puts=puts.calls,
            put_bytes=puts.mean_request_bytes(),
            senders=SENDERS if puts.calls else 0,
            pace=(
                scene.seconds,
                watched.of("GetRecords").calls / watched.seconds,
                watched.after.sockets,
            ),
        )


def latency(case: str, poll_ms: int, seconds: float, goals: tuple[float, float], cpu: float | None) -> Result:
    """`goals`: of p50 and p99, in ms. Beside them what waiting for the poll alone would give."""
    poll = f"{poll_ms}ms"
    settings = ("--poll", poll, "--poll-idle", poll, "--flush-age", FLUSH_AGE)
    scene = Scene(8, 50, seconds, min(3, seconds / 2), settings)
    watched = watch(scene)
    floor = floor_beside(scene, watched)
    seen = watched.verdict["latency_ms"]
    each = watched.of("GetRecords").calls / scene.shards / watched.seconds
    rows = [
        Row("p50 ms from readable to accepted", seen["p50"], poll_ms * 0.5, goals[0]),
        Row("p90 ms", seen["p90"], poll_ms * 0.9),
        Row("p99 ms", seen["p99"], poll_ms * 0.99, goals[1]),
        Row("max ms", seen["max"], poll_ms),
        Row("GetRecords a shard and second", each, 1000 / poll_ms),
        Row("CPU %", watched.after.percent_since(watched.before), floor.percent, cpu),
    ]
    load = f"{scene.shards} shards × {scene.rate:g} records/s"
    about = f"{load}, polling every {poll_ms} ms, --flush-age 0, {seconds:g} s"
    return Result(case, about, rows, counts(watched.calls))


def idle(case: str, shards: int, seconds: float, goals: tuple[float, float, float | None]) -> Result:
    """`goals`: CPU %, MiB and sockets."""
    scene = Scene(shards, 0, seconds, min(10, seconds), ("--poll-idle", "2s"))
    watched = watch(scene)
    floor = floor_beside(scene, watched)
    usage = watched.after
    rows = [
        Row("CPU %", usage.percent_since(watched.before), floor.percent, goals[0]),
        Row("resident MiB", usage.resident_mib, floor.peak_mib, goals[1]),
        Row("peak MiB", usage.peak_mib),
        Row("threads", usage.threads),
        Row("sockets", usage.sockets, None, goals[2]),
        Row("calls/s", sum(calls.calls for calls in watched.calls.values()) / watched.seconds),
    ]
    return Result(
        case, f"{shards} shards without records, {seconds:g} s, --poll-idle 2s", rows, counts(watched.calls)
    )


def growth(case: str, rate: float, seconds: float) -> Result:
    """From one busy shard to 256."""
    rows, calls = [], {}
    for shards in (1, 4, 16, 64, 256):
        scene = Scene(shards, rate, seconds, min(2, seconds), ())
        watched = watch(scene)
        floor = floor_beside(scene, watched)
        carried = watched.accepted / watched.seconds
        rows += [
            Row(f"{shards} shards: CPU %", watched.after.percent_since(watched.before), floor.percent),
            Row(f"{shards} shards: peak MiB", watched.after.peak_mib, floor.peak_mib),
            Row(f"{shards} shards: records/s", carried, shards * rate),
        ]
        calls = counts(watched.calls)
    about = (
        f"1 to 256 shards with {rate:g} records/s each (of records/s the floor is what comes), {seconds:g} s"
    )
    return Result(case, about, rows, calls)


def burst(case: str, records: int, rest_seconds: float) -> Result:
    """Memory falls after a burst: a backlog is carried, then the shards stay open and nothing comes."""
    shards = 16
    with (
        tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder,
        fault_server() as server,
    ):
        made = server.create_stream(
            table=TABLE, shards=shards, records=records, record_bytes=700, verify=False
        )
        with worker_of(server, str(made["arn"]), (), folder) as worker:
            server.wait_all_accepted(HANG_SECONDS, alive=worker.is_running)
            full = read_usage(worker.pid)
            time.sleep(rest_seconds)
            rested = read_usage(worker.pid)
            worker.term()
    rows = [
        Row("peak MiB", full.peak_mib),
        Row("resident MiB at its end", full.resident_mib),
        Row(f"resident MiB {rest_seconds:g} s later", rested.resident_mib),
        Row("sockets at its end", full.sockets),
        Row(f"sockets {rest_seconds:g} s later", rested.sockets),
    ]
    return Result(case, f"{shards} shards × {records:,} records of about 700 bytes at once, then none", rows)
