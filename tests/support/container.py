"""Runs an unpacked image as ECS's task definition says, without a container runtime: its own mount and process
namespaces, the root read-only, only the volumes writable, the user and no capability, the worker as process 1."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support import processes

HANG_SECONDS = 120
# $1 root, then pairs of a volume's folder and its path inside, up to "--"; then user, group and the command.
SCRIPT = r"""
set -eu
root=$1; shift
mount --bind "$root" "$root"
mount -o remount,bind,ro,nosuid,nodev "$root"
while [ "$1" != -- ]; do mount --bind "$1" "$root$2"; shift 2; done
shift
mount -t proc -o ro proc "$root/proc"
mount --rbind /dev "$root/dev"
user=$1 group=$2; shift 2
exec chroot "$root" /usr/bin/setpriv --reuid "$user" --regid "$group" --clear-groups --bounding-set=-all \
    --inh-caps=-all --no-new-privs -- "$@"
"""


class Container:
    """`definition` is a container definition of the template, resolved; `volumes` are this host's folders by name."""

    def __init__(
        self,
        root: Path,
        image: dict[str, Any],
        definition: dict[str, Any],
        volumes: dict[str, Path],
        environment: dict[str, str],
    ) -> None:
        assert definition["ReadonlyRootFilesystem"] is True
        self.user, self.group = definition["User"].split(":")
        mounts = [
            word
            for point in definition["MountPoints"]
            for word in (str(volumes[point["SourceVolume"]]), point["ContainerPath"])
        ]
        command = [*image["Entrypoint"], *definition["Command"]]
        self.arguments = [str(root), *mounts, "--", self.user, self.group, *command]
        self.environment = dict(entry.split("=", 1) for entry in image["Env"])
        self.environment |= {entry["Name"]: str(entry["Value"]) for entry in definition["Environment"]}
        self.environment |= environment
        self.lines: list[dict[str, Any]] = []
        self.other_lines: list[str] = []

    def __enter__(self) -> Container:
        self._child = subprocess.Popen(
            ["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child", "--"]
            + ["sh", "-c", SCRIPT, "sh", *self.arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=processes.die_with_parent,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def _read(self) -> None:
        assert self._child.stdout
        for raw in self._child.stdout:
            text = raw.decode(errors="replace").rstrip()
            try:
                self.lines.append(json.loads(text))
            except ValueError:
                self.other_lines.append(text)

    @property
    def pid(self) -> int:
        """Process 1 of the container, as this host counts."""
        return next(iter(processes.descendants(self._child.pid)))

    def is_running(self) -> bool:
        return self._child.poll() is None

    def log_text(self) -> str:
        return "\n".join([*(json.dumps(line) for line in self.lines[-60:]), *self.other_lines[-60:]])

    def wait_for(self, message: str, seconds: float = HANG_SECONDS) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while True:
            for line in list(self.lines):
                if message in str(line.get("msg", "")):
                    return line
            assert self._reader.is_alive() and time.monotonic() < until, f"no {message!r}:\n{self.log_text()}"
            time.sleep(0.05)

    def run(self, *command: str) -> tuple[int, str]:
        """A further command in there, as the same user: what `docker exec` and ECS's health check do."""
        inside = ["nsenter", "--target", str(self.pid), "--mount", "--pid", "--root", "--wd", "--"]
        as_user = ["setpriv", "--reuid", self.user, "--regid", self.group, "--clear-groups", "--no-new-privs"]
        done = subprocess.run(
            [*inside, *as_user, "--", *command],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    def term(self, seconds: float = HANG_SECONDS) -> int:
        """SIGTERM to process 1, and its exit code."""
        subprocess.run(["kill", "-s", "TERM", str(self.pid)], check=True)
        code = self._child.wait(seconds)
        self._reader.join(HANG_SECONDS)
        return code

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_running():
            self._child.send_signal(signal.SIGKILL)
        self._child.wait()
        self._reader.join(HANG_SECONDS)
