"""What a month comes to, and how later rules look into it: volumes over several months, totals of others, draws."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.oracle.agreements import Agreements
from tests.oracle.caps import let_through
from tests.oracle.facts import Facts
from tests.oracle.files import Load

ZERO = Decimal(0)


@dataclass
class Month:
    """What a month comes to. lines and period lines are plain dictionaries; rewards by contract and component.

    events: how many there were. volumes: what was counted and added up, by contract and measure; later months look back
    to it. taken: lines that take back, or give back. cuts: what caps let through of what they cut, by contract and
    component.
    """

    events: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)
    period_lines: list[dict[str, Any]] = field(default_factory=list)
    rewards: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    loads: dict[str, list[Load]] = field(default_factory=dict)
    volumes: dict[tuple[str, str], tuple[int, Decimal]] = field(default_factory=lambda: defaultdict(lambda: (0, ZERO)))
    taken: list[dict[str, Any]] = field(default_factory=list)
    cuts: dict[tuple[str, str], tuple[Decimal, Decimal]] = field(default_factory=dict)


def first_of_span(over: str, period: str) -> str:
    """The first period of a span that ends with a period: a text that compares in time's order."""
    year, month = period.split("-")
    quarter = {
        "01": "01",
        "02": "01",
        "03": "01",
        "04": "04",
        "05": "04",
        "06": "04",
        "07": "07",
        "08": "07",
        "09": "07",
    }
    return {"period": period, "quarter": f"{year}-{quarter.get(month, '10')}", "year": f"{year}-01", "contract": ""}[
        over
    ]


def months_before(period: str, count: int) -> str:
    """The period so many months before another."""
    year, month = divmod(int(period[:4]) * 12 + int(period[5:]) - 1 - count, 12)
    return f"{year:04d}-{month + 1:02d}"


class Books:
    """The month that is being calculated (`result`), its totals so far, and the months before it."""

    def __init__(self, facts: Facts, agreements: Agreements, earlier: dict[str, Month]) -> None:
        self.facts, self.agreements = facts, agreements
        self.period = facts.period
        self.earlier = {period: month for period, month in earlier.items() if period < facts.period}
        self.result = Month(loads=facts.loads)
        self.totals: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        self.of_each: dict[tuple[str, str, str], dict[str, tuple[int, Decimal]]] = defaultdict(dict)
        self.beyond: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)  # the places that lines don't have
        self._needed: dict[tuple[str, int, str], set[str]] = {}

    # --- what was counted and added up

    def over(
        self, contract: dict, name: str, is_sum: bool, first: str, last: str, *, include_now: bool = True
    ) -> Decimal:
        """A contract's measure over the periods from one to another."""
        total = ZERO
        for period, month in {**self.earlier, self.period: self.result}.items():
            if first <= period <= last and (include_now or period != self.period):
                count, summed = month.volumes[contract["contract_id"], name]
                total += summed if is_sum else count
        return total

    def of_one(self, contract: dict, name: str, measure: dict, which: str) -> Decimal:
        """What a measure of single outlets, or subscribers, came to of one."""
        count, summed = self.of_each[contract["contract_id"], name, measure["per"]].get(which, (0, ZERO))
        return summed if "sum" in measure else Decimal(count)

    def since(self, contract: dict, name: str, tiers: dict) -> Decimal:
        """What a component's events came to before this period, since its tiers begin to count."""
        if tiers.get("over", "period") == "period":
            return ZERO
        first = first_of_span(tiers["over"], self.period)
        return self.over(contract, name, tiers["by"] != "count", first, self.period, include_now=False)

    # --- what earlier months paid

    def drawn(self, contract: dict, name: str) -> Decimal:
        """What a draw has given so far and has not got back."""
        key = (contract["contract_id"], name)
        return sum((month.rewards.get(key, ZERO) for month in self.earlier.values()), ZERO)

    def left_of(self, contract: dict, of: dict) -> tuple[str, Decimal]:
        """An earlier period, and what is left of what a component paid for it."""
        then, key = months_before(self.period, of["months_ago"]), (contract["contract_id"], of["claws_back"][0])
        if then not in self.earlier:
            return then, ZERO
        of_then = self.earlier[then]
        left = let_through(of_then.rewards.get(key, ZERO), of_then.cuts.get(key))
        for calculated in self.earlier.values():
            left += sum((line["amount"] for line in calculated.period_lines if line["takes"] == (then, *key)), ZERO)
        return then, left

    # --- what others earn

    def totals_of_others(self, contract: dict, of: dict) -> list[tuple[str, str]]:
        """The totals that a measure of others' earnings adds up; what itself looks at others is not its own part."""
        found = []
        whose = self.facts.whose(contract["counterparty_id"], of)
        for other, schemes in self.agreements.contracts_of(whose):
            for scheme in schemes:
                names = [*scheme["components"], *scheme["limits"]] if of["earned"] == "all" else of["earned"]
                own = other["counterparty_id"] == contract["counterparty_id"]
                found += [(other["contract_id"], n) for n in names if not (own and self.looks_at_others(schemes, n))]
        return sorted(set(found))

    def looks_at_others(self, schemes: list[dict], name: str) -> bool:
        """Whether a rule of the period does, by the last of a contract's versions that has it as one."""
        scheme = next((of for of in reversed(schemes) if is_of_period(of, name)), None)
        return scheme is not None and any(
            needed in scheme["measures"] or (needed != name and self.looks_at_others(schemes, needed))
            for needed in self.needed(scheme, name)
        )

    def waits_for(self, contract: dict, scheme: dict, name: str) -> set[tuple[str, str]]:
        """The totals a rule needs: of its own contract, and of others'."""
        found: set[tuple[str, str]] = set()
        for needed in self.needed(scheme, name):
            of = scheme["measures"].get(needed)
            found |= set(self.totals_of_others(contract, of)) if of else {(contract["contract_id"], needed)}
        return found

    def needed(self, scheme: dict, name: str) -> set[str]:
        """The components, limits and measures of others' totals that a rule needs, through named values too."""
        key = (scheme["scheme"], scheme["version"], name)
        if key not in self._needed:
            self._needed[key] = _needed(scheme, name)
        return self._needed[key]


def is_of_period(scheme: dict, name: str) -> bool:
    """Whether a component or limit has a line of the period: what measures earn, or what rounding its total makes."""
    if name in scheme["limits"]:
        return True
    if name not in scheme["components"]:
        return False
    rule = scheme["rules"][name]
    is_counted = rule.tiers is not None and not rule.of_each_event
    return rule.of["on"] == "period" or is_counted or scheme["rounding"].get("each", "line") == "total"


def _needed(scheme: dict, name: str) -> set[str]:
    limit = scheme["limits"].get(name)
    if limit:
        waiting = [str(limit.get("where", "")), *limit["of"]]
    else:
        rule = scheme["rules"][name]
        waiting = [str(rule.of.get("where", "")), str(rule.pay or "")]
        if rule.tiers:
            waiting += [str(rule.tiers.get("of", "")), str(rule.tiers.get("applied_to", ""))]
    found: set[str] = set()
    seen = set()
    while waiting:
        for word in re.findall(r"\w+", waiting.pop()):
            value = scheme["values"].get(word)
            if value and word not in seen:
                seen.add(word)
                waiting.append(str(value["formula"]))
            elif (
                word in scheme["components"] or word in scheme["limits"] or "earned" in scheme["measures"].get(word, {})
            ):
                found.add(word)
    return found
