"""The other lines that have to do with a line: limits that bit, what a measure counted, what takes it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import schemes
from explanations.addresses import address_of, count_by_key, lines_by_key
from explanations.context import LineContext
from explanations.model import Related, Used
from prm.database import Connection
from prm.period import Period
from prm.words import format_day

_SHOWN = 5  # of the lines that a measure counted, or a cap limits
_OF_LIMITS = ("capped", "released", "guaranteed", "recovered")


class Relations:
    """Finds them. used: the names of the line's formulas."""

    def __init__(self, of: LineContext, used: tuple[Used, ...]) -> None:
        self.of, self.used = of, used
        self.line, self.rule, self.scheme, self.taking = of.line, of.rule, of.scheme, of.taking
        self.connection, self.values, self.language, self.money, self.say = (
            of.connection,
            of.values,
            of.language,
            of.money,
            of.say,
        )
        self.is_of_period = of.is_of_period

    def all(self) -> Iterator[Related]:
        line, rule = self.line, self.rule
        key = {"contract_id": line["contract_id"]}
        of_period = [
            other
            for subscriber in dict.fromkeys((None, line["subscriber_id"]))  # those of other subscribers are many
            for other in lines_by_key(
                self.connection, line["period"], line["counterparty_id"], stream=schemes.PERIOD, subscriber_id=subscriber, **key
            )
        ]  # fmt: skip
        for other in of_period:
            if other["line"] == line["line"] or line["outcome"] == "not_eligible":
                continue
            if other["component"] == line["component"]:
                yield self._other(other, "rounding_line" if other["outcome"] == "rounded" else "counts_for")
            limit = self.scheme.limits.get(other["component"])
            if limit and line["component"] in limit.of and other["outcome"] in _OF_LIMITS:
                yield self._other(other, other["outcome"] + ("_subscriber" if other["subscriber_id"] else ""))
        if isinstance(rule, schemes.Component) and rule.measures_events and self.is_of_period:
            yield from self._counted(line["component"], "counted_line")
        elif self.is_of_period and isinstance(rule, schemes.Component):
            for name in (of.name for of in self.used):
                measure = self.scheme.measures.get(name)
                if measure and measure.on and not measure.months_ago:
                    yield from self._counted(name, "counted_for", 2)
        if isinstance(rule, schemes.Limit) and line["subscriber_id"]:
            yield from self._limited(rule)
        if self.taking:
            yield from self.taking.related(self.money)
        elif line["outcome"] == "paid":
            yield from self._taken_in_period()

    def _counted(self, name: str, key: str, most: int = _SHOWN) -> Iterator[Related]:
        """Some of the period's lines that a measure, or a component's tiers, counted; and how many more there are."""
        line = self.line
        title = self.values.title(name) if name in self.scheme.measures else ""
        key_of = {"component": name, "outcome": "counted", "contract_id": line["contract_id"]}
        found = lines_by_key(self.connection, line["period"], line["counterparty_id"], most=most, **key_of)
        for other in found:
            day, subscriber = format_day(other["event_date"], self.language), other["subscriber_id"] or "—"
            told = self.say(key, title=title, day=day, subscriber=subscriber)
            yield Related(address_of(other), told, other["base_amount"] or Decimal(0))
        if len(found) == most:
            more = count_by_key(self.connection, line["period"], line["counterparty_id"], **key_of) - most
            if more:
                yield Related("", self.say("more_counted" if title else "more", n=more, title=title), Decimal(0))

    def _limited(self, cap: schemes.Limit) -> Iterator[Related]:
        """Some of the lines that a cap on this subscriber limits."""
        line, found = self.line, []
        for name in cap.of:
            key = {"component": name, "contract_id": line["contract_id"], "subscriber_id": line["subscriber_id"]}
            lines = lines_by_key(self.connection, line["period"], line["counterparty_id"], most=_SHOWN + 1, **key)
            found += [other for other in lines if other["amount"] and other["stream"] != schemes.PERIOD]
        for other in found[:_SHOWN]:
            title = getattr(self.scheme.components[other["component"]].title, self.language)
            day = format_day(other["event_date"], self.language)
            told = self.say("limited_line", title=title, day=day, amount=self.money(other["amount"]))
            yield Related(address_of(other), told, other["amount"])

    def _other(self, other: Mapping[str, Any], key: str) -> Related:
        named = self.scheme.components.get(other["component"]) or self.scheme.limits.get(other["component"])
        title = getattr(named.title, self.language) if named else other["component"]
        is_less = key in ("capped", "capped_subscriber", "recovered")
        amount = abs(other["amount"]) if is_less else other["amount"]
        return Related(address_of(other), self.say(key, title=title, amount=self.money(amount)), other["amount"])

    def _taken_in_period(self) -> Iterator[Related]:
        """What the same period took back of it: later periods' doings are theirs to tell."""
        line = self.line
        names = ("contract_id", "component", "stream", "load_id", "row_number")
        if self.is_of_period:
            return
        taking = lines_by_key(
            self.connection, line["period"], line["counterparty_id"], taken_period=line["period"],
            **{f"taken_{name}": line[name] for name in names},
        )  # fmt: skip
        for other in taking:
            key = "given_back_in_period" if other["outcome"] == "reinstated" else "taken_back_in_period"
            title = getattr(self.scheme.components[other["component"]].title, self.language)
            told = self.say(key, component=title, amount=self.money(abs(other["amount"])))
            yield Related(address_of(other), told, other["amount"])


def brought_before(
    connection: Connection, line: Mapping[str, Any], cap: schemes.Limit
) -> Iterator[tuple[Period, Decimal]]:
    """What a cap over the contract counts of the line's subscriber in earlier periods, as they are published now."""
    rows = connection.execute(
        """select period, sum(amount) as amount from reporting.reward_lines
           where counterparty_id = %(whose)s and subscriber_id = %(subscriber)s and period < %(period)s
             and coalesce(taken_contract_id, contract_id) = %(contract)s
             and (coalesce(taken_component, component) = any(%(members)s) or component = %(cap)s)
           group by period having sum(amount) <> 0 order by period""",
        {
            "whose": line["counterparty_id"], "subscriber": line["subscriber_id"], "period": line["period"],
            "contract": line["contract_id"], "members": list(cap.of), "cap": cap.name,
        },
    ).fetchall()  # fmt: skip
    yield from ((Period.parse(row["period"]), row["amount"]) for row in rows)
