"""Our writer of lines against one in Python, on random items in every form and with random paths: a difference is a
table in the lake that says something else than DynamoDB's.

PENSTOCK_TEST_SEED replays a run.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import random
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.changes import NAMES, Changes
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.penstock import build_folder

WRITER = build_folder() / "tests/support/line_form"
ROUNDS, ITEMS = 60, 25
Path = tuple[str | int, ...]
Item = dict[str, Any]


class Number(str):
    """A number's text, which is not the string of that text."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and str(self) == str(other)

    __hash__ = str.__hash__


def exactly(text: str | bytes) -> Any:
    return json.loads(text, parse_int=Number, parse_float=Number)


JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?")


def plain(value: Any) -> Any:
    """The value behind DynamoDB's typed JSON."""
    ((kind, content),) = value.items()
    if kind == "N":
        return Number(content) if JSON_NUMBER.fullmatch(content) else content
    if kind == "NS":
        return [plain({"N": one}) for one in content]
    if kind == "L":
        return [plain(one) for one in content]
    if kind == "M":
        return {name: plain(one) for name, one in content.items()}
    return None if kind == "NULL" else content


GONE = object()


def project(value: Any, include: list[Path] | None, exclude: list[Path]) -> Any:
    """What is left of a typed value when `include` (None: all) and `exclude` are the paths below it."""
    if include == [] or () in exclude:
        return GONE
    if include is not None and () in include:
        include = None
    if include is None and not exclude:
        return value
    ((kind, content),) = value.items()
    if kind not in ("M", "L"):
        return value if include is None else GONE
    entries = content.items() if kind == "M" else enumerate(content)
    wanted = str if kind == "M" else int
    left = []
    for step, inside in entries:
        assert isinstance(step, wanted)
        below = None if include is None else [path[1:] for path in include if path[0] == step]
        kept = project(inside, below, [path[1:] for path in exclude if path[0] == step])
        if kept is not GONE:
            left.append((step, kept))
    if not left and include is not None:
        return GONE
    return {kind: dict(left) if kind == "M" else [kept for _, kept in left]}


def project_item(item: Item, keys: Item, include: list[Path] | None, exclude: list[Path]) -> Item:
    left = {}
    for name, value in item.items():
        below = None if include is None else [path[1:] for path in include if path[0] == name]
        kept = (
            value
            if name in keys
            else project(value, below, [path[1:] for path in exclude if path[0] == name])
        )
        if kept is not GONE:
            left[name] = kept
    return left


