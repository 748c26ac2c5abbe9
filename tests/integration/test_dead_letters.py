"""Dead letters in a bucket and in a delivery stream: whole, once a record, durable before the position moves."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.moto import Moto
from tests.support.penstock import Worker, aws_environment
from tests.support.role import Role

TABLE, LAKE, LETTERS = "orders", "lake", "dead-letters"
SHARDS, RECORDS, BIG_EVERY = 3, 60, 25
BIG = SHARDS * (RECORDS // BIG_EVERY)
ROLE = Role(also=("dynamodb:CreateTable",), bucket=LAKE, letters=LETTERS)


def worker_of(server: FaultServer, folder: Path, *more: str) -> Worker:
    arguments = ["--table", TABLE, "--firehose", TABLE, "--flush-age", "100ms", *more]
    base = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return Worker(arguments, server.environment(base), folder / "state")


def poison(server: FaultServer, **shape: Any) -> None:
    server.create_stream(
        table=TABLE, shards=SHARDS, records=RECORDS, big_every=BIG_EVERY, big_bytes=1_200_000, **shape
    )


def in_bucket(server: FaultServer) -> dict[str, dict[str, Any]]:
    kept = server.objects(LAKE)
    return {key: json.loads(body) for key, body in kept.items() if not key.endswith("/.penstock-try")}


def check(letters: dict[str, dict[str, Any]]) -> None:
    assert len(letters) == BIG
    for key, letter in letters.items():
        assert key == f"{LETTERS}/{TABLE}/{letter['shard']}/{letter['seq']}.json"
        assert "1,024,000 bytes" in letter["reason"] and letter["kind"] == "line"
        assert letter["content"]["seq"] == letter["seq"] and letter["table"] == TABLE
        assert len(json.dumps(letter["content"])) > 1_024_000
        assert letter["first_ts"] <= letter["ts"]


@pytest.mark.parametrize("fault", [
    {},
    {"action": "status", "status": 500, "probability": 0.5},
    {"action": "lost", "probability": 0.5},
    {"action": "throttle", "times": 4},
])  # fmt: skip
def test_poison_is_an_object_each_whatever_s3_answers(tmp_path: Path, fault: dict[str, Any]) -> None:
    with FaultServer(role=ROLE, delivery_streams=[TABLE]) as server:
        server.create_bucket(LAKE)
        poison(server)
        if fault:
            server.add_rule(**fault, service="s3", operation="PutObject", after=1)
        with worker_of(server, tmp_path, "--dead-letter", f"s3://{LAKE}/{LETTERS}") as worker:
            wait_until(lambda: len(in_bucket(server)) == BIG, "every poison line is an object")
            server.wait(lambda seen: seen["missing"] == BIG, alive=worker.is_running)
            assert worker.term() == 0, worker.log_text()
        check(in_bucket(server))
        verdict, positions = server.verdict(), server.positions()
    assert (verdict["missing"], verdict["different"]) == (BIG, 0)
    assert (positions["back"], positions["strangers"]) == (0, 0)


def test_no_position_moves_before_the_letter_is_there(tmp_path: Path) -> None:
    """S3's answers are held while the worker is killed; the next one stores the same objects again."""
    with FaultServer(role=ROLE, delivery_streams=[TABLE]) as server:
        server.create_bucket(LAKE)
        poison(server)
        hold = server.add_rule("hold", service="s3", operation="PutObject", after=1)
        place = ("--dead-letter", f"s3://{LAKE}/{LETTERS}")
        with worker_of(server, tmp_path, *place) as worker:
            server.wait_parked()
            worker.kill()
        server.remove_rule(hold)
        assert len(in_bucket(server)) < BIG
        with worker_of(server, tmp_path, *place) as worker:
            wait_until(lambda: len(in_bucket(server)) == BIG, "every poison line is an object")
            server.wait(lambda seen: seen["missing"] == BIG, alive=worker.is_running)
            assert worker.term() == 0, worker.log_text()
        check(in_bucket(server))


def test_a_stop_does_not_wait_for_a_dead_bucket(tmp_path: Path) -> None:
    with FaultServer(role=ROLE, delivery_streams=[TABLE]) as server:
        server.create_bucket(LAKE)
        poison(server)
        server.add_rule("hold", service="s3", operation="PutObject", after=1)
        stop = ("--dead-letter", f"s3://{LAKE}/{LETTERS}", "--stop-timeout", "3s")
        with worker_of(server, tmp_path, *stop) as worker:
            server.wait_parked()
            assert worker.term(60) == 5, worker.log_text()
        assert in_bucket(server) == {}


