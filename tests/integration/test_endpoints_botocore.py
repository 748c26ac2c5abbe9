"""Every region that botocore knows, with its own rules, gives the endpoint that botocore gives."""

from __future__ import annotations

import itertools
import os
import subprocess
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("PENSTOCK_BUILD", "build/dev")
SERVICES = [
    "dynamodb",
    "dynamodbstreams",
    "firehose",
    "kinesis",
    "sts",
    "s3",
]  # in the order of enum aws_service


def known_regions(loader: Any) -> list[str]:
    partitions = loader.load_data("partitions")["partitions"]
    named = [region for partition in partitions for region in partition["regions"]]
    made_up = ["us-new-7", "cn-new-7", "us-gov-new-7", "eusc-de-new-7", "us-iso-new-7", "us-isob-new-7"]
    made_up += [
        "eu-isoe-new-7",
        "us-isof-new-7",
        "xx-unknown-1",
        "cn-",
        "cn-a-b-1",
        "us-gov-x",
        "mx-central-1",
    ]
    return [*named, *[region for region in made_up if not region.endswith("-")]]


def rule(provider: EndpointProvider, service: str, region: str, fips: bool, dual: bool) -> str:
    parameters = {"Region": region, "UseFIPS": fips, "UseDualStack": dual}
    if service == "sts":
        parameters["UseGlobalEndpoint"] = False
    try:
        endpoint = provider.resolve_endpoint(**parameters)
    except EndpointProviderError:
        return "error"
    scheme = (endpoint.properties.get("authSchemes") or [{}])[0]
    default_name = "dynamodb" if service == "dynamodbstreams" else service
    name = scheme.get("signingName", default_name)
    return f"{endpoint.url} {name} {scheme.get('signingRegion', region)}"


S3_CHOICES = {
    "Accelerate": False,
    "UseGlobalEndpoint": False,
    "DisableMultiRegionAccessPoints": True,
}


def test_where_a_bucket_is(providers: dict[str, EndpointProvider], tmp_path: Path) -> None:
    """In the host or in the path, for every sort of bucket and endpoint."""
    buckets = ["my-lake", "my.lake", "a1b"]
    settings = list(
        itertools.product(["eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1"], [False, True])
    )
    for region, dual in settings:
        for bucket in buckets:
            wanted = providers["s3"].resolve_endpoint(
                Region=region,
                UseFIPS=False,
                UseDualStack=dual,
                Bucket=bucket,
                ForcePathStyle=False,
                **S3_CHOICES,
            )
            environment = {"AWS_REGION": region, "AWS_USE_DUALSTACK_ENDPOINT": str(dual).lower()}
            assert url_of(environment, bucket, tmp_path) == f"{wanted.url}/a/b"
    for endpoint in ("http://127.0.0.1:99", "https://minio.local:9000/base"):
        for bucket in buckets:
            assert (
                url_of({"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_S3": endpoint}, bucket, tmp_path)
                == f"{endpoint}/{bucket}/a/b"
            )


def url_of(environment: dict[str, str], bucket: str, home: Path) -> str:
    command = [str(BUILD / "tests/support/s3_call"), "url", bucket, "a/b"]
    done = subprocess.run(
        command, env={"HOME": str(home)} | environment, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def resolve(cases: list[tuple[int, str, bool, bool]]) -> list[str]:
    lines = "".join(f"{service} {region} {fips:d} {dual:d}\n" for service, region, fips, dual in cases)
    command = [str(BUILD / "tests/support/aws_resolve"), "rules"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def providers() -> dict[str, EndpointProvider]:
    loader = botocore.session.Session().get_component("data_loader")
    partitions = loader.load_data("partitions")
    return {
        service: EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)
        for service in SERVICES
    }


def test_every_region_of_every_partition(providers: dict[str, EndpointProvider]) -> None:
    regions = known_regions(botocore.session.Session().get_component("data_loader"))
    assert len(regions) > 50
    cases = list(itertools.product(range(len(SERVICES)), regions, [False, True], [False, True]))
    ours = resolve(cases)
    assert len(ours) == len(cases)
    different = []
    for (service, region, fips, dual), mine in zip(cases, ours, strict=True):
        theirs = rule(providers[SERVICES[service]], SERVICES[service], region, fips, dual)
        if mine.startswith("error "):
            assert len(mine) > len("error "), "a refusal says why"
            mine = "error"
        if mine != theirs:
            different.append(
                f"{SERVICES[service]} {region} fips={fips} dual={dual}: {mine}, botocore: {theirs}"
            )
    assert not different, "\n".join(different)


def test_the_local_region() -> None:
    """botocore's rules have it for DynamoDB; the streams of a local table are at the same place."""
    assert (
        resolve([(0, "local", False, False), (1, "local", False, False)])
        == ["http://localhost:8000 dynamodb us-east-1"] * 2
    )


def test_the_order_of_endpoint_settings_is_botocores(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[default]\nregion = eu-west-1\nservices = s\nendpoint_url = http://profile:1\n"
        "[services s]\ndynamodb =\n  endpoint_url = http://service:2\nfirehose =\n  other = 1\n"
    )
    settings = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS"]
    for chosen in itertools.product([False, True], repeat=len(settings)):
        environment = {"AWS_CONFIG_FILE": str(config), "HOME": str(tmp_path)}
        for position, name in enumerate(settings):
            if chosen[position]:
                environment[name] = f"http://env-{position}:3"
        command = [str(BUILD / "tests/support/aws_resolve"), "session"]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=True
        )
        ours = dict(line.split()[1:] for line in done.stdout.splitlines() if line.startswith("endpoint"))
        with pytest.MonkeyPatch.context() as patch:
            for name in [key for key in os.environ if key.startswith("AWS_")]:
                patch.delenv(name)
            for name, value in {
                **environment,
                "AWS_ACCESS_KEY_ID": "a",
                "AWS_SECRET_ACCESS_KEY": "b",
            }.items():
                patch.setenv(name, value)
            session = botocore.session.Session()
            for service in SERVICES:
                name = "DYNAMODB_STREAMS" if service == "dynamodbstreams" else service.upper()
                assert ours[name] == session.create_client(service).meta.endpoint_url, (service, environment)
