"""A scheme being read: what its sections need of one another, and the problems found on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ruamel.yaml.comments import CommentedMap

from prm.errors import Place
from prm.words import Words
from schemes.formula import Formula, conjuncts, is_word
from schemes.formula import parse as parse_formula
from schemes.formula_types import UNKNOWN, FormulaError, Signature, UnknownError, UnknownNameError
from schemes.grains import Grain
from schemes.model import PERIOD, Delay
from schemes.model_names import ACTIVITIES, INSTALMENTS, MONTHS, OF_WHAT_WAS_PAID
from schemes.problems import Problem, nearest
from schemes.reading import Reader
from schemes.streams import streams
from schemes.vocabulary import unknown_words

NAME = re.compile(r"[a-z][a-z0-9_]*")
_MOST_INSTALMENTS = 120
_OF_PERIOD = Words(
    en="It is known only for the period as a whole: a rule on: period can use it.",
    ru="Это известно только за период в целом: используйте в правиле за период (on: period).",
)


def _of_single(grain: Grain) -> Words:
    """Where a measure of single outlets, or subscribers, can be used."""
    counting = f"({grain.counted}: …, at_least: 20)"
    return Words(
        en=f"It is of one {grain.name}: what pays for each event can use it; of the period, count the {grain.several.en} that reach so much in a measure {counting}.",
        ru=f"Это показатель отдельных {grain.several.ru}: его использует то, что платит за каждое событие; за период посчитайте показателем, сколько {grain.several.ru} достигли порога {counting}.",
    )


def _counts(raw: object) -> list[int]:
    """The numbers of days or months: one, a list of rising ones, or a range; empty where it is none of these."""
    if isinstance(raw, CommentedMap) and set(raw) == {"from", "to"} and all(isinstance(of, int) for of in raw.values()):
        raw = list(range(raw["from"], min(raw["to"], raw["from"] + _MOST_INSTALMENTS) + 1))
    counts = list(raw) if isinstance(raw, list) else [raw]
    if not all(isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= 3650 for count in counts):
        return []
    return counts if counts == sorted(set(counts)) and len(counts) <= _MOST_INSTALMENTS else []


@dataclass
class Draft:
    """The names declared so far, by what formulas may do with them.

    own: attributes and terms. tables: what they take and give. of_period: measures, values and the totals of
    components and limits. known_before: the measures and values, of which rules on events may use those that need no
    totals. per: of those of single outlets or subscribers, which. used: every name that something refers to. is_new: it may still be corrected; a version that
    was added is not asked for words that its names can't hold. formulas: those that were sound. broken: components and
    limits in which something is wrong, so that nothing is concluded from what was understood of them. unjudged: how many
    formulas use a name whose own declaration is wrong.
    """

    read: Reader
    valid_from: date
    is_new: bool = True
    own: dict[str, str] = field(default_factory=dict)
    tables: dict[str, Signature] = field(default_factory=dict)
    of_period: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    known_before: dict[str, str] = field(default_factory=dict)
    per: dict[str, Grain] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    formulas: list[Formula] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    unjudged: int = 0

    def declare(self, name: str, place: Place, *, called: bool = False) -> None:
        """Notes a name that is taken already, or that is a word of formulas. called: a table's."""
        taken = {*self.own, *self.tables, *self.of_period, *self.known_before, *INSTALMENTS, *OF_WHAT_WAS_PAID}
        taken |= {*MONTHS} if self.is_new else set()  # versions of before may have attributes of these names
        if name in taken or any(name in stream.names for stream in streams().values()):
            self.read.wrong(place, f"The name '{name}' is taken.", f"Имя «{name}» уже занято.")
        elif is_word(name, called=called):
            self.read.wrong(
                place, f"'{name}' is a word of formulas.", f"«{name}» — слово из формул.",
                Words(en="Give it another name.", ru="Дайте другое имя."),
            )  # fmt: skip

    def names(self, on: str, after: tuple[Delay, ...] = ()) -> dict[str, str]:
        """The names that a formula may use: of a stream's events, or of the period as a whole."""
        if after:
            return self.names(on) | dict.fromkeys(INSTALMENTS, "number")
        of_all = dict.fromkeys(MONTHS, "number") | self.own
        if on == PERIOD:
            return of_all | self.of_period
        names = {name: of.type for name, of in streams()[on].names.items()} | of_all | self.known_before
        return names | {f"{activity}()": "money" for activity in ACTIVITIES}

    def after(self, section: CommentedMap, on: str) -> tuple[Delay, ...]:
        """When activations are looked at, under `after`; empty where at once."""
        if "after" not in section:
            return ()
        raw, place = section["after"], self.read.at(section, "after")
        if on != "activation":
            self.read.wrong(
                place, "'after' counts from the activation: it goes with on: activation.",
                "«after» считается от активации: только с on: activation.",
            )  # fmt: skip
            return ()
        if isinstance(raw, CommentedMap) and len(raw) == 1 and (unit := next(iter(raw))) in ("days", "months"):
            counts = _counts(raw[unit])
            if counts:
                return tuple(Delay(count, unit) for count in counts)
        self.read.wrong(
            place, "'after' says how old the subscriber is then.", "«after» задаёт возраст абонента.",
            Words(
                en="Such as {days: 30}, {months: [1, 2, 3]} or {months: {from: 0, to: 11}}.",
                ru="Например, {days: 30}, {months: [1, 2, 3]} или {months: {from: 0, to: 11}}.",
            ),
        )  # fmt: skip
        return ()

    def formula(self, node: CommentedMap, key: str, types: dict[str, str], wanted: str | None) -> Formula | None:
        """The formula under a key; None (and a problem) where it is not one of the wanted type."""
        raw = node.get(key)
        place = self.read.at(node, key)
        if isinstance(raw, bool | float) or not isinstance(raw, str | int):
            self.read.wrong(
                place, f"'{key}' must be a formula.", f"«{key}»: нужна формула.",
                Words(en="Write it as text, such as amount * 2.", ru="Запишите её текстом, например amount * 2."),
            )  # fmt: skip
            return None
        try:
            formula = parse_formula(str(raw), types, None if wanted == UNKNOWN else wanted, self.tables)
        except UnknownError:  # noted where the name is declared
            self.unjudged += 1
            return None
        except FormulaError as error:
            place = self.read.within(node, key, str(raw), error.offset)
            self.read.problems.append(Problem(place, error.message, self._hint(error)))
            return None
        self.used |= formula.names()
        self.formulas.append(formula)
        if self.is_new:
            for offset, message, hint in unknown_words(formula):
                place = self.read.within(node, key, str(raw), offset)
                self.read.problems.append(Problem(place, message, hint))
        return formula

    def _hint(self, error: FormulaError) -> Words | None:
        """What would be right: of a name that is known elsewhere, where."""
        name = error.name if isinstance(error, UnknownNameError) else None
        if name in self.per:
            return _of_single(self.per[name])
        return _OF_PERIOD if name in self.of_period else error.hint

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Around the reading of a component or limit: whether something was wrong with it."""
        known = len(self.read.problems) + self.unjudged
        yield
        if len(self.read.problems) + self.unjudged > known:
            self.broken.add(name)

    def conditions(self, section: CommentedMap, types: dict[str, str]) -> tuple[Formula, ...]:
        """The numbered conditions under `where`."""
        if "where" not in section:
            return ()
        formula = self.formula(section, "where", types, "flag")
        return tuple(conjuncts(formula)) if formula else ()

    def operand(self, node: CommentedMap, key: str, kind: str) -> Decimal | str | None:
        """A literal of a type, or the name of an attribute or term of that type."""
        if key not in node:
            self.read.missing(node, key)
            return None
        raw, place = node[key], self.read.at(node, key)
        if isinstance(raw, str) and NAME.fullmatch(raw):
            if raw not in self.own:
                self.read.wrong(
                    place, f"There is no attribute or term '{raw}'.", f"Нет атрибута или условия «{raw}».",
                    nearest(raw, [name for name, of in self.own.items() if of == kind] or self.own),
                )  # fmt: skip
                return None
            if self.own[raw] == UNKNOWN:
                self.unjudged += 1
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

    def clause(self, section: CommentedMap) -> str | None:
        """The clause of the document that a section puts into effect."""
        return self.read.text(section, "clause", required=False) or None
