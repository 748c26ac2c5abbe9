"""The fault server's recording, validated by AWS's models, and its forwarding to real emulators."""

from __future__ import annotations

import http.client
import json
import threading
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
from botocore.exceptions import ClientError

from tests.support import validate_recording
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import SECRET_KEY, FaultServer
from tests.support.faultd_calls import raw_call
from tests.support.moto import Moto


def every_operation(server: FaultServer) -> None:
    """One call of each operation, and one refusal of each service."""
    made = server.create_stream(shards=2, records=300, generations=1)
    dynamodb, streams, firehose = (
        server.client(name) for name in ("dynamodb", "dynamodbstreams", "firehose")
    )
    key = {"leaseKey": {"S": "a"}}
    dynamodb.create_table(
        TableName="leases",
        AttributeDefinitions=[{"AttributeName": "leaseKey", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "leaseKey", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.describe_table(TableName="leases")
    dynamodb.describe_table(TableName="orders")
    dynamodb.list_tables()
    dynamodb.put_item(TableName="leases", Item=key | {"b": {"B": b"\0\1"}, "n": {"N": "1.50"}})
    dynamodb.get_item(TableName="leases", Key=key)
    dynamodb.update_item(
        TableName="leases", Key=key, UpdateExpression="ADD n :o", ExpressionAttributeValues={":o": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )  # fmt: skip
    dynamodb.scan(TableName="leases", Limit=1)
    with pytest.raises(ClientError):
        dynamodb.put_item(
            TableName="leases", Item=key, ConditionExpression="attribute_not_exists(leaseKey)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )  # fmt: skip
    dynamodb.delete_item(TableName="leases", Key=key, ReturnValues="ALL_OLD")
    dynamodb.delete_table(TableName="leases")
    streams.list_streams()
    for shard in streams.describe_stream(StreamArn=made["arn"])["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=made["arn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        streams.get_records(ShardIterator=iterator)
    firehose.put_record(DeliveryStreamName="orders", Record={"Data": b"x"})
    firehose.put_record_batch(DeliveryStreamName="orders", Records=[{"Data": b"x"}, {"Data": b"\xff\0"}])
    with pytest.raises(ClientError):
        firehose.put_record(DeliveryStreamName="absent", Record={"Data": b"x"})
    firehose.describe_delivery_stream(DeliveryStreamName="orders")
    sts = server.client("sts")
    sts.get_caller_identity()
    sts.assume_role(RoleArn="arn:aws:iam::000000000000:role/x", RoleSessionName="session")


def test_all_requests_and_replies_are_what_the_models_allow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "record.jsonl"
    with FaultServer(role=None, delivery_streams=["orders"], record=path) as server:
        every_operation(server)
        with server.fault("partial", service="firehose"):
            server.client("firehose").put_record_batch(DeliveryStreamName="orders", Records=[{"Data": b"x"}])
        with server.fault("throttle"), pytest.raises(ClientError):
            server.client("dynamodb").list_tables()
        with server.fault("garbage"), pytest.raises(UnicodeError):
            server.client("dynamodb").list_tables()
        with server.fault("lost"), pytest.raises(botocore.exceptions.ConnectionClosedError):
            server.client("dynamodb").list_tables()
        assert server.stats()["recording"]["dropped"] == 0
    assert validate_recording.main([str(path)]) == 0, capsys.readouterr().out
    findings = validate_recording.validate(path.read_text().splitlines())
    assert len(findings.operations) == 18
    assert SECRET_KEY not in path.read_text()


def recorded(tmp_path: Path, target: str, body: bytes, **headers: str) -> list[str]:
    """What the validator says of one raw request."""
    path = tmp_path / "one.jsonl"
    path.unlink(missing_ok=True)
    with FaultServer(role=None, record=path, signatures=False) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        sent = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"}
        connection.request("POST", "/", body, sent | headers)
        connection.getresponse().read()
        connection.close()
    return validate_recording.validate(path.read_text().splitlines()).problems


@pytest.mark.parametrize(
    ("target", "body", "words"),
    [
        ("DynamoDB_20120810.GetItem", b'{"TableName":"t-1"}', "Key: required"),
        ("DynamoDB_20120810.GetItem", b'{"TableName":"t-1","Key":{},"Kye":1}', "Kye: unknown"),
        ("DynamoDB_20120810.GetItem", b'{"TableName":5,"Key":{}}', "a string is wanted"),
        (
            "DynamoDB_20120810.GetItem",
            b'{"TableName":"t-1","Key":{"k":{"S":"a","N":"1"}}}',
            "exactly one type",
        ),
        ("DynamoDB_20120810.GetItem", b'{"TableName":"t-1","Key":{"k":{"N":1}}}', "a string is wanted"),
        ("DynamoDB_20120810.GetItem", b'{"TableName":"t-1","Key":{"k":{"B":"%%"}}}', "no base64"),
        (
            "DynamoDB_20120810.GetItem",
            b'{"TableName":"t-1","Key":{},"ConsistentRead":"yes"}',
            "a boolean is wanted",
        ),
        ("DynamoDB_20120810.Scan", b'{"TableName":"t-1","Limit":0}', "0 is not in 1"),
        ("DynamoDB_20120810.UpdateItem", b'{"TableName":"t-1","Key":{},"ReturnValues":"NEW"}', "is none of"),
        ("DynamoDB_20120810.CreateThing", b"{}", "no operation"),
        ("DynamoDB_20120810.ListTables", b"{", "no JSON"),
        ("DynamoDBStreams_20120810.GetRecords", b'{"ShardIterator":"i","Limit":1.5}', "integer is wanted"),
        ("DynamoDBStreams_20120810.DescribeStream", b'{"StreamArn":"arn:short"}', "length 9"),
        ("Firehose_20150804.PutRecordBatch", b'{"DeliveryStreamName":"a b","Records":[]}', "does not match"),
        ("Firehose_20150804.PutRecordBatch", b'{"DeliveryStreamName":"a","Records":[]}', "length 0"),
        (
            "Firehose_20150804.PutRecordBatch",
            b'{"DeliveryStreamName":"a","Records":[{"Data":"x"}]}',
            "no base64",
        ),
        ("Firehose_20150804.PutRecordBatch", b'{"DeliveryStreamName":"a","Records":[]}', "content-type is"),
        ("Else_2020.Thing", b"{}", "no known service"),
    ],
)
def test_the_validator_finds_what_is_wrong(tmp_path: Path, target: str, body: bytes, words: str) -> None:
    assert any(words in problem for problem in recorded(tmp_path, target, body))


def test_the_validator_finds_odd_headers_and_empty_recordings(tmp_path: Path) -> None:
    problems = recorded(tmp_path, "DynamoDB_20120810.ListTables", b"{}", **{"X-Odd": "1"})
    assert any("x-odd" in problem for problem in problems)
    (tmp_path / "empty").write_text("")
    assert validate_recording.main([str(tmp_path / "empty")]) == 1


def test_only_a_spoilt_reply_may_be_too_long_to_record(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    with FaultServer(role=None, record=path, signatures=False) as server, server.fault("oversize"):
        raw_call(
            server, "DynamoDB_20120810.ListTables", b"{}", {"Content-Type": "application/x-amz-json-1.0"}
        )
    exchange = json.loads(path.read_text().splitlines()[0])
    assert exchange["reply_truncated"]
    too_long = "too long to be recorded"
    assert too_long not in str(validate_recording.validate([json.dumps(exchange)]).problems)
    assert too_long in str(validate_recording.validate([json.dumps(exchange | {"fault": "delay"})]).problems)
    assert too_long in str(
        validate_recording.validate([json.dumps(exchange | {"body_truncated": True})]).problems
    )


def test_a_recording_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "small.jsonl"
    server = FaultServer(role=None, record=path, delivery_streams=["orders"])
    server.arguments += ["--record-bytes", "20000"]
    with server:
        for _ in range(40):
            server.client("firehose").put_record(DeliveryStreamName="orders", Record={"Data": b"x" * 700})
        recording = server.stats()["recording"]
    assert recording["written"] + recording["dropped"] == 40 and recording["dropped"] > 10
    assert path.stat().st_size <= 20000
    assert len(path.read_text().splitlines()) == recording["written"]


def test_dynamodb_local_behind_the_faults(dynamodb_local: DynamoDBLocal, tmp_path: Path) -> None:
    """The same calls, answered by the real emulator; a lost answer has had its effect there."""
    record = tmp_path / "forwarded.jsonl"
    with FaultServer(
        role=None, upstream_dynamodb=dynamodb_local.endpoint, delivery_streams=["orders"], record=record
    ) as server:
        table = f"forwarded-{server.port}"
        arn = dynamodb_local.create_table(table, {"leaseKey": "S"})
        client = server.client("dynamodb")
        key = {"leaseKey": {"S": "a"}}
        with server.fault("lost", operation="PutItem", resource=table, times=1):
            with pytest.raises(botocore.exceptions.ConnectionClosedError):
                client.put_item(TableName=table, Item=key)
        with server.fault("reset", operation="DeleteItem", times=1):
            with pytest.raises(
                (botocore.exceptions.ConnectionClosedError, botocore.exceptions.HTTPClientError)
            ):
                client.delete_item(TableName=table, Key=key)
        assert client.get_item(TableName=table, Key=key)["Item"] == key
        with pytest.raises(ClientError) as error:
            client.put_item(TableName=table, Item=key, ConditionExpression="attribute_not_exists(leaseKey)")
        assert error.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
        streams = server.client("dynamodbstreams")
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        assert len(streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]) == 1
        with pytest.raises(ClientError):
            server.client("dynamodb", aws_secret_access_key="wrong").list_tables()
        server.client("firehose").put_record(DeliveryStreamName="orders", Record={"Data": b"here"})
        assert server.delivery_streams()[0]["records"] == 1
    findings = validate_recording.validate(record.read_text().splitlines())
    assert findings.problems == [] and findings.exchanges >= 9


def test_moto_behind_the_faults(moto: Moto) -> None:
    moto.create_delivery_stream("behind")
    with FaultServer(role=None, upstream_firehose=moto.endpoint) as server:
        reply = server.client("firehose").put_record_batch(
            DeliveryStreamName="behind", Records=[{"Data": b"x"}] * 3
        )
        assert len(reply["RequestResponses"]) == 3
        with server.fault("throttle"), pytest.raises(ClientError):
            server.client("firehose").put_record(DeliveryStreamName="behind", Record={"Data": b"x"})


def test_an_upstream_that_is_away_is_a_bad_gateway() -> None:
    with FaultServer(role=None, upstream_dynamodb="http://127.0.0.1:1") as server:
        with pytest.raises(ClientError) as error:
            server.client("dynamodb").list_tables()
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 502


def test_many_connections_at_once() -> None:
    with FaultServer(role=None) as server:
        read_at_once(server)


def read_at_once(server: FaultServer) -> None:
    made = server.create_stream(shards=8, records=2000)
    failures: list[BaseException] = []

    def read(shard: str) -> None:
        try:
            client: Any = server.client("dynamodbstreams")
            iterator = client.get_shard_iterator(
                StreamArn=made["arn"], ShardId=shard, ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            for _ in range(3):
                iterator = client.get_records(ShardIterator=iterator)["NextShardIterator"]
        except BaseException as error:  # reported by the main thread
            failures.append(error)

    threads = [threading.Thread(target=read, args=(shard,)) for shard in made["shards"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == [] and server.stats()["records_read"] == 16_000
