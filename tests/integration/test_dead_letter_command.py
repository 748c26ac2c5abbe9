"""`penstock dead-letter list|show|redrive`: what is among the letters is found, what can go back goes back whole."""

from __future__ import annotations

import base64
import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.faultd import ACCESS_KEY, FaultServer
from tests.support.penstock import run
from tests.support.role import Role

LAKE, PLACE = "lake", "s3://lake/letters"
OPERATOR = Role(also=("s3:*", "firehose:PutRecordBatch"))


def line_of(number: int, size: int = 10) -> str:
    """As a worker lands it: bytes that a JSON parser would write otherwise."""
    fill = "x" * size
    image = f'{{"n":{{"N":"1.50"}},"t":{{"S":"{fill}\\u00fc/"}}}}'
    return f'{{"v":1,"seq":"{number:021}","event_ts_ms":1763900000000,"new_image":{image}}}'


def letter_of(number: int, content: str, kind: str = "line", **more: Any) -> str:
    head = {"v": 1, "ts": "2026-11-23T10:00:00.000Z", "first_ts": "2026-11-23T10:00:00.000Z", "worker": "w"}
    head |= {"table": "orders", "reason": 'over, "content":{} or so', "shard": "shardId-1"}
    head |= {"seq": f"{number:021}", "attempts": 3, "kind": kind} | more
    return json.dumps(head, separators=(",", ":"))[:-1] + content + "}\n"


SMALL = letter_of(1, f',"content":{line_of(1)}')
IN_BASE64 = base64.b64encode(b'{"seq":"2"\x01}\n').decode()
ENCODED = letter_of(2, f',"content_base64":"{IN_BASE64}"')
RECORD = letter_of(3, ',"content":{"eventID":"x"}', kind="record")
LARGE = letter_of(4, f',"content":{line_of(4, 1_100_000)}')
BROKEN = '{"no":"letter"}\n'


def command(server: FaultServer, *words: str) -> tuple[int, str, str]:
    environment = server.environment({"PATH": os.environ["PATH"], "HOME": "/nonexistent"})
    assert environment["AWS_ACCESS_KEY_ID"] == ACCESS_KEY
    return run(["dead-letter", *words], environment)


def fill(server: FaultServer, letters: dict[str, str]) -> None:
    server.create_bucket(LAKE)
    for name, text in letters.items():
        server.client("s3").put_object(Bucket=LAKE, Key=f"letters/{name}", Body=text.encode())
    server.client("s3").put_object(Bucket=LAKE, Key="letters/.penstock-try", Body=b"")
    server.client("s3").put_object(Bucket=LAKE, Key="letters-of-others/x.json", Body=b"{}")


ALL = {f"orders/shardId-1/{n}.json": text for n, text in enumerate((SMALL, ENCODED, RECORD, LARGE), 1)}


def test_list_and_show(tmp_path: Path) -> None:
    with FaultServer(role=OPERATOR) as server:
        fill(server, ALL)
        server.settings(list_page=2)
        code, out, err = command(server, "list", "--dead-letter", PLACE)
        assert (code, err) == (0, "")
        assert out.splitlines()[0].split() == ["TIME", "KIND", "ATTEMPTS", "REASON", "LETTER"]
        assert [row.split()[-1] for row in out.splitlines()[1:]] == list(ALL)
        code, out, _ = command(server, "list", "--dead-letter", PLACE, "-o", "jsonl")
        rows = [json.loads(row) for row in out.splitlines()]
        assert [row["letter"] for row in rows] == list(ALL)
        assert rows[2] == {
            "letter": "orders/shardId-1/3.json", "ts": "2026-11-23T10:00:00.000Z", "shard": "shardId-1",
            "seq": f"{3:021}", "kind": "record", "reason": 'over, "content":{} or so', "attempts": 3,
        }  # fmt: skip
        assert command(server, "show", "orders/shardId-1/4.json", "--dead-letter", PLACE) == (0, LARGE, "")
        code, _, err = command(server, "show", "nobody", "--dead-letter", PLACE)
        assert code == 3 and "there is no letter 'nobody'" in err
        fill_broken = {"Bucket": LAKE, "Key": "letters/b.json", "Body": BROKEN.encode()}
        server.client("s3").put_object(**fill_broken)
        code, out, err = command(server, "list", "--dead-letter", PLACE)
        assert code == 1 and "b.json: it is no dead letter" in err and len(out.splitlines()) == 5


