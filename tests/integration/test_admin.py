"""What one worker shows of itself: /metrics, /healthz, /readyz, /leases, the EMF line, `penstock healthcheck`."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import admin
from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker, run
from tests.support.role import MAKES_LEASE_TABLE

APP, SHARDS, RECORDS = "orders-app", 4, 300
SECRET, TOKEN = "CANARY+secret/of+nobody", "CANARY//session+token=="
ARGUMENTS = [
    "--table",
    "orders",
    "--firehose",
    "orders",
    "--app",
    APP,
    "--failover",
    "10s",
    "--flush-age",
    "100ms",
]
ARGUMENTS += ["--poll", "100ms", "--poll-idle", "200ms", "--admin", "127.0.0.1:0"]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["orders"]) as running:
        running.create_stream(table="orders", shards=SHARDS, records=RECORDS)
        yield running


def environment(server: FaultServer, home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    return server.environment(kept | {"PATH": os.environ["PATH"], "HOME": str(home)})


def start(server: FaultServer, folder: Path, *more: str, output: Path | None = None) -> Worker:
    return Worker([*ARGUMENTS, *more], environment(server, folder), folder / "state", output)


def at_tip(worker: Worker) -> bool:
    totals = admin.leases(worker)["totals"]
    return totals["records_delivered"] == SHARDS * RECORDS and totals["lag_ms"] == 0


@pytest.mark.core
def test_metrics_and_leases_say_what_was_done(server: FaultServer, tmp_path: Path) -> None:
    with start(server, tmp_path) as worker:
        wait_until(lambda: at_tip(worker), "all is delivered and the tip is proven")
        samples = admin.metrics(worker)
        assert samples["penstock_records_delivered_total", ()] == SHARDS * RECORDS
        assert samples["penstock_leases_held", ()] == SHARDS
        assert samples["penstock_lag_unknown_shards", ()] == 0
        assert samples["penstock_lag_max_seconds", ()] == 0
        assert 10 < samples["process_open_fds", ()] < samples["process_max_fds", ()]
        assert samples["process_resident_memory_bytes", ()] < samples["process_virtual_memory_bytes", ()]
        without = [name for name, _ in samples if "firehose_pace" in name or "poll_budget" in name]
        assert not without, "no limit was set"
        assert samples["penstock_leases_total", (("state", "active"),)] == SHARDS
        assert 23 * 3600 < samples["penstock_until_trim_min_seconds", ()] <= 24 * 3600
        shards = [shard["shard"] for shard in admin.leases(worker)["leases"]]
        for shard in shards:
            assert samples["penstock_records_read_total", (("shard", shard),)] == RECORDS
            assert samples["penstock_lag_seconds", (("shard", shard),)] == 0
        put = (("code", "OK"), ("operation", "PutRecordBatch"), ("service", "firehose"))
        requests = samples["penstock_aws_requests_total", put]
        assert samples["penstock_firehose_put_duration_seconds_count", ()] == requests > 0
        whole = samples["penstock_firehose_batch_records_bucket", (("le", "+Inf"),)]
        assert whole == samples["penstock_firehose_batch_records_bucket", (("le", "500"),)] == requests
        data = admin.leases(worker)
        assert data["problems"] == []
        assert data["totals"]["leases"] == data["totals"]["held"] == SHARDS
        for lease in data["leases"]:
            assert lease["owner"] == worker.worker_id == data["worker"]["id"]
            assert lease["state"] == "active" and lease["own"]["records_delivered"] == RECORDS
        assert {move["shard"] for move in data["moves"]} == set(shards)
        assert worker.term() == 0, worker.log_text()


def test_every_metric_of_the_table_is_known_to_the_table(server: FaultServer, tmp_path: Path) -> None:
    table = run(["help", "metrics", "-o", "markdown"], environment(server, tmp_path))[1]
    named = set(re.findall(r"^\| `([a-z_]+)`", table, re.MULTILINE))
    limits = ("--poll-budget", "1000", "--firehose-bytes-per-second", "64MiB")
    with start(server, tmp_path, *limits) as worker:
        wait_until(lambda: at_tip(worker), "at the tip")
        wait_until(
            lambda: any(name == "penstock_checkpoint_age_seconds" for name, _ in admin.metrics(worker)),
            "a checkpoint is written",
        )
        shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name, _ in admin.metrics(worker)}
        assert shown <= named
        kinesis = {name for name in named if name.startswith("penstock_kinesis_")}  # of the other sink
        assert len(kinesis) == 3
        absent = {  # of credentials that end, of a service that throttled
            "penstock_credentials_expiry_timestamp_seconds",
            "penstock_aws_pace_requests_per_second",
        }
        assert named - shown - kinesis <= absent, named - shown
        assert worker.term() == 0


def test_series_of_a_shard_end_with_its_lease(server: FaultServer, tmp_path: Path) -> None:
    def read_here(worker: Worker) -> set[str]:
        samples = admin.metrics(worker)
        return {dict(labels)["shard"] for name, labels in samples if name == "penstock_records_read_total"}

    with start(server, tmp_path) as one:
        wait_until(lambda: len(read_here(one)) == SHARDS, "the first reads all")
        with start(server, tmp_path) as two:
            wait_until(lambda: len(read_here(one)) == len(read_here(two)) == SHARDS // 2, "half each")
            assert not read_here(one) & read_here(two)
            others = [lease for lease in admin.leases(one)["leases"] if lease["own"] is None]
            assert len(others) == SHARDS // 2
            for lease in others:  # what it does not read it does not know
                assert lease["owner"] == two.worker_id
            wait_until(
                lambda: {lease["state"] for lease in admin.leases(one)["leases"]} == {"active"},
                "the other's counters were seen to move",
            )
            moved = [move for move in admin.leases(two)["moves"] if move["from"] == one.worker_id]
            assert {move["to"] for move in moved} == {two.worker_id}
            assert {move["how"] for move in moved} == {"handed over"}
            assert two.kill() == -9
            wait_until(lambda: len(read_here(one)) == SHARDS, "the survivor reads all")
            taken = [move for move in admin.leases(one)["moves"] if move["from"] == two.worker_id]
            assert {move["how"] for move in taken} == {"taken from a dead owner"}, taken
        assert one.term() == 0


def test_per_shard_series_can_be_left_out(server: FaultServer, tmp_path: Path) -> None:
    with start(server, tmp_path, "--metrics-per-shard", "off") as worker:
        wait_until(lambda: at_tip(worker), "at the tip")
        assert not [labels for _, labels in admin.metrics(worker) if "shard" in dict(labels)]


def verdict(worker: Worker, path: str) -> tuple[int, str, list[str]]:
    answer = admin.ask(worker.admin, path)
    said = answer.json()
    return answer.status, said["status"], said["problems"]


@pytest.mark.core
def test_a_worker_that_starts_or_drains_is_healthy_and_not_ready(server: FaultServer, tmp_path: Path) -> None:
    server.add_rule("hold", service="dynamodb", operation="DescribeTable", id="start")
    with start(server, tmp_path, "--log-level", "debug") as worker:
        assert verdict(worker, "/readyz") == (503, "not ready", ["the worker is starting"])
        assert verdict(worker, "/healthz") == (200, "ok", [])
        assert admin.leases(worker)["leases"] is None
        server.release("start")
        wait_until(lambda: verdict(worker, "/readyz") == (200, "ready", []), "ready")
        server.add_rule("hold", service="firehose", id="drain")
        server.roll(children=1, records=50)
        server.wait_parked()
        worker.signal(15)
        wait_until(lambda: verdict(worker, "/readyz")[0] == 503, "it drains")
        assert "stopping" in verdict(worker, "/readyz")[2][0]
        assert verdict(worker, "/healthz")[0] == 200
        server.release("drain")
        assert worker.wait() == 0, worker.log_text()


def test_an_outage_of_aws_leaves_a_worker_healthy(server: FaultServer, tmp_path: Path) -> None:
    with start(server, tmp_path) as worker:
        wait_until(lambda: at_tip(worker), "at the tip")
        server.add_rule("status", status=500, id="down")
        wait_until(lambda: admin.leases(worker)["totals"]["held"] == 0, "the leases have run out")
        assert verdict(worker, "/healthz") == (200, "ok", [])
        wait_until(
            lambda: any(
                "could not be read" in problem["words"] for problem in admin.leases(worker)["problems"]
            ),
            "the page says what is wrong",
        )
        server.release("down")
        wait_until(lambda: admin.leases(worker)["totals"]["held"] == SHARDS, "it goes on")
        wait_until(lambda: admin.leases(worker)["problems"] == [], "all is well again")
        assert worker.term() == 0


def test_a_destination_that_is_down_shows_as_lag_that_nobody_knows(
    server: FaultServer, tmp_path: Path
) -> None:
    """A full buffer stops the reading: the lag of the last page read must not stay on show as if it were today's."""
    server.create_stream(table="orders", shards=2, records=1_000_000, rate=20_000)
    with start(server, tmp_path, "--buffer-bytes", "8MiB", "--dead-letter", f"file:{tmp_path}") as worker:
        wait_until(lambda: admin.leases(worker)["totals"]["lag_ms"] is not None, "it reads")
        server.add_rule("status", service="firehose", status=503, id="down")
        wait_until(
            lambda: admin.leases(worker)["totals"]["lag_unknown_shards"] == 2, "the lag is not known any more"
        )
        before = admin.leases(worker)["totals"]["behind_ms"]
        wait_until(lambda: admin.leases(worker)["totals"]["behind_ms"] > before + 2000, "but its bound grows")
        assert admin.metrics(worker)["penstock_lag_max_seconds", ()] > before / 1000
        assert verdict(worker, "/healthz")[0] == 200
        worker.kill()


