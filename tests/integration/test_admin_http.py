"""The admin server as an HTTP server: what it refuses, and that nothing sent to it harms the worker behind it."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import admin
from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import HANG_SECONDS, Worker
from tests.support.role import MAKES_LEASE_TABLE

SEED = int(os.environ.get("PENSTOCK_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
APP = "orders-app"
PATHS = ("/", "/leases", "/metrics", "/healthz", "/readyz")


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    folder = tmp_path_factory.mktemp("admin-http")
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["orders"]) as server:
        server.create_stream(table="orders", shards=2, records=100)
        kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        settings = server.environment(kept | {"PATH": os.environ["PATH"], "HOME": str(folder)})
        arguments = ["--table", "orders", "--firehose", "orders", "--app", APP, "--admin", "127.0.0.1:0"]
        with Worker(arguments, settings, folder / "state") as running:
            wait_until(lambda: admin.ask(running.admin, "/readyz").status == 200, "ready")
            yield running
            assert running.term() == 0, running.log_text()


@pytest.mark.parametrize("path", PATHS)
def test_get_and_head(worker: Worker, path: str) -> None:
    whole, head = admin.ask(worker.admin, path), admin.ask(worker.admin, path, "HEAD")
    assert whole.status == head.status == 200
    assert whole.body and head.body == b""
    for name in ("cache-control", "x-content-type-options", "content-type", "connection"):
        assert whole.headers[name] == head.headers[name]
    assert whole.headers["cache-control"] == "no-store"
    with_query = admin.ask(worker.admin, path + "?a=b&c=%00", headers={"Host": "what.ever:1"})
    assert with_query.status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_refused(worker: Worker, method: str) -> None:
    for path in (*PATHS, "/nothing"):
        answer = admin.ask(worker.admin, path, method)
        assert answer.status == 405 and answer.headers["allow"] == "GET, HEAD", (path, answer)


def test_a_body_is_not_read(worker: Worker) -> None:
    host, _, port = worker.admin.partition(":")
    with socket.create_connection((host, int(port)), HANG_SECONDS) as connection:
        connection.sendall(b"POST /leases HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\nmore")
        assert connection.recv(65536).startswith(b"HTTP/1.1 405 ")


@pytest.mark.parametrize("path", ["/x", "/leases/", "//", "/../etc/passwd", "/%2e%2e/", "/Metrics"])
def test_unknown_paths(worker: Worker, path: str) -> None:
    assert admin.ask(worker.admin, path).status == 404


def threads(worker: Worker) -> list[str]:
    names = []
    for task in Path(f"/proc/{worker.pid}/task").iterdir():
        with contextlib.suppress(OSError):
            names.append((task / "comm").read_text().strip())
    return sorted(names)


def test_many_connections_are_one_thread(worker: Worker) -> None:
    """Slow and silent clients hold connections, not threads; new ones are served when those are cut off."""
    host, _, port = worker.admin.partition(":")
    with contextlib.ExitStack() as held:
        for number in range(100):
            connection = held.enter_context(socket.create_connection((host, int(port)), HANG_SECONDS))
            connection.sendall(b"GET / HTTP/1.1\r\nX: "[: number % 20])
        assert threads(worker).count("admin") == 1
        started = time.monotonic()
        assert (
            admin.ask(worker.admin, "/healthz").status == 200
        )  # after the idle ones were cut, at the latest
        print(f"served after {time.monotonic() - started:.1f} s")
    assert threads(worker).count("admin") == 1


def nonsense(chance: random.Random) -> bytes:
    line = chance.choice(
        [b"GET / HTTP/1.1", b"GET /leases HTTP/1.0", b"HEAD /metrics HTTP/1.1", b"GET  HTTP/9.9"]
    )
    heads = [
        b"Host: a",
        b"X: " + b"y" * chance.choice([1, 100, 5000, 40000]),
        b"Content-Length: -1",
        b" folded",
    ]
    heads += [
        b"Transfer-Encoding: chunked",
        b"Expect: 100-continue",
        b"\x00\xff: \x80",
        b"Connection: upgrade",
    ]
    raw = bytearray(b"\r\n".join([line, *chance.sample(heads, chance.randrange(len(heads)))]) + b"\r\n\r\n")
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(raw))
        how = chance.randrange(3)
        if how == 0:
            raw[at] = chance.randrange(256)
        elif how == 1:
            del raw[at : at + chance.randrange(1, 30)]
            raw = raw or bytearray(b"\0")
        else:
            raw[at:at] = chance.randbytes(chance.randrange(1, 30))
    return bytes(raw)


@pytest.mark.core
def test_nonsense_harms_nothing(worker: Worker) -> None:
    print(f"PENSTOCK_TEST_SEED={SEED}")
    chance = random.Random(SEED)
    host, _, port = worker.admin.partition(":")
    for _ in range(400):
        with (
            socket.create_connection((host, int(port)), HANG_SECONDS) as connection,
            contextlib.suppress(OSError),
        ):
            connection.sendall(nonsense(chance))
            if chance.random() < 0.5:
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(0.5)  # whatever it waits for: the next one comes all the same
                while connection.recv(65536):
                    pass
    assert admin.ask(worker.admin, "/healthz").status == 200
    assert worker.is_running() and not worker.other_lines, worker.log_text()


def test_metrics_are_never_mixed_up_under_load(worker: Worker) -> None:
    for _ in range(20):
        admin.metrics(worker)
        assert admin.leases(worker)["totals"]["held"] == 2
