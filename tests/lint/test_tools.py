"""Formatting, static analysis and the gates on functions: on the tree, and on planted violations."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint import tools
from tests.lint.tree import File, read_tree


@pytest.fixture(scope="module")
def tree() -> list[File]:
    return read_tree()


def paths_of(tree: list[File], suffixes: tuple[str, ...]) -> list[str]:
    return [file.path for file in tree if file.path.endswith(suffixes)]


def scripts(tree: list[File]) -> list[str]:
    first_lines = ((file.path, file.text.split("\n", 1)[0]) for file in tree)
    return [path for path, line in first_lines if line.startswith("#!") and line.endswith("sh")]


def python_scripts(tree: list[File]) -> list[str]:
    first_lines = ((file.path, file.text.split("\n", 1)[0]) for file in tree)
    return [path for path, line in first_lines if line.startswith("#!") and "python" in line]


def test_c_is_formatted(tree: list[File]) -> None:
    words = tools.clang_format(paths_of(tree, (".c", ".h")))
    assert not words, words


def test_badly_formatted_c_is_found(tmp_path: Path) -> None:
    bad = tmp_path / "bad.c"
    bad.write_text("int  f( void ){return 1 ;}\n")
    assert "clang-format-violations" in tools.clang_format([str(bad)])


def test_functions_are_short_and_simple(tree: list[File]) -> None:
    findings = tools.long_or_complex_functions(file for file in tree if file.in_room)
    assert not findings, "\n" + "\n".join(findings)


def function(body: str) -> File:
    text = f"static int f(int *a, struct mutex *lock) REQUIRES(lock)\n{{\n{body}    return 0;\n}}\n"
    return File("aws/x.c", text)


def test_a_long_function_is_found() -> None:
    limit = tools.LONGEST_FUNCTION
    assert not tools.long_or_complex_functions([function("    a[0]++;\n" * (limit - 4))])
    findings = tools.long_or_complex_functions([function("    a[0]++;\n" * limit)])
    assert len(findings) == 1 and "lines" in findings[0]


def test_a_complex_function_is_found() -> None:
    branch = "    if (a[0] > 1) {\n        a[0]--;\n    }\n"
    limit = tools.GREATEST_COMPLEXITY
    assert not tools.long_or_complex_functions([function(branch * (limit - 1))])
    findings = tools.long_or_complex_functions([function(branch * limit)])
    assert len(findings) == 1 and "complexity" in findings[0]


def test_clang_tidy_finds_nothing(tree: list[File]) -> None:
    findings = tools.clang_tidy(tree)
    assert not findings, "\n".join(findings)


def test_clang_tidy_finds_a_planted_bug(tmp_path: Path) -> None:
    """The tree's own configuration must be in force: a leak, and two branches that are one."""
    (tmp_path / ".clang-tidy").write_text((tools.ROOT / ".clang-tidy").read_text())
    bad = tmp_path / "bad.c"
    bad.write_text(
        "#include <stdlib.h>\n"
        "int leak(int n);\nint leak(int n)\n{\n    char *p = malloc(10);\n    return p == NULL ? n : 0;\n}\n"
        "int same(int n);\nint same(int n)\n{\n"
        "    if (n > 3) {\n        return 1;\n    } else {\n        return 1;\n    }\n}\n"
    )
    code, words = tools._run([tools.TIDY, "--quiet", str(bad), "--"])
    assert code != 0
    assert "clang-analyzer-unix.Malloc" in words
    assert "bugprone-branch-clone" in words


def test_shell_scripts_are_sound(tree: list[File]) -> None:
    words = tools.shellcheck(scripts(tree))
    assert not words, words


def test_an_unsound_shell_script_is_found(tmp_path: Path) -> None:
    bad = tmp_path / "bad.sh"
    bad.write_text("#!/usr/bin/env bash\ncd $1\nrm $2\n")
    assert "SC2086" in tools.shellcheck([str(bad)])


def test_python_is_sound(tree: list[File]) -> None:
    words = tools.ruff(paths_of(tree, (".py",)) + python_scripts(tree))
    assert not words, words


@pytest.mark.parametrize(
    ("text", "rule"), [("import os\n", "F401"), ("x = y\n", "F821"), ("a = 1;\n", "E703")]
)
def test_unsound_python_is_found(tmp_path: Path, text: str, rule: str) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text(text)
    assert rule in tools.ruff([str(bad)])


def test_python_is_formatted(tree: list[File]) -> None:
    words = tools.ruff_format(paths_of(tree, (".py",)) + python_scripts(tree))
    assert not words, words


def test_unformatted_python_is_found(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("x = [1,2]\n")
    assert "[1, 2]" in tools.ruff_format([str(bad)])
