"""Formulas: a small typed language, parsed to a tree; SQL is only ever written from the tree.

A formula may use the names it is given, the scheme's tables, literals, `+ - *`, comparisons, `and or not`, `in`,
`between`, `is [not] null`, and the functions if, least, greatest, coalesce, ratio, started and completed. sqlglot
parses it; every node is checked against an allow-list and given a type. Anything else is refused with its
line and column. There is no bare division and no average: they would leave exact decimals.

Types multiply and add as money does: money x share = money, money x number = money, money + money = money;
money x money is refused. A literal number takes the type of what it is compared with or added to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from prm.words import Words
from schemes.model_names import ACTIVITIES
from schemes.problems import nearest
from schemes.streams import TYPES

PLACES = {"money": 4, "share": 6, "number": 6}
"""Decimal places of each numeric type."""
DIGITS = {"money": 12, "share": 3, "number": 12}
"""The most digits before the point of a value of each numeric type."""
_MOST_PLACES = 30  # of a product: DuckDB's decimals hold 38 digits in all
_NARROW_PLACES = 10  # of money by a share: 8 digits are left before the point
_MOST_CHARACTERS = 4000
_MOST_LEVELS = 100  # of nesting: both parsing and writing SQL recurse
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_SAME_TYPE = {exp.Least: "least", exp.Greatest: "greatest", exp.Coalesce: "coalesce"}
INSTALMENT_OF = "instalment_of"
"""A function of a sum: this instalment's part of it, rounded so that all instalments add up to the sum."""
QUOTIENTS = {"ratio": "share", "started": "number", "completed": "number"}
"""Functions of two parts of one type, and what they give: the first by the second, to six places, a tie away from
zero (unknown where the second is zero); how many of the second are begun, or are whole, in the first (none below
zero). The parts count to six places."""
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
    en="Accepted: names, numbers, 'text', + - *, comparisons, and/or/not, in, between, is null, if(), "
    "least(), greatest(), coalesce(), ratio(), started(), completed().",
    ru="Допустимо: имена, числа, 'текст', + - *, сравнения, and/or/not, in, between, is null, if(), "
    "least(), greatest(), coalesce(), ratio(), started(), completed().",
)

_TOO_LONG = Words(
    en="The formula is too long or nested too deeply.", ru="Формула слишком длинная или слишком глубоко вложена."
)
_SPLIT = Words(en="Divide it between components.", ru="Разделите её на составляющие.")


class FormulaError(Exception):
    """A formula that is refused: what is wrong, what would be accepted, and at which character of its text."""

    def __init__(self, message: Words, hint: Words | None, offset: int):
        self.message, self.hint, self.offset = message, hint, offset
        super().__init__(message.en)


@dataclass(frozen=True)
class Signature:
    """What a table takes, by the types of its keys, and what it gives."""

    keys: tuple[str, ...]
    type: str


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
    """A checked formula. Two formulas are equal when their canonical texts are."""

    text: str  # canonical
    type: str
    tree: exp.Expr = field(compare=False, repr=False)
    literal_types: Mapping[int, str] = field(compare=False, repr=False)  # id of a literal's node -> its type
    products: Mapping[int, tuple[int, int]] = field(compare=False, repr=False)
    """id of a product's node -> places of its first factor, and of itself"""

    def names(self) -> set[str]:
        """The names it uses, tables included."""
        tables = {node.name for node in self.tree.find_all(exp.Anonymous)} - {*QUOTIENTS, INSTALMENT_OF, *ACTIVITIES}
        return {column.name for column in self.tree.find_all(exp.Column)} | tables

    def sql(self, writer: Writer, *, wide: bool = False) -> str:
        """SQL for a calculation engine, written from the tree.

        wide: products of sums. DuckDB gives a product of two decimals of 18 digits no more than 18; what an event
        earns fits, and is fast; sums, and products with many places, need more.
        """

        def rewrite(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Column):
                return exp.Var(this=writer.column(node.name))
            if id(node) in self.literal_types:
                written = writer.literal(self.literal_types[id(node)], _literal_text(node))
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
                if (
                    key == "this"
                    and id(node) in self.products
                    and (wide or self.products[id(node)][1] > _NARROW_PLACES)
                ):
                    factor = rewrite(node.this).sql(dialect="duckdb")
                    copy.set(key, exp.Var(this=f"cast({factor} as decimal(38, {self.products[id(node)][0]}))"))
                elif isinstance(child, exp.Expr):
                    copy.set(key, rewrite(child))
                elif isinstance(child, list):
                    copy.set(key, [rewrite(item) if isinstance(item, exp.Expr) else item for item in child])
            return copy

        return rewrite(self.tree).sql(dialect="duckdb")


