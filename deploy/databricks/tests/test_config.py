"""A wrong parameter is refused at start, by its name; a job's empty parameters count as not given."""

from __future__ import annotations

import pytest
from ingest.config import Config, read_config

GOOD = [
    "--schema",
    "ddb",
    "--table",
    "orders",
    "--landing",
    "s3://lake/orders/",
    "--checkpoint",
    "/Volumes/c",
]


def test_what_a_job_passes_empty_is_the_default() -> None:
    empty = ["--catalog", "", "--trigger", "", "--transform", "", "--purge-days", "", "--source-options", ""]
    assert read_config([*GOOD, *empty]) == read_config(GOOD)


def test_names_are_quoted_and_stand_beside_each_other() -> None:
    config = read_config([*GOOD, "--catalog", "main"])
    assert config.name() == "`main`.`ddb`.`orders`"
    assert config.name("_dead_letters") == "`main`.`ddb`.`orders_dead_letters`"
    assert read_config(GOOD).name("_rows") == "`ddb`.`orders_rows`"


def test_keys_and_options_are_read() -> None:
    options = ["--source-options", "a.b=x=y", "--source-options", "c="]
    config = read_config([*GOOD, "--key-attributes", "pk,sk", *options])
    assert config.keys == ["pk", "sk"]
    assert config.options == {"a.b": "x=y", "c": ""}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"table": ""}, "--table is missing"),
        ({"schema": "a.b"}, "--schema 'a.b' is not a name"),
        ({"catalog": "x`; DROP"}, "--catalog"),
        ({"landing": ""}, "--landing is missing"),
        ({"checkpoint": ""}, "--checkpoint is missing"),
        ({"source": "kafka"}, "--source 'kafka' is none of files, kinesis"),
        ({"source": "kinesis"}, "--kinesis-stream is missing"),
        ({"source": "kinesis", "kinesis_stream": "s"}, "--region is missing"),
        ({"landing_format": "orc"}, "--landing-format 'orc' is none of"),
        ({"trigger": "sometimes"}, "--trigger 'sometimes' is none of"),
        ({"trigger": "0 seconds"}, "--trigger '0 seconds'"),
        ({"transform": "module.function"}, "is not MODULE:FUNCTION"),
        ({"key_attributes": "a,b,c"}, "one or two attributes"),
        ({"key_attributes": "a,a"}, "one or two attributes"),
        ({"source_options": ("x",)}, "is not NAME=VALUE"),
        ({"files_per_batch": 0}, "--files-per-batch 0 is below 1"),
        ({"purge_days": -1}, "--purge-days -1 is below 0"),
    ],
)
def test_a_wrong_parameter_is_named(change: dict[str, object], words: str) -> None:
    good: dict[str, object] = {
        "schema": "ddb",
        "table": "orders",
        "landing": "/landing",
        "checkpoint": "/checkpoint",
    }
    with pytest.raises(ValueError) as refusal:
        Config(**{**good, **change})  # type: ignore[arg-type]
    assert words in str(refusal.value)


@pytest.mark.parametrize("trigger", ["available-now", "continuous", "10 seconds", "1 minute"])
def test_every_documented_trigger_is_taken(trigger: str) -> None:
    assert read_config([*GOOD, "--trigger", trigger]).trigger == trigger


def test_a_purge_needs_neither_source_nor_checkpoint() -> None:
    assert read_config(["--schema", "ddb", "--table", "orders", "--purge-days", "30"]).purge_days == 30


def test_the_command_line_ends_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_config([*GOOD, "--trigger", "sometimes"])
    assert "--trigger 'sometimes'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        read_config([*GOOD, "--files-per-batch", "many"])
    assert "files-per-batch" in capsys.readouterr().err
