"""Any part of a scheme version in words: a number with its unit, a formula, a choice, a part with all its fields.

Where the scheme's own sentences (`explaining`) have words for it, these are used; where nothing has, it is told as it
stands in the file, in quotation marks.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from prm.words import Language, Words, format_day
from schemes.canonical import plain
from schemes.explaining import Teller
from schemes.field_words import CHOICES, FIELDS
from schemes.formula import Formula
from schemes.model import PERIOD, Delay, Tiers
from schemes.streams import streams

_NOTHING = Words(en="not given", ru="не задано")
_PERIOD = Words(en="the period as a whole", ru="расчётный период в целом")
_NOT_PAID = Words(en="nothing is paid", ru="ничего не выплачивается")


@dataclass(frozen=True)
class Side:
    """A part of one of the two versions, and what is needed to tell of it.

    stream: what its formulas are over. type: of its values. tiers: those that a step belongs to.
    """

    teller: Teller
    of: Any
    stream: str = PERIOD
    type: str = "number"
    tiers: Tiers | None = None

    def part(self, of: Any) -> Side:
        """A part of this part."""
        on = getattr(of, "on", "") or self.stream
        return Side(
            self.teller, of, on if on in streams() else PERIOD, getattr(of, "type", self.type),
            of if isinstance(of, Tiers) else self.tiers,
        )  # fmt: skip

    def kind(self, name: str) -> str:
        """The type of a number under a field."""
        if name == "rate" and self.tiers:
            return "share" if self.tiers.pays == "share" else "money"
        if name == "threshold" and self.tiers:
            return self.tiers.unit
        if name == "amount":
            return "money"
        if name == "at_least":
            return self.teller.scheme.measures[self.of.counts_by].type
        return "number" if isinstance(getattr(self.of, name, None), int) else self.type

    def unit(self, name: str) -> tuple[str, str | None]:
        """The type of a number under a field, and the currency of money: what can be compared as more and less."""
        kind = self.kind(name)
        return kind, self.teller.scheme.currency if kind == "money" else None

    def told(self, name: str) -> str:
        """A field's value in words."""
        return self.tell(name, getattr(self.of, name))

    def raw(self, name: str) -> str:
        """A field's value as it stands in the file."""
        value = getattr(self.of, name)
        return f"{value.en} / {value.ru}" if isinstance(value, Words) else str(plain(value))

    def tell(self, name: str, value: Any) -> str:
        """A value in words. name: the field that it is of."""
        language = self.teller.language
        if value is None or value in ("", (), {}):
            return self.teller.say(_NOT_PAID if name == "missing" else _NOTHING)
        if isinstance(value, bool):
            return self.teller.value(value, "flag")
        if isinstance(value, Decimal):
            return self.teller.value(value, self.kind(name))
        if isinstance(value, date):
            return format_day(value, language)
        if isinstance(value, Words):
            return f"«{getattr(value, language)}»"
        if isinstance(value, str):
            return self._text(name, value)
        if isinstance(value, Formula):
            return self._formula(value)
        if isinstance(value, Tiers):
            return self.teller.tiers(value, self.stream)
        if isinstance(value, Delay):
            return f"{self._text('unit', value.unit)} {value.count}"
        if isinstance(value, tuple):
            return (" – " if name == "between" else ", ").join(self.tell(name, each) for each in value)
        if isinstance(value, dict):
            return "; ".join(f"«{key}»: {self.tell(name, each)}" for key, each in value.items())
        if is_dataclass(value):
            part = self.part(value)
            written = [of for of in names_of(value) if of in plain(value)]  # type: ignore[operator]
            return "; ".join(f"{field_words(of, language)}: {part.told(of)}" for of in written)
        return str(value)

    def _text(self, name: str, value: str) -> str:
        language, scheme = self.teller.language, self.teller.scheme
        if words := CHOICES.get(name, {}).get(value):
            return getattr(words, language)
        if name == "on":
            title = _PERIOD if value == PERIOD else streams()[value].title if value in streams() else None
            return getattr(title, language) if title else f"«{value}»"
        if name in ("rate", "amount", "at_least") and scheme.type_of(value):
            return self.teller.operand(value, self.kind(name))
        if name in ("outlets", "subscribers") and value in scheme.measures:
            return f"«{getattr(scheme.measures[value].title, language)}»"
        if name == "of" and value in scheme.components:
            return f"«{getattr(scheme.components[value].title, language)}»"
        return f"«{value}»"

    def _formula(self, formula: Formula) -> str:
        try:
            return self.teller.expression(formula.tree, formula, self.stream)
        except (KeyError, StopIteration):  # names that only its part of the scheme knows
            return f"«{formula.text}»"


def field_words(name: str, language: Language) -> str:
    """What a field is called; its name in the file, where it has no words."""
    words = FIELDS.get(name)
    return getattr(words, language) if words else f"«{name}»"


def names_of(part: Any) -> list[str]:
    """The fields of a part that belong to its content, without the name under which it stands."""
    return [of.name for of in fields(part) if of.name not in ("name", "place", "file")]
