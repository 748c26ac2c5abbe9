"""The take-over bench; tests/bench/takeover builds what it needs and calls it."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.faultd import FaultServer
from tests.support.fleet import Fleet, wait_until
from tests.support.role import MAKES_LEASE_TABLE

TABLE, APP = "bench", "bench-app"
LIFE_SECONDS = 90  # for so long a shard has records
LOOK_SECONDS = 0.003
SETTLED_SECONDS = 1.0  # of even shares before something is done to the fleet


class Acceptances:
    """When each shard's lines were accepted, watched in a thread of its own."""

    def __init__(self, server: FaultServer) -> None:
        self._server = server
        self._times: dict[str, list[float]] = {}
        self._counts: dict[str, int] = {}
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._stop.is_set():
            shards = self._server.verdict(detail=True)["shards"]
            now = time.monotonic()
            with self._lock:
                for shard in shards:
                    if shard["accepted"] > self._counts.get(shard["shard"], 0):
                        self._counts[shard["shard"]] = shard["accepted"]
                        self._times.setdefault(shard["shard"], []).append(now)
            time.sleep(LOOK_SECONDS)

    def __enter__(self) -> Acceptances:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def first_after(self, moment: float) -> list[float]:
        """Of each shard that has one, the first acceptance after the moment."""
        with self._lock:
            later = ([at for at in times if at > moment] for times in self._times.values())
            return [times[0] for times in later if times]

    def greatest_gap(self, begin: float, end: float) -> float:
        """The longest that any shard stood still between two acceptances of which one at least lies between."""
        with self._lock:
            gaps = [
                after - before
                for times in self._times.values()
                for before, after in zip(times, times[1:], strict=False)
                if after > begin and before < end
            ]
        return max(gaps, default=0.0)


class Scene:
    """Some workers, their shards, and what is accepted; one round long."""

    def __init__(self, server: FaultServer, fleet: Fleet, seen: Acceptances, shards: int, seed: int) -> None:
        self.server, self.fleet, self.seen, self.shards = server, fleet, seen, shards
        self.random = random.Random(seed)

    def all_delivered_after(self, moment: float) -> float:
        """Waits until each shard has had a line accepted after the moment; the time of the last one."""
        wait_until(
            lambda: len(self.seen.first_after(moment)) == self.shards,
            "every shard delivers",
            alive=lambda: bool(self.fleet.running()),
        )
        return max(self.seen.first_after(moment))

    def is_even(self) -> bool:
        shares = self.fleet.shares()
        return sum(shares.values()) == self.shards and max(shares.values()) - min(shares.values()) <= 1

    def two_workers(self) -> None:
        """The shards are shared evenly, for long enough that no phase of the leases is favoured."""
        self.fleet.add()
        self.fleet.add()
        wait_until(self.is_even, "even shares")
        time.sleep(SETTLED_SECONDS + self.random.uniform(0, 4))
        assert self.is_even()


def cold(scene: Scene) -> dict[str, float]:
    worker = scene.fleet.add()
    wait_until(lambda: bool(scene.seen.first_after(0)), "the first line", alive=worker.is_running)
    last = scene.all_delivered_after(worker.started_at)
    return {
        "first": min(scene.seen.first_after(0)) - worker.started_at,
        "all": last - worker.started_at,
    }


def kill(scene: Scene) -> dict[str, float]:
    scene.two_workers()
    killed_at = time.monotonic()
    scene.fleet.running()[0].kill()
    return {"all": scene.all_delivered_after(time.monotonic() + 0.01) - killed_at}


def term(scene: Scene) -> dict[str, float]:
    scene.two_workers()
    signalled = time.monotonic()
    worker = scene.fleet.running()[0]
    assert worker.term() == 0, worker.log_text()
    ended = time.monotonic()
    last = scene.all_delivered_after(ended)
    gap = scene.seen.greatest_gap(signalled, last)
    return {"exit": ended - signalled, "all": last - signalled, "gap": gap, "duplicates": duplicates(scene)}


def slot(scene: Scene) -> dict[str, float]:
    scene.two_workers()
    scene.fleet.running()[0].kill()
    killed_at = time.monotonic()
    again = scene.fleet.add()
    last = scene.all_delivered_after(killed_at + 0.01)
    return {"all": last - again.started_at, "gap": scene.seen.greatest_gap(killed_at, last)}


