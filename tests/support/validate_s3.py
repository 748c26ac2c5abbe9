"""S3's part of validate_recording: requests whose members are in the path, the query and the headers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.model import ServiceModel
from botocore.validate import ParamValidator

METHODS = {"PutObject": "PUT", "GetObject": "GET", "DeleteObject": "DELETE", "ListObjectsV2": "GET"}
# Constants that botocore writes into the request line or for its own sake, and no member of a shape.
QUERY = {"list-type", "x-id"}


def _member_names(shape: Any, location: str) -> dict[str, str]:
    return {
        member.serialization.get("name", name).lower(): name
        for name, member in shape.members.items()
        if member.serialization.get("location") == location
    }


def _typed(shape: Any, name: str, text: str) -> Any:
    kind = shape.members[name].type_name
    return int(text) if kind in ("integer", "long") else text == "true" if kind == "boolean" else text


def check(exchange: dict[str, Any], model: ServiceModel, body: bytes, common: set[str]) -> Iterator[str]:
    """What of the request the service's model does not allow. `common`: headers that any request may have."""
    operation = exchange["operation"]
    shape = model.operation_model(operation).input_shape
    bucket, _, key = exchange["path"].lstrip("/").partition("/")
    given: dict[str, Any] = {"Bucket": unquote(bucket)} | ({"Key": unquote(key)} if key else {})
    if exchange["method"] != METHODS[operation]:
        yield f"{exchange['method']} in place of {METHODS[operation]}"
    queries = _member_names(shape, "querystring")
    for name, value in parse_qsl(exchange.get("query", ""), keep_blank_values=True):
        if name.lower() in queries:
            given[queries[name.lower()]] = _typed(shape, queries[name.lower()], value)
        elif name not in QUERY:
            yield f"query {name} is none of {operation}"
    headers = _member_names(shape, "header")
    for name, value in exchange["headers"].items():
        if name.lower() in headers:
            given[headers[name.lower()]] = _typed(shape, headers[name.lower()], value)
        elif name.lower() not in common:
            yield f"header {name} is none that AWS clients send"
    if operation == "PutObject":
        given["Body"] = body
    elif body:
        yield "a body where none is allowed"
    report = ParamValidator().validate(given, shape)
    if report.has_errors():
        yield f"botocore refuses it: {report.generate_report()}"
