"""tests/faults.md as data: the faults by number, and the tests that it names for each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).resolve().parents[1] / "faults.md"
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.*?)\| (.*?)\|$")


@dataclass(frozen=True)
class Fault:
    number: int
    words: str
    tests: tuple[str, ...]  # "file::name"
    chaos: tuple[str, ...]  # kinds of trouble
    sim: tuple[str, ...]  # mishaps of the simulated fleet
    not_made: str


def read_list(text: str) -> list[Fault]:
    faults = []
    for line in text.splitlines():
        if match := ROW.match(line):
            named = re.findall(r"`([^`]+)`", match.group(3))
            tests = tuple(one for one in named if "::" in one)
            chaos, sim = (
                tuple(one.removeprefix(start) for one in named if one.startswith(start))
                for start in ("chaos: ", "sim: ")
            )
            faults.append(Fault(int(match[1]), match[2].strip(), tests, chaos, sim, match[4].strip()))
    return faults


def read_faults() -> dict[int, str]:
    """What each fault is, by its number."""
    return {fault.number: fault.words for fault in read_list(LIST.read_text(encoding="utf-8"))}
