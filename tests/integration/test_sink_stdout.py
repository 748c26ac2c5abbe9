"""`penstock run --stdout`: what a pipe's other end gets."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.support import landing, line_schema, processes
from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import HANG_SECONDS, Worker, binary
from tests.support.role import MAKES_LEASE_TABLE

SHARDS, RECORDS = 3, 400


def environment_of(server: FaultServer, home: Path) -> dict[str, str]:
    return server.environment({"PATH": os.environ["PATH"], "HOME": str(home)})


def test_every_change_is_a_line_and_nothing_else_is(tmp_path: Path) -> None:
    output = tmp_path / "lines"
    with FaultServer(role=MAKES_LEASE_TABLE) as server:
        arn = server.create_stream(shards=SHARDS, records=RECORDS)["arn"]
        arguments = ["--stream-arn", arn, "--stdout", "--flush-age", "50ms"]
        with Worker(arguments, environment_of(server, tmp_path), tmp_path, output) as worker:
            wait_until(
                lambda: output.read_bytes().count(b"\n") >= SHARDS * RECORDS,
                "all lines",
                alive=worker.is_running,
            )
            assert worker.term() == 0
    positions: dict[str, list[str]] = {}
    for line in landing.lines_of(output.read_bytes()):
        positions.setdefault(line["shard"], []).append(line["ord"])
    assert [len(of_shard) for of_shard in positions.values()] == [RECORDS] * SHARDS
    assert all(of_shard == sorted(set(of_shard)) for of_shard in positions.values()), (
        "a shard's lines, each once"
    )


def test_the_worker_ends_when_its_reader_leaves(tmp_path: Path) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE) as server:
        arn = server.create_stream(shards=SHARDS, records=20000)["arn"]
        command = [str(binary()), "run", "--stream-arn", arn, "--stdout", "--state-dir", str(tmp_path)]
        with subprocess.Popen(
            command,
            env=environment_of(server, tmp_path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=processes.die_with_parent,
        ) as child:
            assert child.stdout
            line_schema.parse(child.stdout.readline())
            child.stdout.close()
            child.stdout = None  # communicate() would read on
            _, log = child.communicate(timeout=HANG_SECONDS)
    assert child.returncode == 5, log.decode()[-2000:]
    assert b"its reader is gone" in log and b"worker stopped" in log
