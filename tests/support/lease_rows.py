"""Rows of lease tables as every kind of worker writes them, in DynamoDB's typed JSON."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

STREAM_NAME = "000000000000:us-east-1$000000000000$orders$2026-11-23T10_00_00.000:1"


def kcl1(key: str, checkpoint: str = "TRIM_HORIZON", counter: int = 1, owner: str = "") -> Row:
    """KCL 1.14: the least that a lease has."""
    row: Row = {
        "leaseKey": {"S": key},
        "leaseCounter": {"N": str(counter)},
        "checkpoint": {"S": checkpoint},
        "checkpointSubSequenceNumber": {"N": "0"},
        "ownerSwitchesSinceCheckpoint": {"N": "0"},
    }
    if owner:
        row["leaseOwner"] = {"S": owner}
    return row


def kcl2(key: str, **more: Any) -> Row:
    """KCL 2 with a pending checkpoint."""
    return kcl1(key, **more) | {
        "startingHashKey": {"S": "0"},
        "endingHashKey": {"S": "1"},
        "pendingCheckpoint": {"S": "300000000000000000777"},
        "pendingCheckpointSubSequenceNumber": {"N": "2"},
        "pendingCheckpointState": {"B": b"state"},
    }


def kcl3(key: str, **more: Any) -> Row:
    """KCL 3, being handed over."""
    return kcl2(key, **more) | {
        "throughputKBps": {"N": "12.5"},
        "checkpointOwner": {"S": "java-old"},
        "entityType": {"S": "LEASE"},
    }


def several_streams(shard: str, **more: Any) -> Row:
    """Of a table of several streams (KCL 2 and 3, multi-stream)."""
    row = kcl2(f"{STREAM_NAME}:{shard}", **more)
    return row | {"streamName": {"S": STREAM_NAME}, "shardId": {"S": shard}}


def ours(key: str, owner: str = "w-1f", arn: str = "", **more: Any) -> Row:
    """A row of penstock's."""
    row = kcl1(key, owner=owner, **more) | {"penstockEpoch": {"N": "0"}}
    if owner:
        row["penstockOwner"] = {"S": owner}
    if arn:
        row["penstockStream"] = {"S": arn}
    return row


def gap(certain: bool = True) -> Row:
    return {
        "penstockGap": {
            "M": {
                "after": {"S": "300000000000000000001"},
                "until": {"S": "300000000000000000009"},
                "found": {"S": "2026-11-23T10:00:00.000Z"},
                "certain": {"BOOL": certain},
                "count": {"N": "1"},
            }
        }
    }


def foreign() -> list[Row]:
    """What KCL 3.5 keeps in the same table beside leases."""
    return [
        {"leaseKey": {"S": "java-1"}, "entityType": {"S": "WORKER_METRIC_STATS"}, "lut": {"N": "1"}},
        {"leaseKey": {"S": "Leader"}, "entityType": {"S": "LEADER"}},
        {"leaseKey": {"S": "Migration3.0"}, "entityType": {"S": "CLIENT_VERSION_MIGRATION"}},
        {"leaseKey": {"S": "x"}, "entityType": {"S": "of-tomorrow"}},
    ]
