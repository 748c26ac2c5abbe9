"""One Spark session for all: its start is what costs most."""

from __future__ import annotations

import faulthandler
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from ingest.config import Config
from pyspark.sql import SparkSession

from tests.support import processes
from tests.support.spark import start_session

# A lane may take so long; the long form of the chain as much longer as it has more to do.
HANG_SECONDS = 840 + int(os.environ.get("PENSTOCK_CHANGES", "0")) // 10


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    session = start_session(tmp_path_factory.mktemp("spark"))
    yield session
    session.stop()


@pytest.fixture
def config(spark: SparkSession, tmp_path: Path) -> Config:
    """A schema, a landing folder and a checkpoint of this test's own."""
    schema = f"test_{uuid.uuid4().hex[:12]}"
    spark.sql(f"CREATE SCHEMA {schema}")
    (tmp_path / "landing").mkdir()
    return Config(
        schema=schema,
        table="orders",
        landing=str(tmp_path / "landing"),
        checkpoint=str(tmp_path / "checkpoint"),
    )


@pytest.fixture(autouse=True)
def _says_where_it_hangs() -> Iterator[None]:
    faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def pytest_sessionstart() -> None:
    processes.adopt_orphans()


def pytest_sessionfinish() -> None:
    processes.end_all()
