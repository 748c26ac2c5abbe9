"""64 shards and four workers that join one after another, one of them killed and one stopped, while Firehose fails
records, throttles and loses answers: every record is accepted, and the shards end up evenly shared."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.faultd import FaultServer
from tests.support.fleet import Fleet, wait_until
from tests.support.role import MAKES_LEASE_TABLE

SHARDS, RECORDS, WORKERS = 64, 700, 4
TABLE, APP = "many", "many-app"

FAULTS = [
    ("partial", {"service": "firehose", "probability": 0.15, "fraction": 0.2, "seed": 1}),
    ("throttle", {"service": "firehose", "probability": 0.05, "seed": 2}),
    ("lost", {"service": "firehose", "probability": 0.03, "seed": 3}),
    ("throttle", {"service": "streams", "operation": "GetRecords", "probability": 0.03, "seed": 4}),
    ("lost", {"service": "streams", "operation": "GetRecords", "probability": 0.01, "seed": 5}),
    ("throttle", {"service": "dynamodb", "operation": "UpdateItem", "probability": 0.02, "seed": 6}),
    ("lost", {"service": "dynamodb", "operation": "UpdateItem", "probability": 0.02, "seed": 7}),
]


def evenly_shared(fleet: Fleet, workers: int) -> bool:
    """Every shard has a running owner, and no owner is more than one away from its share."""
    shares = fleet.shares()
    share = SHARDS / workers
    return (
        len(shares) == workers
        and sum(shares.values()) == SHARDS
        and all(share - 1 <= owned <= share + 1 for owned in shares.values())
    )


def test_every_record_arrives_and_shards_are_shared(tmp_path: Path) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE]) as server:
        server.create_stream(table=TABLE, shards=SHARDS, records=RECORDS, rate=25)
        for action, rule in FAULTS:
            server.add_rule(action, **rule)
        options = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        environment = server.environment({"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | options)
        arguments = ["--table", TABLE, "--firehose", TABLE, "--app", APP, "--failover", "3s"]
        arguments += ["--flush-age", "200ms", "--poll", "100ms", "--poll-idle", "200ms"]
        with Fleet(arguments, environment, tmp_path, lambda: server.rows(APP)) as fleet:
            for number in range(1, WORKERS + 1):
                fleet.add()
                if number == 1:
                    wait_until(lambda: sum(fleet.shares().values()) == SHARDS, "the first worker owns all")
            wait_until(
                lambda: min(fleet.shares().values()) >= SHARDS // WORKERS // 2,
                "each has its part",
                seconds=180,
            )
            fleet.running()[0].kill()
            fleet.add()
            stopped = fleet.running()[1]
            assert stopped.term() == 0, stopped.log_text()
            fleet.add()
            wait_until(
                lambda: evenly_shared(fleet, WORKERS), f"shares of 16 ± 1: {fleet.shares()}", seconds=180
            )
            verdict = server.wait_all_accepted(180, alive=lambda: len(fleet.running()) == WORKERS)
            wait_until(lambda: evenly_shared(fleet, WORKERS), "it stays so, or comes to it again")
            server.clear_rules()
            for worker in fleet.running():
                assert worker.term() == 0, worker.log_text()
            verdict = server.verdict()
        print(verdict)
        assert verdict["expected"] == SHARDS * RECORDS
        assert verdict["missing"] == 0 and verdict["unknown"] == 0 and verdict["different"] == 0, verdict
        assert not fleet.open_leases() or all("leaseOwner" not in row for row in fleet.open_leases())
