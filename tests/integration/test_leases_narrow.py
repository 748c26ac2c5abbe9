"""`penstock leases` on terminals of 40 columns: no line is wider, and nothing that counts is left out or cut."""

from __future__ import annotations

import json
import re

import pytest

from tests.integration import test_leases_read
from tests.integration.test_leases_read import LeaseTable
from tests.support.terminal import run_on_terminal

table, full = test_leases_read.table, test_leases_read.full  # fixtures


def on_terminal(full: LeaseTable, columns: int, *words: str, lines: int = 24) -> tuple[str, list[str]]:
    """What stands on a terminal without its colours, and the lines of the table: not those that are told beside it."""
    command, *options = words
    environment = full.environment | {"TERM": "xterm"}
    _, seen = run_on_terminal(
        ["leases", command, "--app", full.name, *options], environment, columns, lines=lines
    )
    plain = re.sub(r"\x1b\[(\d*m|H\x1b\[2J)", "", seen)
    assert "\x1b" not in plain and "\u202e" not in plain
    beside = ("penstock: ", "warning: ", "4 other rows of the table", "nothing was changed: ")
    table = [line for line in plain.splitlines() if not line.startswith(beside)]
    assert max(map(len, table)) <= columns, plain
    return seen, table


def has_whole(table: list[str], text: str) -> bool:
    """However it is broken into lines."""
    return re.sub(r"\s", "", text) in re.sub(r"\s", "", "".join(table))


def test_a_narrow_terminal(full: LeaseTable) -> None:
    for columns in (80, 200):
        seen, table = on_terminal(full, columns, "list")
        assert len(table) == 9 and table[0].startswith("SHARD ") and "\x1b[31mbroken" in seen
    environment = full.environment | {"TERM": "xterm"}
    for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        _, seen = run_on_terminal(["leases", "list", "--app", full.name], environment | plain, 80)
        assert "\x1b" not in seen and "broken" in seen
    _, table = on_terminal(full, 40, "describe", "--no-lag", "shardId-05")
    assert any(line.startswith("GAP-AFTER") for line in table)


@pytest.mark.parametrize("words", [("list",), ("tree",), ("watch", "--for", "100ms")])
def test_forty_columns_lose_nothing_that_counts(full: LeaseTable, words: tuple[str, ...]) -> None:
    """Shard, state, owner and lag of every lease, whole: each is a block of lines where they fit no line."""
    seen, table = on_terminal(full, 40, *words, lines=60)
    told = {lease["shard"]: lease for lease in full.json("list")["leases"]}
    assert len(told) == 8
    for shard, lease in told.items():
        if not shard.isprintable():
            continue
        (at,) = (number for number, line in enumerate(table) if line.endswith(shard))
        block = table[at : at + 4]
        assert f"  STATE  {lease['state']}" in block, block
        assert lease["owner"] is None or f"  OWNER  {lease['owner']}" in block, block
    assert "\x1b[31mbroken" in seen


def test_forty_columns_of_watching(full: LeaseTable) -> None:
    seen, table = on_terminal(full, 40, "watch", "--for", "600ms", "--interval", "500ms", lines=10)
    assert seen.count("\x1b[H\x1b[2J") == 2
    screens = "\n".join(table).split(full.name)[1:]
    for screen in screens:
        assert len(screen.splitlines()) <= 10 and re.search(r"and [67] more", screen), screen
        assert has_whole([screen], "8 leases,") and has_whole([screen], "1 broken"), screen


def test_forty_columns_of_a_check_say_why(full: LeaseTable) -> None:
    code, out, _ = full.run("check", "--no-lag", "--failover", "2s", "-o", "json")
    problems = json.loads(out)["problems"]
    _, table = on_terminal(full, 40, "check", "--no-lag", "--failover", "2s")
    assert code == 5 and len(problems) == 8
    for problem in problems:
        assert problem["problem"] in table, table
        for name in ("shard", "owner", "why"):
            text = problem[name]
            assert not text or not text.isprintable() or has_whole(table, text), (text, table)


@pytest.mark.parametrize(
    ("words", "header", "rows_shown"),
    [
        (["workers"], "WORKER STATE LEASES", 5),
        (["release", "--all"], "SHARD RESULT OWNER", 8),
        (["acknowledge", "--all"], "SHARD RESULT AFTER", 1),
        (["rewind", "--all", "--to-trim-horizon", "--no-count", "--force"], "SHARD RESULT FROM TO", 8),
    ],
)
def test_every_table_fits_a_narrow_terminal(
    full: LeaseTable, words: list[str], header: str, rows_shown: int
) -> None:
    """A row is a line; what is said of it in prose stands below it, whole."""
    _, table = on_terminal(full, 40, *words)
    rows = [line for line in table if not line.startswith("  ")]
    assert " ".join(rows[0].split()).startswith(header) and len(rows) == 1 + rows_shown, table
    if words[0] == "release":
        assert has_whole(table, "nobody owns it"), table
