"""From contracts and scheme versions to tables: what each contract's components pay, and from which day to which.

The tables are a run's inputs: `rules` (SQL by place), `terms` (a contract's rules of events, by range of days),
`period_terms` (its rules of the period as a whole), `measures` and `totals` (what stands in the slots that those
rules read), `lookups` (the rows of tables), `clawbacks` (a contract's rules that take back, by range of days),
`families` (what makes up the balance of what they take back) and `subscriber_caps` (what single subscribers are paid
for at most). Values are resolved once a distinct set of attribute values, not once a contract; the same contracts give
the same tables, row for row.

The days of a counterparty's contracts are cut at common dates into segments, so that within a segment its
components of a stream can be numbered 1, 2, 3… (`ordinal`): counting lines of ordinal 1 counts events.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from graphlib import CycleError
from typing import Any

import pyarrow

from prm.errors import PrmError
from prm.period import Period
from prm.words import Words
from schemes.agreed import LEVELS, AgreedValue, AgreedValues, values_on
from schemes.dependencies import Rounds, rounds
from schemes.hierarchy import Hierarchy
from schemes.model import Attribute, Delay, Scheme, Value
from schemes.notice import applies_from
from schemes.reading import typed
from schemes.required import missing_on
from schemes.rows import (
    CLAWBACKS,
    LOOKUPS,
    MEASURES,
    PERIOD_TERMS,
    SUBSCRIBER_CAPS,
    TERMS,
    TOTALS,
    Held,
    Numbered,
    Rows,
    table,
    wide_table,
)
from schemes.rules import Compiled, event_rules, period_rules
from schemes.slots import Slots
from schemes.subscriber_caps import levels_of_caps
from schemes.texts import Texts


@dataclass(frozen=True)
class ContractProblem:
    """Why a contract earns nothing in a run: it is left out and listed, never guessed about."""

    contract_id: str
    message: Words
    counterparty_id: str = ""


@dataclass(frozen=True)
class CompiledTerms:
    """A run's rules as tables, and the contracts that could not be used.

    ages: how old subscribers may be whose first days rules ask for on other events than their activation.
    """

    rules: pyarrow.Table
    terms: pyarrow.Table
    period_terms: pyarrow.Table
    measures: pyarrow.Table
    totals: pyarrow.Table
    lookups: pyarrow.Table
    delays: pyarrow.Table
    activities: pyarrow.Table
    clawbacks: pyarrow.Table
    families: pyarrow.Table
    subscriber_caps: pyarrow.Table
    problems: list[ContractProblem]
    ages: frozenset[Delay] = frozenset()


TABLES = tuple(of.name for of in fields(CompiledTerms) if of.name not in ("problems", "ages"))
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
    values: tuple[AgreedValue, ...]
    begins: date  # its first day in all, where valid_from and valid_to are its days of the period
    notice_days: int | None


@dataclass
class _Version:
    """A scheme version with its rules; resolves a contract's values to rows, remembering each distinct set."""

    scheme: Scheme
    of_events: list[Compiled]
    of_period: list[Compiled]
    rounds: Rounds
    slots: Slots
    resolved: dict[tuple, dict[str, Value]] = field(default_factory=dict)

    def values(self, written: Mapping[str, AgreedValue], day: date) -> dict[str, Value]:
        """All attributes and terms of the scheme as they hold on a day; _NotAcceptable where one does not fit.

        written: a value of every attribute that is required (`_problem` leaves out the contracts without).
        """
        terms = tuple(term.on(day) for term in self.scheme.terms.values())
        key = (tuple(sorted((name, agreed.value) for name, agreed in written.items())), terms)
        if key not in self.resolved:
            values: dict[str, Value] = dict(zip(self.scheme.terms, terms, strict=True))  # type: ignore[arg-type]
            for name, attribute in self.scheme.attributes.items():
                if name in written:
                    values[name] = _acceptable(attribute, written[name])
                else:
                    assert attribute.default is not None, name
                    values[name] = attribute.default
            own = {name for name, agreed in written.items() if agreed.level == "contract"}
            if unknown := sorted(own - set(self.scheme.attributes)):
                named, name = f"{self.scheme.scheme} v{self.scheme.version}", unknown[0]
                command = f"prm registry unset-attribute {name} --contract {written[name].holder} --from {day}"
                raise _NotAcceptable(
                    f"scheme {named} has no attribute {name}. To take the value away: {command}",
                    f"у схемы {named} нет атрибута {name}. Снять значение: {command}",
                )
            self.resolved[key] = values
        return self.resolved[key]


