"""Fault 9: somebody deletes the lease table under a running worker. What it owned cannot be renewed, so sending
stops in time, and the log says why; nothing is begun anew in silence."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE

TABLE, APP = "orders", "orders-app"
FAILOVER_S = 2


def rests(server: FaultServer) -> bool:
    """Nothing is accepted for longer than a lease lives; what was on its way when all were lost may still come in."""
    before = server.verdict()["accepted"]
    time.sleep(FAILOVER_S + 1)
    return bool(server.verdict()["accepted"] == before)


def test_sending_stops_and_the_log_says_why(tmp_path: Path) -> None:
    options = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["lake"]) as server:
        server.create_stream(table=TABLE, shards=4, records=100_000, rate=200)
        environment = server.environment({"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | options)
        words = ["--table", TABLE, "--app", APP, "--firehose", "lake", "--failover", f"{FAILOVER_S}s"]
        with Worker([*words, "--flush-age", "50ms"], environment, tmp_path / "state") as worker:
            wait_until(lambda: server.verdict()["accepted"] > 400, "it works", alive=worker.is_running)
            server.client("dynamodb").delete_table(TableName=APP)
            lost = worker.wait_for("lost a lease")
            assert lost["level"] in ("warn", "error"), lost
            gone = worker.wait_for("the lease table is gone")
            assert (gone["level"], gone["table"]) == ("error", APP)
            wait_until(lambda: worker.messages().count("lost a lease") == 4, "all are lost")
            wait_until(lambda: rests(server), "nobody sends what nobody owns")
            assert worker.is_running()
        verdict = server.verdict()
        assert (verdict["unknown"], verdict["different"]) == (0, 0), verdict
