"""Faults on purpose: every way in which a file is known to go wrong, once, at a place that docs/demo.md names.

The rows that break rules are derived from the contracts themselves: the first sound row of a file is taken and
broken once for each reason that the contract can refuse it for. A rule added to a contract is broken here, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from demo.operator import Dialect, Operator
from demo.writing import Damage, Fault, Row, append, cut, first_row
from loaders import contract_of
from loaders.contract import Column, Contract, Rule, normalise
from prm.period import Period

_ID_OF_BROKEN = "BROKEN-{}"
CUT_TO = 80
"""Percent of the cut file that is left."""


def corrected_payments(query: str) -> str:
    """The payments of a corrected file: every tenth has another amount."""
    return f"""select * replace (case when right(payment_id, 3) like '0-%' then amount + 25 else amount end as amount)
               from ({query})"""


def broken_rows(
    contract: Contract, sound: Row, decimal: str = ".", date_format: str = "%Y-%m-%d"
) -> Iterator[tuple[str, Row]]:
    """Rows made from a sound one, each with the reason it must be refused for; each reason once, all keys distinct.

    sound: text by lake column, as the file writes it; columns that it lacks are left alone.
    """
    number = 0
    seen: set[str] = set()

    def broken(reason: str, changes: Row) -> Iterator[tuple[str, Row]]:
        nonlocal number
        if reason not in seen:
            seen.add(reason)
            number += 1
            yield reason, {**sound, contract.key[0]: _ID_OF_BROKEN.format(number), **changes}

    for column in (column for column in contract.columns.values() if column.name in sound):
        for reason, value in _broken_values(column, decimal, date_format):
            yield from broken(reason, {column.name: value})
    for rule in contract.rules:
        yield from broken(rule.code, _against(rule, sound, date_format))
    if contract.period_column:
        other = date(2020, 2, 29).strftime(date_format)
        yield from broken("other_period", {contract.period_column: other, **_dated_before(contract, other)})
    yield from broken("repeated_key", {name: sound[name] for name in contract.key})


def _broken_values(column: Column, decimal: str, date_format: str) -> Iterator[tuple[str, str]]:
    if column.required:
        yield "missing_value", ""
    if column.type == "date":
        yield "not_a_date", "31.02.2026" if "." in date_format else "2026-02-31"
    if column.type in ("money", "share", "int"):
        yield "not_a_number", "сто рублей"
        yield "too_many_digits", "9" * 20 if column.type == "int" else f"1{decimal}00001"
    if column.max_length:
        yield "too_long", "Д" * (column.max_length + 1)
    if column.allowed:
        yield "not_allowed_value", "неизвестно"
    if column.least is not None:
        less = {"date": date(1950, 1, 1).strftime(date_format), "int": "-1"}
        yield "out_of_range", less.get(column.type, f"-1{decimal}00")
    if column.pattern:
        yield "not_in_the_pattern", "?"
    if column.refers_to:
        yield "unknown_reference", "X99999"


def _against(rule: Rule, sound: Row, date_format: str) -> Row:
    """Changes that break a rule between columns."""
    changes: Row = {}
    if rule.when:
        changes[rule.when.left] = rule.when.right.strip("'")
    if rule.need:
        changes[rule.need] = ""
    if rule.check:  # of a number with a check digit: another last digit never fits
        changes[rule.of[0]] = sound[rule.of[0]][:-1] + str((int(sound[rule.of[0]][-1:] or "0") + 1) % 10)
    if rule.compare:
        left, right = rule.compare.left, rule.compare.right
        if rule.compare.operator == "<>":
            changes[left] = _ID_OF_BROKEN.format("itself")
            changes[right] = changes[left]
        else:  # all the others say that one day is not before another
            changes[left] = date(2001, 1, 1).strftime(date_format)
            changes[right] = sound.get(right) or date(2026, 1, 1).strftime(date_format)
    return changes


def _dated_before(contract: Contract, day: str) -> Row:
    """The other days of a row moved with it, so that only its period is wrong."""
    others = [name for name, column in contract.columns.items() if column.type == "date" and column.required]
    return {name: day for name in others if name != contract.period_column}


def break_rules(contract: Contract) -> Damage:
    """Damage: rows that break each rule of the contract, a row of too few fields, and one with a broken quotation."""

    def damage(text: Path, dialect: Dialect) -> int:
        sound, names = _first(text, dialect, contract)
        if not sound:
            return 0
        rows = [row for _, row in broken_rows(contract, sound, dialect.decimal, dialect.date)]
        append(text, dialect, [[row[name] for name in names] for row in rows])
        values = [sound[name] for name in names]
        append(text, dialect, [values[:-1]])
        with text.open("a", encoding="utf-8", newline="") as file:
            file.write(dialect.delimiter.join(['"broken" quotation', *values[1:]]) + "\n")
        return len(rows) + 2

    return damage


def add_strangers(contract: Contract, others: list[Row]) -> Damage:
    """Damage: sound rows that earn nothing: of a subscriber whom nobody knows, of an outlet that is not there,
    and some that another branch has sent already."""

    def damage(text: Path, dialect: Dialect) -> int:
        sound, names = _first(text, dialect, contract)
        if not sound:
            return 0
        key = contract.key[0]
        rows = [{**sound, key: f"{sound[key]}-{number}", "subscriber_id": f"599999999{number}"} for number in (1, 2, 3)]
        if "outlet_id" in sound:
            rows.append({**sound, key: f"{sound[key]}-4", "outlet_id": "T99999"})
        return append(text, dialect, [[row[name] for name in names] for row in (*rows, *others)])

    return damage


def _first(text: Path, dialect: Dialect, contract: Contract) -> tuple[Row, list[str]]:
    header, values = first_row(text, dialect)
    names = [contract.names[normalise(field)] for field in header]
    return dict(zip(names, values, strict=True)) if values else {}, names


def of_file(operator: Operator, data_set: str, period: Period, branch: str, others: list[Row]) -> Fault:
    """What is wrong with the first version of a file. others: a few rows that another branch's file has."""
    if not operator.faults:
        return Fault()
    contract = contract_of(data_set)
    place = (data_set, period, branch)
    if place == ("payments", operator.month(1), "volga"):
        return Fault(headings=lambda names: [name for name in names if name != "amount"])
    if place == ("charges", operator.month(1), "volga"):
        return Fault(headings=lambda names: [*names[-2:], *names[:-2]])
    if place == ("charges", operator.month(2), "center"):
        return Fault(damage=lambda text, dialect: cut(text, CUT_TO))
    if period == operator.month(1) and branch == "center":
        return Fault(damage=break_rules(contract))
    if period == operator.last and branch == "ural" and data_set in ("charges", "payments"):
        return Fault(damage=add_strangers(contract, others))
    return Fault()
