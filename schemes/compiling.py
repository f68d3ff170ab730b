"""From contracts and scheme versions to tables: what each contract's components pay, and from which day to which.

The tables are a run's inputs: `rules` (SQL by place), `terms` (a contract's rules of events, by range of days),
`period_terms` (its rules of the period as a whole), `measures` and `totals` (what stands in the slots that those
rules read), `lookups` (the rows of tables). Values are resolved once a distinct set of attribute values, not once
a contract; the same contracts give the same tables, row for row.

The days of a counterparty's contracts are cut at common dates into segments, so that within a segment its
components of a stream can be numbered 1, 2, 3… (`ordinal`): counting lines of ordinal 1 counts events.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow

from prm.errors import PrmError
from prm.period import Period
from prm.words import Words
from schemes.dependencies import levels
from schemes.model import Attribute, Scheme, Table, Value
from schemes.reading import RU_HINTS, RU_TYPES, typed
from schemes.rules import AMOUNT, MEASURE, SPLIT, Compiled, Rule, event_rules, period_rules
from schemes.slots import Slots, Span

_TEXT, _DAY, _INT, _FLAG = pyarrow.string(), pyarrow.date32(), pyarrow.int32(), pyarrow.bool_()
_PARAMETER_TYPES = {
    "money": pyarrow.decimal128(18, 4), "share": pyarrow.decimal128(9, 6), "number": pyarrow.decimal128(18, 6),
    "text": _TEXT, "date": _DAY, "flag": _FLAG,
}  # fmt: skip
RULES = pyarrow.schema([("place", _TEXT), ("rule", _INT), ("sql", _TEXT), ("is_window", _FLAG)])
_OF_CONTRACT = [
    ("counterparty_id", _TEXT), ("contract_id", _TEXT), ("scheme", _TEXT), ("scheme_version", _INT), ("component", _TEXT),
]  # fmt: skip
TERMS = [
    *_OF_CONTRACT, ("stream", _TEXT), ("pays", _TEXT), ("is_measured", _FLAG), ("valid_from", _DAY), ("valid_to", _DAY),
    ("currency", _TEXT), ("ordinal", _INT), (AMOUNT, _INT), (MEASURE, _INT), (SPLIT, _INT),
]  # fmt: skip
PERIOD_TERMS = [
    *_OF_CONTRACT, ("level", _INT), ("outcome", _TEXT), ("needs_events", _FLAG), ("base", _TEXT), ("currency", _TEXT),
    (f"period_{AMOUNT}", _INT), (f"period_{MEASURE}", _INT), (f"period_{SPLIT}", _INT),
]  # fmt: skip
MEASURES = pyarrow.schema([
    ("counterparty_id", _TEXT), ("contract_id", _TEXT), ("scheme_version", _INT), ("slot", _INT), ("measure", _TEXT),
    ("is_sum", _FLAG), ("plan", _TEXT), ("first_period", _TEXT), ("last_period", _TEXT),
])  # fmt: skip
TOTALS = pyarrow.schema([
    ("contract_id", _TEXT), ("scheme_version", _INT), ("slot", _INT), ("component", _TEXT),
])  # fmt: skip
LOOKUPS = pyarrow.schema([
    ("lookup", _INT), ("key", _TEXT), ("value", pyarrow.decimal128(18, 6)), ("text_value", _TEXT),
])  # fmt: skip
KEY_SEPARATOR = chr(31)
"""Stands between the keys of a table's row; no text of a file holds it."""


@dataclass(frozen=True)
class ContractProblem:
    """Why a contract earns nothing in a run: it is left out and listed, never guessed about."""

    contract_id: str
    message: Words


@dataclass(frozen=True)
class CompiledTerms:
    """A run's rules as tables, and the contracts that could not be used."""

    rules: pyarrow.Table
    terms: pyarrow.Table
    period_terms: pyarrow.Table
    measures: pyarrow.Table
    totals: pyarrow.Table
    lookups: pyarrow.Table
    problems: list[ContractProblem]


TABLES = tuple(of.name for of in fields(CompiledTerms) if of.name != "problems")
"""The names of the tables."""


class _NotAcceptable(Exception):
    """A contract's value that its scheme does not allow."""

    def __init__(self, en: str, ru: str) -> None:
        super().__init__(en)
        self.words = Words(en=en, ru=ru)


@dataclass(frozen=True)
class _Contract:
    contract_id: str
    scheme: str
    valid_from: date
    valid_to: date
    values: tuple[tuple[str, date, str], ...]  # attribute, first day, value as written


