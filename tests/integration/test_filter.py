"""Filters in the real program: what `penstock run` carries and drops, and what `penstock filter` says about it."""

from __future__ import annotations

import json
import os
import random
import re
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import filter_oracle
from tests.support.command_line import run
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.filter_samples import FilterSamples
from tests.support.landing import read_folder
from tests.support.penstock import HANG_SECONDS, Worker, aws_environment

PATTERNS = 90
RECORDS = 70
VECTORS = Path(__file__).parent.parent / "vectors" / "filter"


def vector(name: str, file: str) -> str:
    return (VECTORS / name / file).read_text()


def findings(*words: str) -> list[dict[str, Any]]:
    done = run("filter", "--dry-run", "-o", "jsonl", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_random_patterns_agree_with_an_independent_reading(tmp_path: Path) -> None:
    seed = int(os.environ.get("PENSTOCK_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"replay with PENSTOCK_TEST_SEED={seed}")
    world = FilterSamples(seed)
    records = [json.dumps(world.record(), ensure_ascii=number % 2 == 0) for number in range(RECORDS)]
    (tmp_path / "records").write_text("\n".join(records))
    read = [filter_oracle.read(text) for text in records]
    passed = 0
    compared = 0
    while compared < PATTERNS:
        text = filter_oracle.write(world.pattern())
        done = run("filter", "--dry-run", "-o", "jsonl", "--filter", text, str(tmp_path / "records"))
        if "none of these can match" in done.stderr or "values match texts" in done.stderr:
            continue  # sound, but refused for its own good
        assert done.returncode == 0, f"{text}: {done.stderr}"
        pattern = filter_oracle.read(text)
        for line, record in zip(done.stdout.splitlines(), read, strict=True):
            found = json.loads(line)
            wanted = filter_oracle.matches(pattern, record)
            assert found["record_passes"] == wanted, f"{text}\n{json.dumps(record, default=str)}\n{line}"
            assert (found["field"] is None) == wanted
            passed += wanted
        compared += 1
    assert PATTERNS * RECORDS / 50 < passed < PATTERNS * RECORDS * 49 / 50


@pytest.mark.parametrize("name", ["aws-lambda-criteria", "form-white-space", "patterns-list"])
def test_a_file_of_patterns(name: str) -> None:
    pattern = str(VECTORS / name / "pattern.json")
    passing = run("filter", "--filter-file", pattern, str(VECTORS / name / "record.json"))
    dropped = run("filter", "--filter-file", pattern, str(VECTORS / f"{name}-not" / "record.json"))
    assert json.loads(passing.stdout) == json.loads(vector(name, "record.json"))
    assert (passing.returncode, dropped.returncode, dropped.stdout) == (0, 0, "")


def test_what_is_tried_can_come_in_many_forms(tmp_path: Path) -> None:
    """JSON lines, pages of GetRecords, what the AWS CLI prints (times as text), Lambda's events, and standard input."""
    record = json.loads(vector("ttl-true", "record.json"))
    printed = json.loads(vector("ttl-true", "record.json"))
    printed["dynamodb"]["ApproximateCreationDateTime"] = "2025-11-23T12:13:20+00:00"
    text = "\n".join(
        [
            json.dumps(record),
            json.dumps([record, record]),
            json.dumps({"Records": [printed]}, indent=2),
            '{"Records":[]}',
        ]
    )
    (tmp_path / "records").write_text(text)
    found = findings("--filter", '{"ttl":true}', "--filter", '{"ttl":false}', str(tmp_path / "records"))
    assert [(one["record"], one["pattern"], one["verdict"]) for one in found] == [
        (record, pattern, "pass" if pattern == 1 else "drop") for record in (1, 2, 3, 4) for pattern in (1, 2)
    ]
    assert found[1]["keys"] == record["dynamodb"]["Keys"]
    assert (found[1]["field"], found[1]["why"]) == ("ttl", "is a deletion by time-to-live")
    few = findings("--filter", '{"ttl":true}', "--records", "3", str(tmp_path / "records"))
    assert len(few) == 3


def test_records_that_no_line_can_be_made_of_are_told(tmp_path: Path) -> None:
    (tmp_path / "records").write_text('{"eventName":"INSERT"}')
    (found,) = findings("--filter", '{"ttl":false}', str(tmp_path / "records"))
    assert found["verdict"] == "defect" and "SequenceNumber" in found["why"]
    done = run("filter", "--filter", '{"ttl":false}', str(tmp_path / "records"))
    assert done.returncode == 1 and "record 1 cannot be decoded" in done.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not JSON at byte 1"),
        ("5", "a record is not an object"),
        (None, "cannot open"),
    ],
)
def test_files_that_hold_no_records(tmp_path: Path, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / "records").write_text(content)
    done = run("filter", "--filter", '{"ttl":true}', str(tmp_path / "records"))
    assert done.returncode == 1 and words in done.stderr, done.stderr


REFUSED = sorted(path.name for path in VECTORS.iterdir() if path.name.startswith("refused-"))


def test_bad_patterns_are_refused_at_start_with_their_place(tmp_path: Path) -> None:
    """Before anything is asked of AWS: there is none here."""
    assert len(REFUSED) > 60
    for name in random.Random(1).sample(REFUSED, 12):
        wanted = vector(name, "expect").removeprefix("refused: ").strip()
        path = str(VECTORS / name / "pattern.json")
        done = run("run", "--table", "orders", "--file", str(tmp_path / "landing"), "--filter-file", path)
        told = done.stderr.strip().removeprefix("penstock: error: ")
        head, _, reason = told.partition("pattern.json': ")
        assert done.returncode == 2 and head.startswith("--filter-file: '"), told
        assert wanted.startswith(reason[:120]), f"{name}: {told}"


def test_no_pattern_and_nothing_to_read() -> None:
    assert "no pattern: give --filter" in run("filter", "x").stderr
    assert "nothing to read" in run("filter", "--filter", '{"ttl":true}').stderr


@pytest.fixture
def orders(dynamodb_local: DynamoDBLocal, request: pytest.FixtureRequest) -> str:
    name = f"f{abs(hash(request.node.name)):x}-{os.getpid()}"
    assert dynamodb_local.create_table(name, {"pk": "S"})
    return name


def metric(worker: Worker, name: str) -> float:
    with urllib.request.urlopen(f"http://{worker.admin}/metrics", timeout=HANG_SECONDS) as reply:
        found = re.findall(rf"^{re.escape(name)}(?:{{[^}}]*}})? (\S+)$", reply.read().decode(), re.MULTILINE)
    return sum(float(value) for value in found)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HANG_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.core
def test_what_a_filter_drops_is_done_and_counted(
    dynamodb_local: DynamoDBLocal, orders: str, tmp_path: Path
) -> None:
    """A worker with patterns in its file, as objects, carries what passes; a second one has nothing left to read."""
    client = dynamodb_local.client("dynamodb")
    for number in range(60):
        item = {"pk": {"S": f"o{number}"}, "price": {"N": str(number)}}
        client.put_item(TableName=orders, Item=item)
    client.update_item(
        TableName=orders,
        Key={"pk": {"S": "o3"}},
        UpdateExpression="SET note = :n",
        ExpressionAttributeValues={":n": {"S": "x"}},
    )
    client.put_item(TableName=orders, Item={"pk": {"S": "o3"}, "price": {"N": "3.5"}})
    client.delete_item(TableName=orders, Key={"pk": {"S": "o7"}})
    patterns = [
        {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"price": {"N": [{"numeric": [">=", 57]}]}}}},
        {"eventName": ["MODIFY"], "changed": ["price"]},
        json.dumps({"eventName": ["REMOVE"], "ttl": False}),
    ]
    (tmp_path / "config").write_text(json.dumps({"filter": patterns}))
    words = [
        "--table",
        orders,
        "--file",
        str(tmp_path / "landing"),
        "--flush-age",
        "100ms",
        "--admin",
        "127.0.0.1:0",
    ]
    environment = aws_environment(dynamodb=dynamodb_local.for_workers, home=tmp_path)
    with Worker([*words, "--config", str(tmp_path / "config")], environment, tmp_path / "state") as worker:
        until(lambda: metric(worker, "penstock_records_delivered_total") == 63)
        assert metric(worker, "penstock_records_filtered_total") == 58
        assert metric(worker, 'penstock_records_dropped_total{reason="filter"}') == 58
        assert worker.term() == 0
        stopped = worker.wait_for("worker stopped")
    assert (stopped["records"], stopped["records_filtered"], stopped["accepted"]) == (63, 58, 5)
    landed = [(line["op"], line["keys"]["pk"]["S"]) for line in read_folder(tmp_path / "landing")]
    assert sorted(landed) == [
        ("INSERT", "o57"),
        ("INSERT", "o58"),
        ("INSERT", "o59"),
        ("MODIFY", "o3"),
        ("REMOVE", "o7"),
    ]
    live = ["filter", "--table", orders, "--records", "63", "--time", "1h"]
    given = [
        word
        for pattern in patterns
        for word in ("--filter", pattern if isinstance(pattern, str) else json.dumps(pattern))
    ]
    passed = run(*live, *given, env=environment)
    assert [json.loads(line)["dynamodb"]["Keys"]["pk"]["S"] for line in passed.stdout.splitlines()] == [
        "o57", "o58", "o59", "o3", "o7",
    ]  # fmt: skip
    tried = json.loads(run(*live, "--dry-run", "-o", "json", *given, env=environment).stdout)
    assert (tried["records"], tried["passed"]) == (63, 5)
    assert [pattern["passed"] for pattern in tried["patterns"]] == [3, 1, 1]
    rows = dynamodb_local.client("dynamodb").scan(TableName=f"penstock-{orders}")["Items"]
    assert all("leaseOwner" not in row for row in rows)  # it took none


def test_old_images_are_asked_for_where_they_are_compared(
    dynamodb_local: DynamoDBLocal, tmp_path: Path
) -> None:
    name = f"n{tmp_path.name}-{os.getpid()}"
    assert dynamodb_local.create_table(name, {"pk": "S"}, "NEW_IMAGE")
    environment = aws_environment(dynamodb=dynamodb_local.for_workers, home=tmp_path)
    words = ["--table", name, "--filter", '{"changed":["price"]}']
    landing = ["--file", str(tmp_path / "landing"), "--state-dir", str(tmp_path / "state"), "--admin", "off"]
    for command in (["run", *words, *landing], ["filter", *words]):
        done = run(*command, env=environment)
        assert "a filter with 'changed' needs a stream of the kind NEW_AND_OLD_IMAGES" in done.stderr
        assert done.returncode != 0
