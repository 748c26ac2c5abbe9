"""Commands of the program that end by themselves, in an environment without the machine's own settings."""

from __future__ import annotations

import os
import subprocess

from tests.support.dynamodb_local import ACCESS_KEY, SECRET_KEY
from tests.support.penstock import HANG_SECONDS, binary

BINARY = binary()
CREDENTIALS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}


def environment(**variables: str) -> dict[str, str]:
    """For a child: programs and sanitizer options are found; no AWS or PENSTOCK settings, no metadata."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    options = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")
    clean = {name: os.environ[name] for name in (*kept, *options) if name in os.environ}
    nowhere = "/nonexistent/penstock-tests"
    clean |= {
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
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
