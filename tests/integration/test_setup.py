"""What `./deploy/demo` does about missing packages, seen through stand-ins for apt-get, sudo and dpkg-query."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("bash", "env", "sed", "tail", "date", "dirname", "cat", "sha256sum", "python3")
STAND_INS = {
    "dpkg-query": "echo not-installed",
    "id": "echo 1000",
    "apt-get": 'echo "apt-get $*" >>"$CALLS"',
    "apt-cache": "true",
    "sudo": 'echo "sudo $*" >>"$CALLS"',
}


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a person who is not root, on a machine that has next to nothing."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    for name, words in STAND_INS.items():
        (folder / name).write_text(f"#!/bin/sh\n{words}\n")
        (folder / name).chmod(0o755)
    calls = tmp_path / "calls"
    calls.touch()
    return {"PATH": str(folder), "HOME": str(tmp_path), "CALLS": str(calls)}


def run(machine: dict[str, str], *words: str) -> tuple[int, str, list[str]]:
    done = subprocess.run(
        [ROOT / words[0], *words[1:]], env=machine, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout + done.stderr, Path(machine["CALLS"]).read_text().splitlines()


def test_the_demo_without_installing_says_what_is_missing_and_why(machine: dict[str, str]) -> None:
    code, words, calls = run(machine, "deploy/demo", "--no-install")
    assert code == 1 and calls == []
    assert "missing: cmake (the build)" in words
    assert "missing: maven (fetching DynamoDB Local" in words
    assert "not installing (--no-install). To install: sudo apt-get install " in words
    assert "building penstock" not in words


def test_sudo_is_used_for_packages_alone_and_said(machine: dict[str, str]) -> None:
    code, words, calls = run(machine, "tests/support/setup", "build")
    assert code == 0, words
    assert "sudo is used to install these packages, and for nothing else" in words
    assert "missing: libcurl4-openssl-dev (HTTP)" in words
    assert len(calls) == 2 and calls[0].startswith("sudo apt-get update"), calls
    assert calls[1].startswith("sudo env DEBIAN_FRONTEND=noninteractive apt-get install"), calls
    assert "libcurl4-openssl-dev" in calls[1] and "maven" not in calls[1], calls
