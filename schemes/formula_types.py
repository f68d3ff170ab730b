"""The types of formulas: what may stand in one, what goes with what, and what each part gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from prm.words import Words
from schemes.model_names import ACTIVITIES
from schemes.notation import decimal_hint, quotes_hint
from schemes.plurals import english, russian
from schemes.problems import nearest
from schemes.streams import TYPES, streams

PLACES = {"money": 4, "share": 6, "number": 6}
"""Decimal places of each numeric type."""
DIGITS = {"money": 12, "share": 3, "number": 12}
"""The most digits before the point of a value of each numeric type."""
_VALUES = ("значение", "значения", "значений")
_NO_DIVISION = Words(
    en="There is no division: it would not stay exact. Write ratio(a, b) for a by b, amount * ratio(1, 12) for a twelfth.",
    ru="Деления нет: результат не был бы точным. Напишите ratio(a, b) для отношения a к b, amount * ratio(1, 12) для двенадцатой части.",
)
_DATES = Words(en="A day is written date '2026-09-01'.", ru="День пишется так: date '2026-09-01'.")
_KEYS = Words(
    en="The keys of a table are text; numbers are told apart by if().",
    ru="Ключи таблицы — текст; числа различает if().",
)
_MOST_PLACES = 30  # of a product: DuckDB's decimals hold 38 digits in all
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_SAME_TYPE = {exp.Least: "least", exp.Greatest: "greatest", exp.Coalesce: "coalesce"}
INSTALMENT_OF = "instalment_of"
"""A function of a sum: this instalment's part of it, rounded so that all instalments add up to the sum."""
QUOTIENTS = {"ratio": "share", "started": "number", "completed": "number"}
"""Functions of two parts of one type, and what they give: the first by the second, to six places, a tie away from
zero (unknown where the second is zero); how many of the second are begun, or are whole, in the first (none below
zero). The parts count to six places."""
TYPE_TITLES = {
    "money": Words(en="an amount of money", ru="сумма денег"),
    "share": Words(en="a share", ru="доля"),
    "number": Words(en="a number", ru="число"),
    "text": Words(en="text", ru="текст"),
    "date": Words(en="a date", ru="дата"),
    "flag": Words(en="a condition (yes or no)", ru="условие (да или нет)"),
}
ACCEPTED = Words(
    en="Accepted: names, numbers, 'text', + - *, comparisons, and/or/not, in, between, is null, if(), "
    "least(), greatest(), coalesce(), ratio(), started(), completed().",
    ru="Допустимо: имена, числа, 'текст', + - *, сравнения, and/or/not, in, between, is null, if(), "
    "least(), greatest(), coalesce(), ratio(), started(), completed().",
)


class FormulaError(Exception):
    """A formula that is refused: what is wrong, what would be accepted, and at which character of its text."""

    def __init__(self, message: Words, hint: Words | None, offset: int):
        self.message, self.hint, self.offset = message, hint, offset
        super().__init__(message.en)


UNKNOWN = "unknown"
"""The type of a name whose own declaration is wrong, which was noted there."""


class UnknownNameError(FormulaError):
    """A formula that uses a name which is not known in its place."""

    def __init__(self, name: str, hint: Words, offset: int):
        self.name = name
        super().__init__(Words(en=f"There is no name '{name}' here.", ru=f"Имени «{name}» здесь нет."), hint, offset)


class UnknownError(FormulaError):
    """A formula that can't be judged: a name that it uses is declared wrongly."""


@dataclass(frozen=True)
class Signature:
    """What a table takes, by the types of its keys, and what it gives."""

    keys: tuple[str, ...]
    type: str


