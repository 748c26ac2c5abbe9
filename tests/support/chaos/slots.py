"""The six workers of a chaos run: what can be done to each, and what each has done by itself."""

from __future__ import annotations

import array
import fcntl
import os
import resource
import signal
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.chaos.cgroup import Starvation
from tests.support.chaos.network import Network
from tests.support.chaos.schedule import NAMESPACED, WORKERS
from tests.support.penstock import Worker, build_folder

F_SETPIPE_SZ = 1031
LOG_PIPE_BYTES = 4096
RESTART_SECONDS = 1.0  # a platform's patience
# Another version's program: every second life of a worker is its.
BESIDE = os.environ.get("PENSTOCK_CHAOS_BESIDE", "")
GRACEFUL = (0, 5)  # all delivered, or the stop timeout came first
CUT_SHORT = 128 + signal.SIGTERM  # a second signal


@dataclass
class Slot:
    """One place in the fleet: the process that lives there now, and all that did."""

    number: int
    state: Path
    worker: Worker | None = None
    alive_wanted: bool = False
    killed: bool = False  # by us, and not started since
    lives: int = 0
    skew: int = 0
    back_at: float = 0.0  # it ended by itself and is to be started again
    troubles: list[str] = field(default_factory=list)


class Slots:
    """`network` is None where namespaces cannot be made."""

    def __init__(
        self,
        arguments: list[str],
        environment: dict[str, str],
        folder: Path,
        network: Network | None,
        starvation: Starvation,
    ) -> None:
        self.arguments, self.environment, self.folder = arguments, environment, folder
        self.network, self.starvation = network, starvation
        self.all = [Slot(number, folder / f"state-{number}") for number in range(WORKERS)]
        self.started: list[Worker] = []
        self.refused_starts = 0
        self.lives_beside = 0
        self.peak_kib = 0
        self._fresh = 0

    def start(self, number: int, *, fresh: bool = False, skew: int = 0) -> None:
        slot = self.all[number]
        assert slot.worker is None or not slot.worker.is_running(), f"worker {number} is there already"
        if fresh:
            self._fresh += 1
            slot.state = self.folder / f"state-{number}-{self._fresh}"
        arguments = [*self.arguments, "--worker-id", f"w{number // 2}"]  # fault 7: pairs of one name
        environment = dict(self.environment)
        if skew:
            environment |= {"LD_PRELOAD": str(build_folder() / "skewed_clock.so")}
            environment |= {"SKEWED_CLOCK_SECONDS": str(skew)}
        worker = Worker(arguments, environment, slot.state)
        if BESIDE and (number + slot.lives) % 2:
            worker.program = Path(BESIDE)
            self.lives_beside += 1
        if self.network and number in NAMESPACED:
            worker.environment |= self.network.environment()
            worker.before_start = self.network.inside(number)
        slot.worker = worker.start()
        slot.back_at = 0.0
        slot.alive_wanted, slot.killed = True, False
        slot.lives += 1
        self.started.append(worker)

    def worker(self, number: int) -> Worker:
        worker = self.all[number].worker
        assert worker
        return worker

    def running(self) -> list[Worker]:
        return [slot.worker for slot in self.all if slot.worker and slot.worker.is_running()]

    def note_memory(self) -> None:
        """The most that any worker has used so far."""
        for worker in self.running():
            try:
                status = Path(f"/proc/{worker.pid}/status").read_text()
            except OSError:
                continue
            peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
            self.peak_kib = max([self.peak_kib, *map(int, peaks)])

    def look_after(self) -> None:
        """A worker that has ended by itself: where the platform would start it again, so do we. One that had got as
        far as to work must never end by itself."""
        for slot in self.all:
            if not slot.alive_wanted or slot.worker is None or slot.worker.is_running():
                continue
            if slot.back_at == 0.0:
                slot.back_at = time.monotonic() + RESTART_SECONDS
            if time.monotonic() < slot.back_at:
                continue
            code = slot.worker.wait()
            if "worker started" in slot.worker.messages():
                slot.troubles.append(f"worker {slot.number} ended with {code}:\n{slot.worker.log_text()}")
            self.refused_starts += 1
            self.start(slot.number, skew=slot.skew)

    def kill(self, number: int) -> None:
        slot = self.all[number]
        slot.alive_wanted, slot.killed = False, True
        self.note_memory()
        self.worker(number).kill()

    def terminate(self, number: int) -> None:
        self.all[number].alive_wanted = False
        self.note_memory()
        self.worker(number).signal(signal.SIGTERM)

    def has_ended(self, number: int, *, cut_short: bool = False) -> bool:
        """After terminate(); notes an exit code that is none of a stop's."""
        worker, slot = self.worker(number), self.all[number]
        if worker.is_running():
            return False
        code = worker.wait()
        allowed = (*GRACEFUL, CUT_SHORT, -signal.SIGTERM) if cut_short else GRACEFUL
        started = "worker started" in worker.messages()
        if started and code not in allowed:
            slot.troubles.append(f"worker {number} stopped with {code}:\n{worker.log_text()}")
        return True

    def limit_files(self, number: int, file_bytes: int) -> None:
        self._limit(number, resource.RLIMIT_FSIZE, file_bytes)

    def limit_descriptors(self, number: int, *, tight: bool) -> None:
        """No more than are open now, and one."""
        pid = self.worker(number).pid
        try:
            soft = len(os.listdir(f"/proc/{pid}/fd")) + 1 if tight else 1024
        except FileNotFoundError:
            return  # it has just ended
        self._limit(number, resource.RLIMIT_NOFILE, soft)

    def _limit(self, number: int, what: int, soft: int) -> None:
        worker = self.worker(number)
        if worker.is_running():
            hard = resource.prlimit(worker.pid, what)[1]
            resource.prlimit(worker.pid, what, (soft, hard))

    def block_log(self, number: int) -> None:
        worker = self.worker(number)
        fcntl.fcntl(self._log_pipe(worker), F_SETPIPE_SZ, LOG_PIPE_BYTES)
        worker.log_is_read.clear()

    def read_log(self, number: int) -> bool:
        """Goes on reading; whether the pipe was full, so that the worker had nowhere to write: a pipe of one page
        takes nothing more (poll says so) once something lies in it."""
        worker = self.worker(number)
        waiting = array.array("i", [0])
        fcntl.ioctl(self._log_pipe(worker), termios.FIONREAD, waiting)
        worker.log_is_read.set()
        return waiting[0] > 0

    @staticmethod
    def _log_pipe(worker: Worker) -> int:
        child = worker._child
        assert child and child.stderr
        return child.stderr.fileno()

    def close(self) -> None:
        for worker in self.started:
            worker.log_is_read.set()
            worker.__exit__(None, None, None)

    def troubles(self) -> list[str]:
        return [words for slot in self.all for words in slot.troubles]
