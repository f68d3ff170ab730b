"""Cases worked out by hand: what happened to one counterparty, and what it comes to under a scheme of the library.

They stand in `library/cases/<scheme>.yaml`, once: the pages in both languages show them, the tests run them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from prm.words import Words

CASES = Path(__file__).parent / "library" / "cases"
"""Folder of the worked cases, one file a scheme."""
OWN_DAY = date(2026, 1, 1)
"""The first day of a contract, where a case says no other."""


@dataclass(frozen=True)
class Fact:
    """Something that happened, or that happened `times` times.

    event: a stream's name, or suspension, resumption, plan. of: the subscriber, or so many of them, by a letter.
    by: a counterparty below, where it is not the case's own. outlet: its kind, or `none`.
    """

    day: date
    event: str
    of: str | None = None
    times: int | None = None
    tariff: str | None = None
    product: str | None = None
    kind: str | None = None
    channel: str | None = None
    outlet: str | None = None
    plan: str | None = None
    by: str | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class Below:
    """A counterparty below the case's own, its scheme, and whose sub-dealer it is, where it is not the case's own."""

    scheme: str
    under: str | None = None


@dataclass(frozen=True)
class NotPaid:
    """A line that earns nothing, and why; condition: the number of the one that is not met."""

    day: date
    component: str
    reason: str
    condition: int | None = None


@dataclass(frozen=True)
class WorkedCase:
    """One counterparty's facts and what they come to.

    comes_to: by period and component (or limit), the reckoning and its result: `2 × 300.00 = 600.00`. What is not
    named there comes to nothing. not_paid: every line not paid of the components that it names, in the months of their days.
    """

    title: Words
    facts: tuple[Fact, ...]
    comes_to: dict[str, dict[str, str]]
    values: dict[str, str] = field(default_factory=dict)
    begins: date = OWN_DAY
    below: dict[str, Below] = field(default_factory=dict)
    not_paid: tuple[NotPaid, ...] = ()
    note: Words | None = None

    def amounts(self) -> dict[tuple[str, str], Decimal]:
        """What every component comes to, by period and component, where it is not nothing."""
        found = {
            (period, component): result(reckoning)
            for period, components in self.comes_to.items()
            for component, reckoning in components.items()
        }
        return {key: amount for key, amount in found.items() if amount}


@dataclass(frozen=True)
class Worked:
    """A scheme's cases, and for whom it is and why."""

    scheme: str
    about: Words
    cases: tuple[WorkedCase, ...]


def result(reckoning: str) -> Decimal:
    """What a reckoning says that it comes to: what stands after its `=`."""
    return Decimal(reckoning.rpartition("=")[2].strip().replace("−", "-"))


def worked(scheme: str) -> Worked:
    """The worked cases of a scheme of the library."""
    document = YAML(typ="safe").load(CASES / f"{scheme}.yaml")
    return Worked(scheme, Words(**document["about"]), tuple(_case(case) for case in document["cases"]))


def _case(of: dict[str, Any]) -> WorkedCase:
    return WorkedCase(
        title=Words(**of["title"]),
        facts=tuple(_fact(fact) for fact in of["facts"]),
        comes_to=of["comes_to"],
        values=of.get("values", {}),
        begins=of.get("begins", OWN_DAY),
        below={name: Below(**below) for name, below in of.get("below", {}).items()},
        not_paid=tuple(NotPaid(**line) for line in of.get("not_paid", ())),
        note=Words(**of["note"]) if "note" in of else None,
    )


def _fact(of: dict[str, Any]) -> Fact:
    amount = of.get("amount")
    return Fact(**{**of, "amount": None if amount is None else Decimal(amount)})
