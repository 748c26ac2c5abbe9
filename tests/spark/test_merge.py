"""A batch into the table: the newest line of each item wins, for ever; each test is a way in which it once did not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from ingest import dead_letters
from ingest.config import Config
from ingest.job_logic import make_tables, run_batch, run_job
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from tests.support.landed import landed_line

KEY = {"pk": {"S": "o1"}}
Batch = Callable[..., None]


@pytest.fixture
def batch(spark: SparkSession, config: Config) -> Batch:
    """Runs these lines as one batch, as foreachBatch does."""
    make_tables(spark, config)
    numbers = iter(range(1000))

    def run(*lines: dict[str, Any] | str, batch_id: int | None = None, **changes: Any) -> None:
        texts = [(one if isinstance(one, str) else json.dumps(one), "f") for one in lines]
        frame = spark.createDataFrame(texts, "line STRING, source STRING")
        run_batch(replace(config, **changes), frame, next(numbers) if batch_id is None else batch_id)

    return run


def item(spark: SparkSession, config: Config, key: str = '["o1"]') -> Row | None:
    """The item as readers of the view see it."""
    found = spark.table(config.name()).where(F.col("_key") == key).collect()
    assert len(found) <= 1
    return found[0] if found else None


def test_a_deleted_item_stays_deleted_when_an_older_line_comes_late(
    spark: SparkSession, config: Config, batch: Batch
) -> None:
    batch(landed_line(KEY, 10, {"a": {"S": "x"}}))
    batch(landed_line(KEY, 30, ttl=True))
    batch(landed_line(KEY, 20, {"a": {"S": "late"}}))
    assert item(spark, config) is None
    row = spark.table(config.name("_rows")).first()
    assert row and (row["_deleted"], row["_ttl"], row["a"], row["pk"]) == (True, True, None, "o1")
    batch(landed_line(KEY, 40, {"a": {"S": "again"}}))
    again = item(spark, config)
    assert again and again["a"] == "again"
    # A removal that this table sees first, and the item's earlier life after it.
    other = {"pk": {"S": "o2"}}
    batch(landed_line(other, 60))
    batch(landed_line(other, 50, {"a": {"S": "late"}}), landed_line(other, 55, {"a": {"S": "later"}}))
    assert item(spark, config, '["o2"]') is None


def test_a_put_replaces_the_whole_item_and_brings_columns_with_it(
    spark: SparkSession, config: Config, batch: Batch
) -> None:
    """An attribute that the new item lacks is cleared, also when the whole batch lacks it."""
    batch(landed_line(KEY, 10, {"a": {"S": "x"}, "b": {"N": "1"}}))
    batch(landed_line(KEY, 20, {"c": {"SS": ["new"]}}))
    row = item(spark, config)
    assert row and (row["a"], row["b"], row["c"]) == (None, None, ["new"])


def test_drift_case_and_reserved_names_are_rescued_and_come_back(
    spark: SparkSession, config: Config, batch: Batch
) -> None:
    batch(landed_line(KEY, 10, {"price": {"N": "1.5"}, "Name": {"S": "x"}}))
    odd = {
        "price": {"S": "cheap"},
        "name": {"S": "y"},
        "_deleted": {"BOOL": True},
        "a b": {"N": "1"},
        "z": {"NULL": True},
    }
    batch(landed_line(KEY, 20, odd))
    row = item(spark, config)
    assert row and (row["price"], row["Name"]) == (None, None)
    assert json.loads(row["_rescued"]) == odd
    assert "a b" not in row and "z" not in row
    batch(landed_line(KEY, 30, {"price": {"N": "2"}}))
    row = item(spark, config)
    assert row and (row["price"], row["_rescued"]) == (Decimal(2), None)
    drifted = spark.table(config.name("_metrics")).orderBy("batch_id").collect()
    assert [one["drifted"] for one in drifted] == [0, 1, 0]


def test_a_column_made_by_hand_keeps_its_type(spark: SparkSession, config: Config, batch: Batch) -> None:
    spark.sql(f"ALTER TABLE {config.name('_rows')} ADD COLUMNS (id DECIMAL(38,0), n BIGINT)")
    batch(landed_line(KEY, 10, {"id": {"N": "9" * 38}, "n": {"N": "7"}}))
    row = item(spark, config)
    assert row and (row["id"], row["n"]) == (Decimal("9" * 38), 7)


def test_columns_have_an_end_and_nothing_is_lost_beyond_it(
    spark: SparkSession, config: Config, batch: Batch
) -> None:
    image = {f"a{number:02}": {"S": "x"} for number in range(20)}
    batch(landed_line(KEY, 10, image), columns_most=16)
    row = item(spark, config)
    assert row and len(spark.table(config.name("_rows")).columns) == 16
    held = {name: {"S": row[name]} for name in image if name in row and row[name]}
    assert held and {**held, **json.loads(row["_rescued"])} == {**image, **KEY}


def test_letters_are_kept_once_whatever_number_their_batch_has(
    spark: SparkSession, config: Config, batch: Batch
) -> None:
    """Again, twice in a batch, and with a new checkpoint's numbers: one letter; and a new one is not passed over."""
    good = landed_line(KEY, 10, {})
    letters = spark.table(config.name("_dead_letters"))
    batch("garbage", "garbage", good, batch_id=0)
    batch("garbage", good, batch_id=0)
    batch("other", good, batch_id=0)
    assert sorted(row["line"] for row in letters.collect()) == ["garbage", "other"]
    news = spark.sql(dead_letters.alert_query(config)).collect()
    assert [(row["reason"], row["letters"]) for row in news] == [("not one JSON object", 2)]
    spark.sql(f"UPDATE {config.name('_dead_letters')} SET _ingest_ts = _ingest_ts - INTERVAL 1 HOUR")
    assert spark.sql(dead_letters.alert_query(config)).collect() == []


