"""The whole way, with real parts: random changes in DynamoDB Local, two workers that die and stop, Firehose's layout in
a folder, lines that are too long for Firehose beside it, files that come twice and in any order, a reader that is
interrupted in the middle of batches, and a Delta table that equals the scan, value for value.

PENSTOCK_CHANGES says how many changes (2,500 unless set; tests/spark/run makes 50,000), PENSTOCK_TEST_SEED replays.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ingest import merge
from ingest.config import Config
from ingest.job_logic import run_job, start_job
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession

from tests.integration.test_end_to_end import TABLE, Landed, Scene, Writer
from tests.support import landing
from tests.support.delta_items import items_of
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.landed import landed_line, write_file
from tests.support.orders import OrderChanges
from tests.support.penstock import HANG_SECONDS
from tests.support.role import Role

CHANGES = int(os.environ.get("PENSTOCK_CHANGES", "2500"))
KEYS = {"pk": "S", "sk": "N"}
TTL = "expires"
LAKE, LARGE_PLACE = "lake", "s3://lake/ddb/orders"
ROLE = Role(also=("dynamodb:CreateTable",), bucket=LAKE, large=True)
TOO_LONG = {"S": "\x01" * 180_000}  # six bytes each in a line, which so is over Firehose's 1,024,000


class Interrupted(Exception):
    """The reader's process is gone at this point, as far as a batch can tell."""


class LandedBoth(Landed):
    """What Firehose landed, and in the same folder the objects that workers put beside it (--large-records)."""

    def __init__(self, folder: Path, server: FaultServer) -> None:
        super().__init__(folder)
        self.server = server
        self.large: set[str] = set()

    def read_on(self) -> bool:
        self.fetch()
        return super().read_on()

    def fetch(self) -> None:
        new = {key for key in self.server.puts(LAKE) if key.endswith(".gz")} - self.large
        for key in new:
            lines = gzip.decompress(self.server.objects(LAKE)[key]).split(b"\n")[:-1]
            write_file(self.folder / key, lines)
        self.large |= new


class Bucket:
    """The way of a landed file to the reader: in any order, some twice, some with poison among their lines."""

    KINDS = 6  # of poison: each is in one of the first files

    def __init__(self, landed: LandedBoth, landing_folder: Path, chance: random.Random) -> None:
        self.landed, self.landing, self.chance = landed, landing_folder, chance
        self.poison: set[str] = set()
        self.delivered = self.twice = 0
        self._seen: set[Path] = set()
        self._waiting: list[tuple[Path, bool]] = []  # and whether it comes for the second time

    def _look(self) -> None:
        self.landed.fetch()
        new = sorted(set(self.landed.folder.rglob("*.gz")) - self._seen)
        self._seen.update(new)
        self._waiting += [(path, False) for path in new]

    def deliver(self, share: float) -> None:
        """About this share of the files that wait, at least one of those that never came; later ones before earlier."""

        def something_waits() -> bool:
            self._look()
            return any(not again for _, again in self._waiting)

        wait_until(something_waits, "a new file has landed")
        self.chance.shuffle(self._waiting)
        self._waiting.sort(key=lambda one: one[1])
        count = max(1, round(len(self._waiting) * share))
        chosen, self._waiting = self._waiting[:count], self._waiting[count:]
        self._put(chosen)

    def deliver_all(self) -> None:
        self._look()
        while self._waiting:
            chosen, self._waiting = self._waiting, []
            self._put(chosen)

    def _put(self, chosen: list[tuple[Path, bool]]) -> None:
        for path, again in chosen:
            lines = gzip.decompress(path.read_bytes()).split(b"\n")[:-1]
            if self.chance.random() < 0.2:
                self.chance.shuffle(lines)
            if len(self.poison) < self.KINDS or self.chance.random() < 0.1:
                lines.insert(self.chance.randrange(len(lines) + 1), self._poison().encode())
            name = f"{'again-' if again else ''}{path.name}"
            write_file(self.landing / path.relative_to(self.landed.folder).with_name(name), lines)
            self.delivered, self.twice = self.delivered + 1, self.twice + again
            if not again and self.chance.random() < 0.25:
                self._waiting.append((path, True))

    def _poison(self) -> str:
        number = len(self.poison)
        good = json.dumps(landed_line({"pk": {"S": f"poison-{number}"}, "sk": {"N": "1"}}, 300 + number, {}))
        without_key = landed_line({"pk": {"S": f"poison-{number}"}}, 300 + number, {})
        kinds = [
            good[:-1],
            good + good,
            json.dumps(without_key),
            f"garbage {number}",
            good + "]",
            good.replace("MODIFY", "X"),
        ]
        assert len(kinds) == self.KINDS
        self.poison.add(chosen := kinds[number % self.KINDS])
        return chosen


