"""Texts that are made from the program: the man page and README's table of settings.

python3 -m tests.lint.generated --write [BINARY]   renews them, from build/dev/penstock unless told
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.lint.tree import ROOT

MAN = ROOT / "deploy" / "man" / "penstock.1"
README = ROOT / "README.md"
BEGIN, END = "<!-- settings: made by tests/lint/generated.py -->\n", "<!-- end of settings -->\n"


def _ask(binary: Path, *words: str) -> str:
    return subprocess.run([binary, "help", *words], capture_output=True, text=True, check=True).stdout


def man_page(binary: Path) -> str:
    return _ask(binary, "-o", "man")


def settings_table(binary: Path) -> str:
    return _ask(binary, "settings", "-o", "markdown")


def with_table(text: str, table: str) -> str:
    """The README with the table between its two markers; ValueError when it lacks them."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"README.md needs the lines {BEGIN.strip()} and {END.strip()}, once each")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def main() -> int:
    if sys.argv[1:2] != ["--write"]:
        print(__doc__, file=sys.stderr)
        return 2
    binary = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "build" / "dev" / "penstock"
    MAN.parent.mkdir(parents=True, exist_ok=True)
    MAN.write_text(man_page(binary))
    if README.exists():
        README.write_text(with_table(README.read_text(), settings_table(binary)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
