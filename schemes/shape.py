"""What may stand where in a scheme, as `shape.yaml` lists it: for the parser, for editors, and for workbooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from prm.words import Words
from schemes.streams import streams

EXACT = ("value", "operand", "exact", "range")
"""Kinds of what is a number where it is not a name or a text: never a float."""


@dataclass(frozen=True)
class Key:
    """A key of a part: what it holds, and what it is called in a workbook.

    of: the part that it holds, or that it holds many of. choices: the words that it accepts. refers: the section (or
    `streams`) whose names it holds. least, most: of a whole number. takes_all: a list of names, or the word `all`.
    """

    name: str
    kind: str
    title: Words
    about: Words
    is_required: bool = False
    example: object = field(default=None, compare=False)
    of: str | None = None
    choices: tuple[str, ...] = ()
    refers: str | None = None
    least: int = 0
    most: int | None = None
    pattern: str | None = None
    takes_all: bool = False
    is_free: bool = False


@dataclass(frozen=True)
class Shape:
    """The parts of a scheme by name, each with its keys.

    variants: parts whose keys depend on what is told; each variant is known by its first key. one_of: the keys of which
    exactly one stands in a part; of a flag, one that is true. apart: keys of which no two do. beside: what must
    stand beside a key (of a flag: one that is true), a key or a key with its word.
    """

    parts: Mapping[str, Mapping[str, Key]]
    variants: Mapping[str, Mapping[str, tuple[str, ...]]]
    one_of: Mapping[str, tuple[tuple[str, ...], ...]]
    apart: Mapping[str, tuple[str, ...]]
    beside: Mapping[str, Mapping[str, str | Mapping[str, str]]]


@cache
def shape() -> Shape:
    """The shape of the language."""
    listed: dict[str, Any] = YAML(typ="safe").load(Path(__file__).with_name("shape.yaml"))
    variants = {
        part: {variant: tuple(keys) for variant, keys in of.items()} for part, of in listed.pop("variants").items()
    }
    one_of = {part: tuple(tuple(keys) for keys in groups) for part, groups in listed.pop("one_of").items()}
    apart = {part: tuple(keys) for part, keys in listed.pop("apart").items()}
    beside = listed.pop("beside")
    parts = {part: {name: _key(name, of) for name, of in keys.items()} for part, keys in listed.items()}
    return Shape(parts, variants, one_of, apart, beside)


def keys(part: str) -> tuple[str, ...]:
    """The keys that a part, or a variant of one, may have."""
    for variants in shape().variants.values():
        if part in variants:
            return variants[part]
    return tuple(shape().parts[part])


def _key(name: str, of: dict[str, Any]) -> Key:
    choices = tuple(of["of"]) if of["kind"] == "choice" and "of" in of else ()
    if of.get("of_streams"):
        choices = (*streams(), *([of["also"]] if "also" in of else []))
    return Key(
        name=name, kind=of["kind"], title=Words(**of["title"]), about=Words(**of["about"]),
        is_required=of.get("required", False), example=of.get("example"),
        of=of["of"] if of["kind"] in ("part", "parts") else None, choices=choices, refers=of.get("refers"),
        least=of.get("least", 0), most=of.get("most"), pattern=of.get("pattern"), takes_all=of.get("all", False),
        is_free=of.get("free", False),
    )  # fmt: skip
