"""The emulators do what the tests of the whole rely on; if a new version stops, this says so first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.moto import Moto


@pytest.fixture
def local() -> Any:
    """A server of its own, for tests that age everything."""
    with DynamoDBLocal() as server:
        yield server


def iterator(local: DynamoDBLocal, arn: str, shard: dict[str, Any]) -> str:
    return local.client("dynamodbstreams").get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]


def shards(local: DynamoDBLocal, arn: str) -> list[dict[str, Any]]:
    return local.client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]


def put(local: DynamoDBLocal, table: str, key: str) -> None:
    local.client("dynamodb").put_item(TableName=table, Item={"pk": {"S": key}})


def test_it_listens_on_loopback_only(dynamodb_local: DynamoDBLocal) -> None:
    port = int(dynamodb_local.endpoint.rpartition(":")[2])
    listening = []
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = row.split()
            address, _, number = fields[1].rpartition(":")
            if fields[3] == "0A" and int(number, 16) == port:
                listening.append(address)
    assert listening
    assert all(address in ("0100007F", "0000000000000000FFFF00000100007F") for address in listening), (
        listening
    )


def test_a_rollover_ends_the_shard_and_opens_its_child(local: DynamoDBLocal) -> None:
    arn = local.create_table("rolled", {"pk": "S"})
    assert arn
    put(local, "rolled", "before")
    local.rollover()
    put(local, "rolled", "after")
    parent, child = shards(local, arn)
    assert child["ParentShardId"] == parent["ShardId"]
    assert "EndingSequenceNumber" in parent["SequenceNumberRange"]
    streams = local.client("dynamodbstreams")
    keys = []
    for shard in (parent, child):
        page = streams.get_records(ShardIterator=iterator(local, arn, shard))
        keys += [record["dynamodb"]["Keys"]["pk"]["S"] for record in page["Records"]]
        while shard is parent and page.get("NextShardIterator"):
            page = streams.get_records(ShardIterator=page["NextShardIterator"])
    assert keys == ["before", "after"]


def test_time_can_be_stretched_until_iterators_expire(local: DynamoDBLocal) -> None:
    arn = local.create_table("aged", {"pk": "S"})
    assert arn
    put(local, "aged", "old")
    old = iterator(local, arn, shards(local, arn)[0])
    local.dilate(1)
    with pytest.raises(ClientError) as failure:
        local.client("dynamodbstreams").get_records(ShardIterator=old)
    assert failure.value.response["Error"]["Code"] == "ExpiredIteratorException"


def test_it_ends_with_its_owner() -> None:
    local = DynamoDBLocal().start()
    child = local._child
    assert child and child.poll() is None
    local.stop()
    assert child.poll() is not None


def test_moto_lands_what_firehose_gets(moto: Moto) -> None:
    bucket = moto.create_delivery_stream("seen")
    answer = moto.client("firehose").put_record_batch(
        DeliveryStreamName="seen", Records=[{"Data": b"one\n"}, {"Data": b"two\n"}]
    )
    assert answer["FailedPutCount"] == 0
    assert b"".join(moto.landed(bucket)) == b"one\ntwo\n"
