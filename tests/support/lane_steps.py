"""The steps that lanes are made of: configuring, building, ctest, pytest."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "build" / "lanes"


@dataclass
class Step:
    """One command. `report` is a JUnit file that it writes; without one it counts only when it fails."""

    name: str
    command: list[str]
    minutes: float
    report: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)
    shows: str = ""  # lines of its output that begin so are printed, whatever the result
    needs_success: bool = False  # later steps of the lane make no sense after its failure


def build(preset: str, *targets: str) -> list[Step]:
    build_command = ["cmake", "--build", f"build/{preset}"]
    if targets:
        build_command += ["--target", *targets]
    return [
        Step(f"configure {preset}", ["cmake", "--preset", preset], 3, needs_success=True),
        Step(f"build {preset}", build_command, 15, needs_success=True),
    ]


def ctest(preset: str, label: str, environment: dict[str, str] | None = None) -> Step:
    report = LOGS / f"ctest-{preset}-{label}.xml"
    command = ["ctest", "--test-dir", f"build/{preset}", "-L", f"^{label}$", "-j", str(SIDE_BY_SIDE_UNITS)]
    command += ["--output-on-failure", "--test-output-size-passed", "4194304", "--output-junit", str(report)]
    return Step(f"{label} tests, {preset}", command, 10, report, environment or {})


# Most integration tests wait more than they compute, so a few files of them run side by side.
SIDE_BY_SIDE = ("-n", "8", "--dist", "loadfile")
# So do unit tests that wait for clocks and threads.
SIDE_BY_SIDE_UNITS = 3 * (os.cpu_count() or 1)


def pytest(
    name: str, *arguments: str, minutes: float, environment: dict[str, str] | None = None, shows: str = ""
) -> Step:
    report = LOGS / f"pytest-{name.replace(' ', '-')}.xml"
    command = [sys.executable, "-m", "pytest", "-c", "tests/pytest.ini", "-q", f"--junitxml={report}"]
    command += arguments
    return Step(f"pytest {name}", command, minutes, report, environment or {}, shows=shows)


def without_randomized_addresses(step: Step) -> Step:
    """gcc's thread sanitizer dies at start where the kernel spreads addresses wider than it knows."""
    prefix = ["setarch", platform.machine(), "-R"]
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
        step.command = prefix + step.command
    return step