def test_a_first_batch_of_poison_does_not_decide_the_key(
    spark: SparkSession, config: Config, batch: Batch
) -> None:
    batch("garbage", landed_line({}, 1, {}))
    batch(
        landed_line({"pk": {"S": "a"}, "sk": {"B": "AAE="}}, 10, {}), landed_line({"pk": {"S": "a"}}, 11, {})
    )
    assert [row["_key"] for row in spark.table(config.name()).collect()] == ['["a","AAE="]']
    reasons = [row["reason"] for row in spark.table(config.name("_dead_letters")).collect()]
    assert len(reasons) == 3 and any("lacks 'sk'" in reason for reason in reasons)
    with pytest.raises(ValueError, match="matched by pk,sk"):
        batch(landed_line({"id": {"S": "a"}}, 12, {}), key_attributes="id")


def test_tombstones_are_purged_when_they_are_old_and_items_never(
    spark: SparkSession, config: Config, batch: Batch, capsys: pytest.CaptureFixture[str]
) -> None:
    batch(*[landed_line({"pk": {"S": f"o{n}"}}, n, {} if n % 2 else None) for n in range(1, 7)])
    rows = config.name("_rows")
    spark.sql(f"UPDATE {rows} SET _ingest_ts = _ingest_ts - INTERVAL 40 DAYS WHERE _key <> '[\"o6\"]'")
    run_job(spark, replace(config, purge_days=30))
    assert "2 tombstones removed" in capsys.readouterr().out
    left = sorted(row["_key"] for row in spark.table(rows).collect())
    assert left == ['["o1"]', '["o3"]', '["o5"]', '["o6"]']


def test_the_metrics_of_a_batch_add_up(spark: SparkSession, config: Config, batch: Batch) -> None:
    other = {"pk": {"S": "o2"}}
    batch(
        landed_line(KEY, 10, {}),
        landed_line(KEY, 10, {}),
        landed_line(KEY, 9, {}),
        "x",
        landed_line(other, 5, {}),
    )
    batch(landed_line(KEY, 10, {}), landed_line(other, 6, {"a": {"S": "x"}}))
    first, second = spark.table(config.name("_metrics")).orderBy("batch_id").collect()
    names = ["lines", "dead", "superseded", "keys", "inserted", "updated", "stale", "new_columns"]
    assert [first[name] for name in names] == [5, 1, 2, 2, 2, 0, 0, 1]
    assert [second[name] for name in names] == [2, 0, 0, 2, 0, 1, 1, 1]
    assert first["newest_event_ms"] == 1763900000000 and first["lag_seconds"] > 0


