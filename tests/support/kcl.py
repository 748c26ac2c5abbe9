"""Workers of the real Kinesis Client Library, as processes of a test: what they processed and how far they wrote.

with JavaWorker(KCL3, arn, "app", dynamodb=local.endpoint, folder=tmp_path) as java:
    java.wait_for(lambda: len(java.records) >= 100)
    java.stop()

KCL3 is the library's version 3 in its 3.x mode, KCL3_AS_2X the same in COMPATIBLE_WITH_2X, KCL1 version 1.14.9,
whose workers steal leases as those of 2.x do.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.support import processes
from tests.support.dynamodb_local import ACCESS_KEY, REGION, SECRET_KEY

ROOT = Path(__file__).resolve().parents[2]
SOURCES = Path(__file__).parent / "java"
HANG_SECONDS = 240  # far beyond any slow machine
LOGGING = [
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
]

Record = tuple[str, str]  # shard, sequence number


@dataclass(frozen=True)
class Library:
    folder: str  # of tests/support/java
    mode: str


KCL3 = Library("kcl3", "3x")
KCL3_AS_2X = Library("kcl3", "2x")
KCL1 = Library("kcl1", "2x")


def prepare(library: Library) -> str:
    """Fetches the jars with Maven and compiles our programs into build/ (later calls need no network): a class path."""
    source, home = SOURCES / library.folder, ROOT / "build" / library.folder
    files = sorted(path for path in source.iterdir() if path.suffix in (".java", ".xml"))
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    stamp = home / "stamp"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            for name in ("lib", "classes"):
                shutil.rmtree(home / name, ignore_errors=True)
            maven = ["mvn", "-q", "-B", "-f", str(source / "pom.xml"), "dependency:copy-dependencies"]
            maven += ["-DincludeScope=runtime", f"-DoutputDirectory={home}/lib"]
            subprocess.run(maven, check=True, timeout=600)
            javac = ["javac", "-nowarn", "-d", str(home / "classes"), "-cp", f"{home}/lib/*"]
            subprocess.run([*javac, *map(str, source.glob("*.java"))], check=True, timeout=300)
            stamp.write_text(wanted)
    return f"{home}/classes:{home}/lib/*"


def java_environment() -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


class JavaWorker:
    """One process. `streams` is where the stream is, when not at `dynamodb`, where the lease table is."""

    _numbers = itertools.count(1)

    def __init__(
        self,
        library: Library,
        arn: str,
        app: str,
        *,
        dynamodb: str,
        folder: Path,
        streams: str | None = None,
        failover_ms: int = 3000,
    ) -> None:
        self.name = f"java{next(self._numbers)}"
        self.records: list[Record] = []
        self.record_times: list[int] = []  # of each of these, as time.monotonic_ns()
        self.checkpoints: list[Record] = []
        self.lines: list[str] = []
        self._log = folder / f"{self.name}.log"
        self._news = threading.Condition()
        self._child: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._command = [
            "java",
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            *LOGGING,
            "-cp",
            prepare(library),
            "Consumer",
        ]
        self._command += [arn, app, self.name, dynamodb, streams or dynamodb, str(failover_ms), library.mode]

    def start(self) -> JavaWorker:
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                self._command,
                env=java_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                preexec_fn=processes.die_with_parent,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def _read(self) -> None:
        assert self._child and self._child.stdout
        for line in self._child.stdout:
            what, _, rest = line.rstrip("\n").partition(" ")
            shard, _, position = rest.partition(" ")
            with self._news:
                self.lines.append(line.rstrip("\n"))
                if what == "record":
                    number, _, nanoseconds = position.partition(" ")
                    self.records.append((shard, number))
                    self.record_times.append(int(nanoseconds))
                elif what == "checkpoint":
                    self.checkpoints.append((shard, position))
                self._news.notify_all()

    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def log_text(self) -> str:
        with self._news:
            said = "\n".join(self.lines[-40:])
        return f"{self.name} said:\n{said}\nlogged:\n{self._log.read_text(errors='replace')[-6000:]}"

    def wait_for(self, holds: Callable[[], bool], what: str, seconds: float = HANG_SECONDS) -> None:
        """Fails when it does not hold in time or the process has ended."""
        deadline = time.monotonic() + seconds
        with self._news:
            while not holds():
                left = deadline - time.monotonic()
                if left <= 0 or not self.is_running():
                    break
                self._news.wait(min(left, 0.2))
            else:
                return
        raise AssertionError(f"not yet: {what}\n{self.log_text()}")

    def stop(self, seconds: float = HANG_SECONDS) -> None:
        """In order: the library asks its processors, waits for them and ends. The rows keep its name as owner."""
        assert self._child and self._child.stdin and self._reader
        self._child.stdin.close()
        try:
            code = self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not stop\n{self.log_text()}") from None
        self._reader.join(HANG_SECONDS)
        assert code == 0 and self.lines[-1].startswith("stopped"), self.log_text()

    def kill(self) -> None:
        assert self._child and self._reader
        self._child.kill()
        self._child.wait()
        self._reader.join(HANG_SECONDS)

    def __enter__(self) -> JavaWorker:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_running():
            self.kill()
        if error is not None:
            print(self.log_text())


@dataclass(frozen=True)
class JavaLease:
    """A row as the library's own serializer reads it."""

    key: str
    owner: str | None
    counter: int
    checkpoint: str
    sub_number: int
    switches: int
    parents: frozenset[str]
    children: frozenset[str]
    checkpoint_owner: str | None


def _lease(line: str) -> JavaLease:
    key, owner, counter, checkpoint, sub, switches, parents, children, handing_over = line.split("\t")
    return JavaLease(
        key,
        None if owner == "null" else owner,
        int(counter),
        checkpoint,
        int(sub),
        int(switches),
        frozenset(filter(None, parents.split(","))),
        frozenset(filter(None, children.split(","))),
        None if handing_over == "null" else handing_over,
    )


def list_leases(library: Library, table: str, *, dynamodb: str) -> dict[str, JavaLease]:
    """All rows by key, through listLeases() of the library. Fails with its words when one row is not to its taste."""
    done = subprocess.run(
        ["java", *LOGGING, "-cp", prepare(library), "ListLeases", table, dynamodb],
        env=java_environment(),
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    leases = [_lease(line) for line in done.stdout.splitlines()]
    return {lease.key: lease for lease in leases}
