"""DynamoDB's numbers (38 digits, 1E-130 to 9.9…E+125) as SQL decimals: exactly, or not at all.

A cast alone rounds a 19th fraction digit and makes 0 of 1E-130 without a word, and a text with a monstrous
exponent would keep it busy for ever. So the text is looked at before it is cast.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F

NUMBER = r"^-?[0-9]{1,200}([.][0-9]{1,200})?([eE][+-]?[0-9]{1,3})?$"
PLAIN_MOST = 40  # zeros that a canonical number is written out with, rather than with an exponent


@dataclass(frozen=True)
class Parts:
    """value = sign digits * 10^low; digits without zeros at either end, empty for 0."""

    sign: Column
    digits: Column
    low: Column


def _parts(text: Column) -> Parts:
    fraction = F.regexp_extract(text, r"[.]([0-9]+)", 1)
    all_digits = F.concat(F.regexp_extract(text, r"^-?([0-9]+)", 1), fraction)
    without_end = F.rtrim(all_digits, F.lit("0"))
    exponent = F.regexp_extract(text, r"[eE][+]?(-?[0-9]+)$", 1).try_cast("int")
    low = F.coalesce(exponent, F.lit(0)) - F.length(fraction) + F.length(all_digits) - F.length(without_end)
    return Parts(F.regexp_extract(text, r"^(-?)", 1), F.ltrim(without_end, F.lit("0")), low)


def exact_decimal(text: Column, precision: int, scale: int) -> Column:
    """The number as DECIMAL(precision, scale); NULL unless that is the very same number."""
    parts = _parts(text)
    fits = (parts.low >= -scale) & (F.length(parts.digits) + parts.low <= precision - scale)
    whole_digits = precision - scale
    simple = f"^-?[0-9]{{1,{whole_digits}}}" + (f"([.][0-9]{{1,{scale}}})?$" if scale else "$")
    if whole_digits < 1:
        simple = "^$"
    cast = text.try_cast(f"decimal({precision},{scale})")
    # Cases are tried in order: most numbers take the first and cost one look.
    return (
        F.when(text.rlike(simple), cast)
        .when(~text.rlike(NUMBER), F.lit(None))
        .when(F.length(parts.digits) == 0, F.lit("0").try_cast(f"decimal({precision},{scale})"))
        .when(fits, cast)
    )


def canonical_number(text: Column) -> Column:
    """One text for each number, as people write it; NULL when it is no number."""
    parts = _parts(text)
    below = -parts.low
    padded = F.lpad(parts.digits, F.greatest(F.length(parts.digits), below + 1), F.lit("0"))
    point = F.concat(padded.substr(F.lit(1), F.length(padded) - below), F.lit("."), F.right(padded, below))
    return (
        F.when(~text.rlike(NUMBER), F.lit(None))
        .when(F.length(parts.digits) == 0, F.lit("0"))
        .when(
            parts.low.between(0, PLAIN_MOST),
            F.concat(parts.sign, parts.digits, F.repeat(F.lit("0"), parts.low)),
        )
        .when(parts.low.between(-PLAIN_MOST, -1), F.concat(parts.sign, point))
        .otherwise(F.concat(parts.sign, parts.digits, F.lit("E"), parts.low.cast("string")))
    )
