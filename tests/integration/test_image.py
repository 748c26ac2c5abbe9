"""The container image: really built, and run as the task definition says, against the fault server. Lane `image`."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_role import make_lease_table
from tests.support import image
from tests.support.cloudformation import Stack, load
from tests.support.container import Container
from tests.support.credential_server import CredentialServer, secret_of, token_of
from tests.support.faultd import FaultServer
from tests.support.role import Role
from tests.support.task_metadata import TASK_ID, TaskMetadata

pytestmark = pytest.mark.slow  # a lane of its own: it needs root, and builds for a minute
TABLE, APP, HOSE = "orders", "penstock-orders", "lake"
STACK = Stack(load(), {"LeaseTable": APP, "DeliveryStream": HOSE}, TableName=TABLE, DeliveryStreamName=HOSE)
(DEFINITION,) = STACK.properties("TaskDefinition")["ContainerDefinitions"]


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    image.make_base()
    image.build()
    return image.configuration()


@pytest.fixture(scope="module")
def root(built: dict[str, Any]) -> Iterator[Path]:
    with image.Unpacked() as folder:
        print(f"\nimage: {image.size_of(folder) / 1e6:.1f} MB unpacked, {os.uname().machine}")
        yield folder


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def volumes(folder: Path, root: Path, built: dict[str, Any]) -> dict[str, Path]:
    """Empty ones, with owner and mode of the image's folder, as Fargate makes them for a path that is a VOLUME."""
    made = {}
    for point in DEFINITION["MountPoints"]:
        path = folder / point["SourceVolume"]
        path.mkdir()
        assert point["ContainerPath"] in built["Volumes"]
        like = (root / point["ContainerPath"].lstrip("/")).stat()
        os.chown(path, like.st_uid, like.st_gid)
        path.chmod(stat.S_IMODE(like.st_mode))
        made[point["SourceVolume"]] = path
    folder.chmod(0o755)
    return made


def test_its_configuration_is_what_the_task_definition_needs(built: dict[str, Any]) -> None:
    assert built["User"] == DEFINITION["User"] and re.fullmatch(r"[1-9]\d*:[1-9]\d*", built["User"])
    assert built["Entrypoint"] == ["/usr/bin/penstock"] and built["Cmd"] == DEFINITION["Command"]
    assert (
        built["StopSignal"] == "SIGTERM"
        and built["Healthcheck"]["Test"] == DEFINITION["HealthCheck"]["Command"]
    )
    labels = {name.removeprefix("org.opencontainers.image."): text for name, text in built["Labels"].items()}
    assert {"title", "description", "licenses", "base.name"} <= set(labels)
    assert (labels["version"], labels["revision"]) == (image.version(), image.REVISION)


def test_it_holds_the_program_and_no_tools(root: Path) -> None:
    for name in ("gcc", "cc", "cmake", "ninja", "curl", "wget", "python3"):
        assert not list(root.glob(f"usr/bin/{name}*")), name
    assert not (root / "source").exists() and not (root / "install").exists()
    assert not list(root.glob("var/lib/apt/lists/*"))
    assert (root / "etc/ssl/certs/ca-certificates.crt").stat().st_size > 100_000
    binary = root / "usr/bin/penstock"
    assert ".debug_info" not in image.run("readelf", "-SW", str(binary)) and binary.stat().st_uid == 0
    header = image.run("readelf", "-hldW", str(binary))
    assert "DYN (Position-Independent Executable file)" in header
    assert "GNU_RELRO" in header and "BIND_NOW" in header and "(NEEDED)" in header
    assert not re.search(r"GNU_STACK.*RWE", header)


def test_as_the_task_runs_it_delivers_answers_and_stops(
    root: Path, built: dict[str, Any], tmp_path: Path
) -> None:
    folders = volumes(tmp_path, root, built)
    with (
        FaultServer(role=Role(TABLE, APP, HOSE), delivery_streams=[HOSE]) as server,
        CredentialServer() as credentials,
        TaskMetadata() as metadata,
    ):
        make_lease_table(server)
        server.create_stream(table=TABLE, shards=4, generations=1, records=2000)
        server.add_key("AKCONTAINER", secret_of("AKCONTAINER"), token_of("AKCONTAINER"))
        given_by_ecs = {
            "AWS_REGION": server.region,
            "AWS_DEFAULT_REGION": server.region,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{credentials.url}/container",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": credentials.container_token,
            "ECS_CONTAINER_METADATA_URI_V4": metadata.uri,
            "AWS_ENDPOINT_URL": server.endpoint,
            "PENSTOCK_ADMIN": f"127.0.0.1:{free_port()}",  # a task has a network of its own; here it is shared
        }
        with Container(root, built, DEFINITION, folders, given_by_ecs) as container:
            started = container.wait_for("worker started")
            assert started["worker"].startswith(TASK_ID + "-")
            verdict = server.wait_all_accepted(alive=container.is_running)
            assert (verdict["missing"], verdict["different"], verdict["unknown"]) == (0, 0, 0)
            status = dict(
                line.split(":\t", 1)
                for line in Path(f"/proc/{container.pid}/status").read_text().splitlines()
            )
            assert (
                status["Uid"].split() == [container.user] * 4
                and status["Gid"].split() == [container.group] * 4
            )
            assert {status[name] for name in ("CapPrm", "CapEff", "CapInh", "CapBnd", "CapAmb")} == {"0" * 16}
            assert status["NoNewPrivs"] == "1" and status["NSpid"].split()[-1] == "1"
            check = DEFINITION["HealthCheck"]["Command"]
            assert check[0] == "CMD" and container.run(*check[1:])[0] == 0
            os.kill(container.pid, signal.SIGSTOP)  # nothing turns any more
            code, words = container.run(*check[1:])
            assert code != 0, words
            os.kill(container.pid, signal.SIGCONT)
            code, words = container.run("/bin/sh", "-c", "echo x >/usr/bin/x || echo x >/x || echo x >/etc/x")
            assert code != 0 and "Read-only file system" in words
            assert container.run("/usr/bin/penstock", "version")[1].split()[1] == image.version()
            assert container.term() == 0, container.log_text()
        stopped = container.wait_for("worker stopped")
        assert (stopped["records_undelivered"], stopped["leases_left"]) == (0, 0)
        assert any(path.is_file() for path in folders["state"].rglob("*"))
        assert all("leaseOwner" not in row for row in server.rows(APP))
        assert "CANARY" not in container.log_text() and container.other_lines == []
        assert server.denied() == []
