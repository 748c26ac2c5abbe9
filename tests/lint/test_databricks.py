"""The bundle of deploy/databricks, offline: Databricks' own classes, and rules of ours with planted violations."""

from __future__ import annotations

import ast
import contextlib
import functools
import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ingest.config import Config, parser, read_config

from tests.lint import bundle_rules, quartz, reader_rules
from tests.lint.bundle import BUNDLE, Bundle, copy_of, load, resolve
from tests.lint.bundle_rules import Facts, findings


def reads(arguments: list[str]) -> Config:
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return read_config(arguments)
    except SystemExit as ended:
        raise ValueError(said.getvalue().strip().splitlines()[-1]) from ended


@functools.cache
def _loaded() -> Bundle:
    return load()


def bundle_of_the_tree() -> Bundle:
    """One that a test may change."""
    return copy_of(_loaded())


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts(parser(), reads, bundle_rules.project(BUNDLE))


def test_the_bundle_keeps_every_rule(facts: Facts) -> None:
    found = findings(bundle_of_the_tree(), facts)
    assert not found, "\n" + "\n".join(found)


def test_what_is_asked_for_is_there() -> None:
    bundle = bundle_of_the_tree()
    resources = bundle.config["resources"]
    assert {"continuous", "minute", "backfill", "cdc_updates"} <= set(resources["jobs"])
    assert "continuous" in resources["jobs"]["continuous"] and "cdc" in resources["pipelines"]
    assert {"catalog", "schema", "table", "landing", "trigger"} <= set(bundle.config["variables"])
    assert bundle.default_target() == "dev"
    production = resolve(bundle, "prod")
    running = [name for name, job in production.of("jobs").items() if "UNPAUSED" in str(job)]
    assert running == ["minute"], "production runs one job of these"


def job(name: str) -> Callable[[Bundle], dict[str, Any]]:
    return lambda bundle: bundle.config["resources"]["jobs"][name]


minute, continuous, backfill = job("minute"), job("continuous"), job("backfill")


def task(one: dict[str, Any]) -> dict[str, Any]:
    return one["tasks"][0]


def parameters(one: dict[str, Any]) -> list[str]:
    return task(one)["python_wheel_task"]["parameters"]


def pipeline(bundle: Bundle) -> dict[str, Any]:
    return bundle.config["resources"]["pipelines"]["cdc"]


def variable(bundle: Bundle, name: str) -> dict[str, Any]:
    return bundle.config["variables"][name]


def prod(bundle: Bundle) -> dict[str, Any]:
    return bundle.config["targets"]["prod"]


