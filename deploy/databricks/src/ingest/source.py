"""Where lines come from: the one place that knows Databricks from elsewhere, and files from Kinesis.

Every source gives the same two columns: `line`, one landed line as text, and `source`, where it was read.
"""

from __future__ import annotations

import os

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ingest.config import Config
from ingest.lines import ENVELOPE

# Firehose's Parquet: the same members; the key is a map there, the images are texts (`--images text`).
PARQUET = ENVELOPE.replace("keys STRING", "keys MAP<STRING, MAP<STRING, STRING>>")


def is_databricks() -> bool:
    return "DATABRICKS_RUNTIME_VERSION" in os.environ


def open_source(spark: SparkSession, config: Config) -> DataFrame:
    """A stream of lines. Off Databricks files are listed by Spark itself, and there is no Kinesis."""
    if config.source == "kinesis":
        if not is_databricks():
            raise ValueError("--source kinesis needs Databricks: its runtime brings the connector")
        return lines_of_kinesis(_open(spark, "kinesis", kinesis_options(config)).load())
    kind, options = ("cloudFiles", auto_loader_options(config)) if is_databricks() else plain_files(config)
    reader = _open(spark, kind, options).schema(_file_schema(config))
    return lines_of_files(reader.load(config.landing), config)


def _open(spark: SparkSession, kind: str, options: dict[str, str]):
    return spark.readStream.format(kind).options(**options)


def _file_schema(config: Config) -> str:
    return PARQUET if config.landing_format == "parquet" else "value STRING"


def _file_format(config: Config) -> str:
    return "parquet" if config.landing_format == "parquet" else "text"


def auto_loader_options(config: Config) -> dict[str, str]:
    return {
        "cloudFiles.format": _file_format(config),
        "cloudFiles.maxFilesPerTrigger": str(config.files_per_batch),
        "cloudFiles.partitionColumns": "",  # dt= and HH= say when Firehose wrote, not what changed
        "lineSep": "\n",  # else a lone carriage return would end a line as well
        **config.options,
    }


def plain_files(config: Config) -> tuple[str, dict[str, str]]:
    return (
        _file_format(config),
        {
            "maxFilesPerTrigger": str(config.files_per_batch),
            "recursiveFileLookup": "true",  # no columns from dt=/HH=, and no two layouts that contradict each other
            "maxFileAge": "36500d",  # else a file a week older than the newest is passed over in silence
            "lineSep": "\n",
            **config.options,
        },
    )


def kinesis_options(config: Config) -> dict[str, str]:
    return {
        "streamName": config.kinesis_stream,
        "region": config.region,
        "initialPosition": "trim_horizon",
        **config.options,
    }


def lines_of_files(files: DataFrame, config: Config) -> DataFrame:
    members = [part.split()[0] for part in ENVELOPE.split(", ")]
    line = F.to_json(F.struct(*members)) if config.landing_format == "parquet" else F.col("value")
    return files.select(line.alias("line"), F.col("_metadata.file_path").alias("source"))


def lines_of_kinesis(records: DataFrame) -> DataFrame:
    """A Kinesis record holds one or more whole lines, as a Firehose record does."""
    lines = F.explode(F.split(F.col("data").cast("string"), "\n"))
    where = F.concat_ws("/", "stream", "shardId", "sequenceNumber")
    return records.select(lines.alias("line"), where.alias("source"))
