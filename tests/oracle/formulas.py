"""A formula, as the oracle evaluates it: recursive descent over Decimals, with SQL's unknown.

A comparison with something unknown is unknown; `and`, `or` and `not` follow from that; a condition is met only
where it is true.
"""

from __future__ import annotations

import re
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


def evaluate(text: str, names: dict[str, Any]) -> Any:
    """The value of a formula for an event's names; None is unknown."""
    evaluator = _Evaluator(text, names)
    value = evaluator.either()
    assert evaluator.at == len(evaluator.tokens), f"{text}: something is left over"
    return value


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


class _Evaluator:
    def __init__(self, text: str, names: dict[str, Any]):
        self.tokens = _tokens(text)
        self.names, self.at = names, 0

    def peek(self) -> str:
        text, kind = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        return text.lower() if kind == "w" else text if kind == "o" else ""

    def take(self, wanted: str) -> bool:
        if self.peek() == wanted:
            self.at += 1
            return True
        return False

    def either(self) -> Any:
        value = self.both()
        while self.take("or"):
            other = self.both()
            value = True if value is True or other is True else None if value is None or other is None else False
        return value

    def both(self) -> Any:
        value = self.negated()
        while self.take("and"):
            other = self.negated()
            value = False if value is False or other is False else None if value is None or other is None else True
        return value

    def negated(self) -> Any:
        if self.take("not"):
            value = self.negated()
            return None if value is None else not value
        return self.compared()

    def compared(self) -> Any:
        left = self.added()
        if self.take("is"):
            is_not = self.take("not")
            assert self.take("null")
            return (left is not None) if is_not else (left is None)
        is_not = self.take("not")
        if self.take("in"):
            assert self.take("(")
            items = [self.added()]
            while self.take(","):
                items.append(self.added())
            assert self.take(")")
            found = None if left is None else left in items
            return None if found is None else found != is_not
        if self.take("between"):
            low = self.added()
            assert self.take("and")
            high = self.added()
            within = None if None in (left, low, high) else low <= left <= high
            return None if within is None else within != is_not
        for operator in ("=", "<>", "!=", "<=", ">=", "<", ">"):
            if self.take(operator):
                right = self.added()
                if left is None or right is None:
                    return None
                return {
                    "=": left == right, "<>": left != right, "!=": left != right, "<=": left <= right,
                    ">=": left >= right, "<": left < right, ">": left > right,
                }[operator]  # fmt: skip
        return left

    def added(self) -> Any:
        value = self.multiplied()
        while self.peek() in ("+", "-"):
            minus = self.take("-") or not self.take("+")
            other = self.multiplied()
            if value is None or other is None:
                value = None
            elif isinstance(value, date):
                value = Decimal((value - other).days)
            else:
                value = value - other if minus else value + other
        return value

    def multiplied(self) -> Any:
        value = self.single()
        while self.take("*"):
            other = self.single()
            value = None if value is None or other is None else value * other
        return value

    def single(self) -> Any:
        if self.take("-"):
            value = self.single()
            return None if value is None else -value
        if self.take("("):
            value = self.either()
            assert self.take(")")
            return value
        text, kind = self.tokens[self.at]
        self.at += 1
        if kind == "n":
            return Decimal(text)
        if kind == "s":
            return text.replace("''", "'")
        word = text.lower()
        if word == "date":
            day, _ = self.tokens[self.at]
            self.at += 1
            return date.fromisoformat(day)
        if word in ("true", "false"):
            return word == "true"
        if self.take("("):
            items = [self.either()]
            while self.take(","):
                items.append(self.either())
            assert self.take(")")
            if word in ("ratio", "started", "completed"):
                return ratio(*items) if word == "ratio" else _begun(*items, complete=word == "completed")
            if word == "if":
                return items[1] if items[0] is True else items[2]
            if word not in ("coalesce", "least", "greatest"):
                return self.names[text](*items)
            given = [item for item in items if item is not None]
            if word == "coalesce":
                return given[0] if given else None
            return {"least": min, "greatest": max}[word](given) if given else None
        return self.names[text]
