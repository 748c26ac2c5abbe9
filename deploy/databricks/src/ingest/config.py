"""Every parameter of the reader, once: the dataclass, the command line and the job's parameters come from here."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

SOURCES = ("files", "kinesis")
LANDING_FORMATS = ("json", "parquet")
NAMED_TRIGGERS = ("available-now", "continuous")
INTERVAL = r"[1-9]\d{0,4} (seconds?|minutes?)"
IDENTIFIER = r"[\w$#@-]{1,200}"  # of a catalog, schema or table; written between backticks


def _parameter(default: Any, about: str, **more: Any) -> Any:
    return field(default=default, metadata={"about": about, **more})


@dataclass(frozen=True)
class Config:
    """One table's reader. An empty text is a parameter that is not set: a job passes those too."""

    schema: str = _parameter("", "The schema that holds the tables.")
    table: str = _parameter(
        "",
        "The view that equals the DynamoDB table; TABLE_rows, TABLE_dead_letters and TABLE_metrics "
        "stand beside it.",
    )
    catalog: str = _parameter("", "The catalog of Unity Catalog. Without it: the session's own.")
    landing: str = _parameter(
        "", "One table's prefix in the landing bucket: s3://BUCKET/ddb/orders/, a volume or a folder."
    )
    checkpoint: str = _parameter(
        "", "Where the stream keeps how far it has read: a folder of a volume, this stream's own."
    )
    trigger: str = _parameter(
        "available-now",
        "available-now (what is there, then end), continuous (batch after batch), or a time between "
        "batches such as '10 seconds'.",
    )
    source: str = _parameter(
        "files", "files (what Firehose landed) or kinesis (seconds, without S3).", choices=SOURCES
    )
    landing_format: str = _parameter(
        "json",
        "json (lines, gzip or not), or parquet (Firehose's conversion of --images text).",
        choices=LANDING_FORMATS,
    )
    kinesis_stream: str = _parameter("", "The Kinesis data stream, with --source kinesis.")
    region: str = _parameter("", "Its region.")
    key_attributes: str = _parameter(
        "",
        "The item's key attributes, partition key first: pk,sk. Without it: those of most lines of the "
        "first batch, kept as a property of the table.",
    )
    transform: str = _parameter(
        "", "MODULE:FUNCTION that takes and gives the DataFrame of rows before they are merged."
    )
    files_per_batch: int = _parameter(1000, "At most so many files in one batch.", least=1)
    columns_most: int = _parameter(
        1000, "At most so many columns are made; further attributes stay in _rescued.", least=10
    )
    source_options: tuple[str, ...] = _parameter(
        (),
        "NAME=VALUE for the source, such as cloudFiles.useManagedFileEvents=true; may be repeated.",
    )
    purge_days: int = _parameter(
        0,
        "Instead of reading: remove the tombstones of items deleted this many days ago or earlier. "
        "Longer than the oldest line that may still be read anew.",
        least=0,
    )

    def __post_init__(self) -> None:
        for problem in problems(self):
            raise ValueError(problem)

    def name(self, suffix: str = "") -> str:
        """The full name, quoted, of the view (no suffix) or of a table that stands beside it."""
        parts = [self.catalog, self.schema, self.table + suffix]
        return ".".join(f"`{part}`" for part in parts if part)

    @property
    def keys(self) -> list[str]:
        return [name for name in self.key_attributes.split(",") if name]

    @property
    def options(self) -> dict[str, str]:
        return dict(option.split("=", 1) for option in self.source_options)


def problems(config: Config) -> list[str]:
    """What is wrong with the parameters, each with its name and the remedy."""
    return [*_wrong_names(config), *_wrong_values(config), *_missing(config)]


def _wrong_names(config: Config) -> list[str]:
    found = []
    for name in ("catalog", "schema", "table"):
        value = getattr(config, name)
        if not value and name != "catalog":
            found.append(f"--{name} is missing")
        elif value and not re.fullmatch(IDENTIFIER, value):
            found.append(f"--{name} '{value}' is not a name: letters, digits and _-$#@, at most 200")
    return found


def _missing(config: Config) -> list[str]:
    if config.purge_days:
        return []
    wanted = ["checkpoint"] + (["landing"] if config.source == "files" else ["kinesis_stream", "region"])
    return [
        f"{_flag(name)} is missing (--source {config.source})" for name in wanted if not getattr(config, name)
    ]


def _wrong_values(config: Config) -> list[str]:
    found = []
    if config.trigger not in NAMED_TRIGGERS and not re.fullmatch(INTERVAL, config.trigger):
        named = ", ".join(NAMED_TRIGGERS)
        found.append(f"--trigger '{config.trigger}' is none of {named} and no time such as '10 seconds'")
    if config.transform and not re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", config.transform):
        found.append(f"--transform '{config.transform}' is not MODULE:FUNCTION")
    if len(config.keys) > 2 or len(set(config.keys)) != len(config.keys):
        found.append(f"--key-attributes '{config.key_attributes}': a DynamoDB key has one or two attributes")
    for option in config.source_options:
        if not re.fullmatch(r"[^=\s]+=.*", option):
            found.append(f"--source-options '{option}' is not NAME=VALUE")
    for one in fields(config):
        value = getattr(config, one.name)
        if "choices" in one.metadata and value not in one.metadata["choices"]:
            found.append(f"{_flag(one.name)} '{value}' is none of {', '.join(one.metadata['choices'])}")
        if "least" in one.metadata and value < one.metadata["least"]:
            found.append(f"{_flag(one.name)} {value} is below {one.metadata['least']}")
    return found


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="ingest", description=Config.__doc__, allow_abbrev=False)
    for one in fields(Config):
        if isinstance(one.default, tuple):
            how: dict[str, Any] = {"action": "append", "default": []}
        else:
            how = {"type": _integer if isinstance(one.default, int) else str, "default": one.default}
        default = f" Default: {one.default}." if one.default else ""
        made.add_argument(_flag(one.name), help=(one.metadata["about"] + default).replace("%", "%%"), **how)
    return made


def _integer(text: str) -> int:
    return int(text or 0)


def read_config(arguments: Sequence[str]) -> Config:
    """From the command line; ends the process with the reason when a parameter is wrong."""
    made = parser()
    values = vars(made.parse_args(arguments))
    for one in fields(Config):
        if isinstance(one.default, tuple):
            values[one.name] = tuple(text for text in values[one.name] if text)
        elif values[one.name] in ("", 0):
            values[one.name] = one.default
    try:
        return Config(**values)
    except ValueError as error:
        made.error(str(error))
