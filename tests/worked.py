"""The library's worked cases as an operator's files: each case a counterparty and a contract of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import schemes
from prm.period import Period
from schemes.worked import Fact, WorkedCase
from tests.operators import Operator

NOBODY = "N99999"
"""A subscriber that no report tells of, as whoever pays at a till may be."""
PRODUCTS = {
    "V-START": "voice", "V-SMART": "voice", "V-FAMILY": "voice", "D-NET": "data", "D-MAX": "data", "I-METER": "iot",
    "C-VIDEO": "content", "C-MUSIC": "content", "C-GAMES": "content", "E-ROUTER": "device", "E-PHONE": "device",
}  # fmt: skip


@dataclass
class MadeCase:
    """A case with the contract it is written under."""

    scheme: schemes.Scheme
    case: WorkedCase
    contract_id: str

    def __str__(self) -> str:
        return f"{self.scheme.scheme}: {self.case.title.en}"


@dataclass
class Made:
    """Everything that happens in all cases, as one operator's files."""

    operator: Operator = field(default_factory=Operator)
    cases: list[MadeCase] = field(default_factory=list)
    subscribers: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    tariffs: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, scheme: schemes.Scheme, number: int, case: WorkedCase) -> None:
        own = f"{scheme.scheme}-{number}"
        self.counterparty(own, None)
        self.operator.contract(
            own, own, scheme.scheme, valid_from=case.begins,
            **{f"attribute:{name}": value for name, value in case.values.items()},
        )  # fmt: skip
        for name, below in case.below.items():
            self.counterparty(f"{own}-{name}", f"{own}-{below.under}" if below.under else own)
            self.operator.contract(f"{own}-{name}", f"{own}-{name}", below.scheme)
        for fact in sorted(case.facts, key=lambda fact: fact.day):
            self.happen(own, fact)
        self.cases.append(MadeCase(scheme, case, own))

    def counterparty(self, counterparty_id: str, parent: str | None) -> None:
        self.operator.counterparty(counterparty_id)
        if parent:
            self.operator.counterparties[-1] |= {"kind": "subdealer", "parent_id": parent}
        for kind in ("own", "multibrand", "online"):
            self.operator.outlet(f"{counterparty_id}/{kind}", counterparty_id, kind)

    def happen(self, own: str, fact: Fact) -> None:
        who = f"{own}-{fact.by}" if fact.by else own
        outlet = None if fact.outlet == "none" else f"{who}/{fact.outlet or 'own'}"
        if fact.event == "activation":
            self.activate(own, fact, outlet)
            return
        if fact.event == "plan":
            assert fact.plan and fact.amount is not None
            self.operator.plan(who, fact.plan, str(fact.amount), fact.day)
            return
        numbers: list[int | None] = [None] * (fact.times or 1)
        if fact.of:
            numbers = [*self.subscribers[own, fact.of]][: fact.times]
        tariff = self.tariffs.get((own, fact.of or ""), "V1")
        for number in numbers:
            self.happen_to(number, tariff, fact, outlet)

    def activate(self, own: str, fact: Fact, outlet: str | None) -> None:
        assert fact.of and fact.tariff
        first = sum(map(len, self.subscribers.values())) + 1
        numbers = list(range(first, first + (fact.times or 1)))
        for number in numbers:
            self.operator.subscriber(number, outlet, fact.tariff, fact.day, sold_on=fact.day)
        self.subscribers[own, fact.of], self.tariffs[own, fact.of] = numbers, fact.tariff

    def happen_to(self, number: int | None, tariff: str, fact: Fact, outlet: str | None) -> None:
        """Something that happens to one subscriber, or to nobody known."""
        operator, amount = self.operator, None if fact.amount is None else str(fact.amount)
        subscriber_id = None if number is None else f"N{number:05d}"
        if fact.event == "operation":
            operator.operation(fact.kind or "", outlet, amount, subscriber_id, fact.day, fact.product)
        elif fact.event == "payment":
            operator.payment(outlet, amount or "", subscriber_id or NOBODY, fact.channel or "", fact.day)
        else:
            assert number is not None and subscriber_id
            if fact.event == "charge":
                operator.charge(subscriber_id, amount or "", fact.day, fact.product or tariff, fact.kind or "monthly")
            elif fact.event == "fraud_mark":
                operator.mark(subscriber_id, fact.day)
            elif fact.event == "churn":
                operator.report(number, fact.day, tariff, deactivated_on=fact.day)
            else:
                status = {"suspension": "suspended", "resumption": "active", "reactivation": "active"}[fact.event]
                operator.report(number, fact.day, tariff, status=status)


def all_cases() -> Made:
    """Every worked case of the library."""
    made = Made()
    for product_id, group in PRODUCTS.items():
        made.operator.product(product_id, group)
    for path in sorted(schemes.LIBRARY.glob("*.yaml")):
        scheme = schemes.read(path)
        for number, case in enumerate(schemes.worked(scheme.scheme).cases, 1):
            made.add(scheme, number, case)
    return made


NotPaid = tuple[date, str, str, int]


def differences(
    of: MadeCase, rewards: dict[tuple[str, str, str], Decimal], not_paid: dict[str, list[NotPaid]]
) -> list[str]:
    """Where a case comes to something else than was worked out by hand, in words.

    rewards: by contract, period and component. not_paid: by contract; day, component, reason, condition (0: none).
    """
    own = {key[1:]: amount for key, amount in rewards.items() if key[0] == of.contract_id and amount}
    expected = of.case.amounts()
    found = [
        f"{of}, {' '.join(key)}: by hand {expected.get(key, 0)}, calculated {own.get(key, 0)}"
        for key in sorted({*own, *expected}) if own.get(key, 0) != expected.get(key, 0)
    ]  # fmt: skip
    lines = [(line.day, line.component, line.reason, line.condition or 0) for line in of.case.not_paid]
    named, months = {line[1] for line in lines}, {Period.of(line[0]) for line in lines}
    calculated = [
        line for line in not_paid.get(of.contract_id, ()) if line[1] in named and Period.of(line[0]) in months
    ]  # fmt: skip
    if sorted(calculated) != sorted(lines):
        found.append(
            f"{of}, not paid: only by hand {sorted(set(lines) - set(calculated))}, "
            f"only calculated {sorted(set(calculated) - set(lines))}"
        )
    return found
