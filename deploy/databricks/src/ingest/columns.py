"""Which attribute gets which column: decided here, without Spark, from what a batch holds and the table has.

A column takes one type of DynamoDB, for good: that of most items of the batch in which its attribute first came.
What does not fit a column stays, whole, in `_rescued`, so that columns and `_rescued` together are the item:
values of another type, numbers that the column's type cannot hold exactly, names that differ from a column's in
case only or that Delta cannot have, explicit NULLs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

DECIMAL = (38, 18)  # of numbers, unless a column says otherwise
NUMBER_TYPE = f"decimal({DECIMAL[0]},{DECIMAL[1]})"
TYPES = {
    "S": "string",
    "N": NUMBER_TYPE,
    "B": "binary",
    "BOOL": "boolean",
    "SS": "array<string>",
    "NS": f"array<{NUMBER_TYPE}>",
    "BS": "array<binary>",
    "L": "array<string>",  # of typed JSON
    "M": "map<string,string>",  # to typed JSON
}
META = {
    "_key": ("string", "The key's values as a JSON array: what rows are matched by"),
    "_ord": ("string", "The greatest is the truth"),
    "_op": ("string", "INSERT, MODIFY, REMOVE, SNAPSHOT or POLL"),
    "_deleted": ("boolean", "The item is deleted; the row keeps older lines from bringing it back"),
    "_ttl": ("boolean", "Deleted by time-to-live"),
    "_event_ts": ("timestamp", "When it changed"),
    "_worker_ts": ("timestamp", "When the worker read the change"),
    "_ingest_ts": ("timestamp", "When the reader wrote this row"),
    "_event_id": ("string", "The stream's eventID"),
    "_rescued": ("string", "Typed JSON of what no column holds"),
}
# Delta's own, Spark's name of a file's metadata, and names of steps on the way.
RESERVED = {
    *META,
    "_metadata",
    "_change_type",
    "_commit_version",
    "_commit_timestamp",
    "@raw",
    "@typed",
    "@rest",
}
TRANSFORMED = "transformed"


@dataclass(frozen=True)
class Column:
    """A column of the rows table; `kind` is DynamoDB's type of its attribute, None when it is of no attribute."""

    name: str
    type: str
    kind: str | None
    transformed: bool = False

    @property
    def comment(self) -> str:
        words = [f"DynamoDB {self.kind}"] if self.kind else []
        return ", ".join(words + [TRANSFORMED] * self.transformed)

    @property
    def unwrapped_type(self) -> str:
        """What the attribute becomes before the transform sees it."""
        return TYPES[str(self.kind)] if self.transformed else self.type


def read_column(name: str, type_: str, comment: str) -> Column:
    """A column as the table has it. One that somebody made by hand, without a comment, takes what its type suggests."""
    transformed = comment.endswith(TRANSFORMED)
    said = re.match(r"DynamoDB ([A-Z]+)\b", comment)
    if said and said[1] in TYPES:
        return Column(name, type_, said[1], transformed)
    return Column(name, type_, None if transformed else _suggested_kind(type_), transformed)


def _suggested_kind(type_: str) -> str | None:
    numbers = r"(decimal\(\d+,\d+\)|tinyint|smallint|int|bigint|float|double)"
    if re.fullmatch(numbers, type_):
        return "N"
    if re.fullmatch(f"array<{numbers}>", type_):
        return "NS"
    kinds = {
        "string": "S",
        "binary": "B",
        "boolean": "BOOL",
        "array<string>": "SS",
        "array<binary>": "BS",
        "map<string,string>": "M",
    }
    return kinds.get(type_)


def fold(name: str) -> str:
    """Names with the same fold are one column to Spark (or nearly: rather rescued than mixed up)."""
    return name.upper().lower()


def may_be_column(name: str) -> bool:
    """Delta refuses blanks and ,;{}()= ; dots and quotes are more trouble than they are worth."""
    return bool(re.fullmatch(r"[\w\-:#@$/+]{1,255}", name)) and fold(name) not in RESERVED


def plan_columns(existing: Iterable[Column], found: Mapping[tuple[str, str], int], most: int) -> list[Column]:
    """The columns that this batch's attributes go to: the table's, then new ones in the order of their names.

    `found` counts items by attribute and type. Of names that differ in case alone the most frequent gets the column.
    """
    planned = list(existing)
    taken = {fold(column.name) for column in planned}
    chosen: dict[str, tuple[int, str, str]] = {}
    for (name, kind), count in found.items():
        if kind in TYPES and may_be_column(name) and fold(name) not in taken:
            candidate = (-count, name, kind)
            chosen[fold(name)] = min(chosen.get(fold(name), candidate), candidate)
    for _, name, kind in sorted(chosen.values(), key=lambda one: one[1]):
        if len(planned) + len(META) < most:
            planned.append(Column(name, TYPES[kind], kind))
    return [column for column in planned if column.kind]
