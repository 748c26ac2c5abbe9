"""Network namespaces for some workers, in which packets to or from one service are dropped, or the link is down.

A hub namespace holds an address for each service; each worker's namespace has a cable (veth) to the hub, and a relay
(relay.py) leads from the hub to the fault server. Nothing of it can be reached from elsewhere. Needs root, the
commands ip and nft, and a kernel that lets us: why_not() says what is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support import processes
from tests.support.chaos.relay import enter_namespace

ROOT = Path(__file__).resolve().parents[3]
PREFIX = "penstock-chaos"
SERVICES = {"dynamodb": "10.213.0.1", "streams": "10.213.0.2", "firehose": "10.213.0.3"}
CHAINS = """
table inet chaos {
  chain out { type filter hook output priority 0; }
  chain in { type filter hook input priority 0; }
}
"""


def _run(*words: str, given: str = "") -> None:
    done = subprocess.run(words, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{' '.join(words)}: {done.stderr.strip() or done.returncode}")


def why_not() -> str:
    """What keeps us from making namespaces; empty when nothing does."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for command in ("ip", "nft"):
        if shutil.which(command) is None:
            return f"the command {command} is missing"
    try:
        with Network(0, [0]) as network:
            network.drop(0, "dynamodb", "out")
    except OSError as error:
        return str(error)
    return ""


class Network:
    """Namespaces for these workers; all gone with the `with` block. `port` 0: no relay."""

    def __init__(self, port: int, workers: list[int]) -> None:
        self.port, self.workers = port, workers
        self._run_name = f"{PREFIX}-{os.getpid()}"  # names are asked for in children too
        self.hub = f"{self._run_name}-hub"
        self._relay: subprocess.Popen[bytes] | None = None

    def name(self, worker: int) -> str:
        return f"{self._run_name}-{worker}"

    def __enter__(self) -> Network:
        remove_left_behind()
        try:
            self._make()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()

    def _make(self) -> None:
        _run("ip", "netns", "add", self.hub)
        _run("ip", "-n", self.hub, "link", "set", "lo", "up")
        for address in SERVICES.values():
            _run("ip", "-n", self.hub, "address", "add", f"{address}/32", "dev", "lo")
        for worker in self.workers:
            self._make_worker(worker)
        if self.port:
            self._start_relay()

    def _make_worker(self, worker: int) -> None:
        name, cable = self.name(worker), f"cable{worker}"
        _run("ip", "netns", "add", name)
        _run("ip", "-n", name, "link", "set", "lo", "up")
        _run("ip", "-n", self.hub, "link", "add", cable, "type", "veth", "peer", "name", "up0", "netns", name)
        _run("ip", "-n", self.hub, "address", "add", f"10.214.{worker}.1/30", "dev", cable)
        _run("ip", "-n", self.hub, "link", "set", cable, "up")
        _run("ip", "-n", name, "address", "add", f"10.214.{worker}.2/30", "dev", "up0")
        self.link_up(worker)
        _run("ip", "netns", "exec", name, "nft", "-f", "-", given=CHAINS)

    def _start_relay(self) -> None:
        words = [
            sys.executable,
            "-m",
            "tests.support.chaos.relay",
            self.hub,
            str(self.port),
            *SERVICES.values(),
        ]
        self._relay = subprocess.Popen(
            words, cwd=ROOT, stdout=subprocess.PIPE, preexec_fn=processes.die_with_parent
        )
        assert self._relay.stdout
        if not self._relay.stdout.readline():
            raise OSError("the relay into the namespaces does not start")

    def _remove(self) -> None:
        if self._relay:
            self._relay.kill()
            self._relay.wait()
        for name in [*(self.name(worker) for worker in self.workers), self.hub]:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def inside(self, worker: int) -> Callable[[], None]:
        """For a child before its program begins: it lives in the worker's namespace."""
        return lambda: enter_namespace(self.name(worker))

    def environment(self) -> dict[str, str]:
        """The endpoints as the namespaces see them."""
        url = {service: f"http://{address}:{self.port}" for service, address in SERVICES.items()}
        return {
            "AWS_ENDPOINT_URL_DYNAMODB": url["dynamodb"],
            "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": url["streams"],
            "AWS_ENDPOINT_URL_FIREHOSE": url["firehose"],
        }

    def drop(self, worker: int, service: str, way: str) -> None:
        """Packets to ("out") or from ("in") the service vanish; heal() ends it."""
        side = "daddr" if way == "out" else "saddr"
        rule = f"add rule inet chaos {way} ip {side} {SERVICES[service]} drop"
        _run("ip", "netns", "exec", self.name(worker), "nft", "-f", "-", given=rule)

    def heal(self, worker: int) -> None:
        flush = "flush chain inet chaos out\nflush chain inet chaos in\n"
        _run("ip", "netns", "exec", self.name(worker), "nft", "-f", "-", given=flush)

    def link_down(self, worker: int) -> None:
        _run("ip", "-n", self.name(worker), "link", "set", "up0", "down")

    def link_up(self, worker: int) -> None:
        name = self.name(worker)
        _run("ip", "-n", name, "link", "set", "up0", "up")
        _run("ip", "-n", name, "route", "replace", "default", "via", f"10.214.{worker}.1")


def remove_left_behind() -> None:
    """Namespaces of runs that were killed: their process is gone."""
    folder = Path("/run/netns")
    for path in folder.iterdir() if folder.is_dir() else []:
        pid = path.name.removeprefix(f"{PREFIX}-").split("-")[0]
        if path.name.startswith(PREFIX) and pid.isdigit() and not Path(f"/proc/{pid}").exists():
            subprocess.run(["ip", "netns", "del", path.name], capture_output=True, check=False)
