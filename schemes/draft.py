"""A scheme being read: what its sections need of one another, and the problems found on the way."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ruamel.yaml.comments import CommentedMap

from prm.errors import Place
from prm.words import Words
from schemes.formula import Formula, FormulaError, Signature, conjuncts, is_word
from schemes.formula import parse as parse_formula
from schemes.model import PERIOD
from schemes.problems import Problem, nearest
from schemes.reading import Reader
from schemes.streams import streams

NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass
class Draft:
    """The names declared so far, by what formulas may do with them.

    own: attributes and terms. tables: what they take and give. of_period: measures, values and the totals of
    components and limits. used: every name that something refers to.
    """

    read: Reader
    valid_from: date
    own: dict[str, str] = field(default_factory=dict)
    tables: dict[str, Signature] = field(default_factory=dict)
    of_period: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def declare(self, name: str, place: Place, *, called: bool = False) -> None:
        """Notes a name that is taken already, or that is a word of formulas. called: a table's."""
        taken = {*self.own, *self.tables, *self.of_period}
        if name in taken or any(name in stream.names for stream in streams().values()):
            self.read.wrong(place, f"The name '{name}' is taken.", f"Имя «{name}» уже занято.")
        elif is_word(name, called=called):
            self.read.wrong(place, f"'{name}' is a word of formulas.", f"«{name}» — слово из формул.")

    def names(self, on: str) -> dict[str, str]:
        """The names that a formula may use: of a stream's events, or of the period as a whole."""
        if on == PERIOD:
            return self.own | self.of_period
        return {name: of.type for name, of in streams()[on].names.items()} | self.own | self.values

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
            formula = parse_formula(str(raw), types, wanted, self.tables)
        except FormulaError as error:
            place = self.read.within(node, key, str(raw), error.offset)
            self.read.problems.append(Problem(place, error.message, error.hint))
            self.used |= set(re.findall(r"\w+", str(raw)))  # what it meant to use is not reported as unused
            return None
        self.used |= formula.names()
        return formula

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
