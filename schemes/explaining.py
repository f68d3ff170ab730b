"""A scheme in sentences that a person in finance reads aloud, in Russian and English.

Sentences are made from the same tree that SQL is written from, so that what is read is what is calculated.
Names become their titles; money, shares and days are written as the language writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from sqlglot import exp

from prm.words import Language, Words, format_day, format_money, format_share
from schemes.formula import Formula
from schemes.model import Attribute, Component, Limit, Scheme, Term, Tiers, Value
from schemes.streams import streams

_COMPARED: dict[type[exp.Expr], Words] = {
    exp.EQ: Words(en="{a} is {b}", ru="{a} — {b}"),
    exp.NEQ: Words(en="{a} is not {b}", ru="{a} — не {b}"),
    exp.GT: Words(en="{a} is more than {b}", ru="{a} больше чем {b}"),
    exp.GTE: Words(en="{a} is at least {b}", ru="{a} не меньше чем {b}"),
    exp.LT: Words(en="{a} is less than {b}", ru="{a} меньше чем {b}"),
    exp.LTE: Words(en="{a} is at most {b}", ru="{a} не больше чем {b}"),
}
_COMPARED_DAYS: dict[type[exp.Expr], Words] = {
    exp.GT: Words(en="{a} is after {b}", ru="{a} позже {b}"),
    exp.GTE: Words(en="{a} is {b} or later", ru="{a} не раньше {b}"),
    exp.LT: Words(en="{a} is before {b}", ru="{a} раньше {b}"),
    exp.LTE: Words(en="{a} is {b} or earlier", ru="{a} не позже {b}"),
}
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
_OR = Words(en="{a} or {b}", ru="{a} или {b}")
_NOT = Words(en="it is not so that {a}", ru="неверно, что {a}")
_NOT_GIVEN = Words(en="{a} is not given", ru="значение «{a}» не задано")
_GIVEN = Words(en="{a} is given", ru="значение «{a}» задано")
_CLAUSE = Words(en=" (clause {clause})", ru=" (п. {clause})")


def explain(scheme: Scheme, language: Language) -> list[str]:
    """The rules of a scheme version in sentences, in the order of the annex."""
    teller = _Teller(scheme, language)
    return [
        *teller.heading(),
        *(teller.attribute(attribute) for attribute in scheme.attributes.values()),
        *(teller.term(term) for term in scheme.terms.values()),
        *(teller.component(component) for component in scheme.components.values()),
        *(teller.limit(limit) for limit in scheme.limits.values()),
        teller.rounding(),
    ]


def explain_condition(scheme: Scheme, component: str, number: int, language: Language) -> str:
    """The sentence of a component's condition, counted from 1: what a line that failed it did not meet."""
    condition = scheme.components[component].conditions[number - 1]
    return _Teller(scheme, language).phrase(condition, scheme.components[component].on)


