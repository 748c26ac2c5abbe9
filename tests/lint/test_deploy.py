"""The CloudFormation template and the Dockerfile: cfn-lint, and rules of our own, each with a planted violation."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lint.deploy_rules import Facts, Template, copy_of, findings, stack
from tests.lint.tools import venv_tool
from tests.support.cloudformation import ROOT, TEMPLATE, load
from tests.support.penstock import binary
from tests.support.role import Role

DOCKERFILE = (ROOT / "deploy/container/Dockerfile").read_text()


def instruction(name: str) -> str:
    return re.findall(rf"^{name} (.*)$", DOCKERFILE, re.MULTILINE)[-1]


def help_on(topic: str) -> str:
    return subprocess.run(
        [binary(), "help", topic, "-o", "markdown"], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def line_of_texts() -> dict[str, str]:
    """Member and JSON type of a line with images as texts, by the schema of a line."""
    definitions = json.loads((ROOT / "deploy/schema/line.schema.json").read_text())["$defs"]
    members = {**definitions["envelope"]["properties"], **definitions["typed_text"]["properties"]}
    types = {int: "integer", str: "string"}

    def type_of(member: dict[str, Any]) -> str:
        if "$ref" in member:
            member = definitions[member["$ref"].split("/")[-1]]
        value = member.get("const", (member.get("enum") or [None])[0])
        return str(member.get("type") or types[type(value)])

    return {name: type_of(member) for name, member in members.items()}


@pytest.fixture(scope="module")
def facts() -> Facts:
    overview = subprocess.run(
        [binary(), "help"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    return Facts(
        variables=frozenset(re.findall(r"`(PENSTOCK_[A-Z_]+)`", help_on("settings"))),
        commands=frozenset(re.findall(r"^  ([a-z-]+)", overview, re.MULTILINE)),
        metrics=frozenset(re.findall(r"\| `([A-Z][A-Za-z]+)` \|", help_on("metrics"))),
        image_user=instruction("USER"),
        image_volumes=frozenset(json.loads(instruction("VOLUME"))),
        image_entrypoint=json.loads(instruction("ENTRYPOINT"))[0],
        line=line_of_texts(),
    )


def test_the_facts_are_there(facts: Facts) -> None:
    assert len(facts.variables) > 20 and {"run", "healthcheck", "help"} <= facts.commands
    assert len(facts.metrics) > 10 and len(facts.image_volumes) == 2
    assert facts.line["keys"] == "object" and facts.line["new_image"] == "string" and len(facts.line) == 15


def cfn_lint(path: Path) -> str:
    done = subprocess.run(
        [venv_tool("cfn-lint"), "--regions", "us-east-1", "eu-west-1", "--template", path],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else ""


def test_the_template_is_clean() -> None:
    words = cfn_lint(TEMPLATE)
    assert not words, words


def test_cfn_lint_finds_a_violation(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(TEMPLATE.read_text().replace("BillingMode: PAY_PER_REQUEST", "BillingMode: FREE"))
    assert "FREE" in cfn_lint(bad)


def test_the_template_keeps_our_rules(facts: Facts) -> None:
    assert findings(load(), facts) == []


def container(template: Template) -> dict[str, Any]:
    return dict(template["Resources"]["TaskDefinition"]["Properties"])["ContainerDefinitions"][0]


def landing(template: Template) -> Any:
    return template["Resources"]["DeliveryStream"]["Properties"]["ExtendedS3DestinationConfiguration"]


def variable(name: str, value: str) -> Callable[[Template], None]:
    def set_it(template: Template) -> None:
        entries = container(template)["Environment"]
        entries[:] = [entry for entry in entries if entry.get("Name") != name] + [
            {"Name": name, "Value": value}
        ]

    return set_it


def without_variable(name: str) -> Callable[[Template], None]:
    def drop(template: Template) -> None:
        entries = container(template)["Environment"]
        entries[:] = [entry for entry in entries if name not in json.dumps(entry)]

    return drop


def conversion_of(template: Template) -> dict[str, Any]:
    return dict(landing(template))["DataFormatConversionConfiguration"]["Fn::If"][1]


def glue_table(template: Template) -> dict[str, Any]:
    return dict(template["Resources"]["GlueTable"]["Properties"])["TableInput"]


def columns(template: Template) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = glue_table(template)["StorageDescriptor"]["Columns"]
    return found


def form_groups(template: Template) -> list[dict[str, Any]]:
    return list(template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"])


def task_statements(template: Template) -> list[dict[str, Any]]:
    return list(template["Resources"]["TaskRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"])


PLANTED: list[tuple[str, Callable[[Template], Any]]] = [
    ("stop_timeout: StopTimeout 200 is not within", lambda t: container(t).update(StopTimeout=200)),
    ("stop_timeout: StopTimeout 52 leaves no 5 s", lambda t: container(t).update(StopTimeout=52)),
    ("stop_timeout: StopTimeout 60 leaves no 5 s", variable("PENSTOCK_STOP_TIMEOUT", "1m")),
    ("health_check: HealthCheck Interval 2", lambda t: container(t)["HealthCheck"].update(Interval=2)),
    ("health_check: HealthCheck Timeout 61", lambda t: container(t)["HealthCheck"].update(Timeout=61)),
    (
        "health_check: HealthCheck Timeout is not below",
        lambda t: container(t)["HealthCheck"].update(Timeout=30),
    ),
    ("health_check: HealthCheck Retries 0", lambda t: container(t)["HealthCheck"].update(Retries=0)),
    (
        "health_check: HealthCheck StartPeriod 301",
        lambda t: container(t)["HealthCheck"].update(StartPeriod=301),
    ),
    (
        "without a shell",
        lambda t: container(t)["HealthCheck"].update(Command=["CMD-SHELL", "penstock healthcheck"]),
    ),
    ("without a shell", lambda t: container(t)["HealthCheck"]["Command"].__setitem__(2, "health")),
    ("none of the program's", lambda t: container(t).update(Command=["start"])),
    ("settings: there is no setting PENSTOCK_STREAM", variable("PENSTOCK_STREAM", "x")),
    ("is not a setting", variable("AWS_ACCESS_KEY_ID", "x")),
    ("the root file system is writable", lambda t: container(t).pop("ReadonlyRootFilesystem")),
    ("User root is not", lambda t: container(t).update(User="root")),
    ("User 1:1 is not the image's", lambda t: container(t).update(User="1:1")),
    ("not every capability", lambda t: container(t).pop("LinuxParameters")),
    ("is no VOLUME", lambda t: container(t)["MountPoints"][0].update(ContainerPath="/state")),
    ("need volumes", lambda t: container(t)["MountPoints"].pop(1)),
    ("is not the landing layout", lambda t: landing(t).update(Prefix="ddb/orders/")),
    ("lacks !{firehose:error-output-type}", lambda t: landing(t).update(ErrorOutputPrefix="errors/")),
    (
        "errors land within ddb/",
        lambda t: landing(t).update(ErrorOutputPrefix="ddb/!{firehose:error-output-type}/"),
    ),
    (
        "does not end with a slash",
        lambda t: landing(t).update(ErrorOutputPrefix="e/!{firehose:error-output-type}"),
    ),
    ("can be over 512", lambda t: landing(t).update(Prefix="ddb/" + "x" * 300 + "/")),
    ("not gzipped", lambda t: landing(t).update(CompressionFormat="UNCOMPRESSED")),
    ("BufferingSeconds allows", lambda t: t["Parameters"]["BufferingSeconds"].update(MaxValue=901)),
    ("nothing is converted", lambda t: conversion_of(t).update(Enabled=False)),
    ("no compression of its own", lambda t: landing(t).update(CompressionFormat="GZIP")),
    (
        "would become small letters",
        lambda t: conversion_of(t)["InputFormatConfiguration"]["Deserializer"].update(OpenXJsonSerDe={}),
    ),
    ("buffers of 64 to 128", lambda t: t["Parameters"]["ParquetMegabytes"].update(MinValue=1)),
    ("buffers of 64 to 128", lambda t: landing(t)["BufferingHints"].update(SizeInMBs=32)),
    ("images are objects", without_variable("PENSTOCK_IMAGES")),
    ("column shard: it is not in both", lambda t: columns(t).pop(6)),
    ("column v: string is none of", lambda t: columns(t)[0].update(Type="string")),
    (
        "partitions are looked for in s3://Bucket/ddb/orders/x/",
        lambda t: glue_table(t)["Parameters"].update(
            {"storage.location.template": "s3://Bucket/ddb/orders/x/dt=${dt}/HH=${hh}/"}
        ),
    ),
    (
        "TrimAlarm: nobody emits Penstock TrimDistance",
        lambda t: t["Resources"]["TrimAlarm"]["Properties"].update(MetricName="TrimDistance"),
    ),
    (
        "TrimAlarm: metrics come with the dimension App alone",
        lambda t: t["Resources"]["TrimAlarm"]["Properties"]["Dimensions"].append(
            {"Name": "Worker", "Value": "w"}
        ),
    ),
    ("no alarm on ['DeadLetters']", lambda t: t["Resources"].pop("DeadLettersAlarm")),
    (
        "NoDataAlarm does not ring",
        lambda t: t["Resources"]["NoDataAlarm"]["Properties"].update(TreatMissingData="missing"),
    ),
    ("PENSTOCK_EMF is not stdout", variable("PENSTOCK_EMF", "off")),
    ("form: Spot is not both", lambda t: form_groups(t)[3]["Parameters"].remove("Spot")),
    (
        "rights: TaskRole: ['dynamodb:*'] is wider",
        lambda t: task_statements(t)[0].update(Action="dynamodb:*"),
    ),
    ("rights: TaskRole: * is no exact resource", lambda t: task_statements(t)[0].update(Resource="*")),
]


@pytest.mark.parametrize(("words", "plant"), PLANTED, ids=[words for words, _ in PLANTED])
def test_a_planted_violation_is_found(facts: Facts, words: str, plant: Callable[[Template], Any]) -> None:
    template = copy_of(load())
    plant(template)
    found = findings(template, facts)
    assert any(words in finding for finding in found), found


@pytest.mark.parametrize(
    ("spot", "providers"),
    [("off", {"FARGATE": 1}), ("mixed", {"FARGATE": 1, "FARGATE_SPOT": 4}), ("only", {"FARGATE_SPOT": 4})],
)
def test_spot_is_a_choice(spot: str, providers: dict[str, int]) -> None:
    strategy = stack(load(), Spot=spot).properties("Service")["CapacityProviderStrategy"]
    assert {entry["CapacityProvider"]: entry["Weight"] for entry in strategy} == providers


def test_a_bad_deployment_is_rolled_back_and_scaling_keeps_its_count() -> None:
    service = stack(load()).properties("Service")
    assert service["DeploymentConfiguration"]["DeploymentCircuitBreaker"] == {
        "Enable": True,
        "Rollback": True,
    }
    assert "DesiredCount" not in service


def test_data_outlives_the_stack_and_what_exists_is_used() -> None:
    template = load()
    for name in ("Bucket", "LeaseTable"):
        assert template["Resources"][name]["DeletionPolicy"] == "Retain"
        assert template["Resources"][name]["UpdateReplacePolicy"] == "Retain"
    theirs = stack(template, LeaseTableIsThere="yes", BucketName="my-lake", AppName="java", ClusterName="c")
    assert not any(theirs.is_made(name) for name in ("LeaseTable", "Bucket", "BucketPolicy", "Cluster"))
    entries = theirs.properties("TaskDefinition")["ContainerDefinitions"][0]["Environment"]
    assert {"Name": "PENSTOCK_APP", "Value": "java"} in entries
    destination = theirs.properties("DeliveryStream")["ExtendedS3DestinationConfiguration"]
    assert destination["BucketARN"] == "arn:aws:s3:::my-lake"
    table = stack(template).properties("LeaseTable")
    assert table["KeySchema"] == [{"AttributeName": "leaseKey", "KeyType": "HASH"}]
    assert table["BillingMode"] == "PAY_PER_REQUEST" and table["DeletionProtectionEnabled"] is True


def test_dead_letters_are_kept_where_they_outlive_the_task() -> None:
    template = load()
    kept = stack(
        template, DeadLetterFileSystem="fs-0123456789abcdef0", DeadLetterAccessPoint="fsap-0123456789abcdef0"
    )
    task, plain = kept.properties("TaskDefinition"), stack(template).properties("TaskDefinition")
    (volume,) = [entry for entry in task["Volumes"] if "EFSVolumeConfiguration" in entry]
    assert volume["EFSVolumeConfiguration"]["TransitEncryption"] == "ENABLED"
    definition = task["ContainerDefinitions"][0]
    (point,) = [entry for entry in definition["MountPoints"] if entry["SourceVolume"] == volume["Name"]]
    (value,) = [
        entry["Value"] for entry in definition["Environment"] if entry["Name"] == "PENSTOCK_DEAD_LETTER"
    ]
    assert value.startswith(f"file:{point['ContainerPath']}/")
    assert 2049 in [rule["ToPort"] for rule in kept.properties("SecurityGroup")["SecurityGroupEgress"]]
    assert "PENSTOCK_DEAD_LETTER" not in json.dumps(plain) and len(plain["Volumes"]) == 2


def test_dead_letters_can_be_kept_in_the_bucket() -> None:
    kept = stack(load(), BucketName="my-lake", DeadLetterPrefix="dead-letters")
    entries = kept.properties("TaskDefinition")["ContainerDefinitions"][0]["Environment"]
    assert {"Name": "PENSTOCK_DEAD_LETTER", "Value": "s3://my-lake/dead-letters"} in entries
    (policy,) = kept.properties("TaskRole")["Policies"]
    assert ("s3:PutObject", "arn:aws:s3:::my-lake/dead-letters/*") in pairs(policy["PolicyDocument"])


def test_lines_can_be_landed_past_firehose() -> None:
    direct = stack(load(), BucketName="my-lake", LargeRecords="yes", SpillAfter="15m")
    entries = direct.properties("TaskDefinition")["ContainerDefinitions"][0]["Environment"]
    for name in ("PENSTOCK_LARGE_RECORDS", "PENSTOCK_SPILL"):
        assert {"Name": name, "Value": "s3://my-lake/ddb/orders"} in entries
    assert {"Name": "PENSTOCK_SPILL_AFTER", "Value": "15m"} in entries
    (policy,) = direct.properties("TaskRole")["Policies"]
    assert ("s3:PutObject", "arn:aws:s3:::my-lake/ddb/orders/*") in pairs(policy["PolicyDocument"])
    parquet = stack(
        load(), BucketName="my-lake", LargeRecords="yes", SpillAfter="15m", LandingFormat="parquet"
    )
    assert "PENSTOCK_SPILL" not in json.dumps(parquet.properties("TaskDefinition"))
    assert "s3:PutObject" not in json.dumps(parquet.properties("TaskRole"))


def pairs(policy: dict[str, Any]) -> set[tuple[str, str]]:
    """(action, resource), with the account and region of README's example."""
    found = set()
    for entry in policy["Statement"]:
        actions = [entry["Action"]] if isinstance(entry["Action"], str) else entry["Action"]
        resource = entry["Resource"].replace("eu-west-1:123456789012", "*:000000000000")
        found |= {(action, resource) for action in actions}
    return found


