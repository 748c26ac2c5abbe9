"""A worker's name on ECS: the task's id by the metadata endpoint, the host's name when the endpoint is no help."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import task_metadata
from tests.support.faultd import FaultServer
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE
from tests.support.task_metadata import TASK_ARN, TASK_ID, TaskMetadata, Trouble, says


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["orders"]) as running:
        running.create_stream(table="orders", records=0)
        yield running


def name_of_worker(server: FaultServer, folder: Path, uri: str, *more: str) -> str:
    """The id that it has in logs and leases, without the part made anew at each start. It stops as it should."""
    environment = server.environment() | {"ECS_CONTAINER_METADATA_URI_V4": uri}
    with Worker(["--table", "orders", "--firehose", "orders", *more], environment, folder) as worker:
        worker.wait_for("worker started")
        assert worker.term() == 0, worker.log_text()
        assert worker.other_lines == []
    name, _, random_part = worker.worker_id.rpartition("-")
    assert re.fullmatch("[0-9a-f]{8}", random_part)
    return name


def test_it_is_the_task(server: FaultServer, tmp_path: Path) -> None:
    with TaskMetadata() as metadata:
        assert name_of_worker(server, tmp_path, metadata.uri) == TASK_ID
        assert metadata.seen == [f"{task_metadata.PATH}/task"]


def test_a_configured_name_is_stronger_and_nobody_is_asked(server: FaultServer, tmp_path: Path) -> None:
    with TaskMetadata() as metadata:
        assert name_of_worker(server, tmp_path, metadata.uri, "--worker-id", "w1") == "w1"
        assert metadata.seen == []


TROUBLES: dict[str, Trouble] = {
    "hangs": task_metadata.hangs,
    "trickles": task_metadata.trickles,
    "resets": task_metadata.resets,
    "status": says(b'{"TaskARN":"a/b"}', status=500),
    "redirect": says(b"", status=302, Location="http://127.0.0.1:1/"),
    "empty": says(b""),
    "garbage": says(bytes(range(256)) * 16),
    "cut": says(json.dumps(task_metadata.TASK).encode()[:-20]),
    "deep": says(b"[" * 100_000),
    "huge": says(b'{"TaskARN":"' + b"x" * 1_000_000 + b'"}'),
    "no arn": says(b"{}"),
    "arn of another type": says(b'{"TaskARN":["a/b"]}'),
    "arn without an id": says(json.dumps({"TaskARN": TASK_ARN.removesuffix(TASK_ID)}).encode()),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_an_endpoint_that_fails_never_stops_a_start(
    server: FaultServer, tmp_path: Path, trouble: Trouble
) -> None:
    with TaskMetadata(trouble) as metadata:
        assert name_of_worker(server, tmp_path, metadata.uri) == socket.gethostname()
        assert metadata.seen


def test_nothing_that_does_not_belong_in_a_name_gets_into_it(server: FaultServer, tmp_path: Path) -> None:
    with TaskMetadata(says(b'{"TaskARN":"arn:aws:ecs:x:0:task/\\u0007\\n\\"{}\\u00e4b"}')) as metadata:
        name = name_of_worker(server, tmp_path, metadata.uri)
        assert re.fullmatch(r"[-A-Za-z0-9_.:/@]+b", name)


@pytest.mark.parametrize("uri", ["", "not a url", "http://127.0.0.1:1/v4/x", "file:///etc/passwd"])
def test_an_address_that_leads_nowhere_never_stops_a_start(
    server: FaultServer, tmp_path: Path, uri: str
) -> None:
    assert name_of_worker(server, tmp_path, uri) == socket.gethostname()
