"""A worker's admin server, asked as programs ask it."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.support.penstock import HANG_SECONDS, Worker


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def ask(address: str, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> Answer:
    connection = http.client.HTTPConnection(address, timeout=HANG_SECONDS)
    try:
        connection.request(method, path, headers=headers or {})
        reply = connection.getresponse()
        names = {name.lower(): value for name, value in reply.getheaders()}
        return Answer(reply.status, names, reply.read())
    finally:
        connection.close()


def leases(worker: Worker) -> dict[str, Any]:
    answer = ask(worker.admin, "/leases")
    assert answer.status == 200, answer
    return dict(answer.json())


Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def metrics(worker: Worker) -> Samples:
    """Every sample by its name and labels, as the official parser reads them."""
    answer = ask(worker.admin, "/metrics")
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples: Samples = {}
    for family in text_string_to_metric_families(answer.body.decode()):
        assert family.documentation and family.type != "unknown", family
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            assert key not in samples, key
            samples[key] = sample.value
    return samples
