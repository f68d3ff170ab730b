"""Formulas: a small typed language, parsed to a tree; SQL is only ever written from the tree.

A formula may use the names it is given, the scheme's tables, literals, `+ - *`, comparisons, `and or not`, `in`,
`between`, `is [not] null`, and the functions if, least, greatest, coalesce, ratio, started and completed. sqlglot
parses it; every node is checked against an allow-list and given a type. Anything else is refused with its
line and column. There is no bare division and no average: they would leave exact decimals.

Types multiply and add as money does: money x share = money, money x number = money, money + money = money;
money x money is refused. A literal number takes the type of what it is compared with or added to; where money is needed,
one that a number is multiplied by is money.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from prm.words import Words
from schemes.formula_types import (
    ACCEPTED,
    INSTALMENT_OF,
    QUOTIENTS,
    TYPE_TITLES,
    Checker,
    FormulaError,
    Signature,
    literal_text,
    not_allowed_text,
    shown,
)
from schemes.model_names import ACTIVITIES
from schemes.notation import decimal_hint, sign_hint

_NARROW_PLACES = 10  # of money by a share: 8 digits are left before the point
_MOST_CHARACTERS = 4000
_MOST_LEVELS = 100  # of nesting: both parsing and writing SQL recurse
_FORBIDDEN_TEXT = re.compile(r"--|/\*|\*/|;|[\\\"`$@#{}\[\]]")

_TOO_LONG = Words(
    en="The formula is too long or nested too deeply.", ru="Формула слишком длинная или слишком глубоко вложена."
)
_TO_MONEY = {
    "number": Words(
        en="Multiply it by an amount: a bare number, such as connected * 100, or a term of type money.",
        ru="Умножьте на сумму: на число, например connected * 100, или на условие (term) типа money.",
    ),
    "share": Words(en="Multiply it by an amount of money.", ru="Умножьте её на сумму денег."),
}
"""How what is no money becomes money."""
_SPLIT = Words(en="Divide it between components.", ru="Разделите её на составляющие.")


class Writer(Protocol):
    """Says what stands in SQL for the names, literals and tables of a formula."""

    def column(self, name: str) -> str:
        """SQL of a name."""
        ...

    def literal(self, kind: str, text: str) -> str | None:
        """SQL that stands for a literal of a type, or None to leave it in the text."""
        ...

    def lookup(self, table: str, keys: list[str]) -> str:
        """SQL of a table's value for the SQL of its keys."""
        ...

    def instalment(self, total: str) -> str:
        """SQL of this instalment's part of a sum."""
        ...

    def activity(self, name: str, days: int) -> str:
        """SQL of what a subscriber did in so many first days."""
        ...


