"""A control group that bounds the CPU, and if asked the memory, of its processes; cgroup v2 or v1, as root."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PERIOD_US = 100_000


def _settings(cpu: float, memory_bytes: int | None) -> list[list[tuple[Path, dict[str, str]]]]:
    """Ways to make it: each a list of parent folders with the files to write in the group below."""
    quota = int(cpu * PERIOD_US)
    unified = {"cpu.max": f"{quota} {PERIOD_US}"}
    old = [(ROOT / "cpu", {"cpu.cfs_period_us": str(PERIOD_US), "cpu.cfs_quota_us": str(quota)})]
    if memory_bytes is not None:
        unified |= {"memory.max": str(memory_bytes)}
        old.append((ROOT / "memory", {"memory.limit_in_bytes": str(memory_bytes)}))
    return [[(ROOT, unified)], old]


class ControlGroup:
    """`cpu` in cores. `folder` is None when no such group can be made here."""

    def __init__(self, name: str, cpu: float, memory_bytes: int | None = None) -> None:
        self.folder: Path | None = None
        self._folders: list[Path] = []
        for way in _settings(cpu, memory_bytes):
            try:
                for home, files in way:
                    self._make(home / f"{name}-{os.getpid()}", files)
                self.folder = self._folders[0]
                return
            except OSError:
                self._remove()

    def _make(self, folder: Path, files: dict[str, str]) -> None:
        folder.mkdir()
        self._folders.append(folder)
        for name, text in files.items():
            if not (folder / name).exists():
                raise OSError(f"no {name}")
            (folder / name).write_text(text)

    def _remove(self) -> None:
        for folder in self._folders:
            folder.rmdir()
        self._folders = []

    def add(self, pid: int) -> None:
        for folder in self._folders:
            (folder / "cgroup.procs").write_text(str(pid))

    def remove(self, pid: int) -> None:
        for folder in self._folders:
            (folder.parent / "cgroup.procs").write_text(str(pid))

    def close(self) -> None:
        """Its processes must have left or ended."""
        for folder in self._folders:
            for pid in (folder / "cgroup.procs").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    self.remove(int(pid))
        self._remove()
        self.folder = None
