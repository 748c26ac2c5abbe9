"""The simulator of whole fleets: no check fails under random faults, and a seed replays."""

from __future__ import annotations

import re
import subprocess

from tests.support.lanes import ROOT

SIMULATOR = ROOT / "build" / "release" / "tests" / "sim" / "sim"
SECONDS = 60
JOBS = 2
SEED = 4
FLEET = ("--fleet", "--workers", "8", "--shards", "300")


def simulate(*arguments: str) -> str:
    done = subprocess.run([SIMULATOR, *arguments], capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return done.stdout


def test_no_check_fails_whatever_happens() -> None:
    command = [ROOT / "tests" / "sim" / "run", "--binary", SIMULATOR]
    command += ["--seconds", str(SECONDS), "--jobs", str(JOBS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS + 300)
    print(done.stdout, done.stderr)
    assert done.returncode == 0, "replay it: tests/sim/run --seed N --trace\n" + done.stdout


def test_a_seed_replays_step_by_step() -> None:
    first, second = (simulate("--seed", str(SEED), "--trace") for _ in range(2))
    steps, others = (re.findall(r"^ *\d+\.\d{3} .*", text, re.MULTILINE) for text in (first, second))
    assert steps == others
    assert len(steps) > 1000
    assert any("is killed" in line for line in steps), "the seed has no crash in it: choose another"
    assert simulate("--seed", str(SEED + 1), "--trace").splitlines() != first.splitlines()


def seconds_of(words: str, text: str) -> float:
    found = re.search(rf"^fleet: {words}[^:\n]*: ([\d.]+) s", text, re.MULTILINE)
    assert found, text
    return float(found[1])


def test_a_fleet_without_faults_settles_at_once() -> None:
    for failover_ms, killed in ((10000, 12.5), (3000, 5.0)):
        text = simulate(*FLEET, "--failover", str(failover_ms), "--seed", "1")
        at_rest = re.findall(r"(\d+) (?:renewals|scans|read units) \((?:formula: )?(\d+)\)", text)
        assert len(at_rest) == 3, text
        for found, most in at_rest:
            assert 0.6 * int(most) <= int(found) <= 1.01 * int(most), text
        assert seconds_of("first shard read", text) <= 1.5
        assert seconds_of("cold start", text) <= 3
        assert seconds_of("to shares", text) <= 5 * failover_ms / 4000 + 5
        assert seconds_of("SIGTERM", text) <= 2.5
        assert seconds_of("kill -9", text) <= killed
        assert seconds_of("killed, restarted", text) <= 1.0


def test_what_a_leaver_held_flows_again_within_a_scan() -> None:
    for seed in range(2, 12):
        text = simulate(*FLEET, "--failover", "10000", "--seed", str(seed))
        assert seconds_of("SIGTERM", text) <= 2.5, f"seed {seed}"


def test_workers_that_start_together_make_each_row_about_once() -> None:
    for seed in range(1, 4):
        size = ("--workers", "10", "--shards", "200", "--failover", "10000")
        text = simulate("--fleet", "--together", *size, "--seed", str(seed))
        creates = re.search(r"writes until then: create (\d+)", text)
        assert creates and 200 <= int(creates[1]) <= 400, text
        assert seconds_of("cold start", text) <= 2, text
