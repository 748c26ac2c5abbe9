"""The AUTO CDC pipeline of deploy/databricks as Spark's own `spark-pipelines dry-run` sees it: every definition runs,
the graph is joined and every flow analyzed. (A run needs Databricks: open-source Delta takes no AUTO CDC yet.)"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.lint.bundle import BUNDLE, load, resolve
from tests.support.spark import settings

HANG_SECONDS = 600


def configuration() -> dict[str, str]:
    """What the bundle gives the pipeline, with a key and columns as README tells to."""
    (pipeline,) = (
        resolve(load(), "prod", key_attributes="pk", cdc_columns="status S, price N").of("pipelines").values()
    )
    return dict(pipeline["configuration"])


def dry_run(folder: Path, source: Path) -> subprocess.CompletedProcess[str]:
    for name in ("conf", "landing", "storage", "scratch"):
        (folder / name).mkdir()
    options = settings(folder)
    (folder / "conf/spark-defaults.conf").write_text(
        "".join(f"{name} {value}\n" for name, value in options.items())
    )
    values = configuration() | {"penstock.landing": (folder / "landing").as_uri()}
    lines = [
        "name: cdc",
        f"storage: {(folder / 'storage').as_uri()}",
        "catalog: spark_catalog",
        "database: default",
        "configuration:",
        *[f"  {name}: '{value}'" for name, value in values.items()],
        "libraries:",
        "  - glob:",
        "      include: src/pipeline/changes.py",
    ]
    (folder / "spark-pipeline.yml").write_text("\n".join(lines) + "\n")
    shutil.copytree(source, folder / "src")
    programs = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(folder / "src"),  # the pipeline's root_path on Databricks
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    return subprocess.run(
        [programs / "spark-pipelines", "dry-run"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )


def test_the_graph_is_whole(tmp_path: Path) -> None:
    done = dry_run(tmp_path, BUNDLE / "src")
    assert done.returncode == 0 and "Run is COMPLETED" in done.stdout + done.stderr, done.stdout + done.stderr


def test_a_wrong_key_is_found(tmp_path: Path) -> None:
    """So that a dry run which looks at nothing would be noticed."""
    shutil.copytree(BUNDLE / "src", tmp_path / "source")
    changes = tmp_path / "source/pipeline/changes.py"
    changes.write_text(changes.read_text().replace('keys=["_key"]', 'keys=["_kee"]'))
    (tmp_path / "run").mkdir()
    done = dry_run(tmp_path / "run", tmp_path / "source")
    assert done.returncode != 0 and "_kee" in done.stdout + done.stderr, done.stdout + done.stderr


def test_the_alert_of_readme_is_the_readers_own() -> None:
    from ingest.config import Config
    from ingest.dead_letters import alert_query

    config = Config(catalog="main", schema="lake", table="orders", landing="s3://x/", checkpoint="/Volumes/x")
    text = " ".join((BUNDLE / "README.md").read_text().replace("`", "").split())
    assert " ".join(alert_query(config).replace("`", "").split()) in text
