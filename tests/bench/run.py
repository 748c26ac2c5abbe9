"""The driver of the benches; tests/bench/run builds what it needs and calls it."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
from pathlib import Path

from tests.bench import flame, readme
from tests.bench.cases import BY_NAME, CASES, Size
from tests.bench.result import Result, json_line, medians, print_table


def processor() -> str:
    """The CPU's name as the kernel has it, or the architecture."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def where() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, {processor()}"


def command_of(words: list[str]) -> str:
    """What to type for the same figures."""
    kept = [word for word in words if word != "--write-readme"]
    return " ".join(["tests/bench/run", *kept])


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench/run")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="all, unless named")
    parser.add_argument("--list", action="store_true", help="which cases there are")
    parser.add_argument("--quick", action="store_true", help="a tenth of each size")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flame", type=Path, metavar="FILE.svg")
    parser.add_argument("--write-readme", action="store_true")
    arguments = parser.parse_args(words)
    if unknown := [name for name in arguments.cases if name not in BY_NAME]:
        parser.error(f"no case {unknown[0]}; there are: {' '.join(BY_NAME)}")
    return arguments


def run_cases(names: list[str], size: Size, rounds: int) -> list[Result]:
    """Round by round, so that a machine that slows down does so for all."""
    found: dict[str, list[Result]] = {}
    for number in range(1, rounds + 1):
        for name in names:
            result = BY_NAME[name].run(size)
            found.setdefault(name, []).append(result)
            print(json_line(result, number), flush=True)
    return [medians(each) for each in found.values()]


def main(words: list[str]) -> int:
    arguments = parse(words)
    if arguments.list:
        for case in CASES:
            print(f"{case.name:<16}{case.about}")
        return 0
    size = Size(arguments.quick, arguments.seed)
    if arguments.flame:
        arguments.flame.write_text(flame.draw(flame.stacks_of_throughput(size)))
        print(f"wrote {arguments.flame}", file=sys.stderr)
        if not arguments.cases and not arguments.write_readme:
            return 0
    names = arguments.cases or [case.name for case in CASES]
    results = run_cases(names, size, arguments.rounds)
    today = datetime.date.today().isoformat()
    print_table(results, f"{command_of(words)}, {today}, {where()}")
    if arguments.write_readme:
        readme.write(results, command_of(words), today, where())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
