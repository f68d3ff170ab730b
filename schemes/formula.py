"""Formulas: a small typed language, parsed to a tree; SQL is only ever written from the tree.

A formula may use the stream's names, the scheme's attributes and terms, literals, `+ - *`, comparisons,
`and or not`, `in`, `between`, `is [not] null`, and the functions least, greatest and coalesce. sqlglot
parses it; every node is checked against an allow-list and given a type. Anything else is refused with its
line and column. There is no division and no average: they would leave exact decimals.

Types multiply and add as money does: money x share = money, money x number = money, money + money = money;
money x money is refused. A literal number takes the type of what it is compared with or added to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from prm.errors import Place
from prm.words import Words
from schemes.problems import Problem, nearest
from schemes.streams import TYPES

PLACES = {"money": 4, "share": 6, "number": 6}
_MOST_PLACES = 30  # of a product: DuckDB's decimals hold 38 digits in all
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_SAME_TYPE = {exp.Least: "least", exp.Greatest: "greatest", exp.Coalesce: "coalesce"}
_FORBIDDEN_TEXT = re.compile(r"--|/\*|\*/|;|[\\\"`$@#{}\[\]]")
_TITLES = {
    "money": Words(en="an amount of money", ru="сумма денег"),
    "share": Words(en="a share", ru="доля"),
    "number": Words(en="a number", ru="число"),
    "text": Words(en="text", ru="текст"),
    "date": Words(en="a date", ru="дата"),
    "flag": Words(en="a condition (yes or no)", ru="условие (да или нет)"),
}
_ACCEPTED = Words(
    en="Accepted: names, numbers, 'text', + - *, comparisons, and/or/not, in, between, is null, "
    "least(), greatest(), coalesce().",
    ru="Допустимо: имена, числа, 'текст', + - *, сравнения, and/or/not, in, between, is null, "
    "least(), greatest(), coalesce().",
)


class FormulaError(Exception):
    """A formula that is refused; `problem` says what, where and what would be accepted."""

    def __init__(self, problem: Problem):
        self.problem = problem
        super().__init__(problem.text("en"))


@dataclass(frozen=True)
class Formula:
    """A checked formula. Two formulas are equal when their canonical texts are."""

    text: str  # canonical
    type: str
    tree: exp.Expression = field(compare=False, repr=False)
    literal_types: Mapping[int, str] = field(compare=False, repr=False)  # id of a literal's node -> its type
    place: Place | None = field(default=None, compare=False)

    def names(self) -> set[str]:
        """The names it uses."""
        return {column.name for column in self.tree.find_all(exp.Column)}

    def sql(self, column: Callable[[str], str], literal: Callable[[str, str], str | None]) -> str:
        """SQL for a calculation engine, written from the tree.

        column(name) gives the SQL of a name; literal(type, text) the SQL that stands for a literal, or None
        to leave it in the text.
        """

        def rewrite(node: exp.Expression) -> exp.Expression:
            if isinstance(node, exp.Column):
                return sqlglot.parse_one(column(node.name), dialect="duckdb")
            if id(node) in self.literal_types:
                value = _literal_text(node)
                written = literal(self.literal_types[id(node)], value)
                return sqlglot.parse_one(written, dialect="duckdb") if written else node.copy()
            copy = node.copy()
            for key, child in node.args.items():
                if isinstance(child, exp.Expression):
                    copy.set(key, rewrite(child))
                elif isinstance(child, list):
                    copy.set(key, [rewrite(item) if isinstance(item, exp.Expression) else item for item in child])
            return copy

        return rewrite(self.tree).sql(dialect="duckdb")


def parse(text: str, types: Mapping[str, str], place: Place, wanted: str | None = None) -> Formula:
    """Parses and checks a formula.

    types: the type of each name it may use. wanted: the type it must have. Raises FormulaError.
    """
    if found := _FORBIDDEN_TEXT.search(text):
        raise FormulaError(_problem(place, text, found.start(), _not_a_formula(found[0]), _ACCEPTED))
    try:
        trees = sqlglot.parse(text, dialect="duckdb")
    except (SqlglotError, RecursionError) as error:
        details = getattr(error, "errors", None) or [{}]
        offset = _offset(text, details[0].get("line", 1), details[0].get("col", 1) - 1)
        raise FormulaError(_problem(place, text, offset, _not_a_formula(text.strip()), _ACCEPTED)) from None
    if len(trees) != 1 or trees[0] is None:
        raise FormulaError(
            _problem(place, text, 0, Words(en="A formula is missing.", ru="Формула не задана."), _ACCEPTED)
        )
    checker = _Checker(text, types, place)
    try:
        kind = checker.type_of(trees[0], wanted)
    except RecursionError:
        raise FormulaError(_problem(place, text, 0, _not_a_formula(text[:40] + "…"), _ACCEPTED)) from None
    if wanted and kind != wanted:
        raise FormulaError(
            _problem(
                place, text, 0,
                Words(
                    en=f"This is {_TITLES[kind].en}, where {_TITLES[wanted].en} is needed.",
                    ru=f"Здесь {_TITLES[kind].ru}, а нужно: {_TITLES[wanted].ru}.",
                ),
            )
        )  # fmt: skip
    return Formula(trees[0].sql(dialect="duckdb"), kind, trees[0], checker.literals, place)


def conjuncts(formula: Formula) -> Iterator[Formula]:
    """The parts of a condition joined by `and` at its top: its numbered conditions, in order."""

    def parts(node: exp.Expression) -> Iterator[exp.Expression]:
        if isinstance(node, exp.And):
            yield from parts(node.left)
            yield from parts(node.right)
        elif isinstance(node, exp.Paren) and isinstance(node.this, exp.And):
            yield from parts(node.this)
        else:
            yield node

    for part in parts(formula.tree):
        yield Formula(part.sql(dialect="duckdb"), "flag", part, formula.literal_types, formula.place)


@dataclass
class _Checker:
    """Walks a tree once: every node allowed, every type right."""

    text: str
    types: Mapping[str, str]
    place: Place
    literals: dict[int, str] = field(default_factory=dict)

    def type_of(self, node: exp.Expression, wanted: str | None = None) -> str:
        if isinstance(node, exp.Paren):
            return self.type_of(node.this, wanted)
        if isinstance(node, exp.Column):
            return self._name(node)
        if isinstance(node, exp.Literal | exp.Boolean) or _is_date_literal(node):
            return self._literal(node, wanted)
        if isinstance(node, exp.Neg):
            return self._numeric(node.this, wanted)
        if isinstance(node, exp.Add | exp.Sub):
            return self._sum(node, wanted)
        if isinstance(node, exp.Mul):
            return self._product(node)
        if isinstance(node, _COMPARISONS):
            self._same(node, [node.left, node.right])
            return "flag"
        if isinstance(node, exp.And | exp.Or):
            for side in (node.left, node.right):
                self._flag(side)
            return "flag"
        if isinstance(node, exp.Not):
            self._flag(node.this)
            return "flag"
        if isinstance(node, exp.In) and not (
            node.args.get("query") or node.args.get("unnest") or node.args.get("field")
        ):
            self._same(node, [node.this, *node.expressions])
            return "flag"
        if isinstance(node, exp.Between) and not node.args.get("symmetric"):
            self._same(node, [node.this, node.args["low"], node.args["high"]])
            return "flag"
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            self.type_of(node.this)
            return "flag"
        if type(node) in _SAME_TYPE:
            return self._same(node, [node.this, *node.expressions], wanted)
        raise self._refuse(node, _not_allowed(node), _ACCEPTED)

    def _name(self, node: exp.Column) -> str:
        if node.args.get("table") or not isinstance(node.this, exp.Identifier):
            raise self._refuse(node, _not_allowed(node), _ACCEPTED)
        if node.name not in self.types:
            raise self._refuse(
                node,
                Words(en=f"There is no name '{node.name}' here.", ru=f"Имени «{node.name}» здесь нет."),
                nearest(node.name, self.types),
            )
        return self.types[node.name]

    def _literal(self, node: exp.Expression, wanted: str | None) -> str:
        if isinstance(node, exp.Boolean):
            kind = "flag"
        elif _is_date_literal(node):
            kind = "date"
        elif node.is_string:
            kind = "text"
        else:
            kind = wanted if wanted in PLACES else "number"
            digits = Decimal(node.this).as_tuple()
            if -int(digits.exponent) > PLACES[kind] or len(digits.digits) > 15:
                raise self._refuse(
                    node,
                    Words(en=f"{node.this} has too many digits.", ru=f"В числе {node.this} слишком много цифр."),
                    Words(
                        en=f"At most {PLACES[kind]} decimal places.", ru=f"Не больше {PLACES[kind]} знаков после точки."
                    ),
                )
        self.literals[id(node)] = kind
        return kind

    def _numeric(self, node: exp.Expression, wanted: str | None = None) -> str:
        kind = self.type_of(node, wanted)
        if kind not in PLACES:
            raise self._refuse(node, self._mismatch("number", kind))
        return kind

    def _flag(self, node: exp.Expression) -> None:
        if (kind := self.type_of(node)) != "flag":
            raise self._refuse(node, self._mismatch("flag", kind))

    def _sum(self, node: exp.Expression, wanted: str | None) -> str:
        kind = self._same(node, [node.left, node.right], wanted)
        if kind == "date" and isinstance(node, exp.Sub):
            return "number"
        if kind not in PLACES:
            raise self._refuse(node, self._mismatch("number", kind))
        return kind

    def _product(self, node: exp.Expression) -> str:
        kinds = {self._numeric(node.left), self._numeric(node.right)}
        if kinds == {"money"}:
            raise self._refuse(
                node, Words(en="Money cannot be multiplied by money.", ru="Деньги нельзя умножать на деньги."),
                Words(en="Multiply it by a share or a number.", ru="Умножайте на долю или на число."),
            )  # fmt: skip
        if sum(PLACES[self.type_of(side)] for side in _factors(node)) > _MOST_PLACES:
            raise self._refuse(
                node,
                Words(en="Too many factors to stay exact.", ru="Слишком много сомножителей для точного результата."),
            )
        return "money" if "money" in kinds else "share" if "share" in kinds else "number"

    def _same(self, node: exp.Expression, parts: list[exp.Expression], wanted: str | None = None) -> str:
        """All parts have one type; a literal number takes the others'."""
        firm = [part for part in parts if not _is_number(part)]
        kind = self.type_of(firm[0], wanted) if firm else (wanted if wanted in PLACES else "number")
        for part in parts:
            if (other := self.type_of(part, kind)) != kind:
                raise self._refuse(part, self._mismatch(kind, other))
        return kind

    def _mismatch(self, wanted: str, found: str) -> Words:
        return Words(
            en=f"{_TITLES[found].en.capitalize()} stands where {_TITLES[wanted].en} is needed.",
            ru=f"Стоит {_TITLES[found].ru}, а нужно: {_TITLES[wanted].ru}.",
        )

    def _refuse(self, node: exp.Expression, message: Words, hint: Words | None = None) -> FormulaError:
        start = next((n.meta["start"] for n in node.walk() if "start" in n.meta), None)
        if start is None:
            found = next((n.name for n in node.walk() if isinstance(n, exp.Literal | exp.Identifier)), "")
            start = max(self.text.find(found), 0)
        return FormulaError(_problem(self.place, self.text, start, message, hint))


