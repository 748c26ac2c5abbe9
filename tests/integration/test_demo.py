"""The demo, as a user runs it: both verdicts hold, and nothing stays behind, also when it is interrupted."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from tests.support import processes

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [ROOT / "deploy" / "demo", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={name: value for name, value in os.environ.items() if name != "PENSTOCK_BUILD"},
    )


def left_folders() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("penstock-demo-*"))


def test_both_acts_are_good_and_nothing_is_left() -> None:
    before = left_folders()
    with start() as demo:
        output, _ = demo.communicate(timeout=400)
    assert demo.returncode == 0, output
    assert "act one: good" in output, output
    assert "act two: good" in output, output
    assert " 0 missing, 0 different" in output, output
    assert "takes over from" in output, output
    assert processes.wait_for_none(5) == []
    assert left_folders() == before


def test_an_interrupted_demo_leaves_nothing() -> None:
    before = left_folders()
    with start() as demo:
        assert demo.stdout
        output = ""
        until = time.monotonic() + 300
        while "records/s" not in output and time.monotonic() < until:
            output += demo.stdout.readline()
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == 130, output + rest
    assert "nothing is left running" in rest
    assert processes.wait_for_none(5) == []
    assert left_folders() == before


def test_it_is_kept_running_on_demand_and_what_it_says_to_look_at_is_there() -> None:
    before = left_folders()
    with start("--keep") as demo:
        assert demo.stdout
        output = ""
        while "the fault server: curl" not in output and (line := demo.stdout.readline()):
            output += line
        assert "left running until Ctrl-C" in output, output
        found = re.search(r"^  what landed: (.*)$", output, re.MULTILINE)
        verdict = re.search(r"^  the fault server: curl (\S+)$", output, re.MULTILINE)
        assert found and verdict and "aws dynamodb scan --table-name penstock-orders" in output, output
        done = subprocess.run(["sh", "-c", found[1]], capture_output=True, text=True, timeout=60, check=True)
        assert json.loads(done.stdout.splitlines()[0])["table"] == "orders"
        with urllib.request.urlopen(verdict[1], timeout=60) as reply:
            assert json.load(reply)["missing"] == 0
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == 130, output + rest
    assert processes.wait_for_none(5) == []
    assert left_folders() == before


def test_words_that_it_does_not_know() -> None:
    with start("--kepp") as demo:
        output, _ = demo.communicate(timeout=60)
    assert demo.returncode == 2
    assert "unknown argument '--kepp'" in output
