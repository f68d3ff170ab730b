"""The names of a formula: of an event, of the period, of the scheme; each found when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from tests.oracle.books import Books, first_of_span, months_before
from tests.oracle.facts import Facts, whole_months
from tests.oracle.formulas import evaluate
from tests.oracle.rules import Rule, operand, rounded, typed
from tests.oracle.tiers import places, portion

ZERO = Decimal(0)
AGES = {"activated_on", "months_since_activation", "days_since_activation"}
OF_FIRST_DAYS = {
    "charged_within": ("charges", "charge_id", "charged_on"), "paid_within": ("payments", "payment_id", "paid_on"),
}  # fmt: skip


class Names:
    """What the names of a formula stand for, for a contract under a scheme on a day."""

    def __init__(self, books: Books, contract: dict, scheme: dict, day: date, of_event: dict[str, Any]) -> None:
        self.books, self.contract, self.scheme, self.day, self.of_event = books, contract, scheme, day, of_event

    def __contains__(self, name: str) -> bool:
        return name in self.of_event or name in self.scheme["attributes"] or name in self.scheme["terms"]

    def __getitem__(self, name: str) -> Any:
        scheme, books = self.scheme, self.books
        if name in self.of_event:
            return self.of_event[name]
        if name in ("month_of_year", "month_of_quarter"):
            month = Decimal(books.period[5:])
            return month if name == "month_of_year" else month % 3 or Decimal(3)
        if name in scheme["tables"]:
            return lambda *keys: self.looked_up(scheme["tables"][name], keys)
        if name in scheme["measures"]:
            return self.measured(name, scheme["measures"][name])
        if name in scheme["values"]:
            of = scheme["values"][name]
            value = evaluate(str(of["formula"]), self)
            kept = {"money": 4, "share": 6, "number": 6}.get(of["type"])
            return value if kept is None or value is None else places(value, kept)
        if name in scheme["components"] or name in scheme["limits"]:
            return books.totals[self.contract["contract_id"], name]
        return books.agreements.values(self.contract, scheme, self.day)[name]

    def measured(self, name: str, of: dict) -> Decimal | None:
        books, now = self.books, self.books.period
        if "earned" in of:
            return self.in_own_currency((who, books.totals[who, n]) for who, n in self.of_others(of))
        if "counted" in of:
            others = books.agreements.contracts_of(books.facts.whose(self.contract["counterparty_id"], of))
            is_sum = of.get("type") == "money"
            found = [
                (other["contract_id"], books.over(other, each, is_sum, now, now))
                for other, _ in others
                for each in of["counted"]
            ]
            return self.in_own_currency(found) if is_sum else sum((count for _, count in found), ZERO)
        if "plan" in of:
            return books.facts.plans.get((self.contract["counterparty_id"], of["plan"]))
        if by := of.get("outlets") or of.get("subscribers"):
            return self.reaching(by, of["at_least"])
        if "per" in of:
            which = self.of_event[f"{of['per']}_id"]
            return books.of_one(self.contract, name, of, which) if which else None
        if of.get("months_ago"):
            first = last = months_before(now, of["months_ago"])
        else:
            first = first_of_span(of.get("over", "period"), now)
            last = now
        return books.over(self.contract, name, "sum" in of, first, last)

    def reaching(self, by: str, at_least: Any) -> Decimal:
        """How many outlets, or subscribers, have so much of a measure, by the terms of the contract's last day under this
        version."""
        agreements, measure = self.books.agreements, self.scheme["measures"][by]
        days = [day for day in agreements.days(self.contract) if agreements.version(self.contract, day) is self.scheme]
        bound = operand(at_least, Names(self.books, self.contract, self.scheme, days[-1], {}))
        each = self.books.of_each[self.contract["contract_id"], by, measure["per"]]
        return Decimal(sum(self.books.of_one(self.contract, by, measure, which) >= bound for which in each))

    def of_others(self, of: dict) -> list[tuple[str, str]]:
        return self.books.totals_of_others(self.contract, of)

    def in_own_currency(self, amounts: Iterable[tuple[str, Decimal]]) -> Decimal | None:
        """The sum of what contracts have, at the rates of the period's last day."""
        facts, own, total = self.books.facts, self.scheme["currency"], ZERO
        currencies = {contract["contract_id"]: contract["currency"] for contract in self.books.agreements.contracts}
        for contract_id, amount in amounts:
            converted = facts.rates.converted(amount, currencies[contract_id], own, facts.last)
            if converted is None and amount:
                return None
            total += converted or ZERO
        return total

    def looked_up(self, table: dict, keys: tuple) -> Any:
        for row in table["rows"]:
            if tuple(str(row[key]) for key in table["keys"]) == keys:
                value = row["value"]
                if isinstance(value, dict):
                    held = [(start, dated) for start, dated in value.items() if start <= self.day]
                    if not held:
                        break
                    value = max(held, key=lambda one: one[0])[1]
                    value = value["value"] if isinstance(value, dict) else value
                return typed(value, table["type"])
        return None if table["missing"] == "nothing" else typed(table["missing"], table["type"])


