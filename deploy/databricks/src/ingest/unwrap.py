"""From typed images to columns: exactly, or into `_rescued`."""

from __future__ import annotations

import re

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ingest.columns import DECIMAL, META, TYPES, Column
from ingest.lines import ATTRIBUTES, RAW_ATTRIBUTES, milliseconds
from ingest.numbers import exact_decimal
from ingest.tables import quoted

SETS = ("SS", "NS", "BS")


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
    """The rows as the table has them: `_key` and its like, then a column for each attribute planned.

    Catalyst keeps what it can infer of a plan, once for each way to name things in it. So columns have their final
    names before one expression mentions them all (else their number is an exponent), and lambdas are kept flat.
    """
    typed = F.transform_values("attributes", lambda _, value: typed_value(value)).alias("@typed")
    raw = F.col("raw").alias("@raw")
    own = _own_columns(now)
    names = [F.col(quoted(column.name)) for column in columns]
    ours = [name for name in META if name != "_rescued"]
    rows = with_attributes(newest.where("_key IS NOT NULL")).select(*own, raw, typed)
    rows = rows.select(*ours, "@raw", *[unwrapped(column).alias(column.name) for column in columns])
    rows = rows.select(*ours, "@raw", *[_whole(column) for column in columns])
    kept = [F.when(name.isNotNull(), F.lit(column.name)) for name, column in zip(names, columns, strict=True)]
    rows = rows.withColumn("@rest", F.array_except(F.map_keys("@raw"), F.array(F.lit(""), *kept)))
    return rows.select(*ours, rescued().alias("_rescued"), *names)


def _own_columns(now: Expression) -> list[Expression]:
    """In the order of META; `_rescued` follows once it is known what is kept."""
    return [
        F.col("_key"),
        F.col("ord").alias("_ord"),
        F.col("op").alias("_op"),
        (F.col("op") == "REMOVE").alias("_deleted"),
        F.coalesce("ttl", F.lit(False)).alias("_ttl"),
        milliseconds("event_ts_ms").alias("_event_ts"),
        milliseconds("worker_ts_ms").alias("_worker_ts"),
        now.alias("_ingest_ts"),
        F.col("event_id").alias("_event_id"),
    ]


def rescued() -> Expression:
    """{"name": typed value, …} of the attributes `@rest`, which no column holds; NULL when there are none."""
    member = F.transform(
        "@rest",
        lambda name: F.concat(
            _json(name), F.lit(":"), F.coalesce(F.try_element_at("@raw", name), F.lit("null"))
        ),
    )
    return F.when(F.size("@rest") > 0, F.concat(F.lit("{"), F.array_join(member, ","), F.lit("}")))


def _json(text: Expression) -> Expression:
    array = F.to_json(F.array(text))
    return array.substr(F.lit(2), F.length(array) - 2)


def typed_value(value: Expression) -> Expression:
    """One attribute, by DynamoDB's types: numbers and binary converted, in one place for all columns; sets not yet."""
    return F.struct(
        exact_decimal(value["N"], *DECIMAL).alias("N"),
        F.try_to_binary(value["B"], F.lit("base64")).alias("B"),
        value["N"].alias("N_text"),
        *[value[kind].alias(kind) for kind in TYPES if kind not in ("N", "B")],
    )


def unwrapped(column: Column) -> Expression:
    """The attribute as the column's type; NULL when it is absent, of another type, or does not fit exactly."""
    value = F.try_element_at(F.col("@typed"), F.lit(column.name))
    kind, type_ = str(column.kind), column.unwrapped_type
    if kind == "N" and type_ != TYPES["N"]:
        return _number(value["N_text"], type_)
    if kind == "NS":
        element = type_.removeprefix("array<").removesuffix(">")
        return F.transform(value["NS"], lambda one: _number(one, element))
    if kind == "BS":
        return F.transform(value["BS"], lambda one: F.try_to_binary(one, F.lit("base64")))
    return value[kind]


def _whole(column: Column) -> Expression:
    """A set is kept when all of its members are."""
    value = F.col(quoted(column.name))
    if column.kind not in SETS:
        return value
    return F.when(~F.exists(value, lambda one: one.isNull()), value).alias(column.name)


def _number(text: Expression, type_: str) -> Expression:
    """As the column's type, which may be one that somebody made by hand."""
    if type_ == "string":
        return text
    if decimal := re.fullmatch(r"decimal\((\d+),(\d+)\)", type_):
        return exact_decimal(text, int(decimal[1]), int(decimal[2]))
    if type_ in ("float", "double"):
        return text.try_cast(type_)  # which takes the rounding
    return exact_decimal(text, 38, 0).try_cast(type_)
