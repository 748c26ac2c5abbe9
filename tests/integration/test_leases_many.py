"""A lease table of 100,000 rows, in one long lineage: every command ends, in bounded memory."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import processes
from tests.support.built import is_sanitized
from tests.support.canned import Answer, Canned
from tests.support.penstock import aws_environment, binary

ROWS, PAGE = 100_000, 2_000
PEAK_MIB = 400


def shard(number: int) -> str:
    return f"shardId-{number:020}-{number * 7919 % 65536:08x}"


def row(number: int) -> dict[str, Any]:
    """Each is the child of the one before, and names one more that has no row."""
    return {
        "leaseKey": {"S": shard(number)},
        "leaseCounter": {"N": "5"},
        "leaseOwner": {"S": f"worker-{number % 500}-0badc0de"},
        "checkpoint": {"S": f"3000000000000000{number:020}" if number % 3 else "SHARD_END"},
        "checkpointSubSequenceNumber": {"N": "0"},
        "ownerSwitchesSinceCheckpoint": {"N": "0"},
        "parentShardId": {"SS": [shard(number - 1)]},
        "childShardIds": {"SS": [shard(number + 1), f"shardId-missing-{number}"]},
    }


@pytest.fixture(scope="module")
def server() -> Iterator[Canned]:
    pages = [
        json.dumps(
            {
                "Items": [row(number) for number in range(first, first + PAGE)],
                "LastEvaluatedKey": {"leaseKey": {"S": str(first + PAGE)}},
            }
        ).encode()
        for first in range(0, ROWS, PAGE)
    ]
    last = {"Items": [], "Count": 0, "ScannedCount": 0}

    def scan(request: dict[str, Any]) -> Answer:
        first = int(request.get("ExclusiveStartKey", {"leaseKey": {"S": "0"}})["leaseKey"]["S"])
        return 200, pages[first // PAGE] if first < ROWS else last

    with Canned(Scan=scan, GetItem=(200, {})) as canned:
        yield canned


def run_measured(words: list[str], environment: dict[str, str], folder: Path) -> tuple[int, Path, float]:
    """The exit code, the file with what was printed, and the greatest memory in MiB."""
    out = folder / "out"
    with out.open("wb") as file:
        child = subprocess.Popen(
            [str(binary()), *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            preexec_fn=processes.die_with_parent,
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, out, usage.ru_maxrss / 1024


@pytest.mark.parametrize(
    ("words", "code", "lines"),
    [
        (["list", "--sort", "owner"], 0, ROWS + 1),
        (["tree"], 0, 2 * ROWS + 2),
        (["workers"], 0, 501),
        (["check", "--no-lag", "--failover", "2s"], 5, None),
        (["export"], 0, ROWS + 1),
        (["release", "--all"], 0, ROWS + 1),
        (["rewind", "--all", "--to-trim-horizon", "--no-count", "--failover", "2s"], 0, ROWS + 1),
        (["acknowledge", "--all"], 0, 1),
    ],
)
def test_a_hundred_thousand_rows(
    server: Canned, tmp_path: Path, words: list[str], code: int, lines: int | None
) -> None:
    environment = aws_environment(dynamodb=server.endpoint, home=tmp_path)
    found, out, peak = run_measured(["leases", *words, "--app", "many"], environment, tmp_path)
    assert found == code
    assert peak < PEAK_MIB or is_sanitized()
    if lines is not None:
        assert out.read_bytes().count(b"\n") == lines
    print(f"{' '.join(words)}: {peak:.0f} MiB")
