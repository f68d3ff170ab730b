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
from schemes.model import Component, Scheme, Tiers, Value
from schemes.reading import typed
from schemes.rules import Rule, rule_of

_TEXT, _DAY, _INT = pyarrow.string(), pyarrow.date32(), pyarrow.int32()
_MONEY = pyarrow.decimal128(18, 4)
_PARAMETER_TYPES = {
    "money": _MONEY, "share": pyarrow.decimal128(9, 6), "number": pyarrow.decimal128(18, 6),
    "text": _TEXT, "date": _DAY, "flag": pyarrow.bool_(),
}  # fmt: skip
RULES = pyarrow.schema([
    ("rule", _INT), ("stream", _TEXT), ("pays", _TEXT), ("conditions", pyarrow.list_(_TEXT)),
    ("amount_sql", _TEXT), ("measure_sql", _TEXT), ("window_conditions", pyarrow.list_(_INT)),
])  # fmt: skip
TERMS = [
    ("counterparty_id", _TEXT), ("contract_id", _TEXT), ("scheme", _TEXT), ("scheme_version", _INT),
    ("component", _TEXT), ("stream", _TEXT), ("pays", _TEXT), ("rule", _INT), ("valid_from", _DAY),
    ("valid_to", _DAY), ("currency", _TEXT), ("places", _INT), ("rounding_mode", _TEXT), ("ordinal", _INT),
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
    components: list[tuple[Component, int, Mapping[str, tuple[str, Value]]]]
    resolved: dict[tuple, dict[str, Value]] = field(default_factory=dict)

    def values(self, written: Mapping[str, str], day: date) -> dict[str, Value]:
        """All attributes and terms of the scheme as they hold on a day; PrmError where one is not acceptable."""
        terms = tuple(term.on(day) for term in self.scheme.terms.values())
        key = (tuple(sorted(written.items())), terms)
        if key not in self.resolved:
            values: dict[str, Value] = dict(zip(self.scheme.terms, terms, strict=True))  # type: ignore[arg-type]
            for name, attribute in self.scheme.attributes.items():
                values[name] = typed(written[name], attribute.type) if name in written else attribute.default
                low_high = attribute.between
                value = values[name]
                if low_high and isinstance(value, Decimal) and not low_high[0] <= value <= low_high[1]:
                    raise PrmError(f"{name} is {value}, outside {low_high[0]} to {low_high[1]}.")
            if unknown := sorted(set(written) - set(self.scheme.attributes)):
                raise PrmError(f"scheme {self.scheme.scheme} v{self.scheme.version} has no attribute {unknown[0]}.")
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
    rules: dict[Rule, int] = {}
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
        rules=_rules_table({rule: number for rule, number in rules.items() if number in rows.used}),
        terms=rows.terms_table(),
        tier_steps=_table(TIER_STEPS, rows.tier_steps),
        limits=_table(LIMITS, rows.limits),
        problems=sorted(problems, key=lambda problem: problem.contract_id),
    )


def _versions(versions: Iterable[Scheme], rules: dict[Rule, int]) -> dict[str, list[_Version]]:
    """Versions by scheme, in the order of their first day; rules are numbered in the order of first use."""
    known: dict[str, list[_Version]] = defaultdict(list)
    for scheme in sorted(versions, key=lambda scheme: (scheme.scheme, scheme.version)):
        components: list[tuple[Component, int, Mapping[str, tuple[str, Value]]]] = []
        for component in scheme.components.values():
            rule, parameters = rule_of(scheme, component)
            components.append((component, rules.setdefault(rule, len(rules) + 1), parameters.slots))
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
        except PrmError as error:
            return problem(str(error), f"значение атрибута не подходит: {error}")
    return None


class _Rows:
    """Collects the rows of the tables, counterparty by counterparty."""

    def __init__(self) -> None:
        self.terms: list[dict[str, Any]] = []
        self.tier_steps: list[dict[str, Any]] = []
        self.limits: list[dict[str, Any]] = []
        self.used: set[int] = set()  # rules; another's parameters may be columns that no row of terms has

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
                for component, rule, slots in version.components:
                    ordinals[component.on] += 1
                    self.used.add(rule)
                    last[contract.contract_id, component.name] = (contract, version, component, values)
                    self.terms.append({
                        "counterparty_id": counterparty_id, "contract_id": contract.contract_id,
                        "scheme": contract.scheme, "scheme_version": version.scheme.version,
                        "component": component.name, "stream": component.on,
                        "pays": "volume" if isinstance(component.pay, Tiers) else "amount", "rule": rule,
                        "valid_from": first_day, "valid_to": next_day - timedelta(days=1),
                        "currency": version.scheme.currency, "places": version.scheme.rounding.places,
                        "rounding_mode": version.scheme.rounding.mode, "ordinal": ordinals[component.on],
                        **{
                            column: values[filling] if of == "name" else filling  # type: ignore[index]
                            for column, (of, filling) in slots.items()
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
        parameters = {name for row in self.terms for name in row} - {name for name, _ in TERMS}
        ordered = sorted(
            parameters, key=lambda name: (list(_PARAMETER_TYPES).index(name.split("_")[0]), int(name.split("_")[1]))
        )
        columns = [*TERMS, *((name, _PARAMETER_TYPES[name.split("_")[0]]) for name in ordered)]
        return _table(pyarrow.schema(columns), self.terms)


def _operand(rate: Decimal | str, values: Mapping[str, Value]) -> Value:
    return values[rate] if isinstance(rate, str) else rate


def _rules_table(rules: dict[Rule, int]) -> pyarrow.Table:
    return _table(RULES, [
        {
            "rule": number, "stream": rule.stream, "pays": rule.pays, "conditions": list(rule.conditions),
            "amount_sql": rule.amount_sql, "measure_sql": rule.measure_sql,
            "window_conditions": list(rule.window_conditions),
        }
        for rule, number in rules.items()
    ])  # fmt: skip


def _table(schema: pyarrow.Schema, rows: list[dict[str, Any]]) -> pyarrow.Table:
    return pyarrow.table(
        {of.name: pyarrow.array([row.get(of.name) for row in rows], of.type) for of in schema}, schema=schema
    )
