"""Man pages, completion scripts and README's tables say what the program says."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.lint import generated
from tests.lint.tree import ROOT

BINARY = ROOT / os.environ.get("PENSTOCK_BUILD", "build/dev") / "penstock"
RENEW = "run: python3 -m tests.lint.generated --write"


def texts_in(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_the_man_pages_are_current() -> None:
    assert texts_in(generated.MAN) == generated.man_pages(BINARY), RENEW


def test_the_completion_scripts_are_current() -> None:
    assert texts_in(generated.COMPLETION) == generated.completions(BINARY), RENEW


@pytest.mark.parametrize("topic", generated.TABLES)
def test_the_tables_of_readme_are_current(topic: str) -> None:
    if not generated.README.exists():
        pytest.skip("no README.md")
    text = generated.README.read_text()
    assert generated.with_table(text, topic, generated.table_of(BINARY, topic)) == text, RENEW


def test_a_stale_table_is_found() -> None:
    begin, end = generated.markers("settings")
    text = f"# x\n{begin}\nold\n{end}rest\n"
    fresh = generated.with_table(text, "settings", "new")
    assert fresh == f"# x\n{begin}\nnew\n{end}rest\n"
    assert generated.with_table(fresh, "settings", "new") == fresh
    with pytest.raises(ValueError, match="needs the lines"):
        generated.with_table("# x\n", "settings", "new")


@pytest.mark.parametrize("page", sorted(generated.MAN.iterdir()), ids=lambda page: page.name)
def test_man_pages_render_without_complaint(page: Path) -> None:
    """groff's warnings, and a name that whatis can find."""
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", page], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    plain = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout).replace("\u2010", "-")
    assert re.search(rf"NAME\n +{page.stem} +- +\S", plain), plain[:300]
    for heading in ("SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "SEE ALSO"):
        assert f"\n{heading}\n" in plain, heading


def test_install_and_uninstall(tmp_path: Path) -> None:
    """What is installed is removed again, and nothing else."""
    target = tmp_path / "usr"
    target.mkdir()
    kept = target / "kept"
    kept.write_text("")
    build = BINARY.parent
    environment = {**os.environ, "DESTDIR": str(tmp_path)}
    subprocess.run(
        ["cmake", "--install", build, "--prefix", "/usr"],
        env=environment,
        check=True,
        capture_output=True,
    )
    assert (target / "bin" / "penstock").exists()
    share = target / "share"
    for name in generated.man_pages(BINARY):
        assert (share / "man" / "man1" / name).exists(), name
    assert (share / "bash-completion" / "completions" / "penstock").exists()
    assert (share / "zsh" / "site-functions" / "_penstock").exists()
    assert (share / "fish" / "vendor_completions.d" / "penstock.fish").exists()
    subprocess.run(
        ["cmake", "--build", build, "--target", "uninstall"],
        env=environment,
        check=True,
        capture_output=True,
    )
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == [kept]
