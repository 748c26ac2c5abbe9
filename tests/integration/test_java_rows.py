"""Every kind of row that penstock writes, read by the serializers of the real Kinesis Client Library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer
from tests.support.fleet import rows_of, wait_until
from tests.support.kcl import KCL1, KCL3, JavaLease, Library, list_leases
from tests.support.penstock import Worker, aws_environment

pytestmark = pytest.mark.slow

TABLE, APP, LAKE = "orders", "orders-app", "lake"


def text_of(row: dict[str, Any], name: str) -> str | None:
    return row[name]["S"] if name in row else None


def kinds_of(row: dict[str, Any]) -> set[str]:
    checkpoint = row["checkpoint"]["S"]
    finished = checkpoint == "SHARD_END"
    found = {
        "held": "leaseOwner" in row,
        "at LATEST": checkpoint == "LATEST" and "penstockStart" in row,
        "with a position": checkpoint.isdigit(),
        "of a child": "parentShardId" in row,
        "finished": finished and "childShardIds" in row,
        "handed over": "checkpointOwner" in row,
        "released": not finished and "leaseOwner" not in row,
        "with a gap": "penstockGap" in row,
    }
    return {kind for kind, holds in found.items() if holds}


class Rows:
    """One row of each kind as it once stood."""

    def __init__(self, dynamodb: Any) -> None:
        self.read = rows_of(dynamodb, APP)
        self.kept: dict[str, dict[str, Any]] = {}

    def has(self, kind: str) -> bool:
        """True once there was one."""
        for row in self.read():
            for found in kinds_of(row):
                self.kept.setdefault(found, row)
        return kind in self.kept

    def wait_for(self, kind: str) -> None:
        wait_until(lambda: self.has(kind), f"a row is {kind}")


def expected(row: dict[str, Any], library: Library) -> JavaLease:
    return JavaLease(
        row["leaseKey"]["S"],
        text_of(row, "leaseOwner"),
        int(row["leaseCounter"]["N"]),
        row["checkpoint"]["S"],
        0,
        int(row["ownerSwitchesSinceCheckpoint"]["N"]),
        frozenset(row.get("parentShardId", {}).get("SS", [])),
        frozenset(row.get("childShardIds", {}).get("SS", [])),
        text_of(row, "checkpointOwner") if library == KCL3 else None,
    )


def read_by_java(local: DynamoDBLocal, kept: dict[str, dict[str, Any]]) -> None:
    """Each kind under a key of its own in one table: a scan by the library is over all of them, or fails."""
    dynamodb = local.client("dynamodb")
    local.create_table("kept", {"leaseKey": "S"}, view=None)
    rows = [row | {"leaseKey": {"S": kind}} for kind, row in kept.items()]
    for row in rows:
        dynamodb.put_item(TableName="kept", Item=row)
    for library in (KCL1, KCL3):
        read = list_leases(library, "kept", dynamodb=local.endpoint)
        assert read == {row["leaseKey"]["S"]: expected(row, library) for row in rows}


def test_the_library_reads_our_rows(tmp_path: Path) -> None:
    with DynamoDBLocal() as local, FaultServer(role=None, delivery_streams=[LAKE]) as server:
        environment = aws_environment(
            dynamodb=local.endpoint, streams=server.endpoint, firehose=server.endpoint, home=tmp_path
        )
        made = server.create_stream(table=TABLE, shards=4, records=100_000, rate=20)
        arguments = ["--stream-arn", made["arn"], "--firehose", LAKE, "--app", APP, "--failover", "3s"]
        arguments += ["--start", "latest", "--flush-age", "50ms", "--poll", "50ms", "--poll-idle", "100ms"]

        def worker(name: str) -> Worker:
            return Worker([*arguments, "--worker-id", name], environment, tmp_path / name)

        rows = Rows(local.client("dynamodb"))
        hold = server.add_rule("hold", service="streams", operation="GetRecords")
        with worker("a") as first:
            rows.wait_for("at LATEST")
            server.remove_rule(hold)
            rows.wait_for("with a position")
            server.roll(shard=made["shards"][0], children=2, records=100_000)
            rows.wait_for("of a child")
            rows.wait_for("finished")
            hold = server.add_rule("hold", service="firehose")  # the one that is asked cannot drain
            with worker("b") as second:
                rows.wait_for("handed over")
                server.remove_rule(hold)
                for one in (first, second):
                    assert one.term() == 0, one.log_text()
        rows.wait_for("released")
        server.trim(fraction=1.0)
        with worker("c") as third:
            rows.wait_for("with a gap")
            assert third.term() == 0, third.log_text()
        read_by_java(local, rows.kept)
