"""What a batch was: a JSON line in the driver's log, and a row of TABLE_metrics for dashboards and alerts."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from ingest.config import Config


@dataclass
class BatchMetrics:
    batch_id: int
    finished: str = ""  # ISO 8601, UTC
    seconds: float = 0.0
    lines: int = 0
    dead: int = 0
    superseded: int = 0  # lines of a key whose newer line came in the same batch, repetitions included
    keys: int = 0
    inserted: int = 0
    updated: int = 0
    stale: int = 0  # keys of which the table had a newer line, or the same, already
    drifted: int = 0  # attributes of another type than their column's
    new_columns: int = 0
    oldest_event_ms: int | None = None
    newest_event_ms: int | None = None
    lag_seconds: float | None = None  # from the newest change of the batch to now


TYPES = {
    "int": "BIGINT",
    "str": "STRING",
    "float": "DOUBLE",
    "int | None": "BIGINT",
    "float | None": "DOUBLE",
}


def make_metrics(spark: SparkSession, config: Config) -> None:
    columns = ", ".join(f"{one.name} {TYPES[str(one.type)]}" for one in fields(BatchMetrics))
    spark.sql(f"CREATE TABLE IF NOT EXISTS {config.name('_metrics')} ({columns}) USING DELTA")


def finish_metrics(metrics: BatchMetrics, started: float, now: float) -> None:
    """`started` and `now` are seconds since 1970."""
    metrics.seconds = round(now - started, 3)
    metrics.finished = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    if metrics.newest_event_ms is not None:
        metrics.lag_seconds = round(now - metrics.newest_event_ms / 1000, 3)


def report_metrics(spark: SparkSession, config: Config, metrics: BatchMetrics) -> None:
    values = asdict(metrics)
    print(json.dumps({"msg": "batch", "table": config.table, **values}), file=sys.stderr, flush=True)
    schema = ", ".join(f"{one.name} {TYPES[str(one.type)]}" for one in fields(BatchMetrics))
    row = spark.createDataFrame([tuple(values.values())], schema)
    row.write.format("delta").mode("append").saveAsTable(config.name("_metrics"))
