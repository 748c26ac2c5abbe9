"""The transport against TLS servers: a certificate that is not right is refused, and nothing falls back.

Fault 45: expired, self-signed and wrong-host certificates are a hard failure.
"""

from __future__ import annotations

import os
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.authority import Authority

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / os.environ.get("PENSTOCK_BUILD", "build/dev") / "tests" / "support" / "http_get"

pytestmark = pytest.mark.core


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"{self.connection.version()} {self.connection.session_reused}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/close":
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address) -> None:
        pass  # a client that hangs up during the handshake is what the tests are about


@pytest.fixture
def serve():
    """Starts servers with a certificate; they end with the test."""
    started: list[tuple[Server, threading.Thread]] = []

    def start(pem: Path | None, prepare=lambda context: None) -> int:
        server = Server(("127.0.0.1", 0), Handler)
        if pem is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
            prepare(context)
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        started.append((server, thread))
        return server.server_address[1]

    yield start
    for server, thread in started:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def fetch(url: str, bundle: Path | str = "", count: int = 1) -> list[list[str]]:
    done = subprocess.run(
        [CLIENT, url, str(bundle), str(count)], capture_output=True, text=True, timeout=120, check=True
    )
    return [line.split("|", 2) for line in done.stdout.splitlines()]


def test_a_certificate_of_the_bundle_is_trusted(serve, authority):
    port = serve(authority.issue("good", "127.0.0.1"))
    [[code, status, body]] = fetch(f"https://127.0.0.1:{port}/", authority.bundle)
    assert (code, status) == ("ok", "200")
    assert body.startswith("TLSv1.3")


def test_the_same_certificate_without_the_bundle_is_refused(serve, authority):
    port = serve(authority.issue("good", "127.0.0.1"))
    [[code, _, reason]] = fetch(f"https://127.0.0.1:{port}/")
    assert code == "denied"
    assert "certificate" in reason


@pytest.mark.parametrize(
    ("name", "host", "first", "last"),
    [
        ("wrong-host", "example.org", 0, 5),
        ("wrong-address", "127.0.0.2", 0, 5),
        ("expired", "127.0.0.1", -9, -1),
        ("not-yet-valid", "127.0.0.1", 3, 5),
    ],
)
def test_a_certificate_that_is_not_right_is_refused(serve, authority, name, host, first, last):
    port = serve(authority.issue(name, host, first=first, last=last))
    [[code, _, reason]] = fetch(f"https://127.0.0.1:{port}/", authority.bundle)
    assert code == "denied"
    assert f"https://127.0.0.1:{port}" in reason


def test_another_authoritys_certificate_is_refused(serve, authority, tmp_path):
    port = serve(Authority(tmp_path, "another authority").issue("good", "127.0.0.1"))
    [[code, _, reason]] = fetch(f"https://127.0.0.1:{port}/", authority.bundle)
    assert code == "denied", reason


def test_an_authority_of_the_same_name_with_another_key_is_refused(serve, authority, tmp_path):
    """OpenSSL reports this one as a broken handshake, not as a verdict on the certificate."""
    port = serve(Authority(tmp_path).issue("good", "127.0.0.1"))
    [[code, status, reason]] = fetch(f"https://127.0.0.1:{port}/", authority.bundle)
    assert code in ("denied", "unavailable"), reason
    assert status == "0"


def test_a_bundle_that_is_not_there_is_said_so(serve, authority, tmp_path):
    port = serve(authority.issue("good", "127.0.0.1"))
    [[code, _, reason]] = fetch(f"https://127.0.0.1:{port}/", tmp_path / "missing.pem")
    assert code == "denied"
    assert "missing.pem" in reason


def test_a_bundle_without_certificates_is_said_so(serve, authority, tmp_path):
    port = serve(authority.issue("good", "127.0.0.1"))
    (tmp_path / "empty.pem").write_text("none yet\n")
    [[code, _, reason]] = fetch(f"https://127.0.0.1:{port}/", tmp_path / "empty.pem")
    assert code == "denied"
    assert f"https://127.0.0.1:{port}: cannot read certificates from '{tmp_path}/empty.pem': " in reason
    assert "set AWS_CA_BUNDLE" in reason


def test_old_tls_is_refused(serve, authority):
    def only_1_1(context: ssl.SSLContext) -> None:
        context.minimum_version = ssl.TLSVersion.TLSv1_1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")

    port = serve(authority.issue("good", "127.0.0.1"), only_1_1)
    [[code, status, _]] = fetch(f"https://127.0.0.1:{port}/", authority.bundle)
    assert (code, status) == ("unavailable", "0")


def test_plain_http_behind_https_is_no_answer(serve, authority):
    port = serve(None)
    [[code, status, _]] = fetch(f"https://127.0.0.1:{port}/", authority.bundle)
    assert (code, status) == ("unavailable", "0")


def test_a_new_connection_takes_the_tls_session_up_again(serve, authority):
    """One full handshake, then resumed ones: a handshake costs more than its request."""
    port = serve(authority.issue("good", "127.0.0.1"))
    lines = fetch(f"https://127.0.0.1:{port}/close", authority.bundle, 3)
    assert [line[0] for line in lines] == ["ok"] * 3
    assert [line[2].split()[1] for line in lines] == ["False", "True", "True"]
