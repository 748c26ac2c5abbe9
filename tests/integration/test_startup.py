"""What a user gets wrong at a start: one line names it and the remedy, with the documented exit code."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.canned import STREAM, Answer, Canned, error, lease_table, stream, table
from tests.support.command_line import BINARY, CREDENTIALS, HANG_SECONDS, environment, run


def by_table(**tables: Answer) -> Callable[[dict[str, Any]], Answer]:
    """DescribeTable's answers by table; the lease table's name has a '-', which a keyword has not."""
    return lambda body: tables.get(
        body["TableName"].replace("-", "_"),
        error("ResourceNotFoundException", "Requested resource not found"),
    )


GOOD = by_table(orders=table(), penstock_orders=lease_table())


def start(
    server: Canned | None, tmp_path: Path, *words: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """`penstock run` on table orders and files, unless `words` say otherwise, against the server."""
    env = environment(**(CREDENTIALS | {"AWS_REGION": "eu-west-1"} | variables))
    if server:
        env["AWS_ENDPOINT_URL"] = server.endpoint
    for name in [name for name, value in env.items() if value == "-"]:
        del env[name]
    source = () if "--stream-arn" in words else ("--table", "orders")
    place = (
        () if {"--firehose", "--kinesis", "--file"} & set(words) else ("--file", str(tmp_path / "landing"))
    )
    state = () if "--state-dir" in words else ("--state-dir", str(tmp_path / "state"))
    return run("run", *source, *place, *state, *words, env=env)


def refused(done: subprocess.CompletedProcess[str], code: int, *expected: str) -> None:
    assert done.returncode == code, done
    assert done.stdout == ""
    assert done.stderr.startswith("penstock: error: ") and done.stderr.count("\n") == 1, done.stderr
    for words in expected:
        assert words in done.stderr, done.stderr


def test_no_region(tmp_path: Path) -> None:
    done = start(None, tmp_path, AWS_REGION="-")
    refused(done, 1, "no AWS region", "AWS_REGION")


def test_no_credentials(tmp_path: Path) -> None:
    done = start(None, tmp_path, AWS_ACCESS_KEY_ID="-", AWS_SECRET_ACCESS_KEY="-")
    refused(done, 1, "no AWS credentials", "environment")


def test_an_unknown_profile(tmp_path: Path) -> None:
    done = start(None, tmp_path, "--profile", "nobody")
    refused(done, 1, "profile", "nobody")


@pytest.mark.core
@pytest.mark.parametrize(
    ("answer", "code", "expected"),
    [
        (
            error("ResourceNotFoundException"),
            3,
            ("there is no table 'orders' in region eu-west-1", "--table"),
        ),
        (
            error("AccessDeniedException", "User: x is not authorized to perform: dynamodb:DescribeTable"),
            1,
            ("access denied", "dynamodb:DescribeTable", "table 'orders'", "eu-west-1", "environment"),
        ),
        (error("ExpiredTokenException"), 1, ("have expired", "environment", "renew")),
        (error("UnrecognizedClientException"), 1, ("does not accept the credentials", "environment")),
        (error("InvalidSignatureException"), 1, ("does not accept the credentials",)),
        (table(None), 3, ("table 'orders' has no stream", "update-table")),
        (table("KEYS_ONLY"), 1, ("KEYS_ONLY", "no new images", "update-table")),
        (table("OLD_IMAGE"), 1, ("OLD_IMAGE", "no new images")),
        (
            table(StreamSpecification={"StreamEnabled": False}),
            1,
            ("stream of table 'orders' is switched off", "--stream-arn"),
        ),
        ((200, b"<html>"), 1, ("DescribeTable",)),
        ((200, {}), 1, ("DescribeTable",)),
        ((200, {"Table": []}), 1, ("DescribeTable",)),
    ],
)
def test_the_table(tmp_path: Path, answer: Answer, code: int, expected: tuple[str, ...]) -> None:
    with Canned(DescribeTable=answer) as server:
        refused(start(server, tmp_path), code, *expected)
        assert set(server.calls) <= {"DescribeTable", "Scan"}  # nothing was made


def test_old_images_of_a_stream_without_them(tmp_path: Path) -> None:
    with Canned(DescribeTable=table("NEW_IMAGE")) as server:
        refused(start(server, tmp_path, "--old-image"), 1, "--old-image needs", "NEW_AND_OLD_IMAGES")


@pytest.mark.parametrize(
    ("answer", "code", "expected"),
    [
        (error("ResourceNotFoundException"), 3, ("there is no stream of --stream-arn", "--stream-arn")),
        (error("AccessDeniedException"), 1, ("access denied", "dynamodb:DescribeStream")),
        (stream("KEYS_ONLY"), 1, ("KEYS_ONLY", "no new images")),
    ],
)
def test_the_stream(tmp_path: Path, answer: Answer, code: int, expected: tuple[str, ...]) -> None:
    with Canned(DescribeStream=answer) as server:
        refused(start(server, tmp_path, "--stream-arn", STREAM), code, *expected)
        assert set(server.calls) == {"DescribeStream"}  # the right to see the table is not needed


def test_an_arn_that_is_none(tmp_path: Path) -> None:
    for arn in ("arn:aws:dynamodb:eu-west-1:123456789012:table/orders", "arn:" + "x" * 60):
        refused(start(None, tmp_path, "--stream-arn", arn), 1, "--stream-arn")


def test_an_arn_of_another_region(tmp_path: Path) -> None:
    done = start(None, tmp_path, "--stream-arn", STREAM, AWS_REGION="us-east-1")
    refused(done, 1, "is in region eu-west-1", "us-east-1", "set --region eu-west-1")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (lease_table("pk"), ("penstock-orders", "leaseKey")),
        (lease_table(kind="N"), ("penstock-orders", "leaseKey")),
        (
            lease_table(
                KeySchema=[
                    {"AttributeName": "leaseKey", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ]
            ),
            ("penstock-orders", "sk"),
        ),
    ],
)
def test_a_lease_table_of_another_shape(tmp_path: Path, answer: Answer, expected: tuple[str, ...]) -> None:
    with Canned(DescribeTable=by_table(orders=table(), penstock_orders=answer)) as server:
        refused(start(server, tmp_path), 1, *expected)
        assert "CreateTable" not in server.calls


def test_the_lease_table_may_not_be_the_data_table(tmp_path: Path) -> None:
    with Canned(DescribeTable=GOOD) as server:
        refused(start(server, tmp_path, "--app", "orders"), 1, "--app 'orders' is the table that is carried")


def test_no_right_to_make_the_lease_table(tmp_path: Path) -> None:
    with Canned(DescribeTable=by_table(orders=table()), CreateTable=error("AccessDeniedException")) as server:
        refused(
            start(server, tmp_path),
            1,
            "access denied",
            "dynamodb:CreateTable",
            "lease table 'penstock-orders'",
        )


def by_scan(**tables: list[dict[str, Any]] | Answer) -> Callable[[dict[str, Any]], Answer]:
    """Scan's answers by table: its items, or an answer as it is; other tables do not exist."""

    def scan(body: dict[str, Any]) -> Answer:
        found = tables.get(body["TableName"].replace("-", "_"), error("ResourceNotFoundException"))
        return found if isinstance(found, tuple) else (200, {"Items": found, "Count": len(found)})

    return scan


