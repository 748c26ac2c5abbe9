"""moto's server: a second opinion on Firehose, S3 and STS. It checks no limit and fails no record.

with Moto() as moto:
    bucket = moto.create_delivery_stream("orders")
"""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3

from tests.support import processes
from tests.support.dynamodb_local import ACCESS_KEY, REGION, SECRET_KEY

START_SECONDS = 120  # a hang, not a slow machine
ROOT = Path(__file__).resolve().parents[2]


class Moto:
    """One server on a free port of 127.0.0.1; gone when the block ends or this process does."""

    def __init__(self) -> None:
        self.endpoint = ""
        self._child: subprocess.Popen[str] | None = None

    def start(self) -> Moto:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.support.moto_launcher"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=processes.die_with_parent,
        )
        assert self._child.stdout
        line = self._child.stdout.readline()
        if not line.startswith("port "):
            self.stop()
            raise RuntimeError(f"moto did not start: {line!r}")
        self.endpoint = f"http://127.0.0.1:{line.split()[1]}"
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("moto does not answer")
            time.sleep(0.05)
        return self

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/moto-api/data.json", timeout=5):
                return True
        except OSError:
            return False

    def stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def __enter__(self) -> Moto:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )

    def create_delivery_stream(self, name: str) -> str:
        """A delivery stream into a bucket of its own, whose name is returned."""
        bucket = f"landing-{name}"
        self.client("s3").create_bucket(Bucket=bucket)
        self.client("firehose").create_delivery_stream(
            DeliveryStreamName=name,
            DeliveryStreamType="DirectPut",
            ExtendedS3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::123456789012:role/firehose",
                "BucketARN": f"arn:aws:s3:::{bucket}",
                "Prefix": f"ddb/{name}/",
            },
        )
        return bucket

    def landed(self, bucket: str) -> list[bytes]:
        """The content of every object, oldest key first."""
        s3 = self.client("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in sorted(keys)]
