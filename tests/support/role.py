"""The rights that the fault server holds workers to: the task role of deploy/ecs/penstock.yaml, not a copy of it."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.support import cloudformation


@functools.cache
def _template() -> dict[str, Any]:
    return cloudformation.load()


@dataclass(frozen=True)
class Role:
    """The task role for these names; '*' stands for any. `also` are actions beyond it that a test has a reason for,
    on any resource. With `denials` a refused call is part of the test; else it fails the test. `takes_over`: the lease
    table was there before the stack. `bucket`: what lands goes there; `letters`: the dead letters' prefix in it;
    `large`, `spill`: what is landed there directly."""

    table: str = "*"
    app: str = "*"
    firehose: str = "*"
    kinesis: str = ""  # a data stream in place of the delivery stream
    also: Sequence[str] = ()
    denials: bool = False
    takes_over: bool = False
    bucket: str = ""
    letters: str = ""
    large: bool = False
    spill: str = ""

    def policy(self) -> dict[str, Any]:
        stack = cloudformation.Stack(
            _template(),
            TableName=self.table,
            AppName=self.app,
            DeliveryStreamName=self.firehose,
            KinesisStreamName=self.kinesis,
            LeaseTableIsThere="yes" if self.takes_over else "no",
            BucketName=self.bucket,
            DeadLetterPrefix=self.letters,
            LargeRecords="yes" if self.large else "no",
            SpillAfter=self.spill,
        )
        # DynamoDB Local has a region of its own; the fault server one account.
        stack.values |= {"AWS::Region": "*", "AWS::AccountId": "000000000000"}
        (policy,) = stack.properties("TaskRole")["Policies"]
        document = dict(policy["PolicyDocument"])
        if self.also:
            wider = {"Sid": "Test", "Effect": "Allow", "Action": list(self.also), "Resource": "*"}
            document["Statement"] = [*document["Statement"], wider]
        return document

    def text(self) -> str:
        return json.dumps(self.policy())


TASK_ROLE = Role()
# A worker that makes its lease table, as it does where no template has made it.
MAKES_LEASE_TABLE = Role(also=("dynamodb:CreateTable",))