@dataclass
class _Version:
    """A scheme version with its rules; resolves a contract's values to rows, remembering each distinct set."""

    scheme: Scheme
    of_events: list[Compiled]
    of_period: list[Compiled]
    levels: dict[str, int]
    slots: Slots
    resolved: dict[tuple, dict[str, Value]] = field(default_factory=dict)

    def values(self, written: Mapping[str, str], day: date) -> dict[str, Value]:
        """All attributes and terms of the scheme as they hold on a day; _NotAcceptable where one does not fit."""
        terms = tuple(term.on(day) for term in self.scheme.terms.values())
        key = (tuple(sorted(written.items())), terms)
        if key not in self.resolved:
            values: dict[str, Value] = dict(zip(self.scheme.terms, terms, strict=True))  # type: ignore[arg-type]
            for name, attribute in self.scheme.attributes.items():
                values[name] = _acceptable(attribute, written[name]) if name in written else attribute.default
            if unknown := sorted(set(written) - set(self.scheme.attributes)):
                named = f"{self.scheme.scheme} v{self.scheme.version}"
                raise _NotAcceptable(
                    f"scheme {named} has no attribute {unknown[0]}", f"у схемы {named} нет атрибута {unknown[0]}"
                )
            self.resolved[key] = values
        return self.resolved[key]


def compile_terms(
    contracts: Iterable[Mapping[str, Any]],
    attributes: Iterable[Mapping[str, Any]],
    versions: Iterable[Scheme],
    period: Period,
) -> CompiledTerms:
    """The tables of a period's terms.

    contracts: rows with contract_id, counterparty_id, scheme, valid_from, valid_to (None: open-ended), status,
    currency. attributes: rows with contract_id, attribute, valid_from, value (as written). versions: every
    scheme version there is. Contracts that are not active get no terms; those whose scheme, currency or
    attribute values do not fit are returned as problems.
    """
    rules = _Numbered()
    known = _versions(versions, rules)
    written: dict[str, list[tuple[str, date, str]]] = defaultdict(list)
    for row in attributes:
        written[row["contract_id"]].append((row["attribute"], row["valid_from"], row["value"]))

    problems: list[ContractProblem] = []
    by_counterparty: dict[str, list[_Contract]] = defaultdict(list)
    for row in contracts:
        first, last = max(row["valid_from"], period.start), min(row["valid_to"] or date.max, period.end)
        if row["status"] != "active" or first > last:
            continue
        values = tuple(sorted(written[row["contract_id"]]))
        contract = _Contract(row["contract_id"], row["scheme"], first, last, values)
        if problem := _problem(contract, row["currency"], known):
            problems.append(problem)
        else:
            by_counterparty[row["counterparty_id"]].append(contract)

    rows = _Rows(period, rules)
    for counterparty_id in sorted(by_counterparty):
        held = sorted(by_counterparty[counterparty_id], key=lambda contract: contract.contract_id)
        rows.add(counterparty_id, held, known)
    return CompiledTerms(
        rules=rules.table(rows.used),
        terms=_wide_table(TERMS, rows.terms),
        period_terms=_wide_table(PERIOD_TERMS, rows.period_terms),
        measures=_table(MEASURES, rows.measures),
        totals=_table(TOTALS, rows.totals),
        lookups=_table(LOOKUPS, rows.lookups.rows),
        problems=sorted(problems, key=lambda problem: problem.contract_id),
    )


class _Numbered:
    """Rules, numbered at each place in the order of first use."""

    def __init__(self) -> None:
        self.numbers: dict[Rule, int] = {}
        self.last: dict[str, int] = defaultdict(int)

    def number(self, rule: Rule) -> int:
        if rule not in self.numbers:
            self.last[rule.place] += 1
            self.numbers[rule] = self.last[rule.place]
        return self.numbers[rule]

    def table(self, used: set[tuple[str, int]]) -> pyarrow.Table:
        rows = [
            {"place": rule.place, "rule": number, "sql": rule.sql, "is_window": rule.is_window}
            for rule, number in self.numbers.items()
            if (rule.place, number) in used
        ]
        return _table(RULES, rows)


def _versions(versions: Iterable[Scheme], rules: _Numbered) -> dict[str, list[_Version]]:
    """Versions by scheme, in the order of their first day."""
    known: dict[str, list[_Version]] = defaultdict(list)
    for scheme in sorted(versions, key=lambda scheme: (scheme.scheme, scheme.version)):
        slots = Slots()
        version = _Version(scheme, event_rules(scheme, slots), period_rules(scheme, slots), levels(scheme), slots)
        for compiled in (*version.of_events, *version.of_period):
            for rule in compiled.rules:
                rules.number(rule)
        known[scheme.scheme].append(version)
    for of_scheme in known.values():
        of_scheme.sort(key=lambda version: (version.scheme.valid_from, version.scheme.version))
    return known


