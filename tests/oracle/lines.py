"""What every event comes to under every rule: counted, paid, or not paid and why."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from functools import partial
from typing import Any

from tests.oracle.books import Books
from tests.oracle.formulas import evaluate, words
from tests.oracle.names import AGES, OF_FIRST_DAYS, Names, in_currency, in_first_days, of_event
from tests.oracle.rules import Rule, rounded
from tests.oracle.tiers import places, tiered

ZERO = Decimal(0)
Ruling = tuple[dict, dict, Rule]
"""A contract, the version of its scheme on a day, and a rule of it."""


def names_of(books: Books, event: dict, contract: dict, scheme: dict, rule: Rule) -> Names:
    names = Names(books, contract, scheme, event["event_date"], of_event(books.facts, event, scheme, rule))

    def is_asked() -> bool:
        """Whether the subscriber's age is such that the rule asks for its first days."""
        windows = [] if rule.of["on"] == "activation" else [of for of in rule.conditions if _is_window(of, event)]
        return failed(windows, names) is None

    for function in OF_FIRST_DAYS:
        names.of_event[function] = partial(in_first_days, books.facts, event, function, scheme["currency"], is_asked)
    return names


def _is_window(condition: str, event: dict) -> bool:
    """Whether a condition speaks of the subscriber's age and of nothing else that is the event's, or the subscriber's."""
    spoken = words(condition) & {*event["names"], *OF_FIRST_DAYS}
    return bool(spoken) and spoken <= AGES


def failed(where: list[str], names: Names) -> tuple[int, str] | None:
    """The number and text of the first condition that is not met."""
    for number, condition in enumerate(where, 1):
        if evaluate(condition, names) is not True:
            return number, condition
    return None


class Lines:
    """Adds to the books what events come to: first all are measured, then each has its lines."""

    def __init__(self, books: Books) -> None:
        self.books, self.facts, self.agreements = books, books.facts, books.agreements
        self.before: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)  # measured up to an event, in order
        self.counted_before: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        self._rulings: dict[tuple, tuple[list[Ruling], bool]] = {}

    def rulings(self, event: dict) -> tuple[list[Ruling], bool]:
        """Every component and measure on an event; whether a contract is in force."""
        key = (event["counterparty_id"], event["event_date"], event["stream"], event["delay"])
        if key not in self._rulings:
            contracts = self.agreements.in_force(event["counterparty_id"], event["event_date"])
            found = []
            for contract in contracts:
                scheme = self.agreements.version(contract, event["event_date"])
                assert scheme is not None
                rules = [rule for rule in scheme["rules"].values() if not rule.claws_back and rule.is_on(event)]
                found += [(contract, scheme, rule) for rule in rules]
            self._rulings[key] = found, bool(contracts)
        return self._rulings[key]

    def why_not(self, event: dict) -> str | None:
        is_marked = event["stream"] != "fraud_mark" and self.facts.is_fraud(event["subscriber_id"], event["event_date"])
        return event["reason"] or ("fraud" if is_marked else None)

    def has_no_rate(self, event: dict, scheme: dict) -> bool:
        return event["amount"] is not None and in_currency(self.facts, event, scheme["currency"]) is None

    def base(self, rule: Rule, names: Names) -> Decimal | None:
        """What an event adds to a sum; its amount where nothing is added up."""
        value = names["amount"] if rule.summed is None else evaluate(str(rule.summed), names)
        return None if value is None else places(value, 4)

    def measure(self, event: dict) -> None:
        """Adds an event to what is counted and added up."""
        if self.why_not(event):
            return
        volumes = self.books.result.volumes
        for contract, scheme, rule in self.rulings(event)[0]:
            if not rule.is_measured or self.has_no_rate(event, scheme):
                continue
            names = names_of(self.books, event, contract, scheme, rule)
            if failed(rule.conditions, names) is None:
                count, total = volumes[contract["contract_id"], rule.name]
                own = self.base(rule, names) or ZERO
                volumes[contract["contract_id"], rule.name] = count + 1, total + own
                if (per := rule.of.get("per")) and (which := event[f"{per}_id"]):
                    of_each = self.books.of_each[contract["contract_id"], rule.name, per]
                    count, total = of_each.get(which, (0, ZERO))
                    of_each[which] = count + 1, total + own

    def lines_of(self, event: dict) -> None:
        reason, rulings, has_contract = self.why_not(event), [], False
        if reason is None:
            rulings, has_contract = self.rulings(event)
            if not rulings:
                reason = "not_paid_on" if has_contract else "no_contract"
        if reason:
            self.line(event, None, None, outcome="not_eligible", reason=reason)
        for contract, scheme, rule in rulings:
            self.line(event, contract, rule.name, **self.of_rule(event, contract, scheme, rule))

    def of_rule(self, event: dict, contract: dict, scheme: dict, rule: Rule) -> dict[str, Any]:
        """What an event comes to under one rule."""
        names = names_of(self.books, event, contract, scheme, rule)
        base = self.base(rule, names)
        not_paid = {"outcome": "not_eligible", "base_amount": base}
        if self.has_no_rate(event, scheme):
            return not_paid | {"reason": "no_exchange_rate"}
        unmet = failed(rule.conditions, names)
        if unmet is not None:
            spoken = words(unmet[1]) & set(event["names"])
            reason = "outside_window" if spoken and spoken <= AGES else "condition"
            return not_paid | {"reason": reason, "failed_condition": unmet[0]}
        if "pay" not in rule.of or (rule.tiers and not rule.of_each_event):
            return {"outcome": "counted", "base_amount": base}
        amount = evaluate(str(rule.pay), names) if rule.tiers is None else self.by_tiers(contract, rule, base, names)
        if amount is None:
            return not_paid | {"reason": "unknown_amount"}
        kept = rounded(amount, scheme, "line")
        if scheme["rounding"].get("each", "line") == "total":
            self.books.beyond[contract["contract_id"], rule.name] += amount - kept
        return {"outcome": "paid", "amount": kept, "base_amount": base}

    def by_tiers(self, contract: dict, rule: Rule, base: Decimal | None, names: Names) -> Decimal | None:
        """What an event earns by itself in tiers: in order, it begins where the events before it have come to."""
        tiers = rule.tiers
        assert tiers is not None
        own = Decimal(1) if tiers["by"] == "count" else base
        if own is None:
            return None
        before, counted = None, ZERO
        if tiers.get("in_order"):
            key = (contract["contract_id"], rule.name)
            before = self.before[key] + self.books.since(contract, rule.name, tiers)
            counted = self.counted_before[key] + self.books.since(contract, rule.name, tiers | {"by": "count"})
            self.before[key] += own
            self.counted_before[key] += 1
        return tiered(tiers, (before or ZERO) + own, before, own, names, counted_before=counted)

    def line(self, event: dict, contract: dict | None, component: str | None, **more: Any) -> None:
        self.books.result.lines.append({
            "load_id": event["load_id"], "row_number": event["row_number"], "stream": event["stream"],
            "data_set": event["data_set"], "subscriber_id": event["subscriber_id"], "outlet_id": event["outlet_id"],
            "scheme": contract and contract["scheme"], "counterparty_id": event["counterparty_id"] or "",
            "contract_id": contract and contract["contract_id"], "component": component,
            "event_date": event["event_date"], "amount": ZERO, "reason": None, "failed_condition": None,
            "base_amount": event["amount"],
        } | more)  # fmt: skip
