"""Memory runs out at one allocation of a whole run (fault 55): the worker says so and ends, or goes on; it never
dies by a signal, and in the end nothing is missing.

PENSTOCK_TEST_SEED=N replays a choice; PENSTOCK_TEST_ALLOCATIONS=all tries every one in turn."""

from __future__ import annotations

import os
import random
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.built import is_sanitized
from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker, build_folder
from tests.support.role import MAKES_LEASE_TABLE

TRIES = 24
AT_ONCE = 4
ENDS = {0, 1, 2, 3, 4, 5}  # the documented exit codes: no signal is among them


def environment(server: FaultServer, folder: Path, allocation: int) -> dict[str, str]:
    settings = server.environment({"PATH": os.environ["PATH"], "HOME": str(folder)})
    return settings | {
        "LD_PRELOAD": str(build_folder() / "failing_malloc.so"),
        "FAILING_MALLOC_AT": str(allocation),
        "FAILING_MALLOC_COUNT": str(folder / "count"),
    }


def run_with_failure(folder: Path, allocation: int) -> int:
    """Delivers all, with a second worker when the first gave up; how many allocations the first one made."""
    folder.mkdir(parents=True)
    words = ["--table", "orders", "--firehose", "orders", "--failover", "2s", "--flush-age", "50ms"]
    words += ["--poll-idle", "100ms", "--admin", "127.0.0.1:0"]
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["orders"]) as server:
        server.create_stream(table="orders", shards=2, records=30)
        with Worker(words, environment(server, folder, allocation), folder / "state") as worker:
            done = lambda: server.verdict()["missing"] == 0 or not worker.is_running()  # noqa: E731
            wait_until(done, f"allocation {allocation}: delivered or ended")
            code = worker.term() if worker.is_running() else worker.wait()
            assert code in ENDS, f"allocation {allocation}: exit code {code}\n{worker.log_text()}"
            (count,) = struct.unpack("q", (folder / "count").read_bytes())
            strange = [line for line in worker.other_lines if not line.startswith("penstock: error: ")]
            assert not strange, f"allocation {allocation}: {strange}"
        with Worker(words, environment(server, folder, 0), folder / "state") as worker:
            worker.wait_for("worker started")
            server.wait_all_accepted(alive=worker.is_running)
            assert worker.term() == 0, worker.log_text()
        verdict = server.verdict()
        assert (verdict["missing"], verdict["different"]) == (0, 0), f"allocation {allocation}: {verdict}"
    return count


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer has an allocator of its own")
def test_an_allocation_that_fails(tmp_path: Path) -> None:
    count = run_with_failure(tmp_path / "none", 0)
    seed = int(os.environ.get("PENSTOCK_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"{count} allocations, PENSTOCK_TEST_SEED={seed}")
    assert count > 200, "the program's allocations are not seen: has its way to allocate changed?"
    chosen = list(range(1, count + 1))
    if os.environ.get("PENSTOCK_TEST_ALLOCATIONS") != "all":
        chosen = sorted(random.Random(seed).sample(chosen, TRIES))
    wrong = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tries = [pool.submit(run_with_failure, tmp_path / str(number), number) for number in chosen]
        for each in tries:
            if (error := each.exception()) is not None:
                wrong.append(str(error))
    assert not wrong, "\n".join(wrong)
