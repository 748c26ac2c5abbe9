"""A source table, its application and a worker's folder, for tests of `penstock leases`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.fleet import wait_until
from tests.support.landing import read_folder
from tests.support.penstock import Worker, aws_environment
from tests.support.penstock import run as run_command

Row = dict[str, Any]


def key_only(table: str) -> dict[str, Any]:
    return {
        "TableName": table,
        "AttributeDefinitions": [{"AttributeName": "leaseKey", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }


@dataclass
class Stage:
    """A source table, its application, and a folder that the worker lands in."""

    local: DynamoDBLocal
    table: str
    folder: Path

    @property
    def app(self) -> str:
        return f"penstock-{self.table}"

    @property
    def environment(self) -> dict[str, str]:
        return aws_environment(dynamodb=self.local.endpoint, home=self.folder)

    def leases(self, *words: str, endpoint: str | None = None) -> tuple[int, str, str]:
        """Runs `penstock leases WORDS...` for the application."""
        environment = aws_environment(dynamodb=endpoint or self.local.endpoint, home=self.folder)
        return run_command(["leases", *words, "--app", self.app], environment)

    def changes(self, *words: str, code: int = 0, endpoint: str | None = None) -> list[Row]:
        done, out, err = self.leases(*words, "-o", "json", endpoint=endpoint)
        assert done == code, (done, out, err)
        return json.loads(out)["changes"]

    def change(self, *words: str, code: int = 0, endpoint: str | None = None) -> Row:
        (change,) = self.changes(*words, code=code, endpoint=endpoint)
        return change

    def rewind(self, *words: str) -> Row:
        return self.change("rewind", *words, "--execute", "--yes", "--undo-dir", str(self.folder))

    def undo_file(self) -> Path:
        return max(
            self.folder.glob(f"penstock-undo-{self.app}-*.jsonl"), key=lambda path: path.stat().st_mtime_ns
        )

    def rows(self) -> list[Row]:
        return self.local.client("dynamodb").scan(TableName=self.app, ConsistentRead=True)["Items"]

    def row(self) -> Row:
        (row,) = self.rows()
        return row

    def put(self, *keys: str) -> None:
        client = self.local.client("dynamodb")
        for key in keys:
            client.put_item(TableName=self.table, Item={"pk": {"S": key}})

    def worker(self) -> Worker:
        words = ["--table", self.table, "--file", str(self.folder / "landed"), "--flush-age", "20ms"]
        words += ["--failover", "10s", "--poll", "50ms", "--poll-idle", "100ms", "--worker-id", "w"]
        return Worker(words, self.environment, self.folder / "state")

    def landed(self) -> list[Row]:
        return list(read_folder(self.folder / "landed"))

    def keys(self) -> Counter[str]:
        return Counter(line["keys"]["pk"]["S"] for line in self.landed())

    def carry(self, lines: int) -> None:
        """A worker runs until so many lines have landed in all, and stops in order."""
        with self.worker() as worker:
            wait_until(lambda: len(self.landed()) >= lines, f"{lines} lines", alive=worker.is_running)
            assert worker.term() == 0

    def make_leases(self, *rows: Row) -> None:
        client = self.local.client("dynamodb")
        client.create_table(**key_only(self.app))
        for row in rows:
            client.put_item(TableName=self.app, Item=row)


def lease(key: str, **attributes: Any) -> Row:
    """A row as KCL writes it; None leaves an attribute out."""
    row = {
        "leaseKey": {"S": key},
        "leaseCounter": {"N": "7"},
        "leaseOwner": {"S": "java-1"},
        "checkpoint": {"S": "300000000000000000000000005"},
        "checkpointSubSequenceNumber": {"N": "0"},
        "ownerSwitchesSinceCheckpoint": {"N": "2"},
    }
    row |= attributes
    return {name: value for name, value in row.items() if value is not None}


SHARD = "shardId-00000001763900000000-1a2b3c4d"
