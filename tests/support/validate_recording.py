"""Checks a recording of the fault server against AWS's own API models, those that botocore ships.

    python3 -m tests.support.validate_recording FILE...

Every request must be what its operation's model allows: known names, right types, required members, lengths,
ranges, patterns and enumerations. Every reply that no fault bent must parse through botocore's parser and hold
only what the model knows. Exit 0 and a count, or exit 1 and the offending ones; a recording without a single
exchange is an error too.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from botocore import parsers
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.validate import ParamValidator

from tests.support import validate_s3

MODELS = {
    "dynamodb": ("dynamodb", "DynamoDB_20120810", "application/x-amz-json-1.0"),
    "streams": ("dynamodbstreams", "DynamoDBStreams_20120810", "application/x-amz-json-1.0"),
    "firehose": ("firehose", "Firehose_20150804", "application/x-amz-json-1.1"),
    "kinesis": ("kinesis", "Kinesis_20131202", "application/x-amz-json-1.1"),
    "sts": ("sts", "", "application/x-www-form-urlencoded"),
    "s3": ("s3", "", ""),
}
# Faults that leave a reply of AWS's own form; every other one is meant to be wrong.
HONEST_FAULTS = {
    "throttle", "status", "error", "partial", "slow", "delay", "expired_credentials", "clock_skew",
    "expired_iterator", "trimmed", "not_found", "describe_late", "describe_partial", "describe_stale",
    "empty_page", "hold", "wrong_crc",
}  # fmt: skip
# Request headers that AWS clients may send; anything else is a slip.
HEADERS = {
    "host", "content-type", "content-length", "x-amz-target", "x-amz-date", "x-amz-security-token", "authorization",
    "user-agent", "accept", "accept-encoding", "connection", "expect", "amz-sdk-invocation-id", "amz-sdk-request",
    "x-amz-user-agent", "x-amz-content-sha256", "x-amzn-trace-id",
}  # fmt: skip

# Where AWS's own replies, its documentation's examples among them, are outside of its model.
OUTSIDE_THE_MODEL = {
    "kinesis": (
        "reply.FailedRecordCount: 0 is not in 1 to None",
        "reply.StreamDescriptionSummary.EnhancedMonitoring[0].ShardLevelMetrics: length 0 is not in 1 to 7",
    ),
}


@cache
def service_model(service: str) -> ServiceModel:
    name = MODELS[service][0]
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def _blob(text: Any) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError):
        return None


def check_shape(value: Any, shape: Shape, where: str) -> Iterator[str]:
    """What of `value`, as parsed from JSON, the shape does not allow."""
    yield from _CHECKS[shape.type_name](value, shape, where)


def _structure(value: Any, shape: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: an object is wanted, not {type(value).__name__}"
        return
    for name in shape.required_members:
        if name not in value:
            yield f"{where}.{name}: required, and missing"
    known = {member.serialization.get("name", name): member for name, member in shape.members.items()}
    for name, member in value.items():
        if name not in known:
            yield f"{where}.{name}: unknown to the model"
        elif member is not None:
            yield from check_shape(member, known[name], f"{where}.{name}")
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        yield f"{where}: exactly one member is wanted"
    if shape.name == "AttributeValue" and len(value) != 1:
        yield f"{where}: exactly one type is wanted, not {sorted(value)}"


def _list(value: Any, shape: Any, where: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{where}: a list is wanted, not {type(value).__name__}"
        return
    yield from _length(len(value), shape, where)
    for index, member in enumerate(value):
        yield from check_shape(member, shape.member, f"{where}[{index}]")


def _map(value: Any, shape: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: a map is wanted, not {type(value).__name__}"
        return
    yield from _length(len(value), shape, where)
    for name, member in value.items():
        yield from check_shape(name, shape.key, f"{where} key {name!r}")
        yield from check_shape(member, shape.value, f"{where}.{name}")


def _length(length: int, shape: Shape, where: str) -> Iterator[str]:
    if length < shape.metadata.get("min", 0) or length > shape.metadata.get("max", float("inf")):
        yield f"{where}: length {length} is not in {shape.metadata.get('min')} to {shape.metadata.get('max')}"


def _string(value: Any, shape: Any, where: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{where}: a string is wanted, not {type(value).__name__}"
        return
    yield from _length(len(value), shape, where)
    if shape.enum and value not in shape.enum:
        yield f"{where}: {value!r} is none of {shape.enum}"
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value, re.DOTALL):
        yield f"{where}: {value[:80]!r} does not match {pattern}"


def _number(value: Any, shape: Shape, where: str) -> Iterator[str]:
    whole = shape.type_name in ("integer", "long")
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        yield f"{where}: {shape.type_name} is wanted, not {value!r}"
    elif value < shape.metadata.get("min", value) or value > shape.metadata.get("max", value):
        yield f"{where}: {value} is not in {shape.metadata.get('min')} to {shape.metadata.get('max')}"


def _boolean(value: Any, _shape: Shape, where: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{where}: a boolean is wanted, not {value!r}"


def _blob_shape(value: Any, shape: Shape, where: str) -> Iterator[str]:
    data = _blob(value)
    if data is None:
        yield f"{where}: no base64"
    else:
        yield from _length(len(data), shape, where)


_CHECKS = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "character": _string,
    "integer": _number,
    "long": _number,
    "float": _number,
    "double": _number,
    "timestamp": _number,
    "boolean": _boolean,
    "blob": _blob_shape,
}


def _body(exchange: dict[str, Any], name: str) -> bytes:
    if f"{name}_base64" in exchange:
        return base64.b64decode(exchange[f"{name}_base64"])
    return str(exchange.get(name, "")).encode()


def check_headers(exchange: dict[str, Any]) -> Iterator[str]:
    headers = {name.lower(): value for name, value in exchange["headers"].items()}
    _, target, content_type = MODELS[exchange["service"]]
    if exchange["method"] != "POST" or exchange["path"] != "/":
        yield f"{exchange['method']} {exchange['path']} in place of POST /"
    if headers.get("content-type", "").partition(";")[0] != content_type:
        yield f"content-type is {headers.get('content-type')!r}, not {content_type}"
    if target and headers.get("x-amz-target") != f"{target}.{exchange['operation']}":
        yield f"x-amz-target is {headers.get('x-amz-target')!r}"
    for name in sorted(headers.keys() - HEADERS):
        yield f"header {name} is none that AWS clients send"


def check_request(exchange: dict[str, Any]) -> Iterator[str]:
    model = service_model(exchange["service"])
    if exchange["operation"] not in model.operation_names:
        yield "no operation of the service"
        return
    if exchange["service"] == "s3":
        yield from validate_s3.check(exchange, model, _body(exchange, "body"), HEADERS)
        return
    yield from check_headers(exchange)
    if exchange["service"] == "sts":
        return
    shape = model.operation_model(exchange["operation"]).input_shape
    try:
        body = json.loads(_body(exchange, "body"))
    except ValueError as error:
        yield f"the request's body is no JSON: {error}"
        return
    report = ParamValidator().validate(body, shape)
    if report.has_errors():
        yield f"botocore refuses it: {report.generate_report()}"
    yield from check_shape(body, shape, "request")


def _parse(exchange: dict[str, Any], operation: OperationModel) -> Iterator[str]:
    parser = parsers.create_parser(service_model(exchange["service"]).metadata["protocol"])
    headers = {"content-type": exchange["reply_type"], "x-amzn-requestid": exchange.get("request_id", "")}
    reply = {"status_code": exchange["status"], "headers": headers, "body": _body(exchange, "reply")}
    try:
        parsed = parser.parse(reply, operation.output_shape)
    except Exception as error:  # whatever the parser cannot do is the finding
        yield f"the reply does not parse: {error!r}"
        return
    if exchange["status"] >= 300 and not parsed.get("Error", {}).get("Code"):
        yield "an error reply without a code"


def is_spoilt(exchange: dict[str, Any]) -> bool:
    """A fault was to make its reply unlike AWS's."""
    return exchange.get("fault") not in HONEST_FAULTS | {None}


