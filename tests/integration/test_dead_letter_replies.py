"""Replies that no program can use, to the calls of `penstock dead-letter`: words and an exit code, every letter is
still there or has been accepted, and the next run finishes the work."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_bad_replies import BAD_REPLIES
from tests.integration.test_dead_letter_command import (
    LAKE,
    LARGE,
    OPERATOR,
    PLACE,
    SMALL,
    command,
    fill,
    letter_of,
    line_of,
)
from tests.support.faultd import FaultServer

SECOND = letter_of(5, f',"content":{line_of(5)}')
ALL = {f"orders/shardId-1/{n}.json": text for n, text in enumerate((SMALL, SECOND, LARGE), 1)}
REDRIVE = ("redrive", "--all", "--dead-letter", PLACE, "--firehose", "orders")
REDRIVE += ("--large-records", f"s3://{LAKE}/ddb/orders", "--execute", "--delete")

# What comes in place of S3's answer and goes on and on, and the words for it.
STRANGERS: dict[str, dict[str, Any]] = {"garbage": {"when": "before"}, "not_json": {"when": "before"}}
WORDS = {
    "ListObjectsV2": ("ListObjectsV2",),
    "GetObject": ("S3 GetObject: HTTP 200 without an ETag: is the endpoint", "right?"),
    "PutRecordBatch": (
        "Firehose PutRecordBatch: the reply is malformed",
        "left       orders/shardId-1/1.json",
    ),
    "PutObject": (
        "S3 PutObject: HTTP 200 without an ETag: is the endpoint",
        "left       orders/shardId-1/3.json",
    ),
    "DeleteObject": ("S3 DeleteObject: HTTP 200 in place of 204: is the endpoint", "right?"),
}


def letters(server: FaultServer) -> set[str]:
    return {key.removeprefix("letters/") for key in server.objects(LAKE) if key.startswith("letters/orders")}


def landed(server: FaultServer) -> list[str]:
    """The lines that have been accepted, at Firehose and in the bucket."""
    objects = server.objects(LAKE)
    large = [gzip.decompress(objects[key]) for key in objects if key.startswith("ddb/")]
    return b"".join([server.accepted("orders"), *large]).decode().splitlines()


def nothing_is_lost(server: FaultServer) -> None:
    lines, left = set(landed(server)), letters(server)
    for name, number, size in zip(ALL, (1, 5, 4), (10, 10, 1_100_000), strict=True):
        assert name in left or line_of(number, size) in lines, name


@pytest.mark.parametrize("operation", WORDS)
@pytest.mark.parametrize("action", STRANGERS)
def test_a_stranger_answers(operation: str, action: str, tmp_path: Path) -> None:
    with FaultServer(role=OPERATOR) as server:
        fill(server, ALL)
        server.create_delivery_stream("orders", keep=True)
        rule = server.add_rule(action, operation=operation, **STRANGERS[action])
        code, out, err = command(server, *REDRIVE)
        assert code in (1, 5), (code, out, err)
        for words in WORDS[operation]:
            assert words in out + err, out + err
        assert "sent       " not in out or operation not in ("ListObjectsV2", "GetObject")
        nothing_is_lost(server)
        server.remove_rule(rule)
        code, out, err = command(server, *REDRIVE)
        assert code == 0, out + err
        assert not letters(server)
        nothing_is_lost(server)


@pytest.mark.parametrize("operation", WORDS)
def test_one_bad_reply_of_each_kind(operation: str, tmp_path: Path) -> None:
    """The service has done its work, or not; the command goes on, or ends in words, and can be run again."""
    with FaultServer(role=OPERATOR) as server:
        fill(server, ALL)
        server.create_delivery_stream("orders", keep=True)
        for action, options in BAD_REPLIES:
            fill_again = {"Bucket": LAKE, "Key": "letters/orders/shardId-1/1.json", "Body": SMALL.encode()}
            server.client("s3").put_object(**fill_again)
            rule = server.add_rule(action, operation=operation, times=1, **options)
            code, out, err = command(server, *REDRIVE)
            assert code in (0, 1, 5), (action, code, out, err)
            assert code == 0 or "letters/" in out + err or "left  " in out or operation in err, (
                action,
                out,
                err,
            )
            nothing_is_lost(server)
            server.remove_rule(rule)
        code, out, err = command(server, *REDRIVE)
        assert code == 0, out + err
        assert not letters(server)
        nothing_is_lost(server)


@pytest.mark.parametrize("words", [("list",), ("show", "orders/shardId-1/2.json")])
@pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject"])
def test_looking_at_letters(operation: str, words: tuple[str, ...]) -> None:
    with FaultServer(role=OPERATOR) as server:
        fill(server, ALL)
        for action, options in BAD_REPLIES:
            if words[0] == "show" and (action, options) == ("garbage", {}):
                continue  # with S3's headers: the object itself, which is shown as it is
            rule = server.add_rule(action, operation=operation, times=1, **options)
            code, out, err = command(server, *words, "--dead-letter", PLACE)
            assert code in (0, 1), (action, code, out, err)
            assert code == 0 or (err.startswith("penstock: ") and operation in err or ".json" in err), err
            server.remove_rule(rule)
        assert command(server, *words, "--dead-letter", PLACE)[0] == 0
        assert letters(server) == set(ALL)