def java_worker(name: str, age_s: float, **more: Any) -> dict[str, Any]:
    """A row of <app>-WorkerMetricStats, or with `more` of KCL 3.5's lease table."""
    key = "leaseKey" if more else "wid"
    return {key: {"S": name}, "lut": {"N": str(int(time.time() - age_s))}, "sts": {"M": {}}, **more}


@pytest.mark.core
@pytest.mark.parametrize("in_lease_table", [False, True])
def test_a_running_java_fleet_of_kcl_3(tmp_path: Path, in_lease_table: bool) -> None:
    tables: dict[str, Any] = {
        "penstock_orders": [],
        "penstock_orders_WorkerMetricStats": [java_worker("host\n-1", 12)],
    }
    if in_lease_table:
        of_kcl_3_5 = {"entityType": {"S": "WORKER_METRIC_STATS"}}
        rows = [java_worker("dead", 86400, **of_kcl_3_5), java_worker("host\n-1", 12, **of_kcl_3_5)]
        tables = {"penstock_orders": rows}
    with Canned(DescribeTable=GOOD, Scan=by_scan(**tables)) as server:
        words = ("Java fleet of KCL 3 is running on 'penstock-orders' (host?-1)", "stop it, wait 60 s")
        refused(start(server, tmp_path), 1, *words)
        assert set(server.calls) <= {"DescribeTable", "Scan"}  # nothing was written