@dataclass(frozen=True)
class Formula:
    """A checked formula. Two formulas are equal when their canonical texts are. source: as its author wrote it."""

    text: str  # canonical
    type: str
    tree: exp.Expr = field(compare=False, repr=False)
    literal_types: Mapping[int, str] = field(compare=False, repr=False)  # id of a literal's node -> its type
    products: Mapping[int, tuple[int, int]] = field(compare=False, repr=False)
    """id of a product's node -> places of its first factor, and of itself"""
    source: str = field(default="", compare=False)

    @property
    def written(self) -> str:
        """The author's own text, in one line: what messages quote."""
        return re.sub(r"\s*\n\s*", " ", self.source.strip()) or self.text

    def names(self) -> set[str]:
        """The names it uses, tables included."""
        return set(self._names)

    @cached_property  # asked for again and again where rules wait for one another
    def _names(self) -> frozenset[str]:
        found = self.tree.find_all(exp.Column, exp.Anonymous)
        return frozenset(node.name for node in found) - {*QUOTIENTS, INSTALMENT_OF, *ACTIVITIES}

    def activities(self) -> set[str]:
        """What it asks of the subscriber's first days."""
        return {node.name for node in self.tree.find_all(exp.Anonymous)} & {*ACTIVITIES}

    def sql(self, writer: Writer, *, wide: bool = False) -> str:
        """SQL for a calculation engine, written from the tree.

        wide: products of sums, and of large amounts. DuckDB gives a product of two decimals of 18 digits no more than
        18; most of what events earn fits (`fits` says when), and is many times as fast; quotients (there is no telling how
        large) and products with many places always need more.
        """

        def rewrite(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Column):
                return exp.Var(this=writer.column(node.name))
            if id(node) in self.literal_types:
                written = writer.literal(self.literal_types[id(node)], literal_text(node))
                return exp.Var(this=written) if written else node.copy()
            if isinstance(node, exp.Anonymous):
                if node.name in ACTIVITIES:
                    return exp.Var(this=writer.activity(node.name, int(node.expressions[0].this)))
                parts = [rewrite(part).sql(dialect="duckdb") for part in node.expressions]
                if node.name == INSTALMENT_OF:
                    return exp.Var(this=writer.instalment(parts[0]))
                if node.name in QUOTIENTS:  # the models bring functions of these names
                    return exp.Var(this=f"{node.name}({', '.join(parts)})")
                return exp.Var(this=writer.lookup(node.name, parts))
            copy = node.copy()
            for key, child in node.args.items():
                if key == "this" and id(node) in self.products and (wide or self._needs_more(node)):
                    factor = rewrite(node.this).sql(dialect="duckdb")
                    copy.set(key, exp.Var(this=f"cast({factor} as decimal(38, {self.products[id(node)][0]}))"))
                elif isinstance(child, exp.Expr):
                    copy.set(key, rewrite(child))
                elif isinstance(child, list):
                    copy.set(key, [rewrite(item) if isinstance(item, exp.Expr) else item for item in child])
            return copy

        return rewrite(self.tree).sql(dialect="duckdb")

    def fits(self, writer: Writer) -> str | None:
        """SQL of whether 18 digits are enough for every product, and for every sum of them; None where there is none.

        Where this is unknown, so is a part; the wide form says what that makes of the whole.
        """

        def is_below(node: exp.Expr, digits: int) -> str:
            part = Formula("", self.type, node, self.literal_types, self.products)
            return f"abs({part.sql(writer, wide=True)}) < {5 * 10 ** (digits - 1)}"

        limits: dict[str, None] = {}
        for node in self.tree.walk():
            if id(node) in self.products and not self._needs_more(node):
                limits[is_below(node, 18 - self.products[id(node)][1])] = None
            elif isinstance(node, exp.Add | exp.Sub):
                places = [self.products[id(part)][1] for part in node.walk() if id(part) in self.products]
                if places and not any(self._needs_more(part) for part in node.walk()):
                    limits |= dict.fromkeys(is_below(side, 18 - max(places)) for side in (node.left, node.right))
        return " and ".join(limits) or None

    def _needs_more(self, node: exp.Expr) -> bool:
        """Whether a node is a product that may be longer whatever is multiplied."""
        return id(node) in self.products and (self.products[id(node)][1] > _NARROW_PLACES or _has_quotient(node))


def _has_quotient(node: exp.Expr) -> bool:
    return any(called.name in QUOTIENTS for called in node.find_all(exp.Anonymous))


def parse(
    text: str, types: Mapping[str, str], wanted: str | None = None, tables: Mapping[str, Signature] | None = None
) -> Formula:
    """Parses and checks a formula.

    types: the type of each name it may use. tables: those it may call. wanted: the type it must have. Raises
    FormulaError.
    """
    if found := _FORBIDDEN_TEXT.search(text):
        raise FormulaError(not_allowed_text(found[0]), sign_hint(found[0]) or ACCEPTED, found.start())
    if len(text) > _MOST_CHARACTERS:
        raise FormulaError(_TOO_LONG, _SPLIT, 0)
    try:
        trees = sqlglot.parse(text, dialect="duckdb")
    except (SqlglotError, RecursionError) as error:
        details = getattr(error, "errors", None) or [{}]
        offset = _offset(text, details[0].get("line") or 1, (details[0].get("col") or 1) - 1)
        raise FormulaError(
            _not_a_formula(text.strip()), decimal_hint(text) or sign_hint(text) or ACCEPTED, offset
        ) from None
    if len(trees) != 1 or trees[0] is None:
        raise FormulaError(Words(en="A formula is missing.", ru="Формула не задана."), ACCEPTED, 0)
    if isinstance(trees[0], exp.Command):  # what sqlglot gives up on
        raise FormulaError(_not_a_formula(text.strip()), ACCEPTED, 0)
    if _levels(trees[0]) > _MOST_LEVELS:
        raise FormulaError(_TOO_LONG, _SPLIT, 0)
    checker = Checker(text, types, tables or {})
    kind = checker.type_of(trees[0], wanted)
    if wanted and kind != wanted:
        message = Words(
            en=f"This is {TYPE_TITLES[kind].en}, where {TYPE_TITLES[wanted].en} is needed.",
            ru=f"Здесь {TYPE_TITLES[kind].ru}, а нужно: {TYPE_TITLES[wanted].ru}.",
        )
        raise FormulaError(message, _TO_MONEY.get(kind) if wanted == "money" else None, 0)
    return Formula(_canonical(trees[0]), kind, trees[0], checker.literals, checker.products, text)


