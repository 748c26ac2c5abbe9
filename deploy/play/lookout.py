"""Watches the fleet while an act is on: who owns which shard, records per second, lag, and every take-over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from tests.support.fleet import Fleet


def short_shard(shard: str) -> str:
    return "…" + shard[-8:]


def short_owner(owner: str | None) -> str:
    """A worker's id without the random part of its start: the demo's workers have different names."""
    return owner.rpartition("-")[0] if owner else "nobody"


def is_open(row: dict[str, Any]) -> bool:
    return row["checkpoint"]["S"] != "SHARD_END"


class Lookout:
    """A thread that prints a line a second, and one for each change of owner."""

    def __init__(self, fleet: Fleet, accepted: Callable[[], int]) -> None:
        self._fleet = fleet
        self._accepted = accepted
        self._owners: dict[str, str | None] = {}
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Lookout:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(10)

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self._began:6.1f} s  {text}", flush=True)

    def _watch(self) -> None:
        before, at = self._accepted(), time.monotonic()
        while not self._ended.wait(1):
            try:
                rows = self._fleet.leases()
                accepted, now = self._accepted(), time.monotonic()
            except Exception as reason:  # a server that is going away at the act's end
                if not self._ended.is_set():
                    self.say(f"(cannot look: {reason})")
                continue
            self._say_changes(rows)
            self._say_state(rows, (accepted - before) / (now - at))
            before, at = accepted, now

    def _say_changes(self, rows: list[dict[str, Any]]) -> None:
        for row in sorted(rows, key=lambda row: row["leaseKey"]["S"]):
            shard, owner = row["leaseKey"]["S"], row.get("leaseOwner", {}).get("S")
            old = self._owners.get(shard)
            if owner and owner != old and is_open(row):
                how = f"takes over from {short_owner(old)}" if old else "takes"
                self.say(f"    {short_owner(owner)} {how}: shard {short_shard(shard)}")
            self._owners[shard] = owner

    def _say_state(self, rows: list[dict[str, Any]], rate: float) -> None:
        shares = {short_owner(worker.worker_id): 0 for worker in self._fleet.running()}
        for row in filter(is_open, rows):
            owner = short_owner(row.get("leaseOwner", {}).get("S"))
            shares[owner] = shares.get(owner, 0) + 1
        owned = ", ".join(f"{owner} {count}" for owner, count in sorted(shares.items()))
        finished = sum(not is_open(row) for row in rows)
        self.say(f"shards: {owned}; {finished} finished | {rate:,.0f} records/s | {self._lag()}")

    def _lag(self) -> str:
        """The greatest lag that a worker last reported as known."""
        known = []
        for worker in self._fleet.running():
            progress = [line for line in list(worker.lines) if line.get("msg") == "progress"]
            if progress and "lag_max_ms" in progress[-1]:
                known.append(progress[-1]["lag_max_ms"])
        return f"lag {max(known) / 1000:.1f} s" if known else "lag not known yet"
