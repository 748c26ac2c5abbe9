"""The files of the tree, and C text without what only looks like code."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("base", "aws", "lease", "sink", "shard", "worker")


@dataclass(frozen=True)
class File:
    path: str  # from the root of the tree, with slashes
    text: str

    @property
    def room(self) -> str:
        return self.path.split("/", 1)[0]

    @property
    def is_c(self) -> bool:
        return self.path.endswith((".c", ".h"))

    @property
    def in_room(self) -> bool:
        return self.is_c and self.room in ROOMS


def read_tree() -> list[File]:
    """Every text file that is tracked or could be; binary files are left out."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    files = []
    for path in sorted(filter(None, listing.split("\0"))):
        try:
            content = (ROOT / path).read_bytes()
        except FileNotFoundError:
            continue  # deleted, not yet committed
        if b"\0" not in content:
            files.append(File(path, content.decode("utf-8", errors="replace")))
    return files


_NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def code_only(text: str, keep_strings: bool = False) -> str:
    """C without comments and the content of strings; every line keeps its number."""

    def blank(match: re.Match[str]) -> str:
        found = match.group()
        if found[0] in "\"'":
            return found if keep_strings else found[0] * 2
        return " " + "\n" * found.count("\n")

    return _NOT_CODE.sub(blank, text)


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
