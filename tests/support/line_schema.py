"""The schema of a landed line, deploy/schema/line.schema.json: every line that a test reads is held against it."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import jsonschema_rs

SCHEMA = Path(__file__).resolve().parents[2] / "deploy/schema/line.schema.json"
FORMS = ("typed", "plain", "typed_text", "plain_text")  # of images; each is a definition of the schema


@functools.cache
def _validator(definition: str) -> Any:
    document = json.loads(SCHEMA.read_text())
    del document["anyOf"]
    document["$ref"] = f"#/$defs/{definition}"
    return jsonschema_rs.validator_for(document)


def check(line: Any, form: str = "typed", where: str = "?") -> None:
    """AssertionError with what is wrong when the line is not of the form. Images that are texts are held against
    the schema of what stands in them."""
    _check(line, form, where)
    if form.endswith("_text"):
        for name in ("new_image", "old_image"):
            if name in line:
                _check(json.loads(line[name]), form.replace("_text", "_image"), f"{where}: {name}")


def _check(value: Any, definition: str, where: str) -> None:
    validator = _validator(definition)
    if not validator.is_valid(value):
        error = next(validator.iter_errors(value))
        place = "/".join(map(str, error.instance_path))
        raise AssertionError(f"{where}: not of {SCHEMA.name} at '{place}': {error.message[:500]}")


def parse(raw: bytes, form: str = "typed", where: str = "?") -> dict[str, Any]:
    """One landed line, without its newline."""
    line = json.loads(raw)
    check(line, form, where)
    assert isinstance(line, dict)
    return line
