"""Processes that cannot be lost: this process adopts every orphan below it, and can list and end them all."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def adopt_orphans() -> None:
    """From now on a descendant whose parent dies becomes a child of this process (Linux: child subreaper)."""
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def die_with_parent() -> None:
    """For preexec_fn: the kernel ends this process when the thread that started it is gone."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _parent_and_state(pid: int) -> tuple[int, str] | None:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(after_name[1]), after_name[0]


def descendants(root: int | None = None) -> list[int]:
    """Every living process below `root` (this process unless said), nearest first; zombies left out."""
    root = root or os.getpid()
    children: dict[int, list[int]] = {}
    zombies = set()
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (known := _parent_and_state(int(entry))):
            children.setdefault(known[0], []).append(int(entry))
            if known[1] in "ZX":
                zombies.add(int(entry))
    found, queue = [], [root]
    while queue:
        below = children.get(queue.pop(0), [])
        queue.extend(below)
        found.extend(pid for pid in below if pid not in zombies)
    return found


def command_line(pid: int) -> str:
    """What `ps` shows, or an empty text when the process is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def wait_for_none(seconds: float, root: int | None = None) -> list[int]:
    """Waits until nothing runs below `root`; what still does after `seconds` is returned."""
    deadline = time.monotonic() + seconds
    while (left := descendants(root)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def end_all(root: int | None = None) -> None:
    """SIGTERM to everything below `root`, SIGKILL to what is there two seconds later."""
    for number, patience in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 5.0)):
        for pid in descendants(root):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        if not wait_for_none(patience, root):
            return
