"""The user's own step: a function that takes the rows of a batch, one a changed item, and gives them back changed.

It may add columns, change or drop those of attributes, and hide what should not arrive. It must keep every row
(deleted items are rows whose attributes are NULL) and the columns of the reader's own (`_key`, `_ord`, …). It runs
again when a batch does, so it should depend on nothing but its rows. An attribute that is dropped for what is in it
may stand in `_rescued` as well (a value of another type): drop it there too.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ingest.columns import META, Column

Transform = Callable[[DataFrame], DataFrame]


def example(rows: DataFrame) -> DataFrame:
    """--transform ingest.transform:example: orders with their total, and a customer's address that cannot be read."""
    if {"price", "quantity"} <= set(rows.columns):
        rows = rows.withColumn("total", (F.col("price") * F.col("quantity")).cast("decimal(38,18)"))
    if "email" in rows.columns:
        rows = rows.withColumn("email", F.sha2(F.lower("email"), 256))
    return rows


def load_transform(name: str) -> Transform:
    """MODULE:FUNCTION; without a name, the step that changes nothing."""
    if not name:
        return lambda rows: rows
    module, _, function = name.partition(":")
    found = getattr(importlib.import_module(module), function, None)
    if not callable(found):
        raise ValueError(f"--transform {name}: module {module} has no function {function}")
    return found


def columns_after(transformed: DataFrame, planned: list[Column]) -> list[Column]:
    """The columns that the transform's result has beside our own; an error when it has broken one of ours."""
    types = {field.name: field.dataType.simpleString() for field in transformed.schema.fields}
    for name, (type_, _) in META.items():
        if types.get(name) != type_:
            raise ValueError(
                f"the transform must leave {name} as it is ({type_}); it made it {types.get(name)}"
            )
    before = {column.name: column for column in planned}
    return [_column_after(name, type_, before.get(name)) for name, type_ in types.items() if name not in META]


def _column_after(name: str, type_: str, before: Column | None) -> Column:
    if before and before.type == type_:
        return before
    return Column(name, type_, before.kind if before else None, transformed=True)
