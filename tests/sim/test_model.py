"""The model of the lease protocol holds, and each of its mutants is found (tests/sim/model)."""

from __future__ import annotations

import subprocess
from pathlib import Path

SCRIPT = Path(__file__).with_name("model")
SOUND, BROKEN = 2, 6


def test_the_protocol_and_its_mutants() -> None:
    done = subprocess.run([SCRIPT], capture_output=True, text=True, timeout=450, check=False)
    print("\n" + done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    verdicts = [line.split()[2] for line in done.stdout.splitlines() if line.startswith("model: ")]
    assert (verdicts.count("sound"), verdicts.count("broken")) == (SOUND, BROKEN)
