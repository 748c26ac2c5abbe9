"""The program under test: where it is, and an environment that holds nothing of the machine's own settings."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / os.environ.get("PENSTOCK_BUILD", "build/dev") / "penstock"
HANG_SECONDS = 120

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}


def environment(**variables: str) -> dict[str, str]:
    """For a child: what finds programs and sanitizers' options, no AWS or PENSTOCK settings, no way to metadata."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    options = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")
    clean = {name: os.environ[name] for name in (*kept, *options) if name in os.environ}
    nowhere = "/nonexistent/penstock-tests"
    clean |= {"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere, "AWS_EC2_METADATA_DISABLED": "true"}
    return clean | variables


def run(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs `penstock WORDS...` to its end."""
    return subprocess.run(
        [str(BINARY), *words],
        env=environment() if env is None else env,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )
