"""What the AUTO CDC pipeline takes from its configuration, and what it refuses before any data is read."""

from __future__ import annotations

import pytest
from pipeline.settings import read_columns, read_settings

GIVEN = {
    "penstock.schema": "lake",
    "penstock.table": "orders",
    "penstock.landing": "s3://lake/ddb/orders/",
    "penstock.key_attributes": "pk,sk",
    "penstock.columns": "status S, price N,tags SS",
}


def settings(**changes: str):
    given = GIVEN | {f"penstock.{name}": value for name, value in changes.items()}
    return read_settings(lambda name, default: given.get(name, default))


def test_columns_are_attributes_with_their_types() -> None:
    made = settings()
    assert [(one.name, one.type, one.kind) for one in made.columns] == [
        ("status", "string", "S"),
        ("price", "decimal(38,18)", "N"),
        ("tags", "array<string>", "SS"),
    ]
    assert made.config.keys == ["pk", "sk"] and made.config.landing_format == "json"
    assert (made.target, made.dead_letters) == ("orders_auto_cdc", "orders_auto_cdc_dead_letters")
    assert settings(columns="").columns == []
    assert settings(landing_format="parquet").config.landing_format == "parquet"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("status STRING", "'status STRING' is not NAME TYPE"),
        ("status", "'status' is not NAME TYPE"),
        ("two words S", "'two words S' is not NAME TYPE"),
        ("_ord S", "'_ord S' is not NAME TYPE"),
        ("price N, Price N", "Price is there twice"),
    ],
)
def test_a_wrong_column_is_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_columns(text)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"key_attributes": ""}, "key_attributes is missing"),
        ({"landing": ""}, "landing is missing"),
        ({"table": ""}, "table is missing"),
        ({"landing_format": "orc"}, "landing-format 'orc'"),
    ],
)
def test_what_is_missing_is_named(changes: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        settings(**changes)
