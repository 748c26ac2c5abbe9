"""Each write to the lease table, with its condition, against two servers that parse the expressions themselves:
what the rules and their simulation believe of a write is what DynamoDB does."""

from __future__ import annotations

import os
import random
import subprocess
import uuid
from pathlib import Path

import pytest

from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer
from tests.support.penstock import aws_environment, build_folder
from tests.support.role import MAKES_LEASE_TABLE

CASES = 400


def run_writes(environment: dict[str, str], table: str) -> subprocess.CompletedProcess[str]:
    seed = os.environ.get("PENSTOCK_TEST_SEED") or str(random.randrange(1_000_000))
    tool = build_folder() / "tests" / "support" / "lease_writes"
    return subprocess.run(
        [tool, table, str(CASES), seed],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_dynamodb_local_agrees_with_the_model(dynamodb_local: DynamoDBLocal, tmp_path: Path) -> None:
    environment = aws_environment(dynamodb=dynamodb_local.for_workers, home=tmp_path)
    table = f"leases-{uuid.uuid4().hex[:8]}"
    done = run_writes(environment, table)
    assert done.returncode == 0, done.stderr
    assert f"{CASES} cases agree" in done.stdout
    described = dynamodb_local.client("dynamodb").describe_table(TableName=table)["Table"]
    assert described["KeySchema"] == [{"AttributeName": "leaseKey", "KeyType": "HASH"}]
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_the_fault_server_agrees_with_the_model(tmp_path: Path) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE) as server:
        done = run_writes(aws_environment(dynamodb=server.endpoint, home=tmp_path), "leases")
        assert done.returncode == 0, done.stderr
        assert f"{CASES} cases agree" in done.stdout


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ([("id", "S", "HASH")], "its key is 'id' (S)"),
        ([("leaseKey", "N", "HASH")], "its key is 'leaseKey' (N)"),
        ([("leaseKey", "S", "HASH"), ("at", "N", "RANGE")], "with 'at'"),
    ],
)
def test_a_table_of_another_shape_is_refused_in_words(
    dynamodb_local: DynamoDBLocal, tmp_path: Path, schema: list[tuple[str, str, str]], words: str
) -> None:
    table = f"other-{uuid.uuid4().hex[:8]}"
    dynamodb_local.client("dynamodb").create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind, _ in schema],
        KeySchema=[{"AttributeName": name, "KeyType": role} for name, _, role in schema],
    )
    done = run_writes(aws_environment(dynamodb=dynamodb_local.for_workers, home=tmp_path), table)
    assert done.returncode == 1
    assert table in done.stderr and words in done.stderr and "--app" in done.stderr
