"""Texts that are made from the program: man pages, shell completion and README's tables.

python3 -m tests.lint.generated --write [BINARY]   renews them, from build/dev/penstock unless told
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.lint.tree import ROOT

MAN = ROOT / "deploy" / "man"
COMPLETION = ROOT / "deploy" / "completion"
SCRIPTS = {"bash": "penstock.bash", "zsh": "_penstock", "fish": "penstock.fish"}
README = ROOT / "README.md"
TABLES = ("settings", "leases", "metrics")  # each between the two lines of markers()


def _ask(binary: Path, *words: str) -> str:
    return subprocess.run([binary, *words], capture_output=True, text=True, check=True).stdout


def man_pages(binary: Path) -> dict[str, str]:
    """The text of every page by its file's name."""
    pages = {"penstock.1": _ask(binary, "help", "-o", "man")}
    for topic in _ask(binary, "help", "-o", "topics").splitlines():
        words = topic.split()
        pages[f"penstock-{'-'.join(words)}.1"] = _ask(binary, "help", *words, "-o", "man")
    return pages


def completions(binary: Path) -> dict[str, str]:
    return {name: _ask(binary, "completion", shell) for shell, name in SCRIPTS.items()}


def markers(topic: str) -> tuple[str, str]:
    return f"<!-- {topic}: made by tests/lint/generated.py -->\n", f"<!-- end of {topic} -->\n"


def table_of(binary: Path, topic: str) -> str:
    return _ask(binary, "help", topic, "-o", "markdown")


def with_table(text: str, topic: str, table: str) -> str:
    """The README with the table between its two markers; ValueError when it lacks them."""
    begin, end = markers(topic)
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"README.md needs the lines {begin.strip()} and {end.strip()}, once each")
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    return f"{before}{begin}\n{table}\n{end}{after}"


def _write_folder(folder: Path, texts: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text)


def main() -> int:
    if sys.argv[1:2] != ["--write"]:
        print(__doc__, file=sys.stderr)
        return 2
    binary = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "build" / "dev" / "penstock"
    _write_folder(MAN, man_pages(binary))
    _write_folder(COMPLETION, completions(binary))
    if README.exists():
        text = README.read_text()
        for topic in TABLES:
            text = with_table(text, topic, table_of(binary, topic))
        README.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
