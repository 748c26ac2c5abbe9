"""The ECS task metadata endpoint, version 4, and the ways in which it can fail
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html)."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

TASK_ID = "158d1c8083dd49d6b527399fd6414f5c"
TASK_ARN = f"arn:aws:ecs:us-east-1:000000000000:task/default/{TASK_ID}"
TASK = {
    "Cluster": "default",
    "TaskARN": TASK_ARN,
    "Family": "penstock-worker",
    "Revision": "1",
    "DesiredStatus": "RUNNING",
    "KnownStatus": "RUNNING",
    "Containers": [{"DockerId": "cd189a933e5849daa93386466019ab50", "Name": "worker", "Type": "NORMAL"}],
    "LaunchType": "FARGATE",
    "AvailabilityZone": "us-east-1a",
}
PATH = "/v4/158d1c8083dd49d6b527399fd6414f5c-1234567890"
Trouble = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    server: TaskMetadata

    def log_message(self, *_words: object) -> None:
        pass

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.server.seen.append(self.path)
        if self.path != f"{PATH}/task":
            self.answer(404, b"")
        elif self.server.trouble:
            self.server.trouble(self)
        else:
            self.answer(200, json.dumps(TASK).encode())


class TaskMetadata(ThreadingHTTPServer):
    """On a free port of 127.0.0.1; `uri` is what ECS_CONTAINER_METADATA_URI_V4 says."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, trouble: Trouble | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.trouble = trouble
        self.seen: list[str] = []
        self.over = threading.Event()
        self.uri = f"http://127.0.0.1:{self.server_port}{PATH}"

    def __enter__(self) -> TaskMetadata:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()


def hangs(handler: Handler) -> None:
    """Takes the request and never answers."""
    handler.server.over.wait(300)


def trickles(handler: Handler) -> None:
    """A byte now and then, so that the connection never looks idle."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(600):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        if handler.server.over.wait(0.2):
            return


def resets(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()


def says(body: bytes, status: int = 200, **headers: str) -> Trouble:
    return lambda handler: handler.answer(status, body, **headers)
