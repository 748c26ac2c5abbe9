"""What benches measure: the CPU, memory, threads and sockets of a process, and the calls that a fault server saw."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.faultd import FaultServer

CPU_CLOCK = 2  # the kernel's CPUCLOCK_SCHED


@dataclass
class Usage:
    """Of a living process, at a moment."""

    at: float
    user_s: float
    system_s: float
    peak_mib: float
    resident_mib: float
    threads: int
    sockets: int

    @property
    def cpu_s(self) -> float:
        return self.user_s + self.system_s

    def percent_since(self, earlier: Usage) -> float:
        """Of one core."""
        return (self.cpu_s - earlier.cpu_s) / (self.at - earlier.at) * 100


def _sockets(pid: int) -> int:
    count = 0
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed by now
            count += os.readlink(entry).startswith("socket:")
    return count


def _cpu_seconds(pid: int) -> float:
    """To the nanosecond, by the process's own clock (clock_getcpuclockid), ended threads included."""
    return time.clock_gettime((~pid << 3) | CPU_CLOCK)


def read_usage(pid: int) -> Usage:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = {
        name: value.split()[0] for name, _, value in (line.partition(":") for line in lines) if value.strip()
    }
    user, system = int(fields[11]), int(fields[12])  # in ticks: good enough for their ratio alone
    cpu_s = _cpu_seconds(pid)
    user_s = cpu_s * user / (user + system) if user + system else cpu_s
    return Usage(
        at=time.monotonic(),
        user_s=user_s,
        system_s=cpu_s - user_s,
        peak_mib=int(status["VmHWM"]) / 1024,
        resident_mib=int(status["VmRSS"]) / 1024,
        threads=int(status["Threads"]),
        sockets=_sockets(pid),
    )


@dataclass
class Calls:
    """Of one operation."""

    calls: int = 0
    request_bytes: int = 0
    reply_bytes: int = 0

    def mean_request_bytes(self) -> int:
        return self.request_bytes // self.calls if self.calls else 0


def read_calls(server: FaultServer) -> dict[str, Calls]:
    """By operation, whatever the resource."""
    found: dict[str, Calls] = {}
    for entry in server.stats()["operations"]:
        sums = found.setdefault(entry["operation"], Calls())
        sums.calls += int(entry["calls"])
        sums.request_bytes += int(entry["request_bytes"])
        sums.reply_bytes += int(entry["reply_bytes"])
    return found


def calls_since(later: dict[str, Calls], earlier: dict[str, Calls]) -> dict[str, Calls]:
    news = {}
    for name, sums in later.items():
        before = earlier.get(name, Calls())
        more = Calls(
            sums.calls - before.calls,
            sums.request_bytes - before.request_bytes,
            sums.reply_bytes - before.reply_bytes,
        )
        if more.calls:
            news[name] = more
    return news


def counts(calls: dict[str, Calls]) -> dict[str, int]:
    return {name: sums.calls for name, sums in sorted(calls.items())}