def _on(versions: list[_Version], day: date) -> _Version | None:
    """The version in force on a day: the last whose first day has come."""
    begun = [version for version in versions if version.scheme.valid_from <= day]
    return begun[-1] if begun else None


def _held(contract: _Contract, day: date) -> dict[str, str]:
    """The contract's own values on a day: the last of each attribute whose first day has come."""
    return {name: value for name, valid_from, value in contract.values if valid_from <= day}


def _cuts(contract: _Contract, known: dict[str, list[_Version]]) -> set[date]:
    """The days on which something changes for a contract, its first day included, and the day after its last."""
    days = {contract.valid_from, contract.valid_to + timedelta(days=1)}
    days |= {valid_from for _, valid_from, _ in contract.values}
    for version in known[contract.scheme]:
        days.add(version.scheme.valid_from)
        days |= {dated.valid_from for term in version.scheme.terms.values() for dated in term.values}
        days |= {
            dated.valid_from for table in version.scheme.tables.values() for row in table.rows for dated in row.values
        }
    return {day for day in days if contract.valid_from <= day <= contract.valid_to + timedelta(days=1)}


def _problem(contract: _Contract, currency: str, known: dict[str, list[_Version]]) -> ContractProblem | None:
    def problem(en: str, ru: str) -> ContractProblem:
        return ContractProblem(contract.contract_id, Words(en=en, ru=ru))

    if contract.scheme not in known:
        return problem(f"scheme '{contract.scheme}' is not known", f"схема «{contract.scheme}» неизвестна")
    for day in sorted(_cuts(contract, known))[:-1]:
        version = _on(known[contract.scheme], day)
        if version is None:
            first = known[contract.scheme][0].scheme.valid_from
            return problem(
                f"scheme '{contract.scheme}' has no version before {first}",
                f"у схемы «{contract.scheme}» нет версии до {first}",
            )
        if version.scheme.currency != currency:
            return problem(
                f"the contract is in {currency}, its scheme in {version.scheme.currency}",
                f"валюта договора {currency}, а схемы {version.scheme.currency}",
            )
        try:
            version.values(_held(contract, day), day)
        except _NotAcceptable as error:
            return problem(error.words.en, error.words.ru)
    return None


def _acceptable(attribute: Attribute, written: str) -> Value:
    """A contract's value, typed and in the range; _NotAcceptable where it isn't."""
    name = attribute.name
    try:
        value = typed(written, attribute.type)
    except PrmError as error:
        hint = RU_HINTS[attribute.type]
        raise _NotAcceptable(
            f"{name}: {error}", f"{name}: «{written}» не подходит, нужен тип «{RU_TYPES[attribute.type]}». {hint}"
        ) from None
    if attribute.between and isinstance(value, Decimal):
        low, high = attribute.between
        if not low <= value <= high:
            raise _NotAcceptable(
                f"{name} is {value}, outside {low} to {high}", f"{name} = {value}, допускается от {low} до {high}"
            )
    return value


