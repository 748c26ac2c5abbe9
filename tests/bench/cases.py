"""The cases of tests/bench/run by name, with the figures they are held to (at most; a ratio is to the floor)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench import parts, steady, throughput
from tests.bench.carrying import Load
from tests.bench.result import Result

# Bytes a record, and how many a shard, so that a case ends in some tens of seconds.
SIZES = {"300": (300, 50_000), "700": (700, 50_000), "4k": (4096, 12_000), "100k": (102_400, 480)}
RATIOS = {"http-700": 2.0, "tls-700": 1.6}
PEAK_MIB = 48
COUNTED = 2000  # records a shard that go through callgrind; a connection more or less must not count


@dataclass(frozen=True)
class Size:
    """How much of everything: `--quick` makes a tenth of it."""

    quick: bool = False
    seed: int = 1

    def of(self, whole: float, least: float = 1) -> int:
        return int(max(whole / 10, least) if self.quick else whole)

    def load(self, record_bytes: int, records: int, *, shards: int = 16, tls: bool = False) -> Load:
        return Load(shards, self.of(records), record_bytes, self.seed, tls)


@dataclass(frozen=True)
class Case:
    name: str
    about: str
    run: Callable[[Size], Result]


def _throughput(way: str, size: str) -> Case:
    name = f"{way}-{size}"
    record_bytes, records = SIZES[size]

    def run(sizes: Size) -> Result:
        return throughput.measure(
            name,
            sizes.load(record_bytes, records, tls=way == "tls"),
            ratio=RATIOS.get(name),
            peak=PEAK_MIB if name in RATIOS else None,
            count=sizes.of(COUNTED, COUNTED / 2) if name in RATIOS else 0,
        )

    return Case(name, f"throughput, records of {record_bytes:,} bytes, {way.upper()}", run)


def _plain_load(size: Size) -> Load:
    return size.load(*SIZES["700"])


CASES = [
    *(_throughput(way, size) for size in ("700", "300", "4k", "100k") for way in ("http", "tls")),
    Case(
        "latency-100",
        "from readable to accepted, polling every 100 ms",
        lambda size: steady.latency("latency-100", 100, size.of(60), (56, 105), 3),
    ),
    Case(
        "latency-250",
        "the same, polling every 250 ms",
        lambda size: steady.latency("latency-250", 250, size.of(60), (132, 260), None),
    ),
    Case(
        "idle-100",
        "100 shards without records",
        lambda size: steady.idle("idle-100", size.of(100), size.of(30), (1, 16, None)),
    ),
    Case(
        "idle-1000",
        "1,000 shards without records",
        lambda size: steady.idle("idle-1000", size.of(1000), size.of(30), (5, 64, 64)),
    ),
    Case("start", "exec to the first record, cold and warm", lambda size: parts.starts("start", 300)),
    Case(
        "growth",
        "1 to 256 busy shards",
        lambda size: steady.growth("growth", size.of(1000), size.of(15)),
    ),
    Case(
        "burst",
        "what memory stays after a burst",
        lambda size: steady.burst("burst", size.of(50_000), 15),
    ),
    Case(
        "filtered",
        "a filter drops 99 of 100 records",
        lambda size: parts.filtered("filtered", _plain_load(size)),
    ),
    Case("packing", "what Firehose bills", lambda size: parts.packing("packing", size.seed)),
    Case(
        "slow-sink",
        "a sink that answers after 200 ms",
        lambda size: throughput.with_a_slow_sink("slow-sink", _plain_load(size)),
    ),
    Case(
        "smallest-task",
        "what 0.25 vCPU and 512 MiB carry",
        lambda size: throughput.in_the_smallest_task("smallest-task", _plain_load(size)),
    ),
]
BY_NAME = {case.name: case for case in CASES}
