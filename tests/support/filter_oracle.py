"""Filter patterns in Python: an independent reading of the rules."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

ABSENT = object()
TYPES = ("S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL")


def read(text: str) -> Any:
    """JSON with exact numbers."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def _number(value: Any, decimal: bool) -> Decimal | None:
    if isinstance(value, str) and not decimal:
        return None
    try:
        return None if isinstance(value, bool) or value is None else Decimal(value)
    except InvalidOperation:
        return None


def _compare(value: Decimal, steps: list[Any]) -> bool:
    tests = {
        "=": lambda a, b: a == b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
    }
    return all(tests[sign](value, bound) for sign, bound in zip(steps[::2], steps[1::2], strict=True))


def _wildcard(pattern: str) -> str:
    """As a regular expression."""
    parts = re.findall(r"\\.|\*|[^\\*]+", pattern, re.DOTALL)
    return "".join(
        ".*" if part == "*" else re.escape(part[1:] if part[0] == "\\" else part) for part in parts
    )


def _in_block(value: str, block: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(block, strict=False)
    except ValueError:
        return False


def _end(value: str, wanted: Any, at_start: bool) -> bool:
    if isinstance(wanted, dict):
        value, wanted = value.lower(), wanted["equals-ignore-case"].lower()
    return value.startswith(wanted) if at_start else value.endswith(wanted)


def _text_operator(name: str, wanted: Any, value: Any) -> bool:
    if not isinstance(value, str):
        return False
    match name:
        case "prefix" | "suffix":
            return _end(value, wanted, name == "prefix")
        case "equals-ignore-case":
            return value.lower() == wanted.lower()
        case "wildcard":
            return re.fullmatch(_wildcard(wanted), value, re.DOTALL) is not None
        case _:
            return _in_block(value, wanted)


def _anything_but(wanted: Any, value: Any, decimal: bool) -> bool:
    if isinstance(wanted, dict):
        ((name, inner),) = wanted.items()
        return not any(_text_operator(name, one, value) for one in _listed(inner))
    return not any(_test(one, value, decimal) for one in _listed(wanted))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _test(test: Any, value: Any, decimal: bool) -> bool:
    if isinstance(test, dict):
        ((name, wanted),) = test.items()
        match name:
            case "exists":
                return bool(wanted)
            case "numeric":
                number = _number(value, decimal)
                return number is not None and _compare(number, wanted)
            case "anything-but":
                return _anything_but(wanted, value, decimal)
            case _:
                return _text_operator(name, wanted, value)
    if isinstance(test, Decimal):
        return _number(value, decimal) == test
    return type(test) is type(value) and test == value


def _asks_absence(test: Any) -> bool:
    return test == {"exists": False}


def _accepts_absent(pattern: Any) -> bool:
    if isinstance(pattern, list):
        return any(_asks_absence(test) for test in pattern)
    return all(
        any(_accepts_absent(one) for one in child) if _is_or(name, child) else _accepts_absent(child)
        for name, child in pattern.items()
    )


def _is_negative(pattern: Any) -> bool:
    if isinstance(pattern, list):
        return all(_asks_absence(test) for test in pattern)
    return all(
        all(_is_negative(one) for one in child) if _is_or(name, child) else _is_negative(child)
        for name, child in pattern.items()
    )


def _is_or(name: str, child: Any) -> bool:
    return name == "$or" and isinstance(child, list)


def _flatten(value: list[Any]) -> Iterator[Any]:
    for element in value:
        if isinstance(element, list):
            yield from _flatten(element)
        else:
            yield element


def _match(pattern: Any, value: Any, name: str) -> bool:
    if isinstance(pattern, list):
        values = [one for one in _flatten([value]) if one is not ABSENT and not isinstance(one, dict)]
        if not values:
            return _accepts_absent(pattern)
        return any(_test(test, one, name in ("N", "NS")) for test in pattern for one in values)
    if isinstance(value, list):
        answers = [_match_object(pattern, one) for one in _flatten(value) if isinstance(one, dict)]
        if not answers:
            return _accepts_absent(pattern)
        return all(answers) if _is_negative(pattern) else any(answers)
    return _match_object(pattern, value) if isinstance(value, dict) else _accepts_absent(pattern)


def _match_object(pattern: dict[str, Any], value: dict[str, Any]) -> bool:
    return all(
        any(_match_object(one, value) for one in child)
        if _is_or(name, child)
        else _match(child, value.get(name, ABSENT), name)
        for name, child in pattern.items()
    )


def _find(item: dict[str, Any] | None, path: str) -> Any:
    value: Any = {"M": item or {}}
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        try:
            value = value["L"][int(index)] if index else value["M"][name]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return value


def _plain(value: Any, kind: str = "") -> Any:
    """What is compared: sets without order, numbers by value."""
    if isinstance(value, dict):
        return {name: _plain(child, name) for name, child in value.items()}
    if isinstance(value, list):
        elements = [_plain(child, kind[:1] if kind in ("SS", "NS", "BS") else "") for child in value]
        return frozenset(elements) if kind in ("SS", "NS", "BS") else elements
    return Decimal(value) if kind == "N" else value


def _matches_root(pattern: dict[str, Any], record: dict[str, Any]) -> bool:
    change = record["dynamodb"]
    rest = dict(pattern)
    if "ttl" in rest:
        identity = record.get("userIdentity", {}).get("principalId")
        expired = record["eventName"] == "REMOVE" and identity == "dynamodb.amazonaws.com"
        if rest.pop("ttl") != expired:
            return False
    if "changed" in rest:
        pairs = [
            (_find(change.get("OldImage"), path), _find(change.get("NewImage"), path))
            for path in rest.pop("changed")
        ]
        if all(_plain(old) == _plain(new) for old, new in pairs):
            return False
    if "$or" in rest and not any(_matches_root(one, record) for one in rest.pop("$or")):
        return False
    return _match_object(rest, record)


def matches(pattern: Any, record: Any) -> bool:
    """Does a record, in the names that Lambda gives its fields, match?"""
    return _matches_root(pattern, record)


def _write_number(value: Any) -> Any:
    raise TypeError(f"not JSON: {value!r}")


def write(pattern: Any) -> str:
    """JSON in which numbers keep all their digits."""
    marks: list[str] = []

    def mark(value: Any) -> Any:
        if isinstance(value, Decimal):
            marks.append(str(value))
            return f"\0{len(marks) - 1}\0"
        if isinstance(value, dict):
            return {name: mark(child) for name, child in value.items()}
        return [mark(child) for child in value] if isinstance(value, list) else value

    text = json.dumps(mark(pattern), default=_write_number)
    return re.sub(r'"\\u0000(\d+)\\u0000"', lambda found: marks[int(found.group(1))], text)
