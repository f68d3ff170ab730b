"""The rows of a run's tables of rules, collected contract by contract."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

import pyarrow

from prm.period import Period
from schemes.dependencies import Rounds, rounds
from schemes.hierarchy import Hierarchy
from schemes.model import Clawback, Delay, OfOthers, Scheme, Table, Value
from schemes.model_names import month
from schemes.rules import AMOUNT, EXCESS, KEPT, MEASURE, SPLIT, TEXT_PARAMETER, Activity, Compiled, Rule
from schemes.slots import Earned, MeasureSlot, Sharers, Slots, Span
from schemes.subscriber_cap_rows import SubscriberCapRows

_TEXT, _DAY, _INT, _FLAG = pyarrow.string(), pyarrow.date32(), pyarrow.int32(), pyarrow.bool_()
_PARAMETER_TYPES = {
    "money": pyarrow.decimal128(18, 4), "share": pyarrow.decimal128(9, 6), "number": pyarrow.decimal128(18, 6),
    "text": _TEXT, TEXT_PARAMETER: _TEXT, "date": _DAY, "flag": _FLAG,
}  # fmt: skip
RULES = pyarrow.schema([("place", _TEXT), ("rule", _INT), ("sql", _TEXT), ("is_window", _FLAG)])
_OF_CONTRACT = [
    ("counterparty_id", _TEXT), ("contract_id", _TEXT), ("scheme", _TEXT), ("scheme_version", _INT), ("component", _TEXT),
]  # fmt: skip
TERMS = [
    *_OF_CONTRACT, ("stream", _TEXT), ("pays", _TEXT), ("is_measured", _FLAG), ("per", _TEXT),
    ("valid_from", _DAY), ("valid_to", _DAY), ("currency", _TEXT), ("ordinal", _INT),
    (AMOUNT, _INT), (EXCESS, _INT), (MEASURE, _INT), (SPLIT, _INT),
]  # fmt: skip
PERIOD_TERMS = [
    *_OF_CONTRACT, ("level", _INT), ("outcome", _TEXT), ("needs_events", _FLAG), ("base", _TEXT), ("currency", _TEXT),
    ("takes", _TEXT), ("taken_period", _TEXT),
    (f"period_{AMOUNT}", _INT), (f"period_{MEASURE}", _INT), (f"period_{SPLIT}", _INT),
]  # fmt: skip
CLAWBACKS = [
    *_OF_CONTRACT, ("term", _INT), ("stream", _TEXT), ("takes", _TEXT), ("depth", _INT), ("valid_from", _DAY),
    ("valid_to", _DAY), ("currency", _TEXT), ("is_endless", _FLAG), ("window_months", _INT), ("window_days", _INT),
    ("is_since_activation", _FLAG), ("skips_suspension", _FLAG), (KEPT, _INT),
]  # fmt: skip
FAMILIES = pyarrow.schema([("scheme", _TEXT), ("scheme_version", _INT), ("component", _TEXT), ("member", _TEXT)])
MEASURES = pyarrow.schema([
    ("counterparty_id", _TEXT), ("contract_id", _TEXT), ("scheme_version", _INT), ("slot", _INT),
    ("of_contract_id", _TEXT), ("measure", _TEXT), ("is_sum", _FLAG), ("plan", _TEXT), ("first_period", _TEXT), ("last_period", _TEXT),
    ("currency", _TEXT), ("of_currency", _TEXT), ("agreed", pyarrow.decimal128(18, 4)),
    ("per", _TEXT), ("at_least", pyarrow.decimal128(18, 6)),
])  # fmt: skip
TOTALS = pyarrow.schema([
    ("contract_id", _TEXT), ("scheme_version", _INT), ("slot", _INT), ("of_contract_id", _TEXT), ("component", _TEXT),
    ("of_period", _TEXT), ("currency", _TEXT), ("of_currency", _TEXT),
])  # fmt: skip
SUBSCRIBER_CAPS = pyarrow.schema([
    *_OF_CONTRACT, ("level", _INT), ("currency", _TEXT), ("is_over_contract", _FLAG), ("at_most", pyarrow.decimal128(18, 4)),
    ("of_version", _INT), ("member", _TEXT),
])  # fmt: skip
LOOKUPS = pyarrow.schema([
    ("lookup", _INT), ("key", _TEXT), ("value", pyarrow.decimal128(18, 6)), ("text_value", _TEXT),
])  # fmt: skip
DELAYS = pyarrow.schema([("stream", _TEXT), ("months", _INT), ("days", _INT)])
ACTIVITIES = pyarrow.schema([("activity", _TEXT), ("days", _INT), ("currency", _TEXT), ("stream", _TEXT)])
KEY_SEPARATOR = chr(31)
"""Stands between the keys of a table's row; no text of a file holds it."""


