"""AWS_RETRY_MODE and retry_mode: what a worker does when AWS asks for less, as users of the AWS CLI expect it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.support.admin import metrics
from tests.support.command_line import run
from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import HANG_SECONDS, Worker
from tests.support.role import Role

TABLE, APP, STREAM = "orders", "mode-app", "changes"
STREAMS = "streams"
SHARDS, RECORDS = 16, 200
FLOOR = 0.5  # requests a second
SECONDS = 6
PUTS = {"firehose": "PutRecordBatch", "kinesis": "PutRecords"}
ROLES = {
    "firehose": Role(also=("dynamodb:CreateTable",)),
    "kinesis": Role(kinesis=STREAM, also=("dynamodb:CreateTable",)),
}


def environment_of(server: FaultServer, home: Path, config: str = "", **more: str) -> dict[str, str]:
    options = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    (home / "config").write_text(f"[default]\n{config}")
    base = server.environment({"PATH": os.environ["PATH"], "HOME": str(home)} | options)
    return base | {"AWS_CONFIG_FILE": str(home / "config")} | more


def pace(worker: Worker, service: str) -> float | None:
    return metrics(worker).get(("penstock_aws_pace_requests_per_second", (("service", service),)))


def holds(worker: Worker) -> float:
    return metrics(worker)[("penstock_leases_held", ())]


def lost_leases(worker: Worker) -> float:
    return metrics(worker)[("penstock_lease_lost_total", ())]


@pytest.mark.core
@pytest.mark.parametrize("service", ["firehose", "kinesis"])
def test_adaptive_slows_down_keeps_its_leases_and_delivers_everything(service: str, tmp_path: Path) -> None:
    with FaultServer(role=ROLES[service]) as server:
        server.create_delivery_stream(STREAM)
        server.create_data_stream(STREAM, shards=4)
        server.create_stream(table=TABLE, shards=SHARDS, records=RECORDS, rate=20)
        arguments = ["--table", TABLE, f"--{service}", STREAM, "--app", APP, "--admin", "127.0.0.1:0"]
        arguments += ["--failover", "4s", "--flush-age", "50ms", "--poll", "50ms"]
        environment = environment_of(server, tmp_path, "retry_mode = adaptive\n")
        with Worker(arguments, environment, tmp_path / "state") as worker:
            server.wait(lambda seen: seen["accepted"] > 0, alive=worker.is_running)
            wait_until(lambda: holds(worker) == SHARDS, "it holds every shard")
            assert pace(worker, STREAMS) is None

            code = "ThrottlingException"  # Firehose's own "Slow down." is no throttle to the SDKs
            puts = server.add_rule("throttle", service=service, operation=PUTS[service], code=code)
            wait_until(lambda: pace(worker, service) is not None, "the destination is asked less")
            reads = server.add_rule("throttle", service="streams", operation="GetRecords")
            scans = server.add_rule("throttle", service="dynamodb", operation="Scan")
            wait_until(lambda: pace(worker, STREAMS) == FLOOR, "the stream is read at the floor")
            wait_until(lambda: pace(worker, "dynamodb") is not None, "the lease table is asked less")
            before = server.calls("GetRecords")
            started = time.monotonic()
            time.sleep(SECONDS)
            went = server.calls("GetRecords") - before
            # Sixteen shards, each with its own backoff: one token may be saved up, one request be at the edge.
            assert went <= FLOOR * (time.monotonic() - started) + 2
            assert server.verdict()["missing"] > 0

            server.remove_rule(puts)
            server.remove_rule(reads)
            verdict = server.wait_all_accepted(3 * HANG_SECONDS, alive=worker.is_running)
            wait_until(lambda: (pace(worker, STREAMS) or 0) > FLOOR, "success brings it back")
            assert lost_leases(worker) == 0
            server.remove_rule(scans)
            assert worker.term() == 0
        positions = server.positions()
        assert (verdict["missing"], verdict["unknown"], positions["takes"]) == (0, 0, 0)
        assert (positions["ahead"], positions["back"], positions["strangers"]) == (0, 0, 0)
        assert all("leaseOwner" not in row for row in server.rows(APP))


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_legacy_is_taken_as_standard_and_says_so(mode: str, tmp_path: Path) -> None:
    with FaultServer(role=ROLES["firehose"], delivery_streams=[TABLE]) as server:
        server.create_stream(table=TABLE, shards=2, records=50)
        server.add_rule("throttle", service="firehose", times=2)
        arguments = ["--table", TABLE, "--firehose", TABLE, "--app", APP, "--admin", "127.0.0.1:0"]
        environment = environment_of(server, tmp_path, AWS_RETRY_MODE=mode)
        with Worker([*arguments, "--flush-age", "50ms"], environment, tmp_path / "state") as worker:
            server.wait_all_accepted(alive=worker.is_running)
            assert pace(worker, "firehose") is None
            assert worker.term() == 0
            said = [line for line in worker.lines if "retry mode 'legacy'" in line.get("msg", "")]
            assert len(said) == (1 if mode == "legacy" else 0), said


@pytest.mark.parametrize("place", ["AWS_RETRY_MODE", "retry_mode"])
def test_an_unknown_mode_is_refused_with_the_three_that_are_known(place: str, tmp_path: Path) -> None:
    with FaultServer() as server:
        config = "retry_mode = eager\n" if place == "retry_mode" else ""
        environment = environment_of(server, tmp_path, config)
        if place == "AWS_RETRY_MODE":
            environment[place] = "eager"
        state = str(tmp_path / "state")
        done = run("run", "--table", TABLE, "--firehose", TABLE, "--state-dir", state, env=environment)
        assert done.returncode == 1, done
        assert f"{place} is 'eager': use 'standard', 'adaptive' or 'legacy'" in done.stderr
