"""Lines are read whatever their images' form, and what is no line is told why; nothing of it can stop the stream."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from ingest.columns import Column, plan_columns
from ingest.lines import find_key_names, judge_lines, parse_lines
from ingest.unwrap import newest_of_each_key, to_columns
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from tests.support.landed import as_text, landed_line

KEY = {"pk": {"S": "o1"}, "sk": {"N": "1"}}
GOOD = landed_line(KEY, 100, {"price": {"N": "1.50"}})


def judged(spark: SparkSession, lines: list[str], names: list[str]) -> DataFrame:
    frame = spark.createDataFrame(
        [(line, f"file-{number}") for number, line in enumerate(lines)], "line STRING, source STRING"
    )
    return judge_lines(parse_lines(frame), names)


def without(line: dict[str, Any], name: str) -> dict[str, Any]:
    return {member: value for member, value in line.items() if member != name}


def poison() -> list[tuple[str, str]]:
    """Each line and a part of the reason."""
    text, whole = json.dumps(GOOD), "not one JSON object"
    broken = [
        text[:-1],
        text + text,
        text + "," + text,
        text + " x",
        text + "]",
        text + "}",
        text + "],[" + text,
        "[" + text + "]",
    ]
    broken += [
        "garbage",
        "null",
        "5",
        '"text"',
        "[]",
        "]",
        "}",
        "{",
        "\x00",
        "[[[[",
        text.replace('"v"', "v", 1),
    ]
    members = [
        ({}, "v is not 1"),
        (dict(GOOD, v=2), "v is not 1"),
        (dict(GOOD, v="x"), "v is not 1"),
        (dict(GOOD, v=10**30), "v is not 1"),
        (landed_line(KEY, 1, {}, event_id=None), "event_id"),
        (landed_line(KEY, 1, {}, op="UPSERT"), "op is none of"),
        (landed_line(KEY, 1, {}, ord=None), "ord"),
        (landed_line(KEY, 1, {}, ord="000000#300"), "ord"),
        (landed_line(KEY, 1, {}, event_ts_ms=None), "event_ts_ms"),
        (landed_line(KEY, 1, {}, event_ts_ms=9 * 10**18), "event_ts_ms"),
        (landed_line(KEY, 1, {}, event_ts_ms=10**40), "event_ts_ms"),
        (landed_line(KEY, 1, {}, event_ts_ms=-1), "event_ts_ms"),
        (without(GOOD, "keys"), "keys is not typed JSON"),
        (dict(GOOD, keys=["x"]), "keys is not typed JSON"),
        (dict(GOOD, keys={}), "lacks 'pk'"),
        (dict(GOOD, keys={"pk": {"S": "o1"}}), "lacks 'sk'"),
        (dict(GOOD, keys={"pk": {"S": "o1"}, "sk": {"N": "one"}}), "lacks 'sk'"),
        (dict(GOOD, keys={"pk": {"S": "o1"}, "sk": {"B": "=="}}), "lacks 'sk'"),
        (dict(GOOD, keys={"pk": {"S": "o1"}, "sk": {"BOOL": True}}), "lacks 'sk'"),
        (dict(GOOD, keys={"pk": "o1", "sk": 1}), "keys is not typed JSON"),
        (landed_line({**KEY, "third": {"S": "x"}}, 1, {}), "other attributes"),
        (landed_line(KEY, 1, op="MODIFY"), "no new_image"),
        (landed_line(KEY, 1, {}, new_image={"pk": "o1", "price": 1.5}), "new_image is not typed JSON"),
        (landed_line(KEY, 1, {}, new_image="{cut"), "new_image is not typed JSON"),
        (landed_line(KEY, 1, {}, new_image=[1]), "new_image is not typed JSON"),
    ]
    return [(line, whole) for line in broken] + [(json.dumps(line), reason) for line, reason in members]


def test_poison_is_told_why_and_good_lines_pass(spark: SparkSession) -> None:
    good = [
        json.dumps(GOOD),
        json.dumps(as_text(GOOD)),
        " " + json.dumps(GOOD, indent=None, separators=(" , ", " : ")) + "\r",
        json.dumps(landed_line(KEY, "9" * 40)),
        json.dumps(landed_line(KEY, 7, {}, worker_ts_ms=10**25)),
        json.dumps(landed_line(KEY, 7, {}, op="SNAPSHOT", ord="000001#0000-00-00T00:00:00.000#" + "0" * 40)),
        json.dumps(landed_line(KEY, 7, {}, op="POLL", ord="000000#0000-00-00T00:00:00.001#17#1763900000000")),
        json.dumps(landed_line(KEY, 8, {}, more={"member": "of a later version"})),
    ]
    bad = poison()
    lines = [*good, *[line for line, _ in bad], "", "  "]
    rows = {row["source"]: row for row in judged(spark, lines, ["pk", "sk"]).collect()}
    assert len(rows) == len(good) + len(bad), "blank lines are no letters"
    for number, line in enumerate(good):
        row = rows[f"file-{number}"]
        assert (row["dead"], row["_key"]) == (None, '["o1","1"]'), line
    for number, (line, reason) in enumerate(bad, len(good)):
        row = rows[f"file-{number}"]
        assert row["dead"] and reason in row["dead"] and row["_key"] is None, f"{line}: {row['dead']}"
        assert row["line"] == line


def test_one_key_has_one_text_and_two_have_two(spark: SparkSession) -> None:
    """N keys beyond a DECIMAL, long keys, quotes in keys: what a column would mix up the text keeps apart."""
    same = [[{"S": "a"}, {"N": "1.50"}], [{"S": "a"}, {"N": "15E-1"}], [{"S": "a"}, {"N": "1.5"}]]
    others: list[list[dict[str, str]]] = [
        [{"S": 'a","1.5'}, {"N": "1.5"}],
        [{"S": "a"}, {"N": "9.9999999999999999999999999999999999999E+125"}],
        [{"S": "a"}, {"N": "9.9999999999999999999999999999999999998E+125"}],
        [{"S": "a"}, {"N": "1E-130"}],
        [{"S": "a"}, {"N": "0"}],
        [{"S": "A"}, {"N": "1.5"}],
        [{"S": "a "}, {"N": "1.5"}],
        [{"S": "k" * 2048}, {"N": "1.5"}],
        [{"B": base64.b64encode(bytes(range(256)) * 4).decode()}, {"B": "AAE="}],
    ]
    lines = [json.dumps(landed_line({"pk": pk, "sk": sk}, 1)) for pk, sk in same + others]
    reordered = json.dumps(landed_line({"sk": {"N": "1.5"}, "pk": {"S": "a"}}, 1))
    keys = [row["_key"] for row in judged(spark, [*lines, reordered], ["pk", "sk"]).select("_key").collect()]
    assert len(set(keys[: len(same)] + keys[-1:])) == 1
    assert None not in keys and len(set(keys)) == 1 + len(others)


def test_the_tables_key_is_that_of_most_lines(spark: SparkSession) -> None:
    lines = [json.dumps(GOOD)] * 3 + [json.dumps(landed_line({"pk": {"S": "x"}}, 1))] * 2 + ["garbage"] * 9
    frame = spark.createDataFrame([(line, "f") for line in lines], "line STRING, source STRING")
    assert find_key_names(parse_lines(frame)) == ["pk", "sk"]
    assert find_key_names(parse_lines(frame.where("line = 'garbage'"))) == []


DIGITS = "12345678901234567890123456789012345678"
GREATEST = "99999999999999999999.999999999999999999"
CASES: list[tuple[str, str, Any, Any]] = [
    # DynamoDB's type, the column's type, the value as it landed, what the column holds (None: rescued)
    ("S", "string", {"S": "tab\t \"quote\" \u2028 😀 \u0000"}, "tab\t \"quote\" \u2028 😀 \u0000"),
    ("S", "string", {"S": ""}, ""),
    ("S", "string", {"N": "1"}, None),
    ("N", "decimal(38,18)", {"N": "1.50"}, Decimal("1.5")),
    ("N", "decimal(38,18)", {"N": GREATEST}, Decimal(GREATEST)),
    ("N", "decimal(38,18)", {"N": DIGITS}, None),
    ("N", "decimal(38,18)", {"N": "1E-130"}, None),
    ("N", "decimal(38,18)", {"N": "0.1234567890123456789"}, None),
    ("N", "decimal(38,18)", {"N": "cheap"}, None),
    ("N", "decimal(38,0)", {"N": DIGITS}, Decimal(DIGITS)),
    ("N", "bigint", {"N": "9007199254740993"}, 9007199254740993),
    ("N", "bigint", {"N": "1E+3"}, 1000),
    ("N", "bigint", {"N": "1.5"}, None),
    ("N", "int", {"N": "2147483648"}, None),
    ("N", "double", {"N": "0.1"}, 0.1),
    ("N", "string", {"N": "1E-130"}, "1E-130"),
    ("B", "binary", {"B": "AP8B"}, b"\x00\xff\x01"),
    ("B", "binary", {"B": ""}, b""),
    ("B", "binary", {"B": "not base64!"}, None),
    ("BOOL", "boolean", {"BOOL": False}, False),
    ("BOOL", "boolean", {"NULL": True}, None),
    ("SS", "array<string>", {"SS": ["b", "a", ""]}, ["b", "a", ""]),
    ("SS", "array<string>", {"L": [{"S": "a"}]}, None),
    ("NS", "array<decimal(38,18)>", {"NS": ["1", "2.5"]}, [Decimal(1), Decimal("2.5")]),
    ("NS", "array<decimal(38,18)>", {"NS": ["1", "1E-130"]}, None),
    ("BS", "array<binary>", {"BS": ["AA==", ""]}, [b"\x00", b""]),
    ("L", "array<string>", {"L": [{"S": "x"}, {"M": {}}]}, ['{"S":"x"}', '{"M":{}}']),
    ("L", "array<string>", {"L": []}, []),
    ("M", "map<string,string>", {"M": {"a": {"S": "x"}, "A": {"N": "1"}}}, {"a": '{"S":"x"}', "A": '{"N":"1"}'}),
    ("M", "map<string,string>", {"M": {}}, {}),
    ("S", "string", {"X": "of a later DynamoDB"}, None),
    ("S", "string", {"S": None}, None),
]  # fmt: skip


@pytest.mark.parametrize("form", ["object", "text"])
def test_a_value_is_in_its_column_or_in_rescued(spark: SparkSession, form: str) -> None:
    columns = [Column(f"a{number}", type_, kind) for number, (kind, type_, _, _) in enumerate(CASES)]
    image = {f"a{number}": value for number, (_, _, value, _) in enumerate(CASES)} | {"odd name": {"S": "x"}}
    line = landed_line({"pk": {"S": "o1"}}, 1, image)
    lines = [json.dumps(as_text(line) if form == "text" else line)]
    rows = to_columns(newest_of_each_key(judged(spark, lines, ["pk"])), columns, F.current_timestamp())
    (row,) = rows.collect()
    rescued = json.loads(row["_rescued"])
    for number, (kind, type_, value, expected) in enumerate(CASES):
        name = f"a{number}"
        held = bytes(row[name]) if isinstance(row[name], bytearray) else row[name]
        if type_ == "array<binary>" and held is not None:
            held = [bytes(one) for one in held]
        assert held == expected, f"{kind} as {type_}: {value}"
        assert rescued.get(name) == (value if expected is None else None), f"{kind} as {type_}: {value}"
    assert rescued["odd name"] == {"S": "x"} and rescued["pk"] == {"S": "o1"}


def rows_of(spark: SparkSession, lines: list[dict[str, Any]], found: dict[tuple[str, str], int]) -> list[Row]:
    columns = plan_columns([], found, 100)
    newest = newest_of_each_key(judged(spark, [json.dumps(line) for line in lines], ["pk"]))
    return to_columns(newest, columns, F.current_timestamp()).collect()


def test_the_newest_line_of_a_key_is_its_row(spark: SparkSession) -> None:
    """By ord as a whole, padded: no number that loses digits at 39, no text that puts 9 above 10."""
    seqs = [
        "9",
        "10",
        "9" * 21,
        "1" + "0" * 21,
        "9" * 38,
        "1" + "0" * 38,
        "1" + "0" * 39,
        "1" + "0" * 38 + "1",
    ]
    key = {"pk": {"S": "o1"}}
    lines = [landed_line(key, seq, {"seq": {"S": seq}}) for seq in seqs]
    for upto in range(1, len(lines) + 1):
        shuffled = lines[:upto][::-1] if upto % 2 else [*lines[:upto], lines[0]]
        if upto in (2, 4, 7, 8):
            (row,) = rows_of(spark, shuffled, {("seq", "S"): 1})
            assert row["seq"] == seqs[upto - 1]
