"""tests/replies.md tells the truth: each call and endpoint has its row, and each test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "tests/replies.md"
CALL = re.compile(r'call\([a-z]+, "([A-Z]\w+)"|\.operation = "([A-Z]\w+)"|do_write\(\w+, "(\w+)"')
STS = re.compile(r'exchange\(options, "(\w+)"')


def calls() -> set[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "aws").glob("*.c"))
    found = {name for names in CALL.findall(text) for name in names if name}
    return found | set(STS.findall(text))


def askers() -> set[str]:
    """The files that send a request of their own."""
    return {
        path.relative_to(ROOT).as_posix()
        for room in ("aws", "lease", "sink", "shard", "worker")
        for path in (ROOT / room).rglob("*.c")
        if "http_perform(" in path.read_text(encoding="utf-8")
    }


def rows(text: str) -> dict[str, list[str]]:
    """Tests by the first name in backticks of a row: a call, or the file that asks an endpoint."""
    found = {}
    for line in text.splitlines():
        named = re.findall(r"`([^`]+)`", line)
        tests = [name for name in named if "::" in name]
        key = next((name for name in named if re.fullmatch(r"[A-Z]\w+|\w+/\w+\.c", name)), None)
        if line.startswith("| ") and key:
            found[key] = tests
    return found


def findings(text: str) -> list[str]:
    listed = rows(text)
    found = [f"{name} has no row" for name in sorted((calls() | askers()) - listed.keys())]
    found += [f"{name} is called nowhere" for name in sorted(listed.keys() - calls() - askers())]
    for name, tests in listed.items():
        if not tests:
            found.append(f"{name}: nothing feeds it garbage")
        for test in tests:
            path, _, function = test.partition("::")
            file = ROOT / "tests" / path
            if not file.is_file() or f" {function}(" not in file.read_text(encoding="utf-8"):
                found.append(f"{name}: there is no {test}")
    return found


def test_each_call_is_fed_garbage_by_tests_that_are_there() -> None:
    assert len(calls()) >= 20
    assert findings(LIST.read_text(encoding="utf-8")) == []


def test_the_check_can_fail() -> None:
    text = LIST.read_text(encoding="utf-8")
    assert findings(text.replace("| `GetItem`", "| `GetItems`")) == [
        "GetItem has no row",
        "GetItems is called nowhere",
    ]
    assert findings(text.replace("::test_removing_finished_leases", "::test_no_such")) == [
        "DeleteItem: there is no integration/test_bad_replies.py::test_no_such"
    ]
