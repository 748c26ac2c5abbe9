"""botocore's Signature Version 4, step by step, as the independent opinion on ours."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


@dataclass
class Signed:
    canonical_request: str
    string_to_sign: str
    signature: str
    authorization: str


def sign(
    *,
    method: str,
    url: str,
    headers: list[tuple[str, str]],
    body: bytes,
    key: str,
    secret: str,
    region: str,
    service: str,
    timestamp: str,
) -> Signed:
    """Signs exactly these headers (a session token is one of them) at `timestamp` ("20150830T123600Z")."""
    request = AWSRequest(method=method, url=url, data=body)
    for name, value in headers:
        request.headers.add_header(name, value)
    request.context["timestamp"] = timestamp
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    auth = kind(Credentials(key, secret), service, region)
    canonical = auth.canonical_request(request)
    text = auth.string_to_sign(request, canonical)
    signature = auth.signature(text, request)
    names = auth.signed_headers(auth.headers_to_sign(request))
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={names}, Signature={signature}"
    )
    return Signed(canonical, text, signature, authorization)
