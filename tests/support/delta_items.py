"""A Delta table that the reader filled, as DynamoDB's items again: its columns and `_rescued`, nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ingest.columns import Column
from ingest.config import Config
from ingest.tables import read_columns
from pyspark.sql import Row, SparkSession

from tests.support.landing import Item


def typed(kind: str, value: Any) -> Item:
    if kind == "N":
        return {kind: str(value)}
    if kind == "B":
        return {kind: bytes(value)}
    if kind == "NS":
        return {kind: [str(one) for one in value]}
    if kind == "BS":
        return {kind: [bytes(one) for one in value]}
    if kind == "L":
        return {kind: [json.loads(one) for one in value]}
    if kind == "M":
        return {kind: {name: json.loads(one) for name, one in value.items()}}
    return {kind: value}


def item_of(row: Row, columns: list[Column]) -> Item:
    item: Item = json.loads(row["_rescued"] or "{}")
    for column in columns:
        if row[column.name] is not None:
            assert column.name not in item, f"{column.name} is both a column's and rescued: {row['_key']}"
            item[column.name] = typed(str(column.kind), row[column.name])
    return item


def items_of(spark: SparkSession, config: Config) -> Iterator[Item]:
    """What the view shows."""
    columns = read_columns(spark, config)
    for row in spark.table(config.name()).toLocalIterator():
        yield item_of(row, columns)
