"""What a line holds, by --format and --images: the real binary beside what boto3 wrote; the schema and the vectors."""

from __future__ import annotations

import base64
import gzip
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.support import line_schema
from tests.support.command_line import environment, run
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.fleet import wait_until
from tests.support.penstock import Worker, aws_environment

VECTORS = Path(__file__).resolve().parents[1] / "vectors/line"
ITEM: dict[str, Any] = {
    "pk": {"S": "o1"},
    "number": {"N": "12345678901234567890123456789012345678"},
    "small": {"N": "0.1"},
    "binary": {"B": b"\x00\x01\xff"},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "strings": {"SS": ["a", 'b"\\']},
    "numbers": {"NS": ["1", "2.5"]},
    "binaries": {"BS": [b"\x00", b"\xff"]},
    "list": {"L": [{"S": "é😀"}, {"L": []}, {"M": {}}]},
    "map": {"M": {"S": {"N": "7"}, "in.side": {"M": {"deep": {"NULL": True}}}}},
}
PLAIN = {
    "pk": "o1",
    "number": Decimal("12345678901234567890123456789012345678"),
    "small": Decimal("0.1"),
    "binary": "AAH/",
    "yes": True,
    "nothing": None,
    "strings": ["a", 'b"\\'],
    "numbers": [1, Decimal("2.5")],
    "binaries": ["AA==", "/w=="],
    "list": ["é😀", [], {}],
    "map": {"S": 7, "in.side": {"deep": None}},
}


def exactly(text: str | bytes) -> Any:
    """JSON with its numbers as decimals."""
    return json.loads(text, parse_int=Decimal, parse_float=Decimal)


def read(folder: Path, form: str) -> list[dict[str, Any]]:
    """The lines in the order of the stream, images as what stands in them."""
    raws = [raw for path in folder.rglob("*.gz") for raw in gzip.decompress(path.read_bytes()).splitlines()]
    lines = []
    for raw in raws:
        line_schema.parse(raw, form)
        line = exactly(raw)
        if form.endswith("_text"):
            line |= {name: exactly(line[name]) for name in ("new_image", "old_image") if name in line}
        lines.append(line)
    return sorted(lines, key=lambda line: line["ord"])


def with_sorted_sets(value: Any) -> Any:
    """DynamoDB keeps no order in sets; the items here have none in their lists of texts and numbers either."""
    if isinstance(value, dict):
        return {name: with_sorted_sets(one) for name, one in value.items()}
    if isinstance(value, list) and len({type(one) for one in value} & {dict, list}) == 0:
        return sorted(value)
    return value


def as_json(item: dict[str, Any]) -> Any:
    """An item of boto3's with its bytes as base64."""
    return json.loads(json.dumps(item, default=lambda content: base64.b64encode(content).decode()))


@pytest.mark.parametrize("form", line_schema.FORMS)
def test_each_form_of_the_real_binary(dynamodb_local: DynamoDBLocal, tmp_path: Path, form: str) -> None:
    table = f"forms-{form}-{os.getpid()}"
    dynamodb_local.create_table(table, {"pk": "S"})
    client = dynamodb_local.client("dynamodb")
    client.put_item(TableName=table, Item=ITEM)
    client.put_item(TableName=table, Item={"pk": {"S": "o1"}, "small": {"N": "2"}})
    client.delete_item(TableName=table, Key={"pk": {"S": "o1"}})
    words = ["--table", table, "--file", str(tmp_path / "landed"), "--flush-age", "50ms", "--old-image"]
    words += ["--format", "plain"] if form.startswith("plain") else []
    words += ["--images=text"] if form.endswith("_text") else []
    variables = aws_environment(dynamodb=dynamodb_local.for_workers, home=tmp_path)
    with Worker(words, variables, tmp_path / "state") as worker:
        wait_until(
            lambda: len(read(tmp_path / "landed", form)) >= 3, "three lines land", alive=worker.is_running
        )
        assert worker.term() == 0
    insert, modify, remove = read(tmp_path / "landed", form)
    plain = form.startswith("plain")
    whole = with_sorted_sets(PLAIN if plain else as_json(ITEM))
    short = {"pk": "o1", "small": 2} if plain else {"pk": {"S": "o1"}, "small": {"N": "2"}}
    assert with_sorted_sets(insert["new_image"]) == with_sorted_sets(modify["old_image"]) == whole
    assert modify["new_image"] == remove["old_image"] == short
    assert "new_image" not in remove and "old_image" not in insert
    assert all(line["keys"] == {"pk": {"S": "o1"}} for line in (insert, modify, remove))


