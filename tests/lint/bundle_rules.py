"""What the bundle of deploy/databricks must keep, beyond what Databricks' own classes refuse: schedules and triggers
that exclude each other, limits, names that bundle, reader and wheel must agree on. Each rule gives its findings in
words.

Sources: the docstrings of the package databricks-bundles, https://docs.databricks.com/aws/en/jobs/continuous and
/jobs/configure-job."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import functools
import inspect
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args
from zoneinfo import available_timezones

from databricks.bundles.jobs import Job
from databricks.bundles.pipelines import Pipeline

from tests.lint import quartz
from tests.lint.bundle import REFERENCE, Bundle, Resolved, resolve, shape

CLASSES: dict[str, Any] = {"jobs": Job, "pipelines": Pipeline}
PAUSE = {"PAUSED", "UNPAUSED"}
MOST_TAGS = 25
# {{...}} that Databricks fills in when a run starts; those of job parameters are looked at one by one.
DYNAMIC = {"job.id", "job.run_id", "job.start_time.iso_date", "task.name", "task.run_id"}


@dataclasses.dataclass(frozen=True)
class Facts:
    """What the reader and its wheel say of themselves."""

    parser: argparse.ArgumentParser
    reads: Callable[[list[str]], Any]  # raises ValueError for arguments that the reader refuses
    project: dict[str, Any]


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text())


def every_target(bundle: Bundle) -> list[Resolved]:
    if not bundle.resolved:
        bundle.resolved = [resolve(bundle, name) for name in bundle.targets]
    return list(bundle.resolved)


def jobs(bundle: Bundle) -> Iterator[tuple[str, dict[str, Any]]]:
    for resolved in every_target(bundle):
        for name, job in resolved.of("jobs").items():
            yield f"{resolved.target}: job {name}", job


def tasks(bundle: Bundle) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for place, job in jobs(bundle):
        for task in job["tasks"]:
            yield f"{place}: task {task['task_key']}", job, task


def format_is_known(bundle: Bundle, _facts: Facts) -> Iterator[str]:
    yield from shape(bundle)


def keys_are_unique(bundle: Bundle, _facts: Facts) -> Iterator[str]:
    """`databricks bundle run KEY` has to know what is meant, and validate refuses two of one name."""
    names = [name for some in bundle.config["resources"].values() for name in some]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two resources have the key {name}"


def references(bundle: Bundle, _facts: Facts) -> Iterator[str]:
    """resolve() itself raises for what is not defined; here what is defined for nothing."""
    used = set().union(*(resolved.used for resolved in every_target(bundle)))
    for name in bundle.config.get("variables", {}):
        if f"var.{name}" not in used:
            yield f"the variable {name} is used nowhere"
    for name, entry in bundle.config["variables"].items():
        if not (entry or {}).get("description"):
            yield f"the variable {name} is not described"
        if REFERENCE.search(str((entry or {}).get("default", ""))):
            yield f"the default of {name} refers to another variable"


def databricks_takes_it(bundle: Bundle, _facts: Facts) -> Iterator[str]:
    """Unknown names, missing ones and wrong types, by Databricks' own classes; not by a workspace."""
    for resolved in every_target(bundle):
        for kind, resources in resolved.resources.items():
            if kind not in CLASSES:
                yield f"{kind}: nothing here checks these"
                continue
            for name, resource in resources.items():
                try:
                    CLASSES[kind].from_dict(resource)
                except (ValueError, TypeError) as error:
                    yield f"{resolved.target}: {kind}.{name}: {error}"


@functools.cache
def _deprecated(cls: Any) -> dict[str, str]:
    """Fields whose documentation in the package says that they are deprecated or private."""
    found = {}
    body = ast.parse(inspect.getsource(cls)).body[0].body  # type: ignore[attr-defined]
    for one, after in zip(body, body[1:], strict=False):
        text = getattr(getattr(after, "value", None), "value", None)
        if isinstance(one, ast.AnnAssign) and isinstance(text, str):
            if re.search(r"\[?(DEPRECATED|Private Preview|EXPERIMENTAL)\]", text):
                found[one.target.id] = " ".join(text.split())[:100]  # type: ignore[union-attr]
    return found


