"""Lines that cannot become rows: kept whole, with the reason, and counted; never a reason to stop.

A letter is known by its line. So a batch that runs again, a file that came twice, and a replay into a new
checkpoint (whose batches are numbered from 0 again) each leave the table as it is.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ingest.config import Config

SCHEMA = "_id STRING, reason STRING, line STRING, source STRING, batch_id BIGINT, _ingest_ts TIMESTAMP"


def make_dead_letters(spark: SparkSession, config: Config) -> None:
    spark.sql(f"CREATE TABLE IF NOT EXISTS {config.name('_dead_letters')} ({SCHEMA}) USING DELTA")


def keep_dead_letters(judged: DataFrame, batch_id: int, now: F.Column, config: Config) -> None:
    """Those of `judged` with a reason, each line once."""
    identity = F.sha2(F.col("line").cast("binary"), 256)
    letters = judged.where("dead IS NOT NULL").groupBy(identity.alias("_id"))
    letters = letters.agg(*[F.min(name).alias(name) for name in ("dead", "line", "source")])
    letters.select(
        "_id",
        F.col("dead").alias("reason"),
        "line",
        "source",
        F.lit(batch_id).cast("bigint").alias("batch_id"),
        now.alias("_ingest_ts"),
    ).createOrReplaceTempView("ingest_dead_letters")
    judged.sparkSession.sql(
        f"MERGE INTO {config.name('_dead_letters')} AS t USING ingest_dead_letters AS s ON t._id = s._id "
        "WHEN NOT MATCHED THEN INSERT *"
    )


def alert_query(config: Config, minutes: int = 15) -> str:
    """For an alert every so many minutes: a row for each reason, with a sample, when there is news; else none."""
    return (
        "SELECT reason, count(*) AS letters, min(_ingest_ts) AS first, any_value(left(line, 500)) AS sample "
        f"FROM {config.name('_dead_letters')} "
        f"WHERE _ingest_ts > current_timestamp() - INTERVAL {minutes} MINUTES GROUP BY reason ORDER BY letters DESC"
    )
