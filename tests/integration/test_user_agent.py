"""AWS_SDK_UA_APP_ID and sdk_ua_app_id: every request names the application, as those of AWS's SDKs do."""

from __future__ import annotations

import json
import os
import random
import string
import subprocess
import time
from pathlib import Path

import pytest
from botocore.useragent import sanitize_user_agent_string_component

from tests.support.built import built
from tests.support.faultd import FaultServer
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE

TABLE = "orders"
MOST = 50


def agents_of(recording: Path) -> list[str]:
    exchanges = [json.loads(line) for line in recording.read_text().splitlines()]
    return [exchange["headers"]["User-Agent"] for exchange in exchanges]


def carry_everything(server: FaultServer, environment: dict[str, str], folder: Path) -> Worker:
    arguments = ["--table", TABLE, "--firehose", TABLE, "--flush-age", "50ms"]
    with Worker(arguments, environment, folder / "state") as worker:
        server.wait_all_accepted(alive=worker.is_running)
        assert worker.term() == 0
    return worker


@pytest.mark.core
@pytest.mark.parametrize("place", ["AWS_SDK_UA_APP_ID", "sdk_ua_app_id"])
def test_every_request_names_the_application(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, raw = tmp_path / "recording", "lake/orders #1"
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE], record=recording) as server:
        server.create_stream(table=TABLE, shards=2, records=20)
        environment = server.environment({"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
        if place == "AWS_SDK_UA_APP_ID":
            environment[place] = raw
        else:
            (tmp_path / "config").write_text(f"[default]\n{place} = {raw}\n")
            environment["AWS_CONFIG_FILE"] = str(tmp_path / "config")
        worker = carry_everything(server, environment, tmp_path)
        ours = agents_of(recording)
        monkeypatch.setenv("AWS_SDK_UA_APP_ID", raw)
        server.client("dynamodb").list_tables()
        theirs = agents_of(recording)[len(ours) :]
    assert len(ours) > 10 and len(set(ours)) == 1
    name, app = ours[0].split(" ")
    assert name.startswith("penstock/") and app == "app/lake-orders-#1"
    assert len(theirs) == 1 and app in theirs[0].split(" "), theirs
    assert not any("is cut at" in message for message in worker.messages())


def test_an_id_that_is_too_long_is_cut_and_said(tmp_path: Path) -> None:
    recording = tmp_path / "recording"
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE], record=recording) as server:
        server.create_stream(table=TABLE, records=20)
        environment = server.environment({"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
        environment["AWS_SDK_UA_APP_ID"] = "x" * MOST + "y"
        worker = carry_everything(server, environment, tmp_path)
    assert {agent.split(" ")[1] for agent in agents_of(recording)} == {"app/" + "x" * MOST}
    assert worker.messages().count("AWS_SDK_UA_APP_ID (sdk_ua_app_id) is cut at 50 characters") == 1


def test_random_ids_come_out_as_botocore_sends_them(tmp_path: Path) -> None:
    seed = int(os.environ.get("PENSTOCK_TEST_SEED") or time.time_ns() % 2**32)
    print(f"PENSTOCK_TEST_SEED={seed}")
    rng = random.Random(seed)
    alphabet = string.printable + "äß€ \u3042🐟"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    for _ in range(200):
        raw = "".join(rng.choices(alphabet, k=rng.randint(1, MOST)))
        done = subprocess.run(
            [str(built("tests/support/aws_resolve")), "user_agent"],
            env=environment | {"AWS_SDK_UA_APP_ID": raw},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        agent, whole = done.stdout.splitlines()
        wanted = sanitize_user_agent_string_component(raw, allow_hash=True)
        assert (agent.split(" ")[1:], whole) == ([f"app/{wanted}"], "whole"), repr(raw)
