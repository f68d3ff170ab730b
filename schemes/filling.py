"""Formulas with the values of one line filled in: as SQL that gives what they came to, and as phrases.

The SQL is written from the same tree that a run's rules are written from, with values where these have columns.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from sqlglot import exp

from prm.words import Language, Words
from schemes.explaining import Teller
from schemes.formula import Formula
from schemes.formula_types import INSTALMENT_OF, QUOTIENTS
from schemes.model import PERIOD, Scheme, Table, Value
from schemes.model_names import ACTIVITIES, INSTALMENTS, MONTHS, OF_WHAT_WAS_PAID
from schemes.reading import typed
from schemes.rounding import EXACT, portion, rounded
from schemes.streams import streams

SQL_TYPES = {
    "money": "decimal(18, 4)", "share": "decimal(18, 6)", "number": "decimal(18, 6)", "text": "varchar", "date": "date",
    "flag": "boolean",
}  # fmt: skip
_SEPARATOR = chr(31)  # no text of a file holds it

Find = Callable[[str], Value | None]
"""What a name stood for; of an activity, `charged_within(30)`."""


def type_of(scheme: Scheme, name: str, on: str) -> str:
    """The type of a name in the formulas of a rule. on: its stream, or `period`."""
    if on != PERIOD and name in streams()[on].names:
        return streams()[on].names[name].type
    if name in scheme.measures:
        return scheme.measures[name].type
    if name in scheme.values:
        return scheme.values[name].type
    if name in INSTALMENTS:
        return "number"
    if name in OF_WHAT_WAS_PAID:
        return OF_WHAT_WAS_PAID[name]
    if name in MONTHS and name not in scheme.components and name not in scheme.limits:
        return scheme.type_of(name) or "number"
    return scheme.type_of(name) or "money"  # the total of a component or limit


class Filled:
    """Writes a formula's SQL with values for its names. day: on which the rows of tables hold."""

    def __init__(self, scheme: Scheme, on: str, day: date, find: Find) -> None:
        self.scheme, self.on, self.day, self.find = scheme, on, day, find

    def sql(self, formula: Formula) -> str:
        """SQL of what the formula comes to, exactly."""
        return f"({formula.sql(self, wide=True)})"

    def column(self, name: str) -> str:
        """SQL of a name's value."""
        return literal(self.find(name), type_of(self.scheme, name, self.on))

    def literal(self, kind: str, text: str) -> str | None:
        """SQL of a literal of the formula."""
        return None if kind in ("text", "flag") else literal(typed(text, kind), kind)

    def lookup(self, table: str, keys: list[str]) -> str:
        """SQL of a table's value."""
        of = self.scheme.tables[table]
        held = "".join(
            f" when {literal(_SEPARATOR.join(key), 'text')} then {literal(value, of.type)}"
            for key, value in rows_on(of, self.day).items()
        )
        missing = literal(of.missing, of.type)
        return f"(case {' || chr(31) || '.join(keys)}{held} else {missing} end)" if held else missing

    def instalment(self, total: str) -> str:
        """SQL of this instalment's part, as rules reckon it."""
        number, count = self.column("instalment"), self.column("instalments")
        rounding = self.scheme.rounding if self.scheme.rounding.each == "line" else EXACT
        due = [rounded(portion(total, of, count), rounding) for of in (number, f"({number} - 1)")]
        return f"({due[0]} - {due[1]})"

    def activity(self, name: str, days: int) -> str:
        """SQL of what a subscriber did in so many first days."""
        return literal(self.find(f"{name}({days})"), "money")


def rows_on(table: Table, day: date) -> dict[tuple[str, ...], Value]:
    """The values of a table's rows as they hold on a day."""
    found = {}
    for row in table.rows:
        begun = [dated.value for dated in row.values if dated.valid_from <= day]
        if begun:
            found[row.keys] = begun[-1]
    return found


def literal(value: Value | None, kind: str) -> str:
    """SQL of a value of a type."""
    if value is None:
        return f"cast(null as {SQL_TYPES[kind]})"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"cast({value:f} as {SQL_TYPES[kind]})"
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    return exp.Literal.string(value).sql(dialect="duckdb")


class FilledTeller(Teller):
    """Tells of a rule with the value that each name stood for in brackets. told: the value of a name, or of a call
    (its formula's text), in words; None: nothing is added.
    """

    compared = Teller.compared | {
        exp.EQ: Words(en="{a} is {b}", ru="{a} = {b}"),
        exp.NEQ: Words(en="{a} is not {b}", ru="{a} ≠ {b}"),
    }

    def __init__(self, scheme: Scheme, language: Language, told: Callable[[str], str | None]) -> None:
        super().__init__(scheme, language)
        self._told = told
        self.came_to: dict[int, str] = {}
        """What a compared expression came to, in words, by the id of its node."""

    def name(self, name: str, stream: str) -> str:
        """A name's title, with its value."""
        return self._with_value(super().name(name, stream), name)

    def operand(self, operand: Decimal | str, kind: str) -> str:
        """A literal, or the title of an attribute or term, with its value."""
        told = super().operand(operand, kind)
        return self._with_value(told, operand) if isinstance(operand, str) else told

    def expression(self, node: exp.Expr, formula: Formula, stream: str) -> str:
        """A part of a formula; a table's value, and an activity, have their results beside them."""
        told = super().expression(node, formula, stream)
        if isinstance(node, exp.Anonymous) and (node.name in self.scheme.tables or node.name in ACTIVITIES):
            return self._with_value(told, call_text(node))
        if id(node) in self.came_to:
            dash = " —" if node.arg_key == "this" else ""
            return f"{told} = {self.came_to[id(node)]}{dash}"
        return told

    def _with_value(self, told: str, name: str) -> str:
        value = self._told(name)
        return told if value is None else f"{told} ({value})"


def call_text(node: exp.Anonymous) -> str:
    """The text of a call, as it names its result: `charged_within(30)`, `fee(tariff)`."""
    return node.sql(dialect="duckdb", normalize_functions="lower")


def calls(formula: Formula) -> dict[str, exp.Anonymous]:
    """The calls of tables and activities in a formula, by their text."""
    return {
        call_text(node): node
        for node in formula.tree.find_all(exp.Anonymous)
        if node.name not in {*QUOTIENTS, INSTALMENT_OF}
    }