def test_show_prints_nothing_that_a_terminal_obeys(tmp_path: Path) -> None:
    """A letter's texts are those of users' items, and a bucket may hold objects of others: what is printed is the same
    JSON in one line, and what is no letter is told in words."""
    text = "bell \x1b[2J \x7f \x9b31m \u202e turned \u2028 \ufeff \u6f22 \U0001f600"
    item = json.dumps({"t": {"S": text}}, ensure_ascii=False)
    wrapped = letter_of(5, f', "content":\r\n\t{item}').replace("\\u001b", "\x1b")
    with FaultServer(role=OPERATOR) as server:
        fill(server, {"a.json": wrapped, "b.json": "\x1b]0;gotcha\x07" + SMALL, "c.json": BROKEN})
        code, out, err = command(server, "show", "a.json", "--dead-letter", PLACE)
        assert (code, err, out.count("\n")) == (0, "", 1), err
        assert json.loads(out)["content"] == {"t": {"S": text}}
        assert out.isprintable() or out[:-1].isprintable(), out
        for name in ("b.json", "c.json"):
            code, out, err = command(server, "show", name, "--dead-letter", PLACE)
            assert (code, out) == (1, "") and err.startswith(f"penstock: error: {name}: "), err


def test_redrive_is_dry_until_it_is_told(tmp_path: Path) -> None:
    with FaultServer(role=OPERATOR, delivery_streams=[]) as server:
        fill(server, ALL)
        server.create_delivery_stream("orders", keep=True)
        words = ("redrive", "--all", "--dead-letter", PLACE, "--firehose", "orders")
        code, out, err = command(server, *words)
        assert code == 5 and "2 letters would be sent, 2 left" in err and "dry run" in err
        assert "too long for a Firehose record: give --large-records" in out
        assert "a record that could not be decoded is no line" in out
        assert server.accepted("orders") == b""
        server.add_rule("status", status=503, service="firehose", times=2)
        server.add_rule("partial", fraction=1.0, service="firehose", times=1, after=2)
        land = ("--large-records", "s3://lake/ddb/orders", "--execute", "--delete")
        code, out, err = command(server, *words, *land)
        assert code == 5 and "3 letters sent, 1 left" in err, out + err
        assert server.accepted("orders") == (line_of(1) + "\n").encode() + b'{"seq":"2"\x01}\n'
        objects = server.objects(LAKE)
        (landed,) = [key for key in objects if key.startswith("ddb/orders/dt=")]
        assert landed == f"ddb/orders/dt=2025-11-23/HH=12/penstock-large-shardId-1-{4:021}.gz"
        assert gzip.decompress(objects[landed]) == (line_of(4, 1_100_000) + "\n").encode()
        left = [key for key in objects if key.startswith("letters/orders")]
        assert left == ["letters/orders/shardId-1/3.json"]


def test_a_folder_of_letters(tmp_path: Path) -> None:
    (tmp_path / "dead-letters-w.jsonl").write_text(SMALL + RECORD)
    (tmp_path / "other.txt").write_text("no letters")
    place = f"file:{tmp_path}"
    with FaultServer(role=OPERATOR) as server:
        server.create_delivery_stream("orders", keep=True)
        code, out, _ = command(server, "list", "--dead-letter", place)
        assert code == 0
        assert [row.split()[-1] for row in out.splitlines()[1:]] == [
            "dead-letters-w.jsonl:1",
            "dead-letters-w.jsonl:2",
        ]
        assert command(server, "show", "dead-letters-w.jsonl:2", "--dead-letter", place) == (0, RECORD, "")
        redrive = (
            "redrive",
            "dead-letters-w.jsonl:1",
            "--dead-letter",
            place,
            "--firehose",
            "orders",
            "--execute",
        )
        assert command(server, *redrive)[0] == 0
        assert server.accepted("orders") == (line_of(1) + "\n").encode()


@pytest.mark.parametrize(("words", "message"), [
    (["list"], "give --dead-letter s3://BUCKET/PREFIX or file:DIR"),
    (["list", "--dead-letter", "firehose:graves"], "cannot be listed: read them where 'graves' delivers"),
    (["list", "--dead-letter", "s3://A/b"], "--dead-letter: 's3://A/b'"),
    (["redrive", "--all", "--dead-letter", PLACE], "give --firehose NAME"),
    (["redrive", "--dead-letter", PLACE, "--firehose", "x"], "give their names, or --all"),
    (["redrive", "x", "--all", "--dead-letter", PLACE, "--firehose", "x"], "give their names, or --all"),
    (["redrive", "--all", "--dead-letter", "file:/tmp", "--firehose", "x", "--delete"], "--delete goes with"),
    (["redrive", "--all", "--dead-letter", PLACE, "--firehose", "x", "--large-records", "x"], "--large-records: 'x'"),
])  # fmt: skip
def test_what_is_wrong_is_said(words: list[str], message: str) -> None:
    with FaultServer(role=OPERATOR) as server:
        code, _, err = command(server, *words)
    assert code == 2 and message in err, err
