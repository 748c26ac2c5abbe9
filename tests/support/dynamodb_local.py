"""AWS's own DynamoDB Local, with its test control: real shard ends, expired iterators and trimming on demand.

with DynamoDBLocal() as local:
    local.client("dynamodb").create_table(...)
    local.rollover()
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config

from tests.support import processes

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).parent / "dynamodb_local"
HOME = ROOT / "build" / "dynamodb-local"
REGION = "us-east-1"
ACCESS_KEY = "AKIDEXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
START_SECONDS = 120  # a hang, not a slow machine


def prepare() -> None:
    """Fetches the jars with Maven and compiles the launcher into build/; later calls need no network."""
    pom, launcher = SOURCE / "pom.xml", SOURCE / "Launcher.java"
    wanted = hashlib.sha256(pom.read_bytes() + launcher.read_bytes()).hexdigest()
    stamp = HOME / "stamp"
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        shutil.rmtree(HOME / "lib", ignore_errors=True)
        maven = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", "-DincludeScope=runtime"]
        subprocess.run([*maven, f"-DoutputDirectory={HOME}/lib"], check=True, timeout=600)
        for library in (HOME / "lib").glob("libsqlite4java-linux-*.so"):
            name = library.name.rpartition("-")[0] + ".so"  # sqlite4java asks for it without the version
            (HOME / "lib" / name).symlink_to(library.name)
        javac = ["javac", "-d", str(HOME / "classes"), "-cp", f"{HOME}/lib/*", str(launcher)]
        subprocess.run(javac, check=True, timeout=300)
        stamp.write_text(wanted)


class DynamoDBLocal:
    """One server on a free port of 127.0.0.1, in memory; gone when the block ends or this process does."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.for_workers = ""  # where a worker under test reaches it; tests/integration/conftest.py sets it
        self._child: subprocess.Popen[str] | None = None
        self._output: list[str] = []

    def start(self) -> DynamoDBLocal:
        prepare()
        libraries = f"{HOME}/lib"
        self._child = subprocess.Popen(
            [
                "java",
                "-Xmx1g",
                f"-Djava.library.path={libraries}",
                f"-Dsqlite4java.library.path={libraries}",
                "-cp",
                f"{HOME}/classes:{libraries}/*",
                "Launcher",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=processes.die_with_parent,
        )
        listening = threading.Event()
        threading.Thread(target=self._read_output, args=(listening,), daemon=True).start()
        if not listening.wait(START_SECONDS) or not self.endpoint:
            self.stop()
            raise RuntimeError("DynamoDB Local did not start:\n" + "".join(self._output[-40:]))
        return self

    def _read_output(self, listening: threading.Event) -> None:
        assert self._child and self._child.stdout
        for line in self._child.stdout:
            self._output.append(line)
            if line.startswith("port "):
                self.endpoint = f"http://127.0.0.1:{line.split()[1]}"
                listening.set()
        listening.set()

    def stop(self) -> None:
        if self._child is None:
            return
        assert self._child.stdin
        self._child.stdin.close()
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None

    def __enter__(self) -> DynamoDBLocal:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def client(self, service: str) -> Any:
        """A boto3 client of this server: "dynamodb" or "dynamodbstreams"."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(retries={"max_attempts": 3}, max_pool_connections=20),
        )

    def create_table(
        self, name: str, keys: dict[str, str], view: str | None = "NEW_AND_OLD_IMAGES"
    ) -> str | None:
        """Makes a table with these keys ({"pk": "S", "sk": "N"}: hash, range); returns its stream's ARN."""
        request: dict[str, Any] = {
            "TableName": name,
            "AttributeDefinitions": [
                {"AttributeName": key, "AttributeType": kind} for key, kind in keys.items()
            ],
            "KeySchema": [
                {"AttributeName": key, "KeyType": role}
                for key, role in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            "BillingMode": "PAY_PER_REQUEST",
        }
        if view:
            request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
        made = self.client("dynamodb").create_table(**request)["TableDescription"]
        return made.get("LatestStreamArn")

    def _control(self, item: dict[str, Any]) -> None:
        self.client("dynamodb").put_item(TableName="[TEST_CONTROL]", Item=item)

    def rollover(self) -> None:
        """Closes every open shard of every table and opens its child."""
        self._control({"ACTION": {"S": "ROLLOVER"}})

    def dilate(self, hours: int) -> None:
        """Ages everything: after 1 hour iterators are expired, after 25 old shards' records are trimmed."""
        self._control({"ACTION": {"S": "DILATE_TIME"}, "HOURS": {"S": str(hours)}})
