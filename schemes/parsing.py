"""A scheme's document, section by section, into the model; what does not hold together is noted and refused."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from prm.errors import Place
from prm.words import Words
from schemes.formula import PLACES, Formula, FormulaError, conjuncts
from schemes.formula import parse as parse_formula
from schemes.model import (
    Attribute,
    Component,
    DatedValue,
    Limit,
    Rounding,
    Scheme,
    Step,
    Term,
    Tiers,
)  # fmt: skip
from schemes.problems import Problem, SchemeError, nearest
from schemes.reading import Reader, is_day, load, read_text
from schemes.streams import TYPES, streams

_SECTIONS = (
    "scheme", "version", "title", "document", "valid_from", "currency", "rounding",
    "attributes", "terms", "components", "limits",
)  # fmt: skip
_CURRENCY = re.compile(r"[A-Z]{3}")
_NUMERIC = tuple(PLACES)


def read(path: Path) -> Scheme:
    """The scheme version of a file. Raises SchemeError with every problem found, PrmError if it can't be read."""
    return parse(read_text(path), str(path))


def check(path: Path) -> list[Problem]:
    """Every problem of a scheme file, in the order of the file; empty where there is none."""
    try:
        read(path)
    except SchemeError as error:
        return error.problems
    return []


def parse(text: str, file: str) -> Scheme:
    """The scheme version of a text; `file` is its name in messages. Raises SchemeError."""
    document = load(text, file)
    parser = _Parser(file, text)
    scheme = parser.scheme(document)
    parser.read.done()
    return scheme


