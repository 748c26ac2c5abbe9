"""Calls to the fault server that several of its tests make, through boto3 or raw."""

from __future__ import annotations

import http.client
import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.faultd import FaultServer


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def status_of(error: pytest.ExceptionInfo[ClientError]) -> int:
    return int(error.value.response["ResponseMetadata"]["HTTPStatusCode"])


def shards_of(server: FaultServer, arn: str, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    client = server.client("dynamodbstreams")
    while True:
        page = client.describe_stream(StreamArn=arn, **options)["StreamDescription"]
        found += page["Shards"]
        if "LastEvaluatedShardId" not in page:
            return found
        options["ExclusiveStartShardId"] = page["LastEvaluatedShardId"]


def open_shard(server: FaultServer, arn: str, shard: str, kind: str = "TRIM_HORIZON", **options: Any) -> str:
    reply = server.client("dynamodbstreams").get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **options
    )
    return str(reply["ShardIterator"])


def read_shard(
    server: FaultServer, arn: str, shard: str, most_pages: int = 1000
) -> tuple[list[dict[str, Any]], bool]:
    """All records, and whether the shard ended."""
    client = server.client("dynamodbstreams")
    iterator: str | None = open_shard(server, arn, shard)
    records: list[dict[str, Any]] = []
    for _ in range(most_pages):
        reply = client.get_records(ShardIterator=iterator)
        records += reply["Records"]
        iterator = reply.get("NextShardIterator")
        if iterator is None:
            return records, True
        if not reply["Records"]:
            return records, False
    raise AssertionError("no end in sight")


def raw_call(
    server: FaultServer, target: str, body: bytes, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Unsigned, without a client's interpretation."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/", body, {"X-Amz-Target": target} | (headers or {}))
    reply = connection.getresponse()
    answer = reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
    connection.close()
    return answer


def raw_pages(server: FaultServer, arn: str, shard: str) -> Iterator[bytes]:
    """The text of every page, as a worker sees it."""
    server.settings(signatures=False)
    iterator = json.dumps(open_shard(server, arn, shard))
    while iterator != "null":
        _, headers, body = raw_call(
            server, "DynamoDBStreams_20120810.GetRecords", b'{"ShardIterator":%s}' % iterator.encode()
        )
        assert int(headers["x-amz-crc32"]) == zlib.crc32(body)
        page = json.loads(body)
        yield body
        if not page["Records"]:
            return
        iterator = json.dumps(page.get("NextShardIterator"))


def lines_of(page: bytes, shard: str) -> list[bytes]:
    """The landed lines of a page: images byte for byte, cut out by position."""
    lines = []
    for record in json.loads(page)["Records"]:
        start = page.index(record["eventID"].encode())
        begin = max(page.rfind(b'{"awsRegion"', 0, start), 0)
        following = page.find(b',{"awsRegion"', begin + 1)
        raw = page[begin : following if following > 0 else len(page)]
        change = record["dynamodb"]
        line = b'{"v":1,"event_id":"%s","op":"%s","shard":"%s","seq":"%s"' % tuple(
            text.encode()
            for text in (record["eventID"], record["eventName"], shard, change["SequenceNumber"])
        )
        line += b',"keys":' + _value_behind(raw, b'"Keys":')
        if "NewImage" in change:
            line += b',"new_image":' + _value_behind(raw, b'"NewImage":')
        lines.append(line + b"}\n")
    return lines


def _value_behind(raw: bytes, name: bytes) -> bytes:
    start = raw.index(name) + len(name)
    _, end = json.JSONDecoder().raw_decode(raw[start:].decode())
    return raw[start:].decode()[:end].encode()


def put(server: FaultServer, lines: list[bytes], name: str = "orders") -> dict[str, Any]:
    records = [{"Data": line} for line in lines]
    return dict(server.client("firehose").put_record_batch(DeliveryStreamName=name, Records=records))
