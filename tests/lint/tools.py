"""The checkers that others wrote: how each is called, what it found. tests/support fixes their versions."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lizard

from tests.lint.tree import ROOMS, ROOT, File

LONGEST_FUNCTION = 60
GREATEST_COMPLEXITY = 15  # about 10 is the aim; every && and || counts
TIDY = "clang-tidy-19"
TIDY_DATABASE = ROOT / "build" / "clang"
TIDY_CACHE = ROOT / "build" / "lint" / "tidy"


def _run(command: list[str], text: str | None = None) -> tuple[int, str]:
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def venv_tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def clang_format(paths: list[str]) -> str:
    """Empty when every file is formatted as .clang-format says."""
    code, words = _run([venv_tool("clang-format"), "--dry-run", "--Werror", *paths])
    return words if code else ""


def shellcheck(paths: list[str]) -> str:
    code, words = _run(["shellcheck", *paths])
    return words if code else ""


def ruff(paths: list[str]) -> str:
    code, words = _run([venv_tool("ruff"), "check", "--no-cache", "--output-format=concise", *paths])
    return words if code else ""


def ruff_format(paths: list[str]) -> str:
    """Empty when every file is formatted as .ruff.toml says."""
    code, words = _run([venv_tool("ruff"), "format", "--no-cache", "--diff", *paths])
    return words if code else ""


def long_or_complex_functions(files: Iterable[File]) -> list[str]:
    """Functions beyond the gates, by lizard; a switch counts as one decision, however many cases it has."""
    findings = []
    analyzer = lizard.FileAnalyzer(lizard.get_extensions(["modified"]))
    for file in files:
        for function in analyzer.analyze_source_code(file.path, file.text).function_list:
            place = f"{file.path}:{function.start_line}: {function.name}"
            if function.length > LONGEST_FUNCTION:
                findings.append(f"{place} has {function.length} lines; {LONGEST_FUNCTION} are the limit")
            if function.cyclomatic_complexity > GREATEST_COMPLEXITY:
                complexity = function.cyclomatic_complexity
                findings.append(
                    f"{place} has a complexity of {complexity}; {GREATEST_COMPLEXITY} is the limit"
                )
    return findings


def _headers_digest(files: list[File]) -> bytes:
    """Changes when any header, the configuration or the flags do: then every verdict is asked for anew."""
    digest = hashlib.sha256((TIDY_DATABASE / "compile_commands.json").read_bytes())
    for file in files:
        if file.path.endswith((".h", ".clang-tidy")):
            digest.update(file.path.encode() + b"\0" + file.text.encode())
    return digest.digest()


def _tidy_one(file: File, common: bytes) -> str:
    stamp = TIDY_CACHE / hashlib.sha256(common + file.path.encode() + b"\0" + file.text.encode()).hexdigest()
    if stamp.exists():
        return ""
    code, words = _run([TIDY, "--quiet", "-p", str(TIDY_DATABASE), file.path])
    if code == 0:
        stamp.touch()
        return ""
    return f"{file.path}:\n{words}"


def clang_tidy(files: list[File]) -> list[str]:
    """What static analysis finds in the rooms; a file that was clean and is the same is not asked again."""
    code, words = _run(["cmake", "--preset", "clang"])
    if code:
        return [words]
    TIDY_CACHE.mkdir(parents=True, exist_ok=True)
    common = _headers_digest(files)
    sources = [file for file in files if file.room in ROOMS and file.path.endswith(".c")]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [words for words in pool.map(lambda file: _tidy_one(file, common), sources) if words]