def hidden_and_doubled(rows: DataFrame) -> DataFrame:
    rows = rows.drop("secret") if "secret" in rows.columns else rows
    return rows.withColumn("twice", F.col("price") * 2).withColumn("price", F.col("price").cast("string"))


def breaks_a_key(rows: DataFrame) -> DataFrame:
    return rows.withColumn("_key", F.lit(1))


def test_a_transform_changes_columns_and_nothing_else(
    spark: SparkSession, config: Config, batch: Batch
) -> None:
    here = f"{__name__}:hidden_and_doubled"
    batch(landed_line(KEY, 10, {"price": {"N": "1.5"}, "secret": {"S": "x"}}), transform=here)
    batch(landed_line(KEY, 20, {"price": {"N": "2.5"}, "secret": {"N": "1"}}), transform=here)
    row = item(spark, config)
    assert row and (float(row["price"]), row["twice"]) == (2.5, Decimal(5))
    assert "secret" not in row
    with pytest.raises(ValueError, match="leave _key as it is"):
        batch(landed_line(KEY, 30, {"price": {"N": "1"}}), transform=f"{__name__}:breaks_a_key")
    with pytest.raises(ValueError, match="gives price as|has price"):
        batch(landed_line(KEY, 40, {"price": {"N": "1"}}))
    with pytest.raises(ValueError, match="no function nowhere"):
        batch(landed_line(KEY, 50, {}), transform=f"{__name__}:nowhere")


def test_the_example_transform_does_what_it_says(spark: SparkSession, config: Config, batch: Batch) -> None:
    image = {"price": {"N": "1.50"}, "quantity": {"N": "3"}, "email": {"S": "A@example.com"}}
    batch(landed_line(KEY, 10, image), transform="ingest.transform:example")
    row = item(spark, config)
    assert row and row["total"] == Decimal("4.5")
    assert row["email"] == hashlib.sha256(b"a@example.com").hexdigest()


def test_a_wide_table_is_planned_in_no_time(spark: SparkSession, config: Config, batch: Batch) -> None:
    """Spark's optimizer once took a time that doubled with every column: this would not end."""
    image = {f"a{n}": {"N": str(n)} for n in range(60)} | {f"s{n}": {"NS": ["1"]} for n in range(10)}
    batch(landed_line(KEY, 10, image))
    batch(landed_line(KEY, 20, image | {"more": {"S": "x"}}))
    row = item(spark, config)
    assert row and [row[f"a{n}"] for n in range(60)] == list(range(60)) and row["more"] == "x"


def test_compiled_plans_give_the_same_rows(spark: SparkSession, config: Config, batch: Batch) -> None:
    """The other tests interpret their plans; elsewhere Spark compiles them, these large ones in pieces."""
    image = {f"a{n}": {"N": f"{n}.5"} for n in range(40)} | {
        "s": {"NS": ["1", "2"]},
        "m": {"M": {"x": {"S": "y"}}},
    }
    settings = {"spark.sql.codegen.wholeStage": "true", "spark.sql.codegen.factoryMode": "CODEGEN_ONLY"}
    before = {name: spark.conf.get(name) for name in settings}
    try:
        for name, value in settings.items():
            spark.conf.set(name, value)
        batch(landed_line(KEY, 10, image), "garbage")
        row = item(spark, config)
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)
    assert row and [row[f"a{n}"] for n in range(40)] == [Decimal(f"{n}.5") for n in range(40)]
    assert row["s"] == [Decimal(1), Decimal(2)] and row["m"] == {"x": '{"S":"y"}'} and row["_rescued"] is None