def parse(
    text: str, types: Mapping[str, str], wanted: str | None = None, tables: Mapping[str, Signature] | None = None
) -> Formula:
    """Parses and checks a formula.

    types: the type of each name it may use. tables: those it may call. wanted: the type it must have. Raises
    FormulaError.
    """
    if found := _FORBIDDEN_TEXT.search(text):
        raise FormulaError(_not_allowed_text(found[0]), _ACCEPTED, found.start())
    if len(text) > _MOST_CHARACTERS:
        raise FormulaError(_TOO_LONG, _SPLIT, 0)
    try:
        trees = sqlglot.parse(text, dialect="duckdb")
    except (SqlglotError, RecursionError) as error:
        details = getattr(error, "errors", None) or [{}]
        offset = _offset(text, details[0].get("line") or 1, (details[0].get("col") or 1) - 1)
        raise FormulaError(_not_a_formula(text.strip()), _ACCEPTED, offset) from None
    if len(trees) != 1 or trees[0] is None:
        raise FormulaError(Words(en="A formula is missing.", ru="Формула не задана."), _ACCEPTED, 0)
    if isinstance(trees[0], exp.Command):  # what sqlglot gives up on
        raise FormulaError(_not_a_formula(text.strip()), _ACCEPTED, 0)
    if _levels(trees[0]) > _MOST_LEVELS:
        raise FormulaError(_TOO_LONG, _SPLIT, 0)
    checker = _Checker(text, types, tables or {})
    kind = checker.type_of(trees[0], wanted)
    if wanted and kind != wanted:
        message = Words(
            en=f"This is {_TITLES[kind].en}, where {_TITLES[wanted].en} is needed.",
            ru=f"Здесь {_TITLES[kind].ru}, а нужно: {_TITLES[wanted].ru}.",
        )
        raise FormulaError(message, None, 0)
    return Formula(_canonical(trees[0]), kind, trees[0], checker.literals, checker.products)


def _canonical(tree: exp.Expr) -> str:
    """The formula's own text, free of layout: `if` stays a function here, where SQL has a case."""
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

    for part in parts(formula.tree):
        yield Formula(_canonical(part), "flag", part, formula.literal_types, formula.products)


