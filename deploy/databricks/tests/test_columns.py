"""Which attribute gets which column, and that no two runs can disagree about it."""

from __future__ import annotations

import random

import pytest
from ingest.columns import META, Column, may_be_column, plan_columns, read_column

PRICE = Column("price", "decimal(38,18)", "N")


def names(columns: list[Column]) -> list[tuple[str, str | None]]:
    return [(column.name, column.kind) for column in columns]


def test_the_tables_columns_stay_and_new_ones_follow_by_name() -> None:
    found = {("price", "S"): 99, ("b", "SS"): 1, ("a", "M"): 1}
    assert names(plan_columns([PRICE], found, 100)) == [("price", "N"), ("a", "M"), ("b", "SS")]


def test_a_new_columns_type_is_that_of_most_items_whatever_order_they_are_counted_in() -> None:
    found = {
        ("x", "S"): 3,
        ("x", "N"): 5,
        ("y", "S"): 2,
        ("y", "N"): 2,
        ("Z", "S"): 1,
        ("z", "S"): 1,
        ("z", "N"): 1,
    }
    chance = random.Random(1)
    for _ in range(50):
        shuffled = list(found.items())
        chance.shuffle(shuffled)
        assert names(plan_columns([], dict(shuffled), 100)) == [("Z", "S"), ("x", "N"), ("y", "N")]


def test_of_names_that_differ_in_case_one_is_a_column() -> None:
    assert names(plan_columns([PRICE], {("Price", "N"): 9}, 100)) == [("price", "N")]
    assert names(plan_columns([], {("name", "S"): 1, ("Name", "S"): 2}, 100)) == [("Name", "S")]


def test_what_is_no_type_makes_no_column() -> None:
    assert plan_columns([], {("a", ""): 5, ("b", "NULL"): 5}, 100) == []


def test_columns_have_an_end() -> None:
    found = {(f"a{number:03}", "S"): 1 for number in range(50)}
    assert len(plan_columns([PRICE], found, len(META) + 10)) == 10


def test_a_transforms_own_column_takes_no_attribute() -> None:
    total = read_column("total", "decimal(38,18)", "transformed")
    assert plan_columns([total], {("total", "N"): 1}, 100) == []


@pytest.mark.parametrize(
    ("type_", "comment", "kind", "unwrapped"),
    [
        ("string", "DynamoDB S", "S", "string"),
        ("array<string>", "DynamoDB L", "L", "array<string>"),
        ("array<string>", "", "SS", "array<string>"),
        ("string", "DynamoDB N", "N", "string"),
        ("string", "DynamoDB N, transformed", "N", "decimal(38,18)"),
        ("bigint", "", "N", "bigint"),
        ("decimal(20,2)", "what it costs", "N", "decimal(20,2)"),
        ("array<decimal(38,0)>", "", "NS", "array<decimal(38,0)>"),
        ("array<binary>", "", "BS", "array<binary>"),
        ("map<string,string>", "", "M", "map<string,string>"),
        ("boolean", "", "BOOL", "boolean"),
        ("binary", "", "B", "binary"),
    ],
)
def test_a_column_tells_its_attributes_type(type_: str, comment: str, kind: str, unwrapped: str) -> None:
    column = read_column("x", type_, comment)
    assert (column.kind, column.unwrapped_type) == (kind, unwrapped)
    if comment.startswith("DynamoDB"):
        assert column.comment == comment


def test_a_type_that_holds_no_attribute_takes_none() -> None:
    assert read_column("x", "struct<a:int>", "").kind is None
    assert read_column("x", "timestamp", "").kind is None


@pytest.mark.parametrize(
    "name", ["price", "order-id", "__typename", "größe", "a:b", "#hash", "1st", "x" * 255]
)
def test_ordinary_names_are_columns(name: str) -> None:
    assert may_be_column(name)


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a,b", "a;b", "{a}", "a=b", "a.b", "a`b", 'a"b', "x" * 256, "_DELETED", "_metadata"]
)  # fmt: skip
def test_names_that_delta_or_we_cannot_have_are_not(name: str) -> None:
    assert not may_be_column(name)
