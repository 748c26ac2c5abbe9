"""Instructions a record of the record path, counted and kept; tests/bench/path builds what it needs and calls it.

callgrind counts what the program executes, so the figure is the same to the digit at every run of the same code. It
depends on the compiler and the C library, and on the machine: valgrind shows programs an older CPU than the real one
(no AVX-512, no SHA extensions), so SIMD code beyond AVX2 is never what is counted. Figures are kept for each such key.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.built import ROOT, build_folder

KEPT = ROOT / "tests" / "bench" / "path_instructions.txt"
HEAD = """\
# Instructions a record of tests/bench/path.c, release build, by compiler, C library and what valgrind shows of the CPU.
# Renewed by tests/bench/path --write; ./tests/run fails where the path costs 5 % more, or has become 5 % cheaper.
"""
ROUNDS = (2, 6)  # their difference is what counts: start, pages and end are in both
LIMIT = 0.05
TOP_ROUNDS = 20  # so many that setting up hardly counts
SECONDS = 300
ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}  # the same stack every time


def program() -> Path:
    return build_folder() / "tests" / "bench" / "bench_path"


def missing() -> str | None:
    """Why nothing can be counted here."""
    if shutil.which("valgrind") is None:
        return "valgrind is not installed"
    return None if program().is_file() else f"no {program()}"


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=ENVIRONMENT, capture_output=True, text=True, timeout=SECONDS, check=True
    )


def key() -> str:
    """What the figure depends on: "gcc-12.2.0 glibc-2.36 x86_64 avx2"."""
    return _run(["valgrind", "-q", "--tool=none", str(program()), "--key"]).stdout.strip()


def _collect(rounds: int, record_bytes: int, out: Path) -> tuple[int, int]:
    """Instructions and records of a run."""
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", str(program())]
    done = _run([*command, str(rounds), str(record_bytes)])
    found = re.search(r"Collected : (\d+)", done.stderr)
    if found is None:
        raise RuntimeError(f"callgrind said nothing of a count: {done.stderr}")
    return int(found.group(1)), int(json.loads(done.stdout)["records"])


def count(record_bytes: int = 700) -> float:
    """Instructions a record."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = (_collect(rounds, record_bytes, Path(folder) / "out") for rounds in ROUNDS)
    return round((many[0] - few[0]) / (many[1] - few[1]), 2)


def read_kept(text: str) -> dict[str, float]:
    rows = [line.rsplit(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(figure) for name, figure in rows}


def write_kept(kept: dict[str, float]) -> str:
    return HEAD + "".join(f"{name} {figure:.2f}\n" for name, figure in sorted(kept.items()))


def judge(counted: float, kept: float) -> str | None:
    """What is wrong, or None."""
    change = counted / kept - 1
    if abs(change) <= LIMIT:
        return None
    what = "dearer" if change > 0 else "cheaper, and that should be kept"
    return (
        f"the record path executes {counted:,.2f} instructions a record, {kept:,.2f} are kept in "
        f"{KEPT.relative_to(ROOT)}: {abs(change):.1%} {what}. tests/bench/path --top 30 shows where they go; if it is "
        "meant, run tests/bench/path --write and commit the figure together with the change"
    )


def print_top(lines: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind.out"
        _collect(TOP_ROUNDS, 700, out)
        text = _run(["callgrind_annotate", str(out)]).stdout.splitlines()
        costs = [line for line in text if re.match(r" *[\d,]+ \(", line)]
        print("\n".join(costs[: lines + 1]))  # the first is the sum


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/bench/path")
    parser.add_argument("--write", action="store_true", help="keep the figure")
    parser.add_argument("--top", type=int, metavar="N", help="the functions that cost most")
    arguments = parser.parse_args()
    if reason := missing():
        sys.exit(f"tests/bench/path: {reason}")
    if arguments.top:
        print_top(arguments.top)
        return 0
    name, counted = key(), count()
    kept = read_kept(KEPT.read_text()) if KEPT.exists() else {}
    print(f"{counted:,.2f} instructions a record ({name}; kept: {kept.get(name, 'none')})")
    if arguments.write:
        KEPT.write_text(write_kept(kept | {name: counted}))
        return 0
    problem = judge(counted, kept[name]) if name in kept else f"no figure kept for {name}"
    if problem:
        print(problem)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