def _canonical(tree: exp.Expr) -> str:
    """The formula's own text, free of layout: `if` stays a function here, where SQL has a case."""
    if tree.find(exp.If) is None:
        return tree.sql(dialect="duckdb", normalize_functions="lower")
    tree = exp.Paren(this=tree.copy())  # so that a whole formula can be replaced like any part
    for node in reversed(list(tree.find_all(exp.If))):
        parts = [node.this, node.args["true"], node.args["false"]]
        node.replace(exp.Anonymous(this="if", expressions=parts))
    return tree.this.sql(dialect="duckdb", normalize_functions="lower")


def is_word(name: str, *, called: bool = False) -> bool:
    """Whether formulas understand a name as something else, so that it can't be given. called: it is a table's."""
    if name in QUOTIENTS or name == INSTALMENT_OF or name in ACTIVITIES:
        return True
    try:
        tree = sqlglot.parse_one(f"{name}(1)" if called else f"1 + {name}", dialect="duckdb")
    except SqlglotError:
        return True
    return not isinstance(tree, exp.Anonymous) if called else not isinstance(tree.expression, exp.Column)


def conjuncts(formula: Formula) -> Iterator[Formula]:
    """The parts of a condition joined by `and` at its top: its numbered conditions, in order."""

    def parts(node: exp.Expr) -> Iterator[exp.Expr]:
        if isinstance(node, exp.And):
            yield from parts(node.left)
            yield from parts(node.right)
        elif isinstance(node, exp.Paren) and isinstance(node.this, exp.And):
            yield from parts(node.this)
        else:
            yield node

    found = list(parts(formula.tree))
    sources = _written_parts(formula.source)
    if len(sources) != len(found):
        sources = [""] * len(found)
    for part, source in zip(found, sources, strict=True):
        yield Formula(_canonical(part), "flag", part, formula.literal_types, formula.products, source)


def _written_parts(text: str) -> list[str]:
    """The text of a condition, divided at the `and` of its top, as `conjuncts` divides its tree."""
    tokens, depth, betweens = sqlglot.tokenize(text, read="duckdb"), 0, 0
    parts: list[list[Token]] = [[]]
    for token in tokens:
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if depth == 0 and token.token_type == TokenType.OR:
            return [text]
        betweens += depth == 0 and token.token_type == TokenType.BETWEEN
        if depth == 0 and token.token_type == TokenType.AND and not betweens:
            parts.append([])
            continue
        betweens -= depth == 0 and token.token_type == TokenType.AND
        parts[-1].append(token)
    found: list[str] = []
    for part in filter(None, parts):
        written = text[part[0].start : part[-1].end + 1]
        inner = _written_parts(written[1:-1]) if written.startswith("(") and written.endswith(")") else []
        found += inner if len(inner) > 1 else [written]
    return found


def _levels(tree: exp.Expr) -> int:
    """How deep a tree is; without recursion, so that no text can exhaust it."""
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        waiting += [(child, level + 1) for child in node.iter_expressions()]
    return deepest


def _not_a_formula(text: str) -> Words:
    return Words(en=f"'{shown(text)}' is not a formula.", ru=f"«{shown(text)}» не является формулой.")


def _offset(text: str, line: int, column: int) -> int:
    lines = text.split("\n")
    return min(sum(len(part) + 1 for part in lines[: line - 1]) + max(column, 0), len(text))