def test_only_some_attributes_land(dynamodb_local: DynamoDBLocal, tmp_path: Path) -> None:
    table = f"some-{os.getpid()}"
    dynamodb_local.create_table(table, {"pk": "S"})
    client = dynamodb_local.client("dynamodb")
    client.put_item(TableName=table, Item=ITEM | {"in.side": {"S": "x"}})
    client.delete_item(TableName=table, Key={"pk": {"S": "o1"}})
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"exclude-attributes": ["pk,map.S", "list[0]"]}))
    words = ["--table", table, "--file", str(tmp_path / "landed"), "--flush-age", "50ms", "--old-image"]
    words += [
        "--include-attributes",
        "map,list , yes",
        "--include-attributes",
        "in\\.side",
        "--config",
        str(config),
    ]
    variables = aws_environment(dynamodb=dynamodb_local.for_workers, home=tmp_path)
    with Worker(words, variables, tmp_path / "state") as worker:
        wait_until(
            lambda: len(read(tmp_path / "landed", "typed")) >= 2, "two lines land", alive=worker.is_running
        )
        assert worker.term() == 0
    insert, remove = read(tmp_path / "landed", "typed")
    left = {name: ITEM[name] for name in ("pk", "yes")} | {"in.side": {"S": "x"}}
    left |= {"list": {"L": ITEM["list"]["L"][1:]}, "map": {"M": {"in.side": ITEM["map"]["M"]["in.side"]}}}
    assert insert["new_image"] == remove["old_image"] == left


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["--include-attributes", "price..x"],
            "--include-attributes: column 7, at '.x': a name is missing here",
        ),
        (
            ["--include-attributes", "a", "--include-attributes", "b,a[0]"],
            "--include-attributes: column 5, at 'a[0]': an earlier path names this already",
        ),
        (["--exclude-attributes=l[x]"], "--exclude-attributes: column 3, at 'x]': an index"),
        (
            ["--include-attributes=card.code", "--exclude-attributes", "x,card"],
            "--exclude-attributes: column 3, at 'card': this leaves nothing of a path that is included",
        ),
        (["--format", "xml"], "--format: 'xml' is not allowed; give typed or plain"),
        (["--images", "blob"], "--images: 'blob' is not allowed; give object or text"),
        (["--old-image=perhaps"], "--old-image: 'perhaps' is not allowed; give true or false"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, words: list[str], told: str) -> None:
    done = run("run", "--table", "orders", "--file", str(tmp_path / "landed"), *words, env=environment())
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith(f"penstock: error: {told}"), done.stderr


def form_of(options: dict[str, Any]) -> str:
    return options.get("format", "typed") + ("_text" if options.get("images") == "text" else "")


@pytest.mark.parametrize("folder", sorted(path.name for path in VECTORS.iterdir()))
def test_the_schema_holds_for_every_vector(folder: str) -> None:
    options = json.loads((VECTORS / folder / "options.json").read_text())
    for raw in (VECTORS / folder / "lines.jsonl").read_bytes().splitlines():
        line = line_schema.parse(raw, form_of(options), folder)
        jsonschema_rs.validate(json.loads(line_schema.SCHEMA.read_text()), line)


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": "1"},
        {"op": "UPSERT"},
        {"op": "REMOVE"},  # with a new image
        {"new_image": None},
        {"new_image": '{"pk":{"S":"o1"}}'},
        {"new_image": {"pk": "o1"}},
        {"new_image": {"n": {"N": 1}}},
        {"new_image": {"n": {"N": "NaN"}}},
        {"new_image": {"b": {"B": "no base64!"}}},
        {"new_image": {"a": {"S": "x", "N": "1"}}},
        {"new_image": {"a": {"L": ["x"]}}},
        {"new_image": {"a": {"M": {"deep": {"Q": "x"}}}}},
        {"keys": {}},
        {"keys": {"pk": {"BOOL": True}}},
        {"seq": "12a"},
        {"ord": "000000#2026-11-23T10:00:00.000#5"},
        {"ttl": "false"},
        {"ttl": True},  # of a line that is no deletion
        {"event_ts_ms": 1.5},
        {"price": 1},
    ],
    ids=str,
)
def test_the_schema_refuses(change: dict[str, Any]) -> None:
    line = json.loads((VECTORS / "modify/lines.jsonl").read_bytes())
    line_schema.check(line)
    with pytest.raises(AssertionError, match="line.schema.json"):
        line_schema.check(line | change)


def test_the_schema_looks_into_texts() -> None:
    line = json.loads((VECTORS / "text-typed/lines.jsonl").read_bytes())
    line_schema.check(line, "typed_text")
    with pytest.raises(AssertionError, match="line.schema.json"):
        line_schema.check(line | {"new_image": '{"pk":"o1"}'}, "typed_text")
    with pytest.raises(ValueError):
        line_schema.check(line | {"new_image": '{"pk":'}, "typed_text")
