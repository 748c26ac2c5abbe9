"""What the fault server sees in writes of lease rows: positions ahead or going back, and writers that own nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.faultd import FaultServer
from tests.support.faultd_calls import lines_of, put, raw_pages

APP = "orders-app"


class Scene:
    """A shard of ten records of which the first four are accepted, and its lease, owned by `me`."""

    def __init__(self, server: FaultServer) -> None:
        self.server = server
        made = server.create_stream(records=10)
        self.shard = made["shards"][0]
        self.lines = lines_of(next(raw_pages(server, made["arn"], self.shard)), self.shard)
        self.numbers = [json.loads(line)["seq"] for line in self.lines]
        put(server, self.lines[:4])
        self.client = server.client("dynamodb")
        self.client.create_table(
            TableName=APP,
            KeySchema=[{"AttributeName": "leaseKey", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "leaseKey", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        row = {"leaseKey": self.shard, "leaseOwner": "me", "checkpoint": "TRIM_HORIZON"}
        self.client.put_item(TableName=APP, Item={name: {"S": value} for name, value in row.items()})

    def update(self, update: str, **values: str) -> None:
        if ":me" not in update:
            update = f"{update}, penstockOwner = :me"
        self.client.update_item(
            TableName=APP,
            Key={"leaseKey": {"S": self.shard}},
            UpdateExpression=update,
            ExpressionAttributeValues={f":{name}": {"S": value} for name, value in values.items()},
        )

    def move(self, to: str, me: str = "me") -> None:
        self.update("SET checkpoint = :to", to=to, me=me)

    def wrong(self) -> dict[str, Any]:
        seen = self.server.positions()
        return {name: seen[name] for name in ("ahead", "back", "strangers") if seen[name]}


@pytest.fixture()
def scene() -> Iterator[Scene]:
    with FaultServer(delivery_streams=["orders"]) as server:
        yield Scene(server)


def test_an_honest_owner(scene: Scene) -> None:
    scene.move(scene.numbers[0])
    scene.move(scene.numbers[3])
    scene.update("SET leaseOwner = :me", me="other")
    put(scene.server, scene.lines[4:])
    scene.move("SHARD_END", "other")
    assert scene.wrong() == {}, scene.server.positions()
    seen = scene.server.positions()
    assert (seen["writes"], seen["positions"], seen["ends"], seen["takes"]) == (5, 2, 1, 1)


def test_a_position_over_a_gap(scene: Scene) -> None:
    put(scene.server, scene.lines[5:7])
    scene.move(scene.numbers[6])
    assert scene.wrong() == {"ahead": 1}
    assert "ahead of what was accepted" in scene.server.positions()["sample"]


def test_an_end_before_all_is_accepted(scene: Scene) -> None:
    scene.move("SHARD_END")
    assert scene.wrong() == {"ahead": 1}


def test_trimmed_records_are_no_gap(scene: Scene) -> None:
    scene.server.trim(to=6)
    scene.move(scene.numbers[5])
    assert scene.wrong() == {}


@pytest.mark.parametrize("to", ["0", "TRIM_HORIZON"])
def test_a_position_that_goes_back(scene: Scene, to: str) -> None:
    scene.move(scene.numbers[2])
    scene.move(scene.numbers[1] if to == "0" else to)
    assert scene.wrong() == {"back": 1}


def test_a_rewind_may_go_back(scene: Scene) -> None:
    scene.move(scene.numbers[2])
    scene.update("SET checkpoint = :to, penstockRewind = :nonce, penstockOwner = :me",
                 to=scene.numbers[0], nonce="n1", me="me")  # fmt: skip
    assert scene.wrong() == {}


def test_a_worker_that_lost_the_lease(scene: Scene) -> None:
    scene.update("SET leaseOwner = :me, checkpointOwner = :old", me="thief", old="me")
    scene.move(scene.numbers[1])  # the old owner drains
    assert scene.wrong() == {}
    scene.update("SET leaseOwner = :me REMOVE checkpointOwner", me="thief")
    scene.move(scene.numbers[2])
    assert scene.wrong() == {"strangers": 1}
