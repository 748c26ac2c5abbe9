"""Runs lanes of tests for ./tests/run, one after another, and sums them up."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from dataclasses import dataclass
from pathlib import Path

from tests.support import processes
from tests.support.lane_list import LANES, Lane
from tests.support.lane_steps import LOGS, ROOT, Step

TAIL_LINES = 80


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Counts) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def count_cmocka(case: xml.Element) -> Counts:
    """One executable of the ctest report, by cmocka's own lines; one test when it is not cmocka's."""
    lines = (case.findtext("system-out") or "").splitlines()
    passed = sum(line.startswith("[       OK ]") for line in lines)
    skipped = sum(line.startswith("[  SKIPPED ] ") and "test(s)" not in line for line in lines)
    if case.get("status") == "run":
        return Counts(passed if passed or skipped else 1, 0, skipped)
    asked = sum(line.startswith("[ RUN ") for line in lines)
    return Counts(passed, max(1, asked - passed - skipped), skipped)


def read_report(path: Path) -> Counts:
    counts = Counts()
    if not path.exists():
        return counts
    for case in xml.parse(path).iter("testcase"):
        if case.get("status") is not None:
            counts.add(count_cmocka(case))
        elif case.find("failure") is not None or case.find("error") is not None:
            counts.add(Counts(failed=1))
        elif case.find("skipped") is not None:
            counts.add(Counts(skipped=1))
        else:
            counts.add(Counts(passed=1))
    return counts


def print_tail(log: Path) -> None:
    for line in log.read_text(errors="replace").splitlines()[-TAIL_LINES:]:
        print(f"    {line}")


def run_step(step: Step, log: Path) -> tuple[Counts, bool]:
    """Runs it; whatever it leaves running is a failure, and is ended."""
    if step.report:
        step.report.unlink(missing_ok=True)
    environment = {**os.environ, **step.environment}
    trouble = ""
    with log.open("wb") as output:
        child = subprocess.Popen(
            step.command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = child.wait(step.minutes * 60)
            if code != 0:
                trouble = f"exit code {code}"
        except subprocess.TimeoutExpired:
            trouble = f"not done after {step.minutes:g} minutes"
            processes.end_all()
            child.wait()
    if left := processes.wait_for_none(3):
        trouble = trouble or "left processes behind: " + "; ".join(
            processes.command_line(pid) for pid in left
        )
        processes.end_all()
    counts = read_report(step.report) if step.report else Counts()
    if step.shows:
        lines = log.read_text(errors="replace").splitlines()
        print("\n".join(f"  {line}" for line in lines if line.startswith(step.shows)), flush=True)
    if trouble and counts.failed == 0:
        counts.failed = 1
    if trouble:
        print(f"  FAILED {step.name}: {trouble} (all of it: {log.relative_to(ROOT)})")
        print_tail(log)
    return counts, not trouble


def run_lane(lane: Lane) -> tuple[Counts, float]:
    print(f"== {lane.name}: {lane.about}", flush=True)
    started = time.monotonic()
    counts = Counts()
    for number, step in enumerate(lane.steps()):
        step_started = time.monotonic()
        step_counts, fine = run_step(step, LOGS / f"{lane.name}-{number}.log")
        counts.add(step_counts)
        if fine:
            ran = f", {step_counts.passed} passed" if step.report else ""
            print(f"  {step.name}: {time.monotonic() - step_started:.0f} s{ran}", flush=True)
        elif step.needs_success:
            break
    if counts.passed + counts.failed == 0:
        print(f"  FAILED {lane.name}: no test ran")
        counts.failed = 1
    return counts, time.monotonic() - started


def summarize(results: list[tuple[Lane, Counts, float]]) -> int:
    print(f"\n{'lane':<14}{'result':<10}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    total = Counts()
    for lane, counts, seconds in results:
        total.add(counts)
        result = "FAILED" if counts.failed else "ok"
        print(
            f"{lane.name:<14}{result:<10}{counts.passed:>8}{counts.failed:>8}{counts.skipped:>9}{seconds:>9.0f}"
        )
    print(f"{total.passed} passed, {total.failed} failed")
    return 0 if total.failed == 0 and total.passed > 0 else 1


def choose(names: list[str]) -> list[Lane]:
    by_name = {lane.name: lane for lane in LANES}
    for name in names:
        if name not in by_name:
            sys.exit(f"tests/run: no lane '{name}'; there are: {' '.join(by_name)}")
    return [by_name[name] for name in names] if names else [lane for lane in LANES if lane.kind == "standard"]


def interrupted(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/run")
    parser.add_argument("lanes", nargs="*", metavar="LANE")
    parser.add_argument("--list", action="store_true", help="which lanes there are")
    arguments = parser.parse_args()
    if arguments.list:
        for lane in LANES:
            print(f"{lane.name:<14}{lane.kind:<10}{lane.about}")
        return 0
    lanes = choose(arguments.lanes)
    LOGS.mkdir(parents=True, exist_ok=True)
    processes.adopt_orphans()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    results = []
    try:
        for lane in lanes:
            results.append((lane, *run_lane(lane)))
    except KeyboardInterrupt as reason:
        print(f"tests/run: stopped by {reason}", file=sys.stderr)
        return 130
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        processes.end_all()
    return summarize(results)


if __name__ == "__main__":
    sys.exit(main())
