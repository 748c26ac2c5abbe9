"""What the pipeline is told by its configuration: `penstock.…`, as resources/cdc.pipeline.yml sets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ingest.columns import TYPES, Column, fold, may_be_column
from ingest.config import Config

PREFIX = "penstock."
NAMES = ("schema", "table", "landing", "landing_format", "key_attributes", "columns")


@dataclass(frozen=True)
class Settings:
    config: Config
    columns: list[Column]

    @property
    def target(self) -> str:
        return f"{self.config.table}_auto_cdc"

    @property
    def changes(self) -> str:
        return f"{self.config.table}_changes"

    @property
    def dead_letters(self) -> str:
        return f"{self.config.table}_auto_cdc_dead_letters"


def read_settings(get: Callable[[str, str], str]) -> Settings:
    """`get(name, default)` as of spark.conf; ValueError that names what is wrong."""
    values = {name: get(PREFIX + name, "") for name in NAMES}
    columns = read_columns(values.pop("columns"))
    # The pipeline keeps checkpoints itself; catalog and schema are the pipeline's own.
    config = Config(
        checkpoint="the pipeline's own", **{name: value for name, value in values.items() if value}
    )
    if not config.keys:
        raise ValueError("key_attributes is missing: a pipeline cannot look for them in the lines")
    return Settings(config, columns)


def read_columns(text: str) -> list[Column]:
    """`status S, price N, tags SS`: attributes with their types in DynamoDB."""
    columns: dict[str, Column] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, kind = part.rpartition(" ")
        name = name.strip()
        if kind not in TYPES or not may_be_column(name):
            raise ValueError(f"cdc_columns: '{part}' is not NAME TYPE with a type of {' '.join(TYPES)}")
        if fold(name) in columns:
            raise ValueError(f"cdc_columns: {name} is there twice")
        columns[fold(name)] = Column(name, TYPES[kind], kind)
    return list(columns.values())
