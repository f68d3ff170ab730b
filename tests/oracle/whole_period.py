"""What is paid for the period as a whole, once its events have their lines: bonuses, shared pays, limits, second looks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.oracle.books import Books, is_of_period
from tests.oracle.formulas import conditions, evaluate
from tests.oracle.lines import failed
from tests.oracle.names import Names
from tests.oracle.rules import Rule, operand, rounded
from tests.oracle.tiers import places, portion, tiered

ZERO = Decimal(0)
NO_LINE = object()


class WholePeriod:
    """Adds the period's lines to the books."""

    def __init__(self, books: Books) -> None:
        self.books, self.facts, self.agreements = books, books.facts, books.agreements

    def all(self) -> None:
        """Every rule of the period by the terms of the last day on which the contract's scheme has it as one."""
        waiting: dict[tuple[str, str], tuple[dict, dict, date]] = {}
        for contract in self.agreements.contracts:
            if contract in self.agreements.by_counterparty[contract["counterparty_id"]]:
                for day in self.agreements.days(contract):
                    scheme = self.agreements.version(contract, day)
                    assert scheme is not None
                    for name in [
                        *(name for name in scheme["components"] if is_of_period(scheme, name)),
                        *(name for name in scheme["limits"] if is_of_period(scheme, name)),
                    ]:
                        waiting[contract["contract_id"], name] = (contract, scheme, day)
        while waiting:
            ready = [
                key for key, (contract, scheme, _) in waiting.items()
                if not any(other in waiting for other in self.books.waits_for(contract, scheme, key[1]) - {key})
            ]  # fmt: skip
            assert ready, waiting
            for key in ready:
                contract, scheme, day = waiting.pop(key)
                names = Names(self.books, contract, scheme, day, {})
                if "per" in scheme["limits"].get(key[1], ()):
                    self.round_total(contract, scheme, key[1])
                elif key[1] in scheme["limits"]:
                    self.limit(contract, key[1], scheme["limits"][key[1]], names)
                else:
                    self.component(contract, scheme, scheme["rules"][key[1]], names)

    def limit(self, contract: dict, name: str, limit: dict, names: Names) -> None:
        where = conditions(limit["where"]) if "where" in limit else []
        if failed(where, names) is not None:
            return
        totals = [names[each] for each in limit["of"]]
        if None in totals:
            self.line(contract, name, ZERO, "not_eligible", "unknown_amount")
            return
        total = sum(totals, ZERO)
        bound = operand(limit.get("at_most", limit.get("at_least")), names)
        if "at_most" in limit and total > bound:
            self.line(contract, name, bound - total, "capped")
        if "at_least" in limit and total < bound:
            self.line(contract, name, bound - total, "guaranteed")
        drawn = self.books.drawn(contract, name) if limit.get("recoverable") else ZERO
        if "at_least" in limit and total > bound and drawn:
            self.line(contract, name, -min(drawn, total - bound), "recovered")

    def component(self, contract: dict, scheme: dict, rule: Rule, names: Names) -> None:
        is_on_period = rule.of["on"] == "period"
        if not is_on_period and (rule.tiers is None or rule.of_each_event):
            self.round_total(contract, scheme, rule.name)
            return
        if rule.claws_back:
            names.of_event["paid"] = self.books.left_of(contract, rule.of)[1]
        unmet = failed(rule.conditions, names) if is_on_period else None
        if unmet:
            if not rule.claws_back:
                self.line(contract, rule.name, ZERO, "not_eligible", "condition", unmet[0])
            return
        amount = self.amount(contract, rule, names)
        if rule.of.get("split_by") and isinstance(amount, Decimal):
            amount = self.part_of(amount, contract, scheme, rule.of["split_by"])
        if rule.claws_back:
            self.look_again(contract, scheme, rule, amount)
        elif amount is None:
            self.line(contract, rule.name, ZERO, "not_eligible", "unknown_amount")
        elif amount is not NO_LINE:
            self.line(contract, rule.name, rounded(amount, scheme, "total"), "paid")

    def round_total(self, contract: dict, scheme: dict, name: str) -> None:
        """What has a line for each event, or each subscriber: the difference that rounding its total makes."""
        key = (contract["contract_id"], name)
        total, beyond = self.books.totals[key], self.books.beyond[key]
        if rounded(total + beyond, scheme, "total") != total:
            self.line(contract, name, rounded(total + beyond, scheme, "total") - total, "rounded")

    def amount(self, contract: dict, rule: Rule, names: Names) -> Any:
        """What a component pays; None where it is unknown, NO_LINE where nothing was measured."""
        tiers = rule.tiers
        if tiers is None:
            return evaluate(rule.pay or "0", names)
        if rule.of["on"] == "period":
            own = evaluate(str(tiers["of"]), names)
            applied_to = evaluate(str(tiers["applied_to"]), names) if "applied_to" in tiers else None
            if own is None or ("applied_to" in tiers and applied_to is None):
                return None
            return tiered(tiers, own, None, own, names, applied_to)
        count, total = self.books.result.volumes[contract["contract_id"], rule.name]
        if not count:
            return NO_LINE
        own = Decimal(count) if tiers["by"] == "count" else total
        before = self.books.since(contract, rule.name, tiers) if tiers.get("over", "period") != "period" else None
        counted = self.books.since(contract, rule.name, tiers | {"by": "count"})
        return tiered(tiers, (before or ZERO) + own, before, own, names, counted_before=counted)

    def part_of(self, whole: Decimal, contract: dict, scheme: dict, by: str) -> Decimal | None:
        """A contract's part of what its group shares: due to all up to it, less what is due to those before."""
        parts = []
        group = self.facts.whose(contract["counterparty_id"], {"whose": "whole_group"})
        for other, schemes in self.agreements.contracts_of(group):
            if any(each["scheme"] == scheme["scheme"] for each in schemes):
                who = (other["counterparty_id"], other["contract_id"])
                parts.append((who, self.share(other, scheme, by)))
        if by in scheme["attributes"]:
            shares = [part for _, part in parts]
            if any(share is None or share != places(share, 4) for share in shares) or sum(shares) != 1:
                return None
        own = (contract["counterparty_id"], contract["contract_id"])
        of_all = sum((part for _, part in parts), ZERO)
        before = sum((part for who, part in parts if who < own), ZERO)
        up_to = sum((part for who, part in parts if who <= own), ZERO)
        due = [portion(whole, of, of_all) for of in (up_to, before)]
        return None if None in due else rounded(due[0], scheme, "total") - rounded(due[1], scheme, "total")

    def share(self, contract: dict, scheme: dict, by: str) -> Any:
        """What a contract has of a measure, or has agreed to by the last of its days in the period that know of it."""
        if by in scheme["measures"]:
            now = self.books.period
            return self.books.over(contract, by, "sum" in scheme["measures"][by], now, now)
        for day in reversed([*self.agreements.days(contract)]):
            version = self.agreements.version(contract, day)
            if version and by in version["attributes"]:
                return self.agreements.values(contract, version, day)[by]
        return None

    def look_again(self, contract: dict, scheme: dict, rule: Rule, amount: Decimal | None) -> None:
        """Takes back what an earlier period was paid above an amount."""
        then, left = self.books.left_of(contract, rule.of)
        takes = (then, contract["contract_id"], rule.claws_back[0])
        if amount is None and left:
            self.line(contract, rule.name, ZERO, "not_eligible", "unknown_amount", takes=takes)
        elif amount is not None:
            kept = min(max(rounded(amount, scheme, "total"), min(left, ZERO)), max(left, ZERO))
            if kept != left:
                self.line(contract, rule.name, kept - left, "clawed_back", takes=takes)

    def line(
        self, contract: dict, component: str, amount: Decimal, outcome: str, reason: str = "", failed: int = 0,
        takes: tuple[str, str, str] | None = None,
    ) -> None:  # fmt: skip
        self.books.totals[contract["contract_id"], component] += amount
        last_day = min(contract["valid_to"] or date.max, self.facts.last)
        self.books.result.period_lines.append({
            "counterparty_id": contract["counterparty_id"], "contract_id": contract["contract_id"],
            "component": component, "amount": amount, "outcome": outcome, "reason": reason, "failed_condition": failed,
            "takes": takes, "scheme": self.agreements.version(contract, last_day),
        })  # fmt: skip
