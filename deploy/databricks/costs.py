#!/usr/bin/env python3
"""What a table costs a month, from the stream to Delta, at some rates of change.

    deploy/databricks/costs.py                                  at 10, 1,000 and 50,000 changes a second
    deploy/databricks/costs.py --rates 200 --set line_bytes=3000 --set failover_s=60
    deploy/databricks/costs.py --inputs                         every price and assumption, to be given with --set

Prices are list prices of us-east-1 in US dollars as of 2025, without free tiers but the one named and without
discounts: set yours. What Databricks needs depends on your data more than on anything here."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

HOURS = 730  # a month
SECONDS = HOURS * 3600
GB = 1024**3
DIVISORS = (
    "line_bytes shard_rate failover_s poll_s poll_idle_s task_cpu object_mb gzip_ratio node_rate".split()
)
STEP_BYTES = 5120  # Firehose bills each record up to the next multiple (sink/pack.h)
PACK_BYTES = 64 * 1024  # --pack-bytes
PAGE_RECORDS = 1000  # of one GetRecords call


def given(default: float, about: str) -> Any:
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True)
class Inputs:
    """Prices first, then what is assumed."""

    firehose_gb: float = given(0.029, "$ a GB into Firehose, up to 500 TB a month")
    firehose_gb_500tb: float = given(0.025, "$ for each of the next 1.5 PB")
    firehose_gb_2pb: float = given(0.020, "$ above that")
    firehose_parquet_gb: float = given(0.018, "$ a GB for conversion to Parquet")
    streams_reads_100k: float = given(0.02, "$ for 100,000 GetRecords calls")
    streams_reads_free: float = given(2_500_000, "GetRecords calls a month that are free")
    write_million: float = given(0.625, "$ a million write units of DynamoDB, on demand")
    read_million: float = given(0.125, "$ a million read units")
    fargate_cpu_hour: float = given(0.03238, "$ an hour of a vCPU (Linux, ARM)")
    fargate_gb_hour: float = given(0.00356, "$ an hour of a GB")
    s3_put_1k: float = given(0.005, "$ for 1,000 PUTs")
    s3_get_1k: float = given(0.0004, "$ for 1,000 GETs")
    s3_gb_month: float = given(0.023, "$ a GB a month")
    cloudwatch_month: float = given(8.0, "$ for metrics, alarms and log of deploy/ecs")
    dbu_serverless: float = given(0.35, "$ a DBU, serverless jobs")
    dbu_classic: float = given(0.15, "$ a DBU, jobs on clusters")
    ec2_node_hour: float = given(0.1068, "$ an hour of a node of the cluster (m7gd.large)")

    line_bytes: float = given(1000, "bytes of a line, the newline included")
    shard_rate: float = given(500, "changes a second of one shard, of which a table has four at least")
    rows_per_shard: float = given(
        7, "rows of the lease table for each open shard, with those of the last day"
    )
    row_bytes: float = given(500, "bytes of such a row")
    failover_s: float = given(10, "--failover, in seconds")
    poll_s: float = given(0.2, "--poll")
    poll_idle_s: float = given(1.0, "--poll-idle")
    cpu_per_million: float = given(
        15, "CPU seconds a million changes: the bench's 4.2, and room for TLS and bursts"
    )
    task_cpu: float = given(0.25, "vCPUs of a task, of which there are two at least")
    task_gb: float = given(0.5, "GB of a task")
    object_mb: float = given(64, "MiB of lines after which Firehose closes an object")
    object_s: float = given(60, "seconds after which it does")
    gzip_ratio: float = given(8, "how much smaller gzip makes the lines")
    keep_days: float = given(30, "days that landed objects are kept")
    node_rate: float = given(2500, "changes a second that a node of two cores merges")
    node_dbu_hour: float = given(
        0.8, "DBUs an hour of such a node; serverless compute is counted in the same nodes"
    )
    run_s: float = given(25, "seconds of a run of the minute job that are not merging")
    run_nodes: float = given(2, "nodes that it holds in that time")


def billed(lines: int, line_bytes: float) -> int:
    """Bytes that Firehose bills for so many lines of one page, packed as sink/pack.c packs lines of one length."""
    most = max(1, int(PACK_BYTES // line_bytes))
    if lines <= most:
        return _up(lines * line_bytes)
    best = max(range(1, most + 1), key=lambda count: (count * line_bytes / _up(count * line_bytes), count))
    full, rest = divmod(lines - most - 1, best)
    # As long as more than one record's worth is left, the best record is cut off.
    return (full + 1) * _up(best * line_bytes) + billed(rest + most + 1 - best, line_bytes)


def _up(size: float) -> int:
    return math.ceil(size / STEP_BYTES) * STEP_BYTES


def _chances(mean: float) -> list[tuple[int, float]]:
    """(count, chance) of a Poisson distribution, without the tails below one in a billion."""
    spread = 7 * math.sqrt(mean) + 12
    first, last = max(0, int(mean - spread)), int(mean + spread)
    return [
        (count, math.exp(count * math.log(mean) - mean - math.lgamma(count + 1)))
        for count in range(first, last + 1)
    ]


@dataclass(frozen=True)
class Pages:
    """Of one shard, a second, at the tip of the stream."""

    calls: float  # GetRecords
    billed_bytes: float  # by Firehose, packed


def pages(rate: float, inputs: Inputs) -> Pages:
    """Reading as shard/pacing.c does: after records --poll; while pages stay empty that, growing by half up to
    --poll-idle. Changes come at random. Lines of one page share records."""
    calls, seconds, size, reached = 0.0, 0.0, 0.0, 1.0
    waits = [inputs.poll_s, inputs.poll_s]
    while waits[-1] < inputs.poll_idle_s:
        waits.append(min(inputs.poll_idle_s, waits[-1] * 1.5 + 0.001))
    for number, wait in enumerate(waits):
        chances = _chances(rate * wait)
        empty = math.exp(-rate * wait)
        # The last wait repeats until something comes.
        times = 1 / (1 - empty) if number == len(waits) - 1 else 1.0
        calls += reached * times
        seconds += reached * times * wait
        size += reached * times * sum(chance * billed(n, inputs.line_bytes) for n, chance in chances if n)
        reached *= empty
    return Pages(max(calls / seconds, rate / PAGE_RECORDS), size / seconds)


def lease_units_an_hour(
    workers: int, leases: int, rows: int, row_bytes: float, failover_s: float
) -> tuple[float, float]:
    """(write units, read units): lease/lease_cost.c."""
    renewal_ms = int(failover_s * 1000) // 3
    scan_ms = max(1000, int(failover_s * 1000) // 4)
    shortest_ms = scan_ms - 2 * (scan_ms // 8)
    size = rows * row_bytes
    scan_pages, units = max(1, math.ceil(size / 1024**2)), max(1, math.ceil(size / 4096))
    writes = leases * 3600_000 / renewal_ms * max(1, math.ceil(row_bytes / 1024))
    return writes, workers * 3600_000 / shortest_ms * (units + scan_pages - 1)


def tiered(gigabytes: float, inputs: Inputs) -> float:
    prices = (inputs.firehose_gb, inputs.firehose_gb_500tb, inputs.firehose_gb_2pb)
    dollars = 0.0
    for width, price in zip((500 * 1024, 1536 * 1024, math.inf), prices, strict=True):
        dollars += min(width, gigabytes) * price
        gigabytes = max(0.0, gigabytes - width)
    return dollars


@dataclass(frozen=True)
class Sizes:
    """What a rate needs."""

    shards: int
    workers: int
    nodes: int  # of the continuous job's cluster, the driver included
    objects: float  # a month


def sizes(rate: float, inputs: Inputs) -> Sizes:
    shards = max(4, math.ceil(rate / inputs.shard_rate))
    workers = max(2, math.ceil(rate * inputs.cpu_per_million / 1e6 / inputs.task_cpu))
    nodes = 1 + max(1, math.ceil(rate / inputs.node_rate))
    by_size = rate * inputs.line_bytes / (inputs.object_mb * 1024**2)
    return Sizes(shards, workers, nodes, max(by_size, 1 / max(inputs.object_s, 1)) * SECONDS)


def month(rate: float, inputs: Inputs) -> dict[str, float]:
    """Dollars a month by item, in the order of the table."""
    needs = sizes(rate, inputs)
    page = pages(rate / needs.shards, inputs)
    packed_gb = page.billed_bytes * needs.shards * SECONDS / GB
    single_gb = rate * billed(1, inputs.line_bytes) * SECONDS / GB
    calls = page.calls * needs.shards * SECONDS
    rows = round(needs.shards * inputs.rows_per_shard)
    writes, reads = lease_units_an_hour(
        needs.workers, needs.shards, rows, inputs.row_bytes, inputs.failover_s
    )
    landed_gb = rate * inputs.line_bytes * SECONDS / GB / inputs.gzip_ratio
    task_hour = inputs.task_cpu * inputs.fargate_cpu_hour + inputs.task_gb * inputs.fargate_gb_hour
    runs_nodes = inputs.run_nodes * inputs.run_s / 60 + rate / inputs.node_rate
    node_hour = inputs.node_dbu_hour * inputs.dbu_classic + inputs.ec2_node_hour
    items = {
        "Firehose": tiered(packed_gb, inputs),
        "GetRecords calls": max(0.0, calls - inputs.streams_reads_free) / 1e5 * inputs.streams_reads_100k,
        "lease table": HOURS * (writes * inputs.write_million + reads * inputs.read_million) / 1e6,
        "Fargate": needs.workers * task_hour * HOURS,
        "S3 requests": needs.objects / 1000 * (inputs.s3_put_1k + inputs.s3_get_1k),
        "S3 storage": landed_gb * inputs.keep_days / 30 * inputs.s3_gb_month,
        "CloudWatch": inputs.cloudwatch_month,
    }
    items["**AWS**"] = sum(items.values())
    items["Databricks, every-minute job"] = runs_nodes * inputs.node_dbu_hour * inputs.dbu_serverless * HOURS
    items["or Databricks, continuous job and its machines"] = needs.nodes * node_hour * HOURS
    items["**AWS and the every-minute job**"] = items["**AWS**"] + items["Databricks, every-minute job"]
    items["*(Firehose, were no lines packed)*"] = tiered(single_gb, inputs)
    items["*(Parquet conversion, where chosen)*"] = packed_gb * inputs.firehose_parquet_gb
    return items


def amount(dollars: float) -> str:
    return f"{dollars:,.2f}" if dollars < 100 else f"{dollars:,.0f}"


def table(rates: list[float], inputs: Inputs) -> str:
    needs = [sizes(rate, inputs) for rate in rates]
    counts: list[tuple[str, Callable[[Sizes], int]]] = [
        ("open shards", lambda one: one.shards),
        ("tasks", lambda one: one.workers),
        ("nodes of the continuous job", lambda one: one.nodes),
    ]
    lines = [
        "| $ a month | " + " | ".join(f"{rate:,g} changes/s" for rate in rates) + " |",
        "|---|" + "---:|" * len(rates),
    ]
    lines += [f"| {name} | " + " | ".join(f"{get(one):,}" for one in needs) + " |" for name, get in counts]
    months = [month(rate, inputs) for rate in rates]
    lines += [f"| {item} | " + " | ".join(amount(one[item]) for one in months) + " |" for item in months[0]]
    return "\n".join(lines) + "\n"


def inputs_table(inputs: Inputs) -> str:
    lines = ["| name | value | what it is |", "|---|---:|---|"]
    for one in fields(inputs):
        lines.append(f"| `{one.name}` | {getattr(inputs, one.name):,.10g} | {one.metadata['about']} |")
    return "\n".join(lines) + "\n"


def chosen(texts: list[str]) -> Inputs:
    """NAME=VALUE each; ValueError that says what is wrong."""
    values: dict[str, float] = {}
    names = {one.name for one in fields(Inputs)}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name not in names:
            raise ValueError(f"--set {text}: NAME=VALUE with one of {', '.join(sorted(names))}")
        try:
            values[name] = float(value)
        except ValueError:
            raise ValueError(f"--set {text}: {value} is no number") from None
        if not (values[name] >= 0 and math.isfinite(values[name])):
            raise ValueError(f"--set {text}: below zero, or no number")
    for name in DIVISORS:
        if values.get(name, 1) <= 0:
            raise ValueError(f"--set {name}: must be above zero")
    return replace(Inputs(), **values)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rates", default="10,1000,50000", help="changes a second, with commas between")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a price or an assumption"
    )
    parser.add_argument("--inputs", action="store_true", help="print these instead")
    asked = parser.parse_args()
    try:
        inputs = chosen(asked.set)
        rates = [float(text) for text in asked.rates.split(",")]
        if not all(0 < rate <= 1e7 for rate in rates):
            raise ValueError("--rates: above 0, up to 10,000,000")
    except ValueError as error:
        parser.error(str(error))
    sys.stdout.write(inputs_table(inputs) if asked.inputs else table(rates, inputs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
