"""Credentials that come late, as garbage, or for a token that was replaced: a start says what came and from where, a
worker that has some goes on, and every record is accepted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.integration.test_bad_replies import BAD_REPLIES, BRIDGED, arguments, ends_well, environment
from tests.support.credential_server import CredentialServer
from tests.support.faultd import FaultServer
from tests.support.fleet import wait_until
from tests.support.penstock import Worker, run
from tests.support.role import MAKES_LEASE_TABLE

TABLE = "orders"
LIFE_S = 8  # so that credentials are asked for again every four seconds
ROLES = "/latest/meta-data/iam/security-credentials/"
IMDS_TOKEN, CONTAINER, STS = "/latest/api/token", "/container", "/"

SOURCES: dict[str, dict[str, str]] = {
    "instance": {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "URL"},
    "container": {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "URL/container",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "HOME/token",
    },
    "web identity": {
        "AWS_WEB_IDENTITY_TOKEN_FILE": "HOME/token",
        "AWS_ROLE_ARN": "arn:aws:iam::1:role/w",
        "AWS_ENDPOINT_URL_STS": "URL",
    },
    "role": {"AWS_CONFIG_FILE": "HOME/config", "AWS_ENDPOINT_URL_STS": "URL"},
}
CONFIG = "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = s\n[profile s]\n"
CONFIG += "aws_access_key_id = AKS\naws_secret_access_key = CANARY/secret\n"


@pytest.fixture
def broker() -> Iterator[CredentialServer]:
    with CredentialServer() as running:
        yield running


def sourced(source: str, fault_server: FaultServer, url: str, home: Path) -> dict[str, str]:
    """The fault server's environment with the keys taken out, and the source's settings in their place."""
    (home / "token").write_text("CANARY.first")
    (home / "config").write_text(CONFIG)
    own = environment(fault_server, home)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"):
        del own[name]
    for name, value in SOURCES[source].items():
        own[name] = value.replace("URL", url).replace("HOME", str(home))
    return own


# ---- A start ----

GARBAGE = {
    "empty": b"",
    "page": b"<html><body>CANARY: sign in</body></html>",
    "open": b'{"AccessKeyId":"CANARY",',
    "array": b"[]",
    "bytes": bytes(range(256)) * 4,
    "huge": b"x" * 300_000,
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
@pytest.mark.parametrize(
    ("source", "path", "words"),
    [
        ("instance", IMDS_TOKEN, "instance metadata"),
        ("instance", ROLES, "instance metadata"),
        ("instance", f"{ROLES}the-role", "instance metadata"),
        ("container", CONTAINER, "container credentials: after 3 tries: "),
        ("web identity", STS, "web identity: cannot assume the role 'arn:aws:iam::1:role/w': STS"),
        ("role", STS, "cannot assume the role 'arn:aws:iam::1:role/r': STS"),
    ],
)
def test_a_start_that_gets_garbage_says_so(
    source: str, path: str, words: str, garbage: bytes, broker: CredentialServer, tmp_path: Path
) -> None:
    broker.trouble[path] = lambda handler: handler.answer(200, garbage)
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["lake"]) as server:
        own = sourced(source, server, broker.url, tmp_path)
        code, output, errors = run(["run", *arguments(), "--state-dir", str(tmp_path / "state")], own)
        assert server.calls("DescribeTable") == 0
    assert (code, output) == (1, ""), errors
    assert errors.startswith("penstock: error: ") and errors.count("\n") == 1, errors
    assert words in errors and "CANARY" not in errors
    assert [seen for _, seen, _, _ in broker.seen if seen == path]


@pytest.mark.parametrize("operation", ["AssumeRole", "AssumeRoleWithWebIdentity"])
def test_a_start_bridges_short_troubles_of_sts(operation: str, tmp_path: Path) -> None:
    source = "role" if operation == "AssumeRole" else "web identity"
    for action, options in BAD_REPLIES:
        if action not in BRIDGED - {"wrong_crc"}:  # STS sends no checksum
            continue
        with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["lake"]) as server:
            server.add_key("AKS", "CANARY/secret")
            server.create_stream(table=TABLE, records=5)
            server.add_rule(action, operation=operation, times=2, **options)
            own = sourced(source, server, server.endpoint, tmp_path)
            with Worker(arguments(), own, tmp_path / action) as worker:
                ends_well(server, worker)
            assert "CANARY" not in worker.log_text()
            assert server.rules()[0]["fired"] == (1 if action == "slow" else 2), action


# ---- At work ----


class Issuer:
    """Stands behind a path of the broker: gives the fault server's keys for a short while to who has the token."""

    def __init__(self, source: str, fault_server: FaultServer, broker: CredentialServer) -> None:
        self.source, self.fault_server = source, fault_server
        self.token: str | None = None  # None: any
        self.garbage = 0  # so many answers are none
        self.given: list[str | None] = []  # the token of each that was good
        self.refused = 0
        broker.trouble[CONTAINER if source == "container" else STS] = self.answer

    def answer(self, handler: Any) -> None:
        sent = self.sent(handler)
        if self.garbage > 0:
            self.garbage -= 1
            handler.answer(200, GARBAGE["page"])
        elif self.token not in (None, sent):
            self.refused += 1
            handler.answer(403, "<Error><Code>InvalidIdentityToken</Code></Error>")
        else:
            handler.answer(200, self.key())
            self.given.append(sent)

    def sent(self, handler: Any) -> str | None:
        if self.source == "container":
            return handler.headers.get("Authorization")
        form = parse_qs(handler.server.seen[-1][3])
        return form.get("WebIdentityToken", [None])[0]

    def key(self) -> str:
        key, now = f"ASIA{len(self.given):08}", time.time()
        self.fault_server.add_key(key, "CANARY/of+it", "CANARY//token==", int((now + 600) * 1000))
        parts = {
            "AccessKeyId": key,
            "SecretAccessKey": "CANARY/of+it",
            "Token" if self.source == "container" else "SessionToken": "CANARY//token==",
            "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + LIFE_S)),
        }
        if self.source == "container":
            return json.dumps(parts)
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items())
        return f"<R><Credentials>{inner}</Credentials></R>"


