"""Quartz cron expressions, as Databricks' schedules take them: seconds, minutes, hours, day of month, month, day of
week and, perhaps, year (https://www.quartz-scheduler.org/documentation/quartz-2.3.0/tutorials/crontrigger.html)."""

from __future__ import annotations

import re

MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()
FIELDS: list[tuple[str, int, int, dict[str, int]]] = [
    ("seconds", 0, 59, {}),
    ("minutes", 0, 59, {}),
    ("hours", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(MONTHS, 1)}),
    ("day of week", 1, 7, {name: number for number, name in enumerate(DAYS, 1)}),
    ("year", 1970, 2099, {}),
]
SPECIAL = {"day of month": r"L|LW|L-\d{1,2}|\d{1,2}W", "day of week": r"L|(?:[1-7]|[A-Z]{3})(?:L|#[1-5])"}


def _number(text: str, field: tuple[str, int, int, dict[str, int]]) -> int | None:
    _, least, most, names = field
    value = names.get(text, int(text) if re.fullmatch(r"\d{1,4}", text) else None)
    return value if value is not None and least <= value <= most else None


def _part_is_right(part: str, field: tuple[str, int, int, dict[str, int]]) -> bool:
    name, _, most, _ = field
    if re.fullmatch(SPECIAL.get(name, r"(?!)"), part):
        return True
    span, slash, step = part.partition("/")
    if slash and not (re.fullmatch(r"\d{1,4}", step) and 0 < int(step) <= most):
        return False
    if span == "*":
        return True
    first, dash, last = span.partition("-")
    return _number(first, field) is not None and (not dash or _number(last, field) is not None)


def problem(expression: str) -> str:
    """What is wrong with it, in words; empty when nothing is."""
    parts = expression.split(" ")
    if len(parts) not in (6, 7):
        return f"{len(parts)} fields, where Quartz has six or seven"
    for field, text in zip(FIELDS, parts, strict=False):
        if text == "?" and field[0] in ("day of month", "day of week"):
            continue
        if not all(_part_is_right(part, field) for part in text.split(",")):
            return f"{text} is no {field[0]}"
    if (parts[3] == "?") == (parts[5] == "?"):
        return "exactly one of day of month and day of week must be ?"
    return ""
