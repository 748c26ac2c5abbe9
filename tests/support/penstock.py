"""`penstock run` as a process of a test: its log read line by line, its end awaited, nothing left behind.

with Worker(["--table", "orders", "--firehose", "orders"], aws_environment(...), folder) as worker:
    worker.wait_for("worker started")
    assert worker.term() == 0
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support import processes
from tests.support.built import build_folder
from tests.support.dynamodb_local import ACCESS_KEY, REGION, SECRET_KEY

HANG_SECONDS = 120  # far beyond any slow machine
SANITIZER_WORDS = ("Sanitizer:", "runtime error:")

Line = dict[str, Any]


def binary() -> Path:
    return build_folder() / "penstock"


def aws_environment(
    *, dynamodb: str, streams: str | None = None, firehose: str | None = None, home: Path
) -> dict[str, str]:
    """A whole environment: these endpoints, fixed credentials, and nothing of the machine's own settings."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb,
        "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": streams or dynamodb,
    }
    if firehose:
        environment["AWS_ENDPOINT_URL_FIREHOSE"] = firehose
    for name, value in os.environ.items():
        if name.endswith("SAN_OPTIONS"):
            environment[name] = value
    return environment


class Worker:
    """One process. `folder` becomes its --state-dir unless the arguments name one."""

    def __init__(
        self,
        arguments: list[str],
        environment: dict[str, str],
        folder: Path,
        output: Path | None = None,
        wrapper: tuple[str, ...] = (),
    ) -> None:
        self.wrapper = wrapper  # what runs the binary: valgrind with its options
        self.program: Path | None = None  # in place of the one that was built
        self.output = output  # where standard output goes; nowhere unless said
        self.arguments = list(arguments)
        if "--state-dir" not in self.arguments:
            self.arguments += ["--state-dir", str(folder)]
        self.environment = environment
        self.lines: list[Line] = []
        self.other_lines: list[str] = []  # what is not a JSON object: a sanitizer's report, or a bug
        self.started_at = 0.0
        self.before_start: Callable[[], None] = lambda: None  # called in the new process
        self.log_is_read = threading.Event()  # cleared: its log pipe fills up
        self.log_is_read.set()
        self._news = threading.Condition()
        self._child: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> Worker:
        self.started_at = time.monotonic()
        if self.wrapper:  # which loses sight of a program that starts once more
            self.environment = self.environment | {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}
        with open(self.output or os.devnull, "wb") as output:
            self._child = subprocess.Popen(
                [*self.wrapper, str(self.program or binary()), "run", *self.arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
                preexec_fn=self._prepare_process,
            )
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        return self

    def _prepare_process(self) -> None:
        processes.die_with_parent()
        self.before_start()

    def _read_log(self) -> None:
        assert self._child and self._child.stderr
        for raw in self._child.stderr:
            self.log_is_read.wait()
            text = raw.decode("utf-8", errors="replace").rstrip("\n")
            with self._news:
                try:
                    line = json.loads(text)
                    self.lines.append(line if isinstance(line, dict) else {"msg": text})
                except ValueError:
                    self.other_lines.append(text)
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    @property
    def pid(self) -> int:
        assert self._child
        return self._child.pid

    @property
    def worker_id(self) -> str:
        """As leases and log lines have it: the configured name and the random part of this start."""
        return str(self.wait_for(lambda line: "worker" in line)["worker"])

    @property
    def admin(self) -> str:
        """Where its admin server listens: "127.0.0.1:8787"."""
        return str(self.wait_for("admin server listens")["address"])

    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def messages(self) -> list[str]:
        with self._news:
            return [str(line.get("msg", "")) for line in self.lines]

    def log_text(self) -> str:
        """For a failing test's message: the end of the log."""
        with self._news:
            shown = [json.dumps(line) for line in self.lines[-60:]] + self.other_lines[-60:]
        return "\n".join(shown)

    def wait_for(self, wanted: str | Callable[[Line], bool], seconds: float = HANG_SECONDS) -> Line:
        """The first line whose message contains `wanted`, or for which it is true, past ones included."""
        fits = (lambda line: wanted in str(line.get("msg", ""))) if isinstance(wanted, str) else wanted
        deadline = time.monotonic() + seconds
        seen = 0
        with self._news:
            while True:
                for line in self.lines[seen:]:
                    if fits(line):
                        return line
                seen = len(self.lines)
                left = deadline - time.monotonic()
                if left <= 0 or not (self.is_running() or (self._reader and self._reader.is_alive())):
                    break
                self._news.wait(min(left, 0.5))
        raise AssertionError(f"{wanted!r} did not come within {seconds} s:\n{self.log_text()}")

    def signal(self, number: signal.Signals) -> None:
        assert self._child
        self._child.send_signal(number)

    def kill(self) -> int:
        """SIGKILL: what was in flight stays so."""
        self.signal(signal.SIGKILL)
        return self.wait()

    def term(self, seconds: float = HANG_SECONDS) -> int:
        """SIGTERM, then the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float = HANG_SECONDS) -> int:
        """The exit code (negative: a signal's number). Fails when it hangs or a sanitizer has complained."""
        assert self._child and self._reader
        try:
            code = self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self._child.send_signal(signal.SIGABRT)
            self._child.wait()
            raise AssertionError(f"still running after {seconds} s:\n{self.log_text()}") from None
        self._reader.join(HANG_SECONDS)
        reports = [text for text in self.other_lines if any(words in text for words in SANITIZER_WORDS)]
        assert not reports, self.log_text()
        return code

    def __enter__(self) -> Worker:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is None:
            return
        if self.is_running():
            self._child.kill()
        self._child.wait()
        if self._reader:
            self._reader.join(HANG_SECONDS)
        if error is not None:
            print(f"log of {' '.join(self.arguments)}:\n{self.log_text()}")


def run(
    arguments: list[str], environment: dict[str, str], seconds: float = HANG_SECONDS
) -> tuple[int, str, str]:
    """A command that ends by itself: exit code, standard output, standard error."""
    done = subprocess.run(
        [str(binary()), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()
