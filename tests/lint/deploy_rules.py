"""What cfn-lint does not see in deploy/ecs/penstock.yaml: limits of ECS and Firehose, and names that the program, the
image and the template must agree on. Each rule takes the template (and the facts) and gives its findings in words.

Limits: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html and API_HealthCheck.html,
https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.cloudformation import Stack

Template = dict[str, Any]
HEALTH_RANGES = {"Interval": (5, 300), "Timeout": (2, 60), "Retries": (1, 10), "StartPeriod": (0, 300)}
FARGATE_STOP_SECONDS = (2, 120)
STOP_MARGIN_SECONDS = 5  # the process must have ended by itself before ECS kills it
PREFIX_MOST = 512
WITHOUT_RESOURCE = {"ecr:GetAuthorizationToken", "dynamodb:ListStreams"}
GLUE_TYPES = {
    "string": ("string",),
    "integer": ("int", "bigint"),
    "boolean": ("boolean",),
    "object": ("map<string,map<string,string>>",),
}
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Facts:
    """What the program and the image say of themselves."""

    variables: frozenset[str]
    commands: frozenset[str]
    metrics: frozenset[str]
    image_user: str
    image_volumes: frozenset[str]
    image_entrypoint: str
    line: dict[str, str]  # of a line with images as texts: member, JSON type


def stack(template: Template, **parameters: Any) -> Stack:
    return Stack(template, TableName="orders", **parameters)


def container(template: Template) -> dict[str, Any]:
    (only,) = stack(template).properties("TaskDefinition")["ContainerDefinitions"]
    return dict(only)


def environment(template: Template) -> dict[str, str]:
    return {entry["Name"]: str(entry["Value"]) for entry in container(template)["Environment"]}


def seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+)(ms|s|m|h)", text)
    return int(found[1]) * UNITS[found[2]] if found else float("inf")


def stop_timeout(template: Template, _facts: Facts) -> Iterator[str]:
    limit = container(template).get("StopTimeout", 30)
    own = seconds(environment(template).get("PENSTOCK_STOP_TIMEOUT", "25s"))
    least, most = FARGATE_STOP_SECONDS
    if not least <= limit <= most:
        yield f"StopTimeout {limit} is not within Fargate's {least} to {most} s"
    if own + STOP_MARGIN_SECONDS > limit:
        yield f"StopTimeout {limit} leaves no {STOP_MARGIN_SECONDS} s over --stop-timeout {own:g} s"


def health_check(template: Template, facts: Facts) -> Iterator[str]:
    check = container(template).get("HealthCheck", {})
    for name, (least, most) in HEALTH_RANGES.items():
        if not least <= check.get(name, -1) <= most:
            yield f"HealthCheck {name} {check.get(name)} is not within ECS's {least} to {most}"
    if check.get("Timeout", 0) >= check.get("Interval", 0):
        yield "HealthCheck Timeout is not below its Interval"
    form, program, command, *_ = [*check.get("Command", []), "", "", ""]
    if form != "CMD" or program != facts.image_entrypoint or command not in facts.commands:
        yield f"HealthCheck Command {check.get('Command')} is not the program's own, without a shell"
    if container(template)["Command"][0] not in facts.commands:
        yield f"Command {container(template)['Command']} is none of the program's"


def settings(template: Template, facts: Facts) -> Iterator[str]:
    (parquet,) = stack(template, LandingFormat="parquet").properties("TaskDefinition")["ContainerDefinitions"]
    for name in {**environment(template), **{entry["Name"]: "" for entry in parquet["Environment"]}}:
        if not name.startswith("PENSTOCK_"):
            yield f"the variable {name} is not a setting; AWS gives its own"
        elif name not in facts.variables:
            yield f"there is no setting {name}"


def confinement(template: Template, facts: Facts) -> Iterator[str]:
    definition = container(template)
    paths = {point["ContainerPath"] for point in definition["MountPoints"] if not point["ReadOnly"]}
    if definition.get("ReadonlyRootFilesystem") is not True:
        yield "the root file system is writable"
    if (
        not re.fullmatch(r"[1-9]\d*:[1-9]\d*", definition.get("User", ""))
        or definition["User"] != facts.image_user
    ):
        yield f"User {definition.get('User')} is not the image's numeric {facts.image_user}"
    if definition.get("LinuxParameters", {}).get("Capabilities", {}).get("Drop") != ["ALL"]:
        yield "not every capability is dropped"
    if not paths <= facts.image_volumes:
        yield f"{paths - facts.image_volumes} is no VOLUME of the image: root would own it"
    if "/tmp" not in paths or environment(template).get("PENSTOCK_STATE_DIR") not in paths:
        yield "the state folder and /tmp need volumes beside a read-only root"


def prefixes(template: Template, _facts: Facts) -> Iterator[str]:
    landing = stack(template).properties("DeliveryStream")["ExtendedS3DestinationConfiguration"]
    prefix, errors = landing["Prefix"], landing["ErrorOutputPrefix"]
    if prefix != "ddb/orders/dt=!{timestamp:yyyy-MM-dd}/HH=!{timestamp:HH}/":
        yield f"{prefix} is not the landing layout"
    if "!{firehose:error-output-type}" not in errors:
        yield "ErrorOutputPrefix lacks !{firehose:error-output-type}, which Firehose wants beside a timestamp"
    if errors.split("/")[0] == prefix.split("/")[0]:
        yield f"errors land within {prefix.split('/')[0]}/, where the lake reads"
    for text in (prefix, errors):
        if not text.endswith("/"):
            yield f"{text} does not end with a slash: the object's name would be glued to it"
        if len(text) + 255 > PREFIX_MOST:
            yield f"{text} can be over {PREFIX_MOST} characters with a long table name"
    if landing["CompressionFormat"] != "GZIP":
        yield "objects are not gzipped"
    limits = {"BufferingMegabytes": (1, 128), "BufferingSeconds": (0, 900)}
    for name, (least, most) in limits.items():
        parameter = template["Parameters"][name]
        if (parameter["MinValue"], parameter["MaxValue"]) != (least, most):
            yield f"{name} allows what Firehose does not: {least} to {most}"


def conversion(template: Template, facts: Facts) -> Iterator[str]:
    """LandingFormat=parquet: https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html"""
    made = stack(template, LandingFormat="parquet")
    landing = made.properties("DeliveryStream")["ExtendedS3DestinationConfiguration"]
    converts = landing.get("DataFormatConversionConfiguration", {})
    output = converts.get("OutputFormatConfiguration", {}).get("Serializer", {})
    if converts.get("Enabled") is not True or output != {"ParquetSerDe": {"Compression": "SNAPPY"}}:
        yield "nothing is converted to Parquet with Snappy"
    if landing["CompressionFormat"] != "UNCOMPRESSED":
        yield "Firehose takes no compression of its own beside Parquet"
    serde = converts.get("InputFormatConfiguration", {}).get("Deserializer", {}).get("OpenXJsonSerDe", {})
    if serde.get("CaseInsensitive") is not False:
        yield "names within keys would become small letters"
    sizes = template["Parameters"]["ParquetMegabytes"]
    if (sizes["MinValue"], sizes["MaxValue"]) != (64, 128) or not 64 <= landing["BufferingHints"][
        "SizeInMBs"
    ] <= 128:
        yield "Firehose converts with buffers of 64 to 128 MiB"
    (worker,) = made.properties("TaskDefinition")["ContainerDefinitions"]
    if {"Name": "PENSTOCK_IMAGES", "Value": "text"} not in worker["Environment"]:
        yield "images are objects, for which the Glue table has no columns"
    table = made.properties("GlueTable")["TableInput"]
    columns = {entry["Name"]: entry["Type"] for entry in table["StorageDescriptor"]["Columns"]}
    for name in sorted(set(columns) ^ set(facts.line)):
        yield f"column {name}: it is not in both the Glue table and the schema of a line"
    for name, kind in facts.line.items():
        if name in columns and columns[name] not in GLUE_TYPES[kind]:
            yield f"column {name}: {columns[name]} is none of {GLUE_TYPES[kind]}"
    location = table["Parameters"]["storage.location.template"]
    written = f"{landing['BucketARN'].replace('arn:aws:s3:::', 's3://')}/{landing['Prefix']}"
    for ours, firehoses in (("${dt}", "!{timestamp:yyyy-MM-dd}"), ("${hh}", "!{timestamp:HH}")):
        location = location.replace(ours, firehoses)
    if location != written:
        yield f"partitions are looked for in {location}, and written to {written}"


def alarm_metrics(properties: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "MetricName" in properties:
        yield properties
    for query in properties.get("Metrics", []):
        if "MetricStat" in query:
            yield query["MetricStat"]["Metric"]


def alarms(template: Template, facts: Facts) -> Iterator[str]:
    seen: set[str] = set()
    made = stack(template, AppName="theirs")
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::CloudWatch::Alarm":
            continue
        for metric in alarm_metrics(made.properties(name)):
            if metric["Namespace"] == "AWS/Firehose":
                continue
            seen.add(metric["MetricName"])
            if metric["Namespace"] != "Penstock" or metric["MetricName"] not in facts.metrics:
                yield f"{name}: nobody emits {metric['Namespace']} {metric['MetricName']}"
            if metric["Dimensions"] != [{"Name": "App", "Value": "theirs"}]:
                yield f"{name}: metrics come with the dimension App alone, the application's name"
    wanted = {"MillisBehindLatest", "MinutesUntilTrim", "UntakenLeases", "DeadLetters", "TotalLeases"}
    if not wanted <= seen:
        yield f"no alarm on {sorted(wanted - seen)}"
    silence = made.properties("NoDataAlarm")
    if silence["TreatMissingData"] != "breaching" or silence["Statistic"] != "SampleCount":
        yield "NoDataAlarm does not ring when nothing comes"
    if environment(template).get("PENSTOCK_EMF") != "stdout":
        yield "nobody emits the metrics: PENSTOCK_EMF is not stdout"


def form(template: Template, _facts: Facts) -> Iterator[str]:
    """The console asks for parameters outside the groups at the very end, without a heading."""
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    for name in sorted(set(grouped) ^ set(template["Parameters"])):
        yield f"{name} is not both a parameter and in a group of the form"


def rights(template: Template, _facts: Facts) -> Iterator[str]:
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::IAM::Role":
            continue
        for made in (stack(template), stack(template, LeaseTableIsThere="yes", LandingFormat="parquet")):
            for policy in made.properties(name)["Policies"]:
                for entry in policy["PolicyDocument"]["Statement"]:
                    yield from _loose(name, entry)


def _loose(role: str, entry: dict[str, Any]) -> Iterator[str]:
    actions = [entry["Action"]] if isinstance(entry["Action"], str) else entry["Action"]
    targets = [entry["Resource"]] if isinstance(entry["Resource"], str) else entry["Resource"]
    if any("*" in action for action in actions):
        yield f"{role}: {actions} is wider than it need be"
    for target in targets:
        has_no_resource = target == "*" and set(actions) <= WITHOUT_RESOURCE
        if "*" in target.removesuffix("/*") and not has_no_resource:
            yield f"{role}: {target} is no exact resource"


RULES: list[Callable[[Template, Facts], Iterator[str]]] = [
    *(stop_timeout, health_check, settings, confinement, prefixes, conversion, alarms, form, rights)
]


def findings(template: Template, facts: Facts) -> list[str]:
    return [f"{rule.__name__}: {words}" for rule in RULES for words in rule(template, facts)]


def copy_of(template: Template) -> Template:
    return dict(json.loads(json.dumps(template)))