class Version(Protocol):
    """A scheme version with its rules."""

    scheme: Scheme
    of_events: list[Compiled]
    of_period: list[Compiled]
    rounds: Rounds
    slots: Slots


@dataclass(frozen=True)
class Held:
    """A contract's version and values on some days."""

    contract_id: str
    version: Version
    values: Mapping[str, Value]


class Numbered:
    """Rules, numbered at each place in the order of first use."""

    def __init__(self) -> None:
        self.numbers: dict[Rule, int] = {}
        self.last: dict[str, int] = defaultdict(int)

    def number(self, rule: Rule) -> int:
        """The number of a rule at its place."""
        if rule not in self.numbers:
            self.last[rule.place] += 1
            self.numbers[rule] = self.last[rule.place]
        return self.numbers[rule]

    def table(self, used: set[tuple[str, int]]) -> pyarrow.Table:
        """The rows of the rules that are used."""
        rows = [
            {"place": rule.place, "rule": number, "sql": rule.sql, "is_window": rule.is_window}
            for rule, number in self.numbers.items()
            if (rule.place, number) in used
        ]
        return table(RULES, rows)


@dataclass(frozen=True)
class _End:
    """A rule of the period by the terms of the last days on which its contract has it."""

    counterparty_id: str
    held: Held
    compiled: Compiled
    day: date