class Reader:
    """The job, run to its end or interrupted in the middle of a batch."""

    def __init__(self, spark: SparkSession, config: Config) -> None:
        self.spark, self.config = spark, config
        self.runs = self.interruptions = 0

    def run(self) -> None:
        run_job(self.spark, self.config)
        self.runs += 1

    def fail(self, point: str) -> None:
        """The batch ends before its MERGE, or after it and before the checkpoint knows."""
        whole = merge.merge_rows

        def cut(*arguments: Any) -> Any:
            if point == "after":
                whole(*arguments)
            raise Interrupted(point)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(merge, "merge_rows", cut)
            with pytest.raises(StreamingQueryException, match="Interrupted"):
                start_job(self.spark, self.config).awaitTermination()
        self.interruptions += 1

    def stop(self) -> None:
        """The query is told to stop while its batch is about to MERGE: that is cut, or done and not written down."""
        whole, in_batch, stopping = merge.merge_rows, threading.Event(), threading.Event()

        def held(*arguments: Any) -> Any:
            in_batch.set()
            assert stopping.wait(HANG_SECONDS)
            return whole(*arguments)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(merge, "merge_rows", held)
            query = start_job(self.spark, self.config)
            assert in_batch.wait(HANG_SECONDS * 5), query.exception()
            stopper = threading.Thread(target=query.stop)
            stopper.start()
            stopping.set()
            stopper.join(HANG_SECONDS * 5)
            assert not stopper.is_alive() and not query.isActive
        self.interruptions += 1


@dataclass
class Play:
    scene: Scene
    bucket: Bucket
    reader: Reader
    changes: OrderChanges


