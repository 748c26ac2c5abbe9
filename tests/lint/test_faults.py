"""tests/faults.md tells the truth: every fault is there, and every test that it names."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.chaos.schedule import KINDS
from tests.support.fault_list import LIST, Fault, read_list

TESTS = Path(__file__).resolve().parents[1]
FAULTS = 59
ALWAYS = {"one-name": (7,)}  # troubles that are no event of the chaos run but its whole time


def simulated() -> dict[str, list[int]]:
    """The mishaps of the simulated fleet that carry numbers of faults."""
    text = (TESTS / "sim/sim_faults.c").read_text(encoding="utf-8")
    found = re.findall(r'\[(FAULT_\w+)\] = "[^"]*\(([\d, ]+)\)"', text)
    return {name: [int(number) for number in numbers.split(",")] for name, numbers in found}


def findings(faults: list[Fault], root: Path = TESTS) -> list[str]:
    found = []
    numbers = [fault.number for fault in faults]
    if numbers != list(range(1, FAULTS + 1)):
        found.append(f"the numbers are not 1 to {FAULTS} in their order")
    for fault in faults:
        if not (fault.tests or fault.chaos or fault.sim or fault.not_made):
            found.append(f"fault {fault.number}: made by nothing, and no word why")
        for test in fault.tests:
            path, _, name = test.partition("::")
            file = root / path
            if not name or not file.is_file() or name not in file.read_text(encoding="utf-8"):
                found.append(f"fault {fault.number}: there is no {test}")
        for kind in fault.chaos:
            made = ALWAYS.get(kind) or (KINDS[kind].faults if kind in KINDS else ())
            if not made:
                found.append(f"fault {fault.number}: there is no trouble '{kind}' in the chaos run")
        for name in fault.sim:
            if fault.number not in simulated().get(name, []):
                found.append(f"fault {fault.number}: the simulated fleet makes no {name} of that number")
    return found


def test_the_list_of_faults_names_tests_that_are_there() -> None:
    assert findings(read_list(LIST.read_text(encoding="utf-8"))) == []


def test_each_trouble_of_the_chaos_run_is_in_the_list() -> None:
    faults = {fault.number: fault for fault in read_list(LIST.read_text(encoding="utf-8"))}
    for name, kind in KINDS.items():
        assert all(name in faults[number].chaos for number in kind.faults), name


def test_each_mishap_of_the_simulated_fleet_is_in_the_list() -> None:
    faults = {fault.number: fault for fault in read_list(LIST.read_text(encoding="utf-8"))}
    for name, numbers in simulated().items():
        assert all(name in faults[number].sim for number in numbers), name


def test_the_check_can_fail() -> None:
    good = read_list(LIST.read_text(encoding="utf-8"))
    bad = [Fault(1, "x", ("unit/lease/test_lease_hold.c::no_such_test",), ("no-such-trouble",), ("NO",), "")]
    assert len(findings(bad + good[1:])) == 3
    assert findings(good[:-1]) == [f"the numbers are not 1 to {FAULTS} in their order"]
    assert findings([Fault(1, "x", (), (), (), ""), *good[1:]]) == [
        "fault 1: made by nothing, and no word why"
    ]