def compile_terms(
    contracts: Iterable[Mapping[str, Any]],
    agreed: AgreedValues,
    versions: Iterable[Scheme],
    period: Period,
    parents: Mapping[str, str] | None = None,
) -> CompiledTerms:
    """The tables of a period's terms.

    contracts: rows with contract_id, counterparty_id, scheme, valid_from, valid_to (None: open-ended), status,
    currency, notice_days (None: it demands no notice). agreed: the values of attributes. versions: every scheme
    version there is. parents: the counterparty above each that has one. Contracts that are not active get no terms;
    those whose scheme, currency or attribute values do not fit are returned as problems.
    """
    rules = Numbered()
    known = _versions(versions, rules)
    problems: list[ContractProblem] = []
    by_counterparty: dict[str, list[_Contract]] = defaultdict(list)
    for row in contracts:
        first, last = max(row["valid_from"], period.start), min(row["valid_to"] or date.max, period.end)
        if row["status"] != "active" or first > last:
            continue
        values = _concerning(agreed.of(row["contract_id"], row["counterparty_id"]), known.get(row["scheme"], ()))
        contract = _Contract(
            row["contract_id"], row["scheme"], first, last, values, row["valid_from"], row["notice_days"]
        )
        if problem := _problem(contract, row["currency"], known):
            problems.append(replace(problem, counterparty_id=row["counterparty_id"]))
        else:
            by_counterparty[row["counterparty_id"]].append(contract)

    rows = Rows(period, rules, Hierarchy(parents or {}))
    for counterparty_id in sorted(by_counterparty):
        held = sorted(by_counterparty[counterparty_id], key=lambda contract: contract.contract_id)
        rows.add(counterparty_id, _segments(held, known))
    rows.finish()
    return CompiledTerms(
        rules=rules.table(rows.used),
        terms=wide_table(TERMS, rows.terms),
        period_terms=wide_table(PERIOD_TERMS, rows.period_terms),
        measures=table(MEASURES, rows.measures),
        totals=table(TOTALS, rows.totals),
        lookups=table(LOOKUPS, rows.lookups.rows),
        delays=rows.delays_table(),
        activities=rows.activities_table(),
        clawbacks=wide_table(CLAWBACKS, rows.clawbacks),
        families=rows.families_table(),
        subscriber_caps=table(SUBSCRIBER_CAPS, list(rows.subscriber_caps.rows())),
        problems=sorted(problems, key=lambda problem: problem.contract_id),
        ages=frozenset(rows.ages),
    )


def _versions(versions: Iterable[Scheme], rules: Numbered) -> dict[str, list[_Version]]:
    """Versions by scheme, in the order of their first day."""
    known: dict[str, list[_Version]] = defaultdict(list)
    for scheme in sorted(versions, key=lambda scheme: (scheme.scheme, scheme.version)):
        slots = Slots()
        of_events, of_period = event_rules(scheme, slots), period_rules(scheme, slots)
        own = rounds({compiled.name: scheme for compiled in of_period})
        known[scheme.scheme].append(_Version(scheme, of_events, of_period, own, slots))
    found = [version for of_scheme in known.values() for version in of_scheme]
    texts = Texts(compiled for version in found for compiled in (*version.of_events, *version.of_period))
    for version in found:
        version.of_events = [texts.settled(compiled) for compiled in version.of_events]
        version.of_period = [texts.settled(compiled) for compiled in version.of_period]
        for compiled in (*version.of_events, *version.of_period):
            for rule in compiled.rules:
                rules.number(rule)
    for of_scheme in known.values():
        of_scheme.sort(key=lambda version: (version.scheme.valid_from, version.scheme.version))
    return known


def _applies_from(version: _Version, contract: _Contract, known: dict[str, list[_Version]]) -> date:
    first = known[contract.scheme][0].scheme
    return applies_from(version.scheme, first, begins=contract.begins, notice_days=contract.notice_days)


def _on(contract: _Contract, known: dict[str, list[_Version]], day: date) -> _Version | None:
    """The version that applies to a contract on a day: the last whose first day for it has come."""
    begun = [version for version in known[contract.scheme] if _applies_from(version, contract, known) <= day]
    return begun[-1] if begun else None


