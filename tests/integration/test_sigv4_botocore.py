"""Our signer against botocore's, on requests of every shape: a difference is a request that AWS refuses.

PENSTOCK_TEST_SEED replays a run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import string
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.botocore_signer import sign

ROOT = Path(__file__).resolve().parents[2]
SIGNER = ROOT / os.environ.get("PENSTOCK_BUILD", "build/dev") / "tests" / "support" / "sigv4_sign"
REQUESTS = 600
S3_REQUESTS = 300

HEADER_NAMES = [
    "content-type",
    "x-amz-target",
    "x-amz-security-token",
    "my-header",
    "my-header-2",
    "z",
    "a-b",
]
HOSTS = ["dynamodb.eu-west-1.amazonaws.com", "localhost:8000", "streams.dynamodb.us-gov-west-1.amazonaws.com"]
TEXT = string.ascii_letters + string.digits + string.punctuation
# What a value may hold on the wire; blanks get folded.
VALUE = TEXT + "     \t"


def text(rng: random.Random, alphabet: str, most: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(0, most)))


def path(rng: random.Random) -> str:
    parts = [
        rng.choice(
            [
                "",
                ".",
                "..",
                "a",
                "B-_.~9",
                "%20",
                "%E1%88%B4",
                "\u1234",
                "\u00fc",
                "a b",
                "(x)",
                "*",
                "$",
                ":",
            ]
        )
        for _ in range(rng.randint(0, 6))
    ]
    return "/" + "/".join(parts)


def query(rng: random.Random) -> str:
    pairs = []
    for _ in range(rng.choice([0, 0, 1, 2, 5, 12])):
        name = quote(text(rng, string.ascii_letters + "-_.~ /&=%", 4), safe="-_.~")
        pairs.append(name + "=" + quote(text(rng, TEXT + " \u1234", 6), safe="-_.~"))
    return "&".join(pairs)


def make(rng: random.Random) -> dict:
    headers = [("host", rng.choice(HOSTS)), ("x-amz-date", "20261123T100000Z")]
    for _ in range(rng.randint(0, 6)):
        headers.append((rng.choice(HEADER_NAMES), text(rng, VALUE, 40)))
    rng.shuffle(headers)
    return {
        "method": rng.choice(["POST", "POST", "GET", "PUT"]),
        "path": path(rng),
        "query": query(rng),
        "headers": headers,
        "body_base64": base64.b64encode(rng.randbytes(rng.choice([0, 1, 63, 64, 65, 5000]))).decode(),
        "region": rng.choice(["eu-west-1", "us-east-1", "cn-north-1", "local"]),
        "service": rng.choice(["dynamodb", "firehose", "kinesis", "sts"]),
        "timestamp": "20261123T100000Z",
        "key": "AKIA" + text(rng, string.ascii_uppercase, 16),
        "secret": text(rng, string.ascii_letters + "/+", 40) or "s",
    }


def make_for_s3(rng: random.Random) -> dict:
    """A path as the S3 client writes it: each byte of a key encoded but for the plain ones and '/'."""
    request = make(rng)
    body = base64.b64decode(request["body_base64"])
    key = text(rng, TEXT + " /\u1234\u00fc", 40)
    request["headers"].append(("x-amz-content-sha256", hashlib.sha256(body).hexdigest()))
    request["path"] = "/" + rng.choice(["", "bucket/", "a.b/"]) + quote(key, safe="-_.~/")
    request["service"] = "s3"
    return request


def ours(requests: list[dict]) -> list[dict]:
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([SIGNER], input=lines, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def botocores(request: dict):
    host = dict(request["headers"])["host"]
    url = f"https://{host}{request['path']}" + (f"?{request['query']}" if request["query"] else "")
    return sign(
        method=request["method"],
        url=url,
        headers=request["headers"],
        body=base64.b64decode(request["body_base64"]),
        key=request["key"],
        secret=request["secret"],
        region=request["region"],
        service=request["service"],
        timestamp=request["timestamp"],
    )


@pytest.mark.core
def test_hundreds_of_requests_are_signed_as_botocore_signs_them():
    seed = int(os.environ.get("PENSTOCK_TEST_SEED") or random.SystemRandom().getrandbits(32))
    print(f"seed: PENSTOCK_TEST_SEED={seed}")
    rng = random.Random(seed)
    requests = [make(rng) for _ in range(REQUESTS)]
    answers = ours(requests)
    assert len(answers) == REQUESTS
    for request, answer in zip(requests, answers, strict=True):
        expected = botocores(request)
        assert answer["canonical_request"] == expected.canonical_request, request
        assert answer["string_to_sign"] == expected.string_to_sign, request
        assert answer["authorization"] == expected.authorization, request


@pytest.mark.core
def test_s3_is_signed_as_botocore_signs_it():
    seed = int(os.environ.get("PENSTOCK_TEST_SEED") or random.SystemRandom().getrandbits(32))
    print(f"seed: PENSTOCK_TEST_SEED={seed}")
    rng = random.Random(seed)
    requests = [make_for_s3(rng) for _ in range(S3_REQUESTS)]
    for request, answer in zip(requests, ours(requests), strict=True):
        expected = botocores(request)
        assert answer["canonical_request"] == expected.canonical_request, request
        assert answer["authorization"] == expected.authorization, request


def test_the_comparison_would_notice():
    """The same key with one bit of difference anywhere gives another signature."""
    request = make(random.Random(1))
    changed = {**request, "secret": request["secret"] + "x"}
    first, second = ours([request, changed])
    assert first["canonical_request"] == second["canonical_request"]
    assert first["authorization"] != second["authorization"]
    assert second["authorization"] != botocores(request).authorization
