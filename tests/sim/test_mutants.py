"""Each fault planted into the code is caught by a check of the simulator: tests/sim/mutants, as the long lane."""

from __future__ import annotations

import subprocess

from tests.support.lanes import ROOT


def test_no_mutant_survives() -> None:
    done = subprocess.run([ROOT / "tests" / "sim" / "mutants"], capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
