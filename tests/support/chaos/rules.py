"""Troubles of the services as rules of the fault server."""

from __future__ import annotations

from typing import Any

Rule = tuple[str, dict[str, Any]]


def rules_of(kind: str, seed: int, failover_ms: int) -> list[Rule]:
    """The rules (action, members) that make this kind of trouble; see tests/support/faultd/README.md."""
    table = {"service": "dynamodb"}
    writes = {"service": "dynamodb", "operation": "UpdateItem"}
    streams = {"service": "streams"}
    describe = {"service": "streams", "operation": "DescribeStream"}
    records = {"service": "streams", "operation": "GetRecords"}
    hose = {"service": "firehose"}
    some: dict[str, Any] = {"probability": 0.3, "seed": seed}
    most: dict[str, Any] = {"probability": 0.8, "seed": seed}
    made: dict[str, list[Rule]] = {
        "refuse-dynamodb": [("reset", table)],
        "refuse-streams": [("reset", streams)],
        "refuse-firehose": [("reset", hose)],
        "silent-dynamodb": [("hold", table)],
        "silent-streams": [("hold", streams)],
        "silent-firehose": [("hold", hose | {"when": "after"})],
        "throttle-dynamodb": [("throttle", table | most)],
        "throttle-streams": [("throttle", streams | most)],
        "throttle-firehose": [("throttle", hose | most)],
        "fail-dynamodb": [("status", writes | some | {"status": 500, "when": "after"})],
        "fail-streams": [("status", streams | some | {"status": 500})],
        "fail-firehose": [("status", hose | some | {"status": 500, "when": "after"})],
        "lost-dynamodb": [("lost", writes | some)],
        "lost-streams": [("lost", streams | some)],
        "lost-firehose": [("lost", hose | some)],
        "late-renewals": [("delay", writes | some | {"ms": failover_ms * (seed % 3 + 1) // 4})],
        "partial": [("partial", hose | most | {"fraction": 0.4})],
        "wrong-length": [("wrong_length", hose | some | {"delta": -1 if seed % 2 else 1})],
        "wrong-crc-dynamodb": [("wrong_crc", table | some)],
        "wrong-crc-streams": [("wrong_crc", streams | some)],
        "cut-reply": [("cut", streams | some), ("cut", table | some), ("cut", hose | some)],
        "oversize": [("oversize", records | some | {"bytes": 20_000_000, "times": 3})],
        "garbage": [("garbage", streams | some), ("not_json", table | some), ("garbage", hose | some)],
        "trickle": [("slow", streams | some | {"bytes_per_second": 20}), ("slow", writes | some)],
        "children-late": [("describe_late", describe)],
        "listing-half": [("describe_partial", describe)],
        "listing-stale": [("describe_stale", describe)],
        "empty-scans": [("empty_page", {"service": "dynamodb", "operation": "Scan"} | some)],
        "empty-pages": [("empty_page", records | most)],
        "expired-credentials": [("expired_credentials", some)],
    }
    return made[kind]
