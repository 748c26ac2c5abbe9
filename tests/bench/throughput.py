"""The throughput bench; tests/bench/throughput builds what it needs and calls it."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.support.faultd import FaultServer
from tests.support.penstock import Worker, build_folder
from tests.support.role import MAKES_LEASE_TABLE

TABLE = "bench"
SENDERS = 4  # --requests-in-flight by default
HANG_SECONDS = 900


@dataclass
class Figures:
    program: str
    records: int
    wall_s: float
    user_s: float
    system_s: float
    peak_mib: float
    gets: int
    puts: int
    put_mib: float
    duplicates: int = 0

    @property
    def cpu_per_million(self) -> float:
        return (self.user_s + self.system_s) / self.records * 1e6


def read_usage(pid: int) -> tuple[float, float, float]:
    """User and system seconds and the peak of resident MiB of a living process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    peak = next(
        int(line.split()[1])
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmHWM:")
    )
    return int(fields[11]) / ticks, int(fields[12]) / ticks, peak / 1024


def _operation(server: FaultServer, name: str) -> tuple[int, int]:
    """Calls of an operation and the bytes of their requests."""
    found = [entry for entry in server.stats()["operations"] if entry["operation"] == name]
    return sum(int(entry["calls"]) for entry in found), sum(int(entry["request_bytes"]) for entry in found)


def _shape(arguments: argparse.Namespace) -> dict[str, object]:
    return {
        "table": TABLE,
        "shards": arguments.shards,
        "records": arguments.records,
        "record_bytes": arguments.record_bytes,
        "seed": arguments.seed,
        "close_last": True,
        "verify": False,
    }


def run_worker(arguments: argparse.Namespace) -> Figures:
    with (
        tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder,
        FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE], signatures=False) as server,
    ):
        stream = server.create_stream(**_shape(arguments))
        settings = ["--stream-arn", stream["arn"], "--firehose", TABLE, "--requests-in-flight", str(SENDERS)]
        base = {"PATH": os.environ["PATH"], "HOME": folder}
        with Worker(settings, server.environment(base), Path(folder)) as worker:
            verdict = server.wait_all_accepted(HANG_SECONDS, alive=worker.is_running)
            wall = time.monotonic() - worker.started_at
            user, system, peak = read_usage(worker.pid)
            gets, _ = _operation(server, "GetRecords")
            puts, put_bytes = _operation(server, "PutRecordBatch")
            worker.term()
        return Figures(
            "penstock",
            verdict["accepted"],
            wall,
            user,
            system,
            peak,
            gets,
            puts,
            put_bytes / 2**20,
            verdict["duplicates"],
        )


def run_floor(arguments: argparse.Namespace, like: Figures) -> Figures:
    with FaultServer(role=MAKES_LEASE_TABLE, delivery_streams=[TABLE], signatures=False) as server:
        stream = server.create_stream(**_shape(arguments))
        size = int(like.put_mib * 2**20 / like.puts)
        command = [str(build_folder() / "tests/bench/bench_floor"), server.endpoint, stream["arn"], TABLE]
        command += [str(arguments.shards), str(like.puts), str(size), str(SENDERS)]
        printed = subprocess.run(command, check=True, capture_output=True, timeout=HANG_SECONDS).stdout
        seen = json.loads(printed)
        gets, _ = _operation(server, "GetRecords")
        puts, put_bytes = _operation(server, "PutRecordBatch")
    return Figures(
        "floor",
        like.records,
        seen["wall_s"],
        seen["user_s"],
        seen["system_s"],
        seen["peak_kib"] / 1024,
        gets,
        puts,
        put_bytes / 2**20,
    )


def _median(rounds: list[Figures], name: str) -> float:
    return statistics.median(getattr(figures, name) for figures in rounds)


def print_table(by_program: dict[str, list[Figures]], arguments: argparse.Namespace) -> None:
    print(
        f"\n{arguments.shards} shards x {arguments.records} records of about {arguments.record_bytes} bytes, HTTP, "
        f"{platform.machine()}, {os.cpu_count()} cores, {datetime.date.today()}"
    )
    print(
        f"{'':<12}{'records/s':>12}{'CPU s/million':>15}{'user':>8}{'system':>8}{'peak MiB':>10}{'gets':>8}{'puts':>7}"
    )
    for program, rounds in by_program.items():
        records = rounds[0].records
        rate = records / _median(rounds, "wall_s")
        user = _median(rounds, "user_s") / records * 1e6
        system = _median(rounds, "system_s") / records * 1e6
        print(
            f"{program:<12}{rate:>12,.0f}{_median(rounds, 'cpu_per_million'):>15.2f}{user:>8.2f}{system:>8.2f}"
            f"{_median(rounds, 'peak_mib'):>10.1f}{_median(rounds, 'gets'):>8.0f}{_median(rounds, 'puts'):>7.0f}"
        )
    ratio = _median(by_program["penstock"], "cpu_per_million") / _median(
        by_program["floor"], "cpu_per_million"
    )
    print(f"{'ratio':<12}{'':>12}{ratio:>15.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests/bench/throughput")
    parser.add_argument("--shards", type=int, default=16)
    parser.add_argument("--records", type=int, default=50000, help="a shard")
    parser.add_argument("--record-bytes", type=int, default=700)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    by_program: dict[str, list[Figures]] = {"penstock": [], "floor": []}
    for _ in range(arguments.rounds):
        ours = run_worker(arguments)
        for figures in (ours, run_floor(arguments, ours)):
            by_program[figures.program].append(figures)
            shown = asdict(figures) | {"cpu_s_per_million": figures.cpu_per_million}
            print(
                json.dumps({name: round(v, 3) if isinstance(v, float) else v for name, v in shown.items()}),
                flush=True,
            )
    print_table(by_program, arguments)


if __name__ == "__main__":
    main()
