"""Instructions a record, by callgrind: of the record path alone (path.py, the same to the digit every time), and of a
whole worker beside the floor, in user space. valgrind shows programs no SHA extensions and no AVX-512: what OpenSSL
does with them for signatures and TLS counts as more instructions here than it is on the machine."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.bench import path
from tests.bench.carrying import Load, carry, floor_beside
from tests.bench.result import Row

TIMES = 3  # the longer of two runs, whose difference is what counts
SHARDS = 4


Wrapper = tuple[str, ...]


@contextlib.contextmanager
def _callgrind(sums: list[int]) -> Iterator[Wrapper]:
    """The words before a program's own; then its instructions are added to `sums`."""
    with tempfile.TemporaryDirectory(prefix="penstock-callgrind-") as folder:
        out = Path(folder) / "out"
        yield ("valgrind", "--tool=callgrind", f"--callgrind-out-file={out}")
        found = re.search(r"^(?:totals|summary): (\d+)", out.read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError("callgrind wrote no sum")
    sums.append(int(found.group(1)))


def _per_record(load: Load) -> tuple[float, float]:
    """Of a worker and of the floor: what more records cost."""
    ours: list[int] = []
    floor: list[int] = []
    for length in (load, replace(load, records=load.records * TIMES)):
        with _callgrind(ours) as words:
            carried = carry(length, wrapper=words)
        with _callgrind(floor) as words:
            floor_beside(length, carried, wrapper=words)
    more = load.total * (TIMES - 1)
    return (ours[1] - ours[0]) / more, (floor[1] - floor[0]) / more


def rows_of(load: Load) -> list[Row]:
    if path.missing():
        return []
    ours, floor = _per_record(replace(load, shards=min(load.shards, SHARDS)))
    return [
        Row("instructions a record, all", ours, floor),
        Row("instructions a record, the path", path.count(load.record_bytes)),
    ]