@dataclass
class Checker:
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
        if isinstance(node, exp.Literal | exp.Boolean) or is_date_literal(node):
            return self._literal(node, wanted)
        if isinstance(node, exp.Neg):
            return self._numeric(node.this, wanted)
        if isinstance(node, exp.Add | exp.Sub):
            return self._sum(node, wanted)
        if isinstance(node, exp.Mul):
            return self._product(node, wanted)
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
        if isinstance(node, exp.Div | exp.IntDiv):
            raise self._refuse(node, not_allowed_text(self._written(node)), _NO_DIVISION)
        hint = decimal_hint(self.text) if isinstance(node, exp.Mod) else None
        raise self._refuse(node, not_allowed_text(self._written(node)), hint or ACCEPTED)

    def _written(self, node: exp.Expr) -> str:
        """A part of the formula as its author wrote it, where that can be told."""
        ends = [part.meta[of] for part in node.walk() for of in ("start", "end") if of in part.meta]
        if not ends or not isinstance(node, exp.Binary | exp.Func) or (isinstance(node, exp.Func) and not node.meta):
            return shown(node.sql(dialect="duckdb"))
        begin, end = min(ends), max(ends) + 1
        while (part := self.text[begin:end]).count("(") > part.count(")") and end < len(self.text):
            end += 1
        return shown(part)

    def _name(self, node: exp.Column) -> str:
        if node.args.get("table") or not isinstance(node.this, exp.Identifier):
            raise self._refuse(node, not_allowed_text(shown(node.sql(dialect="duckdb"))), ACCEPTED)
        if node.name not in self.types:
            raise UnknownNameError(node.name, _meant(node.name, self.types), self._offset(node))
        if self.types[node.name] == UNKNOWN:
            raise UnknownError(Words(en="", ru=""), None, 0)
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
        if node.name in ACTIVITIES:
            raise self._refuse(
                node,
                Words(
                    en=f"'{node.name}' is asked of the subscriber of a single event.",
                    ru=f"«{node.name}» — об абоненте отдельного события.",
                ),
                Words(
                    en=f"Count or add up events in a measure, such as on: activation, where: {node.name}(30) >= 100.",
                    ru=f"Посчитайте события показателем, например on: activation, where: {node.name}(30) >= 100.",
                ),
            )
        if table is None:
            message = Words(
                en=f"There is no function or table '{node.name}'.", ru=f"Нет функции или таблицы «{node.name}»."
            )
            near = nearest(node.name, self._functions())
            raise self._refuse(node, message, near if self.tables or "?" in near.en else ACCEPTED)
        self._takes(node, len(table.keys))
        for part, wanted in zip(node.expressions, table.keys, strict=True):
            if (kind := self.type_of(part, wanted)) != wanted:
                raise self._refuse(part, self._mismatch(wanted, kind), _KEYS)
        return table.type

    def _functions(self) -> list[str]:
        """What may be called here."""
        of_events = [activity for activity in ACTIVITIES if f"{activity}()" in self.types]
        of_instalments = [INSTALMENT_OF] if "instalment" in self.types else []
        return [*self.tables, *QUOTIENTS, "if", "least", "greatest", "coalesce", *of_events, *of_instalments]

    def _takes(self, node: exp.Anonymous, count: int) -> None:
        given = len(node.expressions)
        if given != count:
            raise self._refuse(
                node,
                Words(
                    en=f"'{node.name}' takes {english(count, 'value')}, {given} {'is' if given == 1 else 'are'} given.",
                    ru=f"«{node.name}» принимает {russian(count, _VALUES)}, указано {given}.",
                ),
                decimal_hint(self.text),
            )

    def _literal(self, node: exp.Expr, wanted: str | None) -> str:
        if isinstance(node, exp.Boolean):
            kind = "flag"
        elif is_date_literal(node):
            kind = "date"
            try:
                date.fromisoformat(literal_text(node))
            except ValueError:
                raise self._refuse(
                    node, Words(en=f"There is no day {literal_text(node)}.", ru=f"Дня {literal_text(node)} нет.")
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

    def _product(self, node: exp.Binary, wanted: str | None) -> str:
        kinds = {self._numeric(node.left), self._numeric(node.right)}
        if wanted == "money" and "money" not in kinds and (amount := _amount_in(node, "share" not in kinds)):
            kinds.add(self.type_of(amount, "money"))
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
                raise self._refuse(part, self._mismatch(kind, other), _DATES if kind == "date" else None)
        return kind

    def _mismatch(self, wanted: str, found: str) -> Words:
        return Words(
            en=f"{TYPE_TITLES[found].en.capitalize()} stands where {TYPE_TITLES[wanted].en} is needed.",
            ru=f"Стоит {TYPE_TITLES[found].ru}, а нужно: {TYPE_TITLES[wanted].ru}.",
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
        return FormulaError(message, hint, self._offset(node))

    def _offset(self, node: exp.Expr) -> int:
        """At which character of the formula a part begins."""
        starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
        if not starts:  # sqlglot keeps no position of some words, such as true and null
            word = re.search(re.escape(node.sql(dialect="duckdb")), self.text, re.IGNORECASE)
            starts = [word.start() if word else 0]
        return min(starts)


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


def _amount_in(node: exp.Expr, may_be_a_fraction: bool) -> exp.Expr | None:
    """The bare number among the factors of a product without money: where money is needed, it is it.

    Of several it is the last that is no fraction of one: 300 of `300 * 0.9`. may_be_a_fraction: whether a number below
    one will do where there is no other; beside a share it won't: `quality * 0.05` lacks what it is a share of.
    """
    found = list(_bare_factors(node))
    return next((of for of in found if _is_sum(of)), found[0] if found and may_be_a_fraction else None)


def _bare_factors(node: exp.Expr) -> Iterator[exp.Expr]:
    """The bare numbers among the factors of a product, from the last."""
    for side in (node.args["expression"], node.args["this"]):
        if _is_number(side):
            yield side
        elif isinstance(side.unnest(), exp.Mul):
            yield from _bare_factors(side.unnest())


def _is_sum(node: exp.Expr) -> bool:
    """Whether a bare number reads as a sum of money: it is at least one, and has no more places than money."""
    of = node.unnest()
    if not isinstance(of, exp.Literal):
        return False
    whole, _, fraction = of.this.partition(".")
    return whole.strip("0") != "" and len(fraction) <= PLACES["money"]


def is_date_literal(node: exp.Expr) -> bool:
    """`date '2026-09-01'`, the one cast there is."""
    return (
        isinstance(node, exp.Cast) and node.to.this == exp.DataType.Type.DATE and isinstance(node.this, exp.Literal)
        and node.this.is_string and re.fullmatch(r"\d{4}-\d\d-\d\d", node.this.this) is not None
    )  # fmt: skip


def literal_text(node: exp.Expr) -> str:
    if isinstance(node, exp.Boolean):
        return "true" if node.this else "false"
    return node.this.this if isinstance(node, exp.Cast) else node.this


def _meant(name: str, known: Mapping[str, str]) -> Words:
    """A hint for an unknown name: what else has it; where no name is near, it may be text without its quotes."""
    having = [stream for stream in streams().values() if name in stream.names]
    if having and len(having) == len(streams()):
        return Words(
            en="It is a name of single events: a measure counts them, or adds up what is asked of each.",
            ru="Это имя есть только у отдельного события: показатель (measures) считает события или складывает их суммы.",
        )
    if having:
        en, ru = _listed([of.several.en for of in having], "and"), _listed([of.several.ru for of in having], "и")
        return Words(en=f"It is a name of {en}.", ru=f"Это имя есть у {ru}.")
    if quoted := quotes_hint(name):
        return quoted
    hint = nearest(name, known)
    if not hint.en.startswith("Accepted"):
        return hint
    return Words(
        en=f"Text stands in single quotes: '{name}'. {hint.en}", ru=f"Текст пишется в кавычках: '{name}'. {hint.ru}"
    )


def _listed(parts: list[str], joiner: str) -> str:
    *most, last = parts
    return f"{', '.join(most)} {joiner} {last}" if most else last


def shown(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


def not_allowed_text(text: str) -> Words:
    return Words(en=f"'{text}' is not allowed in a formula.", ru=f"«{text}» в формуле не допускается.")


assert set(TYPE_TITLES) == set(TYPES)
