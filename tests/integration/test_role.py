"""The task role of deploy/ecs/penstock.yaml: the fault server enforces it as AWS does, and a worker needs no more."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.built import ROOT, built
from tests.support.faultd import ACCESS_KEY, FaultServer
from tests.support.penstock import Worker
from tests.support.role import Role

TABLE, APP, HOSE = "orders", "penstock-orders", "lake"
EXACT = Role(TABLE, APP, HOSE)
LEASE_TABLE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "leaseKey", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def make_lease_table(server: FaultServer) -> None:
    """As the template does."""
    server.client("dynamodb").create_table(TableName=APP, **LEASE_TABLE)


def worker(server: FaultServer, folder: Path) -> Worker:
    words = ["--table", TABLE, "--firehose", HOSE, "--app", APP, "--failover", "3s", "--flush-age", "50ms"]
    return Worker(words, server.environment(), folder)


def test_a_worker_lives_its_whole_life_within_exactly_its_role(tmp_path: Path) -> None:
    """Start, shards that split, clean-up of finished leases, stop: nothing is refused, every write lands."""
    with FaultServer(role=EXACT, delivery_streams=[HOSE]) as server:
        make_lease_table(server)
        server.create_stream(table=TABLE, shards=2, generations=1, records=500)
        with worker(server, tmp_path) as running:
            verdict = server.wait_all_accepted(alive=running.is_running)
            assert running.term() == 0, running.log_text()
        assert (verdict["missing"], verdict["different"]) == (0, 0)
        assert server.denied() == []
        assert server.calls("UpdateItem", APP) > 0 and server.calls("PutItem", APP) > 0


def test_without_a_lease_table_the_missing_right_is_named(tmp_path: Path) -> None:
    with FaultServer(role=Role(TABLE, APP, HOSE, denials=True), delivery_streams=[HOSE]) as server:
        server.create_stream(table=TABLE)
        with worker(server, tmp_path) as running:
            assert running.wait() != 0
        assert "dynamodb:CreateTable" in running.log_text() and APP in running.log_text()
        assert [(entry["action"], entry["resource"]) for entry in server.denied()] == [
            ("dynamodb:CreateTable", f"arn:aws:dynamodb:us-east-1:000000000000:table/{APP}")
        ]


CALLS: list[tuple[str, str, dict[str, Any], str | None]] = [
    ("dynamodb", "describe_table", {"TableName": TABLE}, None),
    ("dynamodb", "describe_table", {"TableName": APP}, None),
    ("dynamodb", "scan", {"TableName": APP}, None),
    ("dynamodb", "scan", {"TableName": TABLE}, "table/orders"),
    ("dynamodb", "scan", {"TableName": "penstock-orders2"}, "table/penstock-orders2"),
    ("dynamodb", "put_item", {"TableName": TABLE, "Item": {"pk": {"S": "a"}}}, "table/orders"),
    ("dynamodb", "delete_item", {"TableName": APP, "Key": {"leaseKey": {"S": "a"}}}, None),
    ("dynamodb", "delete_table", {"TableName": APP}, "table/penstock-orders"),
    ("dynamodb", "list_tables", {}, "*"),
    ("dynamodbstreams", "list_streams", {}, "*"),
    ("firehose", "put_record_batch", {"DeliveryStreamName": HOSE, "Records": [{"Data": b"x"}]}, None),
    (
        "firehose",
        "put_record_batch",
        {"DeliveryStreamName": "other", "Records": [{"Data": b"x"}]},
        "deliverystream/other",
    ),
    ("firehose", "put_record", {"DeliveryStreamName": HOSE, "Record": {"Data": b"x"}}, "deliverystream/lake"),
]


def test_a_call_beyond_the_role_gets_what_aws_says() -> None:
    role = Role(TABLE, APP, HOSE, denials=True)
    with FaultServer(role=role, delivery_streams=[HOSE, "other"]) as server:
        make_lease_table(server)
        arn = server.create_stream(table=TABLE)["arn"]
        elsewhere = server.create_stream(table="others")["arn"]
        for service, operation, arguments, refused in CALLS:
            client = server.client(service, aws_access_key_id=ACCESS_KEY)
            if refused is None:
                getattr(client, operation)(**arguments)
                continue
            with pytest.raises(ClientError) as caught:
                getattr(client, operation)(**arguments)
            error = caught.value.response["Error"]
            assert error["Code"] == "AccessDeniedException", error
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
            assert "is not authorized to perform: " in error["Message"] and refused in error["Message"], error
        streams = server.client("dynamodbstreams", aws_access_key_id=ACCESS_KEY)
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        at = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        assert streams.get_records(ShardIterator=streams.get_shard_iterator(**at)["ShardIterator"])["Records"]
        with pytest.raises(ClientError, match="AccessDenied"):
            streams.describe_stream(StreamArn=elsewhere)
        # An iterator that another key got is no way round the role.
        foreign = server.client("dynamodbstreams")
        shard = foreign.describe_stream(StreamArn=elsewhere)["StreamDescription"]["Shards"][0]["ShardId"]
        at = {"StreamArn": elsewhere, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        with pytest.raises(ClientError, match="AccessDenied"):
            streams.get_records(ShardIterator=foreign.get_shard_iterator(**at)["ShardIterator"])
        denied = server.denied()
        assert sum(entry["calls"] for entry in denied) == sum(call[3] is not None for call in CALLS) + 2
        server.reset()
        assert server.denied() == []


def test_a_refusal_that_no_test_expects_fails_it() -> None:
    with pytest.raises(AssertionError, match="dynamodb:ListTables"), FaultServer(role=EXACT) as server:
        with pytest.raises(ClientError):
            server.client("dynamodb", aws_access_key_id=ACCESS_KEY).list_tables()


def statement(**members: Any) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "*"} | members
    return {"Version": "2012-10-17", "Statement": [allow]}


@pytest.mark.parametrize(
    "policy",
    [
        statement(Effect="Deny"),
        statement(Condition={"StringEquals": {"a": "b"}}),
        statement(Action=[1]),
        statement(NotResource="*"),
        {"Version": "2012-10-17"},
        [],
    ],
)
def test_a_policy_that_it_would_only_half_enforce_is_refused(tmp_path: Path, policy: Any) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(policy))
    done = subprocess.run(
        [built("faultd"), "--role", path],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1 and "policy.json" in done.stderr and done.stdout == ""


def actions_of(role: Role) -> set[str]:
    return {
        action.split(":")[1]
        for entry in role.policy()["Statement"]
        for action in ([entry["Action"]] if isinstance(entry["Action"], str) else entry["Action"])
    }


def test_the_role_has_an_action_for_each_call_that_the_program_can_make_and_no_other() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "aws").glob("*.c"))
    made = set(
        re.findall(r'call\([a-z]+, "([A-Z]\w+)"|\.operation = "([A-Z]\w+)"|do_write\(\w+, "(\w+)"', sources)
    )
    calls = {name for names in made for name in names if name}
    assert len(calls) >= 10
    # `dead-letter` is an operator's command; a worker puts objects only where a setting has it land or keep something.
    calls -= {"ListObjectsV2", "GetObject", "DeleteObject"}
    calls -= {
        "PutRecords",
        "DescribeStreamSummary",
    }  # of a Kinesis data stream, which the template does not make
    # The template makes the lease table; or there is one, whose leases can be of an earlier stream.
    assert calls - {"CreateTable", "ListStreams", "PutObject"} == actions_of(EXACT)
    assert calls - {"CreateTable", "PutObject"} == actions_of(Role(TABLE, APP, HOSE, takes_over=True))
    for option in ({"letters": "x"}, {"large": True}, {"spill": "15m"}):
        assert actions_of(EXACT) | {"PutObject"} == actions_of(
            Role(TABLE, APP, HOSE, bucket="lake", **option)
        )