def _concerning(values: Iterable[AgreedValue], versions: Iterable[_Version]) -> tuple[AgreedValue, ...]:
    """The values without those of counterparties and branches that are other schemes', or the user's own."""
    known = set().union(*(version.scheme.attributes for version in versions))
    return tuple(value for value in values if value.level == "contract" or value.attribute in known)


def _cuts(contract: _Contract, known: dict[str, list[_Version]]) -> set[date]:
    """The days on which something changes for a contract, its first day included, and the day after its last."""
    days = {contract.valid_from, contract.valid_to + timedelta(days=1)}
    days |= {value.since for value in contract.values}
    for version in known[contract.scheme]:
        days.add(_applies_from(version, contract, known))
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
    of_period: dict[str, Scheme] = {}
    caps: dict[str, set[str]] = defaultdict(set)
    for day in sorted(_cuts(contract, known))[:-1]:
        version = _on(contract, known, day)
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
        if missing := missing_on(version.scheme, contract.values, day):
            return ContractProblem(contract.contract_id, missing.words(contract.contract_id))
        try:
            version.values(values_on(contract.values, day), day)
        except _NotAcceptable as error:
            return problem(error.words.en, error.words.ru)
        of_period |= {compiled.name: version.scheme for compiled in version.of_period}
        for limit in version.scheme.limits.values():
            if limit.per:
                caps[limit.name] |= set(limit.of)
    try:
        levels_of_caps(caps)
    except CycleError as error:
        circle = " ← ".join(error.args[1])
        return problem(
            f"two versions of scheme '{contract.scheme}' meet in the period, and caps per subscriber would each count "
            f"the other: {circle}",
            f"в периоде встречаются две версии схемы «{contract.scheme}», и пределы на абонента учитывали бы друг друга: "
            f"{circle}",
        )
    try:
        if len({id(scheme) for scheme in of_period.values()}) > 1:  # no rule of one version needs itself
            rounds(of_period)
    except CycleError as error:
        circle = " ← ".join(f"{name} (v{number})" for number, name in error.args[1])
        return problem(
            f"two versions of scheme '{contract.scheme}' meet in the period, and a rule would need itself: {circle}",
            f"в периоде встречаются две версии схемы «{contract.scheme}», и правило зависело бы от самого себя: {circle}",
        )
    return None


def is_acceptable(attribute: Attribute, written: str) -> bool:
    """Whether a value, as written, is of the attribute's type and in its range."""
    try:
        _acceptable(attribute, AgreedValue(attribute.name, written, "contract", "", date.min))
    except _NotAcceptable:
        return False
    return True


def _acceptable(attribute: Attribute, agreed: AgreedValue) -> Value:
    """An agreed value, typed and in the range; _NotAcceptable, naming its level, where it isn't."""

    def refused(en: str, ru: str) -> _NotAcceptable:
        whose = LEVELS[agreed.level]
        en_whose, ru_whose = whose.text("en", holder=agreed.holder), whose.text("ru", holder=agreed.holder)
        return _NotAcceptable(f"{attribute.name} of {en_whose}{en}", f"{attribute.name}, значение {ru_whose}{ru}")

    try:
        value = typed(agreed.value, attribute.type)
    except PrmError as error:
        raise refused(f": {error}", f": {error.text('ru')}") from None
    if attribute.between and isinstance(value, Decimal):
        low, high = attribute.between
        if not low <= value <= high:
            raise refused(f" is {value}, outside {low} to {high}", f": {value}, допускается от {low} до {high}")
    return value


def _segments(contracts: list[_Contract], known: dict[str, list[_Version]]) -> Iterator[tuple[date, date, list[Held]]]:
    """The ranges of days in which nothing changes for a counterparty, and what its contracts hold in each."""
    cuts = sorted(set().union(*(_cuts(contract, known) for contract in contracts)))
    for first_day, next_day in itertools.pairwise(cuts):
        all_held = []
        for contract in contracts:
            if contract.valid_from <= first_day <= contract.valid_to:
                version = _on(contract, known, first_day)
                assert version is not None  # _problem has left such contracts out
                values = version.values(values_on(contract.values, first_day), first_day)
                all_held.append(Held(contract.contract_id, version, values))
        yield first_day, next_day - timedelta(days=1), all_held
