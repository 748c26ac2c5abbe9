"""A worker on a lease table that holds other things, or many more, than leases of its stream: it leaves them as they
are, says so in words, and carries what is its own."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_leases_many import PAGE, ROWS, row
from tests.support import admin
from tests.support import lease_rows as rows
from tests.support.built import is_sanitized
from tests.support.canned import Answer, Canned, error
from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker

TABLE, APP, HOSE = "orders", "orders-app", "lake"
NASTY = 'w\x1b[2J\n\u202eevil\\"<script>x</script>'
RECORDS = 100
ROW_BYTES_MOST = 4000  # of memory a row, while /leases is asked too
LEASE_TABLE: dict[str, Any] = {
    "TableName": APP,
    "TableArn": f"arn:aws:dynamodb:us-east-1:000000000000:table/{APP}",
    "TableStatus": "ACTIVE",
    "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "leaseKey", "AttributeType": "S"}],
}


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(delivery_streams=[HOSE]) as running:
        yield running


def environment(server: FaultServer, home: Path) -> dict[str, str]:
    return server.environment({"PATH": os.environ["PATH"], "HOME": str(home)})


def controls(text: str) -> set[str]:
    return {one for one in text if unicodedata.category(one) == "Cc" and one != "\n"}


def test_what_is_no_lease_of_ours_stays_as_it_is(server: FaultServer, tmp_path: Path) -> None:
    stream = server.create_stream(table=TABLE, shards=4, records=RECORDS)
    dead, broken, *_ = stream["shards"]
    client = server.client("dynamodb")
    client.create_table(
        **{name: LEASE_TABLE[name] for name in ("TableName", "KeySchema", "AttributeDefinitions")},
        BillingMode="PAY_PER_REQUEST",
    )
    another = stream["arn"].replace("/stream/20", "/stream/19")
    left_alone = [
        *rows.foreign(),
        rows.kcl1(broken) | {"leaseCounter": {"S": "x"}},
        {"leaseKey": {"S": "shardId-nothing-else"}},
        rows.kcl1("shardId-soon", checkpoint="SOON"),
        rows.kcl1("shardId-no-set") | {"parentShardId": {"S": "p"}},
    ]
    others = [rows.ours(f"shardId-{NASTY}", owner="", arn=another, checkpoint="SHARD_END")]
    for item in [*left_alone, *others, rows.ours(dead, owner=NASTY, arn=stream["arn"])]:
        client.put_item(TableName=APP, Item=item)
    words = ["--table", TABLE, "--firehose", HOSE, "--app", APP, "--failover", "3s", "--flush-age", "50ms"]
    words += ["--poll-idle", "100ms", "--admin", "127.0.0.1:0", "--log-level", "debug"]
    with Worker(words, environment(server, tmp_path), tmp_path / "state") as worker:
        wait_until(
            lambda: server.verdict()["missing"] == RECORDS,
            "three shards are carried, that of a dead owner with them",
            alive=worker.is_running,
        )
        said = worker.wait_for("rows of the lease table cannot be understood and are left alone")
        assert said["rows"] == 4 and said["table"] == APP
        shown = admin.leases(worker)
        assert (shown["totals"]["broken_rows"], shown["totals"]["other_rows"]) == (4, 4)
        assert any(
            "4 rows of the lease table cannot be understood" in one["words"] for one in shown["problems"]
        )
        assert any(move["from"] == NASTY for move in shown["moves"]), shown["moves"]
        assert {lease["shard"]: lease["state"] for lease in shown["leases"]}[broken] == "broken"
        for path in ("/", "/leases", "/metrics", "/readyz"):
            assert not controls(admin.ask(worker.admin, path).body.decode()), path
        assert admin.metrics(worker)
        assert worker.term() == 0, worker.log_text()
    assert worker.other_lines == []
    after = {item["leaseKey"]["S"]: item for item in client.scan(TableName=APP)["Items"]}
    for item in left_alone:
        assert after[item["leaseKey"]["S"]] == item, "nothing of it was written"


def test_a_hundred_thousand_rows_of_others(server: FaultServer, tmp_path: Path) -> None:
    arn = server.create_stream(table=TABLE, shards=1, records=10)["arn"]
    written: list[str] = []
    numbers = {row(number)["leaseKey"]["S"]: number for number in range(ROWS)}

    def scan(request: dict[str, Any]) -> Answer:
        if request["TableName"] != APP:
            return error("ResourceNotFoundException")
        first = int(request.get("ExclusiveStartKey", {"leaseKey": {"S": "0"}})["leaseKey"]["S"])
        items = [row(number) for number in range(first, min(first + PAGE, ROWS))]
        more = {"LastEvaluatedKey": {"leaseKey": {"S": str(first + PAGE)}}} if first + PAGE < ROWS else {}
        return 200, {"Items": items, **more}

    def get(request: dict[str, Any]) -> Answer:
        """A row whose write was refused is asked for by itself: it is there, as the scan said."""
        number = numbers.get(request["Key"]["leaseKey"]["S"])
        return 200, {} if number is None else {"Item": row(number)}

    def write(request: dict[str, Any]) -> Answer:
        written.append(request["Key"]["leaseKey"]["S"])
        return error("ConditionalCheckFailedException")

    canned = {
        "DescribeTable": (200, {"Table": LEASE_TABLE}),
        "Scan": scan,
        "GetItem": get,
        "UpdateItem": write,
        "DeleteItem": write,
    }
    with Canned(**canned) as table:
        settings = environment(server, tmp_path) | {"AWS_ENDPOINT_URL_DYNAMODB": table.endpoint}
        words = ["--stream-arn", arn, "--firehose", HOSE, "--app", APP, "--failover", "10m"]
        with Worker([*words, "--admin", "127.0.0.1:0"], settings, tmp_path / "state") as worker:
            wait_until(
                lambda: admin.leases(worker)["totals"]["leases"] == ROWS,
                "all are counted",
                alive=worker.is_running,
            )
            shown = admin.leases(worker)
            assert (shown["totals"]["workers"], shown["totals"]["held"]) == (501, 0)
            assert shown["leases"] is None or len(shown["leases"]) == ROWS  # None: not in time
            status = Path(f"/proc/{worker.pid}/status").read_text()
            peak_kib = int(re.search(r"VmHWM:\s+(\d+)", status)[1])  # type: ignore[index]
            print(f"{peak_kib // 1024} MiB")
            assert peak_kib * 1024 < ROWS * ROW_BYTES_MOST or is_sanitized()
            assert admin.ask(worker.admin, "/healthz").status == 200
            assert worker.term() == 0, worker.log_text()
    assert len(written) < 100, "wishes and takes of a few, never a sweep through the table"
