"""One little server that speaks what credentials are fetched by: IMDSv2, the container protocol, STS."""

from __future__ import annotations

import datetime
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

IMDS_TOKEN = "CANARY-imds-token=="
ROLE = "the-role"


def secret_of(key: str) -> str:
    return f"CANARY/secret+of+{key}"


def token_of(key: str) -> str:
    return f"CANARY//token+of+{key}=="


def in_an_hour() -> str:
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    return later.strftime("%Y-%m-%dT%H:%M:%SZ")


def json_credentials(key: str, token_name: str = "Token") -> dict[str, Any]:
    return {
        "AccessKeyId": key,
        "SecretAccessKey": secret_of(key),
        token_name: token_of(key),
        "Expiration": in_an_hour(),
    }


class Handler(BaseHTTPRequestHandler):
    server: CredentialServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_words: Any) -> None:
        pass

    def answer(self, status: int, body: str | bytes, headers: dict[str, str] | None = None) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.server.seen.append((self.command, self.path, dict(self.headers.items()), body))
        trouble = self.server.trouble.get(self.path)
        if trouble is not None:
            trouble(self)
        elif self.command == "POST":
            self.sts({name: values[0] for name, values in parse_qs(body).items()}, body)
        elif self.path == "/container":
            authorized = self.headers.get("Authorization") == self.server.container_token
            self.answer(200, json.dumps(json_credentials("AKCONTAINER"))) if authorized else self.answer(
                401, ""
            )
        else:
            self.imds()

    do_GET = do_PUT = do_POST = handle_any

    def imds(self) -> None:
        roles = "/latest/meta-data/iam/security-credentials/"
        if (self.command, self.path) == ("PUT", "/latest/api/token"):
            good = self.headers.get("x-aws-ec2-metadata-token-ttl-seconds") == "21600"
            self.answer(200, IMDS_TOKEN) if good else self.answer(400, "")
        elif self.headers.get("x-aws-ec2-metadata-token") != IMDS_TOKEN:
            self.answer(401, "")
        elif self.path == roles:
            self.answer(200, ROLE)
        elif self.path == roles + ROLE:
            self.answer(200, json.dumps({"Code": "Success", **json_credentials("AKIMDS")}))
        else:
            self.answer(404, "")

    def sts(self, form: dict[str, str], body: str) -> None:
        action, role = form["Action"], form["RoleArn"].rpartition("/")[2]
        if action == "AssumeRole":
            if not self.is_signed_right(body):
                self.answer(403, error("SignatureDoesNotMatch"))
                return
            signer = self.headers["Authorization"].split("Credential=")[1].split("/")[0]
            key = f"{role}.by.{signer}"
        elif "Authorization" in self.headers or form["WebIdentityToken"] != self.server.web_token:
            self.answer(400, error("InvalidIdentityToken"))
            return
        else:
            key = f"{role}.by.web"
        self.server.forms.append(form)
        self.answer(200, assumed(action, key))

    def is_signed_right(self, body: str) -> bool:
        """As botocore would have signed these headers."""
        authorization = self.headers["Authorization"]
        key, _, region, _, _ = authorization.split("Credential=")[1].split(",")[0].split("/")
        names = authorization.split("SignedHeaders=")[1].split(",")[0].split(";")
        request = AWSRequest("POST", f"http://{self.headers['Host']}{self.path}", data=body)
        for name in names:
            request.headers[name] = self.headers[name]
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        token = self.headers.get("X-Amz-Security-Token")
        signer = SigV4Auth(Credentials(key, secret_of(key), token), "sts", region)
        text = signer.string_to_sign(request, signer.canonical_request(request))
        known_token = token is None or token == token_of(key)
        return known_token and authorization.endswith("Signature=" + signer.signature(text, request))


def error(code: str) -> str:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>made up</Message></Error></ErrorResponse>"


def assumed(action: str, key: str) -> str:
    return (
        f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>'
        f"<AssumedRoleUser><Arn>a</Arn><AssumedRoleId>b:c</AssumedRoleId></AssumedRoleUser><Credentials>"
        f"<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret_of(key)}</SecretAccessKey>"
        f"<SessionToken>{token_of(key)}</SessionToken><Expiration>{in_an_hour()}</Expiration>"
        f"</Credentials></{action}Result></{action}Response>"
    )


class CredentialServer(ThreadingHTTPServer):
    """`trouble` maps a path to what answers it instead: a function of the handler."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.seen: list[tuple[str, str, dict[str, str], str]] = []
        self.forms: list[dict[str, str]] = []
        self.trouble: dict[str, Any] = {}
        self.container_token = "Bearer CANARY-container"
        self.web_token = "CANARY.web.token"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> CredentialServer:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()