def replace(scene: Scene) -> dict[str, float]:
    scene.two_workers()
    began = time.monotonic()
    leaver = scene.fleet.running()[0]
    scene.fleet.add().wait_for("worker started")
    assert leaver.term() == 0, leaver.log_text()
    wait_until(scene.is_even, "even shares again")
    last = scene.all_delivered_after(time.monotonic())
    return {"all": last - began, "gap": scene.seen.greatest_gap(began, last), "duplicates": duplicates(scene)}


def duplicates(scene: Scene) -> float:
    verdict = scene.server.verdict()
    assert verdict["unknown"] == 0, verdict
    return float(verdict["duplicates"])


Play = Callable[[Scene], dict[str, float]]

# name, --failover, what is done, which figure is bounded, the bound in s, what it is, the Java fleet's (two workers,
# 8 shards, measured before this program was begun)
SCENARIOS: list[tuple[str, str, Play, str, float, str, str]] = [
    ("cold", "10s", cold, "first", 1.5, "cold start, exec to the first record", "54 to 152 s"),
    ("kill-10s", "10s", kill, "all", 12.5, "kill -9, until all shards deliver", "62 to 84 s"),
    ("kill-3s", "3s", kill, "all", 5.0, "the same with --failover 3s", ""),
    ("term", "10s", term, "all", 2.5, "SIGTERM, until the other delivers all", "61 s"),
    ("slot", "10s", slot, "all", 1.0, "killed, restarted on its slot, all deliver", ""),
    ("replace", "10s", replace, "gap", 2.5, "a worker replaced, greatest gap of a shard", ""),
]


def run_round(play: Play, failover: str, options: argparse.Namespace, seed: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as name:
        folder = Path(name)
        with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE], signatures=False) as server:
            records = options.rate * LIFE_SECONDS
            server.create_stream(
                table=TABLE, shards=options.shards, records=records, rate=options.rate, verify=False
            )
            environment = server.environment({"PATH": os.environ["PATH"], "HOME": str(folder)})
            arguments = ["--table", TABLE, "--firehose", TABLE, "--app", APP, "--failover", failover]
            arguments += ["--flush-age", options.flush_age]
            fleet = Fleet(arguments, environment, folder, lambda: server.rows(APP))
            with fleet, Acceptances(server) as seen:
                figures = play(Scene(server, fleet, seen, options.shards, seed))
    return {name: round(value, 3) for name, value in figures.items()}


def print_table(options: argparse.Namespace, results: dict[str, list[dict[str, Any]]]) -> None:
    where = f"{platform.machine()}, {os.cpu_count()} cores, {datetime.date.today()}"
    print(
        f"\ntwo workers, {options.shards} shards, --flush-age {options.flush_age}, {options.rounds} rounds, {where}"
    )
    print(f"{'seconds':<46}{'median':>8}{'worst':>8}{'bound':>8}   Java KCL fleet")
    for name, _, _, figure, bound, about, java in SCENARIOS:
        if name not in results:
            continue
        values = [one[figure] for one in results[name]]
        worst = max(values)
        mark = "" if worst <= bound else " OVER"
        print(f"{about:<46}{statistics.median(values):>8.2f}{worst:>8.2f}{bound:>8.1f}   {java}{mark}")
    repeated = [one["duplicates"] for rounds in results.values() for one in rounds if "duplicates" in one]
    if repeated:
        print(f"records repeated in all rounds of term and replace: {sum(repeated):.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests/bench/takeover")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--rate", type=int, default=100, help="records a second and shard")
    parser.add_argument("--flush-age", default="100ms")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--only", action="append", choices=[row[0] for row in SCENARIOS], default=[])
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    results: dict[str, list[dict[str, Any]]] = {}
    for name, failover, play, *_ in SCENARIOS:
        for number in range(options.rounds if not options.only or name in options.only else 0):
            figures = run_round(play, failover, options, options.seed + number)
            results.setdefault(name, []).append(figures)
            print(json.dumps({"scenario": name, "round": number + 1} | figures), flush=True)
    print_table(options, results)


if __name__ == "__main__":
    main()