@pytest.fixture
def play(spark: SparkSession, config: Config, tmp_path: Path) -> Iterator[Play]:
    seed = int(os.environ.get("PENSTOCK_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"spark: seed PENSTOCK_TEST_SEED={seed}")
    chance = random.Random(seed)
    with (
        DynamoDBLocal() as local,
        FaultServer(role=ROLE, upstream_dynamodb=local.endpoint) as server,
    ):
        (tmp_path / "chain").mkdir()
        server.create_bucket(LAKE)
        scene = Scene(local, server, KEYS, tmp_path / "chain", "10s")
        scene.fleet.arguments += ["--large-records", LARGE_PLACE]
        scene.landed = landed = LandedBoth(scene.landed.folder, server)
        bucket = Bucket(landed, Path(config.landing), chance)
        with scene.fleet:
            changes = OrderChanges(seed, CHANGES, max(50, CHANGES // 10), KEYS)
            yield Play(scene, bucket, Reader(spark, config), changes)


def while_it_changes(play: Play) -> None:
    """Workers die, stop and meet the shard's end, the reader is interrupted, and the changes go on."""
    scene, bucket, reader = play.scene, play.bucket, play.reader

    def step(to_workers: Callable[[], Any], to_reader: Callable[[], Any]) -> Callable[[], None]:
        def both() -> None:
            to_workers()
            bucket.deliver(0.5)
            to_reader()

        return both

    events = [
        step(lambda: scene.kill_owner_in_flight("after"), lambda: reader.fail("before")),
        step(scene.roll, reader.run),
        step(lambda: scene.kill_owner_in_flight("before"), lambda: reader.fail("after")),
        step(scene.stop_owner, reader.stop),
    ]
    count = play.changes.count
    milestones = [count * (number + 1) // (len(events) + 1) for number in range(len(events))]
    for _ in range(2):
        scene.fleet.add()
    writer = Writer(scene.table_client, play.changes, milestones)
    for number, event in enumerate(events):
        writer.wait_for(milestones[number])
        writer.go_to(milestones[number + 1] if number + 1 < len(events) else 1 << 60)
        event()
    writer.finish()


def put(play: Play, name: str, **attributes: Any) -> None:
    play.scene.table_client.put_item(
        TableName=TABLE, Item={"pk": {"S": name}, "sk": {"N": "1"}, **attributes}
    )


def delete(play: Play, name: str) -> None:
    play.scene.table_client.delete_item(TableName=TABLE, Key={"pk": {"S": name}, "sk": {"N": "1"}})


def by_time_to_live(play: Play) -> list[str]:
    """Deletes by time-to-live, of which one item is born again: the keys of the others. While the table is small:
    DynamoDB Local looks through a hundred megabytes of items for longer than anybody waits."""
    client = play.scene.table_client
    expired = [f"expired-{number}" for number in range(10)]
    client.update_time_to_live(
        TableName=TABLE, TimeToLiveSpecification={"Enabled": True, "AttributeName": TTL}
    )
    for name in expired:
        put(play, name, **{TTL: {"N": str(int(time.time()) - 3600)}})

    def gone() -> bool:
        here = {item["pk"]["S"] for item in landing.scan(client, TABLE)}
        return not here & set(expired)

    wait_until(gone, "DynamoDB Local has deleted what is expired", HANG_SECONDS * 3)
    put(play, expired[0], customer={"S": "born again"})
    return expired[1:]


def by_hand(play: Play) -> None:
    """New attributes, drift, deletes, re-inserts, large items and lines too long for Firehose, also before and behind
    others of the same item."""
    for number in range(20):
        name = f"hand-{number}"
        put(play, name, fresh={"N": str(number)}, total={"N": "1"}, customer={"S": "x"})
        put(
            play,
            name,
            **{f"new-{number % 3}": {"SS": ["a"]}},
            total={"S": "drifted"},
            customer={"N": "7"},
        )
        if number % 2:
            delete(play, name)
        if number % 4 == 3:
            put(play, name, customer={"S": "again"})
    put(play, "large", filler={"S": "x" * 390_000})
    put(play, "too-long", filler=TOO_LONG)
    put(play, "too-long-then-short", filler=TOO_LONG)
    put(play, "too-long-then-short", customer={"S": "short"})
    put(play, "short-then-too-long", customer={"S": "short"})
    put(play, "short-then-too-long", filler=TOO_LONG)


def wrong_items(play: Play, spark: SparkSession, config: Config) -> list[str]:
    table = {key_of(item): landing.plain_item(item) for item in landing.scan(play.scene.table_client, TABLE)}
    wrong = []
    for item in items_of(spark, config):
        key = key_of(item)
        if key not in table:
            wrong.append(f"should be gone: {key}")
        elif table.pop(key) != landing.plain_item(item):
            wrong.append(f"different: {key}")
    return wrong + [f"missing: {key}" for key in table]


def key_of(item: landing.Item) -> Any:
    return landing.plain_item({name: item[name] for name in KEYS})


def test_the_delta_table_equals_the_scan_value_for_value(
    play: Play, spark: SparkSession, config: Config
) -> None:
    started = time.monotonic()
    expired = by_time_to_live(play)
    while_it_changes(play)
    by_hand(play)
    verdict = play.scene.finish()
    assert verdict.good, str(verdict)
    play.bucket.deliver_all()
    play.reader.run()
    wrong = wrong_items(play, spark, config)
    assert not wrong, f"{len(wrong)} items: {wrong[:5]}"

    rows = spark.table(config.name("_rows"))
    by_ttl = {json.loads(row["_key"])[0] for row in rows.where("_ttl AND _deleted").collect()}
    assert by_ttl == set(expired)
    letters = sorted(row["line"] for row in spark.table(config.name("_dead_letters")).collect())
    assert letters == sorted(play.bucket.poison) and len(letters) >= Bucket.KINDS
    assert len(play.bucket.landed.large) == 3 and play.bucket.twice > 0

    rescued = spark.table(config.name()).where("_rescued IS NOT NULL").count()
    before = sorted(map(tuple, rows.select("_key", "_ord", "_ingest_ts").collect()))
    replay = Reader(spark, replace(config, checkpoint=config.checkpoint + "-replay"))
    replay.run()
    assert sorted(map(tuple, rows.select("_key", "_ord", "_ingest_ts").collect())) == before
    assert spark.table(config.name("_dead_letters")).count() == len(letters)
    assert not wrong_items(play, spark, config)

    bucket, deleted = play.bucket, rows.where("_deleted").count()
    print(
        f"spark: {play.changes.count} changes of {verdict.equal} items: the Delta table equals the scan; "
        f"{len(rows.columns)} columns, {rescued} items with something rescued, {deleted} tombstones, "
        f"{len(by_ttl)} of them of TTL"
    )
    print(
        f"spark: {verdict.lines} lines, {verdict.duplicates} of them repeated by workers that died; {bucket.delivered} "
        f"files delivered, {bucket.twice} of them again, {len(bucket.landed.large)} landed beside Firehose; "
        f"{len(letters)} dead letters, exactly the poison"
    )
    print(
        f"spark: {play.scene.killed_in_flight} workers killed in flight, {play.reader.interruptions} batches "
        f"interrupted; a full replay changed nothing; {time.monotonic() - started:.0f} s"
    )
