"""Numbers: 38 digits from 1E-130 to 9.9E+125, exactly or not at all, whatever form they are written in."""

from __future__ import annotations

import os
import random
from decimal import Decimal, localcontext

from ingest.numbers import canonical_number, exact_decimal
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from tests.support.changes import NUMBERS

ODD = [
    "",
    "-",
    ".",
    "1.",
    ".5",
    "NaN",
    "Infinity",
    "1e",
    "0x10",
    " 1",
    "1 ",
    "1E1000000000",
    "1E-1000000000",
    "१",
]
SAME = ["100", "1E+2", "1e2", "100.000", "0100", "10E1", "1000E-1"]
EDGES = [
    "0",
    "-0",
    "0.000",
    "0E+125",
    "1E-18",
    "1E-19",
    "99999999999999999999",
    "100000000000000000000",
    "-1E+19",
]
EDGES += [
    "12345678901234567890.123456789012345678",
    "0.1234567890123456789",
    "0.12345678901234567800",
    "1.5E-17",
]


def random_number(chance: random.Random) -> str:
    digits = "".join(chance.choice("0123456789") for _ in range(chance.randrange(1, 39)))
    if chance.random() < 0.5 and len(digits) > 1:
        point = chance.randrange(1, len(digits))
        digits = digits[:point] + "." + digits[point:]
    exponent = f"{chance.choice('eE')}{chance.choice(['', '+', '-'])}{chance.randrange(0, 126)}"
    return chance.choice(["", "-"]) + digits + (exponent if chance.random() < 0.5 else "")


def fits(number: Decimal, precision: int, scale: int) -> bool:
    with localcontext() as exact:
        exact.prec = 400
        scaled = number.scaleb(scale)
        return scaled == scaled.to_integral_value() and abs(scaled) < Decimal(10) ** precision


def test_a_number_is_exact_or_null_and_has_one_text(spark: SparkSession) -> None:
    seed = int(os.environ.get("PENSTOCK_TEST_SEED", random.SystemRandom().randrange(2**32)))
    print(f"seed: PENSTOCK_TEST_SEED={seed}")
    chance = random.Random(seed)
    numbers = [*NUMBERS, *SAME, *EDGES, *[random_number(chance) for _ in range(1000)]]
    rows = spark.createDataFrame([(text,) for text in numbers + ODD], "text STRING").select(
        "text",
        exact_decimal(F.col("text"), 38, 18).alias("default"),
        exact_decimal(F.col("text"), 38, 0).alias("whole"),
        exact_decimal(F.col("text"), 38, 38).alias("fraction"),
        exact_decimal(F.col("text"), 38, 0).try_cast("bigint").alias("long"),
        canonical_number(F.col("text")).alias("canonical"),
    )
    found = {row["text"]: row for row in rows.collect()}
    texts: dict[Decimal, str] = {}
    for text in numbers:
        row, number = found[text], Decimal(text)
        for name, precision, scale in [("default", 38, 18), ("whole", 38, 0), ("fraction", 38, 38)]:
            expected = number if fits(number, precision, scale) else None
            assert row[name] == expected, f"{text} as DECIMAL({precision},{scale})"
        in_range = fits(number, 38, 0) and -(2**63) <= number < 2**63
        assert row["long"] == (int(number) if in_range else None), text
        assert Decimal(row["canonical"]) == number, text
        assert texts.setdefault(number, row["canonical"]) == row["canonical"], "two texts of one number"
    for text in ODD:
        assert (found[text]["default"], found[text]["canonical"]) == (None, None), text
    assert {found[text]["canonical"] for text in SAME} == {"100"}
    assert found["1.50"]["canonical"] == "1.5"
