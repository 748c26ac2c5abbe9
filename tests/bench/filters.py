"""The bench of filters; tests/bench/filters builds what it needs and calls it."""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
import urllib.request
from dataclasses import asdict, dataclass, replace

from tests.bench.carrying import Carried, Load, carry
from tests.bench.floor import HANG_SECONDS
from tests.support.faultd import FaultServer
from tests.support.penstock import Worker

LOOK_SECONDS = 0.05
MOST = 0.5  # of the CPU of sending

# Keys of the generated records end in an item's number, so that two digits stand for one record in a hundred.
KEY = {"S": [{"suffix": "07"}]}
FILTERS: dict[str, list[dict[str, object]]] = {
    "send all": [],
    "by key": [{"dynamodb": {"Keys": {"pk": KEY}}}],
    "by image": [{"dynamodb": {"NewImage": {"pk": KEY, "text": {"S": [{"exists": True}]}}}}],
    "by image's text": [{"dynamodb": {"NewImage": {"text": {"S": [{"wildcard": "*no such text*"}]}}}}],
    "by change": [{"eventName": ["MODIFY"], "dynamodb": {"Keys": {"pk": KEY}}, "changed": ["text"]}],
    "ten patterns": [{"dynamodb": {"NewImage": {"pk": {"S": [f"none-{number}"]}}}} for number in range(9)]
    + [{"dynamodb": {"Keys": {"pk": KEY}}}],
}
HELD = ("by key", "by image", "by change")


@dataclass
class Figures:
    filter: str
    records: int
    accepted: int
    wall_s: float
    user_s: float
    system_s: float

    @property
    def cpu_per_million(self) -> float:
        return (self.user_s + self.system_s) / self.records * 1e6


def _delivered(worker: Worker) -> int:
    """Records that were accepted or dropped."""
    with urllib.request.urlopen(f"http://{worker.admin}/metrics", timeout=HANG_SECONDS) as reply:
        found = re.search(r"^penstock_records_delivered_total (\d+)$", reply.read().decode(), re.MULTILINE)
    return int(found.group(1)) if found else 0


def carry_through(name: str, load: Load) -> tuple[Carried, int]:
    """With a filter of FILTERS; beside it the records accepted."""
    settings = ["--admin", "127.0.0.1:0"]
    settings += [word for pattern in FILTERS[name] for word in ("--filter", json.dumps(pattern))]
    accepted = []

    def all_delivered(server: FaultServer, worker: Worker) -> None:
        deadline = time.monotonic() + HANG_SECONDS
        while _delivered(worker) < load.total:
            assert worker.is_running() and time.monotonic() < deadline
            time.sleep(LOOK_SECONDS)
        accepted.append(int(server.verdict()["accepted"]))

    carried = carry(replace(load, settings=tuple(settings)), all_delivered)
    return carried, accepted[0]


def run_worker(name: str, arguments: argparse.Namespace) -> Figures:
    load = Load(arguments.shards, arguments.records, arguments.record_bytes, arguments.seed)
    carried, accepted = carry_through(name, load)
    usage = carried.usage
    return Figures(name, load.total, accepted, carried.wall_s, usage.user_s, usage.system_s)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/bench/filters")
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--records", type=int, default=50000, help="a shard")
    parser.add_argument("--record-bytes", type=int, default=700)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    rounds: dict[str, list[Figures]] = {name: [] for name in FILTERS}
    for _ in range(arguments.rounds):
        for name in FILTERS:
            figures = run_worker(name, arguments)
            rounds[name].append(figures)
            shown = asdict(figures) | {"cpu_s_per_million": figures.cpu_per_million}
            print(
                json.dumps({key: round(v, 3) if isinstance(v, float) else v for key, v in shown.items()}),
                flush=True,
            )
    costs = {name: statistics.median(one.cpu_per_million for one in each) for name, each in rounds.items()}
    print(f"\n{'':<18}{'CPU s/million':>15}{'carried':>10}{'ratio':>8}")
    for name, cost in costs.items():
        share = rounds[name][0].accepted / rounds[name][0].records
        print(f"{name:<18}{cost:>15.2f}{share:>10.2%}{cost / costs['send all']:>8.2f}")
    over = [name for name in HELD if costs[name] > MOST * costs["send all"]]
    print(
        f"over {MOST:.0%} of sending: {', '.join(over)}"
        if over
        else f"all of {', '.join(HELD)} within {MOST:.0%} of sending"
    )
    return 1 if over else 0


if __name__ == "__main__":
    raise SystemExit(main())
