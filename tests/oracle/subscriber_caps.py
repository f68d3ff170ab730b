"""Caps on single subscribers, as the oracle reckons them: every line of a subscriber is added up, month by month."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from tests.oracle.books import Books, Month
from tests.oracle.names import Names
from tests.oracle.rules import operand

ZERO = Decimal(0)
Key = tuple[str, str, str]
"""A contract, a cap, and a subscriber."""


class SubscriberCaps:
    """Of one month: its books, in which the lines of events are, and all that is taken back."""

    def __init__(self, books: Books) -> None:
        self.books, self.agreements = books, books.agreements
        self._held: dict[str, dict[str, tuple[dict, dict, date, set[str]]]] = {}

    def cut(self) -> None:
        """Adds the lines by which caps cut, or give back, and what each has let through of what."""
        for contracts in self.agreements.by_counterparty.values():
            for contract in contracts:
                self.of_contract(contract)

    def held(self, contract: dict) -> dict[str, tuple[dict, dict, date, set[str]]]:
        """A contract's caps of the month: by the last day that has each, with all that its versions say it is of."""
        if contract["contract_id"] in self._held:
            return self._held[contract["contract_id"]]
        found: dict[str, tuple[dict, dict, date, set[str]]] = {}
        for day in self.agreements.days(contract):
            scheme = self.agreements.version(contract, day)
            assert scheme is not None
            for name, limit in scheme["limits"].items():
                if "per" in limit:
                    before = found[name][3] if name in found else set()
                    found[name] = (limit, scheme, day, before | set(limit["of"]))
        self._held[contract["contract_id"]] = found
        return found

    def of_contract(self, contract: dict) -> None:
        waiting = dict(self.held(contract))
        caps = set(waiting)
        while waiting:
            ready = [name for name, (*_, members) in waiting.items() if not members & (waiting.keys() - {name})]
            assert ready, waiting
            for name in ready:
                limit, scheme, day, members = waiting.pop(name)
                most = operand(limit["at_most"], Names(self.books, contract, scheme, day, {}))
                self.of_cap(contract, scheme, name, limit, members, members & caps, most)

    def of_cap(
        self, contract: dict, scheme: dict, name: str, limit: dict, members: set[str], others: set[str], most: Decimal
    ) -> None:
        paid, taken = self.brought(contract, name, members, others)
        for subscriber in sorted({*paid, *taken}):
            now = paid[subscriber] + taken[subscriber]
            before, cut_before = ZERO, ZERO
            if limit.get("over") == "contract":
                before, cut_before = self.before(contract, name, members, subscriber)
            amount = -max(now - max(most - before, ZERO), ZERO) if now >= 0 else min(-now, cut_before)
            if not amount:
                continue
            self.books.totals[contract["contract_id"], name] += amount
            self.books.result.subscriber_cuts[contract["contract_id"], name, subscriber] = (amount, paid[subscriber])
            self.books.result.period_lines.append({
                "counterparty_id": contract["counterparty_id"], "contract_id": contract["contract_id"], "component": name,
                "subscriber_id": subscriber, "amount": amount, "outcome": "capped" if amount < 0 else "released", "reason": "",
                "failed_condition": 0, "takes": None, "scheme": scheme,
            })  # fmt: skip

    def brought(
        self, contract: dict, cap: str, members: set[str], others: set[str]
    ) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
        """What subscribers' events were paid in the month, less what other caps have cut of it; and what was taken back."""
        paid: dict[str, Decimal] = defaultdict(lambda: ZERO)
        taken: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for line in self.books.result.lines:
            if (
                line["contract_id"] == contract["contract_id"]
                and line["outcome"] == "paid"
                and line["subscriber_id"]
                and line["amount"]
            ):
                scheme = self.agreements.version(contract, line["event_date"])
                if scheme and line["component"] in scheme["limits"].get(cap, {"of": ()})["of"]:
                    paid[line["subscriber_id"]] += line["amount"]
        for line in self.books.result.taken:
            if line["root"][1] == contract["contract_id"] and line["root"][2] in members and line["amount"]:
                taken[line["subscriber_id"]] += line["amount"]
        for (contract_id, name, subscriber), (amount, _) in self.books.result.subscriber_cuts.items():
            if contract_id == contract["contract_id"] and name in others:
                paid[subscriber] += amount
        return paid, taken

    def before(self, contract: dict, cap: str, members: set[str], subscriber: str) -> tuple[Decimal, Decimal]:
        """What a subscriber had brought before the month, all cuts considered; and how much of it this cap had cut."""
        total, cut = ZERO, ZERO
        for month in self.books.earlier.values():
            lines = month.of_subscriber(contract["contract_id"], subscriber)
            total += sum((amount for name, amount in lines if name in members), ZERO)
            cut -= month.subscriber_cuts.get((contract["contract_id"], cap, subscriber), (ZERO, ZERO))[0]
        return total - cut, cut

    # --- what is left of earlier lines

    def let_through(self, contract_id: str, line: dict[str, Any], month: Month) -> Decimal:
        """What caps let through of an earlier month's line, but for those that are over the contract still."""
        contract = next((of for of in self.agreements.contracts if of["contract_id"] == contract_id), None)
        scheme = contract and self.agreements.version(contract, line["event_date"])
        if contract is None or not scheme:
            return line["amount"]
        is_in_force = contract in self.agreements.by_counterparty[contract["counterparty_id"]]
        held = self.held(contract) if is_in_force else {}
        amount = line["amount"]
        for name in _in_turn(scheme["limits"]):
            if line["component"] not in scheme["limits"][name]["of"]:
                continue
            cut, whole = month.subscriber_cuts.get((contract_id, name, line["subscriber_id"]), (ZERO, ZERO))
            is_carried = name in held and held[name][0].get("over") == "contract" and line["component"] in held[name][3]
            if cut < 0 < whole and not is_carried:
                amount = (amount * max(whole + cut, ZERO) / whole).quantize(Decimal("0.0001"), ROUND_FLOOR)
        return amount


def _in_turn(limits: dict[str, dict]) -> list[str]:
    """The caps of a scheme, each after those that it lists."""
    caps = {name: limit for name, limit in limits.items() if "per" in limit}
    found: list[str] = []
    while len(found) < len(caps):
        found += [
            name for name, of in caps.items() if name not in found and not set(of["of"]) & caps.keys() - set(found)
        ]
    return found