@dataclass
class _Checker:
    """Walks a tree once: every node allowed, every type right, no product with more places than can be kept."""

    text: str
    types: Mapping[str, str]
    tables: Mapping[str, Signature]
    literals: dict[int, str] = field(default_factory=dict)  # id of a literal's node -> its type
    products: dict[int, tuple[int, int]] = field(default_factory=dict)  # as a Formula's

    def type_of(self, node: exp.Expr, wanted: str | None = None) -> str:
        """The type of a node; wanted: the type that a bare number takes here."""
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
        if isinstance(node, exp.In) and node.expressions and not (
            node.args.get("query") or node.args.get("unnest") or node.args.get("field")
        ):  # fmt: skip
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
        if isinstance(node, exp.If) and node.args.get("false") is not None:
            self._flag(node.this)
            return self._same(node, [node.args["true"], node.args["false"]], wanted)
        if isinstance(node, exp.Anonymous) and isinstance(node.this, str):
            return self._called(node)
        raise self._refuse(node, _not_allowed(node), _ACCEPTED)

    def _name(self, node: exp.Column) -> str:
        if node.args.get("table") or not isinstance(node.this, exp.Identifier):
            raise self._refuse(node, _not_allowed(node), _ACCEPTED)
        if node.name not in self.types:
            raise self._refuse(
                node,
                Words(en=f"There is no name '{node.name}' here.", ru=f"Имени «{node.name}» здесь нет."),
                _meant(node.name, self.types),
            )
        return self.types[node.name]

    def _called(self, node: exp.Anonymous) -> str:
        if node.name in QUOTIENTS:
            self._takes(node, 2)
            if (kind := self._same(node, node.expressions)) not in PLACES:
                raise self._refuse(node, self._mismatch("number", kind))
            return QUOTIENTS[node.name]
        if node.name == INSTALMENT_OF and "instalment" in self.types:
            self._takes(node, 1)
            if (kind := self.type_of(node.expressions[0], "money")) != "money":
                raise self._refuse(node, self._mismatch("money", kind))
            return "money"
        if f"{node.name}()" in self.types:
            self._takes(node, 1)
            days = node.expressions[0]
            if not isinstance(days, exp.Literal) or not re.fullmatch(r"[1-9]\d{0,3}", days.this):
                message = Words(
                    en=f"'{node.name}' takes a number of days.", ru=f"«{node.name}»: нужно количество дней."
                )
                raise self._refuse(
                    node, message, Words(en=f"Such as {node.name}(30).", ru=f"Например, {node.name}(30).")
                )
            return self.types[f"{node.name}()"]
        table = self.tables.get(node.name)
        if table is None:
            message = Words(
                en=f"There is no function or table '{node.name}'.", ru=f"Нет функции или таблицы «{node.name}»."
            )
            known = [*self.tables, *QUOTIENTS, "if", "least", "greatest", "coalesce"]
            raise self._refuse(node, message, nearest(node.name, known) if self.tables else _ACCEPTED)
        self._takes(node, len(table.keys))
        for part, wanted in zip(node.expressions, table.keys, strict=True):
            if (kind := self.type_of(part, wanted)) != wanted:
                raise self._refuse(part, self._mismatch(wanted, kind))
        return table.type

    def _takes(self, node: exp.Anonymous, count: int) -> None:
        if len(node.expressions) != count:
            raise self._refuse(
                node,
                Words(
                    en=f"'{node.name}' takes {count} values in its brackets, here are {len(node.expressions)}.",
                    ru=f"«{node.name}»: в скобках нужно значений: {count}, а стоит {len(node.expressions)}.",
                ),
            )

    def _literal(self, node: exp.Expr, wanted: str | None) -> str:
        if isinstance(node, exp.Boolean):
            kind = "flag"
        elif _is_date_literal(node):
            kind = "date"
            try:
                date.fromisoformat(_literal_text(node))
            except ValueError:
                raise self._refuse(
                    node, Words(en=f"There is no day {_literal_text(node)}.", ru=f"Дня {_literal_text(node)} нет.")
                ) from None
        elif node.is_string:
            kind = "text"
        else:
            kind = wanted if wanted in PLACES else "number"
            whole, _, fraction = node.this.partition(".")
            if not (whole + fraction).isdigit() or len(fraction) > PLACES[kind] or len(whole) > DIGITS[kind]:
                raise self._refuse(
                    node,
                    Words(en=f"The number {node.this} cannot be kept exactly.", ru=f"Число {node.this} нельзя сохранить точно."),
                    Words(
                        en=f"At most {DIGITS[kind]} digits before the point and {PLACES[kind]} after it, no exponent.",
                        ru=f"Не больше {DIGITS[kind]} цифр до точки и {PLACES[kind]} после неё, без показателя степени.",
                    ),
                )  # fmt: skip
        self.literals[id(node)] = kind
        return kind

    def _numeric(self, node: exp.Expr, wanted: str | None = None) -> str:
        kind = self.type_of(node, wanted)
        if kind not in PLACES:
            raise self._refuse(node, self._mismatch("number", kind))
        return kind

    def _flag(self, node: exp.Expr) -> None:
        if (kind := self.type_of(node)) != "flag":
            raise self._refuse(node, self._mismatch("flag", kind))

    def _sum(self, node: exp.Binary, wanted: str | None) -> str:
        kind = self._same(node, [node.left, node.right], wanted)
        if kind == "date" and isinstance(node, exp.Sub):
            return "number"
        if kind not in PLACES:
            raise self._refuse(node, self._mismatch("number", kind))
        return kind

    def _product(self, node: exp.Binary) -> str:
        kinds = {self._numeric(node.left), self._numeric(node.right)}
        if kinds == {"money"}:
            raise self._refuse(
                node, Words(en="Money cannot be multiplied by money.", ru="Деньги нельзя умножать на деньги."),
                Words(en="Multiply it by a share or a number.", ru="Умножайте на долю или на число."),
            )  # fmt: skip
        if self._places(node) > _MOST_PLACES:
            raise self._refuse(
                node,
                Words(en="Too many factors to stay exact.", ru="Слишком много сомножителей для точного результата."),
            )
        self.products[id(node)] = (self._places(node.left), self._places(node))
        return "money" if "money" in kinds else "share" if "share" in kinds else "number"

    def _same(self, node: exp.Expr, parts: list[exp.Expr], wanted: str | None = None) -> str:
        """All parts have one type; a literal number takes the others'."""
        first = next((part for part in parts if not _is_number(part)), None)
        kind = self.type_of(first, wanted) if first else (wanted if wanted in PLACES else "number")
        for part in (part for part in parts if part is not first):
            if (other := self.type_of(part, kind)) != kind:
                raise self._refuse(part, self._mismatch(kind, other))
        return kind

    def _mismatch(self, wanted: str, found: str) -> Words:
        return Words(
            en=f"{_TITLES[found].en.capitalize()} stands where {_TITLES[wanted].en} is needed.",
            ru=f"Стоит {_TITLES[found].ru}, а нужно: {_TITLES[wanted].ru}.",
        )

    def _places(self, node: exp.Expr) -> int:
        """The most decimal places a checked numeric node can have."""
        if isinstance(node, exp.Column):
            return PLACES.get(self.types[node.name], 0)
        if id(node) in self.literals:
            return PLACES.get(self.literals[id(node)], 0)
        if isinstance(node, exp.Anonymous):
            if node.name == INSTALMENT_OF or node.name in ACTIVITIES:
                return PLACES["money"]
            return 6 if node.name in QUOTIENTS else PLACES.get(self.tables[node.name].type, 0)
        if isinstance(node, exp.If):
            return max(self._places(node.args[side]) for side in ("true", "false"))
        parts = [self._places(part) for part in node.iter_expressions() if not isinstance(part, exp.DataType)]
        return sum(parts) if isinstance(node, exp.Mul) else max(parts)

    def _refuse(self, node: exp.Expr, message: Words, hint: Words | None = None) -> FormulaError:
        starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
        if not starts:  # sqlglot keeps no position of some words, such as true and null
            word = re.search(re.escape(node.sql(dialect="duckdb")), self.text, re.IGNORECASE)
            starts = [word.start() if word else 0]
        return FormulaError(message, hint, min(starts))


