"""The main job against moto: an implementation that is not ours takes our requests as well-formed."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.support import landing
from tests.support.changes import Changes, apply_all
from tests.support.dynamodb_local import DynamoDBLocal
from tests.support.fleet import Fleet, rows_of, wait_until
from tests.support.moto import Moto
from tests.support.penstock import aws_environment


@pytest.mark.core
def test_a_tables_changes_arrive_in_motos_bucket(
    dynamodb_local: DynamoDBLocal, moto: Moto, tmp_path: Path
) -> None:
    seed = int(os.environ.get("PENSTOCK_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"seed: PENSTOCK_TEST_SEED={seed}")
    keys = {"pk": "S", "sk": "N"}
    dynamodb_local.create_table("second-opinion", keys)
    bucket = moto.create_delivery_stream("second-opinion")
    environment = aws_environment(dynamodb=dynamodb_local.for_workers, firehose=moto.endpoint, home=tmp_path)
    client = dynamodb_local.client("dynamodb")
    arguments = ["--table", "second-opinion", "--firehose", "second-opinion", "--flush-age", "200ms"]
    with Fleet(arguments, environment, tmp_path, rows_of(client, "penstock-second-opinion")) as fleet:
        fleet.add()
        apply_all(client, "second-opinion", Changes(seed, 1000, 100, keys))
        items = list(landing.scan(client, "second-opinion"))
        names = landing.key_names(client, "second-opinion")
        verdicts: list[landing.Verdict] = []

        def all_landed() -> bool:
            state = landing.State()
            for number, content in enumerate(moto.landed(bucket)):
                for line in landing.lines_of(content, f"object {number}"):
                    state.add(line)
            verdicts.append(landing.compare(state, items, names))
            return verdicts[-1].good

        try:
            wait_until(all_landed, "moto's bucket gives the table", alive=fleet.workers[0].is_running)
        except AssertionError:
            pytest.fail(f"{verdicts[-1]}\n{fleet.workers[0].log_text()}")
        assert fleet.workers[0].term() == 0
        assert all_landed() and verdicts[-1].duplicates == 0, str(verdicts[-1])
