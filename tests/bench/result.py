"""What a case found, as a JSON line, as a table for people, and as medians of several rounds."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field


@dataclass
class Row:
    """One figure: ours, the floor's in the same run if there is one, and what ours may be at most."""

    figure: str
    ours: float
    floor: float | None = None
    goal: float | None = None
    goal_is_ratio: bool = False

    @property
    def ratio(self) -> float | None:
        return self.ours / self.floor if self.floor else None

    @property
    def is_over(self) -> bool:
        bounded = self.ratio if self.goal_is_ratio else self.ours
        return self.goal is not None and bounded is not None and bounded > self.goal

    def goal_text(self) -> str:
        if self.goal is None:
            return ""
        return f"≤ {self.goal:g}" + (" × floor" if self.goal_is_ratio else "")


@dataclass
class Result:
    case: str
    about: str
    rows: list[Row] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    skipped: str = ""  # why there is nothing

    def calls_text(self) -> str:
        return ", ".join(f"{name} {count:,}" for name, count in self.calls.items())


def number(value: float | None) -> str:
    """Three digits that count, in thousands."""
    if value is None:
        return ""
    size = abs(value)
    digits = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2 if size >= 0.1 else 4
    return f"{value:,.{digits}f}"


def json_line(result: Result, round_number: int) -> str:
    figures = {}
    for row in result.rows:
        shown = {"ours": row.ours, "floor": row.floor, "ratio": row.ratio, "goal": row.goal}
        figures[row.figure] = {name: round(value, 4) for name, value in shown.items() if value is not None}
    tree: dict[str, object] = {"case": result.case, "round": round_number, "about": result.about}
    if result.skipped:
        return json.dumps(tree | {"skipped": result.skipped})
    return json.dumps(tree | {"figures": figures, "calls": result.calls}, ensure_ascii=False)


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def medians(rounds: list[Result]) -> Result:
    """Figure by figure; all rounds are of one case."""
    first = rounds[0]
    rows = []
    for place, row in enumerate(first.rows):
        each = [one.rows[place] for one in rounds]
        ours = _median([one.ours for one in each])
        assert ours is not None
        rows.append(Row(row.figure, ours, _median([one.floor for one in each]), row.goal, row.goal_is_ratio))
    return Result(first.case, first.about, rows, first.calls, first.skipped)


def print_table(results: list[Result], heading: str) -> None:
    print(f"\n{heading}\n\n{'':<38}{'ours':>12}{'floor':>12}{'ratio':>8}  goal")
    for result in results:
        print(f"{result.case}: {result.skipped or result.about}")
        for row in result.rows:
            mark = "  OVER" if row.is_over else ""
            print(
                f"  {row.figure:<36}{number(row.ours):>12}{number(row.floor):>12}{number(row.ratio):>8}"
                f"  {row.goal_text()}{mark}"
            )
        if result.calls:
            print(f"  calls: {result.calls_text()}")