def test_a_gap_makes_a_worker_unready_until_it_is_acknowledged(server: FaultServer, tmp_path: Path) -> None:
    server.create_stream(table="orders", shards=1, records=100_000, rate=500)
    with start(server, tmp_path) as worker:
        wait_until(lambda: admin.leases(worker)["totals"]["records_delivered"] > 0, "some are delivered")
        assert worker.term() == 0
    expected = server.verdict()["expected"]
    wait_until(lambda: server.verdict()["expected"] > expected + 100, "more records come, unread")
    server.trim(fraction=1.0)
    with start(server, tmp_path) as worker:
        wait_until(lambda: "trimmed before" in " ".join(verdict(worker, "/readyz")[2]), "it says so")
        assert verdict(worker, "/healthz")[0] == 200
        wait_until(
            lambda: any(lease["gap"] for lease in admin.leases(worker)["leases"]), "the gap stands in the row"
        )
        words = ["leases", "acknowledge", "--app", APP, "--all"]
        assert run(words, environment(server, tmp_path))[0] == 0  # dry
        assert verdict(worker, "/readyz")[0] == 503
        assert run([*words, "--execute"], environment(server, tmp_path))[0] == 0
        wait_until(lambda: verdict(worker, "/readyz") == (200, "ready", []), "somebody knows of it")
        assert worker.term() == 0


