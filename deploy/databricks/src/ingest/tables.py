"""The tables and the view: made, and widened by new columns."""

from __future__ import annotations

import json

from pyspark.sql import SparkSession

from ingest.columns import META, Column, read_column
from ingest.config import Config

KEY_PROPERTY = "ingest.keyAttributes"
# Rewriting a file for one row of it is what a MERGE costs most; clustering keeps a key's rows in few files.
PROPERTIES = {"delta.enableDeletionVectors": "true"}


def text(value: str) -> str:
    """A literal of SQL."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def make_rows_table(spark: SparkSession, config: Config) -> None:
    columns = ", ".join(f"{name} {type_} COMMENT {text(about)}" for name, (type_, about) in META.items())
    properties = ", ".join(f"{text(name)} = {text(value)}" for name, value in PROPERTIES.items())
    spark.sql(
        f"CREATE TABLE IF NOT EXISTS {config.name('_rows')} ({columns}) USING DELTA CLUSTER BY (_key) "
        f"TBLPROPERTIES ({properties})"
    )


def read_columns(spark: SparkSession, config: Config) -> list[Column]:
    """The columns beside our own, as the table has them at this moment."""
    fields = spark.table(config.name("_rows")).schema.fields
    return [
        read_column(field.name, field.dataType.simpleString(), field.metadata.get("comment", ""))
        for field in fields
        if field.name not in META
    ]


def add_columns(spark: SparkSession, config: Config, columns: list[Column]) -> None:
    if columns:
        words = ", ".join(f"{quoted(one.name)} {one.type} COMMENT {text(one.comment)}" for one in columns)
        spark.sql(f"ALTER TABLE {config.name('_rows')} ADD COLUMNS ({words})")


def read_key_names(spark: SparkSession, config: Config) -> list[str]:
    """The key attributes that the table was begun with; empty before its first batch."""
    for row in spark.sql(f"SHOW TBLPROPERTIES {config.name('_rows')}").collect():
        if row["key"] == KEY_PROPERTY:
            return list(json.loads(row["value"]))
    return []


def keep_key_names(spark: SparkSession, config: Config, names: list[str]) -> None:
    value = text(json.dumps(names))
    spark.sql(f"ALTER TABLE {config.name('_rows')} SET TBLPROPERTIES ({text(KEY_PROPERTY)} = {value})")


def renew_view(spark: SparkSession, config: Config) -> None:
    """The view of what is not deleted, with every column of the table.

    A view keeps the columns that it was made with. ALTER rather than CREATE OR REPLACE, which forgets the grants.
    """
    names = [name for name in spark.table(config.name("_rows")).columns if name != "_deleted"]
    selected = ", ".join(quoted(name) for name in names)
    query = f"SELECT {selected} FROM {config.name('_rows')} WHERE NOT _deleted"
    spark.sql(f"CREATE VIEW IF NOT EXISTS {config.name()} AS {query}")
    if spark.table(config.name()).columns != names:
        spark.sql(f"ALTER VIEW {config.name()} AS {query}")