def _factors(node: exp.Expression) -> Iterator[exp.Expression]:
    if isinstance(node, exp.Paren):
        yield from _factors(node.this)
    elif isinstance(node, exp.Mul):
        yield from _factors(node.left)
        yield from _factors(node.right)
    else:
        yield node


def _is_number(node: exp.Expression) -> bool:
    if isinstance(node, exp.Neg | exp.Paren):
        return _is_number(node.this)
    return isinstance(node, exp.Literal) and not node.is_string


def _is_date_literal(node: exp.Expression) -> bool:
    """`date '2026-09-01'`, the one cast there is."""
    return (
        isinstance(node, exp.Cast) and node.to.this == exp.DataType.Type.DATE and isinstance(node.this, exp.Literal)
        and node.this.is_string and re.fullmatch(r"\d{4}-\d\d-\d\d", node.this.this) is not None
    )  # fmt: skip


def _literal_text(node: exp.Expression) -> str:
    if isinstance(node, exp.Boolean):
        return "true" if node.this else "false"
    return node.this.this if isinstance(node, exp.Cast) else node.this


def _not_a_formula(text: str) -> Words:
    return Words(en=f"'{text}' is not a formula.", ru=f"«{text}» не является формулой.")


def _not_allowed(node: exp.Expression) -> Words:
    written = node.sql(dialect="duckdb")
    written = written if len(written) <= 60 else written[:57] + "…"
    return Words(en=f"'{written}' is not allowed in a formula.", ru=f"«{written}» в формуле не допускается.")


def _offset(text: str, line: int, column: int) -> int:
    lines = text.split("\n")
    return sum(len(part) + 1 for part in lines[: line - 1]) + max(column, 0)


def _problem(place: Place, text: str, offset: int, message: Words, hint: Words | None = None) -> Problem:
    """The problem at an offset in the formula's text; a formula over several lines keeps its first line's place."""
    before = text[: min(max(offset, 0), len(text))]
    if place.line is not None and place.column is not None and "\n" not in before:
        place = Place(place.file, place.line, place.column + len(before))
    return Problem(place, message, hint)


assert set(_TITLES) == set(TYPES)
