"""The lanes of tests: what each consists of."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.lane_steps import (
    LOGS,
    SIDE_BY_SIDE,
    Step,
    build,
    ctest,
    pytest,
    without_randomized_addresses,
)


@dataclass
class Lane:
    name: str
    kind: str  # standard: ./tests/run without names; long: .ci/run too; named: only when asked for
    about: str
    steps: Callable[[], list[Step]]


def unit_steps() -> list[Step]:
    return [*build("dev"), ctest("dev", "unit"), *build("clang")]


def vectors_steps() -> list[Step]:
    return [*build("dev"), ctest("dev", "vectors")]


def path_steps() -> list[Step]:
    """Of the release build: it is what people run."""
    return [
        *build("release", "bench_path"),
        pytest(
            "path",
            "-s",
            "tests/bench/test_path.py",
            minutes=8,
            environment={"PENSTOCK_BUILD": "build/release"},
            shows="path: ",
        ),
    ]


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


SANITIZERS = {
    "asan": {
        "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    },
    "tsan": {"TSAN_OPTIONS": "second_deadlock_stack=1:halt_on_error=1"},
}


def sanitized_integration(preset: str, which: str, minutes: float) -> Step:
    tests = pytest(
        f"{preset}",
        *SIDE_BY_SIDE,
        "tests/integration",
        "-m",
        which,
        minutes=minutes,
        environment={**SANITIZERS[preset], "PENSTOCK_BUILD": f"build/{preset}"},
    )
    return without_randomized_addresses(tests)


def sanitizer_steps() -> list[Step]:
    steps = []
    for preset, environment in SANITIZERS.items():
        steps += build(preset)
        steps.append(without_randomized_addresses(ctest(preset, "unit", environment)))
        steps.append(sanitized_integration(preset, "core and not slow", 6))
    return steps


def sanitized_steps(preset: str) -> list[Step]:
    return [*build(preset), sanitized_integration(preset, "not slow", 45)]


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
    Lane("unit", "standard", "every unit test with gcc; all compiled with clang, locks checked", unit_steps),
    Lane("vectors", "standard", "cases kept as folders", vectors_steps),
    Lane(
        "lint",
        "standard",
        "the rules of the tree, each with a planted violation; formatting; static analysis",
        lint_steps,
    ),
    Lane(
        "path",
        "standard",
        "instructions a record of the record path against the figure kept",
        path_steps,
    ),
    Lane("sim", "standard", "whole fleets on a virtual clock: 60 s of random faults, all checks", sim_steps),
    Lane(
        "integration",
        "standard",
        "the real binary against DynamoDB Local, moto and the fault server",
        integration_steps,
    ),
    Lane(
        "sanitizers",
        "standard",
        "unit and core integration tests under ASan with UBSan, and under TSan",
        sanitizer_steps,
    ),
    Lane(
        "databricks",
        "standard",
        "the reader's package and its bundle, without Spark or a workspace",
        databricks_steps,
    ),
    Lane("model", "standard", "the lease protocol, checked exhaustively, and its mutants found", model_steps),
    Lane(
        "property",
        "long",
        "100,000 random changes end to end, with kills, stops and rollovers",
        property_steps,
    ),
    Lane(
        "image",
        "long",
        "the container image built without a daemon and run as its task definition says, and the Debian package; sizes",
        image_steps,
    ),
    Lane(
        "chaos",
        "long",
        "90 s of six workers on shards that split, while everything around them fails at random",
        chaos_steps,
    ),
    Lane(
        "spark",
        "long",
        "the reader with Spark and Delta Lake: its parts, and random changes into a table that equals the scan",
        spark_steps,
    ),
    Lane(
        "java",
        "long",
        "a lease table shared with the real Kinesis Client Library, versions 1 and 3",
        java_steps,
    ),
    Lane("mutants", "long", "faults planted into the code: the simulator must catch each", mutants_steps),
    Lane("demo", "long", "the demo as a user runs it, to its end and interrupted", demo_steps),
    Lane("asan", "named", "all integration tests under ASan with UBSan", lambda: sanitized_steps("asan")),
    Lane("tsan", "named", "all integration tests under TSan", lambda: sanitized_steps("tsan")),
]