def test_a_letter_too_long_for_firehose_comes_in_parts(tmp_path: Path) -> None:
    role = Role(also=("dynamodb:CreateTable", "firehose:PutRecordBatch"))
    with FaultServer(role=role, delivery_streams=[TABLE]) as server:
        server.create_delivery_stream("graves", keep=True)
        poison(server, verify=False)
        with worker_of(server, tmp_path, "--dead-letter", "firehose:graves") as worker:
            wait_until(
                lambda: sum(line["part"] == line["parts"] for line in server.accepted_json("graves")) == BIG,
                "every poison line is in the other stream",
            )
            assert worker.term() == 0, worker.log_text()
        parts: dict[str, list[dict[str, Any]]] = {}
        for line in server.accepted_json("graves"):
            parts.setdefault(line["shard"] + line["seq"], []).append(line)
    assert len(parts) == BIG
    for pieces in parts.values():
        pieces.sort(key=lambda line: int(line["part"]))
        assert [line["part"] for line in pieces] == list(range(1, pieces[0]["parts"] + 1))
        whole = json.loads(b"".join(base64.b64decode(line["content_base64"]) for line in pieces))
        assert whole["seq"] == pieces[0]["seq"] and len(json.dumps(whole)) > 1_024_000


@pytest.mark.parametrize(("place", "words"), [
    ("s3://nowhere/x", "--dead-letter: s3://nowhere/x/.penstock-try: S3 PutObject: NoSuchBucket"),
    ("s3://Nowhere/x", "--dead-letter: 's3://Nowhere/x': a bucket's name has small letters"),
])  # fmt: skip
def test_a_place_that_cannot_be_is_refused_at_the_start(tmp_path: Path, place: str, words: str) -> None:
    with FaultServer(
        role=Role(also=("dynamodb:CreateTable", "s3:PutObject")), delivery_streams=[TABLE]
    ) as server:
        poison(server)
        with worker_of(server, tmp_path, "--dead-letter", place) as worker:
            assert worker.wait() in (1, 2)
        assert words in worker.log_text()


def test_a_place_without_rights_is_refused_at_the_start(tmp_path: Path) -> None:
    role = Role(also=("dynamodb:CreateTable",), denials=True)
    with FaultServer(role=role, delivery_streams=[TABLE]) as server:
        server.create_bucket(LAKE)
        poison(server)
        with worker_of(server, tmp_path, "--dead-letter", f"s3://{LAKE}/{LETTERS}") as worker:
            assert worker.wait() != 0
        assert "AccessDenied" in worker.log_text() and "--dead-letter" in worker.log_text()


def test_an_outage_of_s3_holds_up_no_start(tmp_path: Path) -> None:
    with FaultServer(role=ROLE, delivery_streams=[TABLE]) as server:
        server.create_bucket(LAKE)
        server.create_stream(table=TABLE, shards=1, records=50)
        server.add_rule("status", status=503, service="s3")
        with worker_of(server, tmp_path, "--dead-letter", f"s3://{LAKE}/{LETTERS}") as worker:
            worker.wait_for("cannot be tried now")
            server.wait_all_accepted(alive=worker.is_running)
            assert worker.term() == 0, worker.log_text()


def test_motos_s3_takes_the_letters_too(dynamodb_local: DynamoDBLocal, moto: Moto, tmp_path: Path) -> None:
    """An implementation of S3 that is not ours. A control character takes six bytes of a line, so the line is long."""
    table, s3 = "letters-in-moto", moto.client("s3")
    s3.create_bucket(Bucket="letters")
    moto.create_delivery_stream(table)
    dynamodb_local.create_table(table, {"pk": "S"})
    client = dynamodb_local.client("dynamodb")
    client.put_item(TableName=table, Item={"pk": {"S": "big"}, "text": {"S": "\x01" * 200_000}})
    environment = aws_environment(dynamodb=dynamodb_local.for_workers, firehose=moto.endpoint, home=tmp_path)
    environment["AWS_ENDPOINT_URL_S3"] = moto.endpoint
    words = ["--table", table, "--firehose", table, "--dead-letter", "s3://letters/a", "--flush-age", "50ms"]

    def keys() -> list[str]:
        return [entry["Key"] for entry in s3.list_objects_v2(Bucket="letters")["Contents"]]

    with Worker(words, environment, tmp_path) as worker:
        worker.wait_for("worker started")
        wait_until(lambda: len(keys()) == 2, "the letter is an object", alive=worker.is_running)
        assert worker.term() == 0, worker.log_text()
    (key,) = [key for key in keys() if key != "a/.penstock-try"]
    letter = json.loads(s3.get_object(Bucket="letters", Key=key)["Body"].read())
    assert letter["content"]["new_image"]["text"]["S"] == "\x01" * 200_000