PLANTED: list[tuple[str, Callable[[Bundle], Any]]] = [
    ("${var.tabel} is nothing", lambda b: minute(b).update(name="${var.tabel}")),
    (
        "${resources.jobs.nobody.id} is nothing",
        lambda b: minute(b).update(name="${resources.jobs.nobody.id}"),
    ),
    ("is no text", lambda b: minute(b).update(name="to ${var.alert_emails}")),
    ("the variable spare is used nowhere", lambda b: b.config["variables"].update(spare={"default": "x"})),
    ("has neither a value nor a default", lambda b: prod(b)["variables"].pop("landing")),
    ("the variable tabel is not declared", lambda b: prod(b)["variables"].update(tabel="x")),
    ("the variable catalog is not described", lambda b: variable(b, "catalog").pop("description")),
    ("refers to another", lambda b: variable(b, "node_type").update(default="${var.table}")),
    ("there is no resorces", lambda b: b.config.update(resorces={})),
    ("targets.prod: there is no modus", lambda b: prod(b).update(modus="production")),
    ("two resources have the key cdc", lambda b: b.config["resources"]["jobs"].update(cdc=minute(b))),
    ("timeout_secs", lambda b: minute(b).update(timeout_secs=50)),
    ("task_key", lambda b: task(minute(b)).pop("task_key")),
    ("FASTEST", lambda b: minute(b).update(performance_target="FASTEST")),
    ("for 'ingest'", lambda b: minute(b).update(tasks="ingest")),
    ("nothing here checks these", lambda b: b.config["resources"].update(dashboards={"x": {}})),
    ("Use `environment_version`", lambda b: minute(b)["environments"][0]["spec"].update(client="5")),
    ("[DEPRECATED] Whether the pipeline is continuous", lambda b: pipeline(b).update(continuous=True)),
    ("[DEPRECATED] Target schema", lambda b: pipeline(b).update(target="lake")),
    (
        "continuous and schedule exclude",
        lambda b: minute(b).update(continuous={"pause_status": "PAUSED"}),
    ),
    ("not a valid PauseStatus", lambda b: prod(b)["variables"].update(minute_status="ON")),
    (
        "neither PAUSED nor UNPAUSED",
        lambda b: minute(b).update(name=minute(b)["schedule"].pop("pause_status")),
    ),
    ("takes no max_retries", lambda b: task(continuous(b)).update(max_retries=3)),
    ("0 * * * *: 5 fields", lambda b: minute(b)["schedule"].update(quartz_cron_expression="0 * * * *")),
    ("no time zone Mars", lambda b: minute(b)["schedule"].update(timezone_id="Mars")),
    ("minute job's timeout_seconds is 0", lambda b: minute(b).update(timeout_seconds=0)),
    ("minute job's max_retries is -1", lambda b: task(minute(b)).update(max_retries=-1)),
    (
        "minute job's min_retry_interval_millis is 10",
        lambda b: task(minute(b)).update(min_retry_interval_millis=10),
    ),
    ("minute job's queue", lambda b: minute(b)["queue"].update(enabled=True)),
    ("would share a checkpoint", lambda b: backfill(b).pop("max_concurrent_runs")),
    ("is the workspace's choice", lambda b: backfill(b).pop("queue")),
    ("a run that hangs is never ended", lambda b: backfill(b).pop("timeout_seconds")),
    ("do not fit timeout_seconds", lambda b: task(backfill(b)).update(min_retry_interval_millis=86400000)),
    ("both run on /Volumes", lambda b: prod(b)["variables"].update(continuous_status="UNPAUSED")),
    ("is in no volume", lambda b: parameters(minute(b)).append("--checkpoint=/tmp/x")),
    ("the reader has no --tables", lambda b: parameters(minute(b)).append("--tables=x")),
    ("the reader refuses", lambda b: parameters(minute(b)).append("--trigger=sometimes")),
    ("--landing is missing", lambda b: parameters(minute(b)).append("--landing=")),
    ("the reader refuses", lambda b: prod(b)["variables"].update(transform="no function")),
    (
        "the job has no parameter land",
        lambda b: parameters(backfill(b)).append("--landing={{job.parameters.land}}"),
    ),
    ("Databricks knows no {{job.now}}", lambda b: parameters(backfill(b)).append("--landing={{job.now}}")),
    ("is used by no task", lambda b: backfill(b)["parameters"].append({"name": "x", "default": ""})),
    (
        "package_name ingest is not",
        lambda b: task(minute(b))["python_wheel_task"].update(package_name="ingest"),
    ),
    ("no entry point main", lambda b: task(minute(b))["python_wheel_task"].update(entry_point="main")),
    ("no environment readers", lambda b: task(minute(b)).update(environment_key="readers")),
    ("has no environment_version", lambda b: minute(b)["environments"][0]["spec"].pop("environment_version")),
    ("does not have the wheel", lambda b: minute(b)["environments"][0]["spec"].pop("dependencies")),
    ("neither an environment nor a cluster", lambda b: task(minute(b)).pop("environment_key")),
    ("the cluster does not have the wheel", lambda b: task(continuous(b)).pop("libraries")),
    ("serverless compute has the trigger", lambda b: parameters(minute(b)).append("--trigger=continuous")),
    ("there is no ../src/x.py", lambda b: pipeline(b)["libraries"][0]["file"].update(path="../src/x.py")),
    ("mode is neither", lambda b: prod(b).update(mode="production!")),
    ("a root_path of its own", lambda b: prod(b).pop("workspace")),
    ("run_as", lambda b: prod(b).pop("run_as")),
    ("no targets dev and prod", lambda b: b.config["targets"].pop("dev")),
]


