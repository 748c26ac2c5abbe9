"""Landed lines as a test wants them, and files of them as Firehose leaves them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

STREAM = "2026-11-23T10:00:00.000"
EVENT_MS = 1763900000000


def landed_line(
    keys: dict[str, Any], seq: int | str, image: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """A change of the item `keys`: to `image` (with the keys added), or its deletion. `changes`: members as they
    should be; None takes one away."""
    digits = str(seq)
    line: dict[str, Any] = {
        "v": 1,
        "event_id": f"event-{digits}",
        "op": "REMOVE" if image is None else "MODIFY",
        "table": "orders",
        "region": "eu-west-1",
        "stream": STREAM,
        "shard": "shardId-00000001763900000000-1a2b3c4d",
        "seq": digits,
        "ord": f"000000#{STREAM}#{digits.rjust(40, '0')}",
        "event_ts_ms": EVENT_MS,
        "worker_ts_ms": EVENT_MS + 1500,
        "ttl": False,
        "keys": keys,
    }
    if image is not None:
        line["new_image"] = {**keys, **image}
    line.update(changes)
    return {name: value for name, value in line.items() if value is not None}


def as_text(line: dict[str, Any]) -> dict[str, Any]:
    """The same line with `--images text`."""
    texts = {name: json.dumps(line[name]) for name in ("new_image", "old_image") if name in line}
    return {**line, **texts}


def write_file(path: Path, lines: Iterable[str | bytes | dict[str, Any]]) -> Path:
    """A gzip file; it has its name only once it is whole."""
    raw = b"".join(
        (one if isinstance(one, bytes) else (one if isinstance(one, str) else json.dumps(one)).encode())
        + b"\n"
        for one in lines
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.tmp")
    hidden.write_bytes(gzip.compress(raw))
    hidden.rename(path)
    return path
