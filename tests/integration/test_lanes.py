"""The script that runs the tests: failures, hangs, leftovers and empty runs never look like success."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import processes
from tests.support.lanes import ROOT

PROGRAM = """
import pathlib, sys
from tests.support import lanes, processes
processes.adopt_orphans()
folder = pathlib.Path({folder!r})
lanes.ROOT = lanes.LOGS = folder
def steps():
    return [lanes.Step("one", {command!r}, {minutes}, folder / "report.xml")]
lanes.LANES = [lanes.Lane("trial", "standard", "a trial", steps)]
sys.argv = ["tests/run"]
sys.exit(lanes.main())
"""

CTEST = """<testsuite><testcase name="unit.a" status="{status}"><system-out>
[==========] tests: Running 3 test(s).
[ RUN      ] one
[       OK ] one
[ RUN      ] two
{two}
[ RUN      ] three
[       OK ] three
</system-out></testcase></testsuite>"""
PYTEST = '<testsuite><testcase name="a"/><testcase name="b"><skipped/></testcase></testsuite>'


UNIQUE = os.getpid()  # of marks in command lines: the suite may run elsewhere on the machine


def trial(folder: Path, command: str, minutes: float = 1) -> tuple[int, list[str]]:
    program = PROGRAM.format(folder=str(folder), command=["sh", "-c", command], minutes=minutes)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


def writes(folder: Path, report: str) -> str:
    (folder / "ready.xml").write_text(report)
    return f"cp {folder}/ready.xml {folder}/report.xml"


@pytest.mark.parametrize(
    ("report", "then", "code", "last"),
    [
        (PYTEST, "", 0, "1 passed, 0 failed"),
        (CTEST.format(status="run", two="[       OK ] two"), "", 0, "3 passed, 0 failed"),
        (CTEST.format(status="fail", two="[  FAILED  ] two"), "; exit 8", 1, "2 passed, 1 failed"),
        (CTEST.format(status="fail", two=""), "; exit 8", 1, "2 passed, 1 failed"),
        (PYTEST, "; exit 3", 1, "1 passed, 1 failed"),
        ("<testsuites/>", "", 1, "0 passed, 1 failed"),
    ],
)
def test_the_last_line_tells_the_truth(tmp_path: Path, report: str, then: str, code: int, last: str) -> None:
    got, lines = trial(tmp_path, writes(tmp_path, report) + then)
    assert (got, lines[-1]) == (code, last), lines


def test_a_command_that_writes_no_report_is_a_failure(tmp_path: Path) -> None:
    code, lines = trial(tmp_path, "true")
    assert (code, lines[-1]) == (1, "0 passed, 1 failed")


def test_a_hanging_command_is_ended(tmp_path: Path) -> None:
    mark = f"sleep 4242.{UNIQUE}"
    code, lines = trial(tmp_path, mark, minutes=0.01)
    assert code == 1 and any("not done after" in line for line in lines), lines
    assert mark not in everything_running()


def test_a_process_left_behind_is_a_failure_and_is_ended(tmp_path: Path) -> None:
    mark = f"sleep 4343.{UNIQUE}"
    code, lines = trial(tmp_path, writes(tmp_path, PYTEST) + f"; setsid {mark} >/dev/null 2>&1 &")
    assert code == 1 and any(f"left processes behind: {mark}" in line for line in lines), lines
    assert mark not in everything_running()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    mark = f"sleep 44{number.value:02d}.{UNIQUE}"
    command = ["sh", "-c", f"setsid {mark} & touch {tmp_path}/started; {mark}"]
    program = PROGRAM.format(folder=str(tmp_path), command=command, minutes=5)
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.DEVNULL) as child:
        deadline = time.monotonic() + 60
        while not (tmp_path / "started").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        child.send_signal(number)
        assert child.wait(60) == 130
    assert mark not in everything_running()


def everything_running() -> list[str]:
    return [processes.command_line(int(entry)) for entry in os.listdir("/proc") if entry.isdigit()]
