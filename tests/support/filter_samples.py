"""Random filter patterns, and records to try them on."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from tests.support.filter_oracle import TYPES


class FilterSamples:
    """Small worlds, so that patterns hit often."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.sequence = 10**20

    def _text(self) -> str:
        pick = self.random.choice
        return pick(
            [
                "",
                "a",
                "A",
                "ab",
                "aB",
                "abc",
                "b*",
                "Zü",
                "zÜ",
                "10.0.0.5",
                "12",
                "a\nb",
                'q"',
                "b\\c",
                "😀x",
                "aab",
            ]
        )

    def _number(self) -> str:
        return self.random.choice(
            [
                "0",
                "1",
                "-1",
                "1.5",
                "2",
                "10",
                "12",
                "1E+2",
                "0.001",
                "99999999999999999999999999999999999999",
                "99999999999999999999999999999999999998",
            ]
        )

    def _some(self, make: Any) -> list[str]:
        return list(dict.fromkeys(make() for _ in range(self.random.randint(1, 3))))

    def _name(self) -> str:
        return self.random.choice(["a", "b", "c", "S", "N"])

    def value(self, depth: int = 0) -> dict[str, Any]:
        kind = self.random.choice(TYPES if depth < 3 else TYPES[:6])
        match kind:
            case "S" | "B":
                return {kind: self._text()}
            case "N":
                return {kind: self._number()}
            case "SS" | "BS":
                return {kind: self._some(self._text)}
            case "NS":
                return {kind: self._some(self._number)}
            case "M":
                return {kind: self.item(depth + 1)}
            case "L":
                return {kind: [self.value(depth + 1) for _ in range(self.random.randint(0, 3))]}
            case _:
                return {kind: self.random.random() < 0.6 or kind == "NULL"}

    def item(self, depth: int = 0) -> dict[str, Any]:
        return {self._name(): self.value(depth) for _ in range(self.random.randint(0, 4))}

    def record(self) -> dict[str, Any]:
        self.sequence += 1
        event = self.random.choice(["INSERT", "MODIFY", "REMOVE"])
        old = self.item()
        new = old | self.item() if self.random.random() < 0.5 else self.item()
        change: dict[str, Any] = {
            "ApproximateCreationDateTime": 1763900000 + self.random.randint(0, 3),
            "Keys": {"pk": {"S": self._text()}},
            "SequenceNumber": str(self.sequence),
            "SizeBytes": self.random.randint(1, 30),
        }
        change |= {} if event == "REMOVE" else {"NewImage": new}
        change |= {} if event == "INSERT" else {"OldImage": old}
        record = {
            "eventID": self.random.choice("xyz"),
            "eventName": event,
            "awsRegion": "eu-west-1",
            "dynamodb": change,
        }
        if self.random.random() < 0.3:
            record["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        return record

    def _bounds(self) -> list[Any]:
        low, high = sorted([Decimal(self._number()), Decimal(self._number())])
        if low == high:
            return [self.random.choice(["=", "<=", ">", "<", ">="]), low]
        return [self.random.choice([">", ">="]), low, self.random.choice(["<", "<="]), high]

    def _operator(self) -> dict[str, Any]:
        text = self._text()
        name = self.random.choice(
            ["prefix", "suffix", "equals-ignore-case", "wildcard", "cidr", "exists", "exists", "but", "but"]
        )
        match name:
            case "prefix" | "suffix":
                return {name: {"equals-ignore-case": text} if self.random.random() < 0.3 else text}
            case "wildcard":
                return {name: self.random.choice(["*", "a*", "*b", "*a*b*", "a*b*c", "b\\*", "ab"])}
            case "cidr":
                return {name: self.random.choice(["10.0.0.0/8", "10.0.0.4/31", "10.0.0.6/31", "::/0"])}
            case "exists":
                return {name: self.random.random() < 0.5}
            case "but":
                inner = self.random.choice(["prefix", "suffix", "equals-ignore-case"])
                texts = [one or "a" for one in self._some(self._text)]
                return {"anything-but": self.random.choice([text, texts, {inner: texts}, {"wildcard": "a*"}])}
            case _:
                return {name: text}

    def _tests(self, kind: str) -> list[Any]:
        def test() -> Any:
            if kind in ("BOOL", "NULL"):
                return self.random.choice([True, False, {"exists": True}, {"exists": False}])
            if kind in ("N", "NS") and self.random.random() < 0.6:
                number = Decimal(self._number())
                return self.random.choice(
                    [number, {"numeric": self._bounds()}, {"anything-but": [number]}, str(number)]
                )
            return self._text() if self.random.random() < 0.5 else self._operator()

        return [test() for _ in range(self.random.randint(1, 3))]

    def _attribute(self, depth: int) -> dict[str, Any]:
        pattern: dict[str, Any] = {}
        for _ in range(1 if self.random.random() < 0.8 else 2):
            kind = self.random.choice(TYPES if depth < 3 else TYPES[:6])
            match kind:
                case "M":
                    pattern[kind] = self._item(depth + 1)
                case "L":
                    pattern[kind] = self._attribute(depth + 1)
                case _:
                    pattern[kind] = self._tests(kind)
        return pattern

    def _item(self, depth: int = 0) -> dict[str, Any]:
        pattern: dict[str, Any] = {
            self._name(): self._attribute(depth) for _ in range(self.random.choice([1, 1, 2]))
        }
        if self.random.random() < 0.15:
            pattern["$or"] = [{self._name(): self._attribute(depth)} for _ in range(2)]
        return pattern

    def pattern(self, depth: int = 0) -> dict[str, Any]:
        pattern: dict[str, Any] = {}
        while not pattern:
            if self.random.random() < 0.3:
                pattern["eventName"] = self._some(lambda: self.random.choice(["INSERT", "MODIFY", "REMOVE"]))
            if self.random.random() < 0.6:
                image = self.random.choice(["NewImage", "NewImage", "OldImage", "Keys"])
                pattern["dynamodb"] = {image: {"pk": self._attribute(3)} if image == "Keys" else self._item()}
            if self.random.random() < 0.1:
                pattern["dynamodb"] = {"SizeBytes": [{"numeric": ["<", self.random.randint(1, 30)]}]}
            if self.random.random() < 0.15:
                pattern["changed"] = self._some(
                    lambda: self.random.choice(["a", "b", "c", "a.b", "b[0]", "S.N"])
                )
            if self.random.random() < 0.1:
                pattern["ttl"] = self.random.random() < 0.5
            if self.random.random() < 0.1:
                pattern["userIdentity"] = {"type": self.random.choice([["Service"], [{"exists": False}]])}
            if depth == 0 and self.random.random() < 0.2:
                pattern["$or"] = [self.pattern(1), self.pattern(1)]
        return pattern