def test_a_java_fleet_that_is_written_to_while_we_look(tmp_path: Path) -> None:
    """Our clock, or Java's, is three minutes off: the row's change tells."""
    rows = iter([java_worker("late", 200), java_worker("late", 200)])
    scan = by_scan(penstock_orders=[])

    def answer(body: dict[str, Any]) -> Answer:
        if body["TableName"] == "penstock-orders":
            return scan(body)
        return 200, {"Items": [next(rows, java_worker("late", 170))], "Count": 1}

    with Canned(DescribeTable=GOOD, Scan=answer) as server:
        done = start(server, tmp_path)
    assert done.returncode == 1 and "looking whether it still runs" in done.stderr
    assert "Java fleet of KCL 3 is running on 'penstock-orders' (late)" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "metrics",
    [
        [java_worker("stopped", 3600)],
        [{"wid": {"S": "x"}}, {"lut": {"N": "1"}}],
        error("AccessDeniedException", "User: x is not authorized to perform: dynamodb:Scan"),
    ],
)
def test_no_java_fleet(tmp_path: Path, metrics: Any) -> None:
    """A start that goes on fails here at the next thing: the state folder."""
    (tmp_path / "file").write_text("")
    scan = by_scan(penstock_orders=[], penstock_orders_WorkerMetricStats=metrics)
    with Canned(DescribeTable=GOOD, Scan=scan) as server:
        done = start(server, tmp_path, "--state-dir", str(tmp_path / "file" / "below"))
    assert done.returncode == 1 and "--state-dir" in done.stderr
    denied = isinstance(metrics, tuple)
    assert ("cannot tell whether a Java fleet of KCL 3 runs" in done.stderr) == denied, done.stderr


@pytest.mark.parametrize("setting", ["--state-dir", "--file", "--dead-letter"])
def test_folders_that_cannot_be_made(tmp_path: Path, setting: str) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "below"
    value = f"file:{folder}" if setting == "--dead-letter" else str(folder)
    with Canned(DescribeTable=GOOD) as server:
        refused(start(server, tmp_path, setting, value), 1, setting, str(folder))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_state_folder_that_may_not_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with Canned(DescribeTable=GOOD) as server:
        refused(start(server, tmp_path, "--state-dir", str(folder)), 1, "--state-dir", str(folder))


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        done = start(None, tmp_path, AWS_ENDPOINT_URL=endpoint)
    refused(done, 1, "cannot reach AWS", "--region eu-west-1", "AWS_ENDPOINT_URL")


@pytest.mark.core
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_starting(tmp_path: Path, number: int) -> None:
    """Nothing is held yet, so the process ends at once and well."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        env = environment(**CREDENTIALS, AWS_REGION="eu-west-1")
        env["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
        words = [
            "run",
            "--table",
            "orders",
            "--file",
            str(tmp_path / "x"),
            "--state-dir",
            str(tmp_path / "s"),
        ]
        child = subprocess.Popen(
            [BINARY, *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        silent.settimeout(HANG_SECONDS)
        connection, _ = silent.accept()  # it waits for DescribeTable's answer
        with connection:
            before = time.monotonic()
            child.send_signal(number)
            out, words_of_error = child.communicate(timeout=HANG_SECONDS)
    assert (child.returncode, out, words_of_error) == (0, "", "")
    assert time.monotonic() - before < 40  # the four tries of a call that is not given up


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("UnrecognizedClientException", "AWS does not accept the credentials (from environment)"),
        ("ExpiredTokenException", "expired"),
    ],
)
def test_credentials_that_the_data_stream_refuses(code: str, expected: str, tmp_path: Path) -> None:
    """They can put nothing either: no start on AWS's defaults, which only a missing right to look is good for."""
    with Canned(DescribeTable=GOOD, DescribeStreamSummary=error(code)) as server:
        refused(start(server, tmp_path, "--kinesis", "changes"), 1, expected)
        assert "DescribeStreamSummary" in server.calls
