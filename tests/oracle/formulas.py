"""A formula, as the oracle evaluates it: recursive descent over Decimals, with SQL's unknown.

A comparison with something unknown is unknown; `and`, `or` and `not` follow from that; a condition is met only
where it is true.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from tests.oracle.tiers import places, ratio

TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|'((?:[^']|'')*)'|([A-Za-z_]\w*)|(<>|!=|<=|>=|[-+*()<>=,]))")


@cache
def conditions(text: str) -> list[str]:
    """The parts of a condition joined by `and` at its top (not those of a `between`)."""
    tokens = list(TOKEN.finditer(text))
    parts, depth, start, between = [], 0, 0, False
    for token in tokens:
        if token[4] == "(":
            depth += 1
        elif token[4] == ")":
            depth -= 1
        elif depth == 0 and token[3] and token[3].lower() == "between":
            between = True
        elif depth == 0 and token[3] and token[3].lower() == "or":
            return [text]  # the top is an `or`: one condition
        elif depth == 0 and token[3] and token[3].lower() == "and":
            if between:
                between = False
                continue
            parts.append(text[start : token.start()])
            start = token.end()
    return [*parts, text[start:]]


def evaluate(text: str, names: Any) -> Any:
    """The value of a formula for an event's names; None is unknown."""
    return _read(text)(names)


def words(text: str) -> set[str]:
    """The words of a formula: names, functions, `and`; not what stands in quotes."""
    return {word for word, kind in _tokens(text) if kind == "w"}


def _begun(part: Decimal | None, whole: Decimal | None, *, complete: bool) -> Decimal | None:
    """How many of the whole are begun in the part, or complete."""
    if part is None or whole is None or whole == 0:
        return None
    part, whole = places(part, 6), places(whole, 6)
    if part <= 0 or whole <= 0:
        return Decimal(0)
    full, rest = divmod(part, whole)
    return full + (1 if rest and not complete else 0)


@cache
def _tokens(text: str) -> list[tuple[str, str]]:
    return [
        next(g for g in ((m[1], "n"), (m[2], "s"), (m[3], "w"), (m[4], "o")) if g[0] is not None)
        for m in TOKEN.finditer(text)
    ]


Value = Callable[[Any], Any]
"""A part of a formula: gives its value for names."""


@cache
def _read(text: str) -> Value:
    reader = _Reader(text)
    value = reader.either()
    assert reader.at == len(reader.tokens), f"{text}: something is left over"
    return value


class _Reader:
    """Reads a formula from left to right; each method takes what it knows and gives a function of the names."""

    def __init__(self, text: str) -> None:
        self.tokens, self.at = _tokens(text), 0

    def peek(self) -> str:
        text, kind = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        return text.lower() if kind == "w" else text if kind == "o" else ""

    def take(self, wanted: str) -> bool:
        if self.peek() == wanted:
            self.at += 1
            return True
        return False

    def list(self, item: Callable[[], Value]) -> list[Value]:
        """What stands between commas, up to the closing bracket."""
        items = [item()]
        while self.take(","):
            items.append(item())
        assert self.take(")")
        return items

    def either(self) -> Value:
        value = self.both()
        while self.take("or"):
            value = _or(value, self.both())
        return value

    def both(self) -> Value:
        value = self.negated()
        while self.take("and"):
            value = _and(value, self.negated())
        return value

    def negated(self) -> Value:
        if self.take("not"):
            return _known(lambda value: not value, self.negated())
        return self.compared()

    def compared(self) -> Value:
        left = self.added()
        if self.take("is"):
            is_not = self.take("not")
            assert self.take("null")
            return lambda names: (left(names) is None) != is_not
        is_not = self.take("not")
        if self.take("in"):
            assert self.take("(")
            items = self.list(self.added)
            return lambda names: None if (it := left(names)) is None else (it in [i(names) for i in items]) != is_not
        if self.take("between"):
            low = self.added()
            assert self.take("and")
            return _known(lambda of, low, high: (low <= of <= high) != is_not, left, low, self.added())
        for sign, compare in COMPARISONS.items():
            if self.take(sign):
                return _known(compare, left, self.added())
        return left

    def added(self) -> Value:
        value = self.multiplied()
        while self.peek() in ("+", "-"):
            of = operator.add if self.peek() == "+" else _minus
            self.at += 1
            value = _known(of, value, self.multiplied())
        return value

    def multiplied(self) -> Value:
        value = self.single()
        while self.take("*"):
            value = _known(operator.mul, value, self.single())
        return value

    def single(self) -> Value:
        if self.take("-"):
            return _known(operator.neg, self.single())
        if self.take("("):
            value = self.either()
            assert self.take(")")
            return value
        text, kind = self.tokens[self.at]
        self.at += 1
        word = text.lower()
        if kind == "n":
            return _always(Decimal(text))
        if kind == "s":
            return _always(text.replace("''", "'"))
        if word == "date":
            self.at += 1
            return _always(date.fromisoformat(self.tokens[self.at - 1][0]))
        if word in ("true", "false"):
            return _always(word == "true")
        if self.take("("):
            return _call(text, self.list(self.either))
        return lambda names: names[text]


def _always(value: Any) -> Value:
    return lambda names: value


def _known(of: Callable[..., Any], *parts: Value) -> Value:
    """What is made of parts that must all be known."""

    def value(names: Any) -> Any:
        values = [part(names) for part in parts]
        return None if None in values else of(*values)

    return value


def _or(left: Value, right: Value) -> Value:
    def value(names: Any) -> Any:
        values = (left(names), right(names))
        return True if True in values else None if None in values else False

    return value


def _and(left: Value, right: Value) -> Value:
    def value(names: Any) -> Any:
        values = (left(names), right(names))
        return False if False in values else None if None in values else True

    return value


def _minus(left: Any, right: Any) -> Any:
    return Decimal((left - right).days) if isinstance(left, date) else left - right


def _call(name: str, parts: list[Value]) -> Value:
    """A function of the language, or of the names: a table, `charged_within`."""
    word = name.lower()
    if word == "if":
        condition, then, otherwise = parts
        return lambda names: then(names) if condition(names) is True else otherwise(names)
    if word in FUNCTIONS:
        return lambda names: FUNCTIONS[word]([part(names) for part in parts])
    return lambda names: names[name](*(part(names) for part in parts))


def _of_known(of: Callable[[list], Any], values: list) -> Any:
    """Of those that are known, if any."""
    known = [value for value in values if value is not None]
    return of(known) if known else None


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "<>": operator.ne, "!=": operator.ne, "<=": operator.le, ">=": operator.ge,
    "<": operator.lt, ">": operator.gt,
}  # fmt: skip
FUNCTIONS: dict[str, Callable[[list], Any]] = {
    "ratio": lambda values: ratio(*values),
    "started": lambda values: _begun(*values, complete=False),
    "completed": lambda values: _begun(*values, complete=True),
    "coalesce": lambda values: _of_known(lambda known: known[0], values),
    "least": lambda values: _of_known(min, values),
    "greatest": lambda values: _of_known(max, values),
}