def test_readme_shows_the_same_rights_and_that_of_making_the_lease_table() -> None:
    (shown,) = [
        text
        for text in re.findall(r"```json\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
        if '"Statement"' in text
    ]
    task = pairs(Role("orders", "penstock-orders", "orders").policy())
    lease_table = "arn:aws:dynamodb:*:000000000000:table/penstock-orders"
    assert pairs(json.loads(shown)) == task | {("dynamodb:CreateTable", lease_table)}


def test_the_image_needs_no_architecture() -> None:
    assert not re.search(
        r"amd64|arm64|x86_64|aarch64|--platform", re.sub(r"^#.*$", "", DOCKERFILE, flags=re.MULTILINE)
    )
    assert re.match(r"\[", instruction("CMD")) and re.match(r"\[", instruction("ENTRYPOINT"))


def test_parquet_is_a_choice() -> None:
    template = load()
    lines, parquet = stack(template), stack(template, LandingFormat="parquet")
    assert not lines.is_made("GlueTable") and not lines.is_made("GlueDatabase")
    destination = lines.properties("DeliveryStream")["ExtendedS3DestinationConfiguration"]
    assert "DataFormatConversionConfiguration" not in destination
    assert "PENSTOCK_IMAGES" not in json.dumps(lines.properties("TaskDefinition"))
    assert "glue:" not in json.dumps(lines.properties("DeliveryStreamRole"))
    assert parquet.is_made("GlueTable") and parquet.is_made("GlueDatabase")
    assert "glue:GetTableVersions" in json.dumps(parquet.properties("DeliveryStreamRole"))
    theirs = stack(template, LandingFormat="parquet", GlueDatabaseIsThere="yes", GlueDatabaseName="lake")
    assert theirs.is_made("GlueTable") and not theirs.is_made("GlueDatabase")
    assert theirs.properties("GlueTable")["DatabaseName"] == "lake"
