"""The Declarative Automation Bundle of deploy/databricks as `databricks bundle validate` would resolve it for one
target, without a workspace: files joined, the target's variables set, references replaced. What is not understood is
an error."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.lint.tree import ROOT

BUNDLE = ROOT / "deploy" / "databricks"
REFERENCE = re.compile(r"\$\{([^}]*)\}")
# What a workspace would say; any name does.
WORKSPACE = {
    "workspace.current_user.userName": "jo@example.com",
    "workspace.current_user.short_name": "jo",
    "workspace.file_path": "/Workspace/Users/jo@example.com/.bundle/files",
}
TOP = {"bundle", "include", "artifacts", "sync", "variables", "targets", "resources"}
VARIABLE = {"description", "default", "type"}
TARGET = {"mode", "default", "workspace", "run_as", "variables", "presets"}
ARTIFACT = {"type", "path", "build", "dynamic_version"}


@dataclass
class Bundle:
    """All files of the bundle, joined, before anything is resolved."""

    config: dict[str, Any]
    folder: Path = BUNDLE
    places: dict[str, Path] = field(default_factory=dict)  # of each resource: the folder of its file
    resolved: list[Resolved] = field(default_factory=list)  # kept by the rules: every target

    @property
    def targets(self) -> dict[str, Any]:
        return dict(self.config["targets"])

    def default_target(self) -> str:
        (name,) = [name for name, target in self.targets.items() if target.get("default")]
        return name


@dataclass
class Resolved:
    """One target: its resources with every reference replaced, and the variables' values."""

    target: str
    settings: dict[str, Any]
    variables: dict[str, Any]
    resources: dict[str, dict[str, Any]]
    used: set[str]

    def of(self, kind: str) -> dict[str, Any]:
        return dict(self.resources.get(kind, {}))


class _Loader(yaml.SafeLoader):
    """Refuses a name twice in one mapping, of which YAML would keep the last without a word."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"line {node.start_mark.line + 1}: {', '.join(sorted(twice))} is there twice")
        return super().construct_mapping(node, deep)


def parse(text: str) -> dict[str, Any]:
    return dict(yaml.load(text, _Loader))


def load(folder: Path = BUNDLE) -> Bundle:
    config = parse((folder / "databricks.yml").read_text())
    bundle = Bundle(config, folder)
    for pattern in config.get("include", []):
        paths = sorted(folder.glob(pattern))
        if not paths:
            raise ValueError(f"include {pattern}: no such file")
        for path in paths:
            _add(bundle, path)
    return bundle


def _add(bundle: Bundle, path: Path) -> None:
    content = parse(path.read_text())
    if set(content) != {"resources"}:
        raise ValueError(f"{path.name}: {sorted(content)}, where only resources belong")
    joined = bundle.config.setdefault("resources", {})
    for kind, resources in content["resources"].items():
        for name, resource in resources.items():
            if name in joined.setdefault(kind, {}):
                raise ValueError(f"{path.name}: {kind}.{name} is there twice")
            joined[kind][name] = resource
            bundle.places[f"{kind}.{name}"] = path.parent


def shape(bundle: Bundle) -> Iterator[str]:
    """Names outside resources that the bundle format does not have (or that nothing here uses)."""
    checks: list[tuple[str, set[str], Any]] = [
        ("", TOP, bundle.config),
        ("bundle", {"name"}, bundle.config["bundle"]),
    ]
    for part, names in (("variables", VARIABLE), ("targets", TARGET), ("artifacts", ARTIFACT)):
        checks += [
            (f"{part}.{name}", names, entry or {}) for name, entry in bundle.config.get(part, {}).items()
        ]
    checks.append(("sync", {"include", "exclude"}, bundle.config.get("sync", {})))
    for place, names, entry in checks:
        for name in sorted(set(entry) - names):
            yield f"{place or 'databricks.yml'}: there is no {name}"


def _values(bundle: Bundle, target: str, given: dict[str, Any]) -> dict[str, Any]:
    declared = bundle.config.get("variables", {})
    chosen = {**(bundle.targets[target].get("variables") or {}), **given}
    for name in sorted(set(chosen) - set(declared)):
        raise ValueError(f"target {target}: the variable {name} is not declared")
    values = {}
    for name, entry in declared.items():
        if name in chosen:
            values[name] = chosen[name]
        elif "default" in (entry or {}):
            values[name] = entry["default"]
        else:
            raise ValueError(f"target {target}: the variable {name} has neither a value nor a default")
    return values


def resolve(bundle: Bundle, target: str, **given: Any) -> Resolved:
    values = _values(bundle, target, given)
    known = {f"var.{name}": value for name, value in values.items()}
    known |= {"bundle.name": bundle.config["bundle"]["name"], "bundle.target": target, **WORKSPACE}
    resources = copy.deepcopy(bundle.config["resources"])
    known |= {
        f"resources.{kind}.{name}.id": f"{kind}-{name}-id"
        for kind, some in resources.items()
        for name in some
    }
    used: set[str] = set()

    def look_up(name: str) -> Any:
        if name not in known:
            raise ValueError(f"${{{name}}} is nothing that is defined")
        used.add(name)
        return known[name]

    return Resolved(
        target,
        _replace(copy.deepcopy(bundle.targets[target]), look_up),
        values,
        _replace(resources, look_up),
        used,
    )


def _replace(node: Any, look_up: Callable[[str], Any]) -> Any:
    """A reference that is the whole text keeps its type; within a text its value must be a plain one."""
    if isinstance(node, dict):
        return {name: _replace(value, look_up) for name, value in node.items()}
    if isinstance(node, list):
        return [_replace(value, look_up) for value in node]
    if not isinstance(node, str):
        return node
    if whole := REFERENCE.fullmatch(node):
        return look_up(whole[1])

    def text_of(found: re.Match[str]) -> str:
        value = look_up(found[1])
        if isinstance(value, (dict, list)):
            raise ValueError(f"${{{found[1]}}} is no text, and cannot stand within one")
        return str(value)

    return REFERENCE.sub(text_of, node)


def copy_of(bundle: Bundle) -> Bundle:
    return Bundle(json.loads(json.dumps(bundle.config)), bundle.folder, dict(bundle.places))
