"""Credentials from every place, over real connections: botocore's choice, and no secret in any output."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from tests.support.credential_server import IMDS_TOKEN, CredentialServer, json_credentials, secret_of
from tests.support.moto import Moto

ROOT = Path(__file__).resolve().parents[2]
HANG_SECONDS = 60
BUILD = ROOT / os.environ.get("PENSTOCK_BUILD", "build/dev")
pytestmark = pytest.mark.core


@pytest.fixture
def server() -> Iterator[CredentialServer]:
    with CredentialServer() as running:
        yield running


def keys(key: str) -> str:
    return f"aws_access_key_id = {key}\naws_secret_access_key = {secret_of(key)}\n"


def process(key: str) -> str:
    answer = {"Version": 1, **json_credentials(key, "SessionToken")}
    return f"credential_process = printf %s '{json.dumps(answer)}'\n"


class Place:
    """A home folder with AWS files, and the environment that leads there."""

    def __init__(self, home: Path, server: CredentialServer) -> None:
        self.home = home
        self.token_file = home / "web-token"
        self.token_file.write_text(server.web_token)
        (home / ".aws").mkdir()
        self.environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL_STS": server.url,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url,
            # Nobody listens there: whoever asks a proxy for metadata fails.
            "http_proxy": "http://127.0.0.1:1",
            "no_proxy": "127.0.0.1",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def write(self, config: str, credentials: str = "") -> None:
        (self.home / ".aws/config").write_text(config)
        (self.home / ".aws/credentials").write_text(credentials)

    def ours(self, profile: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(BUILD / "tests/support/aws_resolve"), "credentials", *([profile] if profile else [])]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=90)
        assert "CANARY" not in done.stdout + done.stderr
        return done

    def our_key(self, profile: str | None = None) -> str:
        done = self.ours(profile)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[1]

    def our_reason(self) -> str:
        done = self.ours()
        assert done.returncode == 1 and done.stdout == ""
        return done.stderr

    def botocores_key(self, profile: str | None = None) -> str:
        with pytest.MonkeyPatch.context() as patch:
            for name in [key for key in os.environ if key.startswith("AWS_")]:
                patch.delenv(name)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            credentials = botocore.session.Session(profile=profile).get_credentials()
            return credentials.get_frozen_credentials().access_key


@pytest.fixture
def place(tmp_path: Path, server: CredentialServer) -> Place:
    return Place(tmp_path, server)


ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKENV", "AWS_SECRET_ACCESS_KEY": secret_of("AKENV")}
CONTAINER = {
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "URL/container",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer CANARY-container",
}
WEB = {"AWS_WEB_IDENTITY_TOKEN_FILE": "HOME/web-token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/w"}
ROLE = "role_arn = arn:aws:iam::1:role/r\n"
ASSUMED = "r.by."

# name, environment, config file, credentials file, profile on the command line, the key that must come
CHOICES: list[tuple[str, dict[str, str], str, str, str | None, str]] = [
    ("environment", {**ENVIRONMENT, **CONTAINER, **WEB}, "", f"[default]\n{keys('AKFILE')}", None, "AKENV"),
    (
        "session token in the environment",
        {
            **ENVIRONMENT,
            "AWS_SESSION_TOKEN": "CANARY",
            "AWS_CREDENTIAL_EXPIRATION": "2099-01-01T00:00:00+00:00",
        },
        "",
        "",
        None,
        "AKENV",
    ),
    ("AWS_PROFILE", {"AWS_PROFILE": "p"}, "", f"[p]\n{keys('AKP')}[default]\n{keys('AKFILE')}", None, "AKP"),
    (
        "AWS_DEFAULT_PROFILE",
        {"AWS_DEFAULT_PROFILE": "q", "AWS_PROFILE": "p"},
        "",
        f"[p]\n{keys('AKP')}[q]\n{keys('AKQ')}",
        None,
        "AKQ",
    ),
    ("chosen profile", {**ENVIRONMENT, **WEB}, "", f"[p]\n{keys('AKP')}", "p", "AKP"),
    (
        "credentials file",
        CONTAINER,
        f"[default]\n{process('AKPROC')}",
        f"[default]\n{keys('AKF')}",
        None,
        "AKF",
    ),
    ("process", CONTAINER, f"[default]\n{process('AKPROC')}{keys('AKCONF')}", "", None, "AKPROC"),
    ("config file", CONTAINER, f"[default]\n{keys('AKCONF')}", "", None, "AKCONF"),
    ("container", CONTAINER, "", "", None, "AKCONTAINER"),
    ("instance", {}, "", "", None, "AKIMDS"),
    ("instance by the profile", {}, "[default]\nec2_metadata_service_endpoint = URL\n", "", None, "AKIMDS"),
    ("role", {}, f"[default]\n{ROLE}source_profile = s\n", f"[s]\n{keys('AKS')}", None, ASSUMED + "AKS"),
    (
        "role of a role",
        {},
        f"[default]\n{ROLE}source_profile = s\n[profile s]\nrole_arn = arn:aws:iam::1:role/s\n"
        f"source_profile = t\nexternal_id = e/1\n[profile t]\n{keys('AKT')}",
        "",
        None,
        f"{ASSUMED}s.by.AKT",
    ),
    (
        "role by the environment",
        ENVIRONMENT,
        f"[profile r]\n{ROLE}credential_source = Environment\n",
        "",
        "r",
        ASSUMED + "AKENV",
    ),
    (
        "role by the container",
        CONTAINER,
        f"[default]\n{ROLE}credential_source = EcsContainer\nrole_session_name = me.too\n",
        "",
        None,
        ASSUMED + "AKCONTAINER",
    ),
    (
        "role by the instance",
        {},
        f"[default]\n{ROLE}credential_source = Ec2InstanceMetadata\nduration_seconds = 900\n",
        "",
        None,
        ASSUMED + "AKIMDS",
    ),
    (
        "role by a process",
        {},
        f"[default]\n{ROLE}source_profile = s\n[profile s]\n{process('AKP')}",
        "",
        None,
        ASSUMED + "AKP",
    ),
    (
        "role with keys beside it",
        {},
        f"[default]\n{ROLE}source_profile = default\n{keys('AKD')}",
        "",
        None,
        ASSUMED + "AKD",
    ),
    ("web identity", WEB, "", f"[default]\n{keys('AKFILE')}", None, "w.by.web"),
    (
        "web identity of a profile",
        {},
        f"[default]\n{ROLE}web_identity_token_file = HOME/web-token\n",
        "",
        None,
        ASSUMED + "web",
    ),
    (
        "role by a web identity",
        {},
        f"[default]\n{ROLE}source_profile = w\n[profile w]\nrole_arn = arn:aws:iam::1:role/w\n"
        "web_identity_token_file = HOME/web-token\n",
        "",
        None,
        f"{ASSUMED}w.by.web",
    ),
]


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice[0])
def test_the_choice_is_botocores(choice: tuple[Any, ...], place: Place, server: CredentialServer) -> None:
    _, environment, config, credentials, profile, key = choice

    def fill(text: str) -> str:
        return text.replace("URL", server.url).replace("HOME", str(place.home))

    place.environment |= {name: fill(value) for name, value in environment.items()}
    place.write(fill(config), credentials)
    assert place.our_key(profile) == key
    assert place.botocores_key(profile) == key
    ours, theirs = (server.forms[: len(server.forms) // 2], server.forms[len(server.forms) // 2 :])
    for mine, other in zip(ours, theirs, strict=True):
        for name in ("RoleArn", "ExternalId", "WebIdentityToken", "Action", "Version"):
            assert mine.get(name) == other.get(name)


def test_moto_as_a_second_opinion(place: Place, moto: Moto) -> None:
    place.environment["AWS_ENDPOINT_URL_STS"] = moto.endpoint
    place.write(f"[default]\n{ROLE}source_profile = s\n", f"[s]\n{keys('AKIAEXAMPLE')}")
    assert place.our_key().startswith("ASIA")
    place.write("")
    place.environment |= {name: value.replace("HOME", str(place.home)) for name, value in WEB.items()}
    assert place.our_key().startswith("ASIA")


def test_a_hanging_metadata_service_costs_a_second(place: Place, server: CredentialServer) -> None:
    over = threading.Event()
    server.trouble["/latest/api/token"] = lambda _handler: over.wait(HANG_SECONDS)
    started = time.monotonic()
    reason = place.our_reason()
    took = time.monotonic() - started
    over.set()
    assert "instance metadata: no token (timeout" in reason
    assert took < HANG_SECONDS / 2


def redirect(handler: Any) -> None:
    handler.answer(301, "", {"Location": "/elsewhere"})


@pytest.mark.parametrize(
    "path", ["/latest/api/token", "/latest/meta-data/iam/security-credentials/", "/container", "/"]
)
def test_redirects_are_never_followed(path: str, place: Place, server: CredentialServer) -> None:
    server.trouble[path] = redirect
    if path == "/container":
        place.environment |= {name: value.replace("URL", server.url) for name, value in CONTAINER.items()}
    if path == "/":
        place.write(f"[default]\n{ROLE}source_profile = s\n", f"[s]\n{keys('AKS')}")
    place.our_reason()
    assert "/elsewhere" not in [path for _, path, _, _ in server.seen]


GARBAGE = {
    "empty": "",
    "text": "CANARY",
    "open": "{",
    "array": "[]",
    "number": '{"AccessKeyId": 1}',
    "half": '{"AccessKeyId": "a", "SecretAccessKey": "CANARY"}',
    "nul": "\0",
    "huge": "x" * 70000,
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
@pytest.mark.parametrize("path", ["/latest/meta-data/iam/security-credentials/the-role", "/"])
def test_garbage_is_refused_in_words(path: str, garbage: str, place: Place, server: CredentialServer) -> None:
    place.environment["AWS_MAX_ATTEMPTS"] = "1"
    if path == "/":
        place.write(f"[default]\n{ROLE}source_profile = s\n", f"[s]\n{keys('AKS')}")
    server.trouble[path] = lambda handler: handler.answer(200, garbage)
    assert ("role" if path == "/" else "instance metadata") in place.our_reason()


def test_a_container_is_asked_three_times(place: Place, server: CredentialServer) -> None:
    answers = [GARBAGE["half"], GARBAGE["huge"], GARBAGE["text"]]
    server.trouble["/container"] = lambda handler: handler.answer(200, answers.pop())
    place.environment |= {name: value.replace("URL", server.url) for name, value in CONTAINER.items()}
    assert "container credentials: after 3 tries: the answer has no Token" in place.our_reason()
    assert not answers


def test_a_container_token_goes_to_allowed_hosts_only(place: Place) -> None:
    place.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "CANARY"
    place.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://192.0.2.1/x"
    assert "the host '192.0.2.1' may not be asked over plain http" in place.our_reason()


def test_a_host_name_is_resolved_first(place: Place, server: CredentialServer) -> None:
    port = server.url.rpartition(":")[2]
    place.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"http://localhost:{port}/container"
    place.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = server.container_token
    assert place.our_key() == "AKCONTAINER"
    assert server.seen[0][2]["Host"] == f"localhost:{port}"


def test_the_instance_is_asked_as_documented(place: Place, server: CredentialServer) -> None:
    assert place.our_key() == "AKIMDS"
    assert [(method, path) for method, path, _, _ in server.seen] == [
        ("PUT", "/latest/api/token"),
        ("GET", "/latest/meta-data/iam/security-credentials/"),
        ("GET", "/latest/meta-data/iam/security-credentials/the-role"),
    ]
    headers = {name.lower(): value for name, value in server.seen[1][2].items()}
    assert headers["x-aws-ec2-metadata-token"] == IMDS_TOKEN


@pytest.mark.parametrize(
    ("environment", "config", "words"),
    [
        (
            {"AWS_EC2_METADATA_DISABLED": "true"},
            "",
            "no AWS credentials: environment: not set; role: no role_arn",
        ),
        ({"AWS_PROFILE": "nobody"}, "", "there is no profile 'nobody'"),
        (
            {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""},
            "",
            "set AWS_REGION or AWS_DEFAULT_REGION, or 'region' in",
        ),
        ({}, "[default]\nregion eu\n", "config' line 2: neither a [section] nor 'key = value'"),
        (
            {},
            "[default]\nsso_account_id = 1\nsso_role_name = r\n",
            "aws configure export-credentials --profile default",
        ),
        ({}, f"[default]\n{ROLE}source_profile = default\n", "source_profile goes in a circle"),
        (
            {},
            "[default]\ncredential_process = sh -c 'echo CANARY >&2; exit 3'\n",
            "'sh' ended with exit code 3",
        ),
        (
            {"AWS_RETRY_MODE": "eager"},
            "",
            "AWS_RETRY_MODE is 'eager': use 'standard', 'adaptive' or 'legacy'",
        ),
        ({"AWS_CA_BUNDLE": "/nonexistent.pem"}, "", "AWS_CA_BUNDLE: cannot read '/nonexistent.pem'"),
        (
            {"AWS_ENDPOINT_URL_STS": "sts"},
            f"[default]\n{ROLE}source_profile=s\n[profile s]\n{keys('A')}",
            "is no URL such as",
        ),
    ],
)
def test_what_is_wrong_is_said(environment: dict[str, str], config: str, words: str, place: Place) -> None:
    place.environment |= environment
    place.write(config)
    assert words in place.our_reason()