class _Rows:
    """Collects the rows of the tables, counterparty by counterparty."""

    def __init__(self, period: Period, rules: _Numbered) -> None:
        self.period, self.rules = period, rules
        self.terms: list[dict[str, Any]] = []
        self.period_terms: list[dict[str, Any]] = []
        self.measures: list[dict[str, Any]] = []
        self.totals: list[dict[str, Any]] = []
        self.lookups = _Lookups()
        self.used: set[tuple[str, int]] = (
            set()
        )  # places and rules; another's parameters may be columns that no row of terms has

    def add(self, counterparty_id: str, contracts: list[_Contract], known: dict[str, list[_Version]]) -> None:
        cuts = sorted(set().union(*(_cuts(contract, known) for contract in contracts)))
        ends: dict[tuple[str, str], tuple[_Contract, _Version, dict[str, Value], date]] = {}
        for first_day, next_day in itertools.pairwise(cuts):
            ordinals: dict[str, int] = defaultdict(int)
            for contract in contracts:
                if not contract.valid_from <= first_day <= contract.valid_to:
                    continue
                version = _on(known[contract.scheme], first_day)
                assert version is not None  # _problem has left such contracts out
                values = version.values(_held(contract, first_day), first_day)
                for compiled in version.of_events:
                    ordinals[compiled.on] += 1
                    self.terms.append({
                        **_of_contract(counterparty_id, contract, version, compiled),
                        "stream": compiled.on, "pays": compiled.pays, "is_measured": compiled.is_measured,
                        "valid_from": first_day, "valid_to": next_day - timedelta(days=1), "ordinal": ordinals[compiled.on],
                        **self._filled(version, compiled, values, first_day),
                    })  # fmt: skip
                for compiled in version.of_period:  # the terms at the end of the contract's days apply
                    ends[contract.contract_id, compiled.name] = (contract, version, values, first_day)
        self._of_period(counterparty_id, ends)

    def _of_period(
        self, counterparty_id: str, ends: dict[tuple[str, str], tuple[_Contract, _Version, dict[str, Value], date]]
    ) -> None:
        for (_, name), (contract, version, values, day) in ends.items():
            compiled = next(of for of in version.of_period if of.name == name)
            self.period_terms.append({
                **_of_contract(counterparty_id, contract, version, compiled),
                "level": version.levels[name], "outcome": compiled.outcome, "base": compiled.base,
                "needs_events": compiled.needs_events,
                **self._filled(version, compiled, values, day),
            })  # fmt: skip
        versions = {(c.contract_id, v.scheme.version): (c, v) for c, v, *_ in ends.values()}
        for contract, version in versions.values():
            of_version = {"contract_id": contract.contract_id, "scheme_version": version.scheme.version}
            for slot, measured in enumerate(version.slots.measures, 1):
                first, last = self._span(measured.span, measured.months_ago)
                self.measures.append({
                    **of_version, "counterparty_id": counterparty_id, "slot": slot, "measure": measured.measure,
                    "is_sum": measured.is_sum, "plan": measured.plan, "first_period": first, "last_period": last,
                })  # fmt: skip
            for slot, name in enumerate(version.slots.totals, 1):
                self.totals.append({**of_version, "slot": slot, "component": name})

    def _span(self, span: Span, months_ago: int) -> tuple[str, str]:
        """The first and the last period of a span, as texts that compare in time's order."""
        now, january = str(self.period), f"{self.period.start.year}-01"
        if span == "ago":
            ago = str(self.period.shifted(-months_ago))
            return ago, ago
        first = {"period": now, "year": january, "before_year": january}.get(span, "")
        return first, str(self.period.shifted(-1)) if span.startswith("before") else now

    def _filled(self, version: _Version, compiled: Compiled, values: Mapping[str, Value], day: date) -> dict[str, Any]:
        """The numbers of a row's rules, and the values of its parameters."""
        numbers = {rule.place: self.rules.number(rule) for rule in compiled.rules}
        self.used |= numbers.items()
        filled: dict[str, Any] = {"currency": version.scheme.currency, **numbers}
        for column, (kind, filling) in compiled.parameters.items():
            if kind == "table":
                filled[column] = self.lookups.number(version.scheme.tables[filling], day)  # type: ignore[index]
            else:
                filled[column] = values[filling] if kind == "name" else filling  # type: ignore[index]
        return filled


def _of_contract(counterparty_id: str, contract: _Contract, version: _Version, compiled: Compiled) -> dict[str, Any]:
    return {
        "counterparty_id": counterparty_id, "contract_id": contract.contract_id, "scheme": contract.scheme,
        "scheme_version": version.scheme.version, "component": compiled.name,
    }  # fmt: skip


class _Lookups:
    """The rows of tables as they hold on days, each distinct set of rows numbered once."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._numbers: dict[tuple, int] = {}

    def number(self, table: Table, day: date) -> int:
        held: list[tuple[str, Value]] = []
        for row in table.rows:
            begun = [dated.value for dated in row.values if dated.valid_from <= day]
            if begun:
                held.append((KEY_SEPARATOR.join(row.keys), begun[-1]))
        key = (table.type == "text", tuple(held))
        if key not in self._numbers:
            self._numbers[key] = number = len(self._numbers) + 1
            column = "text_value" if table.type == "text" else "value"
            self.rows += [{"lookup": number, "key": of_row, column: value} for of_row, value in held]
        return self._numbers[key]


def _wide_table(of_all: list[tuple[str, pyarrow.DataType]], rows: list[dict[str, Any]]) -> pyarrow.Table:
    """A table with the columns that some rows have besides those of all, in a fixed order."""
    further = {name for row in rows for name in row} - {name for name, _ in of_all}
    kinds = ["condition", "period_condition", "lookup", "lookup_key", "period_lookup_key", *_PARAMETER_TYPES]

    def order(name: str) -> tuple[int, int]:  # money_2: the second parameter of the type money
        kind = "_".join(part for part in name.split("_") if not part.isdigit())
        return kinds.index(kind), int(next(part for part in name.split("_") if part.isdigit()))

    columns = [(name, _PARAMETER_TYPES.get(name.split("_")[0], _INT)) for name in sorted(further, key=order)]
    return _table(pyarrow.schema([*of_all, *columns]), rows)


def _table(schema: pyarrow.Schema, rows: list[dict[str, Any]]) -> pyarrow.Table:
    return pyarrow.table(
        {of.name: pyarrow.array([row.get(of.name) for row in rows], of.type) for of in schema}, schema=schema
    )
