"""One run: a fleet on a stream that splits twice, a schedule of troubles, the settling, and what came of it."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.chaos import network
from tests.support.chaos.cgroup import Starvation
from tests.support.chaos.director import Director
from tests.support.chaos.schedule import KINDS, NAMESPACED, WORKERS, make_schedule
from tests.support.chaos.slots import Slots
from tests.support.fault_list import read_faults
from tests.support.faultd import SECRET_KEY, FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE

TABLE, APP, HOSE = "chaos", "chaos-app", "lake"
SHARDS, GENERATIONS = 32, 2
RATE = 8  # records a second and shard
FAILOVERS_S = (3, 3, 4, 5, 10)
HAND_OVER_S = 30
SETTLE_SECONDS = 300  # far beyond failover + hand-over + five scans


@dataclass
class Outcome:
    verdict: dict[str, Any]
    positions: dict[str, Any]
    shares: dict[str, int]
    troubles: list[str]
    exit_codes: list[int] = field(default_factory=list)
    owned_after: list[str] = field(default_factory=list)
    secrets: int = 0


def say_aloud(words: str) -> None:
    print("\n".join(f"chaos: {line}" for line in words.splitlines()), flush=True)


class Run:
    """`say` gets what is worth printing."""

    def __init__(
        self, seed: int, seconds: float, folder: Path, say: Callable[[str], None] = say_aloud
    ) -> None:
        self.seed, self.seconds, self.folder, self.say = seed, seconds, folder, say
        rng = random.Random(f"run {seed}")
        self.failover_s = rng.choice(FAILOVERS_S)
        self.late_children = rng.random() < 0.5
        self.children_delay_ms = rng.choice((0, 1500))

    def arguments(self) -> list[str]:
        words = ["--table", TABLE, "--firehose", HOSE, "--app", APP, "--failover", f"{self.failover_s}s"]
        words += ["--flush-age", "200ms", "--poll", "200ms", "--poll-idle", "400ms"]
        return [*words, "--stop-timeout", "30s", "--log-level", "debug", "--progress", "1s"]

    def play(self) -> Outcome:
        self.say(
            f"seed {self.seed}: {self.seconds:.0f} s, --failover {self.failover_s}s, {WORKERS} workers, {SHARDS} "
            f"shards that split twice, children {'born when the end is read' if self.late_children else 'at once'}"
        )
        problem = network.why_not()
        if problem:
            self.say(f"left out: network namespaces ({problem}); the fault server alone cuts services off")
        starvation = Starvation()
        if starvation.folder is None:
            self.say("left out: a starved worker (no control group can be made here)")
        try:
            with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[HOSE]) as server:
                self._create_stream(server)
                if problem:
                    return self._play_on(server, None, starvation)
                with network.Network(server.port, list(NAMESPACED)) as made:
                    return self._play_on(server, made, starvation)
        finally:
            starvation.close()

    def _create_stream(self, server: FaultServer) -> None:
        server.create_stream(
            table=TABLE,
            shards=SHARDS,
            generations=GENERATIONS,
            records=max(20, int(self.seconds * RATE / (GENERATIONS + 1))),
            rate=RATE,
            keys=50,
            seed=self.seed % 2**31,
            children_after_end_read=self.late_children,
            children_delay_ms=self.children_delay_ms,
        )

    def _play_on(self, server: FaultServer, made: network.Network | None, starvation: Starvation) -> Outcome:
        base = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        slots = Slots(self.arguments(), server.environment(base), self.folder, made, starvation)
        try:
            for number in range(WORKERS):
                slots.start(number)
            director = Director(server, slots, self.failover_s * 1000)
            director.play(make_schedule(self.seed, self.seconds))
            self._report_faults(director, slots)
            return self._settle(server, slots)
        finally:
            slots.close()
            self._keep_logs(slots)

    def _settle(self, server: FaultServer, slots: Slots) -> Outcome:
        server.clear_rules()
        began = time.monotonic()
        shares: dict[str, int] = {}

        def settled() -> bool:
            slots.look_after()
            shares.clear()
            shares.update(shares_of(server, slots.running()))
            return is_even(server, shares) and is_delivered(server.verdict())

        try:
            wait_until(settled, "all is delivered and evenly shared", SETTLE_SECONDS)
            self.say(f"settled {time.monotonic() - began:.1f} s after the last trouble")
        except AssertionError as problem:
            self.say(f"{problem}: {shares}")
            print("\n".join(str(row) for row in server.rows(APP)))
        slots.note_memory()
        codes = self._end(slots)
        outcome = Outcome(server.verdict(), server.positions(), shares, slots.troubles(), codes)
        outcome.owned_after = [row["leaseKey"]["S"] for row in open_rows(server) if "leaseOwner" in row]
        outcome.secrets = sum(SECRET_KEY in text for worker in slots.started for text in all_text(worker))
        self.say(f"verdict: {outcome.verdict}")
        self.say(f"positions: {outcome.positions}")
        again = outcome.positions["ends"] - SHARDS * (2**GENERATIONS - 1)
        if again > 0:
            self.say(
                f"{again} shards were carried again from their begin: listings hid that they were done with"
            )
        self.say(
            f"shares: {sorted(shares.values())}; greatest memory of a worker: {slots.peak_kib // 1024} MiB"
        )
        return outcome

    def _keep_logs(self, slots: Slots) -> None:
        """One file a process, in the order of their starts."""
        folder = self.folder / "logs"
        folder.mkdir()
        for number, worker in enumerate(slots.started):
            text = "".join(f"{line}\n" for line in [*map(json.dumps, worker.lines), *worker.other_lines])
            (folder / f"{number:04}.log").write_text(text, encoding="utf-8")
        self.say(f"their logs: {folder}")

    @staticmethod
    def _end(slots: Slots) -> list[int]:
        """SIGTERM to all at once; their exit codes."""
        workers = slots.running()
        for number in range(WORKERS):
            slots.terminate(number)
        return [worker.wait() for worker in workers]

    def _report_faults(self, director: Director, slots: Slots) -> None:
        names = read_faults()
        self.say(f"{'made':>6}  trouble")
        for kind, times in sorted(director.kinds.items()):
            self.say(f"{times:>6}  {kind}: {KINDS[kind].about}")
        for kind, times in sorted(director.skipped.items()):
            self.say(f"{'no':>6}  {kind}, {times} times")
        self.say(f"{'made':>6}  fault of tests/faults.md")
        for fault, times in sorted(director.faults.items()):
            self.say(f"{times:>6}  {fault}. {names[fault]}")
        self.say(
            f"{sum(slot.lives for slot in slots.all)} processes; {slots.refused_starts} ended while they started "
            f"and were started again; {slots.lives_beside} were of the program beside this one"
        )


def open_rows(server: FaultServer) -> list[dict[str, Any]]:
    rows = server.rows(APP)
    return [row for row in rows if row["checkpoint"]["S"] != "SHARD_END"]


def shares_of(server: FaultServer, workers: list[Worker]) -> dict[str, int]:
    """How many unfinished leases each running worker owns."""
    shares = {worker.worker_id: 0 for worker in workers}
    for row in open_rows(server):
        owner = row.get("leaseOwner", {}).get("S", "")
        if owner in shares and "checkpointOwner" not in row:
            shares[owner] += 1
    return shares


def is_even(server: FaultServer, shares: dict[str, int]) -> bool:
    total = len(open_rows(server))
    share = total / WORKERS
    owned = sum(shares.values())
    near = all(share - 1 <= count <= share + 1 for count in shares.values())
    return len(shares) == WORKERS and owned == total and near


def is_delivered(verdict: dict[str, Any]) -> bool:
    return bool(verdict["missing"] == 0 and verdict["shards_complete"] == verdict["shard_count"])


def all_text(worker: Worker) -> list[str]:
    return [*worker.other_lines, *(str(line) for line in worker.lines)]