class Rows:
    """Collects the rows of the tables, counterparty by counterparty."""

    def __init__(self, period: Period, rules: Numbered, hierarchy: Hierarchy) -> None:
        self.period, self.rules, self.hierarchy = period, rules, hierarchy
        self.terms: list[dict[str, Any]] = []
        self.period_terms: list[dict[str, Any]] = []
        self.measures: list[dict[str, Any]] = []
        self.totals: list[dict[str, Any]] = []
        self.clawbacks: list[dict[str, Any]] = []
        self.families: set[tuple[str, int, str, str]] = set()
        self.subscriber_caps = SubscriberCapRows()
        self.lookups = Lookups()
        self.delays: set[Delay] = set()
        self.activities: set[tuple[Activity, str]] = set()
        self.ages: set[Delay] = set()
        self.used: set[tuple[str, int]] = (
            set()
        )  # places and rules; another's parameters may be columns that no row of terms has
        self._ends: dict[tuple[str, str], _End] = {}
        self._versions: dict[str, dict[tuple[str, int], Version]] = defaultdict(dict)
        self._values: dict[str, Mapping[str, Value]] = {}  # of each contract, by the last days on which it has each
        self._values_under: dict[tuple[str, int], Mapping[str, Value]] = {}  # of its last days under a version

    def add(self, counterparty_id: str, segments: Iterable[tuple[date, date, list[Held]]]) -> None:
        """Adds a counterparty's rules: of each range of days in which nothing changes, what its contracts held."""
        for first_day, last_day, all_held in segments:
            ordinals: dict[str, int] = defaultdict(int)
            for held in all_held:
                version = held.version
                self._versions[counterparty_id][held.contract_id, version.scheme.version] = version
                self._values[held.contract_id] = {**self._values.get(held.contract_id, {}), **held.values}
                self._values_under[held.contract_id, version.scheme.version] = held.values
                for compiled in version.of_events:
                    self.delays |= {compiled.delay} if compiled.delay else set()
                    self.activities |= {(activity, compiled.on) for activity in compiled.activities}
                    self.ages |= {compiled.oldest} if compiled.oldest else set()
                    if compiled.claws_back:
                        self._add_clawbacks(counterparty_id, held, compiled, compiled.claws_back, (first_day, last_day))
                        continue
                    ordinals[compiled.on] += 1
                    self.terms.append({
                        **_of_contract(counterparty_id, held, compiled),
                        "stream": compiled.on, "pays": compiled.pays, "is_measured": compiled.is_measured,
                        "per": compiled.per,
                        "valid_from": first_day, "valid_to": last_day, "ordinal": ordinals[compiled.on],
                        **self._filled(held, compiled, first_day),
                    })  # fmt: skip
                for compiled in version.of_period:  # the terms at the end of the contract's days apply
                    self._ends[held.contract_id, compiled.name] = _End(counterparty_id, held, compiled, first_day)
                self.subscriber_caps.add(counterparty_id, held)

    def _add_clawbacks(
        self, counterparty_id: str, held: Held, compiled: Compiled, of: Clawback, days: tuple[date, date]
    ) -> None:
        """A row for each component that is taken back, and the families that make up their balances."""
        scheme, within = held.version.scheme, of.within
        for name in of.of:
            self.clawbacks.append({
                **_of_contract(counterparty_id, held, compiled), "term": len(self.clawbacks) + 1, "stream": compiled.on,
                "takes": name, "depth": scheme.depth_of(name), "valid_from": days[0], "valid_to": days[1],
                "is_endless": within is None,
                "window_months": within.count if within and within.unit == "months" else 0,
                "window_days": within.count if within and within.unit == "days" else 0,
                "is_since_activation": of.since == "activation", "skips_suspension": of.not_counting == "suspension",
                **self._filled(held, compiled, days[0]),
            })  # fmt: skip
            self.families |= {(scheme.scheme, scheme.version, name, member) for member in scheme.family(name)}

    def families_table(self) -> pyarrow.Table:
        """What makes up the balance of each component that is taken back."""
        return table(FAMILIES, [dict(zip(FAMILIES.names, row, strict=True)) for row in sorted(self.families)])

    def delays_table(self) -> pyarrow.Table:
        """The streams of activations that are looked at later."""
        rows = [
            {
                "stream": of.stream,
                "months": of.count if of.unit == "months" else 0,
                "days": of.count if of.unit == "days" else 0,
            }
            for of in sorted(self.delays, key=lambda of: of.stream)
        ]
        return table(DELAYS, rows)

    def activities_table(self) -> pyarrow.Table:
        """What rules ask of subscribers' first days, and on which streams."""
        rows = [
            {"activity": of.name, "days": of.days, "currency": of.currency, "stream": stream}
            for of, stream in sorted(self.activities)
        ]
        return table(ACTIVITIES, rows)

    def finish(self) -> None:
        """Adds what needs everybody's contracts: the rules of the period, and what stands in their slots."""
        rounds_of = self._rounds()
        most = max((level for of in rounds_of.values() for level in of.levels.values()), default=0)
        for (contract_id, name), end in self._ends.items():
            level = rounds_of[contract_id].levels[name]
            if (
                name in rounds_of[contract_id].looking_at_others
            ):  # after all the rounds of itself and of everybody below
                level += most * (self.hierarchy.height(end.counterparty_id) + 1)
            takes = end.compiled.claws_back
            self.period_terms.append({
                **_of_contract(end.counterparty_id, end.held, end.compiled), "level": level,
                "outcome": end.compiled.outcome, "base": end.compiled.base, "needs_events": end.compiled.needs_events,
                "takes": takes.of[0] if takes else None,
                "taken_period": str(self.period.shifted(-takes.months_ago)) if takes else None,
                **self._filled(end.held, end.compiled, end.day),
            })  # fmt: skip
        for counterparty_id, versions in self._versions.items():
            for (contract_id, number), version in versions.items():
                currency = version.scheme.currency
                of_version = {
                    "contract_id": contract_id, "scheme_version": number, "currency": currency, "of_currency": currency,
                }  # fmt: skip
                for slot, measured in enumerate(version.slots.measures, 1):
                    self.measures += self._measured(
                        counterparty_id, of_version | {"slot": slot}, measured, version.scheme
                    )
                for slot, (name, earned) in enumerate(version.slots.totals, 1):
                    row = of_version | {"slot": slot, "of_period": self._when(earned)}
                    if isinstance(earned, OfOthers):
                        self.totals += [row | of for of in self._earned(counterparty_id, earned, rounds_of)]
                    else:
                        self.totals.append(row | {"of_contract_id": contract_id, "component": name})

    def _rounds(self) -> dict[str, Rounds]:
        """The rounds of each contract's rules of the period; they are its version's, unless two met in the period."""
        of_contract: dict[str, dict[str, Version]] = defaultdict(dict)
        for (contract_id, name), end in self._ends.items():
            of_contract[contract_id][name] = end.held.version
        found: dict[str, Rounds] = {}
        for contract_id, versions in of_contract.items():
            [one, *others] = {id(version): version for version in versions.values()}.values()
            met = {name: version.scheme for name, version in versions.items()}
            found[contract_id] = rounds(met) if others else one.rounds
        return found

    def _measured(
        self, counterparty_id: str, row: dict[str, Any], slot: MeasureSlot, scheme: Scheme
    ) -> list[dict[str, Any]]:
        """The rows of a slot of measures: which measure of which contract, over which periods."""
        first, last = self._span(slot.span, slot.months_ago)
        row = row | {
            "counterparty_id": counterparty_id, "is_sum": slot.is_sum, "plan": slot.plan, "per": slot.per,
            "first_period": first, "last_period": last,
        }  # fmt: skip
        if slot.sharers:
            sharers = self._sharers(counterparty_id, row["contract_id"], slot.sharers)
            agreed: dict[str, Decimal] = {}
            if slot.is_attribute:
                agreed = self._whole_shares(self._sharers(counterparty_id, row["contract_id"], "all"), slot.measure)
            rows = [
                row | {"of_contract_id": contract_id, "measure": slot.measure, "agreed": agreed.get(contract_id)}
                for contract_id in sharers
            ]
            return rows or [row | {"of_contract_id": "", "measure": slot.measure}]
        if slot.at_least is not None:
            values, bound = self._values_under[row["contract_id"], scheme.version], slot.at_least
            by = scheme.measures[slot.measure]
            row["is_sum"], row["per"] = by.sum is not None, by.per
            row["at_least"] = values[bound] if isinstance(bound, str) else bound
        if slot.of_others is None:
            return [row | {"of_contract_id": row["contract_id"], "measure": slot.measure}]
        others = self.hierarchy.whose(counterparty_id, slot.of_others)
        contracts = sorted({
            (contract_id, version.scheme.currency)
            for other in others
            for (contract_id, _), version in self._versions.get(other, {}).items()
        })  # fmt: skip
        rows = [
            row
            | {
                "of_contract_id": contract_id,
                "measure": name,
                "of_currency": currency if slot.is_sum else row["currency"],  # what is counted is no money
            }
            for contract_id, currency in contracts
            for name in slot.of_others.names
        ]
        return rows or [row | {"of_contract_id": "", "measure": slot.measure}]  # nobody: nothing is counted

    def _sharers(self, counterparty_id: str, contract_id: str, which: Sharers) -> list[str]:
        """The contracts that share one pay: the whole group's under the same scheme, all or those before this one."""
        of_contract = {contract: version for (contract, _), version in self._versions[counterparty_id].items()}
        scheme = of_contract[contract_id].scheme.scheme
        sharers = sorted({
            (other, contract)
            for other in self.hierarchy.whole_group(counterparty_id)
            for (contract, _), version in self._versions.get(other, {}).items()
            if version.scheme.scheme == scheme
        })  # fmt: skip
        own = (counterparty_id, contract_id)
        return [
            sharer[1] for sharer in sharers if which == "all" or sharer < own or (which == "up_to" and sharer == own)
        ]

    def _whole_shares(self, contracts: list[str], attribute: str) -> dict[str, Decimal]:
        """What contracts have agreed to as their shares; nothing unless they are exact to four places and make one whole.

        A version may drop the attribute within the period: what a contract agreed to on the last day it had one holds.
        """
        shares = {contract_id: self._values[contract_id].get(attribute) for contract_id in contracts}
        if any(not isinstance(share, Decimal) or share != round(share, 4) for share in shares.values()):
            return {}
        return shares if sum(shares.values()) == 1 else {}  # type: ignore[arg-type, return-value]

    def _earned(self, counterparty_id: str, earned: OfOthers, rounds_of: Mapping[str, Rounds]) -> list[dict[str, Any]]:
        """The contracts and components of others whose totals are added up.

        What looks at the group is no part of it: by the version by which it is reckoned, where two met in the period.
        """
        found = {
            (contract_id, name, version.scheme.currency)
            for other in self.hierarchy.whose(counterparty_id, earned)
            for (contract_id, _), version in self._versions.get(other, {}).items()
            for name in earned.names or (*version.scheme.components, *version.scheme.limits)
            if other != counterparty_id
            or contract_id not in rounds_of  # it has no rules of the period
            or name not in rounds_of[contract_id].looking_at_others
        }
        rows = [
            {"of_contract_id": contract_id, "component": name, "of_currency": currency}
            for contract_id, name, currency in sorted(found)
        ]
        return rows or [{"of_contract_id": "", "component": ""}]

    def _when(self, earned: Earned) -> str:
        """Of when a total is: now, before, or the period that is looked at again."""
        if isinstance(earned, int):
            return str(self.period.shifted(-earned))
        return earned if isinstance(earned, str) else "now"

    def _span(self, span: Span, months_ago: int) -> tuple[str, str]:
        """The first and the last period of a span, as texts that compare in time's order."""
        if span == "ago":
            ago = str(self.period.shifted(-months_ago))
            return ago, ago
        since = span.removeprefix("before_")
        earlier = {"period": 0, "quarter": self.period.month_of_quarter - 1, "year": self.period.month - 1}
        first = "" if since == "contract" else str(self.period.shifted(-earlier[since]))
        return first, str(self.period if since == span else self.period.previous)

    def _filled(self, held: Held, compiled: Compiled, day: date) -> dict[str, Any]:
        """The numbers of a row's rules, and the values of its parameters."""
        numbers = {rule.place: self.rules.number(rule) for rule in compiled.rules}
        self.used |= numbers.items()
        scheme = held.version.scheme
        filled: dict[str, Any] = {"currency": scheme.currency, **numbers}
        for column, (kind, filling) in compiled.parameters.items():
            if kind == "table":
                filled[column] = self.lookups.number(scheme.tables[filling], day)  # type: ignore[index]
            elif kind == "month":
                filled[column] = month(str(filling), self.period)
            else:
                filled[column] = held.values[filling] if kind == "name" else filling  # type: ignore[index]
        return filled


