"""Our S3 client against two servers that are not its own: keys of every kind come back as they were put."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.support.dynamodb_local import ACCESS_KEY, REGION, SECRET_KEY
from tests.support.faultd import FaultServer
from tests.support.moto import Moto
from tests.support.role import Role

ROOT = Path(__file__).resolve().parents[2]
CALLER = ROOT / os.environ.get("PENSTOCK_BUILD", "build/dev") / "tests" / "support" / "s3_call"
KEYS = [
    "a",
    "dt=2026-11-23/HH=10/x.gz",
    "a b+c%41&d?e#f",
    "\u00fcber/\u1234",
    "quote\"'<>&",
    "x//y",
    "!-_.*'()",
]
EVERYTHING = Role(also=("s3:*",))


class Server(Protocol):
    endpoint: str

    def client(self, service: str) -> Any: ...


def call(server: Server, *words: str, body: bytes = b"") -> tuple[int, bytes, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "AWS_ENDPOINT_URL_S3": server.endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
    }
    if isinstance(server, FaultServer):
        environment = server.environment({"PATH": os.environ["PATH"], "HOME": "/nonexistent"})
    done = subprocess.run(
        [str(CALLER), *words], input=body, env=environment, capture_output=True, timeout=120, check=False
    )
    return done.returncode, done.stdout, done.stderr.decode()


def listed(output: bytes) -> list[tuple[str, int]]:
    lines = [line.rsplit(" ", 1) for line in output.decode().splitlines()]
    return [(json.loads(key), int(size)) for key, size in lines]


@pytest.fixture
def faultd() -> Iterator[FaultServer]:
    with FaultServer(role=EVERYTHING) as server:
        server.create_bucket("lake")
        yield server


def round_trip(server: Server) -> None:
    s3 = server.client("s3")
    for number, key in enumerate(KEYS):
        body = os.urandom(number * 5000)
        assert call(server, "put", "lake", key, "application/gzip", body=body)[0] == 0, key
        code, content, _ = call(server, "get", "lake", key)
        assert (code, content) == (0, body), key
        assert s3.get_object(Bucket="lake", Key=key)["Body"].read() == body, key
    code, output, words = call(server, "list", "lake", "")
    assert code == 0, words
    assert listed(output) == sorted((key, number * 5000) for number, key in enumerate(KEYS))
    code, output, words = call(server, "list", "lake", "dt=2026-11-23/")
    assert [key for key, _ in listed(output)] == ["dt=2026-11-23/HH=10/x.gz"], words
    for key in KEYS:
        assert call(server, "delete", "lake", key)[0] == 0, key
    assert call(server, "list", "lake", "")[:2] == (0, b"")
    code, _, words = call(server, "get", "lake", "gone")
    assert code == 1 and words.startswith("not found: s3://lake/gone: S3 GetObject: NoSuchKey"), words
    code, _, words = call(server, "put", "nowhere", "x", body=b"x")
    assert code == 1 and words.startswith("not found: s3://nowhere/x: S3 PutObject: NoSuchBucket"), words


def test_motos_s3_takes_every_key(moto: Moto) -> None:
    client = moto.client("s3")
    if "lake" not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket="lake")
    round_trip(moto)


@pytest.mark.core
def test_the_fault_servers_s3_takes_every_key(faultd: FaultServer) -> None:
    round_trip(faultd)
    assert faultd.stats()["signatures_wrong"] == 0


def test_a_list_of_many_pages(faultd: FaultServer) -> None:
    faultd.settings(list_page=3)
    names = [f"p/{number:03}" for number in range(20)]
    for name in names:
        faultd.client("s3").put_object(Bucket="lake", Key=name, Body=b"x")
    code, output, words = call(faultd, "list", "lake", "p/")
    assert code == 0, words
    assert [key for key, _ in listed(output)] == names
    assert faultd.calls("ListObjectsV2", "lake") == 7


@pytest.mark.parametrize("fault", [
    {"action": "status", "status": 500},
    {"action": "status", "status": 503},
    {"action": "throttle"},
    {"action": "lost"},
    {"action": "reset"},
])  # fmt: skip
def test_a_put_is_tried_again(faultd: FaultServer, fault: dict[str, Any]) -> None:
    faultd.add_rule(**fault, service="s3", operation="PutObject", times=2)
    code, _, words = call(faultd, "put", "lake", "k", body=b"content")
    assert code == 0, words
    assert faultd.calls("PutObject") == 3
    assert faultd.objects("lake") == {"k": b"content"}


def test_refusals_in_words(faultd: FaultServer) -> None:
    with faultd.fault("error", service="s3", status=403, code="AccessDenied", message="No rights."):
        assert call(faultd, "put", "lake", "k", body=b"x")[2].startswith(
            "denied: s3://lake/k: S3 PutObject: AccessDenied: No rights."
        )
    with faultd.fault("garbage", service="s3", operation="ListObjectsV2"):
        assert call(faultd, "list", "lake", "")[2].startswith("corrupt: ")
