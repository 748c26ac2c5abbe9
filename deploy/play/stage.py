"""What both acts stand on: the binaries, a folder of their own, and an end that leaves no process behind."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path
from types import TracebackType

from tests.support import processes
from tests.support.faultd import FaultServer


def _interrupted(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


class Stage:
    """Everything started below this process ends with the block, on failure and on signals too."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="penstock-demo-"))

    def __enter__(self) -> Stage:
        processes.adopt_orphans()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupted)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        processes.end_all()
        shutil.rmtree(self.folder, ignore_errors=True)

    def worker_environment(self, server: FaultServer, **endpoints: str) -> dict[str, str]:
        """Nothing of this machine's own AWS settings; all services at `server` but those named."""
        base = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PENSTOCK_PROGRESS": "1s"}
        named = {f"AWS_ENDPOINT_URL_{name.upper()}": url for name, url in endpoints.items()}
        return server.environment(base) | named
