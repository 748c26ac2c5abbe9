"""Plays a schedule on a running fleet, and counts the faults that were really made."""

from __future__ import annotations

import heapq
import itertools
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable

from tests.support.chaos.rules import rules_of
from tests.support.chaos.schedule import KINDS, WORKERS, Event
from tests.support.chaos.slots import Slots
from tests.support.faultd import FaultServer
from tests.support.penstock import Worker

LOOK_SECONDS = 0.25
SKEWS = (900, -900)  # seconds; AWS allows five minutes


class Director:
    def __init__(self, server: FaultServer, slots: Slots, failover_ms: int) -> None:
        self.server, self.slots, self.failover_ms = server, slots, failover_ms
        self.faults: Counter[int] = Counter({7: WORKERS // 2})  # pairs of workers have one name
        self.kinds: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._began = 0.0

    def play(self, schedule: list[Event]) -> None:
        self._began = time.monotonic()
        for event in schedule:
            self._at(event.at, lambda event=event: self._begin(event))  # type: ignore[misc]
        while self._queue:
            at, _, action = self._queue[0]
            wait = self._began + at - time.monotonic()
            if wait <= 0:
                heapq.heappop(self._queue)
                action()
            else:
                time.sleep(min(wait, LOOK_SECONDS))
            self.slots.look_after()

    def _at(self, at: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (at, next(self._order), action))

    def _now(self) -> float:
        return time.monotonic() - self._began

    def _count(self, kind: str, times: int = 1) -> None:
        self.kinds[kind] += times
        for fault in KINDS[kind].faults:
            self.faults[fault] += times

    def _begin(self, event: Event) -> None:
        kind = KINDS[event.kind]
        who = f"worker {event.worker}: " if event.worker >= 0 else ""
        faults = ", ".join(map(str, kind.faults))
        print(f"{event.at:6.1f} s  {who}{kind.about}, {event.seconds:.1f} s (fault {faults})", flush=True)
        if kind.target == "service":
            self._trouble_service(event)
        elif kind.target == "fleet":
            self._kill_all(event)
        elif kind.target == "namespaced":
            self._trouble_network(event)
        else:
            self._trouble_worker(event)

    def _later(self, event: Event, action: Callable[[], None]) -> None:
        self._at(self._now() + event.seconds, action)

    # Services

    def _trouble_service(self, event: Event) -> None:
        if event.kind == "expired-iterators":
            self.server.expire_iterators()
            self._count(event.kind)
            return
        seed = event.choice + 1
        rules = [
            self.server.add_rule(action, **members)
            for action, members in rules_of(event.kind, seed, self.failover_ms)
        ]
        self._later(event, lambda: self._end_rules(event.kind, rules))

    def _end_rules(self, kind: str, rules: list[str]) -> None:
        fired = {str(rule["id"]): int(rule["fired"]) for rule in self.server.rules()}
        self._count(kind, sum(fired.get(rule, 0) for rule in rules))
        for rule in rules:
            self.server.remove_rule(rule)

    # The network

    def _trouble_network(self, event: Event) -> None:
        network = self.slots.network
        if network is None:
            self.skipped[event.kind] += 1
            return
        if event.kind == "link-down":
            network.link_down(event.worker)
            self._later(event, lambda: network.link_up(event.worker))
        else:
            _, service, way = event.kind.split("-")
            network.drop(event.worker, service, way)
            self._later(event, lambda: network.heal(event.worker))
        self._count(event.kind)

    # Workers

    def _trouble_worker(self, event: Event) -> None:
        number, kind = event.worker, event.kind
        if not self.slots.worker(
            number
        ).is_running():  # it has just ended by itself and is being started again
            self.slots.look_after()
        if kind in ("kill", "kill-fresh", "kill-long", "clock-off"):
            self.slots.kill(number)
            skew = SKEWS[event.choice % len(SKEWS)] if kind == "clock-off" else 0
            self.slots.all[number].skew = skew
            self._later(event, lambda: self.slots.start(number, fresh=kind == "kill-fresh", skew=skew))
        elif kind in ("pause", "pause-short"):
            self.slots.worker(number).signal(signal.SIGSTOP)
            self._later(event, lambda: self.slots.worker(number).signal(signal.SIGCONT))
        elif kind in ("term", "term-twice"):
            self.slots.terminate(number)
            leaver = self.slots.worker(number)
            if kind == "term-twice":
                self._at(self._now() + 0.03, lambda: leaver.signal(signal.SIGTERM))
            self._later(event, lambda: self._bring_back(number, leaver, kind == "term-twice"))
        elif kind == "disk-full":
            self.slots.limit_files(number, 1)
            self._later(event, lambda: self.slots.limit_files(number, resource.RLIM_INFINITY))
        elif kind == "no-descriptors":
            self.slots.limit_descriptors(number, tight=True)
            self._later(event, lambda: self.slots.limit_descriptors(number, tight=False))
        elif kind == "log-blocked":
            self.slots.block_log(number)
            self._later(event, lambda: self._unblock_log(number))
            return
        elif kind == "starved" and not self._starve(event):
            return
        self._count(kind)

    def _bring_back(self, number: int, leaver: Worker, cut_short: bool) -> None:
        """Once it has ended; it may have a stop timeout's time to go, in which the next trouble can meet it."""
        if self.slots.worker(number) is not leaver or self.slots.all[number].killed:
            return
        if self.slots.has_ended(number, cut_short=cut_short):
            self.slots.start(number)
        else:
            self._at(self._now() + LOOK_SECONDS, lambda: self._bring_back(number, leaver, cut_short))

    def _unblock_log(self, number: int) -> None:
        if self.slots.read_log(number):
            self._count("log-blocked")
        else:
            self.skipped["log-blocked (the pipe was not full in time)"] += 1

    def _starve(self, event: Event) -> bool:
        starvation = self.slots.starvation
        if starvation.folder is None:
            self.skipped[event.kind] += 1
            return False
        pid = self.slots.worker(event.worker).pid
        starvation.add(pid)
        self._later(event, lambda: starvation.remove(pid) if self._is_alive(event.worker, pid) else None)
        return True

    def _is_alive(self, number: int, pid: int) -> bool:
        worker = self.slots.worker(number)
        return worker.is_running() and worker.pid == pid

    def _kill_all(self, event: Event) -> None:
        for number in range(WORKERS):
            self.slots.kill(number)
            self._later(event, lambda number=number: self.slots.start(number))  # type: ignore[misc]
        self._count(event.kind)
