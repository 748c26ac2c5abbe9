"""Records that were trimmed before they were read: told in the lease row, which outlives the disk of the worker that
found them, until an operator acknowledges them (faults 20, 30)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE

TABLE, APP = "orders", "orders-app"
ARGUMENTS = ["--table", TABLE, "--firehose", TABLE, "--app", APP, "--failover", "2s", "--progress", "1s"]
ARGUMENTS += ["--flush-age", "200ms", "--poll", "100ms", "--poll-idle", "200ms"]


def worker(server: FaultServer, home: Path, state: Path) -> Worker:
    options = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    environment = server.environment({"PATH": os.environ["PATH"], "HOME": str(home)} | options)
    return Worker(ARGUMENTS, environment, state)


def gap_of(server: FaultServer) -> dict[str, Any] | None:
    (row,) = server.rows(APP)
    gap = row.get("penstockGap")
    return gap["M"] if gap else None


def acknowledge(server: FaultServer, gap: dict[str, Any]) -> None:
    """As an operator's command does: the counter stays, and a gap that grew meanwhile is not taken for this one."""
    (row,) = server.rows(APP)
    server.client("dynamodb").update_item(
        TableName=APP,
        Key={"leaseKey": row["leaseKey"]},
        UpdateExpression="REMOVE penstockGap",
        ConditionExpression="penstockGap = :seen",
        ExpressionAttributeValues={":seen": {"M": gap}},
    )


def gaps_reported(run: Worker) -> dict[str, Any]:
    """The last progress line's counts."""
    line = [line for line in run.lines if line.get("msg") == "progress"][-1]
    return {name: line[name] for name in ("gaps", "gaps_certain", "gaps_possible")}


@pytest.mark.parametrize("disk_is_kept", [True, False])
def test_a_gap_stands_in_the_row_until_it_is_acknowledged(tmp_path: Path, disk_is_kept: bool) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE]) as server:
        server.create_stream(table=TABLE, shards=1, records=1000)
        server.settings(records_page=100)
        rule = server.add_rule("throttle", service="streams", operation="GetRecords", after=3)
        with worker(server, tmp_path, tmp_path / "first") as first:
            wait_until(lambda: server.verdict()["accepted"] >= 300, "three pages are carried")
            server.trim(to=600)
            server.remove_rule(rule)
            wait_until(lambda: gap_of(server) is not None, "the row tells of it", alive=first.is_running)
            gap = gap_of(server)
            assert gap is not None
            assert gap["certain"] == {"BOOL": True} and gap["count"] == {"N": "1"}, gap
            assert int(gap["after"]["S"]) < int(gap["until"]["S"])
            first.kill()
        second_state = tmp_path / ("first" if disk_is_kept else "second")
        with worker(server, tmp_path, second_state) as second:
            wait_until(
                lambda: server.verdict()["missing"] == 300, "the rest is carried", alive=second.is_running
            )
            local = 1 if disk_is_kept else 0
            wanted = {"gaps": local, "gaps_certain": 1, "gaps_possible": 0}
            second.wait_for(lambda line: line.get("msg") == "progress")
            wait_until(lambda: gaps_reported(second) == wanted, f"{wanted} is reported")
            acknowledge(server, gap)
            wanted = {"gaps": 0, "gaps_certain": 0, "gaps_possible": 0}
            wait_until(lambda: gaps_reported(second) == wanted, f"{wanted} is reported")
            assert any("acknowledged a gap" in words for words in second.messages()) == disk_is_kept
            assert second.term() == 0, second.log_text()
        assert gap_of(server) is None  # nobody wrote it again
        with worker(server, tmp_path, second_state) as third:
            third.wait_for(lambda line: line.get("msg") == "progress" and "gaps" in line)
            assert gaps_reported(third) == wanted
        verdict = server.verdict()
        assert verdict["missing"] == verdict["missing_trimmed"] == 300, verdict
