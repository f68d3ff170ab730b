"""A scheme version as the rest of the system sees it: parsed, typed, immutable."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from prm.errors import Place
from prm.words import Words
from schemes.formula import Formula

Value = Decimal | str | date | bool


@dataclass(frozen=True)
class Attribute:
    """A value that a contract may set for itself, inside the scheme's range."""

    name: str
    type: str
    title: Words
    default: Value
    between: tuple[Decimal, Decimal] | None = None
    clause: str | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class DatedValue:
    """A term's value from a day on, until the next value's day."""

    valid_from: date
    value: Value
    decided_on: date | None = None


@dataclass(frozen=True)
class Term:
    """A dated number of the scheme itself."""

    name: str
    type: str
    title: Words
    values: tuple[DatedValue, ...]
    clause: str | None = None
    place: Place | None = field(default=None, compare=False)

    def on(self, day: date) -> Value | None:
        """The value in force on a day; None before the first."""
        held = [dated.value for dated in self.values if dated.valid_from <= day]
        return held[-1] if held else None


@dataclass(frozen=True)
class Step:
    """One tier: from its threshold up to the next one's, at a rate.

    rate: a literal, or the name of an attribute or term: money per unit (tiers by count) or a share of the
    sum (tiers by sum).
    """

    threshold: Decimal
    rate: Decimal | str


@dataclass(frozen=True)
class Tiers:
    """Pay by what was measured over the period.

    boundary: `above` - a measure of exactly the threshold belongs to the tier below; `from` - to this tier.
    counting: `slice` - each part at its own tier's rate; `whole` - everything at the rate reached.
    """

    by: Literal["count", "sum"]
    measure: Formula | None
    counting: Literal["slice", "whole"]
    boundary: Literal["above", "from"]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Component:
    """One rule: what event it pays on, which events qualify, how much."""

    name: str
    title: Words
    on: str
    conditions: tuple[Formula, ...]
    pay: Formula | Tiers
    clause: str | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Limit:
    """The most that the named components pay together, by contract and period."""

    name: str
    title: Words
    of: tuple[str, ...]
    at_most: Decimal | str
    clause: str | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Rounding:
    """Each line is rounded once. mode: `half_up` - a tie goes away from zero; `half_even` - to the even digit."""

    places: int = 2
    mode: Literal["half_up", "half_even"] = "half_up"
    each: Literal["line"] = "line"


@dataclass(frozen=True)
class Scheme:
    """One version of a scheme."""

    scheme: str
    version: int
    title: Words
    document: str
    valid_from: date
    currency: str
    rounding: Rounding
    attributes: dict[str, Attribute]
    terms: dict[str, Term]
    components: dict[str, Component]
    limits: dict[str, Limit]
    file: str = field(default="", compare=False)

    def type_of(self, name: str) -> str | None:
        """The type of an attribute or term of this scheme."""
        known = self.attributes.get(name) or self.terms.get(name)
        return known.type if known else None
