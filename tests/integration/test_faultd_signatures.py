"""The fault server's check of signatures, against botocore's signer."""

from __future__ import annotations

import datetime
import http.client
import json
import time
from collections.abc import Iterator

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.faultd import ACCESS_KEY, REGION, SECRET_KEY, FaultServer


@pytest.fixture()
def server() -> Iterator[FaultServer]:
    with FaultServer(role=None, delivery_streams=["orders"]) as running:
        yield running


def signed(
    server: FaultServer, *, key: str = ACCESS_KEY, secret: str = SECRET_KEY, token: str | None = None,
    region: str = REGION, service: str = "dynamodb", body: bytes = b"{}", headers: dict[str, str] | None = None,
) -> dict[str, str]:  # fmt: skip
    """The headers of a ListTables call, signed by botocore."""
    request = AWSRequest(
        "POST",
        f"{server.endpoint}/",
        data=body,
        headers={"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
        | (headers or {}),
    )
    SigV4Auth(Credentials(key, secret, token), service, region).add_auth(request)
    return dict(request.headers.items()) | {"Host": f"127.0.0.1:{server.port}"}


def send(
    server: FaultServer, headers: dict[str, str], body: bytes = b"{}", path: str = "/"
) -> tuple[int, str]:
    """Status and error code (empty: none)."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", path, body, headers)
    reply = connection.getresponse()
    code = str(json.loads(reply.read()).get("__type", "")).rpartition("#")[2]
    connection.close()
    return reply.status, code


def test_what_botocore_signs_is_accepted(server: FaultServer) -> None:
    assert send(server, signed(server)) == (200, "")
    odd = {"X-Amz-Meta-Spaces": "a   b  c ", "Z-Last": "z", "A-First": "a", "X-Amz-Empty": ""}
    assert send(server, signed(server, headers=odd)) == (200, "")
    body = json.dumps({"Limit": 5, "ExclusiveStartTableName": "漢字" * 1000}).encode()
    assert send(server, signed(server, body=body), body) == (200, "")
    assert server.stats()["signatures_wrong"] == 0


def changed(headers: dict[str, str], name: str, old: str, new: str) -> dict[str, str]:
    assert old in headers[name]
    return headers | {name: headers[name].replace(old, new)}


TAMPERED = {
    "another body": lambda s: (signed(s), b'{"Limit":1}', "/"),
    "another target": lambda s: (changed(signed(s), "X-Amz-Target", "ListTables", "DescribeTable"), b"{}", "/"),
    "another path": lambda s: (signed(s), b"{}", "/other"),
    "another query": lambda s: (signed(s), b"{}", "/?a=b"),
    "another host": lambda s: (signed(s) | {"Host": "example.com"}, b"{}", "/"),
    "a digit of the signature": lambda s: (
        {n: v[:-1] + ("0" if v[-1] != "0" else "1") if n == "Authorization" else v for n, v in signed(s).items()},
        b"{}", "/"),
    "a header added unsigned": lambda s: (signed(s) | {"X-Amz-Later": "x"}, b"{}", "/"),
    "a signed header left out": lambda s: (
        {n: v for n, v in signed(s, headers={"X-Amz-More": "x"}).items() if n != "X-Amz-More"}, b"{}", "/"),
    "headers out of order": lambda s: (
        changed(signed(s), "Authorization", "content-type;host", "host;content-type"), b"{}", "/"),
    "host unsigned": lambda s: (changed(signed(s), "Authorization", "content-type;host", "content-type"), b"{}", "/"),
    "the wrong secret": lambda s: (signed(s, secret="wrong"), b"{}", "/"),
    "the wrong region": lambda s: (signed(s, region="eu-west-1"), b"{}", "/"),
    "the wrong service": lambda s: (signed(s, service="streams.dynamodb"), b"{}", "/"),
    "another day in the scope": lambda s: (
        changed(signed(s), "Authorization", time.strftime("/%Y%m%d/", time.gmtime()), "/20200101/"), b"{}", "/"),
    "no terminator": lambda s: (changed(signed(s), "Authorization", "aws4_request", "aws3_request"), b"{}", "/"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_changed_after_signing_is_refused(server: FaultServer, name: str) -> None:
    headers, body, path = TAMPERED[name](server)
    assert send(server, headers, body, path) == (403, "InvalidSignatureException")
    assert server.stats()["signatures_wrong"] == 1


UNUSABLE = {
    "unsigned": (lambda s: {n: v for n, v in signed(s).items() if n != "Authorization"},
                 "MissingAuthenticationTokenException"),
    "an unknown key": (lambda s: signed(s, key="AKIDUNKNOWN"), "UnrecognizedClientException"),
    "a token that is none of ours": (lambda s: signed(s, token="token"), "UnrecognizedClientException"),
    "another algorithm": (lambda s: changed(signed(s), "Authorization", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
                          "IncompleteSignatureException"),
    "no signature": (lambda s: changed(signed(s), "Authorization", "Signature=", "Sign="),
                     "IncompleteSignatureException"),
    "no signed headers": (lambda s: changed(signed(s), "Authorization", "SignedHeaders=", "Signed="),
                          "IncompleteSignatureException"),
    "no credential": (lambda s: changed(signed(s), "Authorization", "Credential=", "Key="),
                      "IncompleteSignatureException"),
    "no date": (lambda s: {n: v for n, v in signed(s).items() if n != "X-Amz-Date"}, "IncompleteSignatureException"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_signatures_are_told_apart(server: FaultServer, name: str) -> None:
    make, code = UNUSABLE[name]
    assert send(server, make(server)) == (403, code)


def test_session_tokens_and_their_expiry(server: FaultServer) -> None:
    soon = int(time.time() * 1000) + 3_600_000
    server.add_key("ASIAGOOD", "secret", token="token", expires_ms=soon)
    server.add_key("ASIAOLD", "secret", token="token", expires_ms=1000)
    assert send(server, signed(server, key="ASIAGOOD", secret="secret", token="token")) == (200, "")
    assert send(server, signed(server, key="ASIAGOOD", secret="secret")) == (
        403,
        "UnrecognizedClientException",
    )
    assert send(server, signed(server, key="ASIAOLD", secret="secret", token="token")) == (
        403,
        "ExpiredTokenException",
    )


@pytest.mark.parametrize(("minutes", "right"), [(4, True), (6, False), (-4, True), (-6, False)])
def test_a_clock_that_is_off(server: FaultServer, minutes: int, right: bool) -> None:
    server.settings(clock_offset_ms=minutes * 60_000)
    assert send(server, signed(server)) == ((200, "") if right else (403, "InvalidSignatureException"))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/", b"{}", signed(server))
    date = connection.getresponse().headers["Date"]
    told = datetime.datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=datetime.UTC)
    connection.close()
    assert abs((told - datetime.datetime.now(datetime.UTC)).total_seconds() - minutes * 60) < 30


def test_a_skewed_clock_on_demand_stays_until_it_is_set_right(server: FaultServer) -> None:
    with server.fault("clock_skew", times=1, offset_ms=3_600_000):
        assert send(server, signed(server)) == (403, "InvalidSignatureException")
    assert send(server, signed(server)) == (403, "InvalidSignatureException")
    server.settings(clock_offset_ms=0)
    assert send(server, signed(server)) == (200, "")


def test_the_check_can_be_turned_off(server: FaultServer) -> None:
    server.settings(signatures=False)
    assert send(server, {"X-Amz-Target": "DynamoDB_20120810.ListTables"}) == (200, "")


def test_roles_give_keys_that_work(server: FaultServer) -> None:
    sts = server.client("sts")
    assert sts.get_caller_identity()["Account"] == "000000000000"
    given = sts.assume_role(RoleArn="arn:aws:iam::000000000000:role/x", RoleSessionName="session")[
        "Credentials"
    ]
    server.client(
        "dynamodb",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    ).list_tables()
    web = server.client("sts").assume_role_with_web_identity(
        RoleArn="arn:aws:iam::000000000000:role/x", RoleSessionName="session", WebIdentityToken="token"
    )
    assert web["Credentials"]["Expiration"] > datetime.datetime.now(datetime.UTC)
