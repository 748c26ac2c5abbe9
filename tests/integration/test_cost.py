"""`penstock cost`: its arithmetic beside that of deploy/databricks/costs.py, which is another program in another
language; what a reader of README sees; what is refused."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import math
import random
import re
import sys
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from tests.lint.bundle import BUNDLE
from tests.lint.tree import ROOT
from tests.support.command_line import environment, run


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("databricks_costs", BUNDLE / "costs.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["databricks_costs"] = module
    spec.loader.exec_module(module)
    return module


costs = _load()
INPUTS = costs.Inputs()


def told(*words: str) -> dict[str, Any]:
    done = run("cost", *words, "-o", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def items(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["item"]: item for item in found["items"]}


def close(found: float, expected: float) -> bool:
    return math.isclose(found, expected, rel_tol=1e-6, abs_tol=2e-6)


def check(rate: float, shards: int, workers: int, rows: int, inputs: Any, found: dict[str, Any]) -> None:
    """Each line of the bill as costs.py works it out."""
    bill = items(found)
    page = costs.pages(rate / shards, inputs)
    calls = page.calls * shards * costs.SECONDS
    packed = page.billed_bytes * shards * costs.SECONDS / costs.GB
    single = rate * costs.billed(1, inputs.line_bytes) * costs.SECONDS / costs.GB
    writes, reads = costs.lease_units_an_hour(workers, shards, rows, inputs.row_bytes, inputs.failover_s)
    dollars = {
        "GetRecords calls": max(0.0, calls - inputs.streams_reads_free) / 1e5 * inputs.streams_reads_100k,
        "Firehose, lines packed": costs.tiered(packed, inputs),
        "lease table, writes": writes * costs.HOURS / 1e6 * inputs.write_million,
        "lease table, reads": reads * costs.HOURS / 1e6 * inputs.read_million,
    }
    quantities = [calls / 1e6, packed, writes * costs.HOURS / 1e6, reads * costs.HOURS / 1e6]
    for (name, expected), quantity in zip(dollars.items(), quantities, strict=True):
        assert close(bill[name]["quantity"], quantity), (name, bill[name], quantity)
        assert close(bill[name]["dollars"], expected), (name, bill[name], expected)
        assert bill[name]["in_total"]
    assert close(bill["total"]["dollars"], sum(dollars.values()))
    unpacked = bill["(Firehose, were no lines packed)"]
    assert close(unpacked["quantity"], single) and close(unpacked["dollars"], costs.tiered(single, inputs))


def test_the_bill_is_what_the_other_program_works_out() -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(60):
        rate = round(10 ** chance.uniform(-1, 5), 3)
        shards, workers = chance.randint(1, 2000), chance.randint(1, 30)
        rows = chance.choice([0, shards, shards * 9])
        inputs = replace(
            INPUTS,
            line_bytes=float(chance.choice([60, 300, 700, 1000, 5120, 5121, 40000, 70000])),
            row_bytes=float(chance.randint(200, 3000)),
            poll_s=chance.choice([0.01, 0.1, 0.2, 1, 7]),
            poll_idle_s=chance.choice([0.01, 0.5, 1, 2, 60]),
            failover_s=chance.choice([2, 10, 61, 600]),
        )
        inputs = replace(inputs, poll_idle_s=max(inputs.poll_s, inputs.poll_idle_s))
        words = ["--changes-per-second", str(rate), "--shards", str(shards), "--workers", str(workers)]
        words += ["--line-bytes", str(int(inputs.line_bytes)), "--row-bytes", str(int(inputs.row_bytes))]
        words += ["--rows", str(rows), "--poll", f"{int(inputs.poll_s * 1000)}ms"]
        words += ["--poll-idle", f"{int(inputs.poll_idle_s * 1000)}ms", "--failover", f"{inputs.failover_s}s"]
        check(rate, shards, workers, rows or shards * 7, inputs, told(*words))


def test_defaults_are_those_of_the_other_program() -> None:
    found = told()
    for name, price in found["prices"].items():
        assert price == getattr(INPUTS, name), name
    assert found["line_bytes"] == INPUTS.line_bytes and found["row_bytes"] == INPUTS.row_bytes
    assert found["poll_ms"] == INPUTS.poll_s * 1000 and found["poll_idle_ms"] == INPUTS.poll_idle_s * 1000
    assert found["failover_ms"] == INPUTS.failover_s * 1000 and found["pack_bytes"] == costs.PACK_BYTES
    assert found["rows"] == found["shards"] * INPUTS.rows_per_shard
    assert "as of 2025" in found["prices_of"] and "as of 2025" in (BUNDLE / "costs.py").read_text()


def test_every_price_counts() -> None:
    rate = ["--changes-per-second", "1000000", "--shards", "2000"]
    before = told(*rate)
    for name, price in before["prices"].items():
        after = told(*rate, "--price", f"{name}={price * 3:f}")
        assert items(after)["total"]["dollars"] != items(before)["total"]["dollars"], name
        assert after["prices"][name] == pytest.approx(price * 3)
    two = told("--price", "firehose_gb=1", "--price", "read_million=2,write_million=3")["prices"]
    assert (two["firehose_gb"], two["read_million"], two["write_million"]) == (1, 2, 3)


@pytest.mark.parametrize("budget", [1, 7, 100, 100000])
def test_a_poll_budget_caps_the_calls(budget: int) -> None:
    """All waits grow alike until the calls fit; pages get longer, so Firehose bills less waste."""
    shards, workers, rate = 300, 2, 900.0
    words = ["--shards", str(shards), "--workers", str(workers), "--changes-per-second", str(rate)]
    free = items(told(*words))
    capped = items(told(*words, "--poll-budget", str(budget)))
    assert capped["(GetRecords calls without --poll-budget)"]["quantity"] == pytest.approx(
        free["GetRecords calls"]["quantity"]
    )
    most = budget * workers * costs.SECONDS / 1e6
    calls = capped["GetRecords calls"]["quantity"]
    assert close(calls, min(most, free["GetRecords calls"]["quantity"]))
    assert capped["Firehose, lines packed"]["quantity"] <= free["Firehose, lines packed"]["quantity"] * (
        1 + 1e-9
    )
    if calls < free["GetRecords calls"]["quantity"]:
        low, high = 1.0, 1e6
        for _ in range(100):
            middle = (low + high) / 2
            stretched = replace(
                INPUTS, poll_s=INPUTS.poll_s * middle, poll_idle_s=INPUTS.poll_idle_s * middle
            )
            low, high = (
                (middle, high)
                if costs.pages(rate / shards, stretched).calls * shards > budget * workers
                else (low, middle)
            )
        billed = costs.pages(rate / shards, stretched).billed_bytes * shards * costs.SECONDS / costs.GB
        assert math.isclose(capped["Firehose, lines packed"]["quantity"], billed, rel_tol=1e-3)


def test_a_budget_that_cannot_keep_up_is_told() -> None:
    done = run("cost", "--changes-per-second", "50000", "--poll-budget", "20", "--workers", "2")
    assert done.returncode == 0 and "would fall behind" in done.stderr
    done = run("cost", "--changes-per-second", "50000", "--poll-budget", "25", "--workers", "2")
    assert done.returncode == 0 and done.stderr == ""


def test_settings_of_the_worker_are_taken_from_its_variables() -> None:
    done = run("cost", "-o", "json", env=environment(PENSTOCK_POLL="50ms", PENSTOCK_POLL_BUDGET="3"))
    found = json.loads(done.stdout)
    assert (found["poll_ms"], found["poll_budget"]) == (50, 3)


def test_forms() -> None:
    rows = list(csv.DictReader(io.StringIO(run("cost", "-o", "csv").stdout)))
    bill = items(told())
    assert [row["item"] for row in rows] == list(bill)
    assert all(float(row["dollars"]) == pytest.approx(bill[row["item"]]["dollars"]) for row in rows)
    table = run("cost").stdout.splitlines()
    assert len(table) == len(bill) + 1 and table[0].startswith("A MONTH")
    bare = run("cost", "--no-headers").stdout.splitlines()
    assert [line.split() for line in bare] == [line.split() for line in table[1:]]


def test_readme_shows_what_it_prints() -> None:
    """The examples of README, word for word."""
    text = (ROOT / "README.md").read_text()
    shown = re.findall(r"^\$ penstock (cost .*)\n((?:.*\n)*?)```$", text, re.MULTILINE)
    assert shown, "README has an example of penstock cost"
    for words, output in shown:
        assert run(*words.split()).stdout == output, words


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--price", "firehose=1"], "NAME=NUMBER with one of firehose_gb,"),
        (["--price", "firehose_gb"], "'firehose_gb' is not allowed"),
        (["--price", "firehose_gb=-1"], "'firehose_gb=-1' is not allowed"),
        (["--price", "firehose_gb=nan"], "is not allowed"),
        (["--price", "firehose_gb=1,,"], "'' is not allowed"),
        (["--price", "firehose_gb=1e400"], "is not allowed"),
        (["--changes-per-second", "0"], "a number above 0, up to 10000000"),
        (["--changes-per-second", "ten"], "'ten' is not allowed"),
        (["--changes-per-second", "1.2.3"], "'1.2.3' is not allowed"),
        (["--changes-per-second", "10000001"], "up to 10000000"),
        (["--shards", "0"], "from 1 to"),
        (["--line-bytes", "0"], "--line-bytes"),
        (["--shard", "4"], "did you mean --shards?"),
        (["orders"], "orders"),
    ],
)
def test_nonsense_is_refused(words: list[str], says: str) -> None:
    done = run("cost", *words)
    assert done.returncode == 2 and not done.stdout and says in done.stderr, done.stderr
