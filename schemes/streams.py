"""The streams of events and the names that formulas may use, as `streams.yaml` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from prm.words import Words

TYPES = ("money", "share", "number", "text", "date", "flag")
"""Types of values: an amount, a fraction of one, a plain number, text, a day, a truth."""


@dataclass(frozen=True)
class Name:
    """A name a formula may use: a column of the stream's events. words: all that it can hold; empty: anything."""

    type: str
    title: Words
    is_age: bool = False
    words: Mapping[str, Words] = field(default_factory=dict)


@dataclass(frozen=True)
class Stream:
    """A stream of events and its names. several: what they are called in "the number of …"."""

    title: Words
    unit: Words
    several: Words
    names: dict[str, Name]


@cache
def streams() -> dict[str, Stream]:
    """All streams, by name."""
    listed = YAML(typ="safe").load(Path(__file__).with_name("streams.yaml"))
    return {
        stream: Stream(
            title=Words(**of["title"]),
            unit=Words(**of["unit"]),
            several=Words(**of["several"]),
            names={
                name: Name(
                    known["type"],
                    Words(**known["title"]),
                    known.get("age", False),
                    {word: Words(**told) for word, told in known.get("words", {}).items()},
                )
                for name, known in {**listed["common"], **of["names"]}.items()
            },
        )
        for stream, of in listed["streams"].items()
    }
