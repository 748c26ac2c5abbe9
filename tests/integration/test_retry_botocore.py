"""The adaptive retry mode goes by botocore's numbers: the same history through its classes and ours, the same rates."""

from __future__ import annotations

import os
import random
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import CapacityNotAvailableError
from botocore.retries.adaptive import ClientRateLimiter, RateClocker
from botocore.retries.bucket import TokenBucket
from botocore.retries.throttling import CubicCalculator

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("PENSTOCK_BUILD", "build/dev")
HISTORIES, EVENTS = 40, 400
START_MS = 86_400_000


class Clock:
    ms = 0

    def current_time(self) -> float:
        return self.ms / 1000


class Detector:
    def is_throttling_error(self, *, throttled: bool) -> bool:
        return throttled


def play_botocore(start_ms: int, events: list[tuple[int, str]]) -> list[tuple[int, float, float, float]]:
    clock: Any = Clock()
    clock.ms = start_ms
    adjustor = CubicCalculator(starting_max_rate=0, start_time=clock.current_time())
    tokens, clocker = TokenBucket(max_rate=1, clock=clock), RateClocker(clock)
    limiter = ClientRateLimiter(
        rate_adjustor=adjustor,
        rate_clocker=clocker,
        token_bucket=tokens,
        throttling_detector=Detector(),
        clock=clock,
    )
    # `acquire` would sleep: a token that is not there is asked for again later in the history instead.
    acquire = tokens.acquire
    tokens.acquire = lambda: acquire(block=False)
    shown = []
    for ms, what in events:
        clock.ms, taken = ms, 1
        if what == "take":
            try:
                limiter.on_sending_request(request=None)
            except CapacityNotAvailableError:
                taken = 0
        else:
            limiter.on_receiving_response(throttled=what == "throttle")
        shown.append((taken, tokens.max_rate, clocker.measured_rate, tokens.available_capacity))
    return shown


def play_ours(start_ms: int, events: list[tuple[int, str]]) -> list[tuple[int, float, float, float]]:
    text = f"{start_ms}\n" + "".join(f"{ms} {what}\n" for ms, what in events)
    tool = BUILD / "tests/support/retry_rate"
    done = subprocess.run([str(tool)], input=text, capture_output=True, timeout=120, check=True, text=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    return [(int(taken), float(rate), float(measured), float(left)) for taken, rate, measured, left in rows]


def make_history(rng: random.Random) -> tuple[int, list[tuple[int, str]]]:
    """Phases of their own speed and share of throttles, from a thousand requests a second to long silences."""
    start = ms = START_MS + rng.randrange(100_000)
    events: list[tuple[int, str]] = []
    while len(events) < EVENTS:
        gap = rng.choice([0, 1, 5, 40, 300, 2_000, 30_000])
        throttled = rng.choice([0.0, 0.0, 0.1, 0.5, 1.0])
        for _ in range(rng.randint(1, 60)):
            ms += rng.randint(0, 2 * gap)
            what = "take" if rng.random() < 0.5 else "throttle" if rng.random() < throttled else "ok"
            events.append((ms, what))
    return start, events


def test_random_histories() -> None:
    seed = int(os.environ.get("PENSTOCK_TEST_SEED") or time.time_ns() % 2**32)
    print(f"PENSTOCK_TEST_SEED={seed}")
    rng = random.Random(seed)
    refused = compared = 0
    for number in range(HISTORIES):
        start, events = make_history(rng)
        theirs, ours = play_botocore(start, events), play_ours(start, events)
        assert len(theirs) == len(ours)
        for at, (wanted, got) in enumerate(zip(theirs, ours, strict=True)):
            assert got == pytest.approx(wanted, rel=1e-9), (
                f"history {number}, event {at} {events[at]}: botocore {wanted}, ours {got}"
            )
        compared += len(ours)
        refused += sum(1 for taken, *_ in ours if taken == 0)
    print(f"{compared} events, {refused} without a token: the same rates, measured rates and tokens")
    assert 100 < refused < compared / 2
