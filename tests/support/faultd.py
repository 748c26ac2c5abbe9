"""The fault server's client: starts tests/support/faultd and speaks its control API (faultd/README.md).

with FaultServer(delivery_streams=["orders"], role=MAKES_LEASE_TABLE) as server:  # tests/support/role.py
    server.create_stream(table="orders", shards=4, records=10_000)
    run_penstock(env=server.environment())
    assert server.verdict()["missing"] == 0
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support import line_schema
from tests.support.authority import Authority
from tests.support.built import built
from tests.support.role import TASK_ROLE, Role

ACCESS_KEY = "AKIDEXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
OPERATOR_KEY = "AKIDOPERATOR"  # of client(): tests act as people with every right, workers as their role
REGION = "us-east-1"
HANG_SECONDS = 120.0


def suite_recording() -> str | None:
    """Where PENSTOCK_RECORD wants every exchange; tests that run side by side have a file each."""
    path = os.environ.get("PENSTOCK_RECORD")
    beside = os.environ.get("PYTEST_XDIST_WORKER")
    return f"{path}.{beside}" if path and beside else path


class FaultServerError(Exception):
    """The control API refused; the text says why."""


class FaultServer:
    """A running server. It ends with the `with` block, and by itself when this process dies, since its standard
    input closes then."""

    def __init__(
        self,
        *,
        port: int = 0,
        region: str = REGION,
        landing: Path | str | None = None,
        delivery_streams: list[str] | None = None,
        record: Path | str | None = None,
        upstream_dynamodb: str | None = None,
        upstream_firehose: str | None = None,
        signatures: bool = True,
        session_token: str | None = None,
        role: Role | None = TASK_ROLE,
        authority: Authority | None = None,
    ) -> None:
        self.region = region
        self.session_token = session_token
        self.role = role
        self.authority = authority  # then workers speak TLS, and trust it
        self.arguments = ["--port", str(port), "--region", region]
        for option, value in (
            ("--landing", landing),
            ("--record", record or suite_recording()),
            ("--upstream-dynamodb", upstream_dynamodb),
            ("--upstream-firehose", upstream_firehose),
            ("--session-token", session_token),
            ("--tls", authority and authority.issue("faultd", "127.0.0.1")),
        ):
            if value is not None:
                self.arguments += [option, str(value)]
        for name in delivery_streams or []:
            self.arguments += ["--delivery-stream", name]
        if not signatures:
            self.arguments.append("--no-signatures")
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self) -> FaultServer:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as policy:
            arguments = list(self.arguments)
            if self.role:
                policy.write(self.role.text())
                policy.flush()
                arguments += ["--role", policy.name]
            self.process = subprocess.Popen(
                [str(built("faultd")), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            assert self.process.stdout is not None
            line = self.process.stdout.readline()
        if not line:
            raise FaultServerError(f"faultd did not start: exit code {self.process.wait()}")
        self.port = int(json.loads(line)["port"])
        self.add_key(OPERATOR_KEY, SECRET_KEY, self.session_token or "", operator=True)
        return self

    def stop(self) -> int:
        """Ends the server and returns its exit code (negative: a signal)."""
        if self.process is None:
            return 0
        assert self.process.stdin is not None and self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            code = self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process.stdout.close()
        self.process = None
        return code

    def __enter__(self) -> FaultServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        denied = self.denied() if kind is None and self.process and self.process.poll() is None else []
        code = self.stop()
        if kind is None and code != 0:
            raise FaultServerError(f"faultd ended with {code}")
        if denied and not (self.role and self.role.denials):
            raise AssertionError(f"the task role of deploy/ecs/penstock.yaml does not allow {denied}")

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def service_endpoint(self) -> str:
        """Where workers go: the same port, by TLS with an authority."""
        return f"{'https' if self.authority else 'http'}://127.0.0.1:{self.port}"

    def environment(self, base: dict[str, str] | None = None) -> dict[str, str]:
        """`base` (this process's environment unless said, less the tests' own PENSTOCK_ variables) without its
        AWS settings, plus those that lead penstock, boto3 or the AWS CLI here."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("PENSTOCK_")}
        inherited = own if base is None else base
        kept = {name: value for name, value in inherited.items() if not name.startswith("AWS_")}
        kept |= {
            "AWS_ENDPOINT_URL": self.service_endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }
        if self.authority:
            kept["AWS_CA_BUNDLE"] = str(self.authority.bundle)
        if self.session_token:
            kept["AWS_SESSION_TOKEN"] = self.session_token
        return kept

    def client(self, service: str, **overrides: Any) -> Any:
        """A boto3 client; one attempt a call, so that a test sees every fault."""
        import boto3
        from botocore.config import Config

        config = Config(retries={"total_max_attempts": 1}, read_timeout=60)
        options = {
            "endpoint_url": self.endpoint,
            "region_name": self.region,
            "aws_access_key_id": OPERATOR_KEY,
            "aws_secret_access_key": SECRET_KEY,
            "aws_session_token": self.session_token,
            "config": config,
        }
        return boto3.client(service, **(options | overrides))

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = self.call_raw(method, path, body)
        return json.loads(data)

    def call_raw(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        request = urllib.request.Request(
            f"{self.endpoint}/_faultd/{path}",
            method=method,
            data=json.dumps(body or {}).encode() if method == "POST" else None,
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=HANG_SECONDS) as reply:
                return bytes(reply.read())
        except urllib.error.HTTPError as error:
            raise FaultServerError(error.read().decode(errors="replace")) from error

    # Streams

    def create_stream(self, **shape: Any) -> dict[str, Any]:
        """A table with a stream of generated records: {"arn", "label", "table", "shards": [id...]}.

        table="orders", view="NEW_AND_OLD_IMAGES", shards=1, generations=0, children=2, records=1000 (a shard),
        record_bytes=700, keys=1000, rate=0 (records/s a shard), children_delay_ms=0, children_after_end_read=False,
        close_last=False, verify=True, seed=1, big_every=0, big_bytes=1200000, age_ms=0.
        """
        return dict(self.call("POST", "streams", shape))

    def streams(self) -> list[dict[str, Any]]:
        return list(self.call("GET", "streams"))

    def trim(self, **what: Any) -> int:
        """stream=, shard=, to= (record index) or fraction=1.0, remove=False. How many shards were touched."""
        return int(self.call("POST", "trim", what)["shards"])

    def roll(self, **what: Any) -> int:
        """Closes open shards (stream=, shard=) and gives each children= of records=. How many were closed."""
        return int(self.call("POST", "roll", what)["closed"])

    def disable(self, stream: str | None = None, disabled: bool = True, gone: bool = False) -> None:
        self.call(
            "POST", "disable", {"disabled": disabled, "gone": gone} | ({"stream": stream} if stream else {})
        )

    def expire_iterators(self) -> None:
        """Every iterator given out so far is expired."""
        self.call("POST", "expire_iterators")

    def verdict(self, stream: str | None = None, detail: bool = False) -> dict[str, Any]:
        query = [f"stream={stream}"] if stream else []
        query += ["detail=1"] if detail else []
        return dict(self.call("GET", "verdict?" + "&".join(query)))

    def wait(
        self,
        done: Callable[[dict[str, Any]], bool],
        seconds: float = 60.0,
        stream: str | None = None,
        alive: Callable[[], bool] = lambda: True,
    ) -> dict[str, Any]:
        """The first verdict for which `done` holds; TimeoutError with the last one. Stops early when `alive` (the
        worker) says no."""
        until = time.monotonic() + seconds
        while True:
            verdict = self.verdict(stream)
            if done(verdict):
                return verdict
            if time.monotonic() > until or not alive():
                raise TimeoutError(f"not reached: {verdict}")
            time.sleep(0.05)

    def forget_latencies(self) -> None:
        """`latency_ms` of verdicts begins anew."""
        self.call("POST", "latencies/forget")

    def wait_all_accepted(self, seconds: float = 60.0, **options: Any) -> dict[str, Any]:
        return self.wait(lambda v: v["expected"] > 0 and v["missing"] == 0, seconds, **options)

    # Tables and delivery streams

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The items of a table in DynamoDB's typed JSON, without a call that counts."""
        return list(self.call("GET", f"rows?table={table}"))

    def create_delivery_stream(self, name: str, **hints: Any) -> None:
        """landing=, prefix=, buffer_bytes=5 MiB, buffer_ms=300000, delimiter=False, keep=False."""
        self.call("POST", "delivery_streams", {"name": name} | hints)

    def positions(self) -> dict[str, Any]:
        """What lease rows were written, and what of it must never be: ahead, back, strangers."""
        return dict(self.call("GET", "positions"))

    def create_data_stream(self, name: str, **shape: Any) -> None:
        """A Kinesis data stream: shards=1, record_kib=1024."""
        self.call("POST", "data_streams", {"name": name} | shape)

    def data_streams(self) -> list[dict[str, Any]]:
        return list(self.call("GET", "data_streams"))

    def create_bucket(self, name: str, track: bool = False) -> None:
        """track: its objects are landed lines, and count for the verdict."""
        self.call("POST", "buckets", {"name": name, "track": track})

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Every object by its key, read as an operator."""
        s3 = self.client("s3")
        listed = next(entry for entry in self.call("GET", "buckets") if entry["name"] == bucket)
        return {
            entry["key"]: s3.get_object(Bucket=bucket, Key=entry["key"])["Body"].read()
            for entry in listed["objects"]
        }

    def puts(self, bucket: str) -> dict[str, int]:
        """How often each key was written."""
        listed = next(entry for entry in self.call("GET", "buckets") if entry["name"] == bucket)
        return {entry["key"]: int(entry["puts"]) for entry in listed["objects"]}

    def delete_delivery_stream(self, name: str) -> None:
        self.call("POST", "delivery_streams/delete", {"name": name})

    def delivery_streams(self) -> list[dict[str, Any]]:
        return list(self.call("GET", "delivery_streams"))

    def accepted(self, name: str) -> bytes:
        """All bytes that a delivery stream made with keep=True has accepted."""
        return self.call_raw("GET", f"accepted?name={name}")

    def accepted_json(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(raw) for raw in self.accepted(name).splitlines()]

    def accepted_lines(self, name: str) -> list[dict[str, Any]]:
        """Landed lines, each held against the schema."""
        return [line_schema.parse(raw, where=name) for raw in self.accepted(name).splitlines()]

    def flush(self) -> int:
        """Writes the landing files now; how many could not be written."""
        return int(self.call("POST", "flush")["failed"])

    # Faults

    def add_rule(self, action: str, **rule: Any) -> str:
        """A fault; its id. service=, operation=, resource=, shard=, after=0, times=0 (endless), probability=1,
        seed=1, when="before"|"after", and what the action takes; see faultd/README.md."""
        return str(self.call("POST", "rules", {"action": action} | rule)["id"])

    def remove_rule(self, rule: str) -> None:
        self.call("POST", "rules/delete", {"id": rule})

    def clear_rules(self) -> None:
        self.call("POST", "rules/delete")

    def release(self, rule: str) -> None:
        """Ends a hold: what it parks goes on."""
        self.call("POST", "release", {"id": rule})

    def rules(self) -> list[dict[str, Any]]:
        return list(self.call("GET", "rules"))

    @contextlib.contextmanager
    def fault(self, action: str, **rule: Any) -> Iterator[str]:
        name = self.add_rule(action, **rule)
        try:
            yield name
        finally:
            self.remove_rule(name)

    # The rest

    def settings(self, **settings: Any) -> None:
        """signatures, clock_offset_ms, iterator_ttl_ms, describe_page, records_page, scan_page, scan_empty_every,
        table_delay_ms, list_page."""
        self.call("POST", "settings", settings)

    def add_key(
        self, key_id: str, secret: str, token: str = "", expires_ms: int = 0, operator: bool = False
    ) -> None:
        """One more key; the role does not bind an operator's."""
        key = {"id": key_id, "secret": secret, "token": token, "expires_ms": expires_ms, "operator": operator}
        self.call("POST", "keys", key)

    def stats(self) -> dict[str, Any]:
        return dict(self.call("GET", "stats"))

    def denied(self) -> list[dict[str, Any]]:
        """What the role refused: [{"action", "resource", "calls"}]."""
        return list(self.stats()["denied"])

    def calls(self, operation: str, resource: str | None = None) -> int:
        """How often an operation was called."""
        return sum(
            int(entry["calls"])
            for entry in self.stats()["operations"]
            if entry["operation"] == operation and resource in (None, entry["resource"])
        )

    def in_flight(self) -> dict[str, Any]:
        """{"total", "parked", "by": {"firehose.PutRecordBatch": {"orders": 3}}} at this moment."""
        return dict(self.call("GET", "in_flight"))

    def wait_parked(self, count: int = 1, seconds: float = 60.0) -> None:
        """Returns once `count` calls are parked in hold rules: they are provably in flight."""
        until = time.monotonic() + seconds
        while int(self.in_flight()["parked"]) < count:
            if time.monotonic() > until:
                raise TimeoutError(f"fewer than {count} calls are parked: {self.in_flight()}")
            time.sleep(0.01)

    def wait_answered(self, *operations: str, seconds: float = 60.0) -> None:
        """Returns once no call of them ("streams.GetRecords") is in flight: a reply counts when it has left, which its
        reader can notice first."""
        until = time.monotonic() + seconds
        while any(self.in_flight()["by"].get(operation) for operation in operations):
            if time.monotonic() > until:
                raise TimeoutError(f"calls are still not answered: {self.in_flight()}")
            time.sleep(0.01)

    def reset(self) -> None:
        """Streams, tables, delivery streams, rules and counters go; keys and settings stay."""
        self.call("POST", "reset")