def _class_of(annotation: Any) -> Any:
    if dataclasses.is_dataclass(annotation):
        return annotation
    for inner in get_args(annotation):
        if found := _class_of(inner):
            if found.__name__ != "Variable":
                return found
    return None


def _outdated(cls: Any, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for entry in value:
            yield from _outdated(cls, entry, path)
    if not isinstance(value, dict) or cls is None:
        return
    types = {one.name: one.type for one in dataclasses.fields(cls)}
    for name, entry in value.items():
        if name in _deprecated(cls):
            yield f"{path}.{name}: {_deprecated(cls)[name]}"
        yield from _outdated(_class_of(types.get(name)), entry, f"{path}.{name}")


LEGACY_WORDS = {
    r"^\s*(import|from)\s+dlt\b": "dlt: from pyspark import pipelines as dp",
    r"\bapply_changes\b": "apply_changes: create_auto_cdc_flow",
    r"\bAsset Bundles?\b": "they are Declarative Automation Bundles now",
    r"\bDelta Live Tables?\b": "Lakeflow Spark Declarative Pipelines",
    r"(?i:\bSINGLE_USER\b|\bUSER_ISOLATION\b)": "a legacy alias of DATA_SECURITY_MODE_…",
    r"/api/2\.[01]/jobs/": "the jobs API is 2.2",
    r"\bdbfs:/": "DBFS: volumes",
}


def nothing_is_deprecated(bundle: Bundle, _facts: Facts) -> Iterator[str]:
    for resolved in every_target(bundle):
        for kind, cls in CLASSES.items():
            for name, resource in resolved.of(kind).items():
                yield from _outdated(cls, resource, f"{resolved.target}: {kind}.{name}")
    for path in sorted(bundle.folder.rglob("*")):
        if path.suffix in (".py", ".yml", ".md", ".toml", ".sql") and not {"build", "dist"} & set(path.parts):
            for pattern, words in LEGACY_WORDS.items():
                if re.search(pattern, path.read_text(), re.MULTILINE):
                    yield f"{path.name}: {words}"


def one_trigger_a_job(bundle: Bundle, _facts: Facts) -> Iterator[str]:
    for place, job in jobs(bundle):
        triggers = {"schedule", "continuous", "trigger"} & set(job)
        if len(triggers) > 1:
            yield f"{place}: {' and '.join(sorted(triggers))} exclude each other"
        for name in triggers:
            if job[name].get("pause_status") not in PAUSE:
                yield f"{place}: {name} says neither PAUSED nor UNPAUSED"
        if "continuous" in job:
            # https://docs.databricks.com/aws/en/jobs/continuous: neither retries nor dependencies
            for task in job["tasks"]:
                for name in ("max_retries", "min_retry_interval_millis", "retry_on_timeout", "depends_on"):
                    if name in task:
                        yield f"{place}: a continuous job takes no {name}"


def schedules(bundle: Bundle, _facts: Facts) -> Iterator[str]:
    for place, job in jobs(bundle):
        if schedule := job.get("schedule"):
            if words := quartz.problem(schedule["quartz_cron_expression"]):
                yield f"{place}: {schedule['quartz_cron_expression']}: {words}"
            if schedule["timezone_id"] not in available_timezones():
                yield f"{place}: there is no time zone {schedule['timezone_id']}"


def the_minute_job_is_as_agreed(bundle: Bundle, _facts: Facts) -> Iterator[str]:
    for resolved in every_target(bundle):
        job = resolved.of("jobs")["minute"]
        (task,) = job["tasks"]
        wanted = {
            "cron": (job.get("schedule", {}).get("quartz_cron_expression"), "0 * * * * ?"),
            "time zone": (job.get("schedule", {}).get("timezone_id"), "UTC"),
            "timeout_seconds": (job.get("timeout_seconds"), 50),
            "max_concurrent_runs": (job.get("max_concurrent_runs"), 1),
            "queue": (job.get("queue"), {"enabled": False}),
            "max_retries": (task.get("max_retries"), 3),
            "min_retry_interval_millis": (task.get("min_retry_interval_millis"), 10000),
            "retry_on_timeout": (task.get("retry_on_timeout"), False),
        }
        for name, (found, agreed) in wanted.items():
            if found != agreed:
                yield f"{resolved.target}: the minute job's {name} is {found}, not {agreed}"


def limits(bundle: Bundle, _facts: Facts) -> Iterator[str]:
    for place, job in jobs(bundle):
        if job.get("max_concurrent_runs") != 1:
            yield f"{place}: two runs would share a checkpoint: max_concurrent_runs is not 1"
        if "queue" not in job:
            yield f"{place}: without queue, whether runs wait is the workspace's choice"
        if "continuous" not in job and not 0 < job.get("timeout_seconds", 0) <= 86400:
            yield f"{place}: a run that hangs is never ended: timeout_seconds"
        if len(job.get("tags", {})) > MOST_TAGS:
            yield f"{place}: more than {MOST_TAGS} tags"
        for task in job["tasks"]:
            retries, pause = task.get("max_retries", 0), task.get("min_retry_interval_millis", 0) / 1000
            if retries * pause >= job.get("timeout_seconds", 1e9):
                yield f"{place}: {retries} retries, {pause:g} s apart, do not fit timeout_seconds"


def checkpoint_of(task: dict[str, Any]) -> str:
    return arguments(task).get("checkpoint", "")


def arguments(task: dict[str, Any]) -> dict[str, str]:
    texts = task.get("python_wheel_task", {}).get("parameters", [])
    return {name.removeprefix("--"): value for name, _, value in (text.partition("=") for text in texts)}


def one_job_a_checkpoint(bundle: Bundle, _facts: Facts) -> Iterator[str]:
    for resolved in every_target(bundle):
        owners: dict[str, str] = {}
        for name, job in resolved.of("jobs").items():
            status = (job.get("schedule") or job.get("continuous") or {}).get("pause_status")
            for task in job["tasks"]:
                place = checkpoint_of(task)
                if status == "UNPAUSED" and place:
                    if place in owners:
                        yield f"{resolved.target}: {owners[place]} and {name} both run on {place}"
                    owners[place] = name
                if place and not place.startswith(("/Volumes/", "{{job.parameters.")):
                    yield f"{resolved.target}: job {name}: the checkpoint {place} is in no volume"


def _filled(text: str, job: dict[str, Any], place: str) -> Iterator[tuple[str, str]]:
    """(finding, "") and ("", the text as a run would see it)."""
    parameters = {entry["name"]: entry["default"] for entry in job.get("parameters", [])}
    for name in re.findall(r"\{\{\s*([^}]*?)\s*\}\}", text):
        if name.startswith("job.parameters."):
            own = name.removeprefix("job.parameters.")
            if own not in parameters:
                yield f"{place}: the job has no parameter {own}", ""
            text = text.replace("{{" + name + "}}", parameters.get(own, ""))
        elif name not in DYNAMIC:
            yield f"{place}: Databricks knows no {{{{{name}}}}}", ""
    yield "", re.sub(r"\{\{[^}]*\}\}", "1", text)


def the_reader_takes_its_arguments(bundle: Bundle, facts: Facts) -> Iterator[str]:
    flags = set(facts.parser._option_string_actions)
    for place, job, task in tasks(bundle):
        if "python_wheel_task" not in task:
            continue
        texts = []
        for text in task["python_wheel_task"].get("parameters", []):
            if text.partition("=")[0] not in flags:
                yield f"{place}: the reader has no {text.partition('=')[0]}"
            for finding, filled in _filled(text, job, place):
                if finding:
                    yield finding
                elif filled:
                    texts.append(filled)
        try:
            facts.reads(texts)
        except ValueError as error:
            yield f"{place}: the reader refuses {texts}: {error}"
        for entry in job.get("parameters", []):
            if f"{{{{job.parameters.{entry['name']}}}}}" not in str(job["tasks"]):
                yield f"{place}: the job parameter {entry['name']} is used by no task"


def wheel_and_compute(bundle: Bundle, facts: Facts) -> Iterator[str]:
    own = facts.project["project"]
    for place, job, task in tasks(bundle):
        if not (wheel := task.get("python_wheel_task")):
            continue
        if wheel["package_name"].replace("_", "-") != own["name"]:
            yield f"{place}: package_name {wheel['package_name']} is not the wheel's {own['name']}"
        if wheel["entry_point"] not in own["scripts"]:
            yield f"{place}: the wheel has no entry point {wheel['entry_point']}"
        environments = {entry["environment_key"]: entry["spec"] for entry in job.get("environments", [])}
        clusters = {entry["job_cluster_key"] for entry in job.get("job_clusters", [])}
        if "environment_key" in task:
            spec = environments.get(task["environment_key"])
            if spec is None:
                yield f"{place}: there is no environment {task['environment_key']}"
            elif not spec.get("environment_version"):
                yield f"{place}: the environment has no environment_version"
            elif spec.get("dependencies") != ["../dist/*.whl"]:
                yield f"{place}: the environment does not have the wheel"
        elif task.get("job_cluster_key") not in clusters:
            yield f"{place}: it has neither an environment nor a cluster of the job"
        elif task.get("libraries") != [{"whl": "../dist/*.whl"}]:
            yield f"{place}: the cluster does not have the wheel"


def serverless_reads_what_is_there(bundle: Bundle, _facts: Facts) -> Iterator[str]:
    """Streams without an end, and Kinesis, are for clusters."""
    for place, _job, task in tasks(bundle):
        if "environment_key" in task and (given := arguments(task)):
            if (
                given.get("trigger", "available-now") != "available-now"
                or given.get("source", "files") != "files"
            ):
                yield f"{place}: serverless compute has the trigger available-now and files alone"


def files_exist(bundle: Bundle, facts: Facts) -> Iterator[str]:
    for kind, name in (place.split(".", 1) for place in bundle.places):
        folder = bundle.places[f"{kind}.{name}"]
        for text in _texts(bundle.config["resources"][kind][name]):
            if text.startswith(("./", "../")) and not text.endswith(".whl"):
                if not list(folder.glob(text.removesuffix("/**"))):
                    yield f"{kind}.{name}: there is no {text}"
    for name, target in facts.project["project"]["scripts"].items():
        module, _, function = target.partition(":")
        path = bundle.folder / "src" / (module.replace(".", "/") + ".py")
        if not path.exists() or not re.search(rf"^def {function}\(", path.read_text(), re.MULTILINE):
            yield f"the entry point {name} is {target}, which does not exist"


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for entry in node:
            yield from _texts(entry)
    elif isinstance(node, str):
        yield node


def targets(bundle: Bundle, _facts: Facts) -> Iterator[str]:
    for resolved in every_target(bundle):
        settings, name = resolved.settings, resolved.target
        if settings.get("mode") not in ("development", "production"):
            yield f"{name}: mode is neither development nor production"
        if settings.get("mode") == "production":
            if not settings.get("workspace", {}).get("root_path"):
                yield f"{name}: production needs a root_path of its own"
            if not settings.get("run_as"):
                yield f"{name}: production runs as whoever deployed it last: run_as"
    if not {"dev", "prod"} <= set(bundle.targets):
        yield "there are no targets dev and prod"


Rule = Callable[[Bundle, Facts], Iterator[str]]
# What the other rules may rely on, and so comes before them.
FORM: list[Rule] = [format_is_known, keys_are_unique, references, databricks_takes_it]
RULES: list[Rule] = [
    nothing_is_deprecated,
    one_trigger_a_job,
    schedules,
    the_minute_job_is_as_agreed,
    limits,
    one_job_a_checkpoint,
    the_reader_takes_its_arguments,
    wheel_and_compute,
    serverless_reads_what_is_there,
    files_exist,
    targets,
]


def findings(bundle: Bundle, facts: Facts) -> list[str]:
    return _found_by(FORM, bundle, facts) or _found_by(RULES, bundle, facts)


def _found_by(rules: list[Rule], bundle: Bundle, facts: Facts) -> list[str]:
    found = []
    for rule in rules:
        try:
            found += [f"{rule.__name__}: {words}" for words in rule(bundle, facts)]
        except ValueError as error:
            found.append(f"{rule.__name__}: {error}")
    return found