def test_the_default_port_is_shared_and_a_given_one_is_not(server: FaultServer, tmp_path: Path) -> None:
    default = [word for word in ARGUMENTS if word not in ("--admin", "127.0.0.1:0")]
    settings = environment(server, tmp_path)
    with (
        Worker(default, settings, tmp_path / "state") as one,
        Worker(default, settings, tmp_path / "state") as two,
    ):
        assert one.admin != two.admin
        for worker in (one, two):
            assert admin.ask(worker.admin, "/healthz").status == 200
        code, _, words = run(["run", *default, "--admin", two.admin, "--state-dir", str(tmp_path)], settings)
        assert code == 1 and f"--admin: cannot listen on {two.admin}" in words, words
    assert run(["run", *default, "--admin", "example.com:80"], settings)[0] == 2


def test_off_is_off(server: FaultServer, tmp_path: Path) -> None:
    with Worker([*ARGUMENTS, "--admin", "off"], environment(server, tmp_path), tmp_path / "state") as worker:
        worker.wait_for("worker started")
        assert worker.term() == 0
        assert "admin server listens" not in worker.messages()


def test_a_reachable_address_is_warned_of(server: FaultServer, tmp_path: Path) -> None:
    with Worker(
        [*ARGUMENTS, "--admin", "0.0.0.0:0"], environment(server, tmp_path), tmp_path / "state"
    ) as worker:
        worker.wait_for("can be reached from other machines")
        assert worker.admin.startswith("0.0.0.0:")


