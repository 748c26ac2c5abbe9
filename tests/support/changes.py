"""Random changes to a table, seeded: what the stream carries in the property test.

Items of 0.1 to 300 KB, mostly small; numbers up to 38 digits and from 1E-130 on; binary; all sets; nested
maps and lists; empty strings; characters of every kind, escapes and controls included.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Item = dict[str, Any]

CHARACTERS = [
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:-_",
    "\"\\/\b\f\n\r\t'<>&{}[]",
    "".join(map(chr, range(1, 32))) + "\x7f",
    "\u0080\u009b\u00a0\u00e9\u00fc\u00df\u0153",
    "\u0300\u200b\u200d\u200e\u202e\u2028\u2029\ufeff\ufffd\ufffe\uffff\ue000",
    "\u0434\u0436\u4e2d\u6587\u65e5\u672c\u0639\u0631\u0628\u05d0\u0e01\u0e33",
    "\U0001f600\U0001f468\U0001f3fd\U00020000\U0010ffff\U00010000",
]
NUMBERS = [
    "0",
    "1E-130",
    "-1E-130",
    "9.9999999999999999999999999999999999999E+125",
    "-9.9999999999999999999999999999999999999E+125",
    "12345678901234567890123456789012345678",
    "-0.12345678901234567890123456789012345678",
    "9007199254740993",
    "18446744073709551616",
    "1.50",
]
NAMES = [
    "price",
    "Ünïcode ключ",
    'quo"ted\\name',
    "tab\there",
    "emoji😀",
    "a.b[0]",
    "#hash:colon",
    " ",
    "N",
    "S",
]


@dataclass
class Change:
    kind: str  # put, update or delete
    key: Item
    item: Item = field(default_factory=dict)  # put: the whole; update: what is set
    remove: list[str] = field(default_factory=list)  # update: names taken away


class Changes:
    """`count` changes over `items` keys; `keys`: the table's key names and types, {"pk": "S", "sk": "N"}."""

    def __init__(self, seed: int, count: int, items: int, keys: dict[str, str]) -> None:
        self.seed, self.count, self.key_types = seed, count, keys
        self._random = random.Random(seed)
        self._pool = [self._key(number) for number in range(items)]

    def __iter__(self) -> Iterator[Change]:
        for _ in range(self.count):
            key = self._random.choice(self._pool)
            kind = self._random.choices(["put", "update", "delete"], [50, 35, 15])[0]
            if kind == "put":
                yield Change("put", key, {**key, **self._attributes()})
            elif kind == "update":
                names = [f"a{self._random.randrange(6)}" for _ in range(self._random.randrange(3))]
                changed = self._attributes()
                yield Change("update", key, changed, [name for name in names if name not in changed])
            else:
                yield Change("delete", key)

    def _key(self, number: int) -> Item:
        return {name: self._key_value(kind, number, name) for name, kind in self.key_types.items()}

    def _key_value(self, kind: str, number: int, name: str) -> dict[str, Any]:
        """Different for each number, and as odd as a key may be (not empty, at most 1,024 bytes)."""
        if kind == "N":
            extremes = [Decimal(number), Decimal(f"{number + 1}E-130"), Decimal(f"-{number + 1}.5E+100")]
            return {"N": str(extremes[number % 3])}
        text = f"{name}-{number}-{self._text(self._random.randrange(20))}"
        return {"S": text} if kind == "S" else {"B": text.encode() + bytes([0, 255, number % 256])}

    def _text(self, length: int) -> str:
        kinds = self._random.choices(CHARACTERS, [60, 10, 5, 8, 5, 8, 8], k=max(1, length // 8))
        return "".join(self._random.choice(self._random.choice(kinds)) for _ in range(length))

    def _number(self) -> str:
        if self._random.random() < 0.4:
            return self._random.choice(NUMBERS)
        digits = "".join(self._random.choice("0123456789") for _ in range(self._random.randrange(1, 39)))
        exponent = self._random.randrange(-100, 80)
        return f"{self._random.choice(['', '-'])}{Decimal(digits)}E{exponent}"

    def _binary(self, length: int) -> bytes:
        return self._random.randbytes(length)

    def _set(self, make: Callable[[], Any]) -> list[Any]:
        made = {make() for _ in range(self._random.randrange(1, 6))}
        return sorted(made)

    def _numbers(self) -> list[str]:
        by_value = {Decimal(number): number for number in self._set(self._number)}
        return list(by_value.values())

    def _value(self, depth: int) -> dict[str, Any]:
        choice = self._random.randrange(12 if depth > 0 else 10)
        if choice <= 2:
            return {"S": self._text(self._random.choice([0, 1, 5, 20, 60]))}
        if choice <= 4:
            return {"N": self._number()}
        if choice == 5:
            return {"B": self._binary(self._random.choice([0, 1, 2, 3, 40]))}
        if choice == 6:
            return self._random.choice([{"BOOL": True}, {"BOOL": False}, {"NULL": True}])
        if choice == 7:
            return {"SS": self._set(lambda: self._text(self._random.randrange(12)))}
        if choice == 8:
            return {"NS": self._numbers()}
        if choice == 9:
            return {"BS": self._set(lambda: self._binary(self._random.randrange(8)))}
        if choice == 10:
            return {"L": [self._value(depth - 1) for _ in range(self._random.randrange(4))]}
        names = self._random.sample(NAMES, self._random.randrange(4))
        return {"M": {name: self._value(depth - 1) for name in names}}

    def _attributes(self) -> Item:
        """A few odd values, and a filler for the size: 1 in 100 above 10 KB, 1 in 1,000 above 100 KB."""
        item = {f"a{self._random.randrange(6)}": self._value(4) for _ in range(self._random.randrange(1, 5))}
        if self._random.random() < 0.02:
            item["deep"] = self._nested(28)
        if self._random.random() < 0.3:
            item[self._random.choice(NAMES)] = self._value(1)
        size = self._random.choices(
            [(0, 900), (900, 10_000), (10_000, 100_000), (100_000, 300_000)], [900, 90, 9, 1]
        )
        filler = self._random.randint(*size[0])
        if self._random.random() < 0.2:
            item["filler"] = {"B": self._binary(filler)}
        else:
            piece = self._text(97) or "x"
            item["filler"] = {"S": (piece * (filler // len(piece.encode()) + 1))[: max(1, filler // 4)]}
        return item

    def _nested(self, depth: int) -> dict[str, Any]:
        value: dict[str, Any] = {"S": self._text(3)}
        for level in range(depth):
            value = {"L": [value]} if level % 2 else {"M": {"m": value}}
        return value


def apply(client: Any, table: str, change: Change) -> None:
    if change.kind == "put":
        client.put_item(TableName=table, Item=change.item)
    elif change.kind == "delete":
        client.delete_item(TableName=table, Key=change.key)
    else:
        names = {f"#s{number}": name for number, name in enumerate(change.item)}
        values = {f":s{number}": value for number, value in enumerate(change.item.values())}
        words = "SET " + ", ".join(f"#s{number} = :s{number}" for number in range(len(names)))
        if change.remove:
            gone = {f"#r{number}": name for number, name in enumerate(dict.fromkeys(change.remove))}
            words += " REMOVE " + ", ".join(gone)
            names |= gone
        client.update_item(
            TableName=table,
            Key=change.key,
            UpdateExpression=words,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )


def apply_all(
    client: Any,
    table: str,
    changes: Iterable[Change],
    done: Callable[[int], None] = lambda count: None,
    threads: int = 4,
) -> None:
    """Makes every change, a key's own in order; `done` hears, in this thread, how many are made."""
    lanes = [ThreadPoolExecutor(1) for _ in range(threads)]
    waiting = []
    try:
        for count, change in enumerate(changes, 1):
            lane = lanes[hash(str(change.key)) % threads]
            waiting.append(lane.submit(apply, client, table, change))
            if len(waiting) >= 64:
                for made in waiting:
                    made.result()
                waiting.clear()
                done(count)
        for made in waiting:
            made.result()
        done(changes.count)
    finally:
        for lane in lanes:
            lane.shutdown(wait=True, cancel_futures=True)
