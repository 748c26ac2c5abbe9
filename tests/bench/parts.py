"""Cases that look at one part: filters that drop nearly all, packing, and the start of a worker."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from tests.bench import filters, start_stop
from tests.bench.carrying import TABLE, Load, fault_server, floor_beside
from tests.bench.floor import run_floor
from tests.bench.measure import counts
from tests.bench.result import Result, Row
from tests.bench.throughput import rows_of
from tests.support.built import build_folder

PACKING = re.compile(
    r"(?P<kind>.+?)\s+(?P<unpacked>[\d.]+)\s+(?P<filled>[\d.]+)\s+(?P<packed>[\d.]+)\s+[\d.]+%.*"
)
START_SHARDS = 16


def filtered(case: str, load: Load) -> Result:
    """One record in a hundred goes on."""
    ours, accepted = filters.carry_through("by key", load)
    rows = rows_of(load, ours, floor_beside(load, ours), None, None)
    rows.append(Row("% of the records carried", accepted / load.total * 100))
    return Result(case, f"{load.about()}, a filter by key that drops 99 %", rows, counts(ours.calls))


def packing(case: str, seed: int) -> Result:
    """What Firehose bills by the byte of lines; at least each byte once."""
    program = build_folder() / "tests" / "bench" / "bench_packing"
    done = subprocess.run([program, str(seed)], check=True, capture_output=True, text=True, timeout=300)
    rows = [
        Row(f"billed by byte, {found['kind']}", float(found["packed"]), 1)
        for found in map(PACKING.fullmatch, done.stdout.splitlines())
        if found
    ]
    return Result(case, f"bytes that Firehose bills by the byte of lines, seed {seed}", rows)


def starts(case: str, goal: float) -> Result:
    """From exec to the first accepted record: with no lease table at all, and with its leases released. The floor
    asks for one shard's records and puts one request."""
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder, fault_server() as server:
        stream = server.create_stream(table=TABLE, shards=START_SHARDS, records=400_000, verify=False)
        settings = ["--stream-arn", stream["arn"], "--firehose", TABLE]
        cold, warm = (start_stop.run_round(server, settings, Path(folder)) for _ in range(2))
    with fault_server() as server:
        stream = server.create_stream(table=TABLE, records=1000, close_last=True, verify=False)
        least = run_floor(server, stream["arn"], TABLE, shards=1, puts=1, put_bytes=1_000_000, senders=1)
    rows = [
        Row("cold: ms to the first record", cold["first_accepted_ms"], least.wall_s * 1000),
        Row("warm: ms to the first record", warm["first_accepted_ms"], least.wall_s * 1000, goal),
        Row("SIGTERM under load: ms to exit", warm["stop_ms"]),
    ]
    return Result(case, f"one worker, {START_SHARDS} busy shards", rows)
