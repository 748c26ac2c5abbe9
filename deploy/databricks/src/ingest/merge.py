"""Rows into the table: per key the greatest `_ord` wins, whatever order lines come in and however often."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ingest.columns import META, Column, fold
from ingest.config import Config
from ingest.tables import add_columns, quoted, read_columns, renew_view


@dataclass(frozen=True)
class Merged:
    inserted: int
    updated: int
    new_columns: int


def widen_table(spark: SparkSession, config: Config, columns: list[Column]) -> int:
    """Adds the columns that the table lacks; how many. A type that differs from the table's is an error."""
    known = {fold(column.name): column for column in read_columns(spark, config)}
    for column in columns:
        there = known.get(fold(column.name))
        if there and (there.type != column.type or there.name != column.name):
            raise ValueError(
                f"the transform gives {column.name} as {column.type}; the table has {there.name} {there.type}: "
                "give the column another name or cast it"
            )
    new = [column for column in columns if fold(column.name) not in known]
    add_columns(spark, config, new)
    if new:
        renew_view(spark, config)
    return len(new)


def merge_rows(rows: DataFrame, columns: list[Column], config: Config) -> Merged:
    """`columns` are those of `rows` beside our own. Deleted items stay as rows (`_deleted`): were they gone, an older
    line that comes late would bring them back."""
    spark = rows.sparkSession
    new_columns = widen_table(spark, config, columns)
    # Every column of the table, NULL where the rows lack it: an item without the attribute must clear it.
    there = set(rows.columns)
    source = rows.select(
        *META,
        *[
            F.col(quoted(one.name)) if one.name in there else F.lit(None).cast(one.type).alias(one.name)
            for one in read_columns(spark, config)
        ],
    )
    source.createOrReplaceTempView("ingest_rows")
    counts = spark.sql(
        f"MERGE INTO {config.name('_rows')} AS t USING ingest_rows AS s ON t._key = s._key "
        "WHEN MATCHED AND s._ord > t._ord THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    ).first()
    found = counts.asDict() if counts else {}
    return Merged(found.get("num_inserted_rows", 0), found.get("num_updated_rows", 0), new_columns)


def purge_tombstones(spark: SparkSession, config: Config) -> int:
    """Removes the rows of items that were deleted (by the reader's clock) `purge_days` ago or earlier; how many.

    Afterwards an older line of such an item, read anew, would bring it back: keep tombstones for longer than the
    oldest line that may still be read.
    """
    counts = spark.sql(
        f"DELETE FROM {config.name('_rows')} WHERE _deleted "
        f"AND _ingest_ts <= current_timestamp() - INTERVAL {config.purge_days} DAYS"
    ).first()
    return int(counts["num_affected_rows"]) if counts else 0