@pytest.mark.core
def test_healthcheck_by_exit_code(server: FaultServer, tmp_path: Path) -> None:
    settings = environment(server, tmp_path)
    with start(server, tmp_path) as worker:
        wait_until(lambda: verdict(worker, "/readyz")[0] == 200, "ready")
        code, out, words = run(["healthcheck", "--admin", worker.admin], settings)
        assert (code, json.loads(out), words) == (0, {"status": "ok", "problems": []}, "")
        by_variable = settings | {"PENSTOCK_ADMIN": worker.admin, "http_proxy": "http://127.0.0.1:9"}
        assert run(["healthcheck", "--ready"], by_variable)[0] == 0
        server.add_rule("hold", service="firehose", id="drain")
        server.roll(children=1, records=50)
        server.wait_parked()
        worker.signal(15)
        wait_until(lambda: run(["healthcheck", "--ready"], by_variable)[0] == 1, "it drains")
        assert run(["healthcheck"], by_variable)[0] == 0
        server.release("drain")
        assert worker.wait() == 0
    code, _, words = run(["healthcheck", "--admin", worker.admin], settings)
    assert code == 1 and words.startswith("penstock: error: no worker answers at"), words
    assert run(["healthcheck", "--admin", "off"], settings)[0] == 2


def test_healthcheck_of_a_server_that_never_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        code, _, words = run(["healthcheck", "--admin", address], {"PATH": os.environ["PATH"]})
        assert code == 1 and address in words


def emf_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_metrics_line_of_cloudwatch(server: FaultServer, tmp_path: Path) -> None:
    output = tmp_path / "stdout"
    with start(server, tmp_path, "--emf", "stdout", output=output) as worker:
        wait_until(lambda: at_tip(worker), "at the tip")
        assert worker.term() == 0, worker.log_text()
        lines = emf_lines(output)  # at the stop: what the minutes' lines have not said yet
        line = lines[-1]
        directive = line["_aws"]["CloudWatchMetrics"][0]
        assert directive["Namespace"] == "Penstock" and directive["Dimensions"] == [["App"]]
        assert line["App"] == APP and line["Worker"] == worker.worker_id
        assert sum(each["RecordsProcessed"] for each in lines) == SHARDS * RECORDS
        assert line["_aws"]["Timestamp"] > 1_700_000_000_000
        for metric in directive["Metrics"]:
            assert isinstance(line[metric["Name"]], (int, float)), metric


def test_nothing_is_on_standard_output_unless_asked(server: FaultServer, tmp_path: Path) -> None:
    output = tmp_path / "stdout"
    with start(server, tmp_path, output=output) as worker:
        worker.wait_for("worker started")
        assert worker.term() == 0
    assert output.read_bytes() == b""


def test_no_credential_in_any_answer(tmp_path: Path) -> None:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["orders"], signatures=False) as server:
        server.create_stream(table="orders", shards=SHARDS, records=RECORDS)
        settings = environment(server, tmp_path)
        settings |= {"AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN}
        output = tmp_path / "stdout"
        arguments = [*ARGUMENTS, "--emf", "stdout", "--log-level", "debug"]
        with Worker(arguments, settings, tmp_path / "state", output) as worker:
            wait_until(lambda: at_tip(worker), "at the tip")
            paths = ("/", "/leases", "/metrics", "/healthz", "/readyz", "/nothing")
            shown = b"".join(admin.ask(worker.admin, path).body for path in paths).decode()
            assert worker.term() == 0
            for words in (shown, output.read_text(), worker.log_text()):
                assert "CANARY" not in words
