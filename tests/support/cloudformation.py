"""CloudFormation templates as tests read them: loaded, with their short tags, and resolved for given parameters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "deploy" / "ecs" / "penstock.yaml"
NO_VALUE = object()  # what !Ref AWS::NoValue leaves: the member is not there
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "000000000000",
    "AWS::StackName": "stack",
    "AWS::NoValue": NO_VALUE,
}


class _Loader(yaml.SafeLoader):
    pass


def _tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _tag)


def load(path: Path = TEMPLATE) -> dict[str, Any]:
    return dict(yaml.load(path.read_text(), _Loader))


class Stack:
    """A template with its parameters' values; a resource's Ref and attributes are its name unless `resources` says."""

    def __init__(self, template: dict[str, Any], resources: dict[str, str] | None = None, **parameters: Any):
        self.template = template
        self.resources = resources or {}
        defaults = {name: entry.get("Default") for name, entry in template["Parameters"].items()}
        unknown = set(parameters) - set(defaults)
        assert not unknown, f"no such parameters: {unknown}"
        self.values = PSEUDO | defaults | parameters

    def properties(self, resource: str) -> dict[str, Any]:
        return dict(self.resolve(self.template["Resources"][resource]["Properties"]))

    def holds(self, condition: str) -> bool:
        return bool(self.resolve(self.template["Conditions"][condition]))

    def is_made(self, resource: str) -> bool:
        condition = self.template["Resources"][resource].get("Condition")
        return condition is None or self.holds(condition)

    def resolve(self, node: Any) -> Any:
        if isinstance(node, list):
            members = [self.resolve(member) for member in node]
            return [member for member in members if member is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            name, value = next(iter(node.items()))
            if name in ("Ref", "Condition") or name.startswith("Fn::"):
                return self._call(name, value)
        members = {name: self.resolve(value) for name, value in node.items()}
        return {name: value for name, value in members.items() if value is not NO_VALUE}

    def _reference(self, name: str) -> Any:
        if name in self.values:
            return self.values[name]
        assert name in self.template["Resources"], f"{name} is neither a parameter nor a resource"
        return self.resources.get(name, name)

    def _call(self, name: str, value: Any) -> Any:
        match name:
            case "Ref":
                return self._reference(value)
            case "Fn::GetAtt":
                return self.resources.get(".".join(value), ".".join(value))
            case "Fn::If":
                return self.resolve(value[1] if self.holds(value[0]) else value[2])
            case "Fn::Equals":
                one, other = (self.resolve(side) for side in value)
                return str(one) == str(other)
            case "Fn::And":
                return all(self.resolve(side) for side in value)
            case "Fn::Or":
                return any(self.resolve(side) for side in value)
            case "Condition":
                return self.holds(value)
            case "Fn::Not":
                return not self.resolve(value[0])
            case "Fn::And":
                return all(self.resolve(part) for part in value)
            case "Fn::Sub":
                text, names = (value, {}) if isinstance(value, str) else value
                known = {key: self.resolve(entry) for key, entry in names.items()}
                replaced = re.sub(
                    r"\$\{([A-Za-z0-9:]+)\}",
                    lambda found: str(known.get(found[1]) or self._reference(found[1])),
                    text,
                )
                return replaced.replace("${!", "${")  # which stand for themselves
        raise AssertionError(f"{name} is not understood here")
