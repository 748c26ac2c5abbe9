"""The record path does not become dearer unseen: its instructions a record against the figure kept in the tree.

A worker that needs more CPU for each change costs its users more, and nothing else here would notice."""

from __future__ import annotations

import pytest

from tests.bench import path


@pytest.fixture(scope="module")
def name() -> str:
    if reason := path.missing():
        pytest.skip(reason)
    return path.key()


def test_the_path_costs_what_is_kept(name: str) -> None:
    kept = path.read_kept(path.KEPT.read_text())
    if name not in kept:
        pytest.skip(f"no figure kept for {name}")
    counted = path.count()
    print(f"path: {counted:,.2f} instructions a record, {kept[name]:,.2f} kept for {name}")
    assert path.judge(counted, kept[name]) is None, path.judge(counted, kept[name])


def test_it_is_the_same_to_the_digit_every_time(name: str) -> None:
    """Else the comparison would mean nothing."""
    assert path.count(300) == path.count(300)


@pytest.mark.parametrize(
    ("counted", "words"),
    [(1000, None), (1049, None), (1051, "5.1% dearer"), (1060, "6.0% dearer"), (951, None), (940, "cheaper")],
)
def test_growth_is_judged(counted: float, words: str | None) -> None:
    problem = path.judge(counted, 1000)
    assert problem is None if words is None else problem and words in problem


def test_what_is_written_is_read_again() -> None:
    kept = {"gcc-12.2.0 glibc-2.36 x86_64 avx2": 1234.5, "gcc-13.2.0 glibc-2.39 aarch64": 1.25}
    assert path.read_kept(path.write_kept(kept)) == kept
    assert path.write_kept(path.read_kept(path.KEPT.read_text())) == path.KEPT.read_text()