class _Parser:
    """Carries what later sections need of earlier ones: the types of the names a formula may use."""

    def __init__(self, file: str, text: str):
        self.read = Reader(file, text)
        self.file = file
        self.own: dict[str, str] = {}  # attributes and terms, and their types
        self.used: set[str] = set()

    def scheme(self, node: CommentedMap) -> Scheme:
        read = self.read
        read.only(node, _SECTIONS)
        name = read.text(node, "scheme")
        if name and not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            read.wrong(read.at(node, "scheme"), f"'{name}' is not a name.", f"«{name}» не годится как имя.")
        version = read.whole(node, "version")
        if version < 1:
            read.wrong(read.at(node, "version"), "Versions begin with 1.", "Версии нумеруются с 1.")
        currency = read.text(node, "currency")
        if currency and not _CURRENCY.fullmatch(currency):
            read.wrong(
                read.at(node, "currency"), f"'{currency}' is not a currency.", f"«{currency}» не валюта.",
                Words(en="Use its three letters: RUB.", ru="Укажите три буквы: RUB."),
            )  # fmt: skip
        attributes = self.attributes(node)
        terms = self.terms(node)
        components = self.components(node)
        limits = self.limits(node, components)
        declared: list[Attribute | Term] = [*attributes.values(), *terms.values()]
        for unused in declared:
            if unused.name not in self.used and unused.place:
                read.wrong(
                    unused.place, f"'{unused.name}' is used by no component and no limit.",
                    f"«{unused.name}» не используется ни в одной составляющей и ни в одном ограничении.",
                    Words(en="Use it or remove it.", ru="Используйте его или уберите."),
                )  # fmt: skip
        return Scheme(
            scheme=name, version=version, title=read.words(node, "title"),
            document=read.text(node, "document"), valid_from=read.day(node, "valid_from"), currency=currency,
            rounding=self.rounding(node), attributes=attributes, terms=terms, components=components,
            limits=limits, file=self.file,
        )  # fmt: skip

    def rounding(self, node: CommentedMap) -> Rounding:
        section = self.read.mapping(node, "rounding", required=True)
        if not section:
            return Rounding()
        self.read.only(section, ("each", "places", "mode"))
        self.read.choice(section, "each", ("line",), "line")
        places = self.read.whole(section, "places", 2)
        if places > 4:
            self.read.wrong(
                self.read.at(section, "places"), "At most 4 decimal places.", "Не больше 4 знаков после точки."
            )
        mode = self.read.choice(section, "mode", ("half_up", "half_even"), "half_up")
        return Rounding(places=min(places, 4), mode="half_even" if mode == "half_even" else "half_up")

    # --- attributes and terms

    def attributes(self, node: CommentedMap) -> dict[str, Attribute]:
        found = {}
        for name, section, place in self.read.named(self.read.mapping(node, "attributes")):
            self.read.only(section, ("type", "title", "default", "between", "clause"))
            kind = self.read.choice(section, "type", TYPES)
            if "default" not in section:
                self.read.missing(section, "default")
            default = (
                self.read.value(section["default"], kind, self.read.at(section, "default"))
                if "default" in section
                else None
            )
            between = self.between(section, kind)
            if between and isinstance(default, Decimal) and not between[0] <= default <= between[1]:
                self.read.wrong(
                    self.read.at(section, "default"),
                    f"The default {default} lies outside {between[0]} to {between[1]}.",
                    f"Значение по умолчанию {default} вне пределов от {between[0]} до {between[1]}.",
                )  # fmt: skip
            self.declare(name, kind, place)
            found[name] = Attribute(
                name, kind, self.read.words(section, "title"), default if default is not None else Decimal(0),
                between, self.clause(section), place,
            )  # fmt: skip
        return found

    def between(self, section: CommentedMap, kind: str) -> tuple[Decimal, Decimal] | None:
        raw = section.get("between")
        if raw is None:
            return None
        place = self.read.at(section, "between")
        if kind not in _NUMERIC or not isinstance(raw, CommentedSeq) or len(raw) != 2:
            self.read.wrong(
                place, "'between' takes two numbers, for money, shares and numbers only.",
                "«between»: два числа, только для денег, долей и чисел.",
            )  # fmt: skip
            return None
        low, high = (self.read.value(item, kind, self.read.at(raw, index)) for index, item in enumerate(raw))
        if not isinstance(low, Decimal) or not isinstance(high, Decimal):
            return None
        if low > high:
            self.read.wrong(
                place, f"The range is empty: {low} is above {high}.", f"Пустые пределы: {low} больше {high}."
            )
            return None
        return low, high

    def terms(self, node: CommentedMap) -> dict[str, Term]:
        found = {}
        for name, section, place in self.read.named(self.read.mapping(node, "terms")):
            self.read.only(section, ("type", "title", "values", "clause"))
            kind = self.read.choice(section, "type", TYPES)
            values = self.dated_values(self.read.mapping(section, "values", required=True), kind)
            self.declare(name, kind, place)
            if values and (first := values[0].valid_from) > self.valid_from(node):
                self.read.wrong(
                    place, f"'{name}' has no value from the scheme's first day until {first}.",
                    f"У «{name}» нет значения с начала действия схемы до {first}.",
                )  # fmt: skip
            found[name] = Term(name, kind, self.read.words(section, "title"), values, self.clause(section), place)
        return found

    def valid_from(self, node: CommentedMap) -> date:
        start = node.get("valid_from")
        return start if is_day(start) else date.max

    def dated_values(self, node: CommentedMap, kind: str) -> tuple[DatedValue, ...]:
        values = []
        for day, raw in node.items():
            place = self.read.at(node, day)
            if not is_day(day):
                self.read.wrong(
                    self.read.at(node, day, of_key=True), f"'{day}' is not a day.", f"«{day}» не дата.",
                    Words(en="A value stands under its first day: 2026-10-01.", ru="Значение стоит под первым днём: 2026-10-01."),
                )  # fmt: skip
                continue
            decided_on = None
            if isinstance(raw, CommentedMap):
                self.read.only(raw, ("value", "decided_on"))
                decided_on = self.read.day(raw, "decided_on") if "decided_on" in raw else None
                if "value" not in raw:
                    self.read.missing(raw, "value")
                    continue
                place, raw = self.read.at(raw, "value"), raw["value"]
            if (value := self.read.value(raw, kind, place)) is not None:
                values.append(DatedValue(day, value, decided_on))
        return tuple(sorted(values, key=lambda dated: dated.valid_from))

    def declare(self, name: str, kind: str, place: Place) -> None:
        if name in self.own or any(name in stream.names for stream in streams().values()):
            self.read.wrong(place, f"The name '{name}' is taken.", f"Имя «{name}» уже занято.")
        self.own[name] = kind

    # --- components

    def components(self, node: CommentedMap) -> dict[str, Component]:
        found = {}
        sections = self.read.named(self.read.mapping(node, "components", required=True))
        if not sections and node.get("components") == {}:
            self.read.wrong(
                self.read.at(node, "components"), "A scheme without components pays nothing.",
                "Схема без составляющих ничего не выплачивает.",
            )  # fmt: skip
        for name, section, place in sections:
            self.read.only(section, ("title", "clause", "on", "where", "pay"))
            on = self.read.choice(section, "on", tuple(streams()))
            types = {known: of.type for known, of in streams()[on].names.items()} | self.own
            found[name] = Component(
                name=name, title=self.read.words(section, "title"), on=on,
                conditions=self.conditions(section, types), pay=self.pay(section, types),
                clause=self.clause(section), place=place,
            )  # fmt: skip
        return found

    def conditions(self, section: CommentedMap, types: dict[str, str]) -> tuple[Formula, ...]:
        if "where" not in section:
            return ()
        formula = self.formula(section, "where", types, "flag")
        return tuple(conjuncts(formula)) if formula else ()

    def formula(self, node: CommentedMap, key: str, types: dict[str, str], wanted: str) -> Formula | None:
        raw = node.get(key)
        place = self.read.at(node, key)
        if isinstance(raw, bool | float) or not isinstance(raw, str | int):
            self.read.wrong(
                place, f"'{key}' must be a formula.", f"«{key}»: нужна формула.",
                Words(en="Write it as text, such as amount * 2.", ru="Запишите её текстом, например amount * 2."),
            )  # fmt: skip
            return None
        try:
            formula = parse_formula(str(raw), types, wanted)
        except FormulaError as error:
            place = self.read.within(node, key, str(raw), error.offset)
            self.read.problems.append(Problem(place, error.message, error.hint))
            self.used |= set(re.findall(r"\w+", str(raw)))  # what it meant to use is not reported as unused
            return None
        self.used |= formula.names()
        return formula

    def pay(self, section: CommentedMap, types: dict[str, str]) -> Formula | Tiers:
        pay = section.get("pay")
        if pay is None:
            self.read.missing(section, "pay")
        elif isinstance(pay, CommentedMap):
            self.read.only(pay, ("tiers",))
            return self.tiers(self.read.mapping(pay, "tiers", required=True), types)
        elif formula := self.formula(section, "pay", types, "money"):
            return formula
        return Tiers("count", None, "slice", "above", ())

    def tiers(self, node: CommentedMap, types: dict[str, str]) -> Tiers:
        self.read.only(node, ("by", "counting", "steps"))
        by, measure = self.measure(node, types)
        counting = self.read.choice(node, "counting", ("slice", "whole"))
        raw = node.get("steps")
        boundary = "above"
        steps: list[Step] = []
        if not isinstance(raw, CommentedSeq) or not raw:
            self.read.wrong(
                self.read.at(node, "steps"), "'steps' must be a list of tiers.", "«steps»: нужен список ступеней.",
                Words(en='Such as - {above: 0, each: "50.00"}.', ru='Например, - {above: 0, each: "50.00"}.'),
            )  # fmt: skip
        else:
            boundary, steps = self.steps(raw, by)
        return Tiers(
            by="sum" if by == "sum" else "count", measure=measure,
            counting="whole" if counting == "whole" else "slice",
            boundary="from" if boundary == "from" else "above", steps=tuple(steps),
        )  # fmt: skip

    def measure(self, node: CommentedMap, types: dict[str, str]) -> tuple[str, Formula | None]:
        by = node.get("by")
        if by == "count":
            return "count", None
        if isinstance(by, CommentedMap) and set(by) == {"sum"}:
            return "sum", self.formula(by, "sum", types, "money")
        self.read.wrong(
            self.read.at(node, "by"), "'by' says what is measured.", "«by» задаёт, что измеряется.",
            Words(en="Write by: count, or by: {sum: amount}.", ru="Напишите by: count или by: {sum: amount}."),
        )  # fmt: skip
        return "count", None

    def steps(self, raw: CommentedSeq, by: str) -> tuple[str, list[Step]]:
        rate_key, rate_type = ("share", "share") if by == "sum" else ("each", "money")
        boundaries: set[str] = set()
        steps: list[Step] = []
        for index, item in enumerate(raw):
            if not isinstance(item, CommentedMap):
                self.read.wrong(
                    self.read.at(raw, index), "A tier is a mapping.", "Ступень: нужны пары «имя: значение»."
                )
                continue
            self.read.only(item, ("above", "from", rate_key))
            words = [word for word in ("above", "from") if word in item]
            if len(words) != 1:
                self.read.wrong(
                    self.read.at(item), "A tier has one threshold: 'above' or 'from'.", "У ступени один порог: above или from.",
                    Words(
                        en="'above: 50' leaves exactly 50 to the tier below, 'from: 50' takes it.",
                        ru="«above: 50» оставляет ровно 50 нижней ступени, «from: 50» забирает себе.",
                    ),
                )  # fmt: skip
                continue
            boundaries.add(words[0])
            threshold = self.threshold(item, words[0], by)
            rate = self.operand(item, rate_key, rate_type)
            if threshold is None or rate is None:
                continue
            if steps and threshold <= steps[-1].threshold:
                self.read.wrong(
                    self.read.at(item, words[0]), f"The threshold {threshold} does not rise above {steps[-1].threshold}.",
                    f"Порог {threshold} не больше предыдущего ({steps[-1].threshold}).",
                    Words(en="Tiers stand in rising order, each once.", ru="Ступени идут по возрастанию, каждая один раз."),
                )  # fmt: skip
            if not steps and index == 0 and threshold != 0:
                self.read.wrong(
                    self.read.at(item, words[0]), f"The first tier begins at {threshold}: below it nothing is said.",
                    f"Первая ступень начинается с {threshold}: ниже ничего не сказано.",
                    Words(en="Begin with 0, if need be at a rate of 0.", ru="Начните с 0, при необходимости со ставкой 0."),
                )  # fmt: skip
            steps.append(Step(threshold, rate))
        if len(boundaries) > 1:
            self.read.wrong(
                self.read.at(raw, 0), "'above' and 'from' stand in one table.", "В одной таблице и above, и from.",
                Words(en="Choose one: the boundary belongs to the same side everywhere.",
                      ru="Выберите одно: граница везде относится к одной стороне."),
            )  # fmt: skip
        return (boundaries.pop() if boundaries else "above"), steps

    def threshold(self, item: CommentedMap, key: str, by: str) -> Decimal | None:
        value = self.read.value(item[key], "money" if by == "sum" else "number", self.read.at(item, key))
        if isinstance(value, Decimal) and by == "count" and value != value.to_integral_value():
            self.read.wrong(
                self.read.at(item, key), "A count's threshold is a whole number.", "Порог количества — целое число."
            )
            return None
        return value if isinstance(value, Decimal) else None

    def operand(self, node: CommentedMap, key: str, kind: str) -> Decimal | str | None:
        """A literal of a type, or the name of an attribute or term of that type."""
        if key not in node:
            self.read.missing(node, key)
            return None
        raw, place = node[key], self.read.at(node, key)
        if isinstance(raw, str) and re.fullmatch(r"[a-z][a-z0-9_]*", raw):
            if raw not in self.own:
                self.read.wrong(
                    place, f"There is no attribute or term '{raw}'.", f"Нет атрибута или условия «{raw}».",
                    nearest(raw, [name for name, of in self.own.items() if of == kind] or self.own),
                )  # fmt: skip
                return None
            if self.own[raw] != kind:
                self.read.wrong(
                    place, f"'{raw}' is of type {self.own[raw]}, where {kind} is needed.",
                    f"«{raw}» имеет тип {self.own[raw]}, а нужен {kind}.",
                )  # fmt: skip
                return None
            self.used.add(raw)
            return str(raw)
        value = self.read.value(raw, kind, place)
        return value if isinstance(value, Decimal) else None

    # --- limits

    def limits(self, node: CommentedMap, components: dict[str, Component]) -> dict[str, Limit]:
        found: dict[str, Limit] = {}
        for name, section, place in self.read.named(self.read.mapping(node, "limits")):
            self.read.only(section, ("title", "of", "at_most", "clause"))
            if name in components:
                self.read.wrong(
                    place, f"The name '{name}' is taken by a component.", f"Имя «{name}» занято составляющей."
                )
            of = self.limited(section, components)
            at_most = self.operand(section, "at_most", "money")
            if isinstance(at_most, Decimal) and at_most < 0:
                self.read.wrong(
                    self.read.at(section, "at_most"), "A limit is not negative.", "Предел не бывает отрицательным."
                )
            found[name] = Limit(
                name, self.read.words(section, "title"), of,
                at_most if at_most is not None else Decimal(0), self.clause(section), place,
            )  # fmt: skip
        return found

    def limited(self, section: CommentedMap, components: dict[str, Component]) -> tuple[str, ...]:
        raw = section.get("of")
        if not isinstance(raw, CommentedSeq) or not raw:
            self.read.wrong(
                self.read.at(section, "of"), "'of' lists the components that are limited.", "«of» перечисляет составляющие.",
                Words(en="Such as of: [activation, revenue].", ru="Например, of: [activation, revenue]."),
            )  # fmt: skip
            return ()
        for index, name in enumerate(raw):
            if name not in components:
                self.read.wrong(
                    self.read.at(raw, index), f"There is no component '{name}'.", f"Нет составляющей «{name}».",
                    nearest(str(name), components),
                )  # fmt: skip
        return tuple(dict.fromkeys(str(name) for name in raw))

    def clause(self, section: CommentedMap) -> str | None:
        return self.read.text(section, "clause", required=False) or None
