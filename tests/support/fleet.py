"""Several workers of one application, and what the lease table says of them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.penstock import HANG_SECONDS, Worker


def wait_until(
    holds: Callable[[], bool],
    what: str,
    seconds: float = HANG_SECONDS,
    alive: Callable[[], bool] = lambda: True,
) -> None:
    """Fails when it does not hold in time, or never can because `alive` says no."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert alive(), f"the worker has ended; not yet: {what}"
        assert time.monotonic() < deadline, f"after {seconds} s still not: {what}"
        time.sleep(0.05)


Rows = Callable[[], list[dict[str, Any]]]


def rows_of(dynamodb: Any, table: str) -> Rows:
    """Reads a table by boto3; no rows while it does not exist."""

    def read() -> list[dict[str, Any]]:
        try:
            pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
            return [row for page in pages for row in page["Items"]]
        except dynamodb.exceptions.ResourceNotFoundException:
            return []

    return read


class Fleet:
    """Starts workers with the same arguments; ends with none of them running."""

    def __init__(self, arguments: list[str], environment: dict[str, str], folder: Path, rows: Rows):
        self.arguments, self.environment, self.folder = arguments, environment, folder
        self._rows = rows
        self.workers: list[Worker] = []
        self._numbers = itertools.count(1)

    def add(self) -> Worker:
        """One more worker, with the state folder that all share."""
        arguments = [*self.arguments, "--worker-id", f"w{next(self._numbers)}"]
        worker = Worker(arguments, self.environment, self.folder / "state").start()
        self.workers.append(worker)
        return worker

    def running(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.is_running()]

    def leases(self) -> list[dict[str, Any]]:
        """The rows of the lease table that are leases."""
        return [row for row in self._rows() if row.get("entityType", {}).get("S", "LEASE") == "LEASE"]

    def open_leases(self) -> list[dict[str, Any]]:
        return [row for row in self.leases() if row["checkpoint"]["S"] != "SHARD_END"]

    def shares(self) -> dict[str, int]:
        """How many unfinished leases each running worker owns, by the name it has in the table."""
        shares = {worker.worker_id: 0 for worker in self.running()}
        for row in self.open_leases():
            owner = row.get("leaseOwner", {}).get("S", "")
            if owner in shares:
                shares[owner] += 1
        return shares

    def owner(self) -> Worker:
        """The running worker that owns the unfinished leases, once it is one alone."""
        found: list[Worker] = []

        def one_alone() -> bool:
            shares = self.shares()
            found[:] = [worker for worker in self.running() if shares.get(worker.worker_id)]
            return len(found) == 1

        wait_until(one_alone, "one worker owns the open shard")
        return found[0]

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        for worker in self.workers:
            worker.__exit__(kind, error, trace)
