"""README's figures are what tests/bench/run printed: with the command, the date and the machine, every row whole."""

from __future__ import annotations

from tests.bench import readme


def test_the_table_of_figures_is_as_the_driver_writes_it() -> None:
    _, within, _ = readme.split(readme.README.read_text())
    assert not readme.problems(within), "run: tests/bench/run --write-readme"
