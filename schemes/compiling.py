"""From contracts and scheme versions to tables: what each contract's components pay, and from which day to which.

The four tables (`rules`, `terms`, `tier_steps`, `limits`) are a run's inputs. Values are resolved once a
distinct set of attribute values, not once a contract; the same contracts give the same tables, row for row.

The days of a counterparty's contracts are cut at common dates into segments, so that within a segment its
components of a stream can be numbered 1, 2, 3… (`ordinal`): counting lines of ordinal 1 counts events.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow

from prm.errors import PrmError
from prm.period import Period
from prm.words import Words
from schemes.model import Attribute, Component, Scheme, Tiers, Value
from schemes.reading import RU_HINTS, RU_TYPES, typed
from schemes.rules import AMOUNT, MEASURE, Rule, rules_of

_TEXT, _DAY, _INT = pyarrow.string(), pyarrow.date32(), pyarrow.int32()
_MONEY = pyarrow.decimal128(18, 4)
_PARAMETER_TYPES = {
    "money": _MONEY, "share": pyarrow.decimal128(9, 6), "number": pyarrow.decimal128(18, 6),
    "text": _TEXT, "date": _DAY, "flag": pyarrow.bool_(),
}  # fmt: skip
RULES = pyarrow.schema([("place", _TEXT), ("rule", _INT), ("sql", _TEXT), ("is_window", pyarrow.bool_())])
TERMS = [
    ("counterparty_id", _TEXT), ("contract_id", _TEXT), ("scheme", _TEXT), ("scheme_version", _INT),
    ("component", _TEXT), ("stream", _TEXT), ("pays", _TEXT), ("valid_from", _DAY), ("valid_to", _DAY),
    ("currency", _TEXT), ("places", _INT), ("rounding_mode", _TEXT), ("ordinal", _INT), (AMOUNT, _INT), (MEASURE, _INT),
]  # fmt: skip
TIER_STEPS = pyarrow.schema([
    ("contract_id", _TEXT), ("component", _TEXT), ("scheme", _TEXT), ("scheme_version", _INT),
    ("by", _TEXT), ("counting", _TEXT), ("step", _INT), ("above", _MONEY), ("includes_threshold", pyarrow.bool_()),
    ("rate", pyarrow.decimal128(18, 6)), ("currency", _TEXT), ("places", _INT), ("rounding_mode", _TEXT),
])  # fmt: skip
LIMITS = pyarrow.schema([
    ("contract_id", _TEXT), ("limit_name", _TEXT), ("component", _TEXT), ("scheme", _TEXT),
    ("scheme_version", _INT), ("at_most", _MONEY), ("currency", _TEXT),
])  # fmt: skip


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
    tier_steps: pyarrow.Table
    limits: pyarrow.Table
    problems: list[ContractProblem]


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


@dataclass(frozen=True)
class _Compiled:
    """A component with the numbers of its rules by their places, and what fills its parameters."""

    component: Component
    rules: Mapping[str, int]
    slots: Mapping[str, tuple[str, Value]]


@dataclass
class _Version:
    """A scheme version with its rules; resolves a contract's values to rows, remembering each distinct set."""

    scheme: Scheme
    components: list[_Compiled]
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

    rows = _Rows()
    for counterparty_id in sorted(by_counterparty):
        held = sorted(by_counterparty[counterparty_id], key=lambda contract: contract.contract_id)
        rows.add(counterparty_id, held, known)
    return CompiledTerms(
        rules=rules.table(rows.used),
        terms=rows.terms_table(),
        tier_steps=_table(TIER_STEPS, rows.tier_steps),
        limits=_table(LIMITS, rows.limits),
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
        components = []
        for component in scheme.components.values():
            of_component, parameters = rules_of(scheme, component)
            numbers = {rule.place: rules.number(rule) for rule in of_component}
            components.append(_Compiled(component, numbers, parameters.slots))
        known[scheme.scheme].append(_Version(scheme, components))
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

    def __init__(self) -> None:
        self.terms: list[dict[str, Any]] = []
        self.tier_steps: list[dict[str, Any]] = []
        self.limits: list[dict[str, Any]] = []
        self.used: set[tuple[str, int]] = (
            set()
        )  # places and rules; another's parameters may be columns that no row of terms has

    def add(self, counterparty_id: str, contracts: list[_Contract], known: dict[str, list[_Version]]) -> None:
        cuts = sorted(set().union(*(_cuts(contract, known) for contract in contracts)))
        last: dict[tuple[str, str], tuple[_Contract, _Version, Component, dict[str, Value]]] = {}
        ends: dict[str, tuple[_Contract, _Version, dict[str, Value]]] = {}  # each contract's last version and values
        for first_day, next_day in itertools.pairwise(cuts):
            ordinals: dict[str, int] = defaultdict(int)
            for contract in contracts:
                if not contract.valid_from <= first_day <= contract.valid_to:
                    continue
                version = _on(known[contract.scheme], first_day)
                assert version is not None  # _problem has left such contracts out
                values = version.values(_held(contract, first_day), first_day)
                ends[contract.contract_id] = (contract, version, values)
                for compiled in version.components:
                    component = compiled.component
                    ordinals[component.on] += 1
                    self.used |= compiled.rules.items()
                    last[contract.contract_id, component.name] = (contract, version, component, values)
                    self.terms.append({
                        "counterparty_id": counterparty_id, "contract_id": contract.contract_id,
                        "scheme": contract.scheme, "scheme_version": version.scheme.version,
                        "component": component.name, "stream": component.on,
                        "pays": "volume" if isinstance(component.pay, Tiers) else "amount",
                        "valid_from": first_day, "valid_to": next_day - timedelta(days=1),
                        "currency": version.scheme.currency, "places": version.scheme.rounding.places,
                        "rounding_mode": version.scheme.rounding.mode, "ordinal": ordinals[component.on],
                        **compiled.rules,
                        **{
                            column: values[filling] if of == "name" else filling  # type: ignore[index]
                            for column, (of, filling) in compiled.slots.items()
                        },
                    })  # fmt: skip
        self._tiers(last)
        self._limits(ends)

    def _tiers(self, last: dict) -> None:
        for contract, version, component, values in last.values():
            if not isinstance(component.pay, Tiers):
                continue
            tiers = component.pay
            for number, step in enumerate(tiers.steps, 1):
                above = step.threshold
                if tiers.by == "count" and tiers.boundary == "from" and above > 0:
                    above -= 1  # a count of exactly N belongs to this tier: more than N - 1
                self.tier_steps.append({
                    "contract_id": contract.contract_id, "component": component.name,
                    "scheme": contract.scheme, "scheme_version": version.scheme.version, "by": tiers.by,
                    "counting": tiers.counting, "step": number, "above": above,
                    "includes_threshold": tiers.by == "sum" and tiers.boundary == "from",
                    "rate": _operand(step.rate, values), "currency": version.scheme.currency,
                    "places": version.scheme.rounding.places, "rounding_mode": version.scheme.rounding.mode,
                })  # fmt: skip

    def _limits(self, ends: dict[str, tuple[_Contract, _Version, dict[str, Value]]]) -> None:
        for contract, version, values in ends.values():
            for limit in version.scheme.limits.values():
                self.limits += [
                    {
                        "contract_id": contract.contract_id, "limit_name": limit.name, "component": component,
                        "scheme": contract.scheme, "scheme_version": version.scheme.version,
                        "at_most": _operand(limit.at_most, values), "currency": version.scheme.currency,
                    }
                    for component in limit.of
                ]  # fmt: skip

    def terms_table(self) -> pyarrow.Table:
        further = {name for row in self.terms for name in row} - {name for name, _ in TERMS}
        kinds = ["condition", *_PARAMETER_TYPES]  # money_2: the second parameter of the type money
        split = sorted((kinds.index(kind), int(number)) for kind, number in (name.split("_") for name in further))
        columns = [(f"{kinds[at]}_{number}", _PARAMETER_TYPES.get(kinds[at], _INT)) for at, number in split]
        return _table(pyarrow.schema([*TERMS, *columns]), self.terms)


def _operand(rate: Decimal | str, values: Mapping[str, Value]) -> Value:
    return values[rate] if isinstance(rate, str) else rate


def _table(schema: pyarrow.Schema, rows: list[dict[str, Any]]) -> pyarrow.Table:
    return pyarrow.table(
        {of.name: pyarrow.array([row.get(of.name) for row in rows], of.type) for of in schema}, schema=schema
    )
