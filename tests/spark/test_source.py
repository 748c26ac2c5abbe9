"""What is read from the landing folder, and that Databricks and Kinesis differ in the source alone."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ingest import source
from ingest.config import Config
from ingest.job_logic import start_job, trigger_of
from ingest.lines import judge_lines, parse_lines
from pyspark.sql import DataFrame, SparkSession

from tests.support.landed import as_text, landed_line, write_file


def line(number: int, **image: Any) -> dict[str, Any]:
    return landed_line({"pk": {"S": f"o{number}"}}, number, image)


def read_all(spark: SparkSession, config: Config) -> list[tuple[str, str]]:
    """Every line that a stream with a checkpoint of its own reads now, and the name of its file."""
    read: list[tuple[str, str]] = []

    def collect(batch: DataFrame, _: int) -> None:
        read.extend((row["line"], Path(row["source"]).name) for row in batch.collect())

    writer = source.open_source(spark, config).writeStream.foreachBatch(collect)
    query = writer.option("checkpointLocation", config.checkpoint).trigger(availableNow=True).start()
    query.awaitTermination()
    return read


def test_every_whole_file_is_read_once_wherever_it_lies(spark: SparkSession, config: Config) -> None:
    """HH=09 and HH=10, the layout without a prefix expression, unpacked files; not what Firehose still writes."""
    landing = Path(config.landing)
    write_file(landing / "dt=2026-11-23/HH=09/a.gz", [line(1), line(2)])
    write_file(landing / "dt=2026-11-23/HH=10/b.gz", [line(3)])
    write_file(landing / "2026/11/24/00/c.gz", [line(4)])
    (landing / "d").write_text(json.dumps(line(5)) + "\n" + json.dumps(line(6)))
    (landing / ".e.gz.tmp").write_bytes(b"cut")
    (landing / "dt=2026-11-23" / "_marker").write_bytes(b"marker")
    read = read_all(spark, config)
    assert sorted(json.loads(text)["seq"] for text, _ in read) == list("123456")
    assert {name for _, name in read} == {"a.gz", "b.gz", "c.gz", "d"}
    write_file(landing / "dt=2026-11-24/HH=00/f.gz", [line(7)])
    aged = write_file(landing / "dt=2026-11-24/HH=00/old.gz", [line(8)])
    os.utime(aged, (1e9, 1e9))  # copied by something that keeps a file's time, ten years after it
    assert sorted(json.loads(text)["seq"] for text, _ in read_all(spark, config)) == ["7", "8"]
    assert read_all(spark, config) == []


def test_a_carriage_return_ends_no_line(spark: SparkSession, config: Config) -> None:
    write_file(Path(config.landing) / "a.gz", ["one\rstill one", "two\u2028still two"])
    assert [text for text, _ in read_all(spark, config)] == ["one\rstill one", "two\u2028still two"]


def test_a_batch_takes_so_many_files_and_no_more(spark: SparkSession, config: Config) -> None:
    for number in range(5):
        write_file(Path(config.landing) / f"{number}.gz", [line(number)])
    sizes: list[int] = []
    limited = replace(config, files_per_batch=2)
    writer = source.open_source(spark, limited).writeStream.foreachBatch(
        lambda batch, _: sizes.append(batch.count())
    )
    writer.option("checkpointLocation", config.checkpoint).trigger(
        **trigger_of(config)
    ).start().awaitTermination()
    assert sizes == [2, 2, 1]


def test_firehoses_parquet_is_the_same_lines(spark: SparkSession, config: Config) -> None:
    texts = [as_text(line(1, price={"N": "1.50"}, name={"S": 'é"\\'})), landed_line({"pk": {"S": "o2"}}, 2)]
    rows = [{**{"new_image": None}, **one} for one in texts]
    schema = (
        "v INT, event_id STRING, op STRING, `table` STRING, region STRING, stream STRING, shard STRING, seq STRING, "
        "ord STRING, event_ts_ms BIGINT, worker_ts_ms BIGINT, ttl BOOLEAN, keys MAP<STRING, MAP<STRING, STRING>>, "
        "new_image STRING, old_image STRING"
    )  # fmt: skip
    names = [
        part.split()[0].strip("`")
        for part in schema.replace("MAP<STRING, MAP<STRING, STRING>>", "M").split(", ")
    ]
    table = spark.createDataFrame([tuple(row.get(name) for name in names) for row in rows], schema)
    table.write.parquet(str(Path(config.landing) / "dt=2026-11-23"))
    shutil.rmtree(config.checkpoint, ignore_errors=True)
    read = [text for text, _ in read_all(spark, replace(config, landing_format="parquet"))]
    frame = spark.createDataFrame([(text, "f") for text in read], "line STRING, source STRING")
    judged = {row["_key"]: row for row in judge_lines(parse_lines(frame), ["pk"]).collect()}
    assert {key: row["dead"] for key, row in judged.items()} == {'["o1"]': None, '["o2"]': None}
    assert (
        json.loads(judged['["o1"]']["item"]) == line(1, price={"N": "1.50"}, name={"S": 'é"\\'})["new_image"]
    )
    assert judged['["o2"]']["op"] == "REMOVE"


def test_a_kinesis_record_is_one_or_more_lines(spark: SparkSession) -> None:
    packed = "".join(json.dumps(line(number, name={"S": "é😀"})) + "\n" for number in range(3)).encode()
    records = spark.createDataFrame(
        [("orders", "shard-0", "49", bytearray(packed)), ("orders", "shard-0", "50", bytearray(b"garbage"))],
        "stream STRING, shardId STRING, sequenceNumber STRING, data BINARY",
    )
    judged = judge_lines(parse_lines(source.lines_of_kinesis(records)), ["pk"]).collect()
    assert [(row["_key"], row["source"]) for row in judged] == [
        ('["o0"]', "orders/shard-0/49"),
        ('["o1"]', "orders/shard-0/49"),
        ('["o2"]', "orders/shard-0/49"),
        (None, "orders/shard-0/50"),
    ]


def test_off_databricks_kinesis_is_refused_at_start(spark: SparkSession, config: Config) -> None:
    kinesis = replace(config, source="kinesis", kinesis_stream="orders", region="eu-west-1")
    with pytest.raises(ValueError, match="needs Databricks"):
        start_job(spark, kinesis)


def test_databricks_reads_through_auto_loader_and_its_connector(config: Config) -> None:
    """What cannot run here: the options are those that the documentation names."""
    chosen = replace(config, files_per_batch=7, source_options=("cloudFiles.useManagedFileEvents=true",))
    assert source.auto_loader_options(chosen) == {
        "cloudFiles.format": "text",
        "cloudFiles.maxFilesPerTrigger": "7",
        "cloudFiles.partitionColumns": "",
        "cloudFiles.useManagedFileEvents": "true",
        "lineSep": "\n",
    }
    kinesis = replace(
        config, kinesis_stream="orders", region="eu-west-1", source_options=("initialPosition=latest",)
    )
    assert source.kinesis_options(kinesis) == {
        "streamName": "orders",
        "region": "eu-west-1",
        "initialPosition": "latest",
    }


def test_every_trigger_is_sparks() -> None:
    base = Config(schema="s", table="t", landing="l", checkpoint="c")
    assert trigger_of(base) == {"availableNow": True}
    assert trigger_of(replace(base, trigger="continuous")) == {"processingTime": "0 seconds"}
    assert trigger_of(replace(base, trigger="10 seconds")) == {"processingTime": "10 seconds"}
