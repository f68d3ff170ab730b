"""The JSON Schema of a scheme file, for editors: completion, explanations, and what is wrong while it is written.

It says of the shape what a schema can say; what formulas and names mean only `prm scheme check` knows. `write` puts it
into `scheme.schema.json`; a test holds the two together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

from prm.words import Words
from schemes.formula_types import PLACES
from schemes.shape import Key, keys, shape

FILE = Path(__file__).with_name("scheme.schema.json")
"""The schema's file. A scheme file names it in its first line: `# yaml-language-server: $schema=…`."""

_NAME = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_DAY = {"type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\d$"}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 3650}
_COUNTS = {
    "oneOf": [
        _COUNT,
        {"type": "array", "items": _COUNT, "minItems": 1, "uniqueItems": True},
        {
            "type": "object", "properties": {"from": _COUNT, "to": _COUNT}, "required": ["from", "to"],
            "additionalProperties": False,
        },
    ]
}  # fmt: skip
_KINDS: dict[str, dict[str, Any]] = {
    "name": _NAME,
    "text": {"type": "string"},
    "day": _DAY,
    "flag": {"type": "boolean"},
    "formula": {"type": ["string", "integer"]},
    "value": {"type": ["string", "integer", "boolean"]},
    "operand": {"type": ["string", "integer"]},
    "exact": {"type": ["string", "integer"]},
    "range": {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 2, "maxItems": 2},
    "words": {
        "type": "object", "properties": {"en": {"type": "string"}, "ru": {"type": "string"}},
        "required": ["en", "ru"], "additionalProperties": False,
    },
    "counts": {
        "type": "object", "properties": {"days": _COUNTS, "months": _COUNTS}, "minProperties": 1, "maxProperties": 1,
        "additionalProperties": False,
    },
    "by": {
        "oneOf": [
            {"const": "count"},
            {
                "type": "object", "properties": {"sum": {"type": ["string", "integer"]}}, "required": ["sum"],
                "additionalProperties": False,
            },
        ]
    },
    "pay": {
        "oneOf": [
            {"type": ["string", "integer"]},
            {
                "type": "object", "properties": {"tiers": {"$ref": "#/$defs/tiers"}}, "required": ["tiers"],
                "additionalProperties": False,
            },
        ]
    },
    "steps": {
        "type": "array", "items": {"$ref": "#/$defs/step"}, "minItems": 1,
        "oneOf": [{"items": {"required": [side]}} for side in ("above", "from")],  # the side of all boundaries
    },
    "dated": {
        "type": "object", "propertyNames": _DAY, "minProperties": 1,
        "additionalProperties": {
            "oneOf": [{"type": ["string", "integer", "boolean"]}, {"$ref": "#/$defs/dated_value"}]
        },
    },
    "rows": {
        "type": "array", "minItems": 1,
        "items": {
            "type": "object", "required": ["value"], "additionalProperties": {"type": "string"},
            "properties": {
                "value": {
                    "oneOf": [{"type": ["string", "integer", "boolean"]}, {"$ref": "#/$defs/dated_values"}],
                },
            },
        },
    },
}  # fmt: skip


_DECIMAL = {"type": ["string", "integer"], "pattern": r"^\s*[-+]?[0-9._eE+-]+\s*$"}
_DATED = {"additionalProperties": {"oneOf": [_DECIMAL, {"type": "object", "properties": {"value": _DECIMAL}}]}}
_WRITTEN: dict[str, dict[str, Any]] = {
    "value": {"anyOf": [_DECIMAL, {"const": "nothing"}]},
    "range": {"items": _DECIMAL},
    "dated": _DATED,
    "rows": {"items": {"properties": {"value": {"anyOf": [_DECIMAL, {"type": "object"} | _DATED]}}}},
}
"""How the values of a part are written that are money, shares or numbers, by the kind of their key."""


