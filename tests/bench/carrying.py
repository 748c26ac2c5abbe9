"""A backlog of generated records carried to its end, by a worker and by the floor; what most cases are made of."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.floor import HANG_SECONDS, Floor, run_floor
from tests.bench.measure import Calls, Usage, read_calls, read_usage
from tests.support.authority import Authority
from tests.support.control_group import ControlGroup
from tests.support.faultd import FaultServer
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE

TABLE = "bench"
SENDERS = 4  # FLIGHT_START: a destination on the same machine is not far away

Done = Callable[[FaultServer, Worker], None]


@dataclass(frozen=True)
class Load:
    """What is there to carry, and what of it is unusual."""

    shards: int = 16
    records: int = 50_000  # a shard
    record_bytes: int = 700
    seed: int = 1
    tls: bool = False
    roots: Path | None = None  # with TLS: more certificates to be trusted
    sink_delay_ms: int = 0
    settings: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return self.shards * self.records

    def about(self) -> str:
        how = "TLS" if self.tls else "HTTP"
        return f"{self.shards} shards × {self.records:,} records of about {self.record_bytes:,} bytes, {how}"


@dataclass
class Carried:
    wall_s: float
    usage: Usage
    calls: dict[str, Calls]
    duplicates: int

    def put(self) -> Calls:
        return self.calls.get("PutRecordBatch", Calls())


@contextlib.contextmanager
def fault_server(tls: bool = False, roots: Path | None = None) -> Iterator[FaultServer]:
    """One whose signatures are not checked: that would be the server's CPU time."""
    with tempfile.TemporaryDirectory(prefix="penstock-authority-") as folder:
        authority = Authority(Path(folder)) if tls else None
        if authority and roots:
            authority.bundle.write_text(authority.bundle.read_text() + roots.read_text())
        with FaultServer(
            role=MAKES_LEASE_TABLE, delivery_streams=[TABLE], signatures=False, authority=authority
        ) as server:
            yield server


def worker_of(
    server: FaultServer, stream: str, settings: tuple[str, ...], folder: str, wrapper: tuple[str, ...] = ()
) -> Worker:
    """Not yet started."""
    arguments = ["--stream-arn", stream, "--firehose", TABLE, *settings]
    environment = server.environment({"PATH": os.environ["PATH"], "HOME": folder})
    return Worker(arguments, environment, Path(folder), wrapper=wrapper)


@contextlib.contextmanager
def stage(load: Load) -> Iterator[tuple[FaultServer, str]]:
    """A server with the backlog, and the stream's ARN."""
    with fault_server(load.tls, load.roots) as server:
        stream = server.create_stream(
            table=TABLE,
            shards=load.shards,
            records=load.records,
            record_bytes=load.record_bytes,
            seed=load.seed,
            close_last=True,
            verify=False,
        )
        if load.sink_delay_ms:
            server.add_rule("delay", service="firehose", operation="PutRecordBatch", ms=load.sink_delay_ms)
        yield server, stream["arn"]


def all_accepted(server: FaultServer, worker: Worker) -> None:
    server.wait_all_accepted(HANG_SECONDS, alive=worker.is_running)


def read_record_calls(server: FaultServer) -> dict[str, Calls]:
    """Once what was read and sent is over, so that all of it is counted."""
    server.wait_answered("streams.GetRecords", "firehose.PutRecordBatch")
    return read_calls(server)


def carry(
    load: Load,
    until: Done = all_accepted,
    wrapper: tuple[str, ...] = (),
    group: ControlGroup | None = None,
) -> Carried:
    """By one worker, from its start until `until` returns."""
    with (
        tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder,
        stage(load) as (server, stream),
    ):
        worker = worker_of(server, stream, load.settings, folder, wrapper)
        if group:
            worker.before_start = lambda: group.add(os.getpid())
        with worker:
            until(server, worker)
            wall = time.monotonic() - worker.started_at
            usage = read_usage(worker.pid)
            calls = read_record_calls(server)
            worker.term()
        return Carried(wall, usage, calls, int(server.verdict()["duplicates"]))


def floor_beside(
    load: Load,
    carried: Carried,
    wrapper: tuple[str, ...] = (),
    group: ControlGroup | None = None,
    hash_bodies: bool = False,
) -> Floor:
    """The same load through libcurl alone, with as many and as large requests as `carried` made."""
    with stage(load) as (server, stream):
        return run_floor(
            server,
            stream,
            TABLE,
            shards=load.shards,
            puts=carried.put().calls,
            put_bytes=carried.put().mean_request_bytes(),
            senders=SENDERS,
            hash_bodies=hash_bodies,
            wrapper=wrapper,
            before_start=(lambda: group.add(os.getpid())) if group else None,
        )