def written(path: Path) -> str:
    """As a user writes the path."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = re.sub(r"([.,\[\]\\])", r"\\\1", step)
            name = re.sub(r"^ +| +$", lambda spaces: "\\ " * len(spaces.group()), name)
            text += ("." if text else "") + name
    return text


class Paths:
    """Random paths of items, none within another of its list."""

    def __init__(self, rng: random.Random, items: list[Item]) -> None:
        self.rng = rng
        self.known = [path for item in items for path in self._of({"M": item}, ())]
        # Controls cannot stand in a setting.
        self.known = [path for path in self.known if written(path).isprintable() and "" not in path]

    def _of(self, value: Any, path: Path) -> Iterator[Path]:
        if path:
            yield path
        ((kind, content),) = value.items()
        entries = content.items() if kind == "M" else enumerate(content) if kind == "L" else ()
        for step, inside in entries:
            if len(path) < 8:
                yield from self._of(inside, (*path, step))

    def _one(self) -> Path:
        path = self.rng.choice(self.known)
        twist = self.rng.randrange(12)
        if twist == 0:
            return (*path, "not there")
        if twist == 1:
            return (*path, self.rng.randrange(3))
        return path[: self.rng.randint(1, len(path))] if twist == 2 else path

    def draw(self, beside: list[Path] | None = None) -> list[Path]:
        """Up to eight paths; none of them names or holds one of `beside`."""
        found: list[Path] = []
        for _ in range(self.rng.randint(1, 8)):
            new = self._one()
            overlaps = any(new[: len(old)] == old or old[: len(new)] == new for old in found)
            if not overlaps and not any(old[: len(new)] == new for old in beside or []):
                found.append(new)
        return found


def as_json(item: Item) -> Item:
    return dict(json.loads(json.dumps(item, default=lambda content: base64.b64encode(content).decode())))


def random_items(rng: random.Random) -> tuple[list[Item], list[str]]:
    keys = rng.choice([["pk"], ["pk", "a.b[0]"], ["a0"], ["price", "N"]])
    made = Changes(rng.randrange(1 << 30), ITEMS * 1000, 5, dict.fromkeys(keys, "S"))
    puts = (change.item for change in made if change.kind == "put")
    items = [as_json(item) for item in itertools.islice(puts, ITEMS)]
    for item in items:
        if len(json.dumps(item)) < 5000:
            item["odd"] = {"L": [{"N": text} for text in ("+1", ".5", "007", "1e", "-0", "1E+5")]}
            item["filler"] = {"M": {name: {"S": name} for name in rng.sample(NAMES, 3)}}
    return items, keys


def page_of(rng: random.Random, items: list[Item], keys: list[str]) -> bytes:
    records = [
        {
            "eventID": f"e{number}",
            "eventName": "MODIFY",
            "dynamodb": {
                "ApproximateCreationDateTime": 1700000000,
                "Keys": {name: item[name] for name in keys},
                "NewImage": item,
                "OldImage": items[number - 1],
                "SequenceNumber": str(10**20 + number),
            },
        }
        for number, item in enumerate(items)
    ]
    style = rng.choice([{"separators": (",", ":")}, {}, {"indent": 1}, {"separators": (" , ", "\t:\r\n")}])
    return json.dumps({"Records": records}, ensure_ascii=rng.random() < 0.5, **style).encode()


def expected(item: Item, keys: Item, form: str, include: list[Path] | None, exclude: list[Path]) -> Any:
    left = project_item(item, keys, include, exclude)
    return {name: plain(value) for name, value in left.items()} if form == "plain" else left


def test_lines_are_those_of_another_writer() -> None:
    seed = int(os.environ.get("PENSTOCK_TEST_SEED", random.SystemRandom().randrange(1 << 31)))
    print(f"PENSTOCK_TEST_SEED={seed}")
    rng = random.Random(seed)
    compared = partial = 0
    for _ in range(ROUNDS):
        items, keys = random_items(rng)
        paths = Paths(rng, items)
        form, images = rng.choice(["typed", "plain"]), rng.choice(["object", "text"])
        include = paths.draw() if rng.random() < 0.5 else None
        exclude = paths.draw(include) if rng.random() < 0.5 else []
        command = [str(WRITER), form, images, ",".join(map(written, include or []))]
        command += [" , ".join(map(written, exclude))] if exclude else []
        done = subprocess.run(command, input=page_of(rng, items, keys), capture_output=True, timeout=120)
        assert done.returncode == 0, (seed, done.stderr, command)
        lines = done.stdout.split(b"\n")
        assert lines.pop() == b"" and len(lines) == len(items)
        for number, raw in enumerate(lines):
            line = exactly(raw)
            for name, item in (("new_image", items[number]), ("old_image", items[number - 1])):
                key_item = {key: items[number][key] for key in keys}
                want = expected(item, key_item, form, include, exclude)
                got = exactly(line[name]) if images == "text" else line[name]
                assert got == want, (seed, command, name, raw)
                assert list(got) == list(want)  # the order of the stream
                compared += 1
                partial += len(json.dumps(want)) < len(json.dumps(item)) and form == "typed"
    assert compared == ROUNDS * ITEMS * 2 and partial > 100, (compared, partial)


ITEM: Item = {
    "pk": {"S": "o1"},
    "a": {"M": {"b": {"M": {"c": {"N": "1"}, "d": {"N": "2"}}}, "e": {"S": "x"}}},
    "l": {"L": [{"S": "0"}, {"M": {"m": {"S": "1"}, "n": {"S": "2"}}}, {"S": "2"}]},
    "s": {"SS": ["p", "q"]},
    "m": {"M": {}},
}


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a.b",
        "a.b.c",
        "a.b.c,a.e",
        "a.b.z",
        "a.z",
        "a.e.z",
        "l",
        "l[2],l[0]",
        "l[1].n",
        "l[9]",
        "l[0],l[1].m",
    ]
    + ["s", "s[0]", "m", "m.x", "a[0]", "l.m", "a.b.d,l[1],s", "pk", "nothing", "a.b.c.d,l[1].m.x,s"],
)
def test_include_is_dynamodbs_own_projection(dynamodb_local: DynamoDBLocal, text: str) -> None:
    """What ProjectionExpression leaves of an item, asked for its key too."""
    table = f"projection-{os.getpid()}"
    client = dynamodb_local.client("dynamodb")
    if table not in client.list_tables()["TableNames"]:
        dynamodb_local.create_table(table, {"pk": "S"})
        client.put_item(TableName=table, Item=ITEM)
    words = sorted(set(re.findall(r"[a-z]+", text)) | {"pk"})
    expression = re.sub(r"([a-z]+)", r"#\1", text if text == "pk" else f"{text},pk")
    names = {f"#{word}": word for word in words}
    reply = client.get_item(
        TableName=table,
        Key={"pk": {"S": "o1"}},
        ProjectionExpression=expression,
        ExpressionAttributeNames=names,
    )
    page = page_of(random.Random(0), [ITEM], ["pk"])
    done = subprocess.run([str(WRITER), "typed", "object", text], input=page, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    image = json.loads(done.stdout)["new_image"]
    assert image == reply["Item"], expression