def json_schema() -> dict[str, Any]:
    """The schema, draft 2020-12: parts of the language as `$defs`, with what a person reads in both languages."""
    parts: dict[str, Any] = {"dated_values": _KINDS["dated"]}
    for part, of in shape().parts.items():
        variants = shape().variants.get(part)
        if variants is None:
            parts[part] = _part(part, of)
            continue
        parts[part] = {"oneOf": [{"$ref": f"#/$defs/{variant}"} for variant in variants]}
        for variant in variants:
            parts[variant] = _part(variant, {key: of[key] for key in keys(variant)})
    whole = parts.pop("scheme")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scheme",
        "description": _both(
            Words(en="The rules of what is paid, version by version.", ru="Правила выплат, по версиям.")
        ),
        **whole,
        "$defs": parts,
    }


def text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"


def write() -> None:
    """Writes the schema's file anew."""
    FILE.write_text(text(), encoding="utf-8")


def _part(part: str, of: dict[str, Key] | Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "object",
        "properties": {name: _property(key) for name, key in of.items()},
        "required": [name for name, key in of.items() if key.is_required],
        "additionalProperties": False,
    }
    rules: list[dict[str, Any]] = [
        {"oneOf": [_stands(of[name]) for name in group]} for group in shape().one_of.get(part, ())
    ]
    rules += [{"not": {"required": list(pair)}} for pair in combinations(shape().apart.get(part, ()), 2)]
    rules += [_beside(of[name], other) for name, other in shape().beside.get(part, {}).items()]
    if "type" in of and (typed := {name: _WRITTEN[key.kind] for name, key in of.items() if key.kind in _WRITTEN}):
        numeric = {"required": ["type"], "properties": {"type": {"enum": [*PLACES]}}}
        rules.append({"if": numeric, "then": {"properties": typed}})
    return found | ({"allOf": rules} if rules else {})


def _beside(key: Key, other: str | Mapping[str, str]) -> dict[str, Any]:
    """What holds of a part in which a key stands only beside another one."""
    if isinstance(other, str):
        return {"if": _stands(key), "then": {"required": [other]}}
    return {"if": _stands(key), "then": {"properties": {name: {"const": word} for name, word in other.items()}}}


def _stands(key: Key) -> dict[str, Any]:
    """What holds of a part in which a key stands: of a flag, that it is true."""
    is_true = {"properties": {key.name: {"const": True}}} if key.kind == "flag" else {}
    return {"required": [key.name]} | is_true


def _property(key: Key) -> dict[str, Any]:
    found = {"title": _title(key), "description": _both(key.about), **_content(key)}
    if key.example is not None:
        found["examples"] = [_plain(key.example)]
    return found


def _title(key: Key) -> str:
    return f"{key.title.en} · {key.title.ru}"


def _content(key: Key) -> dict[str, Any]:
    if key.kind == "part":
        return {"$ref": f"#/$defs/{key.of}"}
    if key.kind == "parts":
        return {
            "type": "object" if key.is_required else ["object", "null"], "propertyNames": _NAME,
            **({"minProperties": 1} if key.is_required else {}), "additionalProperties": {"$ref": f"#/$defs/{key.of}"},
        }  # fmt: skip
    if key.kind == "choice":
        return {"enum": list(key.choices)}
    if key.kind == "whole":
        return {"type": "integer", "minimum": key.least} | ({} if key.most is None else {"maximum": key.most})
    if key.kind == "names":
        of_names = {
            "type": "array", "items": {"type": "string"} if key.is_free else _NAME, "minItems": 1,
        }  # fmt: skip
        return {"oneOf": [{"const": "all"}, of_names]} if key.takes_all else of_names
    content = dict(_KINDS[key.kind])
    return content | ({"pattern": f"^{key.pattern}$"} if key.pattern else {})


def _both(about: Words) -> str:
    return f"{about.en}\n\n{about.ru}"


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(of) for name, of in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
