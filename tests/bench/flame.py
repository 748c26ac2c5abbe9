"""A flame graph of the throughput case: folded stacks by perf, else by callgrind, drawn as an SVG by hand.

A stack is "outermost;...;innermost" with what it cost. The graph stands on the outermost; widths are shares of all."""

from __future__ import annotations

import collections
import html
import itertools
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.bench.carrying import Load, carry
from tests.bench.cases import SIZES, Size

Stacks = collections.Counter[str]

WIDTH, ROW, FONT = 1200.0, 17, 11
LEAST_WIDTH = 0.4  # pixels; what is narrower is left out
PERF_FRAME = re.compile(r"\s*[0-9a-f]+ (.+?)(?:\+0x\S+)? \((.*)\)")
CALLERS = 16  # that callgrind keeps apart
PERF = ["perf", "record", "--quiet", "-F", "499", "-e", "cpu-clock", "--call-graph", "dwarf,16384"]


@dataclass
class Frame:
    name: str
    cost: int = 0
    below: dict[str, Frame] = field(default_factory=dict)

    def depth(self) -> int:
        return 1 + max((frame.depth() for frame in self.below.values()), default=0)


def tree_of(stacks: Stacks) -> Frame:
    root = Frame("all")
    for stack, cost in stacks.items():
        root.cost += cost
        frame = root
        for name in stack.split(";"):
            frame = frame.below.setdefault(name, Frame(name))
            frame.cost += cost
    return root


def _frame_name(name: str, module: str) -> str:
    return "[kernel]" if name == "[unknown]" and "kernel" in module else name


def fold_perf(script: str) -> Stacks:
    """From the output of perf script: per sample a head, a line a frame from the innermost out, an empty line."""
    stacks: Stacks = collections.Counter()
    for sample in script.split("\n\n"):
        found = map(PERF_FRAME.match, sample.strip("\n").split("\n")[1:])
        frames = [_frame_name(*match.groups()) for match in found if match]
        if frames:  # what the kernel does within one call is one frame where it has no names
            stacks[";".join(name for name, _ in itertools.groupby(reversed(frames)))] += 1
    return stacks


def fold_callgrind(text: str) -> Stacks:
    """From a file written with --separate-callers: a function's name is "innermost'caller'caller's caller"."""
    stacks: Stacks = collections.Counter()
    names: dict[str, str] = {}
    stack, is_call = "", False
    for line in text.splitlines():
        if found := re.match(r"c?fn=(\(\d+\))(?: (.+))?", line):
            if found.group(2):
                names[found.group(1)] = ";".join(reversed(found.group(2).split("'")))
            if line.startswith("fn="):
                stack = names[found.group(1)]
        elif line.startswith("calls="):
            is_call = True  # the next line is what the callee cost
        elif found := re.match(r"(?:\+|-|\*|\d)\S* (\d+)$", line):
            if not is_call:
                stacks[stack] += int(found.group(1))
            is_call = False
    return stacks


def _color(name: str) -> str:
    """Of ours warm, of libraries and the kernel cool; the same at every drawing."""
    spread = sum(map(ord, name)) % 50
    return f"rgb(235,{120 + spread * 2},60)" if name.count("_") else f"rgb(110,{150 + spread},{200 + spread})"


def _boxes(frame: Frame, left: float, level: int, scale: float) -> Iterator[tuple[Frame, float, int]]:
    if frame.cost * scale >= LEAST_WIDTH:
        yield frame, left, level
        for below in sorted(frame.below.values(), key=lambda one: one.name):
            yield from _boxes(below, left, level + 1, scale)
            left += below.cost * scale


def draw(stacks: Stacks, title: str = "penstock: CPU time of the throughput case") -> str:
    root = tree_of(stacks)
    if root.cost == 0:
        raise ValueError("no stack cost anything")
    scale = WIDTH / root.cost
    boxes = list(_boxes(root, 0, 0, scale))
    height = (max(level for _, _, level in boxes) + 3) * ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:.0f}" height="{height}" '
        f'font-family="monospace" font-size="{FONT}">',
        f'<text x="4" y="{ROW - 4}">{html.escape(title)}</text>',
    ]
    for frame, left, level in boxes:
        width, top = frame.cost * scale, height - (level + 1) * ROW
        name = html.escape(frame.name)
        room = int(width / (FONT * 0.62))
        parts.append(
            f"<g><title>{name} {frame.cost / root.cost:.2%}</title>"
            f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{ROW - 1}" fill="{_color(frame.name)}"/>'
        )
        if room > 2:
            parts.append(f'<text x="{left + 2:.1f}" y="{top + 12}">{html.escape(frame.name[:room])}</text>')
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _by_perf(load: Load, folder: Path) -> Stacks:
    out = folder / "perf.data"
    carry(load, wrapper=(*PERF, "-o", str(out), "--"))
    script = subprocess.run(
        ["perf", "script", "--no-inline", "-i", str(out)], capture_output=True, check=True, timeout=600
    )
    return fold_perf(script.stdout.decode(errors="replace"))


def _by_callgrind(load: Load, folder: Path) -> Stacks:
    out = folder / "callgrind.out"
    words = ("valgrind", "--tool=callgrind", f"--separate-callers={CALLERS}", f"--callgrind-out-file={out}")
    carry(replace(load, shards=4, records=min(load.records, 1000)), wrapper=words)
    return fold_callgrind(out.read_text())


def perf_works() -> bool:
    """It needs a kernel and rights that let it."""
    if shutil.which("perf") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        command = [*PERF, "-o", str(Path(folder) / "data"), "--", "true"]
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


def stacks_of_throughput(size: Size) -> Stacks:
    load = size.load(*SIZES["700"])
    with tempfile.TemporaryDirectory(prefix="penstock-flame-") as folder:
        if perf_works():
            return _by_perf(load, Path(folder))
        if shutil.which("valgrind"):
            return _by_callgrind(load, Path(folder))
    raise SystemExit("tests/bench/run: --flame needs perf or valgrind")
