"""A landed line: parsed, and judged. Nothing here may throw: a line that would stop the stream stops it for ever.

What a line is, the project's README says under "A landed line".
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ingest.numbers import canonical_number

# Objects read as STRING keep their JSON text, and so does JSON text in a string (`--images text`).
ENVELOPE = (
    "v INT, event_id STRING, op STRING, ord STRING, event_ts_ms BIGINT, worker_ts_ms BIGINT, ttl BOOLEAN, "
    "keys STRING, new_image STRING"
)
ATTRIBUTE = (
    "STRUCT<S: STRING, N: STRING, B: STRING, BOOL: BOOLEAN, `NULL`: BOOLEAN, SS: ARRAY<STRING>, "
    "NS: ARRAY<STRING>, BS: ARRAY<STRING>, L: ARRAY<STRING>, M: MAP<STRING, STRING>>"
)
ATTRIBUTES = f"MAP<STRING, {ATTRIBUTE}>"
RAW_ATTRIBUTES = "MAP<STRING, STRING>"
KEYS = "MAP<STRING, STRUCT<S: STRING, N: STRING, B: STRING>>"
OPS = ("INSERT", "MODIFY", "REMOVE", "SNAPSHOT", "POLL")
ORD = r"^\d{6}#\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}#."
GREATEST_TS_MS = 253402300799999  # the year 9999


def parse_lines(lines: DataFrame) -> DataFrame:
    """`line` and `source` in; the envelope's members and `whole` are added. Blank lines go.

    The parser ends at the first value and would not see what follows it on the line, such as a second object
    whose line feed is missing. So it is given an array that has to hold the line and one thing more.
    """
    array = F.concat(F.lit("["), "line", F.lit(',{"v":0}]'))
    pair = F.from_json(array, f"ARRAY<STRUCT<{ENVELOPE}>>")
    parsed = lines.where(F.trim("line") != "").withColumn("pair", pair)
    first, second = F.get("pair", 0), F.get("pair", 1)
    whole = (F.size("pair") == 2) & (second["v"] == 0) & first.isNotNull()
    return parsed.select(
        "line", "source", F.coalesce(whole, F.lit(False)).alias("whole"), first.alias("envelope")
    ).select("line", "source", "whole", "envelope.*")


def judge_lines(parsed: DataFrame, key_names: list[str]) -> DataFrame:
    """Adds `_key`, the text that rows are matched by, `item`, and `dead`: the reason, where the line is of no use.

    `_key` is the key's values as a JSON array, in the order of `key_names`; numbers in one form. (A column of
    DECIMAL would make one item of two whose numbers overflow it.)
    """
    is_remove = F.col("op") == "REMOVE"
    item = F.when(is_remove, F.col("keys")).otherwise(F.col("new_image"))
    keyed = parsed.withColumn("item", item).withColumn("key_values", F.from_json("keys", KEYS))
    # A step of its own, since the values stand in several expressions.
    of_names = [_key_value(F.try_element_at("key_values", F.lit(name))) for name in key_names]
    valued = keyed.select("*", *[value.alias(f"key{number}") for number, value in enumerate(of_names)])
    values = [F.col(f"key{number}") for number in range(len(of_names))]
    judged = valued.withColumn("dead", F.coalesce(*_reasons(key_names, values)))
    key = F.when(F.col("dead").isNull(), F.to_json(F.array(*values)))
    return judged.withColumn("_key", key).drop(
        "key_values", "whole", *[f"key{n}" for n in range(len(values))]
    )


def _key_value(value: Column) -> Column:
    """NULL when it is no S, N or B as DynamoDB writes them."""
    binary = F.when(F.try_to_binary(value["B"], F.lit("base64")).isNotNull(), value["B"])
    return F.coalesce(value["S"], canonical_number(value["N"]), binary)


def _reasons(key_names: list[str], values: list[Column]) -> list[Column]:
    """Each NULL where it does not apply; the first that does is the line's."""
    sane_ts = F.col("event_ts_ms").between(0, GREATEST_TS_MS)
    missing = [
        _unless(value.isNotNull(), f"the key lacks '{name}', or it is no S, N or B")
        for name, value in zip(key_names, values, strict=True)
    ]
    return [
        _unless("whole", "not one JSON object"),
        _unless(F.col("v") == 1, "v is not 1"),
        _unless(F.col("event_id").isNotNull(), "no event_id"),
        _unless(F.col("op").isin(*OPS), "op is none of " + " ".join(OPS)),
        _unless(F.col("ord").rlike(ORD), "ord is not EPOCH#STREAM#SEQUENCE"),
        _unless(sane_ts, "event_ts_ms is no time in milliseconds"),
        _unless(F.col("key_values").isNotNull(), "keys is not typed JSON"),
        _unless(F.lit(bool(key_names)), "the table's key is not known"),
        *missing,
        _unless(F.size("key_values") == len(key_names), "keys has other attributes than the table's key"),
        _unless(F.col("item").isNotNull(), "no new_image"),
        _unless(F.from_json("item", ATTRIBUTES).isNotNull(), "new_image is not typed JSON"),
    ]


def _unless(holds: Column | str, reason: str) -> Column:
    condition = F.col(holds) if isinstance(holds, str) else holds
    return F.when(~F.coalesce(condition, F.lit(False)), F.lit(reason))


def milliseconds(name: str) -> Column:
    """A time; NULL beyond the year 9999, for which Spark would stop the stream."""
    return F.when(F.col(name).between(0, GREATEST_TS_MS), F.timestamp_millis(name))


def find_key_names(parsed: DataFrame) -> list[str]:
    """Those of most lines; of as many, the more. Lines of one table that differ here are poison."""
    names = F.array_sort(F.map_keys(F.from_json("keys", KEYS)))
    counted = parsed.where("whole AND v = 1").groupBy(names.alias("names")).count().where("names IS NOT NULL")
    best = counted.orderBy(F.desc("count"), F.desc(F.size("names")), "names").limit(1).collect()
    return list(best[0]["names"]) if best and 1 <= len(best[0]["names"]) <= 2 else []
