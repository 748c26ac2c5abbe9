"""The tools that judge the whole are judged themselves: they accept the right and see each kind of wrong."""

from __future__ import annotations

import base64
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import landing, processes
from tests.support.changes import Changes, apply_all
from tests.support.dynamodb_local import DynamoDBLocal


def to_json(value: Any) -> Any:
    """boto3's item as the wire has it: binary in base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: to_json(one) for name, one in value.items()}
    return [to_json(one) for one in value] if isinstance(value, list) else value


def stream_lines(local: DynamoDBLocal, arn: str) -> Iterator[dict[str, Any]]:
    """What a perfect worker would land, read by boto3."""
    streams = local.client("dynamodbstreams")
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        name = shard["ShardId"]
        place = streams.get_shard_iterator(StreamArn=arn, ShardId=name, ShardIteratorType="TRIM_HORIZON")
        iterator, empty = place["ShardIterator"], 0
        while iterator and empty < 3:
            page = streams.get_records(ShardIterator=iterator)
            iterator, empty = page.get("NextShardIterator"), 0 if page["Records"] else empty + 1
            for record in page["Records"]:
                change = record["dynamodb"]
                sequence = change["SequenceNumber"]
                line = {
                    "v": 1,
                    "event_id": record["eventID"],
                    "op": record["eventName"],
                    "table": "t",
                    "region": "r",
                    "stream": "s",
                    "shard": name,
                    "seq": sequence,
                    "ord": f"000000#s#{sequence.zfill(40)}",
                    "event_ts_ms": 0,
                    "worker_ts_ms": 0,
                    "ttl": False,
                    "keys": to_json(change["Keys"]),
                }
                yield line | ({"new_image": to_json(change["NewImage"])} if "NewImage" in change else {})


@pytest.mark.parametrize("keys", [{"pk": "S"}, {"pk": "N", "sk": "B"}, {"pk": "B", "sk": "S"}])
def test_random_changes_read_by_boto3_rebuild_the_table(
    dynamodb_local: DynamoDBLocal, keys: dict[str, str], tmp_path: Path
) -> None:
    seed = int(os.environ.get("PENSTOCK_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"seed: PENSTOCK_TEST_SEED={seed}")
    table = f"support-{''.join(keys.values())}"
    arn = dynamodb_local.create_table(table, keys)
    assert arn
    client = dynamodb_local.client("dynamodb")
    apply_all(client, table, Changes(seed, 400, 60, keys))
    lines = list(stream_lines(dynamodb_local, arn))
    assert len(lines) > 200
    items = list(landing.scan(client, table))
    names = landing.key_names(client, table)
    random.Random(seed).shuffle(lines)

    folder = tmp_path / "dt=2026-01-01"
    folder.mkdir()
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "a.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "half.gz.tmp").write_bytes(b"not whole")
    verdict = landing.compare(landing.rebuild(landing.read_folder(tmp_path)), items, names)
    assert verdict.good and verdict.duplicates == 0 and verdict.equal == len(items), str(verdict)

    verdict = landing.compare(landing.rebuild([*lines, *lines[:7]]), items, names)
    assert verdict.good and verdict.duplicates == 7

    newest = max(lines, key=lambda line: line["ord"])
    verdict = landing.compare(landing.rebuild(line for line in lines if line is not newest), items, names)
    assert not verdict.good, "the loss of the last change was not seen"


def small_line(**changes: Any) -> bytes:
    line = {
        "v": 1,
        "event_id": "e",
        "op": "INSERT",
        "table": "t",
        "region": "r",
        "stream": "s",
        "shard": "h",
        "seq": "1",
        "ord": "000000#s#" + "1".zfill(40),
        "event_ts_ms": 1,
        "worker_ts_ms": 2,
        "ttl": False,
        "keys": {"pk": {"S": "k"}},
        "new_image": {"pk": {"S": "k"}, "n": {"N": "1.50"}},
    }
    return json.dumps(line | changes).encode() + b"\n"


@pytest.mark.parametrize(
    ("stored", "equal"),
    [
        ({"pk": {"S": "k"}, "n": {"N": "1.5"}}, True),
        ({"pk": {"S": "k"}, "n": {"N": "1.51"}}, False),
        ({"pk": {"S": "k"}, "n": {"S": "1.50"}}, False),
        ({"pk": {"S": "k"}}, False),
        ({"pk": {"S": "k"}, "n": {"N": "1.5"}, "m": {"NULL": True}}, False),
    ],
)
def test_values_are_compared_not_spelling(stored: landing.Item, equal: bool) -> None:
    state = landing.rebuild(landing.lines_of(small_line()))
    assert landing.compare(state, [stored], ["pk"]).good is equal


def test_missing_and_undeleted_items_are_told_apart() -> None:
    state = landing.rebuild(landing.lines_of(small_line()))
    assert len(landing.compare(state, [], ["pk"]).extra) == 1
    assert len(landing.compare(landing.State(), [{"pk": {"S": "k"}}], ["pk"]).missing) == 1


@pytest.mark.parametrize(
    "content",
    [small_line()[:-1], small_line()[:50] + b"\n", small_line(v="1"), small_line(op="REMOVE"), b"\n"],
)
def test_broken_lines_are_refused(content: bytes) -> None:
    with pytest.raises((AssertionError, ValueError)):
        list(landing.lines_of(content))


def test_orphans_are_found_and_ended() -> None:
    """A grandchild in a session of its own, whose parent is gone, does not escape."""
    script = "import subprocess; subprocess.Popen(['sleep', '1000'], start_new_session=True)"
    before = set(processes.descendants())
    subprocess.run([sys.executable, "-c", script], check=True)
    left = set(processes.descendants()) - before
    assert ["sleep 1000"] == [processes.command_line(pid) for pid in left]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while left & set(processes.descendants()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not left & set(processes.descendants())
