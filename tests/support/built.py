"""Where the binaries under test are, for all that start one."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def build_folder() -> Path:
    """PENSTOCK_BUILD (the sanitizer lanes, the benches and the demo set it), else build/dev."""
    return ROOT / os.environ.get("PENSTOCK_BUILD", "build/dev")


def built(name: str) -> Path:
    """A program of that folder; FileNotFoundError says how to build it."""
    path = build_folder() / name
    if not path.is_file():
        raise FileNotFoundError(f"no {path}; build it: cmake --build {build_folder()} --target {path.name}")
    return path


def is_sanitized() -> bool:
    """The build is a sanitizer's, which keeps what was freed and has an allocator of its own."""
    return build_folder().name in ("asan", "tsan")
