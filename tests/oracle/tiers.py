"""Tiers and rounding, as the oracle reckons them: by walking a measure up through the steps."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction
from typing import Any

MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN, "up": ROUND_UP}
ZERO = Decimal(0)


def places(value: Decimal, count: int, mode: str = "half_up") -> Decimal:
    return value.quantize(Decimal(1).scaleb(-count), MODES[mode])


def ratio(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """Six places, a tie away from zero, from parts taken to six places."""
    if part is None or whole is None:
        return None
    part, whole = places(part, 6), places(whole, 6)
    return places(part / whole, 6) if whole else None


def portion(whole: Decimal | None, part: Decimal | None, of_all: Decimal | None) -> Decimal | None:
    """What a part of all is due of a whole, exact enough that rounding it is rounding the quotient itself."""
    if whole is None or part is None or of_all is None or not places(of_all, 6):
        return None
    exact = Fraction(places(whole, 4)) * Fraction(places(part, 6)) / Fraction(places(of_all, 6))
    down, rest = divmod(abs(exact.numerator) * 10**12, exact.denominator)
    found = Decimal(down * 10 + (1 if rest else 0)).scaleb(-13)
    return found if exact >= 0 else -found


def tiered(
    tiers: dict, after: Decimal, before: Decimal | None, own: Decimal, values: Any, applied_to: Decimal | None = None,
    counted_before: Decimal = ZERO,
) -> Decimal:  # fmt: skip
    """What tiers pay, unrounded, for what was measured up to `after`, of which `before` was there already, of so many events."""
    steps = _steps(tiers, values)
    base = own if applied_to is None else applied_to
    if tiers["pays"] == "fixed":
        fixed = _fixed(tiers, steps, after)
        return fixed - (_fixed(tiers, steps, before) if before is not None and counted_before else ZERO)
    if tiers["counting"] == "slice":
        return _sliced(steps, after) - (_sliced(steps, before) if before is not None else ZERO)
    return base * _rate(tiers, steps, after)


def _steps(tiers: dict, values: Any) -> list[tuple[Decimal, bool, Decimal]]:
    """(threshold, whether it belongs to this tier, rate) of each step."""
    by_count = tiers.get("by") == "count" and tiers["counting"] != "interpolated"  # it is units that lie in a tier
    steps = []
    for step in tiers["steps"]:
        word = "from" if "from" in step else "above"
        threshold = Decimal(str(step[word]))
        if by_count and word == "from" and threshold > 0:
            threshold -= 1
        written = step[tiers["pays"]]
        rate = values[written] if str(written) in values else Decimal(str(written))
        steps.append((threshold, word == "from" and not by_count, rate))
    return steps


def _reached(steps: list, measure: Decimal) -> int:
    found = 0
    for index, (at, included, _) in enumerate(steps):
        if measure > at or (included and measure == at):
            found = index
    return found


def _rate(tiers: dict, steps: list, measure: Decimal) -> Decimal:
    at = _reached(steps, measure)
    start, _, rate = steps[at]
    if tiers["counting"] != "interpolated" or at + 1 == len(steps):
        return rate
    end, _, following = steps[at + 1]
    way = ratio(max(measure, start) - start, end - start)
    assert way is not None
    return places(rate + (following - rate) * way, 6)


def _fixed(tiers: dict, steps: list, measure: Decimal) -> Decimal:
    if tiers["counting"] == "slice":
        return sum((rate for _, _, rate in steps[: _reached(steps, measure) + 1]), ZERO)
    return _rate(tiers, steps, measure)


def _sliced(steps: list, measure: Decimal) -> Decimal:
    if measure <= 0:
        return measure * steps[0][2]
    amount = ZERO
    for index, (start, _, rate) in enumerate(steps):
        end = steps[index + 1][0] if index + 1 < len(steps) else measure
        if measure > start:
            amount += (min(measure, end) - start) * rate
    return amount
