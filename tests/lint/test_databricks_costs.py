"""deploy/databricks/costs.py: README shows what it prints, and its formulas are the program's own."""

from __future__ import annotations

import importlib.util
import math
import random
import re
import subprocess
import sys
from dataclasses import replace
from types import ModuleType

import pytest

from tests.lint.bundle import BUNDLE
from tests.lint.tree import ROOT

SCRIPT = BUNDLE / "costs.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("costs", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["costs"] = module
    spec.loader.exec_module(module)
    return module


costs = _load()
INPUTS = costs.Inputs()


def printed(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize(("name", "arguments"), [("costs", []), ("inputs", ["--inputs"])])
def test_readme_shows_what_it_prints(name: str, arguments: list[str]) -> None:
    text = (BUNDLE / "README.md").read_text()
    (shown,) = re.findall(rf"<!-- {name}: [^>]*-->\n\n(.*?)\n<!-- end of {name} -->", text, re.DOTALL)
    done = printed(*arguments)
    assert done.returncode == 0 and shown == done.stdout, f"printed now:\n{done.stdout}"


def test_the_lease_formula_is_the_one_of_the_program() -> None:
    """README's figures, which come from lease/lease_cost.c."""
    text = (ROOT / "README.md").read_text()
    rows = re.findall(
        r"^\| ([\d,]+) \| ([\d,]+) \+ ([\d,]+) a worker \| ([^|]*) \| ([^|]*) \|$", text, re.MULTILINE
    )
    assert len(rows) == 4
    for row in rows:
        leases = int(row[0].replace(",", ""))
        cells = [f"{row[1]} + {row[2]} a worker", row[3], row[4]]
        for failover_s, cell in zip((10, 60, 600), cells, strict=True):
            writes, reads = costs.lease_units_an_hour(1, leases, leases, 500, failover_s)
            assert cell == f"{round(writes):,} + {round(reads):,} a worker", (leases, failover_s)


def packed_one_by_one(lines: int, length: int) -> int:
    """sink/pack.c, for lines of one length."""
    total = 0
    while lines > 0:
        if lines * length <= costs.PACK_BYTES or lines == 1:
            return total + costs._up(lines * length)
        best, best_part = 1, length / costs._up(length)
        for count in range(2, lines + 1):
            if count * length > costs.PACK_BYTES:
                break
            part = count * length / costs._up(count * length)
            if part >= best_part:
                best, best_part = count, part
        total += costs._up(best * length)
        lines -= best
    return total


def test_packing_is_billed_as_the_worker_packs() -> None:
    chance = random.Random(5)
    cases = [
        (count, length)
        for length in (300, 700, 1000, 5120, 5121, 40000, 70000)
        for count in (1, 2, 65, 66, 1000)
    ]
    cases += [(chance.randint(1, 1000), chance.randint(60, 9000)) for _ in range(300)]
    for lines, length in cases:
        assert costs.billed(lines, length) == packed_one_by_one(lines, length), (lines, length)


@pytest.mark.parametrize("rate", [0.05, 0.7, 3.0, 20.0, 400.0])
def test_calls_and_bytes_are_those_of_a_shard_read_for_an_hour(rate: float) -> None:
    """The formula beside a shard with random changes, read as shard/pacing.c reads; the seed is fixed."""
    chance = random.Random(7)
    now, due, wait, interval, calls, size = 0.0, chance.expovariate(rate), 0.2, 0.2, 0, 0
    hours = 20 if rate < 1 else 1
    while now < hours * 3600:
        now += wait
        came = 0
        while due <= now:
            came += 1
            due += chance.expovariate(rate)
        calls += 1
        size += costs.billed(came, INPUTS.line_bytes) if came else 0
        if came:
            wait, interval = 0.2, 0.2
        else:
            wait, interval = interval, min(1.0, interval * 1.5 + 0.001)
    found = costs.pages(rate, INPUTS)
    assert math.isclose(found.calls, calls / now, rel_tol=0.03)
    assert math.isclose(found.billed_bytes, size / now, rel_tol=0.05)


def test_the_ends_of_the_scale_are_known() -> None:
    assert math.isclose(costs.pages(1e-6, INPUTS).calls, 1, rel_tol=1e-3)  # --poll-idle
    assert math.isclose(costs.pages(500, INPUTS).calls, 5, rel_tol=1e-3)  # --poll
    assert math.isclose(costs.pages(20000, INPUTS).calls, 20, rel_tol=1e-3)  # 1,000 records a page
    busy = costs.pages(450, INPUTS).billed_bytes / 450
    assert INPUTS.line_bytes < busy < 1.1 * INPUTS.line_bytes, "packed, little is wasted"
    assert costs.tiered(500 * 1024, INPUTS) == pytest.approx(500 * 1024 * 0.029)
    assert costs.tiered(3000 * 1024, INPUTS) == pytest.approx(
        1024 * (500 * 0.029 + 1536 * 0.025 + 964 * 0.020)
    )


@pytest.mark.parametrize("rate", [0.01, 1, 10, 1000, 50000, 500000])
def test_packing_never_costs_more_and_more_changes_never_less(rate: float) -> None:
    one, ten = costs.month(rate, INPUTS), costs.month(rate * 10, INPUTS)
    assert one["Firehose"] <= one["*(Firehose, were no lines packed)*"] * (1 + 1e-9)
    assert all(value >= 0 for value in one.values())
    assert ten["**AWS**"] > one["**AWS**"]
    assert one["**AWS**"] == pytest.approx(sum(list(one.values())[:7]))


def test_every_price_counts() -> None:
    """A price or assumption that changes no figure would be one that is read and ignored."""
    rates = [10.0, 1000.0, 400000.0]
    before = costs.table(rates, INPUTS)
    for name in costs.Inputs.__dataclass_fields__:
        changed = replace(INPUTS, **{name: getattr(INPUTS, name) * 3})
        assert costs.table(rates, changed) != before, name


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "firehose=1"], "NAME=VALUE with one of"),
        (["--set", "line_bytes"], "NAME=VALUE with one of"),
        (["--set", "line_bytes=many"], "many is no number"),
        (["--set", "line_bytes=-1"], "below zero"),
        (["--set", "line_bytes=nan"], "below zero, or no number"),
        (["--set", "line_bytes=0"], "must be above zero"),
        (["--rates", "0"], "--rates"),
        (["--rates", "ten"], "ten"),
    ],
)
def test_nonsense_is_refused(arguments: list[str], words: str) -> None:
    done = printed(*arguments)
    assert done.returncode == 2 and words in done.stderr and not done.stdout
