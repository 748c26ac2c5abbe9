"""Act one: a table's changes through two workers; SIGKILL for the owner of the shard in the middle of a request."""

from __future__ import annotations

import random
import threading
import time

from deploy.play.lookout import Lookout, short_owner
from deploy.play.stage import Stage
from tests.support import landing
from tests.support.changes import Change, apply_all
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.faultd import FaultServer
from tests.support.fleet import Fleet, rows_of
from tests.support.role import MAKES_LEASE_TABLE

TABLE = "orders"
LEASES = f"penstock-{TABLE}"
CHANGES = 3000
ITEMS = 800
SEED = 20
PATIENCE_SECONDS = 45


def _orders(seed: int, count: int) -> list[Change]:
    """Inserts and puts, updates and deletes of orders, as a shop would make them."""
    chance = random.Random(seed)
    changes = []
    for _ in range(count):
        key = {"pk": {"S": f"order-{chance.randrange(ITEMS):04}"}}
        attributes = {
            "customer": {"S": f'Zoë "{chance.choice(["Ann", "Bo", "Čeněk"])}" {chance.randrange(900)}'},
            "total": {"N": f"{chance.randrange(10**6) / 100:.2f}"},
            "paid": {"BOOL": chance.random() < 0.5},
            "lines": {"L": [{"M": {"sku": {"S": f"{chance.getrandbits(40):010x}"}, "n": {"N": "2"}}}] * 4},
        }
        kind = chance.choices(["put", "update", "delete"], [50, 35, 15])[0]
        changes.append(Change(kind, key, {**key, **attributes} if kind == "put" else attributes))
    return changes


def _kill_in_flight(fleet: Fleet, server: FaultServer, lookout: Lookout) -> None:
    """SIGKILL for the owner while Firehose has its request and has not answered."""
    owner = fleet.owner()
    hold = server.add_rule("hold", service="firehose", operation="PutRecordBatch")
    server.wait_parked(1, PATIENCE_SECONDS)
    lookout.say(
        f"SIGKILL for {short_owner(owner.worker_id)}, which owns the shard and has a request in flight"
    )
    owner.kill()
    server.remove_rule(hold)


def _write_all(local: DynamoDBLocal, fleet: Fleet, server: FaultServer, lookout: Lookout) -> None:
    dynamodb = local.client("dynamodb")
    orders, third = _orders(SEED, CHANGES), CHANGES // 3
    lookout.say(f"writing {CHANGES} inserts, updates and deletes of {ITEMS} items through boto3")
    apply_all(dynamodb, TABLE, orders[:third])
    lookout.say("rollover: the shard is closed, its child opens")
    local.rollover()
    second = threading.Thread(target=apply_all, args=(dynamodb, TABLE, orders[third : 2 * third]))
    second.start()
    _kill_in_flight(fleet, server, lookout)
    second.join()
    apply_all(dynamodb, TABLE, orders[2 * third :])


def _verdict(stage: Stage, server: FaultServer, local: DynamoDBLocal) -> landing.Verdict:
    """The landed files against the scan, as soon as they are equal or patience ends."""
    dynamodb = local.client("dynamodb")
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        server.flush()
        state = landing.rebuild(landing.read_folder(stage.folder / "landing" / "ddb" / TABLE))
        verdict = landing.compare(state, landing.scan(dynamodb, TABLE), ["pk"])
        if verdict.good or time.monotonic() > until:
            return verdict
        time.sleep(1)


def play(stage: Stage, keep: list[str]) -> tuple[bool, DynamoDBLocal, FaultServer]:
    """True when the table and what landed are equal. Servers and the surviving worker run on; `keep` says where."""
    print("Act one: a table's changes through two workers, one of which is killed", flush=True)
    local = DynamoDBLocal().start()
    local.create_table(TABLE, {"pk": "S"})
    server = FaultServer(role=MAKES_LEASE_TABLE, landing=stage.folder / "landing").start()
    server.create_delivery_stream(TABLE, buffer_ms=1000)
    environment = stage.worker_environment(server, dynamodb=local.endpoint, dynamodb_streams=local.endpoint)
    arguments = ["--table", TABLE, "--firehose", TABLE, "--failover", "4s", "--flush-age", "200ms"]
    fleet = Fleet(arguments, environment, stage.folder, rows_of(local.client("dynamodb"), LEASES))

    def accepted() -> int:
        return int(server.stats()["lines_put"])

    with Lookout(fleet, accepted) as lookout:
        for _ in range(2):
            fleet.add().wait_for("worker started")
        _write_all(local, fleet, server, lookout)
        verdict = _verdict(stage, server, local)
        lookout.say(f"verdict: {verdict}")
    keep += [
        f"the table and the leases: aws dynamodb scan --table-name {LEASES} --endpoint-url {local.endpoint}",
        f"what landed: find {stage.folder}/landing -name '*.gz' | xargs zcat | head",
    ]
    return verdict.good and verdict.lines >= CHANGES // 2, local, server
