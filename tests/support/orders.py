"""Random changes of items that look like somebody's: attributes with a type of their own, and the odd ones of
tests/support/changes.py, whose types drift and whose names and numbers no column can have."""

from __future__ import annotations

from typing import Any

from tests.support.changes import Changes, Item


class OrderChanges(Changes):
    """As Changes. Items of the second half have attributes that none before had."""

    def _attributes(self) -> Item:
        chance = self._random
        item = super()._attributes()
        ordinary: dict[str, Any] = {
            "total": {"N": f"{chance.randrange(10**12)}.{chance.randrange(10**18):018}"},
            "quantity": {"N": str(chance.choice([0, 1, -7, 10**19, 12345678901234567890]))},
            "customer": {"S": self._text(20)},
            "paid": {"BOOL": chance.random() < 0.5},
            "photo": {"B": self._binary(chance.randrange(60))},
            "tags": {"SS": self._set(lambda: self._text(8))},
            "sizes": {"NS": list({str(chance.randrange(1000)) for _ in range(4)})},
            "hashes": {"BS": self._set(lambda: self._binary(6))},
            "address": {"M": {"city": {"S": self._text(6)}, "City": {"N": self._number()}}},
            "lines": {"L": [self._value(2) for _ in range(chance.randrange(3))]},
            "order-id": {"S": self._text(9)},
            "Total": {"S": "differs from another name in case alone"},
        }
        for name in chance.sample(sorted(ordinary), chance.randrange(4, 10)):
            item[name] = ordinary[name]
        return item
