"""A control group that gives its processes a twentieth of a core; cgroup v2 or v1, as root."""

from __future__ import annotations

import os
from pathlib import Path

PERIOD_US, QUOTA_US = 100_000, 5_000
PLACES = [
    (Path("/sys/fs/cgroup"), {"cpu.max": f"{QUOTA_US} {PERIOD_US}"}),
    (
        Path("/sys/fs/cgroup/cpu"),
        {"cpu.cfs_period_us": str(PERIOD_US), "cpu.cfs_quota_us": str(QUOTA_US)},
    ),
]


class Starvation:
    """`folder` is None when no such group can be made here."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self._home: Path | None = None
        for home, files in PLACES:
            folder = home / f"penstock-chaos-{os.getpid()}"
            try:
                folder.mkdir()
            except OSError:
                continue
            try:
                for name, text in files.items():
                    if not (folder / name).exists():
                        raise OSError(f"no {name}")
                    (folder / name).write_text(text)
                self.folder, self._home = folder, home
                return
            except OSError:
                folder.rmdir()

    def add(self, pid: int) -> None:
        if self.folder:
            (self.folder / "cgroup.procs").write_text(str(pid))

    def remove(self, pid: int) -> None:
        if self._home:
            (self._home / "cgroup.procs").write_text(str(pid))

    def close(self) -> None:
        """Its processes must have left or ended."""
        if self.folder and self._home:
            for pid in (self.folder / "cgroup.procs").read_text().split():
                self.remove(int(pid))
            self.folder.rmdir()
            self.folder = None
