"""Random changes through DynamoDB Local, two workers and Firehose, while workers die, stop and shards end: the
state rebuilt from what landed is the table, value for value.

PENSTOCK_CHANGES says how many changes (10,000 unless set; tests/integration/property makes 100,000 and prints its
figures), PENSTOCK_TEST_SEED replays a seed.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import landing
from tests.support.changes import Changes, apply_all
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer
from tests.support.fleet import Fleet, rows_of, wait_until
from tests.support.penstock import HANG_SECONDS, Worker
from tests.support.role import MAKES_LEASE_TABLE

CHANGES = int(os.environ.get("PENSTOCK_CHANGES", "10000"))
TABLE = "orders"
STREAM = "orders-landing"
FLUSH = {"buffer_ms": 200, "buffer_bytes": 4 * 1024 * 1024}
PREFIX = "ddb/orders/dt=!{timestamp:yyyy-MM-dd}/HH=!{timestamp:HH}/"


class Landed:
    """The landed folder, read as it grows: each file once, when it is whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = landing.State()
        self._known: set[Path] = set()

    def read_on(self) -> bool:
        """True when there was something new."""
        new = sorted(set(self.folder.rglob("*.gz")) - self._known)
        for path in new:
            for line in landing.read_file(path):
                self.state.add(line)
        self._known.update(new)
        return bool(new)


class Writer:
    """Makes the changes in a thread of its own, up to a limit that the test moves on."""

    def __init__(self, client: Any, changes: Changes, milestones: list[int]) -> None:
        self._news = threading.Condition()
        self._done = 0
        self._limit = milestones[0]
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(client, changes), daemon=True)
        self._thread.start()

    def _run(self, client: Any, changes: Changes) -> None:
        try:
            apply_all(client, TABLE, changes, self._progress)
        except BaseException as error:
            self._error = error

    def _progress(self, done: int) -> None:
        with self._news:
            self._done = done
            self._news.notify_all()
            while self._done >= self._limit:
                self._news.wait()

    def go_to(self, limit: int) -> None:
        with self._news:
            self._limit = limit
            self._news.notify_all()

    def wait_for(self, count: int) -> None:
        def reached() -> bool:
            assert self._error is None, self._error
            return self._done >= count

        wait_until(reached, f"{count} changes made", HANG_SECONDS * 5)

    def finish(self) -> None:
        self.go_to(1 << 60)
        self._thread.join(HANG_SECONDS * 5)
        assert not self._thread.is_alive() and self._error is None, self._error


class Scene:
    """Table, stream, fault server and two workers; what happens to them, and what came of it."""

    def __init__(
        self,
        local: DynamoDBLocal,
        server: FaultServer,
        keys: dict[str, str],
        folder: Path,
        failover: str,
    ) -> None:
        self.local, self.server = local, server
        self.table_client = local.client("dynamodb")
        local.create_table(TABLE, keys)
        server.create_delivery_stream(STREAM, landing=str(folder / "landing"), prefix=PREFIX, **FLUSH)
        self.landed = Landed(folder / "landing")
        arguments = ["--table", TABLE, "--firehose", STREAM, "--app", "orders-app"]
        arguments += [
            "--failover",
            failover,
            "--flush-age",
            "100ms",
            "--poll",
            "50ms",
            "--poll-idle",
            "100ms",
        ]
        environment = server.environment(
            {"PATH": os.environ["PATH"], "HOME": str(folder)} | sanitizer_options()
        )
        self.fleet = Fleet(arguments, environment, folder, rows_of(self.table_client, "orders-app"))
        self.killed_in_flight = 0

    def kill_owner_in_flight(self, when: str) -> None:
        """SIGKILL while Firehose holds a request of the owner's: not yet taken ("before"), or taken and not yet
        answered ("after"). A new worker follows at once."""
        with self.server.fault("hold", service="firehose", operation="PutRecordBatch", when=when) as hold:
            owner = self._owner_in_flight()
            owner.kill()
            self.killed_in_flight += 1
            self.server.release(hold)
        self.fleet.add()

    def _owner_in_flight(self) -> Worker:
        """The owner, once a request is held; one that loses its lease meanwhile gives its request up."""
        found: list[Worker] = []

        def is_held() -> bool:
            self.server.wait_parked(1, HANG_SECONDS)
            found[:] = [self.fleet.owner()]
            return self.server.in_flight()["by"].get("firehose.PutRecordBatch", {}).get(STREAM, 0) >= 1

        wait_until(is_held, "Firehose holds a request of the owner's")
        return found[0]

    def stop_owner(self) -> None:
        owner = self.fleet.owner()
        assert owner.term() == 0, owner.log_text()
        self.fleet.add()

    def roll(self) -> None:
        """The shard ends. DynamoDB Local's children follow only once it has; the workers find them themselves."""
        self.local.rollover()

    def verdict(self) -> landing.Verdict:
        names = landing.key_names(self.table_client, TABLE)
        items = landing.scan(self.table_client, TABLE)
        return landing.compare(self.landed.state, items, names)

    def wait_until_all_landed(self) -> landing.Verdict:
        last_news = time.monotonic()
        while True:
            if self.landed.read_on():
                last_news = time.monotonic()
                continue
            verdict = self.verdict()
            if verdict.good or time.monotonic() - last_news > HANG_SECONDS:
                return verdict
            assert len(self.fleet.running()) == 2, "a worker has ended by itself"
            time.sleep(0.2)

    def finish(self) -> landing.Verdict:
        """All has landed; both workers leave, and what they still had to say has landed too."""
        verdict = self.wait_until_all_landed()
        assert verdict.good, f"{verdict}\n{describe(verdict)}"
        for worker in self.fleet.running():
            assert worker.term() == 0, worker.log_text()
        self.server.flush()
        self.landed.read_on()
        return self.verdict()


