"""The man page and README's table say what the program says."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.lint import generated
from tests.lint.tree import ROOT

BINARY = ROOT / os.environ.get("PENSTOCK_BUILD", "build/dev") / "penstock"
RENEW = "run: python3 -m tests.lint.generated --write"


def test_the_man_page_is_current() -> None:
    assert generated.MAN.read_text() == generated.man_page(BINARY), RENEW


def test_the_table_of_readme_is_current() -> None:
    if not generated.README.exists():
        pytest.skip("no README.md")
    text = generated.README.read_text()
    assert generated.with_table(text, generated.settings_table(BINARY)) == text, RENEW


def test_a_stale_table_is_found() -> None:
    text = f"# x\n{generated.BEGIN}\nold\n{generated.END}rest\n"
    fresh = generated.with_table(text, "new")
    assert fresh == f"# x\n{generated.BEGIN}\nnew\n{generated.END}rest\n"
    assert generated.with_table(fresh, "new") == fresh
    with pytest.raises(ValueError, match="needs the lines"):
        generated.with_table("# x\n", "new")


def test_the_man_page_renders_without_complaint() -> None:
    if shutil.which("groff") is None:
        pytest.skip("no groff")
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z", generated.MAN],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


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
    assert (target / "share" / "man" / "man1" / "penstock.1").exists()
    subprocess.run(
        ["cmake", "--build", build, "--target", "uninstall"],
        env=environment,
        check=True,
        capture_output=True,
    )
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == [kept]
