"""Act two: sixteen shards that split, workers that join one by one, one that leaves."""

from __future__ import annotations

import time

from deploy.play.lookout import Lookout, short_owner
from deploy.play.stage import Stage
from tests.support.faultd import FaultServer
from tests.support.fleet import Fleet
from tests.support.role import MAKES_LEASE_TABLE

TABLE = "events"
LEASES = f"penstock-{TABLE}"
SHARDS = 16
WORKERS = 3
PATIENCE_SECONDS = 40


def _wait_even(fleet: Fleet, lookout: Lookout) -> bool:
    """Every open shard is owned and shares differ by one at most."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        shares = fleet.shares()
        owned = sum(shares.values())
        if (
            shares
            and owned == len(fleet.open_leases()) >= SHARDS
            and max(shares.values()) - min(shares.values()) <= 1
        ):
            return True
        time.sleep(0.25)
    lookout.say(f"shares are not even: {fleet.shares()}")
    return False


def play(stage: Stage, keep: list[str]) -> tuple[bool, FaultServer]:
    """True when every record was accepted and the shares were even after each change of the fleet."""
    print(f"Act two: {SHARDS} shards that split; {WORKERS} workers join one by one, one leaves", flush=True)
    server = FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE]).start()
    stream = server.create_stream(table=TABLE, shards=SHARDS, records=600, rate=60, generations=1)
    arguments = [
        "--stream-arn",
        stream["arn"],
        "--app",
        f"penstock-{TABLE}",
        "--firehose",
        TABLE,
        "--failover",
        "4s",
    ]
    environment = stage.worker_environment(server)
    fleet = Fleet(arguments, environment, stage.folder, lambda: server.rows(LEASES))
    even = True
    with Lookout(fleet, lambda: int(server.verdict()["accepted"])) as lookout:
        for _ in range(WORKERS):
            worker = fleet.add()
            worker.wait_for("worker started")
            lookout.say(f"{short_owner(worker.worker_id)} joins")
            even = _wait_even(fleet, lookout) and even
        leaver = fleet.workers[0]
        lookout.say(f"SIGTERM for {short_owner(leaver.worker_id)}")
        began = time.monotonic()
        code = leaver.term()
        lookout.say(
            f"{short_owner(leaver.worker_id)} has drained and left in {time.monotonic() - began:.1f} s, exit {code}"
        )
        even = _wait_even(fleet, lookout) and even
        verdict = server.wait(lambda seen: seen["missing"] == 0, PATIENCE_SECONDS)
        lookout.say(
            f"verdict: {verdict['accepted']} of {verdict['expected']} records accepted, {verdict['missing']} missing, "
            f"{verdict['duplicates']} duplicates; shares {'even' if even else 'NOT even'}"
        )
    keep.append(f"the fault server: curl {server.endpoint}/_faultd/verdict")
    return even and verdict["missing"] == 0 and code == 0, server
