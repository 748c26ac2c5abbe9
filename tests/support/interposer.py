"""A server between a program and DynamoDB: passes every request on, after a function has seen it and perhaps done
something faster.

with Interposer(endpoint, meddle) as between:
    run(..., endpoint=between.endpoint)
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Meddle = Callable[[str, dict[str, Any]], None]
PASSED_ON = ("content-type", "x-amz-target", "x-amz-date", "authorization", "x-amz-security-token")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.meddle(self.headers["x-amz-target"].rpartition(".")[2], json.loads(body))
        headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
        request = urllib.request.Request(self.server.upstream, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                self._answer(reply.status, reply.read(), reply.headers)
        except urllib.error.HTTPError as refusal:
            self._answer(refusal.code, refusal.read(), refusal.headers)

    def _answer(self, status: int, body: bytes, headers: Any) -> None:
        self.send_response(status)
        for name in ("content-type", "x-amz-crc32", "x-amzn-requestid"):
            if headers.get(name):
                self.send_header(name, headers[name])
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    upstream: str
    meddle: Meddle


class Interposer:
    def __init__(self, upstream: str, meddle: Meddle) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.upstream, self._server.meddle = upstream, meddle
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Interposer:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
