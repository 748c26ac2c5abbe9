"""What landed: lines read back from files, the state rebuilt from them, the comparison with a scan.

Run by itself it compares a folder with a table and prints the verdict:
    python -m tests.support.landing FOLDER --table orders --endpoint http://127.0.0.1:8000
"""

from __future__ import annotations

import argparse
import base64
import gzip
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3

from tests.support import line_schema

Item = dict[str, Any]  # DynamoDB's typed JSON


def lines_of(content: bytes, where: str = "?", form: str = "typed") -> Iterator[dict[str, Any]]:
    """Each line parsed and held against the schema; `form` is one of line_schema.FORMS."""
    assert not content or content.endswith(b"\n"), f"{where}: the last line is not ended"
    for raw in content.split(b"\n")[:-1]:
        yield line_schema.parse(raw, form, where)


def read_file(path: Path, form: str = "typed") -> Iterator[dict[str, Any]]:
    yield from lines_of(gzip.decompress(path.read_bytes()), str(path), form)


def read_folder(folder: Path, form: str = "typed") -> Iterator[dict[str, Any]]:
    """The lines of every *.gz below `folder`, the oldest file first. Only whole files have that name: a cut one is
    an error."""
    for path in sorted(folder.rglob("*.gz"), key=lambda path: (path.stat().st_mtime_ns, path)):
        yield from read_file(path, form)


def plain_value(value: dict[str, Any]) -> Any:
    """A typed value in a form that compares by value: numbers as decimals, sets without order."""
    ((kind, content),) = value.items()
    if kind == "N":
        return ("N", Decimal(content))
    if kind == "B":
        return ("B", _binary(content))
    if kind == "NS":
        return ("NS", frozenset(Decimal(number) for number in content))
    if kind == "BS":
        return ("BS", frozenset(_binary(one) for one in content))
    if kind == "SS":
        return ("SS", frozenset(content))
    if kind == "L":
        return ("L", tuple(plain_value(one) for one in content))
    if kind == "M":
        return ("M", plain_item(content))
    return (kind, content)


def _binary(content: str | bytes) -> bytes:
    """From a landed line base64 text, from boto3 bytes."""
    return content if isinstance(content, bytes) else base64.b64decode(content, validate=True)


def plain_item(item: Item) -> Any:
    return frozenset((name, plain_value(value)) for name, value in item.items())


@dataclass
class State:
    """What a reader that keeps the greatest `ord` of each key knows."""

    lines: int = 0
    newest: dict[Any, tuple[str, Item | None]] = field(default_factory=dict)
    events: set[str] = field(default_factory=set)

    @property
    def duplicates(self) -> int:
        return self.lines - len(self.events)

    def add(self, line: dict[str, Any]) -> None:
        self.lines += 1
        self.events.add(line["event_id"])
        key = plain_item(line["keys"])
        known = self.newest.get(key)
        if known is None or line["ord"] > known[0]:
            self.newest[key] = (line["ord"], line.get("new_image"))

    def items(self) -> dict[Any, Item]:
        return {key: image for key, (_, image) in self.newest.items() if image is not None}


def rebuild(lines: Iterable[dict[str, Any]]) -> State:
    state = State()
    for line in lines:
        state.add(line)
    return state


@dataclass
class Verdict:
    equal: int = 0
    missing: list[Any] = field(default_factory=list)  # keys in the table only
    different: list[Any] = field(default_factory=list)
    extra: list[Any] = field(default_factory=list)  # keys in the landed state only
    lines: int = 0
    duplicates: int = 0

    @property
    def good(self) -> bool:
        return not self.missing and not self.different and not self.extra

    def __str__(self) -> str:
        return (
            f"{self.equal} items equal, {len(self.missing)} missing, {len(self.different)} different, "
            f"{len(self.extra)} that should be gone; {self.lines} lines, {self.duplicates} duplicates"
        )


def scan(client: Any, table: str) -> Iterator[Item]:
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def key_names(client: Any, table: str) -> list[str]:
    return [part["AttributeName"] for part in client.describe_table(TableName=table)["Table"]["KeySchema"]]


def compare(state: State, table_items: Iterable[Item], keys: list[str]) -> Verdict:
    """The landed state against the table's items, value for value."""
    verdict = Verdict(lines=state.lines, duplicates=state.duplicates)
    landed = state.items()
    for item in table_items:
        key = plain_item({name: item[name] for name in keys})
        image = landed.pop(key, None)
        if image is None:
            verdict.missing.append(key)
        elif plain_item(image) != plain_item(item):
            verdict.different.append(key)
        else:
            verdict.equal += 1
    verdict.extra = list(landed)
    return verdict


def main() -> int:
    parser = argparse.ArgumentParser(prog="landing", description="Compares landed files with a table.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--table", required=True)
    parser.add_argument("--endpoint", required=True)
    arguments = parser.parse_args()
    client = boto3.client("dynamodb", endpoint_url=arguments.endpoint)
    names = key_names(client, arguments.table)
    verdict = compare(rebuild(read_folder(arguments.folder)), scan(client, arguments.table), names)
    print(verdict)
    return 0 if verdict.good else 1


if __name__ == "__main__":
    sys.exit(main())
