"""--max-leases: a worker takes no more than it is allowed, the rest lies free, and whoever has room takes it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support import admin
from tests.support.faultd import FaultServer
from tests.support.fleet import Fleet, rows_of, wait_until
from tests.support.role import MAKES_LEASE_TABLE

SHARDS, MOST, FAILOVER_S = 5, 2, 3
WORDS = ["--table", "orders", "--firehose", "orders", "--failover", f"{FAILOVER_S}s"]
WORDS += ["--flush-age", "50ms", "--poll", "50ms", "--admin", "127.0.0.1:0"]


@contextlib.contextmanager
def fleet_with(most: int, tmp_path: Path) -> Iterator[tuple[FaultServer, Fleet]]:
    """On a stream of 100 records a shard; nobody runs yet."""
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["orders"]) as server:
        server.create_stream(table="orders", shards=SHARDS, records=100)
        environment = server.environment({"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
        rows = rows_of(server.client("dynamodb"), "penstock-orders")
        with Fleet([*WORDS, "--max-leases", str(most)], environment, tmp_path, rows) as fleet:
            yield server, fleet


def test_a_lone_survivor_keeps_to_its_cap(tmp_path: Path) -> None:
    with fleet_with(MOST, tmp_path) as (server, fleet):
        first = fleet.add()

        def alone() -> bool:
            found = admin.metrics(first)
            held, free = found["penstock_leases_held", ()], found["penstock_leases_unowned", ()]
            return (held, free) == (MOST, SHARDS - MOST)

        wait_until(alone, "what it may hold is held, the rest is nobody's")
        until = time.monotonic() + 2 * FAILOVER_S
        while time.monotonic() < until:
            assert fleet.shares() == {first.worker_id: MOST}
            time.sleep(0.1)
        assert server.verdict()["accepted"] == MOST * 100
        second = fleet.add()
        wait_until(lambda: set(fleet.shares().values()) == {MOST}, "the second holds as many")
        fleet.arguments = WORDS
        third = fleet.add()
        wait_until(lambda: sum(fleet.shares().values()) == SHARDS, "who has no cap takes the last")
        server.wait_all_accepted(alive=third.is_running)
        assert fleet.shares()[first.worker_id] <= MOST and fleet.shares()[second.worker_id] <= MOST
        assert all(worker.term() == 0 for worker in fleet.running())


def test_a_restart_with_a_lower_cap(tmp_path: Path) -> None:
    """After kill -9 the slot's next worker has the leases of the last at hand, and takes no more than it may now."""
    with fleet_with(SHARDS - 1, tmp_path) as (server, fleet):
        first = fleet.add()
        wait_until(lambda: fleet.shares()[first.worker_id] == SHARDS - 1, "the first holds what it may")
        first.kill()
        fleet.arguments = [*WORDS, "--max-leases", str(MOST)]
        second = fleet.add()
        wait_until(lambda: fleet.shares()[second.worker_id] == MOST, "the second holds what it may")
        until = time.monotonic() + 2 * FAILOVER_S
        while time.monotonic() < until:
            assert fleet.shares() == {second.worker_id: MOST}
            time.sleep(0.1)
        fleet.arguments = WORDS
        third = fleet.add()
        server.wait_all_accepted(alive=third.is_running)
        assert fleet.shares()[second.worker_id] <= MOST
        assert all(worker.term() == 0 for worker in fleet.running())
