"""The commands of deploy/databricks/README.md, as far as they can be held against something here."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from databricks.bundles.jobs import Job

from tests.lint import quartz
from tests.lint.bundle import BUNDLE, copy_of, load, parse, resolve
from tests.lint.bundle_rules import findings
from tests.lint.test_databricks import facts, reads  # noqa: F401 - the fixture
from tests.support.penstock import binary

TEXT = (BUNDLE / "README.md").read_text()
GIVEN = {
    "BUCKET": "my-lake",
    "PREFIX": "ddb",
    "ROLE": "penstock-databricks",
    "ACCOUNT": "123456789012",
    "PATH": "/usr/bin:/bin",
}


def yaml_with(word: str) -> str:
    (block,) = [text for text in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) if word in text]
    return str(block)


def test_the_target_that_it_adds_is_a_good_one(facts: Any) -> None:  # noqa: F811
    bundle = copy_of(load())
    bundle.config["targets"] |= parse("targets:\n" + yaml_with("prod_customers"))["targets"]
    assert not findings(bundle, facts)
    added, first = resolve(bundle, "prod_customers"), resolve(bundle, "prod")
    assert added.variables["table"] == "customers"
    assert added.settings["workspace"]["root_path"] != first.settings["workspace"]["root_path"]


def test_the_variables_that_it_sets_for_kinesis_are_good_ones(facts: Any) -> None:  # noqa: F811
    bundle = copy_of(load())
    bundle.config["targets"]["prod"]["variables"] |= parse(yaml_with("kinesis_stream")) | {
        "minute_status": "PAUSED"
    }
    assert not findings(bundle, facts)
    (one,) = resolve(bundle, "prod").of("jobs")["continuous"]["tasks"]
    read = reads(one["python_wheel_task"]["parameters"])
    assert read.source == "kinesis" and read.options == {"serviceCredential": "penstock-kinesis"}


def test_it_names_what_exists() -> None:
    bundle = load()
    keys = {key for some in bundle.config["resources"].values() for key in some}
    named = set()
    for line in re.findall(r"^databricks bundle run (.*)$", TEXT, re.MULTILINE):
        words = line.split("  ")[0].split()
        named |= {word for word in words if word in keys}
        assert any(word in keys for word in words), line
        for name in re.findall(r"--params (\w+)=", line):
            job = bundle.config["resources"]["jobs"][next(word for word in words if word in keys)]
            assert name in {entry["name"] for entry in job["parameters"]}, line
    assert {"minute", "backfill", "cdc"} <= named
    assert set(re.findall(r"--var[= ]\"?(\w+)=", TEXT)) <= set(bundle.config["variables"])
    assert set(re.findall(r"-t (\w+)", TEXT)) <= set(bundle.targets) | {"prod_customers"}


def test_it_gives_penstock_what_it_takes() -> None:
    commands = re.findall(r"^penstock ((?:leases|dead-letter) \w+) (.*)$", TEXT, re.MULTILINE)
    assert {name for name, _ in commands} == {"leases rewind", "dead-letter redrive"}
    for name, rest in commands:
        known = subprocess.run(
            [binary(), "help", *name.split()], capture_output=True, text=True, check=True, timeout=300
        ).stdout
        for flag in re.findall(r"--[a-z-]+", rest):
            assert flag in known, f"penstock {name} has no {flag}"


@pytest.mark.parametrize("job", ["minute", "continuous"])
def test_its_way_to_pause_is_what_the_job_has(job: str) -> None:
    """The whole block is replaced, so it has to be the bundle's own, paused."""
    block = "schedule" if job == "minute" else "continuous"
    settings = [json.loads(text)["new_settings"] for text in re.findall(r"jobs update --json '(.*?)'", TEXT)]
    (sent,) = [one for one in settings if block in one]
    Job.from_dict(sent)
    own = resolve(load(), "prod").of("jobs")[job][block]
    assert sent[block] == {**own, "pause_status": "PAUSED"}
    if job == "minute":
        assert not quartz.problem(sent[block]["quartz_cron_expression"])
    assert {"max_concurrent_runs": 0} in settings


def test_the_order_is_pause_then_cancel_then_look() -> None:
    section = TEXT.split("## Pause, cancel, stop")[1].split("\n## ")[0]
    steps = ('"PAUSED"', "cancel-run", "cancel-all-runs", "prints nothing", "destroy")
    places = [section.index(word) for word in steps]
    assert places == sorted(places)


def test_the_role_is_what_unity_catalog_wants(tmp_path: Path) -> None:
    """The documents as the shell writes them."""
    (script,) = [
        text for text in re.findall(r"```\n(.*?)```", TEXT, re.DOTALL) if text.startswith("cat >trust.json")
    ]
    written = script.split("aws iam")[0]
    subprocess.run(["bash", "-euc", written], cwd=tmp_path, env=GIVEN, check=True, timeout=300)
    trust = json.loads((tmp_path / "trust.json").read_text())
    access = json.loads((tmp_path / "access.json").read_text())
    (statement,) = trust["Statement"]
    assert statement["Principal"]["AWS"][0].startswith("arn:aws:iam::414351767826:role/unity-catalog-prod-")
    own = "arn:aws:iam::123456789012:role/penstock-databricks"
    assert own not in json.dumps(trust), "a role that does not exist yet cannot be named"
    allowed = {(action, str(one["Resource"])) for one in access["Statement"] for action in one["Action"]}
    assert ("sts:AssumeRole", own) in allowed and ("s3:GetObject", "arn:aws:s3:::my-lake/ddb/*") in allowed
    assert not [action for action, _ in allowed if action in ("s3:PutObject", "s3:DeleteObject", "s3:*")]
    assert '.Condition.StringEquals."sts:ExternalId" = $id' in TEXT and ".Principal.AWS += [$self]" in TEXT