def check_reply(exchange: dict[str, Any]) -> Iterator[str]:
    """Nothing for an exchange without a reply, or with one that a fault was to spoil."""
    model = service_model(exchange["service"])
    if "status" not in exchange or is_spoilt(exchange) or exchange["operation"] not in model.operation_names:
        return
    operation = model.operation_model(exchange["operation"])
    if exchange["status"] < 300 and operation.has_streaming_output:
        return  # the body is the object, and no text
    yield from _parse(exchange, operation)
    xml = exchange["service"] in ("sts", "s3")
    if exchange["status"] < 300 and not xml and not exchange.get("upstream"):
        try:
            body = json.loads(_body(exchange, "reply"))
        except ValueError as error:
            yield f"the reply is no JSON: {error}"
            return
        allowed = OUTSIDE_THE_MODEL.get(exchange["service"], ())
        problems = check_shape(body, operation.output_shape, "reply")
        yield from (problem for problem in problems if problem not in allowed)


@dataclass
class Findings:
    exchanges: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def add(self, exchange: dict[str, Any], place: str) -> None:
        self.exchanges += 1
        self.operations[f"{exchange['service']}.{exchange['operation']}"] += 1
        if exchange["service"] not in MODELS:
            self.problems.append(f"{place}: a request to no known service")
            return
        if exchange.get("body_truncated") or (exchange.get("reply_truncated") and not is_spoilt(exchange)):
            self.problems.append(f"{place}: the body was too long to be recorded")
            return
        # A test that sends a wrong request on purpose expects the server's refusal and marks it with this agent.
        if "expect-refusal" in str(exchange["headers"].get("User-Agent", "")):
            findings = check_reply(exchange)
        else:
            findings = (problem for part in (check_request, check_reply) for problem in part(exchange))
        name = f"{exchange['service']}.{exchange['operation']}"
        self.problems += [f"{place}: {name}: {problem}" for problem in findings]

    def join(self, others: Findings) -> None:
        self.exchanges += others.exchanges
        self.operations += others.operations
        self.problems += others.problems


def validate(lines: Iterable[str], name: str = "line", part: int = 0, parts: int = 1) -> Findings:
    """Of each `parts` lines the one at `part`."""
    findings = Findings()
    for number, line in enumerate(lines, 1):
        if number % parts == part:
            findings.add(json.loads(line), f"{name}:{number}")
    return findings


def _validate_part(path: str, part: int, parts: int) -> Findings:
    with Path(path).open(encoding="utf-8", errors="surrogateescape") as lines:
        return validate(lines, path, part, parts)


def main(paths: list[str]) -> int:
    """Each processor looks at its part of the lines."""
    findings = Findings()
    parts = os.cpu_count() or 1
    with ProcessPoolExecutor(parts) as processes:
        looks = [
            processes.submit(_validate_part, path, part, parts) for path in paths for part in range(parts)
        ]
        for look in looks:
            findings.join(look.result())
    for problem in findings.problems[:200]:
        print(problem)
    counts = ", ".join(f"{name} {count}" for name, count in sorted(findings.operations.items()))
    print(f"{findings.exchanges} exchanges, {len(findings.problems)} problems: {counts}")
    return 0 if findings.exchanges and not findings.problems else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
