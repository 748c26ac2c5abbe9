"""From typed images to columns: exactly, or into `_rescued`."""

from __future__ import annotations

import re

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ingest.columns import DECIMAL, TYPES, Column
from ingest.lines import ATTRIBUTES, RAW_ATTRIBUTES, milliseconds
from ingest.numbers import exact_decimal


def newest_of_each_key(judged: DataFrame) -> DataFrame:
    """One row a key, that of the greatest `ord`: MERGE takes no two rows for one target. `lines` says of how many.

    The row without a key stands for all dead lines.
    """
    kept = ["ord", "op", "item", "event_id", "event_ts_ms", "worker_ts_ms", "ttl"]
    grouped = judged.groupBy("_key").agg(
        F.max_by(F.struct(*kept), "ord").alias("newest"),
        F.count("*").alias("lines"),
        F.max("event_ts_ms").alias("newest_ts_ms"),
        F.min("event_ts_ms").alias("oldest_ts_ms"),
    )
    return grouped.select("_key", "lines", "newest_ts_ms", "oldest_ts_ms", "newest.*")


def with_attributes(newest: DataFrame) -> DataFrame:
    """Adds `attributes` (by type) and `raw` (each attribute's typed JSON)."""
    return newest.withColumn("attributes", F.from_json("item", ATTRIBUTES)).withColumn(
        "raw", F.from_json("item", RAW_ATTRIBUTES)
    )


def kind_of(value: Expression) -> Expression:
    """DynamoDB's type of an attribute; NULL for what is none (or is an explicit NULL, which no column holds)."""
    return F.coalesce(*[F.when(value[kind].isNotNull(), F.lit(kind)) for kind in TYPES])


def to_columns(newest: DataFrame, columns: list[Column], now: Expression) -> DataFrame:
    """The rows as the table has them: `_key` and its like, then a column for each attribute planned."""
    values = {column.name: unwrapped(column) for column in columns}
    # Values are converted in one place for all attributes, so that a wide table's plan does not grow with each.
    typed = F.transform_values("attributes", lambda _, value: typed_value(value))
    converted = with_attributes(newest.where("_key IS NOT NULL")).withColumn("typed", typed)
    with_values = converted.select("*", *[value.alias(f"@{name}") for name, value in values.items()])
    kept = F.filter(
        F.array(*[F.when(F.col(f"`@{name}`").isNotNull(), F.lit(name)) for name in values]).cast(
            "array<string>"
        ),
        lambda name: name.isNotNull(),
    )
    return with_values.select(
        "_key",
        F.col("ord").alias("_ord"),
        F.col("op").alias("_op"),
        (F.col("op") == "REMOVE").alias("_deleted"),
        F.coalesce("ttl", F.lit(False)).alias("_ttl"),
        milliseconds("event_ts_ms").alias("_event_ts"),
        milliseconds("worker_ts_ms").alias("_worker_ts"),
        now.alias("_ingest_ts"),
        F.col("event_id").alias("_event_id"),
        rescued(F.col("raw"), kept).alias("_rescued"),
        *[F.col(f"`@{name}`").alias(name) for name in values],
    )


def rescued(raw: Expression, kept: Expression) -> Expression:
    """{"name": typed value, …} of the attributes that are not kept in a column; NULL when all are."""
    rest = F.filter(F.map_entries(raw), lambda entry: ~F.array_contains(kept, entry["key"]))
    member = F.transform(
        rest, lambda e: F.concat(_quoted(e["key"]), F.lit(":"), F.coalesce(e["value"], F.lit("null")))
    )
    return F.when(F.size(rest) > 0, F.concat(F.lit("{"), F.array_join(member, ","), F.lit("}")))


def _quoted(text: Expression) -> Expression:
    array = F.to_json(F.array(text))
    return array.substr(F.lit(2), F.length(array) - 2)


def typed_value(value: Expression) -> Expression:
    """One attribute: by DynamoDB's types, as the columns' usual types; `N_text` and `NS_text` for columns of others."""
    precision, scale = DECIMAL
    return F.struct(
        value["S"].alias("S"),
        value["N"].alias("N_text"),
        exact_decimal(value["N"], precision, scale).alias("N"),
        F.try_to_binary(value["B"], F.lit("base64")).alias("B"),
        value["BOOL"].alias("BOOL"),
        _whole(value["SS"]).alias("SS"),
        _whole(value["NS"]).alias("NS_text"),
        _whole(F.transform(value["NS"], lambda one: exact_decimal(one, precision, scale))).alias("NS"),
        _whole(F.transform(value["BS"], lambda one: F.try_to_binary(one, F.lit("base64")))).alias("BS"),
        value["L"].alias("L"),
        value["M"].alias("M"),
    )


def _whole(array: Expression) -> Expression:
    """A set is kept when all of its members are."""
    return F.when(~F.exists(array, lambda one: one.isNull()), array)


def unwrapped(column: Column) -> Expression:
    """The attribute as the column's type; NULL when it is absent, of another type, or does not fit exactly."""
    value = F.try_element_at(F.col("typed"), F.lit(column.name))
    kind, type_ = str(column.kind), column.unwrapped_type
    if kind == "N" and type_ != TYPES["N"]:
        return _number(value["N_text"], type_)
    if kind == "NS" and type_ != TYPES["NS"]:
        element = type_.removeprefix("array<").removesuffix(">")
        return _whole(F.transform(value["NS_text"], lambda one: _number(one, element)))
    return value[kind]


def _number(text: Expression, type_: str) -> Expression:
    """For columns that somebody made by hand, with a type of their own."""
    if type_ == "string":
        return text
    if decimal := re.fullmatch(r"decimal\((\d+),(\d+)\)", type_):
        return exact_decimal(text, int(decimal[1]), int(decimal[2]))
    if type_ in ("float", "double"):
        return text.try_cast(type_)  # which takes the rounding
    return exact_decimal(text, 38, 0).try_cast(type_)
