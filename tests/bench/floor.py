"""The floor beside which ours is put: tests/bench/floor.c, run against a fault server."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.built import build_folder
from tests.support.faultd import FaultServer

HANG_SECONDS = 900


@dataclass
class Floor:
    user_s: float
    system_s: float
    wall_s: float
    peak_mib: float

    @property
    def cpu_s(self) -> float:
        return self.user_s + self.system_s

    @property
    def percent(self) -> float:
        """Of one core."""
        return self.cpu_s / self.wall_s * 100


def run_floor(
    server: FaultServer,
    stream: str,
    firehose: str,
    *,
    shards: int,
    puts: int,
    put_bytes: int,
    senders: int,
    hash_bodies: bool = False,
    wrapper: tuple[str, ...] = (),
    before_start: Callable[[], None] | None = None,
    pace: tuple[float, float, int] | None = None,
) -> Floor:
    """`pace`: seconds, calls of GetRecords a second, and over how many connections; unpaced it reads to the end.
    `hash_bodies`: SHA-256 of each put, which a signature demands."""
    words = ["--url", server.service_endpoint, "--stream", stream, "--firehose", firehose]
    words += ["--shards", str(shards), "--puts", str(puts), "--put-bytes", str(put_bytes)]
    words += ["--senders", str(senders)]
    if server.authority:
        words += ["--authority", str(server.authority.bundle)]
    if hash_bodies:
        words += ["--hash"]
    if pace:
        seconds, calls, readers = pace
        words += ["--seconds", str(seconds), "--calls-per-second", str(calls)]
        words += ["--readers", str(max(1, min(readers, shards)))]
    done = subprocess.run(
        [*wrapper, str(build_folder() / "tests" / "bench" / "bench_floor"), *words],
        check=True,
        capture_output=True,
        timeout=HANG_SECONDS,
        preexec_fn=before_start,
    )
    seen = json.loads(done.stdout)
    return Floor(seen["user_s"], seen["system_s"], seen["wall_s"], seen["peak_kib"] / 1024)
