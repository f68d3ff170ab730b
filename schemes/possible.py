"""What formulas can come to: for each name what it may be, and from there whether a condition can ever be met.

Only what is certain is said: whatever is not understood may be anything. A condition on something unknown is not met, so
unknown values need no room here, but where `least`, `greatest` and `coalesce` pass them over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sqlglot import exp

from schemes.formula_types import INSTALMENT_OF, QUOTIENTS, is_date_literal, literal_text

_FLIPPED: dict[type[exp.Expr], type[exp.Binary]] = {
    exp.LT: exp.GT,
    exp.GT: exp.LT,
    exp.LTE: exp.GTE,
    exp.GTE: exp.LTE,
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
}
_OPPOSITE: dict[type[exp.Expr], type[exp.Binary]] = {
    exp.LT: exp.GTE,
    exp.GTE: exp.LT,
    exp.GT: exp.LTE,
    exp.LTE: exp.GT,
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
}


@dataclass(frozen=True)
class Known:
    """What is known of a value; without anything it may be any.

    low, high: of a number, or of a day (its ordinal); is_above, is_below: the bound itself is left out. is_whole: only
    whole numbers. words: the texts (or truths) that it may be; without: those that it is not. is_sure: it is never
    unknown. is_unknown: it is always unknown.
    """

    low: Decimal | None = None
    high: Decimal | None = None
    is_above: bool = False
    is_below: bool = False
    is_whole: bool = False
    words: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    is_sure: bool = False
    is_unknown: bool = False

    @property
    def is_impossible(self) -> bool:
        """Whether no value is left."""
        if self.words is not None and not self.words - self.without:
            return True
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.is_above or self.is_below))

    @property
    def point(self) -> Decimal | None:
        """The one number that it can be."""
        return self.low if self.low is not None and self.low == self.high else None

    def at_least(self, low: Decimal | None, is_above: bool) -> Known:
        """Of these values those that are at least (or above) a number."""
        if low is None:
            return self
        if self.is_whole:
            rounded = low.to_integral_value(ROUND_CEILING)
            low, is_above = (rounded + 1 if is_above and rounded == low else rounded), False
        if self.low is not None and (low < self.low or (low == self.low and not is_above)):
            return self
        return replace(self, low=low, is_above=is_above)

    def at_most(self, high: Decimal | None, is_below: bool) -> Known:
        """Of these values those that are at most (or below) a number."""
        if high is None:
            return self
        if self.is_whole:
            rounded = high.to_integral_value(ROUND_FLOOR)
            high, is_below = (rounded - 1 if is_below and rounded == high else rounded), False
        if self.high is not None and (high > self.high or (high == self.high and not is_below)):
            return self
        return replace(self, high=high, is_below=is_below)

    def rounded(self, places: int) -> Known:
        """What it may be once it was rounded to so many places."""
        unit = Decimal(1).scaleb(-places)
        low, high = self.low, self.high
        return replace(
            self, low=None if low is None else low.quantize(unit, ROUND_FLOOR), is_above=False,
            high=None if high is None else high.quantize(unit, ROUND_CEILING), is_below=False,
        )  # fmt: skip

    def both(self, other: Known) -> Known:
        """The values that are among these and among others."""
        found = self.at_least(other.low, other.is_above).at_most(other.high, other.is_below)
        words = other.words if self.words is None else self.words if other.words is None else self.words & other.words
        return replace(found, words=words, without=self.without | other.without)

    def either(self, other: Known) -> Known:
        """The values that are among these or among others (and what lies between)."""
        return Known(
            low=None if self.low is None or other.low is None else min(self.low, other.low),
            high=None if self.high is None or other.high is None else max(self.high, other.high),
            is_whole=self.is_whole and other.is_whole,
            words=None if self.words is None or other.words is None else self.words | other.words,
            is_sure=self.is_sure and other.is_sure,
        )


ANYTHING = Known()
Names = Mapping[str, Known]


def exactly(value: Decimal | date | str | bool) -> Known:
    """What is known of a value that is given."""
    if isinstance(value, bool):
        return Known(words=frozenset({str(value).lower()}), is_sure=True)
    if isinstance(value, str):
        return Known(words=frozenset({value}), is_sure=True)
    number = Decimal(value.toordinal()) if isinstance(value, date) else value
    return Known(low=number, high=number, is_whole=number == number.to_integral_value(), is_sure=True)


def met(names: Names, node: exp.Expr, is_met: bool = True) -> Names | None:
    """What is known of names where a condition is met (or: is known not to be); None where it can't be."""
    if isinstance(node, exp.Paren):
        return met(names, node.this, is_met)
    if isinstance(node, exp.Not):
        return met(names, node.this, not is_met)
    if isinstance(node, exp.And | exp.Or):
        if isinstance(node, exp.And) == is_met:
            return _all(names, [(node.left, is_met), (node.right, is_met)])
        return _any(names, [(node.left, is_met), (node.right, is_met)])
    if isinstance(node, exp.Between):
        parts = [
            exp.GTE(this=node.this, expression=node.args["low"]),
            exp.LTE(this=node.this, expression=node.args["high"]),
        ]
        return (_all if is_met else _any)(names, [(part, is_met) for part in parts])
    if isinstance(node, exp.In):
        equal: list[tuple[exp.Expr, bool]] = [
            (exp.EQ(this=node.this, expression=item), is_met) for item in node.expressions
        ]
        return (_any if is_met else _all)(names, equal)
    if type(node) in _FLIPPED:
        return _compared(names, type(node) if is_met else _OPPOSITE[type(node)], node.left, node.right)  # type: ignore[attr-defined]
    if isinstance(node, exp.Is):
        return _is_unknown(names, node.this, is_met)
    if isinstance(node, exp.Boolean | exp.Column):
        return _narrowed(names, node, value(names, node).both(exactly(is_met)))
    return names


