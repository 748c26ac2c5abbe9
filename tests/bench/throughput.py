"""How fast, for how much CPU and memory, one worker carries a backlog: cases of tests/bench/run, and a bench of its
own; tests/bench/throughput builds what it needs and calls it."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
from dataclasses import replace
from pathlib import Path

from tests.bench import instructions
from tests.bench.carrying import Carried, Load, carry, floor_beside
from tests.bench.floor import Floor
from tests.bench.measure import counts
from tests.bench.result import Result, Row, json_line, medians, print_table
from tests.support.control_group import ControlGroup

SINK_DELAY_MS = 200
TASK_CORES, TASK_BYTES = 0.25, 512 * 2**20


def rows_of(load: Load, ours: Carried, floor: Floor, ratio: float | None, peak: float | None) -> list[Row]:
    """`ratio` and `peak`: what may be reached at most."""
    million = 1e6 / load.total
    usage = ours.usage
    return [
        Row("CPU s per million records", usage.cpu_s * million, floor.cpu_s * million, ratio, True),
        Row("of these user", usage.user_s * million, floor.user_s * million),
        Row("of these system", usage.system_s * million, floor.system_s * million),
        Row("records/s", load.total / ours.wall_s, load.total / floor.wall_s),
        Row("peak MiB", usage.peak_mib, floor.peak_mib, peak),
    ]


def row_beside_hashed(load: Load, ours: Carried) -> Row:
    """What of the ratio is the signature: AWS wants SHA-256 of every body in it (SigV4), whatever carries it."""
    hashed = floor_beside(load, ours, hash_bodies=True)
    million = 1e6 / load.total
    return Row("beside a floor that hashes its puts", ours.usage.cpu_s * million, hashed.cpu_s * million)


def measure(
    case: str,
    load: Load,
    *,
    ratio: float | None = None,
    peak: float | None = None,
    count: int = 0,
    group: ControlGroup | None = None,
) -> Result:
    """`count`: so many records a shard go through callgrind as well; 0: none."""
    ours = carry(load, group=group)
    floor = floor_beside(load, ours, group=group)
    rows = rows_of(load, ours, floor, ratio, peak)
    if ratio is not None:
        rows.insert(1, row_beside_hashed(load, ours))
    if count:
        rows += instructions.rows_of(replace(load, records=count))
    if ours.duplicates:
        rows.append(Row("records repeated", ours.duplicates))
    return Result(case, load.about(), rows, counts(ours.calls))


def with_a_slow_sink(case: str, load: Load) -> Result:
    result = measure(case, replace(load, sink_delay_ms=SINK_DELAY_MS))
    result.about += f"; Firehose answers after {SINK_DELAY_MS} ms"
    return result


def in_the_smallest_task(case: str, load: Load) -> Result:
    """What AWS sells as 0.25 vCPU and 512 MiB; the fault server stands outside."""
    about = f"{load.about()}, in a control group of {TASK_CORES} cores and {TASK_BYTES // 2**20} MiB"
    group = ControlGroup("penstock-bench", TASK_CORES, TASK_BYTES)
    if group.folder is None:
        return Result(case, about, skipped="control groups cannot be made here (root, cgroup v2 or v1)")
    try:
        result = measure(case, load, group=group)
    finally:
        group.close()
    result.about = about
    return result


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests/bench/throughput")
    parser.add_argument("--shards", type=int, default=16)
    parser.add_argument("--records", type=int, default=50000, help="a shard")
    parser.add_argument("--record-bytes", type=int, default=700)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--roots", type=Path, help="trust these certificates as well, as a system's bundle")
    arguments = parser.parse_args()
    load = Load(
        arguments.shards,
        arguments.records,
        arguments.record_bytes,
        arguments.seed,
        arguments.tls,
        arguments.roots,
    )
    rounds = []
    for number in range(arguments.rounds):
        rounds.append(measure("throughput", load))
        print(json_line(rounds[-1], number + 1), flush=True)
    where = f"{platform.machine()}, {os.cpu_count()} cores, {datetime.date.today()}"
    print_table([medians(rounds)], f"medians of {arguments.rounds} rounds, {where}")


if __name__ == "__main__":
    main()