def _levels(tree: exp.Expr) -> int:
    """How deep a tree is; without recursion, so that no text can exhaust it."""
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        waiting += [(child, level + 1) for child in node.iter_expressions()]
    return deepest


def _is_number(node: exp.Expr) -> bool:
    """Whether it is made of bare numbers alone, so that it takes the type of what stands beside it."""
    if isinstance(node, exp.Neg | exp.Paren):
        return _is_number(node.this)
    if isinstance(node, exp.Add | exp.Sub):
        return _is_number(node.left) and _is_number(node.right)
    if type(node) in _SAME_TYPE:
        return all(_is_number(part) for part in (node.this, *node.expressions))
    if isinstance(node, exp.If):
        return all(_is_number(node.args[side]) for side in ("true", "false") if node.args.get(side) is not None)
    return isinstance(node, exp.Literal) and not node.is_string


def _is_date_literal(node: exp.Expr) -> bool:
    """`date '2026-09-01'`, the one cast there is."""
    return (
        isinstance(node, exp.Cast) and node.to.this == exp.DataType.Type.DATE and isinstance(node.this, exp.Literal)
        and node.this.is_string and re.fullmatch(r"\d{4}-\d\d-\d\d", node.this.this) is not None
    )  # fmt: skip


def _literal_text(node: exp.Expr) -> str:
    if isinstance(node, exp.Boolean):
        return "true" if node.this else "false"
    return node.this.this if isinstance(node, exp.Cast) else node.this


def _meant(name: str, known: Mapping[str, str]) -> Words:
    """A hint for an unknown name; where no name is near, it may be text without its quotes."""
    hint = nearest(name, known)
    if "?" in hint.en:
        return hint
    return Words(
        en=f"Text stands in single quotes: '{name}'. {hint.en}", ru=f"Текст пишется в кавычках: '{name}'. {hint.ru}"
    )


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


def _not_a_formula(text: str) -> Words:
    return Words(en=f"'{_shown(text)}' is not a formula.", ru=f"«{_shown(text)}» не является формулой.")


def _not_allowed_text(text: str) -> Words:
    return Words(en=f"'{text}' is not allowed in a formula.", ru=f"«{text}» в формуле не допускается.")


def _not_allowed(node: exp.Expr) -> Words:
    return _not_allowed_text(_shown(node.sql(dialect="duckdb")))


def _offset(text: str, line: int, column: int) -> int:
    lines = text.split("\n")
    return min(sum(len(part) + 1 for part in lines[: line - 1]) + max(column, 0), len(text))


assert set(_TITLES) == set(TYPES)
