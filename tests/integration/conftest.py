"""What integration tests share. Nothing may outlive a test run, and a test that hangs says where."""

from __future__ import annotations

import faulthandler
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import processes
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer
from tests.support.lease_stage import Stage
from tests.support.moto import Moto
from tests.support.role import MAKES_LEASE_TABLE

HANG_SECONDS = 540


@pytest.fixture(scope="session")
def dynamodb_local() -> Iterator[DynamoDBLocal]:
    """One server for all tests; each makes tables of its own. rollover() and dilate() touch every table. Workers reach
    it through `for_workers`, where the fault server holds them to the task role."""
    with (
        DynamoDBLocal() as local,
        FaultServer(upstream_dynamodb=local.endpoint, role=MAKES_LEASE_TABLE) as guard,
    ):
        local.for_workers = guard.endpoint
        yield local


@pytest.fixture(scope="session")
def moto() -> Iterator[Moto]:
    with Moto() as server:
        yield server


@pytest.fixture
def stage(dynamodb_local: DynamoDBLocal, tmp_path: Path) -> Stage:
    """A table of this test's own, for `penstock leases`."""
    table = f"orders-{uuid.uuid4().hex[:12]}"
    assert dynamodb_local.create_table(table, {"pk": "S"})
    return Stage(dynamodb_local, table, tmp_path)


@pytest.fixture(autouse=True)
def _says_where_it_hangs() -> Iterator[None]:
    faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def runs_tests(session: pytest.Session) -> bool:
    """False in the process that only hands tests to others, which end what they leave behind themselves."""
    return hasattr(session.config, "workerinput") or not getattr(session.config.option, "numprocesses", None)


def pytest_sessionstart(session: pytest.Session) -> None:
    if runs_tests(session):
        processes.adopt_orphans()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if runs_tests(session):
        processes.end_all()
