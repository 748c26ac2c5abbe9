"""The lanes of tests that ./tests/run runs: what each consists of, one after another, and the summary."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support import processes
from tests.support.lane_steps import (
    LOGS,
    ROOT,
    SIDE_BY_SIDE,
    Step,
    build,
    ctest,
    pytest,
    without_randomized_addresses,
)

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


@dataclass
class Lane:
    name: str
    standard: bool
    about: str
    steps: Callable[[], list[Step]]


def unit_steps() -> list[Step]:
    return [*build("dev"), ctest("dev", "unit"), *build("clang")]


def vectors_steps() -> list[Step]:
    return [*build("dev"), ctest("dev", "vectors")]


def lint_steps() -> list[Step]:
    return [*build("dev"), pytest("lint", "tests/lint", minutes=8)]


def integration_steps() -> list[Step]:
    """Each exchange of ours with the fault server is recorded, and must be what AWS's own API models allow. (The
    fault server's own tests also send it what it has to refuse.)"""
    recording = LOGS / "recording.jsonl"
    for earlier in LOGS.glob("recording.jsonl*"):
        earlier.unlink()
    recorded = {"PENSTOCK_RECORD": str(recording)}
    ours = f"{recording}.ours"
    validate = [
        "sh",
        "-c",
        f"""grep -hF '"User-Agent":"penstock/' {recording}.gw* >{ours}
            exec {sys.executable} -m tests.support.validate_recording {ours}""",
    ]
    return [
        *build("dev"),
        pytest(
            "integration",
            *SIDE_BY_SIDE,
            "tests/integration",
            "-m",
            "not slow",
            minutes=12,
            environment=recorded,
        ),
        Step("recorded requests fit AWS's models", validate, 5),
    ]


def sanitizer_steps() -> list[Step]:
    steps = []
    options = {
        "asan": {
            "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
            "UBSAN_OPTIONS": "print_stacktrace=1",
        },
        "tsan": {"TSAN_OPTIONS": "second_deadlock_stack=1:halt_on_error=1"},
    }
    for preset, environment in options.items():
        steps += build(preset)
        steps.append(without_randomized_addresses(ctest(preset, "unit", environment)))
        chosen = {**environment, "PENSTOCK_BUILD": f"build/{preset}"}
        core = pytest(
            f"core {preset}",
            *SIDE_BY_SIDE,
            "tests/integration",
            "-m",
            "core and not slow",
            minutes=6,
            environment=chosen,
        )
        steps.append(without_randomized_addresses(core))
    return steps


def databricks_steps() -> list[Step]:
    return [pytest("databricks", "deploy/databricks/tests", minutes=3)]


def spark_steps() -> list[Step]:
    """One session, since its start and first plans are what costs most."""
    return [
        Step("packages", ["tests/support/setup", "spark"], 8, needs_success=True),
        *build("dev", "penstock", "faultd"),
        pytest("spark", "-s", "tests/spark", minutes=13, shows="spark: "),
    ]


def demo_steps() -> list[Step]:
    return [
        *build("release", "penstock", "faultd"),
        pytest("demo", "tests/integration/test_demo.py", minutes=10),
    ]


def sim_steps() -> list[Step]:
    return [*build("release", "sim"), pytest("sim", "-s", "tests/sim/test_sim.py", minutes=9, shows="sim: ")]


def mutants_steps() -> list[Step]:
    return [pytest("mutants", "-s", "tests/sim/test_mutants.py", minutes=14, shows="mutants: ")]


def property_steps() -> list[Step]:
    long_form = {"PENSTOCK_CHANGES": "100000"}
    return [
        *build("dev"),
        pytest("property", "-s", "tests/integration/test_end_to_end.py", minutes=14, environment=long_form),
    ]


def image_steps() -> list[Step]:
    built_and_run = pytest("image", "-s", "tests/integration/test_image.py", minutes=8, shows="image: ")
    package = pytest("package", "-s", "tests/integration/test_package.py", minutes=5, shows="package: ")
    return [
        Step("packages", ["tests/support/setup", "image"], 5, needs_success=True),
        *build("dev", "faultd"),
        built_and_run,
        package,
    ]


def chaos_steps() -> list[Step]:
    built = {"PENSTOCK_BUILD": "build/dev"}
    test = "tests/integration/test_chaos.py"
    run = pytest("chaos", "-s", test, minutes=13, environment=built, shows="chaos: ")
    return [*build("dev", "penstock", "faultd", "skewed_clock"), run]


def model_steps() -> list[Step]:
    return [pytest("model", "-s", "tests/sim/test_model.py", minutes=8, shows="model: ")]


def java_steps() -> list[Step]:
    fleet = pytest(
        "java fleet", "-s", "tests/integration/test_java_fleet.py", minutes=9, shows="java fleet: "
    )
    return [
        *build("dev", "penstock", "faultd"),
        pytest("java rows", "tests/integration/test_java_rows.py", minutes=5),
        pytest("java relay", "tests/integration/test_java.py", minutes=9),
        fleet,
    ]


LANES = [
    Lane("unit", True, "every unit test with gcc; all compiled with clang, locks checked", unit_steps),
    Lane("vectors", True, "cases kept as folders", vectors_steps),
    Lane(
        "lint",
        True,
        "the rules of the tree, each with a planted violation; formatting; static analysis",
        lint_steps,
    ),
    Lane("sim", True, "whole fleets on a virtual clock: 60 s of random faults, all checks", sim_steps),
    Lane(
        "integration",
        True,
        "the real binary against DynamoDB Local, moto and the fault server",
        integration_steps,
    ),
    Lane(
        "sanitizers",
        True,
        "unit and core integration tests under ASan with UBSan, and under TSan",
        sanitizer_steps,
    ),
    Lane(
        "databricks",
        True,
        "the reader's package and its bundle, without Spark or a workspace",
        databricks_steps,
    ),
    Lane("model", True, "the lease protocol, checked exhaustively, and its mutants found", model_steps),
    Lane(
        "property",
        False,
        "100,000 random changes end to end, with kills, stops and rollovers",
        property_steps,
    ),
    Lane(
        "image",
        False,
        "the container image built without a daemon and run as its task definition says, and the Debian package; sizes",
        image_steps,
    ),
    Lane(
        "chaos",
        False,
        "90 s of six workers on shards that split, while everything around them fails at random",
        chaos_steps,
    ),
    Lane(
        "spark",
        False,
        "the reader with Spark and Delta Lake: its parts, and random changes into a table that equals the scan",
        spark_steps,
    ),
    Lane(
        "java",
        False,
        "a lease table shared with the real Kinesis Client Library, versions 1 and 3",
        java_steps,
    ),
    Lane("mutants", False, "faults planted into the code: the simulator must catch each", mutants_steps),
    Lane("demo", False, "the demo as a user runs it, to its end and interrupted", demo_steps),
]


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
    return [by_name[name] for name in names] if names else [lane for lane in LANES if lane.standard]


def interrupted(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/run")
    parser.add_argument("lanes", nargs="*", metavar="LANE")
    parser.add_argument("--list", action="store_true", help="which lanes there are")
    arguments = parser.parse_args()
    if arguments.list:
        for lane in LANES:
            print(f"{lane.name:<14}{'standard' if lane.standard else 'long':<10}{lane.about}")
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
