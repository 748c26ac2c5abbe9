"""The entry point of the jobs: `python -m ingest.main --schema ddb --table orders --landing … --checkpoint …`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ingest.config import read_config


def main(arguments: Sequence[str] | None = None) -> None:
    config = read_config(sys.argv[1:] if arguments is None else arguments)
    # Spark starts only once the parameters are known to be good.
    from pyspark.sql import SparkSession

    from ingest.job_logic import run_job

    run_job(SparkSession.builder.getOrCreate(), config)


if __name__ == "__main__":
    main()