def value(names: Names, node: exp.Expr) -> Known:
    """What a formula can come to."""
    if isinstance(node, exp.Paren):
        return value(names, node.this)
    if isinstance(node, exp.Column):
        return names.get(node.name, ANYTHING)
    if isinstance(node, exp.Boolean):
        return exactly(bool(node.this))
    if is_date_literal(node):
        return exactly(date.fromisoformat(literal_text(node)))
    if isinstance(node, exp.Literal):
        return exactly(str(node.this) if node.is_string else Decimal(node.this))
    if isinstance(node, exp.Neg):
        return _times(value(names, node.this), exactly(Decimal(-1)))
    if isinstance(node, exp.Add):
        return _plus(value(names, node.left), value(names, node.right))
    if isinstance(node, exp.Sub):
        return _plus(value(names, node.left), _times(value(names, node.right), exactly(Decimal(-1))))
    if isinstance(node, exp.Mul):
        return _times(value(names, node.left), value(names, node.right))
    if isinstance(node, exp.If):
        where_met = met(names, node.this)
        otherwise = value(names, node.args["false"])
        return otherwise if where_met is None else value(where_met, node.args["true"]).either(otherwise)
    if isinstance(node, exp.Least | exp.Greatest | exp.Coalesce):
        return _of_several(node, [value(names, part) for part in (node.this, *node.expressions)])
    if isinstance(node, exp.Anonymous) and (node.name in QUOTIENTS or node.name == INSTALMENT_OF):
        whole = value(names, node.expressions[0])
        return exactly(Decimal(0)) if whole.point == 0 else ANYTHING
    return ANYTHING


def _all(names: Names, parts: list[tuple[exp.Expr, bool]]) -> Names | None:
    for node, is_met in parts:
        narrowed = met(names, node, is_met)
        if narrowed is None:
            return None
        names = narrowed
    return names


