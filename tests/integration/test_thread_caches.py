"""glibc keeps freed memory for each thread, which a thousand shards make tens of MiB of: `run` starts once more
without that. What breaks else: idle shards cost what busy ones do; or the program has another name, or what it
starts and what the user has set for glibc are no longer theirs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.faultd import FaultServer
from tests.support.penstock import Worker
from tests.support.role import MAKES_LEASE_TABLE

NONE = "glibc.malloc.tcache_count=0"
KEYS = '{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"secret"}'


@pytest.mark.parametrize(
    ("given", "kept", "inherited"), [(None, NONE, ""), ("x.y.z=1", "x.y.z=1", "x.y.z=1")]
)
def test_no_thread_caches(tmp_path: Path, given: str | None, kept: str, inherited: str) -> None:
    seen = tmp_path / "seen"
    script = tmp_path / "keys"
    script.write_text(f"#!/bin/sh\nprintf %s \"$GLIBC_TUNABLES\" >{seen}\nprintf %s '{KEYS}'\n")
    script.chmod(0o700)
    config = tmp_path / "config"
    config.write_text(f"[default]\ncredential_process = {script}\n")
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["orders"], signatures=False) as server:
        made = server.create_stream(table="orders", shards=2, records=5)
        environment = server.environment({"PATH": os.environ["PATH"]})
        environment["AWS_CONFIG_FILE"] = str(config)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.pop(name)
        if given:
            environment["GLIBC_TUNABLES"] = given
        with Worker(["--stream-arn", made["arn"], "--firehose", "orders"], environment, tmp_path) as worker:
            server.wait_all_accepted(60, alive=worker.is_running)
            proc = Path(f"/proc/{worker.pid}")
            assert (proc / "comm").read_text() == "penstock\n"
            assert f"GLIBC_TUNABLES={kept}" in (proc / "environ").read_text().split("\0")
            assert worker.term() == 0, worker.log_text()
    assert seen.read_text() == inherited
