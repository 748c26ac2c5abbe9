"""What is to go wrong and when: a pure function of a seed, so that a run is played again by its seed.

Every kind of trouble is a card of a deck; the deck is shuffled and dealt again and again, so that each kind comes
before any comes twice. The numbers are those of tests/faults.md.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

WORKERS = 6
NAMESPACED = (4, 5)  # the workers that live in network namespaces of their own
QUIET_SECONDS = 6.0  # at the begin, so that there is a fleet to trouble
SERVICES = ("dynamodb", "streams", "firehose")
MOST_TROUBLED = 4  # workers that are dead, stopped or cut off at once


@dataclass(frozen=True)
class Kind:
    """`target`: worker, namespaced (a worker too), fleet or service. `seconds`: how long it lasts, from and to."""

    faults: tuple[int, ...]
    target: str
    seconds: tuple[float, float]
    about: str


@dataclass(frozen=True)
class Event:
    at: float
    kind: str
    seconds: float
    worker: int = -1
    choice: int = 0  # for whatever the kind has to choose


WORKER_KINDS = {
    "kill": Kind((52,), "worker", (0.1, 3), "SIGKILL, back on its own state slot"),
    "kill-fresh": Kind((47, 52), "worker", (0.1, 3), "SIGKILL, back without its positions"),
    "kill-long": Kind((52,), "worker", (8, 14), "SIGKILL, back when others have its leases"),
    "pause": Kind((1,), "worker", (15, 15), "SIGSTOP for longer than a lease"),
    "pause-short": Kind((2,), "worker", (1, 2), "SIGSTOP for less than a lease"),
    "term": Kind((56,), "worker", (0.1, 3), "SIGTERM, back once it has ended"),
    "term-twice": Kind((57,), "worker", (0.1, 3), "a second SIGTERM while it drains"),
    "disk-full": Kind((51,), "worker", (5, 8), "no file may grow"),
    "log-blocked": Kind((58,), "worker", (6, 10), "nobody reads its log"),
    "no-descriptors": Kind((53,), "worker", (4, 7), "no descriptor can be opened"),
    "clock-off": Kind((15,), "worker", (0.1, 1), "back after SIGKILL with a wall clock 15 minutes off"),
    "starved": Kind((59,), "worker", (6, 9), "a twentieth of a core"),
    "kill-all": Kind((17, 52), "fleet", (0.1, 0.5), "SIGKILL to all, all back together"),
}
NETWORK_KINDS = {
    **{
        f"cut-{service}-{way}": Kind(
            ((13,) if service == "firehose" else (12,) if service == "dynamodb" else (39,)),
            "namespaced",
            (4, 12),
            f"packets {'to' if way == 'out' else 'from'} {service} are dropped",
        )
        for service in SERVICES
        for way in ("out", "in")
    },
    "link-down": Kind((12, 13, 46), "namespaced", (5, 12), "its network is gone"),
}
# The faults of the fault server's rules: rules.py says which rule each is.
SERVICE_KINDS = {
    "refuse-dynamodb": Kind((12,), "service", (3, 6), "connections to the lease table are reset"),
    "refuse-streams": Kind((39,), "service", (3, 6), "connections to Streams are reset"),
    "refuse-firehose": Kind((13,), "service", (3, 6), "connections to Firehose are reset"),
    "silent-dynamodb": Kind((12,), "service", (4, 8), "the lease table does not answer"),
    "silent-streams": Kind((39,), "service", (4, 8), "Streams does not answer"),
    "silent-firehose": Kind((13, 33), "service", (4, 8), "Firehose takes requests and answers late"),
    "throttle-dynamodb": Kind((10,), "service", (4, 7), "a storm of throttles at the lease table"),
    "throttle-streams": Kind((24,), "service", (4, 7), "Streams throttles, DescribeStream too"),
    "throttle-firehose": Kind((34, 35), "service", (4, 7), "Firehose throttles"),
    "fail-dynamodb": Kind((3,), "service", (3, 6), "500 after the lease write was done"),
    "fail-streams": Kind((39,), "service", (3, 6), "500 from Streams"),
    "fail-firehose": Kind((33,), "service", (3, 6), "500 after the records were taken"),
    "lost-dynamodb": Kind((3,), "service", (3, 6), "answers of lease writes are lost"),
    "lost-streams": Kind((39,), "service", (3, 6), "answers of Streams are lost"),
    "lost-firehose": Kind((33,), "service", (3, 6), "answers of Firehose are lost"),
    "late-renewals": Kind((4,), "service", (4, 7), "lease writes are answered late"),
    "partial": Kind((31,), "service", (4, 7), "records of a batch fail"),
    "wrong-length": Kind((32,), "service", (3, 6), "verdicts are missing"),
    "wrong-crc-dynamodb": Kind((40,), "service", (3, 6), "x-amz-crc32 is wrong, lease table"),
    "wrong-crc-streams": Kind((40,), "service", (3, 6), "x-amz-crc32 is wrong, Streams"),
    "cut-reply": Kind((39,), "service", (3, 6), "replies end early"),
    "oversize": Kind((41,), "service", (2, 4), "huge replies"),
    "garbage": Kind((41,), "service", (3, 6), "replies that are no JSON"),
    "trickle": Kind((42,), "service", (4, 7), "replies of some bytes a second"),
    "expired-iterators": Kind((19,), "service", (0, 0), "every iterator expires"),
    "children-late": Kind((21, 23), "service", (5, 9), "children are missing from the listing"),
    "listing-half": Kind((23,), "service", (5, 9), "listings end halfway"),
    "listing-stale": Kind((23,), "service", (5, 9), "closed shards are listed open"),
    "empty-scans": Kind((11,), "service", (4, 8), "empty pages of scans"),
    "empty-pages": Kind((28,), "service", (4, 8), "empty pages of records"),
    "expired-credentials": Kind((43,), "service", (2, 4), "credentials count as expired"),
}
KINDS = WORKER_KINDS | NETWORK_KINDS | SERVICE_KINDS


class _Workers:
    """Who is in trouble until when."""

    def __init__(self) -> None:
        self.until = [0.0] * WORKERS

    def choose(self, rng: random.Random, at: float, kind: Kind) -> int | None:
        troubled = sum(until > at for until in self.until)
        among = NAMESPACED if kind.target == "namespaced" else range(WORKERS)
        free = [worker for worker in among if self.until[worker] <= at]
        return rng.choice(free) if free and troubled < MOST_TROUBLED else None


def make_schedule(seed: int, seconds: float) -> list[Event]:
    """The events of a run that lasts so long, in order of time; all have ended by its end."""
    rng = random.Random(seed)
    workers = _Workers()
    names = sorted(KINDS)
    pace = min(2.2, 0.9 * (seconds - QUIET_SECONDS) / len(names))  # the whole deck once, at least
    events: list[Event] = []
    deck: list[str] = []
    at = QUIET_SECONDS
    while at < seconds - 1:
        deck = deck or _shuffle(rng, names)
        drawn = _draw(rng, workers, deck, at, seconds)
        if drawn:
            events.append(drawn)
        at += rng.uniform(0.5, 1.5) * pace if drawn else 0.2
    return sorted(events, key=lambda event: event.at)


def _shuffle(rng: random.Random, names: list[str]) -> list[str]:
    """What needs most time or most quiet lies in the upper third, so that a short run has it too."""
    deck = rng.sample(names, len(names))
    for name in ("pause", "kill-all"):
        deck.remove(name)
        deck.insert(rng.randrange(len(names) // 3), name)
    return deck


def _draw(rng: random.Random, workers: _Workers, deck: list[str], at: float, seconds: float) -> Event | None:
    """The first card that can be played now; taken off the deck."""
    waiting = False  # for all workers to be well: no new trouble for one
    for name in list(deck):
        kind = KINDS[name]
        if waiting and kind.target != "service":
            continue
        lasts = min(rng.uniform(*kind.seconds), max(0.1, seconds - at))
        if kind.target == "service":
            deck.remove(name)
            return Event(at, name, lasts, choice=rng.randrange(1000))
        if kind.target == "fleet":
            if any(until > at for until in workers.until):
                waiting = True
                continue
            deck.remove(name)
            workers.until = [at + lasts + 1] * WORKERS
            return Event(at, name, lasts)
        worker = workers.choose(rng, at, kind)
        if worker is not None and (name != "pause" or at + kind.seconds[0] <= seconds):
            deck.remove(name)
            workers.until[worker] = at + lasts + 1
            return Event(at, name, lasts, worker, rng.randrange(1000))
    return None