class _Teller:
    """Tells of one scheme in one language."""

    def __init__(self, scheme: Scheme, language: Language):
        self.scheme, self.language = scheme, language

    def say(self, words: Words, **values: object) -> str:
        return words.text(self.language, **values)

    # --- parts of the annex

    def heading(self) -> Iterator[str]:
        yield self.say(
            Words(
                en="{title}: scheme {scheme}, version {version}, from {day}. {document}. Currency: {currency}.",
                ru="{title}: схема {scheme}, версия {version}, действует с {day}. {document}. Валюта: {currency}.",
            ),
            title=getattr(self.scheme.title, self.language), scheme=self.scheme.scheme,
            version=self.scheme.version, day=format_day(self.scheme.valid_from, self.language),
            document=self.scheme.document, currency=self.scheme.currency,
        )  # fmt: skip

    def attribute(self, attribute: Attribute) -> str:
        default = self.value(attribute.default, attribute.type)
        head = self.title(attribute.title) + self.clause(attribute.clause)
        if attribute.between:
            low, high = (self.value(bound, attribute.type) for bound in attribute.between)
            return self.say(
                Words(
                    en="{head}: {default}, unless the contract says otherwise (from {low} to {high}).",
                    ru="{head}: {default}, если договором не установлено иное (от {low} до {high}).",
                ),
                head=head, default=default, low=low, high=high,
            )  # fmt: skip
        return self.say(
            Words(
                en="{head}: {default}, unless the contract says otherwise.",
                ru="{head}: {default}, если договором не установлено иное.",
            ),
            head=head, default=default,
        )  # fmt: skip

    def term(self, term: Term) -> str:
        values = []
        for dated in term.values:
            text = self.say(
                Words(en="{value} from {day}", ru="{value} с {day}"),
                value=self.value(dated.value, term.type), day=format_day(dated.valid_from, self.language),
            )  # fmt: skip
            if dated.decided_on:
                text += self.say(
                    Words(en=" (decided on {day})", ru=" (решение от {day})"),
                    day=format_day(dated.decided_on, self.language),
                )
            values.append(text)
        return f"{self.title(term.title)}{self.clause(term.clause)}: {'; '.join(values)}."

    def component(self, component: Component) -> str:
        stream = streams()[component.on]
        head = getattr(component.title, self.language) + self.clause(component.clause)
        where = ""
        if component.conditions:
            phrases = [self.phrase(condition, component.on) for condition in component.conditions]
            where = self.say(Words(en=", where {all},", ru=", если {all},"), all=self.enumerated(phrases))
        if isinstance(component.pay, Tiers):
            return self.say(
                Words(
                    en="{head}: for every {event}{where} of the period taken together, {tiers}.",
                    ru="{head}: по всем событиям «{event}» за период{where} вместе: {tiers}.",
                ),
                head=head, event=getattr(stream.title, self.language), where=where,
                tiers=self.tiers(component.pay, component.on),
            )  # fmt: skip
        return self.say(
            Words(en="{head}: for each {event}{where} {pay} is paid.", ru="{head}: за каждое событие «{event}»{where} выплачивается: {pay}."),
            head=head, event=getattr(stream.title, self.language), where=where,
            pay=self.expression(component.pay.tree, component.pay, component.on),
        )  # fmt: skip

    def tiers(self, tiers: Tiers, stream: str) -> str:
        if tiers.measure is None:
            measured = self.say(Words(en="by their number", ru="по их количеству"))
        else:
            of = self.expression(tiers.measure.tree, tiers.measure, stream)
            measured = self.say(Words(en="by the sum of {of}", ru="по сумме: {of}"), of=of)
        counting = self.say(
            Words(en="each part at its own tier's rate", ru="каждая часть — по ставке своей ступени")
            if tiers.counting == "slice"
            else Words(en="everything at the rate of the tier reached", ru="весь объём — по ставке достигнутой ступени")
        )
        steps = "; ".join(self.step(tiers, index) for index in range(len(tiers.steps)))
        return f"{measured}, {counting}: {steps}"

    def step(self, tiers: Tiers, index: int) -> str:
        step = tiers.steps[index]
        kind = "share" if tiers.by == "sum" else "money"
        rate = self.operand(step.rate, kind)
        threshold = self.value(step.threshold, "money" if tiers.by == "sum" else "number")
        unit = "" if tiers.by == "sum" else self.say(Words(en=" each", ru=" за каждое"))
        words = Words(
            en="above {threshold} (exactly {threshold} belongs to the tier below) {rate}{unit}",
            ru="свыше {threshold} (ровно {threshold} относится к нижней ступени) — {rate}{unit}",
        )
        if tiers.boundary == "from":
            words = Words(
                en="from {threshold} (exactly {threshold} belongs here) {rate}{unit}",
                ru="от {threshold} (ровно {threshold} относится сюда) — {rate}{unit}",
            )
        if step.threshold == 0:
            words = Words(en="from the beginning {rate}{unit}", ru="с начала — {rate}{unit}")
        return self.say(words, threshold=threshold, rate=rate, unit=unit)

    def limit(self, limit: Limit) -> str:
        titles = [getattr(self.scheme.components[name].title, self.language) for name in limit.of]
        return self.say(
            Words(
                en="{head}: {all} together are at most {most} for a contract and period.",
                ru="{head}: {all} — вместе по договору за период не больше чем {most}.",
            ),
            head=getattr(limit.title, self.language) + self.clause(limit.clause),
            all=", ".join(f"«{title}»" for title in titles), most=self.operand(limit.at_most, "money"),
        )  # fmt: skip

    def rounding(self) -> str:
        rounding = self.scheme.rounding
        words = Words(
            en="Each line is rounded once, to {places} decimal places; a half is rounded away from zero.",
            ru="Каждая строка округляется один раз, до {places} знаков после запятой; половина — от нуля.",
        )
        if rounding.mode == "half_even":
            words = Words(
                en="Each line is rounded once, to {places} decimal places; a half is rounded to the even digit.",
                ru="Каждая строка округляется один раз, до {places} знаков после запятой; половина — к чётной цифре.",
            )
        return self.say(words, places=rounding.places)

    # --- words for expressions

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
            return f"−{tell(node.this)}"
        if isinstance(node, exp.Not) and isinstance(node.this, exp.Is):
            return self.say(_GIVEN, a=tell(node.this.this))
        if isinstance(node, exp.Is):
            return self.say(_NOT_GIVEN, a=tell(node.this))
        if isinstance(node, exp.Not):
            return self.say(_NOT, a=tell(node.this))
        if isinstance(node, exp.In):
            *most, last = [tell(item) for item in node.expressions]
            listed = self.say(_OR, a=", ".join(most), b=last) if most else last
            return self.say(_COMPARED[exp.EQ], a=tell(node.this), b=listed)
        if isinstance(node, exp.Between):
            return self.say(_BETWEEN, a=tell(node.this), b=tell(node.args["low"]), c=tell(node.args["high"]))
        if type(node) in _REASONED:
            return _REASONED[type(node)].format(a=tell(node.args["this"]), b=tell(node.args["expression"]))
        if type(node) in _OF_SEVERAL:
            listed = "; ".join(tell(item) for item in (node.this, *node.expressions))
            return self.say(_OF_SEVERAL[type(node)], all=listed)
        if type(node) in _COMPARED_DAYS and formula.literal_types.get(id(node.args["expression"])) == "date":
            return self.say(_COMPARED_DAYS[type(node)], a=tell(node.args["this"]), b=tell(node.args["expression"]))
        words = _COMPARED.get(type(node)) or _JOINED[type(node)]
        return self.say(words, a=tell(node.args["this"]), b=tell(node.args["expression"]))

    def name(self, name: str, stream: str) -> str:
        known = streams()[stream].names.get(name)
        if known:
            return getattr(known.title, self.language)
        own = self.scheme.attributes.get(name) or self.scheme.terms[name]
        return f"«{getattr(own.title, self.language)}»"

    def literal(self, node: exp.Expr, kind: str) -> str:
        if isinstance(node, exp.Boolean):
            return self.value(bool(node.this), "flag")
        text = node.this.this if isinstance(node, exp.Cast) else node.this
        if kind == "date":
            return format_day(date.fromisoformat(text), self.language)
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
                return f"{format_money(value, self.language)} {self.scheme.currency}"
            if kind == "share":
                return format_share(value, self.language)
            return f"{value.normalize():f}"
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
