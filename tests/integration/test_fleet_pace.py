"""--firehose-bytes-per-second: what a fleet sends together stays within the delivery stream's quota, whoever holds
which lease; throttles lower a worker's part, and success restores it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.support.admin import metrics
from tests.support.faultd import FaultServer
from tests.support.fleet import Fleet, wait_until
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE

TABLE, APP = "orders", "paced-app"
LIMIT = 400_000
# Each worker may have saved up a second's part, and be one request ahead of it.
AHEAD = 2 * LIMIT
SECONDS = 6


def pace(worker: Worker) -> float:
    return metrics(worker)[("penstock_firehose_pace_bytes_per_second", ())]


def sent(server: FaultServer) -> int:
    return int(server.delivery_streams()[0]["bytes"])


def test_a_fleet_stays_within_its_limit(tmp_path: Path) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE]) as server:
        server.create_stream(table=TABLE, shards=4, records=20_000, record_bytes=700, verify=False)
        arguments = ["--table", TABLE, "--firehose", TABLE, "--app", APP, "--admin", "127.0.0.1:0"]
        arguments += ["--firehose-bytes-per-second", str(LIMIT), "--flush-age", "50ms", "--failover", "4s"]
        environment = server.environment({"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
        with Fleet(arguments, environment, tmp_path, lambda: server.rows(APP)) as fleet:
            workers = [fleet.add(), fleet.add()]
            wait_until(
                lambda: [pace(worker) for worker in workers] == [LIMIT / 2, LIMIT / 2],
                "each of the two may send half",
                alive=lambda: len(fleet.running()) == 2,
            )
            started, before = time.monotonic(), sent(server)
            time.sleep(SECONDS)
            went = sent(server) - before
            assert 0 < went <= LIMIT * (time.monotonic() - started) + AHEAD

            with server.fault("throttle", service="firehose", operation="PutRecordBatch", times=1):
                wait_until(lambda: any(pace(worker) < LIMIT / 2 for worker in workers), "a worker slows down")
            wait_until(
                lambda: [pace(worker) for worker in workers] == [LIMIT / 2, LIMIT / 2], "each is back at half"
            )
            workers[0].kill()
            wait_until(lambda: pace(workers[1]) == LIMIT, "the one that is left may send everything")