def describe(verdict: landing.Verdict) -> str:
    groups = {"missing": verdict.missing, "different": verdict.different, "should be gone": verdict.extra}
    return "\n".join(f"{name}: {str(key)[:200]}" for name, keys in groups.items() for key in keys[:5])


def sanitizer_options() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}


def chosen_seed() -> int:
    seed = int(os.environ.get("PENSTOCK_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"seed: PENSTOCK_TEST_SEED={seed}")
    return seed


@pytest.fixture
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    keys, failover = request.param
    with (
        DynamoDBLocal() as local,
        FaultServer(role=MAKES_LEASE_TABLE, upstream_dynamodb=local.endpoint) as server,
    ):
        made = Scene(local, server, keys, tmp_path, failover)
        with made.fleet:
            yield made


def play(scene: Scene, changes: Changes, events: list[Callable[[], Any]]) -> landing.Verdict:
    """Makes the changes, and each event at its share of the way while the changes go on to the next one's."""
    started = time.monotonic()
    milestones = [changes.count * (number + 1) // (len(events) + 1) for number in range(len(events))]
    for _ in range(2):
        scene.fleet.add()
    writer = Writer(scene.table_client, changes, milestones)
    for number, event in enumerate(events):
        writer.wait_for(milestones[number])
        writer.go_to(milestones[number + 1] if number + 1 < len(events) else 1 << 60)
        event()
    writer.finish()
    verdict = scene.finish()
    print(f"{changes.count} changes in {time.monotonic() - started:.0f} s: {verdict}")
    return verdict


KEYS = [{"pk": "S", "sk": "N"}, {"pk": "N", "sk": "B"}, {"pk": "B"}]


@pytest.mark.parametrize(
    ("scene", "keys"), [((keys, "2s"), keys) for keys in KEYS[:2]], indirect=["scene"], ids=["SN", "NB"]
)
def test_nothing_is_lost_whatever_happens_to_the_workers(scene: Scene, keys: dict[str, str]) -> None:
    seed = chosen_seed()
    count = CHANGES // 2
    changes = Changes(seed, count, max(50, count // 20), keys)
    verdict = play(
        scene,
        changes,
        [
            scene.roll,
            lambda: scene.kill_owner_in_flight("after"),
            scene.stop_owner,
            scene.roll,
            lambda: scene.kill_owner_in_flight("before"),
            scene.stop_owner,
            scene.roll,
            lambda: scene.kill_owner_in_flight("after"),
        ],
    )
    assert scene.killed_in_flight == 3
    assert verdict.good, f"{verdict}\n{describe(verdict)}"


@pytest.mark.core
@pytest.mark.parametrize(("scene", "keys"), [((KEYS[2], "30s"), KEYS[2])], indirect=["scene"], ids=["B"])
def test_stops_and_shard_ends_alone_make_no_duplicates(scene: Scene, keys: dict[str, str]) -> None:
    """Nor does a machine that stands still for a while, which is why leases live long here."""
    changes = Changes(chosen_seed(), 1500, 100, keys)
    verdict = play(scene, changes, [scene.stop_owner, scene.roll, scene.stop_owner, scene.roll])
    assert verdict.good, f"{verdict}\n{describe(verdict)}"
    assert verdict.duplicates == 0, str(verdict)
