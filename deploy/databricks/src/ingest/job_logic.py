"""The job: a stream of lines, batch by batch into the table. Each batch may run again, whole, at any time."""

from __future__ import annotations

import time
from functools import partial

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from ingest import dead_letters, merge, metrics, tables
from ingest.columns import plan_columns
from ingest.config import Config
from ingest.lines import find_key_names, judge_lines, parse_lines
from ingest.source import open_source
from ingest.transform import columns_after, load_transform
from ingest.unwrap import kind_of, newest_of_each_key, to_columns, with_attributes


def run_job(spark: SparkSession, config: Config) -> None:
    """Runs until the trigger says that it is done, or for ever; with `purge_days` it removes tombstones instead."""
    if config.purge_days:
        print(f"{merge.purge_tombstones(spark, config)} tombstones removed", flush=True)
        return
    start_job(spark, config).awaitTermination()


def start_job(spark: SparkSession, config: Config) -> StreamingQuery:
    load_transform(config.transform)  # a wrong name ends here, not in the first batch
    make_tables(spark, config)
    writer = open_source(spark, config).writeStream.queryName(f"ingest {config.table}")
    writer = writer.option("checkpointLocation", config.checkpoint).foreachBatch(partial(run_batch, config))
    return writer.trigger(**trigger_of(config)).start()


def trigger_of(config: Config) -> dict[str, object]:
    if config.trigger == "available-now":
        return {"availableNow": True}
    return {"processingTime": "0 seconds" if config.trigger == "continuous" else config.trigger}


def make_tables(spark: SparkSession, config: Config) -> None:
    tables.make_rows_table(spark, config)
    dead_letters.make_dead_letters(spark, config)
    metrics.make_metrics(spark, config)
    tables.renew_view(spark, config)


def run_batch(config: Config, lines: DataFrame, batch_id: int) -> None:
    """Reads its lines anew for each step rather than cache them: serverless compute has no cache."""
    spark = lines.sparkSession
    started = time.time()
    now = F.lit(started).cast("timestamp")
    parsed = parse_lines(lines)
    judged = judge_lines(parsed, key_names(spark, config, parsed))
    newest = newest_of_each_key(judged)
    measured, found = survey(newest, batch_id)
    if measured.dead:
        dead_letters.keep_dead_letters(judged, batch_id, now, config)
    if measured.keys:
        columns = plan_columns(tables.read_columns(spark, config), found, config.columns_most)
        rows = load_transform(config.transform)(to_columns(newest, columns, now))
        merged = merge.merge_rows(rows, columns_after(rows, columns), config)
        kinds = {column.name: column.kind for column in columns}
        measured.drifted = sum(
            count for (name, kind), count in found.items() if kinds.get(name, kind) != kind
        )
        measured.inserted, measured.updated = merged.inserted, merged.updated
        measured.new_columns = merged.new_columns
        measured.stale = measured.keys - merged.inserted - merged.updated
    if measured.lines:
        metrics.finish_metrics(measured, started, time.time())
        metrics.report_metrics(spark, config, measured)


def key_names(spark: SparkSession, config: Config, parsed: DataFrame) -> list[str]:
    """The table's, from its first batch on: a table whose rows were matched by other names would hold items twice."""
    kept = tables.read_key_names(spark, config)
    if config.keys and kept and sorted(kept) != sorted(config.keys):
        raise ValueError(
            f"--key-attributes {config.key_attributes}: the table's rows are matched by {','.join(kept)}"
        )
    if kept:
        return kept
    names = config.keys or find_key_names(parsed)
    if names:
        tables.keep_key_names(spark, config, names)
    return names


def survey(newest: DataFrame, batch_id: int) -> tuple[metrics.BatchMetrics, dict[tuple[str, str], int]]:
    """One look over the batch: its figures, and in how many items each attribute is of which type."""
    of_row = F.struct(
        F.when(F.col("_key").isNull(), F.lit("dead")).otherwise(F.lit("keys")).alias("what"),
        F.lit("").alias("name"),
        F.lit("").alias("kind"),
        F.col("lines"),
    )
    of_attributes = F.transform(
        F.map_entries("attributes"),
        lambda entry: F.struct(
            F.lit("attribute").alias("what"),
            entry["key"].alias("name"),
            F.coalesce(kind_of(entry["value"]), F.lit("")).alias("kind"),
            F.lit(1).cast("bigint").alias("lines"),
        ),
    )
    every = F.concat(F.array(of_row), F.coalesce(of_attributes, F.array().cast(of_attributes_type())))
    seen = with_attributes(newest).select(F.explode(every).alias("one"), "newest_ts_ms", "oldest_ts_ms")
    counted = seen.groupBy("one.what", "one.name", "one.kind").agg(
        F.sum("one.lines").alias("lines"),
        F.count("*").alias("rows"),
        F.max("newest_ts_ms").alias("newest"),
        F.min("oldest_ts_ms").alias("oldest"),
    )
    measured, found = metrics.BatchMetrics(batch_id), {}
    for row in counted.collect():
        if row["what"] == "attribute":
            found[row["name"], row["kind"]] = row["rows"]
            continue
        measured.lines += row["lines"]
        if row["what"] == "dead":
            measured.dead = row["lines"]
        else:
            measured.keys, measured.superseded = row["rows"], row["lines"] - row["rows"]
            measured.newest_event_ms, measured.oldest_event_ms = row["newest"], row["oldest"]
    return measured, found


def of_attributes_type() -> str:
    return "array<struct<what: string, name: string, kind: string, lines: bigint>>"
