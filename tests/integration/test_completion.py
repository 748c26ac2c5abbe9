"""Shell completion: bash really completes, zsh and fish take the scripts and answer."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.command_line import BINARY, run

BASH = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_penstock
printf '%s\\n' "${COMPREPLY[@]}"
"""


def script(shell: str) -> str:
    done = run("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def bash_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bash") / "penstock"
    path.write_text(script("bash"))
    return path


def complete(bash_script: Path, *words: str, cwd: Path | None = None) -> list[str]:
    """What bash offers for the last of these words."""
    command = ["bash", "--norc", "-c", BASH, "bash", str(bash_script), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=cwd)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("penstock", "r"), {"run"}),
        (("penstock", "le"), {"leases"}),
        (("penstock", "leases", "re"), {"release", "rewind"}),
        (("penstock", "help", "leases", "re"), {"release", "rewind"}),
        (("penstock", "help", "set"), {"settings"}),
        (("penstock", "completion", ""), {"bash", "zsh", "fish", "--help"}),
        (("penstock", "run", "--start", ""), {"trim-horizon", "latest"}),
        (("penstock", "run", "--start", "=", "la"), {"latest"}),
        (("penstock", "run", "--start", "="), {"trim-horizon", "latest"}),
        (("penstock", "run", "--stop"), {"--stop-timeout"}),
        (
            ("penstock", "leases", "rewind", "--to-"),
            {"--to-trim-horizon", "--to-latest", "--to-sequence", "--to-datetime"},
        ),
        (("penstock", "leases", "list", "-o", "js"), {"json", "jsonl"}),
        (("penstock", "leases", "list", "--app", "run", "--output", "c"), {"csv"}),
        (("penstock", "run", "--table", ""), set()),
        (("penstock", "nothing", "--x"), set()),
    ],
)
def test_bash_completes(bash_script: Path, words: tuple[str, ...], offered: set[str]) -> None:
    assert set(complete(bash_script, *words)) == offered


def test_bash_offers_every_option_that_help_tells(bash_script: Path) -> None:
    for topic in run("help", "-o", "topics").stdout.splitlines():
        text = run("help", *topic.split()).stdout
        told = {
            word.rstrip(",") for line in text.splitlines() for word in line.split()[:2] if word[:2] == "--"
        }
        listed = {word for word in told if f"\n  {word}" in text or f", {word}" in text}
        offered = complete(bash_script, "penstock", *topic.split(), "--")
        assert listed <= set(offered), topic


def test_bash_completes_files_and_folders(bash_script: Path, tmp_path: Path) -> None:
    (tmp_path / "folder one").mkdir()
    (tmp_path / "file").write_text("")
    done = complete(bash_script, "penstock", "run", "--config", "fi", cwd=tmp_path)
    assert done == ["file"]
    assert complete(bash_script, "penstock", "run", "--state-dir", "f", cwd=tmp_path) == ["folder", "one"]


def test_zsh_takes_the_script(tmp_path: Path) -> None:
    if shutil.which("zsh") is None:
        pytest.skip("no zsh")
    path = tmp_path / "_penstock"
    path.write_text(script("zsh"))
    subprocess.run(["zsh", "-f", "-n", path], check=True)
    load = f"fpath=({tmp_path} $fpath); autoload -Uz compinit; compinit -u -d {tmp_path}/dump; print $_comps[penstock]"
    done = subprocess.run(["zsh", "-f", "-c", load], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("_penstock\n", "")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("penstock leases re", {"release", "rewind"}),
        ("penstock run --start ", {"trim-horizon", "latest"}),
        ("penstock help leases ac", {"acknowledge"}),
        ("penstock leases list -o js", {"json", "jsonl"}),
    ],
)
def test_fish_completes(tmp_path: Path, line: str, offered: set[str]) -> None:
    if shutil.which("fish") is None:
        pytest.skip("no fish")
    path = tmp_path / "penstock.fish"
    path.write_text(script("fish"))
    command = ["fish", "--no-config", "-c", f"source {path}; complete -C '{line}'"]
    environment = {"PATH": f"{BINARY.parent}:/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert {entry.split("\t")[0] for entry in done.stdout.splitlines()} == offered, done
