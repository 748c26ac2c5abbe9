"""A destination that answers slowly because it is far away: a backlog is not held up by the number of requests under
way, which falls when the destination says that it is too many."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.admin import metrics
from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE, Role

TABLE = "orders"


def limit(worker: Worker) -> float:
    return metrics(worker)[("penstock_sink_requests_limit", ())]


@pytest.mark.parametrize("sink", ["firehose", "kinesis"])
def test_requests_under_way_follow_the_destination(tmp_path: Path, sink: str) -> None:
    role = Role(kinesis=TABLE, also=("dynamodb:CreateTable",)) if sink == "kinesis" else MAKES_LEASE_TABLE
    with FaultServer(role=role, delivery_streams=[TABLE]) as server:
        server.create_data_stream(TABLE, shards=64)
        server.create_stream(
            table=TABLE, shards=8, records=400_000, record_bytes=1500, keys=20_000, verify=False
        )
        arguments = ["--table", TABLE, f"--{sink}", TABLE, "--app", "far-app", "--admin", "127.0.0.1:0"]
        environment = server.environment({"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
        with Worker(arguments, environment, tmp_path / "state") as worker:
            with server.fault("delay", service=sink, ms=300):
                wait_until(lambda: limit(worker) >= 8, "more than the four that it began with")
            with server.fault("throttle", service=sink):
                wait_until(lambda: limit(worker) <= 3, "fewer, since the destination throttles")
            assert worker.term() == 0, worker.log_text()
