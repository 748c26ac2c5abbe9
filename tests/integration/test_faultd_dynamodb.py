"""The fault server's DynamoDB: every case of a table is put to DynamoDB Local too, and both must say the same."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer

ITEM: dict[str, Any] = {
    "leaseKey": {"S": "shard-1"},
    "leaseOwner": {"S": "worker-a"},
    "leaseCounter": {"N": "7"},
    "tags": {"SS": ["a", "b"]},
    "sizes": {"NS": ["1", "2.5"]},
    "blob": {"B": b"\x01\x02\x03"},
    "flag": {"BOOL": True},
    "none": {"NULL": True},
    "map": {"M": {"a": {"N": "1"}, "list": {"L": [{"S": "x"}, {"S": "y"}]}}},
    "list": {"L": [{"N": "1"}, {"S": "two"}]},
    "text": {"S": "héllo"},
    "big": {"N": "12345678901234567890123456789012345678"},
}
KEY = {"leaseKey": ITEM["leaseKey"]}
VALUES: dict[str, Any] = {
    ":me": {"S": "worker-a"}, ":you": {"S": "worker-b"}, ":n": {"N": "7"}, ":m": {"N": "7.0"}, ":one": {"N": "1"},
    ":ten": {"N": "10"}, ":s": {"S": "7"}, ":pre": {"S": "work"}, ":t": {"BOOL": True}, ":a": {"S": "a"},
    ":set": {"SS": ["b", "c"]}, ":all": {"SS": ["b", "a"]}, ":ns": {"NS": ["2.5", "9"]}, ":type": {"S": "N"},
    ":x": {"S": "x"}, ":l": {"L": [{"S": "more"}]}, ":bp": {"B": b"\x01\x02"}, ":null": {"NULL": True}, ":e": {"S": ""},
    ":tiny": {"N": "1E-37"}, ":huge": {"N": "9.9E+125"}, ":five": {"N": "5"}, ":hm": {"S": "é"},
    ":map": {"M": {"a": {"N": "1.0"}}}, ":wide": {"N": "0.0000000000000000000000000000000000001"},
}  # fmt: skip
NAMES = {"#o": "leaseOwner", "#c": "leaseCounter", "#s": "status", "#m": "map"}

CONDITIONS = [
    "leaseCounter = :n", "leaseCounter = :m", "leaseCounter = :s", "leaseCounter <> :n", "nothing <> :n",
    "nothing = :n",
    "leaseCounter < :ten", "leaseCounter > :ten", "leaseCounter <= :n", "leaseCounter >= :n", "leaseCounter < :s",
    ":n = leaseCounter", ":n < :ten", "#o = :me", "#o = :you", "text > :me",
    "attribute_exists(leaseKey)", "attribute_not_exists(leaseKey)", "attribute_exists(map.a)", "attribute_exists(#m.b)",
    "attribute_exists(list[1])", "attribute_exists(list[2])", "attribute_not_exists(map.list[5])",
    "attribute_exists (leaseKey)",
    "begins_with(leaseOwner, :pre)", "begins_with(nothing, :pre)", "begins_with(blob, :bp)", "begins_with(text, :me)",
    "contains(tags, :a)", "contains(text, :hm)", "contains(list, :one)", "contains(leaseOwner, :a)",
    "attribute_type(leaseCounter, :type)", "attribute_type(text, :type)", "size(text) = :five", "size(tags) > :one",
    "size(list) >= :one", "size(nothing) = :one", "size(blob) < :ten",
    "leaseCounter BETWEEN :one AND :ten", "leaseCounter between :ten and :one", "leaseCounter IN (:one, :n, :ten)",
    "leaseOwner IN (:you)", "tags = :all", "tags = :set", "flag = :t", "none = :null", "map.a = :one", "map = :map",
    "map.list[0] = :x", "NOT leaseCounter = :n", "NOT attribute_exists(nothing)", "NOT NOT leaseCounter = :n",
    "leaseCounter = :n AND leaseOwner = :me", "leaseCounter = :one OR leaseOwner = :me",
    "leaseCounter = :one AND leaseOwner = :me OR flag = :t", "leaseCounter = :one AND (leaseOwner = :me OR flag = :t)",
    "leaseCounter = :n AND NOT leaseOwner = :you", "(leaseCounter = :n) AND (flag = :t)",
    "(leaseCounter = :n AND (flag = :t))", "NOT (leaseCounter = :n)", "(NOT (leaseCounter = :n))",
    "((leaseCounter = :n) AND flag = :t)",
    "((leaseCounter = :n))", "((leaseCounter = :n) OR (flag = :t))", "((((leaseCounter = :n))))",
    "attribute_not_exists(leaseKey) OR (leaseCounter = :n AND attribute_not_exists(checkpointOwner))",
    # malformed
    "leaseCounter =", "= :n", "leaseCounter = :n AND", "(leaseCounter = :n", "leaseCounter = :n)", "leaseCounter == :n",
    "leaseCounter = :unknown", "#unknown = :n", "status = :n", "flag < :t", "begins_with(leaseOwner, :n)",
    "attribute_exists(:n)", "no_such_function(leaseKey)", "leaseCounter = :n ; x", "leaseCounter ! :n", "leaseKey",
    "attribute_exists(leaseKey, leaseOwner)", "contains(tags)", "map..a = :n", "list[x] = :n", "leaseCounter IN :n",
    "leaseCounter BETWEEN :one", "AND", "a = :n b = :n",
]  # fmt: skip

UPDATES = [
    "SET leaseCounter = :ten", "SET leaseCounter = leaseCounter + :one", "SET leaseCounter = leaseCounter - :ten",
    "SET a = :n, b = :me", "SET #s = :me", "SET a = leaseCounter", "SET a = if_not_exists(a, :n)",
    "SET leaseCounter = if_not_exists(leaseCounter, :ten) + :one", "SET a = if_not_exists(nothing, leaseOwner)",
    "SET list = list_append(list, :l)", "SET list = list_append(:l, list)", "SET map.a = :me", "SET map.b = :me",
    "SET list[0] = :me", "SET list[9] = :me", "SET map.list[1] = :me", "SET a = :tiny", "SET big = big + :one",
    "SET leaseCounter = leaseCounter + :tiny", "SET a = :e", "SET leaseOwner = :you REMOVE checkpointOwner",
    "SET leaseCounter = :one ADD a :one REMOVE text DELETE tags :set", "set a = :n remove b add c :one",
    "ADD leaseCounter :one", "ADD a :one", "ADD tags :set", "ADD a :set", "ADD sizes :ns", "DELETE tags :set",
    "DELETE tags :all", "DELETE nothing :set", "DELETE sizes :ns", "REMOVE text", "REMOVE nothing", "REMOVE map.a",
    "REMOVE list[0]", "REMOVE text, flag, none", "REMOVE map.list[0]", "ADD map.a :one", "ADD blob2 :ns",
    # refused
    "SET leaseKey = :me", "SET a = nothing", "SET a = leaseOwner + :one", "SET leaseCounter = leaseCounter + :me",
    "SET nothing.a = :n", "SET a = :n, a = :me", "SET map = :n, map.a = :n", "SET a = :n SET b = :n", "SET", "SET a",
    "SET a =", "SET a = :n,", "a = :n", "ADD leaseOwner :one", "ADD tags :one", "ADD tags :ns", "DELETE tags :one",
    "ADD a :me", "DELETE leaseOwner :set", "SET status = :n", "SET a = :unknown", "SET #unknown = :n", "REMOVE",
    "REMOVE leaseKey", "SET big = big + :huge", "SET a = list_append(leaseOwner, :l)", "SET a = other_function(a, :n)",
    "SET leaseCounter = leaseCounter + :one + :one", "ADD a", "SET a = :n WHERE b = :n", "SET map.list[0].x = :n",
    "SET big = big + :wide",
]  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer(role=None) as running:
        yield running


@pytest.fixture(scope="module")
def both(server: FaultServer, dynamodb_local: DynamoDBLocal) -> list[Any]:
    """A client of each, and one table in both; the name is new at every run."""
    clients = [server.client("dynamodb"), dynamodb_local.client("dynamodb")]
    for client in clients:
        create_table(client, TABLE)
    return clients


TABLE = f"leases-{uuid.uuid4().hex[:8]}"


def create_table(client: Any, name: str) -> None:
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "leaseKey", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "leaseKey", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def used(expression: str) -> dict[str, Any]:
    """The names and values that the expression mentions."""
    import re

    names = {name: NAMES[name] for name in re.findall(r"#\w+", expression) if name in NAMES}
    values = {name: VALUES[name] for name in re.findall(r":\w+", expression) if name in VALUES}
    request: dict[str, Any] = {}
    if names:
        request["ExpressionAttributeNames"] = names
    if values:
        request["ExpressionAttributeValues"] = values
    return request


def plain(value: Any) -> Any:
    """Sets without order, so that replies compare."""
    if isinstance(value, dict):
        return {
            name: sorted(map(str, v)) if name in ("SS", "NS", "BS") else plain(v) for name, v in value.items()
        }
    return [plain(member) for member in value] if isinstance(value, list) else value


def outcome(client: Any, operation: str, **request: Any) -> tuple[str, Any]:
    """What a call did: ("ok", what it returned) or (error code, the item it returned)."""
    try:
        reply = getattr(client, operation)(TableName=TABLE, **request)
    except ClientError as error:
        return str(error.response["Error"]["Code"]), plain(error.response.get("Item"))
    reply.pop("ResponseMetadata")
    reply.pop("ConsumedCapacity", None)  # DynamoDB Local gives it unasked
    return "ok", plain(reply)


def on_both(both: list[Any], operation: str, item: dict[str, Any] | None, **request: Any) -> list[Any]:
    """The outcome and the item afterwards, on each, starting from `item` (None: none)."""
    results = []
    for client in both:
        if item is None:
            client.delete_item(TableName=TABLE, Key=KEY)
        else:
            client.put_item(TableName=TABLE, Item=item)
        result = outcome(client, operation, **request)
        after = client.get_item(TableName=TABLE, Key=KEY, ConsistentRead=True).get("Item")
        results.append((result, plain(after)))
    return results


@pytest.mark.parametrize("there", [True, False], ids=["item", "no-item"])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions(both: list[Any], condition: str, there: bool) -> None:
    ours, theirs = on_both(
        both,
        "put_item",
        ITEM if there else None,
        Item=KEY | {"new": {"BOOL": True}},
        ConditionExpression=condition,
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
        **used(condition),
    )
    assert ours == theirs


@pytest.mark.parametrize("there", [True, False], ids=["item", "no-item"])
@pytest.mark.parametrize("update", UPDATES)
def test_updates(both: list[Any], update: str, there: bool) -> None:
    ours, theirs = on_both(
        both,
        "update_item",
        ITEM if there else None,
        Key=KEY,
        UpdateExpression=update,
        ReturnValues="ALL_NEW",
        **used(update),
    )
    assert ours == theirs


@pytest.mark.parametrize("returned", ["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
@pytest.mark.parametrize("there", [True, False], ids=["item", "no-item"])
def test_return_values(both: list[Any], returned: str, there: bool) -> None:
    update = "SET leaseOwner = :you, a = :n REMOVE text ADD leaseCounter :one"
    item = ITEM if there else None
    ours, theirs = on_both(
        both, "update_item", item, Key=KEY, UpdateExpression=update, ReturnValues=returned, **used(update)
    )
    assert ours == theirs
    for operation, subject in (("put_item", {"Item": KEY}), ("delete_item", {"Key": KEY})):
        ours, theirs = on_both(both, operation, item, ReturnValues=returned, **subject)
        assert ours == theirs, operation


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("update_item", {"Key": KEY, "UpdateExpression": "SET a = :n", "ConditionExpression": "leaseCounter = :n",
                         "ExpressionAttributeValues": {":n": VALUES[":n"]}}),
        ("update_item", {"Key": KEY, "UpdateExpression": "SET a = :n", "ConditionExpression": "leaseCounter = :ten",
                         "ExpressionAttributeValues": {":n": VALUES[":n"], ":ten": VALUES[":ten"]},
                         "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}),
        ("update_item", {"Key": KEY, "UpdateExpression": "SET a = nothing",
                         "ConditionExpression": "leaseCounter = :ten",
                         "ExpressionAttributeValues": {":ten": VALUES[":ten"]}}),
        ("update_item", {"Key": KEY}),
        ("update_item", {"Key": KEY, "ExpressionAttributeValues": {":n": VALUES[":n"]}}),
        ("update_item", {"Key": KEY, "UpdateExpression": "SET a = :n",
                         "ExpressionAttributeValues": {":n": VALUES[":n"], ":ten": VALUES[":ten"]}}),
        ("update_item", {"Key": KEY, "UpdateExpression": "SET a = :n", "ExpressionAttributeNames": {"#x": "x"},
                         "ExpressionAttributeValues": {":n": VALUES[":n"]}}),
        ("delete_item", {"Key": KEY, "ConditionExpression": "leaseOwner = :me",
                         "ExpressionAttributeValues": {":me": VALUES[":me"]}}),
        ("delete_item", {"Key": KEY, "ConditionExpression": "leaseOwner = :me",
                         "ExpressionAttributeValues": {":me": VALUES[":you"]}}),
        ("put_item", {"Item": {"other": {"S": "x"}}}),
        ("put_item", {"Item": {"leaseKey": {"N": "1"}}}),
        ("put_item", {"Item": {"leaseKey": {"S": ""}}}),
        ("put_item", {"Item": KEY | {"x": {"N": "ten"}}}),
        ("put_item", {"Item": KEY | {"x": {"N": "1" * 39}}}),
        ("put_item", {"Item": KEY | {"x": {"N": "1E+126"}}}),
        ("put_item", {"Item": KEY | {"x": {"N": "1E-131"}}}),
        ("put_item", {"Item": KEY | {"x": {"SS": []}}}),
        ("put_item", {"Item": KEY | {"x": {"SS": ["a", "a"]}}}),
        ("put_item", {"Item": KEY | {"x": {"NULL": False}}}),
        ("put_item", {"Item": KEY | {"x": {"S": "x" * 410_000}}}),
        ("put_item", {"Item": KEY | {"x": {"S": "x" * 400_000}}}),
        ("get_item", {"Key": {"other": {"S": "x"}}}),
        ("get_item", {"Key": KEY | {"other": {"S": "x"}}}),
        ("get_item", {"Key": {"leaseKey": {"N": "1"}}}),
        ("get_item", {"Key": KEY, "ProjectionExpression": "leaseOwner, #c",
                      "ExpressionAttributeNames": {"#c": "leaseCounter"}}),
        ("get_item", {"Key": {"leaseKey": {"S": "absent"}}}),
    ],
)  # fmt: skip
def test_whole_requests(both: list[Any], operation: str, request_: dict[str, Any]) -> None:
    ours, theirs = on_both(both, operation, ITEM, **request_)
    assert ours == theirs


@pytest.mark.parametrize(
    "number",
    ["0", "-0", "00012.500", "1E3", "1.5e-7", "-0.0001", "1E-130", "9.9999999999999999999999999999999999999E+125",
     "123456789012345678901234567890.12345678", "+5", ".5", "5.", "1E37", "1E38", "-1E-7"],
)  # fmt: skip
def test_numbers_keep_their_value(both: list[Any], number: str) -> None:
    from decimal import Decimal

    ours, theirs = on_both(both, "put_item", None, Item=KEY | {"x": {"N": number}})
    assert ours[0][0] == theirs[0][0]
    if ours[0][0] == "ok":
        assert Decimal(ours[1]["x"]["N"]) == Decimal(theirs[1]["x"]["N"])


def test_messages_are_those_of_aws(server: FaultServer) -> None:
    client = server.client("dynamodb")
    name = "messages"
    create_table(client, name)
    cases = [
        ({"ConditionExpression": "leaseCounter = :n"}, "attribute value: :n"),
        ({"ConditionExpression": "owner = leaseKey"}, "reserved keyword: owner"),
        ({"ConditionExpression": "a = = b"}, 'Syntax error; token: "="'),
        ({"ConditionExpression": "attribute_exists(leaseKey)"}, "The conditional request failed"),
    ]
    for request, words in cases:
        with pytest.raises(ClientError) as error:
            client.put_item(TableName=name, Item=KEY, **request)
        assert words in error.value.response["Error"]["Message"]
    with pytest.raises(ClientError) as error:
        client.get_item(TableName="absent", Key=KEY)
    assert error.value.response["Error"]["Message"] == "Requested resource not found"


def test_a_table_becomes_active_after_a_while(server: FaultServer) -> None:
    client = server.client("dynamodb")
    server.settings(table_delay_ms=300)
    try:
        create_table(client, "slow")
        assert client.describe_table(TableName="slow")["Table"]["TableStatus"] == "CREATING"
        with pytest.raises(ClientError) as error:
            client.put_item(TableName="slow", Item=KEY)
        assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"
        client.get_waiter("table_exists").wait(TableName="slow", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        client.put_item(TableName="slow", Item=KEY)
    finally:
        server.settings(table_delay_ms=0)
    with pytest.raises(ClientError) as error:
        create_table(client, "slow")
    assert error.value.response["Error"]["Code"] == "ResourceInUseException"
    client.delete_table(TableName="slow")
    with pytest.raises(ClientError):
        client.describe_table(TableName="slow")


def scan_all(client: Any, name: str, **options: Any) -> tuple[list[str], list[int]]:
    """The keys in the order of the scan, and the size of each page."""
    keys: list[str] = []
    pages: list[int] = []
    while True:
        page = client.scan(TableName=name, ConsistentRead=True, **options)
        keys += [item["leaseKey"]["S"] for item in page["Items"]]
        pages.append(len(page["Items"]))
        if "LastEvaluatedKey" not in page:
            return keys, pages
        options["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        assert len(pages) < 200


def test_scans_are_paged_and_have_empty_pages(server: FaultServer) -> None:
    client = server.client("dynamodb")
    create_table(client, "scanned")
    wanted = sorted(f"shardId-{number:04}" for number in range(25))
    for key in wanted:
        client.put_item(TableName="scanned", Item={"leaseKey": {"S": key}, "leaseCounter": {"N": "1"}})
    assert scan_all(client, "scanned") == (wanted, [25])
    assert scan_all(client, "scanned", Limit=10)[0] == wanted
    try:
        server.settings(scan_page=4)
        assert scan_all(client, "scanned") == (wanted, [4] * 6 + [1])
        server.settings(scan_empty_every=2)
        keys, pages = scan_all(client, "scanned")
        assert keys == wanted and pages.count(0) >= 6
    finally:
        server.settings(scan_page=0, scan_empty_every=0)
    with server.fault("empty_page", operation="Scan", times=2):
        keys, pages = scan_all(client, "scanned")
    assert keys == wanted and pages == [0, 0, 25]
    filtered = client.scan(
        TableName="scanned",
        FilterExpression="leaseKey > :k",
        ExpressionAttributeValues={":k": {"S": wanted[20]}},
    )
    assert (filtered["Count"], filtered["ScannedCount"]) == (4, 25)
    assert [row["leaseKey"]["S"] for row in server.rows("scanned")] == wanted


def test_legacy_conditions_are_refused_rather_than_ignored(server: FaultServer) -> None:
    client = server.client("dynamodb")
    create_table(client, "legacy")
    with pytest.raises(ClientError):
        client.put_item(TableName="legacy", Item=KEY, Expected={"leaseKey": {"Exists": False}})
    assert server.rows("legacy") == []