@pytest.mark.parametrize(("words", "plant"), PLANTED, ids=[words for words, _ in PLANTED])
def test_a_planted_violation_is_found(facts: Facts, words: str, plant: Callable[[Bundle], Any]) -> None:
    bundle = bundle_of_the_tree()
    plant(bundle)
    found = findings(bundle, facts)
    assert any(words in finding for finding in found), found


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("src/pipeline/old.py", "import dlt\n", "from pyspark import pipelines as dp"),
        ("src/pipeline/old.py", "dp.apply_changes(target=x)\n", "create_auto_cdc_flow"),
        ("old.md", "databricks api post /api/2.1/jobs/run-now\n", "2.2"),
        ("old.md", "These are Databricks Asset Bundles.\n", "Declarative Automation Bundles"),
        ("resources/old.yml", "# data_security_mode: SINGLE_USER\nresources: {}\n", "legacy alias"),
    ],
)
def test_words_of_yesterday_are_found(facts: Facts, tmp_path: Path, file: str, text: str, words: str) -> None:
    shutil.copytree(BUNDLE, tmp_path / "bundle")
    (tmp_path / "bundle" / file).write_text(text)
    assert any(words in finding for finding in findings(load(tmp_path / "bundle"), facts))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("resources: {jobs: {minute: {}}}\n", "jobs.minute is there twice"),
        ("targets: {}\n", "where only resources belong"),
        ("resources:\n  jobs: {}\n  jobs: {}\n", "is there twice"),
    ],
)
def test_a_file_that_would_be_joined_wrongly_is_refused(tmp_path: Path, text: str, words: str) -> None:
    shutil.copytree(BUNDLE, tmp_path / "bundle")
    (tmp_path / "bundle/resources/more.yml").write_text(text)
    with pytest.raises(ValueError, match=re.escape(words)):
        load(tmp_path / "bundle")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 * * * * ?", ""),
        ("0 17 3 ? * SUN", ""),
        ("0/30 0,15-45 8-18/2 L * ? 2026-2030", ""),
        ("0 0 12 ? JAN-MAR MON#2", ""),
        ("0 0 12 15W * ?", ""),
        ("* * * * *", "5 fields"),
        ("0 * * * * *", "exactly one"),
        ("0 * * ? * ?", "exactly one"),
        ("60 * * * * ?", "60 is no seconds"),
        ("0 60 * * * ?", "60 is no minutes"),
        ("0 0 24 * * ?", "24 is no hours"),
        ("0 0 0 32 * ?", "32 is no day of month"),
        ("0 0 0 ? 13 MON", "13 is no month"),
        ("0 0 0 ? * 0", "0 is no day of week"),
        ("0/0 * * * * ?", "0/0 is no seconds"),
        ("0  * * * ?", "is no minutes"),
        ("0 * * * * ? 1969", "1969 is no year"),
    ],
)
def test_quartz(expression: str, words: str) -> None:
    found = quartz.problem(expression)
    assert (words in found) if words else not found, found


def test_the_examples_in_python_compile() -> None:
    paths = sorted((BUNDLE / "airflow").glob("*.py")) + sorted((BUNDLE / "src/pipeline").glob("*.py"))
    assert len(paths) >= 2
    for path in paths:
        ast.parse(path.read_text(), path.name)


def test_the_reader_runs_on_serverless_compute() -> None:
    paths = sorted((BUNDLE / "src").rglob("*.py"))
    assert len(paths) > 10
    found = [words for path in paths for words in reader_rules.findings(path.read_text(), path.name)]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import pandas as pd\n", "pandas: the reader needs nothing beside Spark"),
        ("from numpy import array\n", "numpy: the reader needs"),
        ("frame.rdd.map(f)\n", "rdd: no RDD"),
        ("spark.sparkContext.parallelize([])\n", "sparkContext: no RDD"),
        ("frame = frame.persist()\n", "persist: no cache"),
        ("frame.cache()\n", "cache: no cache"),
        ("from pyspark.sql.functions import udf\n", "udf: a function of Spark's own"),
        ("@F.pandas_udf('long')\ndef f(x): ...\n", "pandas_udf: a function of Spark's own"),
        ("rows = frame.toPandas()\n", "toPandas: the reader is free of pandas"),
    ],
)
def test_what_serverless_compute_refuses_is_found(text: str, words: str) -> None:
    assert any(words in finding for finding in reader_rules.findings(text, "x.py"))


def test_the_wheel_holds_the_reader(tmp_path: Path) -> None:
    """As `databricks bundle deploy` builds it, without what deployment alone adds (a version of its own)."""
    source = tmp_path / "bundle"
    shutil.copytree(
        BUNDLE, source, ignore=shutil.ignore_patterns("build", "dist", "*.egg-info", "__pycache__")
    )
    build = bundle_of_the_tree().config["artifacts"]["ingest"]["build"].split()
    assert build[:4] == ["python3", "-m", "pip", "wheel"]
    command = [
        sys.executable,
        *build[1:],
        "--no-build-isolation",
        "--no-index",
        "--disable-pip-version-check",
    ]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (source / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (entry_points,) = [archive.read(name).decode() for name in names if name.endswith("entry_points.txt")]
    modules = {f"ingest/{path.name}" for path in (BUNDLE / "src/ingest").glob("*.py")}
    assert modules <= names and "ingest = ingest.main:main" in entry_points
    assert not [name for name in names if name.startswith(("pipeline/", "tests/"))]
