"""The parts of the bench driver work: no figures, or ones that nobody could trust, are found here and not at the end
of a long run. Nothing is asserted of how great they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as xml
from collections import Counter
from pathlib import Path

import pytest

from tests.bench import carrying, flame, readme, result, throughput
from tests.bench.carrying import Load
from tests.bench.cases import BY_NAME
from tests.support.built import ROOT, build_folder


def test_a_case_from_end_to_end() -> None:
    command = [sys.executable, "-m", "tests.bench.run", "--quick", "packing"]
    command += ["start", "--rounds", "1"]
    environment = {**os.environ, "PENSTOCK_BUILD": str(build_folder())}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    assert [one["case"] for one in found] == ["packing", "start"]
    assert all(figure["ours"] > 0 for one in found for figure in one["figures"].values())
    assert any(line.startswith("tests/bench/run --quick packing start") for line in lines)


@pytest.mark.parametrize("tls", [False, True], ids=["HTTP", "TLS"])
def test_the_floor_makes_the_same_requests(tls: bool) -> None:
    """As many and as large ones as the worker; else the ratio says nothing."""
    load = Load(shards=3, records=1500, tls=tls)
    ours = carrying.carry(load)
    with carrying.stage(load) as (server, stream):
        made = ours.put()
        carrying.run_floor(
            server,
            stream,
            carrying.TABLE,
            shards=load.shards,
            puts=made.calls,
            put_bytes=made.mean_request_bytes(),
            senders=carrying.SENDERS,
        )
        floor = carrying.read_record_calls(server)
    assert ours.duplicates == 0
    assert ours.usage.cpu_s > 0 and ours.usage.peak_mib > 1
    assert floor["GetRecords"].reply_bytes == pytest.approx(ours.calls["GetRecords"].reply_bytes, rel=0.05)
    assert floor["PutRecordBatch"].calls == made.calls
    assert floor["PutRecordBatch"].request_bytes == pytest.approx(made.request_bytes, rel=0.05)


def test_what_a_carried_load_comes_to() -> None:
    found = throughput.measure("trial", Load(shards=2, records=500), ratio=0.0)
    figures = {row.figure: row for row in found.rows}
    cpu = figures["CPU s per million records"]
    parts = figures["of these user"].ours + figures["of these system"].ours
    assert cpu.ours == pytest.approx(parts, rel=0.01)
    assert cpu.is_over and cpu.floor
    hashed = figures["beside a floor that hashes its puts"]
    assert hashed.ours == cpu.ours and hashed.floor
    assert found.calls["GetShardIterator"] == 2


def test_medians_are_of_each_figure() -> None:
    rounds = [
        result.Result("x", "about", [result.Row("a", ours, floor, 2, True)])
        for ours, floor in ((1.0, 4.0), (9.0, 2.0), (5.0, 2.0))
    ]
    [row] = result.medians(rounds).rows
    assert (row.ours, row.floor, row.ratio, row.is_over) == (5.0, 2.0, 2.5, True)


def test_readme_gets_the_table() -> None:
    rows = [result.Row("CPU", 2.5, 1.0, 2, True), result.Row("threads", 3)]
    made = readme.table(
        [result.Result("x", "about", rows, {"GetRecords": 1234})],
        "tests/bench/run x",
        "2026-01-02",
        "2 cores, x86_64, CPU",
    )
    text = readme.with_table(f"before\n{readme.BEGIN}old\n{readme.END}after\n", made)
    before, within, after = readme.split(text)
    assert (before, after) == ("before\n", "after\n")
    assert not readme.problems(within)
    assert "| 2.50 | 1 | 2.50 | ≤ 2 × floor (over) |" in within and "GetRecords 1,234" in within
    assert readme.problems(within.replace("2026-01-02", "today"))
    assert readme.problems(within.replace("| threads ", ""))
    with pytest.raises(ValueError, match="needs the lines"):
        readme.split("nothing")


PERF = """penstock 7 1.5: 1 cpu-clock:
\t  55d0 decode_next+0x1f (/x/penstock)
\t  55e0 page_form+0x2 (/x/penstock)

worker 8 1.6: 1 cpu-clock:
\t  ffff [unknown] ([kernel.kallsyms])
\t  fffe [unknown] ([kernel.kallsyms])
"""
CALLGRIND = """fn=(1) inner'outer
+3 10
calls=1 0
12 99
fn=(2) outer
4 5
fn=(1)
* 7
"""


def test_stacks_are_folded_and_drawn(tmp_path: Path) -> None:
    assert flame.fold_perf(PERF) == Counter({"page_form;decode_next": 1, "[kernel]": 1})
    stacks = flame.fold_callgrind(CALLGRIND)
    assert stacks == Counter({"outer;inner": 17, "outer": 5})
    drawn = xml.fromstring(flame.draw(stacks))
    titles = [title.text for title in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert titles == ["all 100.00%", "outer 100.00%", "inner 77.27%"]


def test_every_case_says_what_it_is() -> None:
    assert len({case.about for case in BY_NAME.values()}) == len(BY_NAME) == 19
