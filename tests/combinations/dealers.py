"""Cases of combined features: a scheme, dealers under it and what they do, and what that comes to by hand."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from psycopg import Connection
from ruamel.yaml import YAML

import registry
from schemes import Level
from tests.operators import BRANCH, Operator

LONG_AGO = date(2022, 6, 1)
_TITLED = ("attributes", "terms", "tables", "measures", "values", "components", "limits")


@dataclass
class Case:
    """A scheme's versions, what happens, and what each component and limit comes to in each month; a point is nothing."""

    name: str
    versions: tuple[str, ...]
    happens: Callable[[Dealer], None]
    expected: dict[str, str]

    def scheme_files(self, folder: Path) -> list[Path]:
        """The versions, with the titles and the head that they leave out."""
        yaml, found = YAML(typ="safe"), []
        for number, version in enumerate(self.versions, 1):
            body, text = yaml.load(version), io.StringIO()
            for part in _TITLED:
                for name, about in body.get(part, {}).items():
                    about["title"] = {"en": name.replace("_", " "), "ru": name.replace("_", " ")}
            head = {
                "scheme": self.name, "version": number, "title": {"en": self.name, "ru": self.name}, "document": "none",
                "valid_from": date(2023, 1, 1), "currency": "RUB",
                "rounding": {"each": "line", "places": 2, "mode": "half_up"},
            }  # fmt: skip
            yaml.dump(head | body, text)
            found.append(folder / f"{self.name}-{number}.yaml")
            found[-1].write_text(text.getvalue(), encoding="utf-8")
        return found


CASES: list[Case] = []


def case(*versions: str, **expected: str) -> Callable[[Callable[[Dealer], None]], Callable[[Dealer], None]]:
    """What happens under a scheme of the function's name; expected: by component, or by dealer and component."""

    def register(happens: Callable[[Dealer], None]) -> Callable[[Dealer], None]:
        CASES.append(Case(happens.__name__, versions, happens, expected))
        return happens

    return register


@dataclass
class ByHand:
    """What is entered by hand: values (level, holder, attribute, value, first day), and links."""

    values: list[tuple[Level, str, str, str, date]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)

    def enter(self, connection: Connection) -> None:
        for level, holder, name, value, since in self.values:
            registry.set_attribute(connection, name, value, level=level, holder=holder, valid_from=since, author="olga")
        for link in self.links:
            registry.link_subscriber(connection, **link, reason="moved", author="olga")


@dataclass
class Dealer:
    """A counterparty with a contract and an outlet. Days are month-day: 12-31 is of 2023, all others are of 2024."""

    made: Operator
    own: str
    scheme: str
    by_hand: ByHand

    @property
    def outlet(self) -> str:
        return f"T-{self.own}"

    def other(self, name: str, below: bool = True, scheme: str | None = None, **contract: object) -> Dealer:
        """Another dealer, below this one (or beside it), under the same scheme (or another)."""
        other = dealer(self.made, f"{self.own}-{name}", scheme or self.scheme, self.by_hand, **contract)
        if below:
            self.made.counterparties[-1] |= {"kind": "subdealer", "parent_id": self.own}
        return other

    def joins(self, on: str, tariff: str = "V1", outlet: str | None = None) -> int:
        """A subscriber of the dealer; returns its number."""
        return self._subscriber(day(on), tariff, outlet)

    def join(self, days: str) -> None:
        """A subscriber a day."""
        for on in days.split():
            self.joins(on)

    def old(self) -> int:
        """A subscriber of long ago, to charge."""
        return self._subscriber(LONG_AGO)

    def _subscriber(self, on: date, tariff: str = "V1", outlet: str | None = None) -> int:
        number = 1 + len(self.made.kit_sales)
        self.made.subscriber(number, outlet or self.outlet, tariff, on, sold_on=on)
        return number

    def charges(self, number: int, **amounts: str) -> None:
        """charges(1, d12_05="10 20:USD"): two charges of a day, one of them in another currency."""
        for on, several in amounts.items():
            for amount in several.split():
                value, _, currency = amount.partition(":")
                self.made.charge(f"N{number:05d}", value, day(on), currency=currency or None)

    def leaves(self, number: int, on: str, tariff: str = "V1") -> None:
        self.made.report(number, day(on), tariff, deactivated_on=day(on))

    def reports(self, number: int, on: str, status: str = "active", tariff: str = "V1") -> None:
        self.made.report(number, day(on), tariff, status=status)

    def agrees(self, attribute: str, value: str, level: Level, holder: str, since: str) -> None:
        self.by_hand.values.append((level, holder, attribute, value, day(since)))

    def takes_over(self, number: int, since: str) -> None:
        """A subscriber of another dealer's is linked to this one."""
        link = {"outlet_id": self.outlet, "valid_from": day(since), "valid_to": None}
        self.by_hand.links.append({"subscriber_id": f"N{number:05d}", **link})


def dealer(made: Operator, own: str, scheme: str, by_hand: ByHand, branch: str = BRANCH, **contract: object) -> Dealer:
    """A counterparty with an outlet and a contract under a scheme. by_hand: what will be entered by hand."""
    made.counterparty(own, branch=branch)
    made.outlet(f"T-{own}", own)
    made.outlets[-1]["opened_on"] = LONG_AGO
    made.contract(f"C-{own}", own, scheme, **{"valid_from": date(2023, 12, 1)} | contract)
    return Dealer(made, own, scheme, by_hand)


def day(written: str) -> date:
    """12-31, or d12_31 where it is a name."""
    month, number = (int(part) for part in written.lstrip("d").replace("_", "-").split("-"))
    return date(2023 if month == 12 else 2024, month, number)