def of_event(facts: Facts, event: dict, scheme: dict, rule: Rule) -> dict[str, Any]:
    """The names that an event brings along for a rule, with its amounts in the scheme's currency."""
    if "names" not in event:
        event["names"] = _names(facts, event)
    into, delays = scheme["currency"], rule.delays
    names = event["names"] | {"amount": in_currency(facts, event, into)}
    if event["delay"]:
        number, count = Decimal(delays.index(event["delay"]) + 1), Decimal(len(delays))
        names |= {"instalment": number, "instalments": count}

        def due(total: Decimal | None, upto: Decimal) -> Decimal | None:
            exact = portion(total, upto, count)
            return None if exact is None else rounded(exact, scheme, "line")

        def instalment_of(total: Decimal | None) -> Decimal | None:
            up_to, before = due(total, number), due(total, number - 1)
            return None if up_to is None or before is None else up_to - before

        names["instalment_of"] = instalment_of
    return names


def in_currency(facts: Facts, event: dict, into: str) -> Decimal | None:
    """The event's amount in a currency; None where there is none, or no rate is known."""
    return facts.rates.converted(event["amount"], event["currency"], into, event["event_date"])


def _names(facts: Facts, event: dict) -> dict[str, Any]:
    outlet = facts.outlets.get(event["outlet_id"] or "", {})
    counterparty = facts.counterparties.get(event["counterparty_id"] or "", {})
    who, start, day = event["subscriber_id"], event["activated_on"], event["event_date"]
    return {
        "event_date": day, "product_id": event["product_id"], "product_group": facts.groups.get(event["product_id"]),
        "tariff": event["tariff"], "outlet_id": event["outlet_id"], "outlet_kind": outlet.get("kind"),
        "subscriber_id": who,  # no name of formulas: measures are read of it
        "outlet_region": outlet.get("region"), "counterparty_kind": counterparty.get("kind"),
        "branch": counterparty.get("branch"), "activated_on": start, "amount": event["amount"],
        "charge_kind": event["charge_kind"], "channel": event["channel"],
        "operation_kind": event["operation_kind"], "old_tariff": event["old_tariff"], "status": facts.status(who, day),
        "suspended_days": Decimal(facts.suspended_days(who, start, day)) if start else None,
        "months_since_activation": whole_months(start, day) if start else None,
        "days_since_activation": Decimal((day - start).days) if start else None,
    }  # fmt: skip


def in_first_days(
    facts: Facts, event: dict, function: str, into: str, is_asked: Callable[[], bool], days: Decimal
) -> Decimal | None:
    """What an event's subscriber was charged, or paid, in its first days; unknown of one that nobody knows, and where a
    rule does not ask it at this age."""
    data_set, key, day = OF_FIRST_DAYS[function]
    if event["activated_on"] is None or not is_asked():
        return None
    total = ZERO
    for row in facts.of_subscriber(event["subscriber_id"], data_set, key, day):
        if 0 <= (row[day] - event["activated_on"]).days < days:
            total += facts.rates.converted(row["amount"], row["currency"], into, row[day]) or ZERO
    return total
