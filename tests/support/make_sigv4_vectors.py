"""Writes the cases of tests/vectors/sigv4 with botocore's signer, in the layout of aws-c-auth's suite.

    python3 -m tests.support.make_sigv4_vectors

The names, keys and requests are those of AWS's public suite, whose signatures for get-vanilla, post-vanilla
and get-vanilla-query-order-key-case stand below as a check that botocore and the suite agree.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.botocore_signer import Signed, sign

CASES = Path(__file__).resolve().parents[1] / "vectors" / "sigv4"
KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TIMESTAMP = "20150830T123600Z"
TOKEN = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflf"
    "KD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd"
    "8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3i"
    "SIlTJabIQwj2ICCR/oLxBA=="
)
PUBLISHED = {
    "get-vanilla": "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    "post-vanilla": "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    "get-vanilla-query-order-key-case": "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
}


@dataclass
class Case:
    name: str
    method: str = "GET"
    target: str = "/"
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""
    token: str = ""
    region: str = "us-east-1"
    service: str = "service"
    host: str = "example.amazonaws.com"


JSON_BODY = '{"StreamArn":"arn:aws:dynamodb:eu-west-1:123456789012:table/T/stream/2026","Limit":100}'
LIST = [
    Case("get-vanilla"),
    Case("get-vanilla-query-order-key-case", target="/?Param2=value2&Param1=value1"),
    Case("get-vanilla-query-order-value", target="/?Param1=value2&Param1=value1"),
    Case("get-vanilla-empty-query-key", target="/?Param1=value1"),
    Case("get-vanilla-query-unreserved", target="/?-._~0123456789abcXYZ=-._~0123456789abcXYZ"),
    Case("get-unreserved", target="/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    Case("get-utf8", target="/\u1234"),
    Case("get-relative-normalized", target="/example1/example2/../.."),
    Case("get-slashes-normalized", target="//example//"),
    Case("get-slash-dot-slash-normalized", target="/./example"),
    Case("get-header-key-duplicate", headers=[("My-Header1", v) for v in ("value2", "value2", "value1")]),
    Case("get-header-value-trim", headers=[("My-Header1", " value1"), ("My-Header2", ' "a   b   c"')]),
    Case("post-vanilla", method="POST"),
    Case("post-header-key-sort", method="POST", headers=[("My-Header1", "value1")]),
    Case("post-sts-header-before", method="POST", token=TOKEN),
    Case(
        "post-x-www-form-urlencoded",
        method="POST",
        headers=[("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "13")],
        body="Param1=value1",
    ),
    Case(
        "post-streams-get-records",
        method="POST",
        headers=[
            ("Content-Type", "application/x-amz-json-1.0"),
            ("Content-Type-Extra", "sorts behind content-type"),
            ("X-Amz-Target", "DynamoDBStreams_20120810.DescribeStream"),
        ],
        body=JSON_BODY,
        token=TOKEN,
        region="eu-west-1",
        service="dynamodb",
        host="streams.dynamodb.eu-west-1.amazonaws.com",
    ),
]


def signed(case: Case, headers: list[tuple[str, str]]) -> Signed:
    extra = [("X-Amz-Security-Token", case.token)] if case.token else []
    return sign(
        method=case.method,
        url=f"https://{case.host}{case.target}",
        headers=headers + extra,
        body=case.body.encode(),
        key=KEY,
        secret=SECRET,
        region=case.region,
        service=case.service,
        timestamp=TIMESTAMP,
    )


def write(case: Case) -> None:
    headers = [("Host", case.host), *case.headers, ("X-Amz-Date", TIMESTAMP)]
    result = signed(case, headers)
    assert result.signature == PUBLISHED.get(case.name, result.signature), case.name
    credentials = {"access_key_id": KEY, "secret_access_key": SECRET}
    if case.token:
        credentials["token"] = case.token
    context = {
        "credentials": credentials,
        "normalize": True,
        "region": case.region,
        "service": case.service,
        "timestamp": "2015-08-30T12:36:00Z",
    }
    lines = [f"{case.method} {case.target} HTTP/1.1", *(f"{name}:{value}" for name, value in headers)]
    folder = CASES / case.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "context.json").write_text(json.dumps(context, indent=4) + "\n")
    (folder / "request.txt").write_text("\n".join(lines) + "\n\n" + case.body)
    (folder / "header-canonical-request.txt").write_text(result.canonical_request)
    (folder / "header-string-to-sign.txt").write_text(result.string_to_sign)
    (folder / "header-signature.txt").write_text(result.signature)


if __name__ == "__main__":
    for each in LIST:
        write(each)
    print(f"{len(LIST)} cases in {CASES}")
