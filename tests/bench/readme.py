"""The table of figures in README.md, which tests/bench/run --write-readme writes between two markers."""

from __future__ import annotations

import re

from tests.bench.result import Result, Row, number
from tests.support.built import ROOT

README = ROOT / "README.md"
BEGIN = "<!-- figures: made by tests/bench/run -->\n"
END = "<!-- end of figures -->\n"
HEAD = ["case", "figure", "ours", "floor", "ratio", "goal"]
CAPTION = re.compile(r"`tests/bench/run[^`]*`, \d{4}-\d\d-\d\d, \d+ cores, .+:")


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(case: str, row: Row) -> list[str]:
    goal = row.goal_text() + (" (over)" if row.is_over else "")
    return [case, row.figure, number(row.ours), number(row.floor), number(row.ratio), goal]


def table(results: list[Result], command: str, date: str, machine: str) -> str:
    lines = [f"`{command}`, {date}, {machine}:", "", _line(HEAD), _line(["---"] * len(HEAD))]
    for result in results:
        name = f"`{result.case}`: {result.about}"
        if result.skipped:
            lines.append(_line([name, result.skipped, "", "", "", ""]))
        for place, row in enumerate(result.rows):
            lines.append(_line(_cells(name if place == 0 else "", row)))
        if result.calls:
            lines.append(_line(["", f"calls: {result.calls_text()}", "", "", "", ""]))
    return "\n".join(lines) + "\n"


def split(text: str) -> tuple[str, str, str]:
    """Before, within and behind the markers; ValueError when it lacks them."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"README.md needs the lines {BEGIN.strip()} and {END.strip()}, once each")
    before, rest = text.split(BEGIN)
    within, after = rest.split(END)
    return before, within, after


def with_table(text: str, made: str) -> str:
    before, _, after = split(text)
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


def problems(within: str) -> list[str]:
    """What of the table between the markers is not as `table` makes it."""
    lines = within.strip("\n").split("\n")
    found = []
    if not CAPTION.fullmatch(lines[0]):
        found.append(f"its first line names no command, date and machine: {lines[0][:80]!r}")
    if lines[1:4] != ["", _line(HEAD), _line(["---"] * len(HEAD))]:
        found.append(f"its head is not {_line(HEAD)}")
    for line in lines[4:]:
        cells = line.removeprefix("| ").removesuffix(" |").split(" | ")
        if len(cells) != len(HEAD) or not cells[1]:
            found.append(f"not a row of {len(HEAD)} cells with a figure: {line[:80]!r}")
    if len(lines) < 5:
        found.append("it has no row")
    return found


def write(results: list[Result], command: str, date: str, machine: str) -> None:
    README.write_text(with_table(README.read_text(), table(results, command, date, machine)))
