"""A running fleet of the Kinesis Client Library's older protocol and workers of penstock share the shards of one
stream: each steals from the other, and no position is ever ahead of what somebody has delivered.

The stream with its splits, and Firehose, are the fault server's; the lease table is in DynamoDB Local, since Java
writes it by requests of the old form.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import line_schema
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer
from tests.support.fleet import rows_of, wait_until
from tests.support.kcl import KCL1, JavaWorker
from tests.support.penstock import Worker, aws_environment

pytestmark = pytest.mark.slow

TABLE, APP, LAKE = "orders", "orders-app", "lake"
SHARDS, CHILDREN, RECORDS, RATE = 6, 2, 900, 25
ALL = SHARDS * (1 + CHILDREN) * RECORDS
END = 10**50  # greater than any sequence number

Place = tuple[str, int]  # shard, sequence number


def place_of(checkpoint: str) -> int:
    return END if checkpoint == "SHARD_END" else int(checkpoint) if checkpoint.isdigit() else -1


@dataclass
class Sample:
    at_ns: int  # after the rows were read
    accepted: int  # how many of Firehose's lines there were a moment later
    owners: dict[str, str]
    positions: dict[str, int]


class Witness:
    """Reads the lease table and what Firehose has accepted, again and again."""

    def __init__(self, server: FaultServer, rows: Any) -> None:
        self.samples: list[Sample] = []
        self.accepted: list[Place] = []
        self.error: BaseException | None = None
        self._server, self._rows = server, rows
        self._read_bytes = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            while not self._end.wait(0.3):
                self._look()
            self._look()
        except BaseException as error:
            self.error = error

    def _look(self) -> None:
        rows = self._rows()
        at_ns = time.monotonic_ns()
        content = self._server.accepted(LAKE)
        for raw in content[self._read_bytes :].splitlines():
            line = line_schema.parse(raw, where=LAKE)
            self.accepted.append((line["shard"], int(line["seq"])))
        self._read_bytes = len(content)
        owners = {row["leaseKey"]["S"]: row.get("leaseOwner", {}).get("S", "") for row in rows}
        positions = {row["leaseKey"]["S"]: place_of(row["checkpoint"]["S"]) for row in rows}
        self.samples.append(Sample(at_ns, len(self.accepted), owners, positions))

    def owned_by(self, names: set[str]) -> int:
        """Unfinished leases of these owners at the last look."""
        assert self.error is None, self.error
        if not self.samples:
            return 0
        last = self.samples[-1]
        return sum(last.owners[key] in names and last.positions[key] != END for key in last.owners)

    def moved(self, before: str, after: str) -> int:
        """How often a lease went straight from one owner to the other."""
        pairs = zip(self.samples, self.samples[1:], strict=False)
        return sum(
            new.owners.get(key) == after
            for old, new in pairs
            for key, name in old.owners.items()
            if name == before
        )

    def __enter__(self) -> Witness:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


def positions_were_right(witness: Witness, java: JavaWorker) -> int:
    """At each look each position lies within the records without a gap that were delivered by then, and none moved
    back. How many positions were looked at."""
    delivered_ns: dict[Place, int] = {}
    for (shard, number), at_ns in zip(java.records, java.record_times, strict=True):
        delivered_ns.setdefault((shard, int(number)), at_ns)
    accepted_index: dict[Place, int] = {}
    for index, place in enumerate(witness.accepted):
        accepted_index.setdefault(place, index)
    shards: dict[str, list[int]] = {}
    for shard, number in {*delivered_ns, *accepted_index}:
        shards.setdefault(shard, []).append(number)
    last: dict[str, int] = {}
    looked = 0
    for sample in witness.samples:
        for shard, position in sample.positions.items():
            assert position >= last.get(shard, -1), f"{shard} moved back to {position}"
            last[shard] = position
            for number in shards.get(shard, []):
                if number <= position:
                    by_java = delivered_ns.get((shard, number), sample.at_ns + 1) <= sample.at_ns
                    by_us = accepted_index.get((shard, number), sample.accepted) < sample.accepted
                    assert by_java or by_us, f"{shard} stands at {position}, {number} was not delivered"
            looked += 1
    return looked


def test_a_fleet_of_the_older_protocol_and_ours(tmp_path: Path) -> None:
    with DynamoDBLocal() as local, FaultServer(role=None) as server:
        server.create_delivery_stream(LAKE, keep=True)
        shape = {"shards": SHARDS, "generations": 1, "children": CHILDREN, "records": RECORDS, "rate": RATE}
        arn = server.create_stream(table=TABLE, record_bytes=300, **shape)["arn"]
        server.add_rule("delay", service="firehose", ms=400)  # a position written too early is seen
        environment = aws_environment(
            dynamodb=local.endpoint, streams=server.endpoint, firehose=server.endpoint, home=tmp_path
        )
        arguments = ["--stream-arn", arn, "--firehose", LAKE, "--app", APP, "--failover", "3s"]
        arguments += ["--flush-age", "100ms", "--poll", "50ms", "--poll-idle", "100ms"]

        def penstock(name: str) -> Worker:
            return Worker([*arguments, "--worker-id", name], environment, tmp_path / "state")

        java = JavaWorker(KCL1, arn, APP, dynamodb=local.endpoint, streams=server.endpoint, folder=tmp_path)
        with contextlib.ExitStack() as stack:
            witness = stack.enter_context(Witness(server, rows_of(local.client("dynamodb"), APP)))

            def everything() -> bool:
                return (
                    len({*witness.accepted, *((shard, int(number)) for shard, number in java.records)}) == ALL
                )

            first = stack.enter_context(penstock("first"))
            wait_until(lambda: witness.owned_by({first.worker_id}) == SHARDS, "our worker owns all shards")
            stack.enter_context(java)
            java.wait_for(lambda: witness.owned_by({java.name}) >= 2, "Java has stolen two of six")
            assert first.term() == 0, first.log_text()
            java.wait_for(lambda: witness.owned_by({first.worker_id, ""}) == 0, "Java has the others too")
            second = stack.enter_context(penstock("second"))
            third = stack.enter_context(penstock("third"))
            ours = {second.worker_id, third.worker_id}
            java.wait_for(lambda: witness.owned_by(ours) >= 2, "we have stolen two of them")
            java.wait_for(everything, "every record is delivered", seconds=400)
            for worker in (second, third):
                assert worker.term() == 0, worker.log_text()
            java.stop()
        looked = positions_were_right(witness, java)
        stolen = {
            "by Java": witness.moved(first.worker_id, java.name),
            "by us": sum(witness.moved(java.name, name) for name in ours),
        }
        twice = len(witness.accepted) + len(java.records) - ALL
        print(f"\njava fleet: {looked} positions were right; {stolen} stolen")
        print(f"java fleet: {len(java.records)} of {ALL} records by Java, {twice} twice")
        assert min(stolen.values()) >= 2, stolen
        assert server.verdict()["unknown"] == 0 and server.verdict()["different"] == 0
