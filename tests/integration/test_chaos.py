"""Six real workers on 32 shards that split twice, while processes, networks, disks and services fail at random.

A run is its seed: PENSTOCK_TEST_SEED replays its troubles. PENSTOCK_CHAOS_SECONDS says for how long (90 unless set).
`./tests/run chaos` and tests/integration/chaos call it.
"""

from __future__ import annotations

import faulthandler
import os
import random
from pathlib import Path

import pytest

from tests.support.chaos.play import GENERATIONS, SHARDS, Run
from tests.support.chaos.schedule import KINDS, SERVICE_KINDS, WORKERS, make_schedule
from tests.support.fault_list import read_faults

SECONDS = float(os.environ.get("PENSTOCK_CHAOS_SECONDS", "90"))
HANG_SECONDS = SECONDS + 700


def chosen_seed() -> int:
    return int(os.environ.get("PENSTOCK_TEST_SEED", random.SystemRandom().randrange(2**32)))


@pytest.mark.slow
def test_nothing_is_lost_in_chaos(tmp_path: Path) -> None:
    faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
    seed = chosen_seed()
    print(f"chaos: seed: PENSTOCK_TEST_SEED={seed}", flush=True)
    outcome = Run(seed, SECONDS, tmp_path).play()
    verdict, positions = outcome.verdict, outcome.positions
    assert not outcome.troubles, "\n".join(outcome.troubles)
    assert verdict["shard_count"] == SHARDS * (2 ** (GENERATIONS + 1) - 1)
    assert verdict["expected"] > 0 and verdict["shards_complete"] == verdict["shard_count"]
    wrong = {name: verdict[name] for name in ("missing", "unknown", "different", "before_parent")}
    assert not any(wrong.values()), wrong
    assert positions["positions"] > 0 and positions["ends"] > 0 and positions["takes"] > 0, positions
    wrong = {name: positions[name] for name in ("ahead", "back", "strangers")}
    assert not any(wrong.values()), positions
    assert len(outcome.shares) == WORKERS, outcome.shares
    share = sum(outcome.shares.values()) / WORKERS
    assert sum(outcome.shares.values()) == SHARDS * 2**GENERATIONS
    assert all(share - 1 <= owned <= share + 1 for owned in outcome.shares.values()), outcome.shares
    assert outcome.exit_codes == [0] * WORKERS and outcome.owned_after == []
    assert outcome.secrets == 0


def test_a_schedule_is_its_seed() -> None:
    schedule = make_schedule(7, 90)
    assert schedule == make_schedule(7, 90) != make_schedule(8, 90)
    assert {event.kind for event in schedule} == set(KINDS)
    assert all(event.at + event.seconds <= 90.2 for event in schedule)
    troubled = [event for event in schedule if event.worker >= 0]
    for one in troubled:
        for other in troubled:
            if one.worker == other.worker and one.at < other.at:
                assert one.at + one.seconds < other.at, (one, other)


def test_every_trouble_is_a_fault_of_the_list() -> None:
    known = set(read_faults())
    assert all(set(kind.faults) <= known and kind.faults for kind in KINDS.values())
    assert all(KINDS[name].target == "service" for name in SERVICE_KINDS)