def _of_contract(counterparty_id: str, held: Held, compiled: Compiled) -> dict[str, Any]:
    scheme = held.version.scheme
    return {
        "counterparty_id": counterparty_id, "contract_id": held.contract_id, "scheme": scheme.scheme,
        "scheme_version": scheme.version, "component": compiled.name,
    }  # fmt: skip


class Lookups:
    """The rows of tables as they hold on days, each distinct set of rows numbered once."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._numbers: dict[tuple, int] = {}

    def number(self, of: Table, day: date) -> int:
        """The number of a table's rows as they hold on a day."""
        held: list[tuple[str, Value]] = []
        for row in of.rows:
            begun = [dated.value for dated in row.values if dated.valid_from <= day]
            if begun:
                held.append((KEY_SEPARATOR.join(row.keys), begun[-1]))
        key = (of.type == "text", tuple(held))
        if key not in self._numbers:
            self._numbers[key] = number = len(self._numbers) + 1
            column = "text_value" if of.type == "text" else "value"
            self.rows += [{"lookup": number, "key": of_row, column: value} for of_row, value in held]
        return self._numbers[key]


def wide_table(of_all: list[tuple[str, pyarrow.DataType]], rows: list[dict[str, Any]]) -> pyarrow.Table:
    """A table with the columns that some rows have besides those of all, in a fixed order."""
    further = {name for row in rows for name in row} - {name for name, _ in of_all}
    kinds = [
        "condition", "period_condition", "clawback_condition", "lookup", "lookup_key", "period_lookup_key",
        "clawback_lookup_key", *_PARAMETER_TYPES,
    ]  # fmt: skip

    def order(name: str) -> tuple[int, int]:  # money_2: the second parameter of the type money
        kind = "_".join(part for part in name.split("_") if not part.isdigit())
        return kinds.index(kind), int(next(part for part in name.split("_") if part.isdigit()))

    columns = [(name, _PARAMETER_TYPES.get(name.split("_")[0], _INT)) for name in sorted(further, key=order)]
    return table(pyarrow.schema([*of_all, *columns]), rows)


def table(schema: pyarrow.Schema, rows: list[dict[str, Any]]) -> pyarrow.Table:
    return pyarrow.table(
        {of.name: pyarrow.array([row.get(of.name) for row in rows], of.type) for of in schema}, schema=schema
    )
