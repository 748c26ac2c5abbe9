"""The build: the presets that people are told of, and what hardens the binary."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.lint.tree import ROOT

BUILD = ROOT / os.environ.get("PENSTOCK_BUILD", "build/dev")
COMPILED_WITH = (
    "-std=gnu17",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fstack-protector-strong",
    "-fstack-clash-protection",
    "-ftrivial-auto-var-init=zero",
)


def is_of_a_room(file: Path) -> bool:
    inside = file.is_relative_to(ROOT) and file.relative_to(ROOT).parts[0]
    return inside in ("base", "aws", "lease", "sink", "shard", "worker")


@pytest.mark.parametrize("name", ["dev", "release", "asan", "tsan", "coverage", "clang"])
def test_a_preset_is_there(name: str) -> None:
    presets = json.loads((ROOT / "CMakePresets.json").read_text())
    assert name in [preset["name"] for preset in presets["configurePresets"]]
    assert name in [preset["name"] for preset in presets["buildPresets"]]


def test_every_file_of_the_program_is_compiled_with_the_guards() -> None:
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    rooms = [entry for entry in commands if is_of_a_room(Path(entry["file"]))]
    assert len(rooms) > 150
    for entry in rooms:
        missing = [flag for flag in COMPILED_WITH if flag not in entry["command"].split()]
        assert not missing, f"{entry['file']}: {missing}"


def test_the_binary_is_hardened() -> None:
    done = subprocess.run(
        ["readelf", "-hldsW", BUILD / "penstock"], capture_output=True, text=True, check=True
    )
    assert "DYN (Position-Independent Executable file)" in done.stdout
    assert "GNU_RELRO" in done.stdout and "BIND_NOW" in done.stdout
    stack = next(line for line in done.stdout.splitlines() if "GNU_STACK" in line)
    assert "RWE" not in stack, stack
    assert "__stack_chk_fail" in done.stdout
