"""A command run on a terminal of a given size."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import termios

from tests.support import processes
from tests.support.penstock import HANG_SECONDS, binary


def run_on_terminal(
    words: list[str], environment: dict[str, str], columns: int, lines: int = 24
) -> tuple[int, str]:
    """The exit code, and all that a person would have seen (standard output and error)."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    child = subprocess.Popen(
        [str(binary()), *words],
        env=environment,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        preexec_fn=processes.die_with_parent,
    )
    os.close(slave)
    seen = b""
    with contextlib.suppress(OSError):  # EIO: the last writer has gone
        while piece := os.read(master, 65536):
            seen += piece
    os.close(master)
    return child.wait(HANG_SECONDS), seen.decode("utf-8", errors="replace").replace("\r\n", "\n")
