"""A server of AWS's JSON protocols that says what it is told to, for what a start asks before work begins."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Answer = tuple[int, Any]  # HTTP status; a JSON value, or bytes as they are


class Canned:
    """Answers by operation ("DescribeTable"), or calls what stands there; tables are empty unless `Scan` says
    otherwise. `calls` has what came."""

    def __init__(self, **answers: Answer | Callable[[dict[str, Any]], Answer]) -> None:
        self.answers: dict[str, Any] = {"Scan": (200, {"Items": [], "Count": 0, "ScannedCount": 0})} | answers
        self.calls: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                operation = self.headers["x-amz-target"].rpartition(".")[2]
                outer.calls.append(operation)
                answer = outer.answers.get(operation, error("UnknownOperationException", operation))
                status, value = answer(body) if callable(answer) else answer
                content = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.send_response(status)
                self.send_header("content-type", "application/x-amz-json-1.0")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> Canned:
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()


def error(code: str, message: str = "said so", status: int = 400) -> Answer:
    return status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}


REGION = "eu-west-1"
STREAM = f"arn:aws:dynamodb:{REGION}:123456789012:table/orders/stream/2026-11-23T10:00:00.000"


def table(view: str | None = "NEW_AND_OLD_IMAGES", name: str = "orders", **extra: Any) -> Answer:
    """DescribeTable's answer; no `view`: no stream."""
    description: dict[str, Any] = {
        "TableName": name,
        "TableStatus": "ACTIVE",
        "TableArn": f"arn:aws:dynamodb:{REGION}:123456789012:table/{name}",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    }
    if view:
        description["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
        description["LatestStreamArn"] = STREAM
        description["LatestStreamLabel"] = STREAM.rpartition("/")[2]
    return 200, {"Table": description | extra}


def lease_table(key: str = "leaseKey", kind: str = "S", **extra: Any) -> Answer:
    keys = {
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind}],
    }
    return table(None, "penstock-orders", **(keys | extra))


def stream(view: str = "NEW_AND_OLD_IMAGES", status: str = "ENABLED") -> Answer:
    """DescribeStream's answer, without shards."""
    return 200, {
        "StreamDescription": {
            "StreamArn": STREAM,
            "StreamLabel": STREAM.rpartition("/")[2],
            "StreamStatus": status,
            "StreamViewType": view,
            "TableName": "orders",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "Shards": [],
        }
    }
