"""The SQL that converts a file's text to types and gives each row it refuses a reason: the first check that fails.

A row's reason is the number of a check, so that twenty million good rows carry one null column and nothing else;
what the check found is written out only for the rows that were refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from loaders.contract import Column, Condition, Contract, Format
from loaders.header import Header
from prm.bank_details import account_fits_sql, correspondent_fits_sql
from prm.duck import quote
from prm.money import MONEY_SQL, RATE_SQL, SHARE_SQL
from prm.period import Period

TYPES = {"text": "varchar", "date": "date", "money": MONEY_SQL, "share": SHARE_SQL, "rate": RATE_SQL, "int": "bigint"}
_DIGITS = {"money": (14, 4), "share": (3, 6), "rate": (10, 8), "int": (18, 0)}
CHECKS = {"account_fits": account_fits_sql, "correspondent_fits": correspondent_fits_sql}
"""What contracts' rules may name as `check`: a function of the columns' SQL that gives SQL, null where it can't say."""

OTHER_PERIOD, REPEATED_KEY, UNKNOWN_REFERENCE = "other_period", "repeated_key", "unknown_reference"


@dataclass(frozen=True)
class Check:
    """One thing that can be wrong with a row. fails: SQL that is true where it is; empty if decided elsewhere."""

    number: int
    reason: str
    columns: tuple[str, ...]
    fails: str = ""


@dataclass(frozen=True)
class Conversion:
    """How a file's fields become the lake's columns. Fields are `c0`, `c1`… in the file's order."""

    contract: Contract
    header: Header
    format: Format
    period: Period | None
    trims: bool  # whether the file holds any space at all: trimming costs a quarter of the reading

    def select(self, relation: str, numbered: bool) -> str:
        """The query of typed columns and `refused_for` (a check's number or null) over the text of a file."""
        number = "row_number::integer as row_number," if numbered else ""
        raw = ", ".join(f'{self.raw(name)} as "raw {name}"' for name in self.columns)
        typed = ", ".join(f'{self._typed(name)} as "{name}"' for name in self.columns)
        raws = ", ".join(f'"raw {name}"' for name in self.columns)
        cases = " ".join(f"when {one.fails} then {one.number}" for one in self.checks() if one.fails)
        named = ", ".join(f'"{name}"' for name in self.columns)
        return f"""
            select {number} {named}, (case {cases} end)::usmallint as refused_for from (
                select {number} {typed}, {raws} from (
                    select {number} {raw} from {relation}))"""

    @property
    def columns(self) -> tuple[str, ...]:
        """The lake's columns: the contract's in its order, then the file's extra ones."""
        return (*self.contract.columns, *self.header.extras)

    def raw(self, name: str) -> str:
        """SQL of a column's text, null where empty."""
        at = self.header.position(name)
        if at is None:
            return "null::varchar"
        return f"nullif(trim(c{at}), '')" if self.trims else f"c{at}"

    def checks(self) -> list[Check]:
        """All checks in the order in which they are made."""
        found = [*self._of_columns(), *self._of_rules(), *self._of_the_file()]
        return [Check(number, *one) for number, one in enumerate(found, start=1)]

    def _of_columns(self) -> Iterator[tuple[str, tuple[str, ...], str]]:
        for column in self.contract.columns.values():
            raw, value, name = f'"raw {column.name}"', f'"{column.name}"', (column.name,)
            if column.required:
                yield "missing_value", name, f"{raw} is null"
            if column.type == "date":
                yield "not_a_date", name, f"{value} is null and {raw} is not null"
            elif column.type in _DIGITS:
                sign = rf"(\{self.format.decimal}\d+)?" if column.type != "int" else ""
                yield "not_a_number", name, rf"{value} is null and not regexp_full_match({raw}, '-?\d+{sign}')"
                yield "too_many_digits", name, f"{value} is null and {raw} is not null"
            if column.max_length:
                yield "too_long", name, f"length({raw}) > {column.max_length}"
            if column.allowed:
                yield "not_allowed_value", name, f"{value} not in ({', '.join(map(quote, column.allowed))})"
            if column.least is not None:
                yield "out_of_range", name, f"{value} < {_literal(column.least, column)}"
            if column.most is not None:
                yield "out_of_range", name, f"{value} > {_literal(column.most, column)}"
            if column.pattern:
                yield "not_in_the_pattern", name, f"not regexp_full_match({raw}, {quote(column.pattern)})"

    def _of_rules(self) -> Iterator[tuple[str, tuple[str, ...], str]]:
        for rule in self.contract.rules:
            names: tuple[str, ...] = ()
            conditions = []
            for condition, form in ((rule.when, "{}"), (rule.compare, "not ({})")):
                if condition:
                    conditions.append(form.format(self._condition(condition)))
                    names += tuple(one for one in (condition.left, condition.right) if one in self.contract.columns)
            if rule.need:
                conditions.append(f'"{rule.need}" is null')
                names += (rule.need,)
            if rule.check:
                of = [f'"{name}"' for name in rule.of]
                conditions.append(f"not ({CHECKS[rule.check](*of)})")
                names += rule.of
            yield rule.code, tuple(dict.fromkeys(names)), " and ".join(conditions)

    def _of_the_file(self) -> Iterator[tuple[str, tuple[str, ...], str]]:
        column, period = self.contract.period_column, self.period
        if column and period and self.contract.rows_of_other_periods == "refuse":
            yield OTHER_PERIOD, (column,), f"\"{column}\" not between date '{period.start}' and date '{period.end}'"
        for one in self.contract.columns.values():
            if one.refers_to:
                yield UNKNOWN_REFERENCE, (one.name,), ""
        if self.contract.key:
            yield REPEATED_KEY, self.contract.key, ""

    def _condition(self, condition: Condition) -> str:
        right = f'"{condition.right}"' if condition.right in self.contract.columns else condition.right
        return f'"{condition.left}" {condition.operator} {right}'

    def _typed(self, name: str) -> str:
        column, raw = self.contract.columns.get(name), f'"raw {name}"'
        if column is None or column.type == "text":
            return raw
        if column.type == "date":
            return _date(raw, column)
        whole, places = _DIGITS[column.type]
        # DuckDB's cast rounds what does not fit, and reads exponents: only the plain form of a number may reach it.
        fraction = rf"(\{self.format.decimal}\d{{1,{places}}}0*)?" if places else ""
        plain = raw if self.format.decimal == "." else f"replace({raw}, ',', '.')"
        return (
            rf"case when regexp_full_match({raw}, '-?\d{{1,{whole}}}{fraction}') "
            f"then try_cast({plain} as {TYPES[column.type]}) end"
        )


def _date(raw: str, column: Column) -> str:
    iso = f"try_cast({raw} as date)"
    dotted = f"try_strptime({raw}, '%d.%m.%Y')::date"
    if column.formats == ("YYYY-MM-DD",):
        return f"case when strlen({raw}) = 10 then {iso} end"
    if column.formats == ("DD.MM.YYYY",):
        return f"case when strlen({raw}) = 10 then {dotted} end"
    return f"case when strlen({raw}) <> 10 then null when {raw}[3] = '.' then {dotted} else {iso} end"


def _literal(text: str, column: Column) -> str:
    if column.type == "date":
        return f"date {quote(text)}"
    return quote(text) if column.type == "text" else f"{Decimal(text)}::{TYPES[column.type]}"
