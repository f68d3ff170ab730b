"""Formulas as phrases: names become their titles; money, shares and days are written as the language writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from sqlglot import exp

from prm.words import Language, Words, format_day, format_number, format_share, format_sum
from schemes.formula import Formula
from schemes.formula_types import INSTALMENT_OF
from schemes.model import (
    PERIOD,
    Scheme,
    Value,
)
from schemes.plurals import span
from schemes.streams import streams
from schemes.vocabulary import words_of

_COMPARED: dict[type[exp.Expr], Words] = {
    exp.EQ: Words(en="{a} is {b}", ru="{a} — {b}"),
    exp.NEQ: Words(en="{a} is not {b}", ru="{a} — не {b}"),
    exp.GT: Words(en="{a} is more than {b}", ru="{a} более {b}"),
    exp.GTE: Words(en="{a} is at least {b}", ru="{a} не менее {b}"),
    exp.LT: Words(en="{a} is less than {b}", ru="{a} менее {b}"),
    exp.LTE: Words(en="{a} is at most {b}", ru="{a} не более {b}"),
}
_COMPARED_DAYS: dict[type[exp.Expr], Words] = {
    exp.GT: Words(en="{a} is after {b}", ru="{a} позже {b}"),
    exp.GTE: Words(en="{a} is {b} or later", ru="{a} не раньше {b}"),
    exp.LT: Words(en="{a} is before {b}", ru="{a} раньше {b}"),
    exp.LTE: Words(en="{a} is {b} or earlier", ru="{a} не позже {b}"),
}
_ORDERED = (exp.GT, exp.GTE, exp.LT, exp.LTE)
_BETWEEN = Words(en="{a} is from {b} to {c}", ru="{a} от {b} до {c}")
_JOINED: dict[type[exp.Expr], Words] = {
    exp.And: Words(en="{a} and {b}", ru="{a} и {b}"),
    exp.Or: Words(en="{a} or {b}", ru="{a} или {b}"),
}
_REASONED: dict[type[exp.Expr], str] = {exp.Add: "{a} + {b}", exp.Sub: "{a} − {b}", exp.Mul: "{a} × {b}"}
_OF_SEVERAL: dict[type[exp.Expr], Words] = {
    exp.Least: Words(en="the least of ({all})", ru="наименьшее из ({all})"),
    exp.Greatest: Words(en="the greatest of ({all})", ru="наибольшее из ({all})"),
    exp.Coalesce: Words(en="the first that is given of ({all})", ru="первое заданное из ({all})"),
}
_ELSE = Words(en="{a} ({b} if unknown)", ru="{a} ({b}, если неизвестно)")
_QUOTIENTS: dict[str, Words] = {
    "ratio": Words(en="the ratio of {a} to {b}", ru="отношение {a} к {b}"),
    "started": Words(en="the number of begun {b} in {a}", ru="число начатых {b} в {a}"),
    "completed": Words(en="the number of whole {b} in {a}", ru="число полных {b} в {a}"),
}
_FOR_EVERY = {
    "started": Words(en="{c} for every begun {b} of {a}", ru="за каждые начатые {b} из {a} — {c}"),
    "completed": Words(en="{c} for every whole {b} of {a}", ru="за каждые полные {b} из {a} — {c}"),
}
_PART_OF = (Words(en="{a}", ru="{a} составляет"), Words(en="{share} of {b}", ru="{share} от {b}"))
"""The sides of a comparison of a ratio with a share: `connected is at least 80% of plan`."""
_BUT = {
    exp.Least: Words(en="at most {bound}", ru="не более {bound}"),
    exp.Greatest: Words(en="at least {bound}", ru="не менее {bound}"),
}
_BOUNDED = Words(en="{a}, but {bounds}", ru="{a}, но {bounds}")
_IF = Words(en="({b}, if {a}, else {c})", ru="({b}, если {a}, иначе {c})")
_ACTIVITIES = {
    "charged_within": (
        Words(en="the sum charged in the first {days}", ru="сумма начислений за первые {days}"),
        Words(en="the sum charged in the first day", ru="сумма начислений за первый день"),
    ),
    "paid_within": (
        Words(en="the sum paid in the first {days}", ru="сумма платежей за первые {days}"),
        Words(en="the sum paid in the first day", ru="сумма платежей за первый день"),
    ),
}
_INSTALMENT_OF = Words(en="this instalment's part of {a}", ru="доля этой выплаты в сумме {a}")
_INSTALMENTS = {
    "instalment": Words(en="the instalment's number", ru="номер выплаты"),
    "instalments": Words(en="the number of instalments", ru="число выплат"),
}
_MONTHS = {
    "month_of_year": Words(en="the month of the year", ru="месяц года"),
    "month_of_quarter": Words(en="the month of the quarter", ru="месяц квартала"),
}
_OF_WHAT_WAS_PAID = {
    "paid": Words(en="what was paid", ru="выплаченная сумма"),
    "elapsed": Words(en="the part of the term that is over", ru="истёкшая часть срока"),
    "window": Words(en="the whole term", ru="весь срок"),
}
_FROM_TABLE = Words(en="«{table}» from the table ({keys})", ru="«{table}» по таблице ({keys})")
_TOTAL = Words(en="the total of «{title}»", ru="итог «{title}»")
_OR = Words(en="{a} or {b}", ru="{a} или {b}")
_NOT = Words(en="it is not so that {a}", ru="неверно, что {a}")
_NOT_GIVEN = Words(en="{a} is not given", ru="значение {a} не задано")
_GIVEN = Words(en="{a} is given", ru="значение {a} задано")
_CLAUSE = Words(en=" (clause {clause})", ru=" (п. {clause})")


def _is_part(node: exp.Expr) -> bool:
    """Whether a bare number is a part of what it is multiplied by: `amount * 0.05` is 5 % of it, as an annex says, and
    the 1 of `amount * if(is_met, 1, 0.5)` is 100 %.
    """
    factor = node
    while factor.parent is not None and any(factor is part for part in _chosen_from(factor.parent)):
        factor = factor.parent
    if not isinstance(factor.parent, exp.Mul):
        return False
    numbers = [Decimal(of.this) for of in _results(factor) if isinstance(of, exp.Literal) and not of.is_string]
    return all(0 <= number <= 1 for number in numbers) and any(0 < number < 1 for number in numbers)


def _results(node: exp.Expr) -> list[exp.Expr]:
    """What a factor can come to: itself, or the results of the choices and bounds that it is."""
    parts = _chosen_from(node)
    return [result for part in parts for result in _results(part)] if parts else [node]


def _chosen_from(node: exp.Expr) -> list[exp.Expr]:
    """The parts of which a choice or a bound takes one; of brackets, what stands in them."""
    if isinstance(node, exp.If):
        return [node.args["true"], node.args["false"]]
    if isinstance(node, exp.Least | exp.Greatest):
        return [node.this, *node.expressions]
    return [node.this] if isinstance(node, exp.Paren) else []


Tell = Callable[[exp.Expr], str]


class Phrases:
    """Words for the formulas and values of one scheme in one language."""

    compared = _COMPARED

    def __init__(self, scheme: Scheme, language: Language):
        self.scheme, self.language = scheme, language

    def say(self, words: Words, **values: object) -> str:
        return words.text(self.language, **values)

    def phrase(self, condition: Formula, stream: str) -> str:
        """A condition as a phrase."""
        return self.expression(condition.tree, condition, stream)

    def expression(self, node: exp.Expr, formula: Formula, stream: str) -> str:
        def tell(part: exp.Expr) -> str:
            return self.expression(part, formula, stream)

        if isinstance(node, exp.Column):
            return self.name(node.name, stream)
        if id(node) in formula.literal_types:
            return self.literal(node, formula.literal_types[id(node)])
        if isinstance(node, exp.Paren):
            return f"({tell(node.this)})"
        if isinstance(node, exp.Neg):
            return f"−{self.whole(node.this, tell)}"
        if isinstance(node, exp.If):
            return self.say(_IF, a=tell(node.this), b=tell(node.args["true"]), c=tell(node.args["false"]))
        if isinstance(node, exp.Anonymous):
            if node.name in _ACTIVITIES:
                return self.activity(node.name, node.expressions[0].this)
            if node.name == INSTALMENT_OF:
                return self.say(_INSTALMENT_OF, a=self.whole(node.expressions[0], tell))
            if node.name in _QUOTIENTS:
                a, b = (self.whole(part, tell) for part in node.expressions)
                return self.say(_QUOTIENTS[node.name], a=a, b=b)
            parts = [tell(part) for part in node.expressions]
            title = getattr(self.scheme.tables[node.name].title, self.language)
            return self.say(_FROM_TABLE, table=title, keys=", ".join(parts))
        if isinstance(node, exp.Not) and isinstance(node.this, exp.Is):
            return self.say(_GIVEN, a=self.whole(node.this.this, tell))
        if isinstance(node, exp.Is):
            return self.say(_NOT_GIVEN, a=self.whole(node.this, tell))
        if isinstance(node, exp.Not):
            return self.say(_NOT, a=tell(node.this))
        if isinstance(node, exp.In):
            *most, last = [self.beside(node.this, item) or tell(item) for item in node.expressions]
            listed = self.say(_OR, a=", ".join(most), b=last) if most else last
            return self.say(self.compared[exp.EQ], a=tell(node.this), b=listed)
        if isinstance(node, exp.Between):
            return self.say(_BETWEEN, a=tell(node.this), b=tell(node.args["low"]), c=tell(node.args["high"]))
        if isinstance(node, exp.Mul) and (told := self.for_every(node, tell)):
            return told
        if type(node) in _REASONED:
            return _REASONED[type(node)].format(a=tell(node.args["this"]), b=tell(node.args["expression"]))
        if type(node) in _BUT and (told := self.bounded(node, tell)):
            return told
        if isinstance(node, exp.Coalesce) and len(node.expressions) == 1:
            return self.say(_ELSE, a=self.whole(node.this, tell), b=tell(node.expressions[0]))
        if type(node) in _OF_SEVERAL:
            listed = "; ".join(tell(item) for item in (node.this, *node.expressions))
            return self.say(_OF_SEVERAL[type(node)], all=listed)
        if type(node) in _COMPARED_DAYS and self.is_day(node.args["expression"], formula, stream):
            words, day = _COMPARED_DAYS[type(node)], node.args["expression"]
            told = self.whole(day, tell) if isinstance(day, exp.Column) else tell(day)
            return self.say(words, a=tell(node.args["this"]), b=told)
        words = self.compared.get(type(node)) or _JOINED[type(node)]
        left, right = node.args["this"], node.args["expression"]
        if type(node) in _ORDERED and isinstance(left, exp.Anonymous) and left.name == "ratio":
            a, b = (self.whole(part, tell) for part in left.expressions)
            first, second = _PART_OF
            return self.say(words, a=self.say(first, a=a), b=self.say(second, share=self.whole(right, tell), b=b))
        return self.say(
            words, a=self.beside(right, left) or tell(left), b=self.beside(left, right) or tell(right)
        )  # fmt: skip

    def is_day(self, part: exp.Expr, formula: Formula, stream: str) -> bool:
        """Whether a part is a day, or a name of one."""
        part = part.unnest()
        if not isinstance(part, exp.Column):
            return formula.literal_types.get(id(part)) == "date"
        of_events = streams()[stream].names if stream != PERIOD else {}
        sections = (of_events, self.scheme.attributes, self.scheme.terms, self.scheme.values)
        return any(section[part.name].type == "date" for section in sections if part.name in section)

    def whole(self, part: exp.Expr, tell: Tell) -> str:
        """A part inside another: in brackets, where it is made of several; a name that Russian would decline in quotes."""
        told = tell(part)
        if isinstance(part, exp.Column) and self.language == "ru" and "«" not in told:
            return f"«{told}»"
        is_one = isinstance(part, exp.Column | exp.Literal | exp.Anonymous | exp.Paren | exp.If)
        return told if is_one or told.startswith("(") else f"({told})"

    def for_every(self, node: exp.Mul, tell: Tell) -> str | None:
        """So much for every so many: `completed(ported, 5) * bonus`."""
        for quotient, amount in ((node.left, node.right), (node.right, node.left)):
            if isinstance(quotient, exp.Anonymous) and quotient.name in _FOR_EVERY:
                a, b = (self.whole(part, tell) for part in quotient.expressions)
                return self.inside(node, self.say(_FOR_EVERY[quotient.name], a=a, b=b, c=tell(amount)))
        return None

    def bounded(self, node: exp.Expr, tell: Tell) -> str | None:
        """Something with bounds: `least(greatest(amount, 10), 50)`; None where neither part is plainly a bound."""
        bounds: list[str] = []
        of = node
        while type(of) in _BUT and len(of.expressions) == 1:
            one, other = of.this, of.expressions[0]
            if not self.is_bound(other) and not self.is_bound(one):
                break
            of, bound = (one, other) if self.is_bound(other) else (other, one)
            bounds.insert(0, self.say(_BUT[type(bound.parent)], bound=tell(bound)))
        if not bounds:
            return None
        return self.inside(node, self.say(_BOUNDED, a=tell(of), bounds=self.enumerated(bounds)))

    def is_bound(self, part: exp.Expr) -> bool:
        """Whether a part is a number, an attribute or a term."""
        part = part.this if isinstance(part, exp.Neg) else part
        return isinstance(part, exp.Literal) or (
            isinstance(part, exp.Column) and (part.name in self.scheme.attributes or part.name in self.scheme.terms)
        )

    def inside(self, node: exp.Expr, told: str) -> str:
        """A phrase with commas or dashes; in brackets inside another."""
        return told if node.parent is None or isinstance(node.parent, exp.Paren) else f"({told})"

    def beside(self, name: exp.Expr, word: exp.Expr) -> str | None:
        """A word that a name is compared with, by its title; None where it is no such word."""
        if not isinstance(name, exp.Column) or not isinstance(word, exp.Literal):
            return None
        known = words_of(name.name).get(word.this)
        return self.value(getattr(known, self.language), "text") if known else None

    def name(self, name: str, stream: str) -> str:
        if name in _INSTALMENTS:
            return self.say(_INSTALMENTS[name])
        if name in _OF_WHAT_WAS_PAID:
            return self.say(_OF_WHAT_WAS_PAID[name])
        if stream != PERIOD and (known := streams()[stream].names.get(name)):
            return getattr(known.title, self.language)
        scheme = self.scheme
        if total := scheme.components.get(name) or scheme.limits.get(name):
            return self.say(_TOTAL, title=getattr(total.title, self.language))
        own = next(
            (
                section[name]
                for section in (scheme.attributes, scheme.terms, scheme.measures, scheme.values)
                if name in section
            ),
            None,
        )
        if own is None:
            return self.say(_MONTHS[name])
        return f"«{getattr(own.title, self.language)}»"

    def activity(self, name: str, days: str) -> str:
        """What a subscriber did in so many first days."""
        several, one = _ACTIVITIES[name]
        return self.say(one if days == "1" else several, days=span(int(days), "days", self.language))

    def literal(self, node: exp.Expr, kind: str) -> str:
        if isinstance(node, exp.Boolean):
            return self.value(bool(node.this), "flag")
        text = node.this.this if isinstance(node, exp.Cast) else node.this
        if kind == "date":
            return format_day(date.fromisoformat(text), self.language)
        if kind == "number" and _is_part(node):
            kind = "share"
        return self.value(text if kind == "text" else Decimal(text), kind)

    def operand(self, operand: Decimal | str, kind: str) -> str:
        if isinstance(operand, str):
            own = self.scheme.attributes.get(operand) or self.scheme.terms[operand]
            return f"«{getattr(own.title, self.language)}»"
        return self.value(operand, kind)

    def value(self, value: Value, kind: str) -> str:
        if isinstance(value, bool):
            return self.say(Words(en="yes", ru="да") if value else Words(en="no", ru="нет"))
        if isinstance(value, Decimal):
            if kind == "money":
                return format_sum(value, self.scheme.currency, self.language)
            if kind == "share":
                return format_share(value, self.language)
            return format_number(value, self.language)
        if not isinstance(value, str):
            return format_day(value, self.language)
        return f"«{value}»" if self.language == "ru" else f"'{value}'"

    def title(self, title: Words) -> str:
        text = getattr(title, self.language)
        return text[:1].upper() + text[1:]

    def clause(self, clause: str | None) -> str:
        return self.say(_CLAUSE, clause=clause) if clause else ""

    def enumerated(self, phrases: list[str]) -> str:
        *most, last = phrases
        joiner = self.say(Words(en=" and ", ru=" и "))
        return f"{', '.join(most)}{joiner}{last}" if most else last