def _any(names: Names, parts: list[tuple[exp.Expr, bool]]) -> Names | None:
    found = [narrowed for node, is_met in parts if (narrowed := met(names, node, is_met)) is not None]
    if not found:
        return None
    return {
        name: of if all(other.get(name) == of for other in found) else names.get(name, ANYTHING)
        for name, of in found[0].items()
    } if len(found) > 1 else found[0]  # fmt: skip


def _compared(names: Names, comparison: type[exp.Expr], left: exp.Expr, right: exp.Expr) -> Names | None:
    for this, other, kind in ((left, right, comparison), (right, left, _FLIPPED[comparison])):
        ours, theirs = value(names, this), value(names, other)
        if ours.is_unknown or theirs.is_unknown:
            return None
        if kind is exp.EQ:
            ours = ours.both(theirs)
        elif kind is exp.NEQ:
            if ours.point is not None and ours.point == theirs.point:
                return None
            if theirs.words is not None and len(theirs.words) == 1:
                ours = replace(ours, without=ours.without | theirs.words)
        elif kind in (exp.LT, exp.LTE):
            ours = ours.at_most(theirs.high, theirs.is_below or kind is exp.LT)
        else:
            ours = ours.at_least(theirs.low, theirs.is_above or kind is exp.GT)
        narrowed = _narrowed(names, this, ours)
        if narrowed is None:
            return None
        names = narrowed
    return names


def _narrowed(names: Names, node: exp.Expr, known: Known) -> Names | None:
    """The names, where what a node comes to is now known better."""
    if known.is_impossible or known.is_unknown:
        return None
    while isinstance(node, exp.Paren):
        node = node.this
    return {**names, node.name: replace(known, is_sure=True)} if isinstance(node, exp.Column) else names


def _is_unknown(names: Names, node: exp.Expr, is_met: bool) -> Names | None:
    known = value(names, node)
    if (is_met and known.is_sure) or (not is_met and known.is_unknown):
        return None
    while isinstance(node, exp.Paren):
        node = node.this
    if not isinstance(node, exp.Column):
        return names
    return {**names, node.name: replace(known, is_unknown=is_met, is_sure=not is_met)}


def _plus(one: Known, other: Known) -> Known:
    return Known(
        low=None if one.low is None or other.low is None else one.low + other.low,
        high=None if one.high is None or other.high is None else one.high + other.high,
        is_whole=one.is_whole and other.is_whole, is_sure=one.is_sure and other.is_sure,
    )  # fmt: skip


def _times(one: Known, other: Known) -> Known:
    is_sure = one.is_sure and other.is_sure
    if one.point == 0 or other.point == 0:
        return replace(exactly(Decimal(0)), is_sure=is_sure)
    if one.low is None or one.high is None or other.low is None or other.high is None:
        for number, many in ((one, other), (other, one)):
            if number.point is not None:  # the bounds that there are, turned where it is below zero
                low, high = (of if of is None else of * number.point for of in (many.low, many.high))
                low, high = (low, high) if number.point > 0 else (high, low)
                return Known(low=low, high=high, is_whole=one.is_whole and other.is_whole, is_sure=is_sure)
        return Known(is_sure=is_sure)
    ends = [a * b for a in (one.low, one.high) for b in (other.low, other.high)]
    return Known(low=min(ends), high=max(ends), is_whole=one.is_whole and other.is_whole, is_sure=is_sure)


def _of_several(node: exp.Expr, parts: list[Known]) -> Known:
    """The least, the greatest or the first known of several; those that may be unknown may be passed over."""
    if isinstance(node, exp.Coalesce):
        sure = next((number for number, part in enumerate(parts) if part.is_sure), len(parts) - 1)
        parts = parts[: sure + 1]
    found = parts[0]
    for part in parts[1:]:
        found = found.either(part)
    for part in parts if len(parts) > 1 else ():
        if part.is_sure and isinstance(node, exp.Least):
            found = found.at_most(part.high, False)
        elif part.is_sure and isinstance(node, exp.Greatest):
            found = found.at_least(part.low, False)
    return replace(found, is_sure=any(part.is_sure for part in parts))