def at_work(
    source: str,
    broker: CredentialServer,
    home: Path,
    story: Callable[[Issuer, Callable[[Callable[[], bool], str], None]], None],
) -> None:
    """A worker that delivers while the story is told; `meanwhile(holds, words)` adds records until `holds()`."""
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=["lake"]) as server:
        server.create_stream(table=TABLE, shards=2, records=50)
        issuer = Issuer(source, server, broker)
        own = sourced(source, server, broker.url, home)
        with Worker(arguments(), own, home / "state") as worker:

            def meanwhile(holds: Callable[[], bool], words: str) -> None:
                def goes_on() -> bool:
                    if len(server.rows("penstock-orders")) < 60:
                        server.roll(children=1, records=10)
                    time.sleep(0.3)
                    return holds()

                wait_until(goes_on, words, alive=worker.is_running)

            story(issuer, meanwhile)
            ends_well(server, worker)
        assert "CANARY" not in worker.log_text()
        assert server.stats()["signatures_wrong"] == 0


@pytest.mark.parametrize("source", ["container", "web identity"])
def test_a_token_file_that_changes(source: str, broker: CredentialServer, tmp_path: Path) -> None:
    """As on EKS, where the file is written anew long before its token ends: the new one is sent, and nothing else."""

    def story(issuer: Issuer, meanwhile: Callable[[Callable[[], bool], str], None]) -> None:
        meanwhile(lambda: len(issuer.given) >= 1, "the first token was good")
        for number in range(3):
            fresh = f"CANARY.{number}." + "x" * 700 * number
            (tmp_path / "fresh").write_text(fresh)
            (tmp_path / "fresh").replace(tmp_path / "token")
            before = len(issuer.given)
            issuer.token = fresh
            meanwhile(lambda: len(issuer.given) > before, "the new token was sent")  # noqa: B023
            assert issuer.given[-1] == fresh

    at_work(source, broker, tmp_path, story)


@pytest.mark.parametrize("source", ["container", "web identity", "role"])
def test_garbage_in_place_of_fresh_credentials(source: str, broker: CredentialServer, tmp_path: Path) -> None:
    """Beyond the end of those at hand, too: it waits, and goes on with the next that are good."""

    def story(issuer: Issuer, meanwhile: Callable[[Callable[[], bool], str], None]) -> None:
        meanwhile(lambda: len(issuer.given) >= 1, "it has credentials")
        for garbage in (1, 9):
            before = len(issuer.given)
            issuer.garbage = garbage
            meanwhile(lambda: issuer.garbage == 0, "garbage was given")
            meanwhile(lambda: len(issuer.given) > before, "it asked again")  # noqa: B023

    at_work(source, broker, tmp_path, story)
