"""The alternative to the jobs: the same lines, merged by AUTO CDC into TABLE_auto_cdc. Run by the pipeline `cdc`.

Source, judgement of lines and columns are the reader's own; only the merge is Databricks'. Columns are declared
(`penstock.columns`): a pipeline's table cannot gain them from a batch. What no column holds is in `_rescued`.
"""

from __future__ import annotations

from ingest.lines import judge_lines, parse_lines
from ingest.source import open_source
from ingest.unwrap import to_columns
from pipeline.settings import read_settings
from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

# Deleted rows are remembered so long, lest an older line brings one back: longer than lines can be read again.
TOMBSTONE_SECONDS = 400 * 24 * 3600

spark = SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()
settings = read_settings(spark.conf.get)


def judged() -> DataFrame:
    return judge_lines(parse_lines(open_source(spark, settings.config)), settings.config.keys)


@dp.temporary_view(name=settings.changes)
def changes() -> DataFrame:
    """A row a line, the columns as the table has them."""
    return to_columns(judged(), settings.columns, F.current_timestamp())


dp.create_streaming_table(
    name=settings.target,
    comment="Equals the DynamoDB table: AUTO CDC of the lines that penstock lands",
    table_properties={
        "pipelines.cdc.tombstoneGCThresholdInSeconds": str(TOMBSTONE_SECONDS),
        "delta.enableDeletionVectors": "true",
    },
)

dp.create_auto_cdc_flow(
    target=settings.target,
    source=settings.changes,
    keys=["_key"],
    sequence_by=F.col("_ord"),
    apply_as_deletes=F.col("_deleted"),
    except_column_list=["_deleted"],
    stored_as_scd_type=1,
)


@dp.table(name=settings.dead_letters, comment="Lines that cannot become rows, with the reason")
def dead_letters() -> DataFrame:
    return judged().where("dead IS NOT NULL").select(F.col("dead").alias("reason"), "line", "source")
