"""Files and commands made at random mean what they mean to botocore, or are refused where it refuses them."""

from __future__ import annotations

import os
import random
import shlex
import subprocess
import time
from pathlib import Path

import botocore.exceptions
from botocore.configloader import load_config

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("PENSTOCK_BUILD", "build/dev")
HEADERS = ["[default]", "[profile p]", "[profile q]", "[profile 'p']", "[profile  q] # x", "[p]", "[DEFAULT]"]
HEADERS += ["[]", "[x", " [profile q]", "[a]b]", "[profile p q]", "[services p]", '[profile "q]']
OPTIONS = [
    "a = 1",
    "b=2",
    "A: 3",
    "b = x = y",
    "a =",
    "b:",
    "a = 'q' # no comment",
    "= 4",
    ": 5",
    "a",
    "c = 6",
]
OPTIONS += ["a.b = 7", " a = 8", "  b =", "\u00e9 = \u00fc", "a = \u00fc\u00df"]
NESTED = ["    s = 9", "   s=10", "\ts = 11", "    other = 12", "    text", "  s : 13", "    =14", "  more"]
BLANKS = ["", " ", "\t", "# comment", "  ; comment", "  # a = 1", "      deeper"]
LINES = HEADERS + OPTIONS + NESTED + BLANKS
PIECES = [
    "a",
    "b c",
    " ",
    "\t",
    "'",
    '"',
    "\\",
    "\\\\",
    "''",
    '""',
    "$x",
    "#",
    ";",
    "\u00e9",
    "=",
    '\\"',
    "\\'",
    "\r",
]


def seeded() -> random.Random:
    seed = int(os.environ.get("PENSTOCK_TEST_SEED") or time.time_ns() % 2**32)
    print(f"PENSTOCK_TEST_SEED={seed}")
    return random.Random(seed)


def ask(what: str, lines: list[str]) -> list[str]:
    command = [str(BUILD / "tests/support/aws_resolve"), what]
    text = "".join(line + "\n" for line in lines).encode()
    done = subprocess.run(command, input=text, capture_output=True, timeout=120, check=True)
    answers = done.stdout.decode().split("\n")[:-1]
    assert len(answers) == len(lines)
    return answers


def quoted(text: str | None) -> str:
    if text is None:
        return "null"
    plain = (
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in text.encode()
    )
    return f'"{"".join(plain)}"'


def as_botocore_reads(path: Path) -> str:
    try:
        profiles = load_config(str(path))["profiles"]
    except botocore.exceptions.ConfigParseError:
        return "error"
    shown = []
    for profile in ("default", "p", "q"):
        for key in ("a", "b"):
            value = profiles.get(profile, {}).get(key)
            nested = value if isinstance(value, dict) else {}
            shown += [quoted("" if isinstance(value, dict) else value), quoted(nested.get("s"))]
    return " ".join(shown)


def test_random_files(tmp_path: Path) -> None:
    rng = seeded()
    paths = []
    for number in range(1500):
        lines = rng.choices(LINES, k=rng.randint(0, 12))
        lines = ["[default]", *lines] if rng.random() < 0.8 else lines
        paths.append(tmp_path / f"config-{number}")
        paths[-1].write_text("\n".join(lines) + rng.choice(["", "\n"]))
    answers = ask("config", [str(path) for path in paths])
    wanted = [as_botocore_reads(path) for path in paths]
    for path, mine, theirs in zip(paths, answers, wanted, strict=True):
        if mine == "error" and "[DEFAULT]" in path.read_text():
            continue  # botocore never looks at what is broken there and overridden in every section
        assert mine == theirs, f"\n{path.read_text()}\nhere: {mine}\nbotocore: {theirs}"
    assert 100 < wanted.count("error") < 1400


def as_shlex_splits(line: str) -> str:
    try:
        return " ".join(quoted(word) for word in shlex.split(line))
    except ValueError:
        return "error"


def test_random_commands() -> None:
    rng = seeded()
    lines = ["".join(rng.choices(PIECES, k=rng.randint(0, 10))) for _ in range(5000)]
    for line, mine in zip(lines, ask("words", lines), strict=True):
        assert mine == as_shlex_splits(line), repr(line)
