"""Tiers as expressions: what a measure earns, step by step, written out for as many steps as there are.

A component that pays the period as a whole measures it once. One that is cumulative, or that pays events in their
order, has a measure before and after: what is earned is the step from the one to the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from schemes.model import Tiers

Operand = Callable[[Decimal | str, str], str]
"""SQL of a literal, attribute or term of a type."""


@dataclass(frozen=True)
class Measured:
    """SQL of what is measured: up to here (`after`), up to what came before (`before`, if anything), and between.

    counted_before: how many events came before, where that is not the same: they may come to nothing together.
    """

    after: str
    before: str | None
    own: str
    counted_before: str | None = None


@dataclass(frozen=True)
class _Step:
    number: int
    threshold: str
    part: str
    rate: str
    amount: str


def tier_rules(tiers: Tiers, measured: Measured, operand: Operand, applied_to: str | None = None) -> tuple[str, str]:
    """SQL of the exact amount, and of its split by tier: a JSON array of step, above, measure, rate, amount.

    Unknown (null) where the measure is.
    """
    steps = _steps(tiers, measured, operand, applied_to or measured.own)
    amount = " + ".join(step.amount for step in steps)
    split = " || ',' || ".join(
        f"""'{{"step":{step.number},"above":"' || {step.threshold} || '","measure":"' || {step.part} || '","rate":"' || """
        f"""{step.rate} || '","amount":"' || {step.amount} || '"}}'"""
        for step in steps
    )
    known = f"({measured.after}) is not null" + (f" and ({applied_to}) is not null" if applied_to else "")
    return f"case when {known} then {amount} end", f"case when {known} then '[' || {split} || ']' end"


def _steps(tiers: Tiers, measured: Measured, operand: Operand, whole: str) -> list[_Step]:
    rate_type = "share" if tiers.pays == "share" else "money"
    thresholds = [operand(_first_unit(tiers, step.threshold), tiers.unit) for step in tiers.steps]
    rates = [operand(step.rate, rate_type) for step in tiers.steps]
    steps = []
    for index, (threshold, rate) in enumerate(zip(thresholds, rates, strict=True)):
        following = thresholds[index + 1] if index + 1 < len(thresholds) else None
        is_here = _is_here(tiers, measured.after, index, threshold, following)
        part = _slice(measured.after, index, threshold, following)
        if measured.before is not None:
            part = f"({part} - {_slice(measured.before, index, threshold, following)})"
        if tiers.counting != "slice":
            part = f"case when {is_here} then {whole} else 0 end"
        rate_before = rate
        if tiers.counting == "interpolated" and following is not None:
            rate = _between(measured.after, threshold, following, rates[index], rates[index + 1])
            if measured.before is not None:
                rate_before = _between(measured.before, threshold, following, rates[index], rates[index + 1])
        if tiers.pays == "fixed":
            amount = _fixed(tiers, measured.after, index, threshold, following, rate)
            if measured.before is not None:
                before = _fixed(tiers, measured.before, index, threshold, following, rate_before)
                had = measured.counted_before or measured.before
                amount = f"({amount} - case when ({had}) <> 0 then {before} else 0 end)"
        else:
            amount = f"cast({part} as decimal(38, 6)) * {rate}"
        steps.append(_Step(index + 1, threshold, f"({part})", f"({rate})", f"({amount})"))
    return steps


def _has_units(tiers: Tiers) -> bool:
    """Whether it is events that lie in tiers, one by one: where a rate rises evenly, it is a point on the way up."""
    return tiers.by == "count" and tiers.counting != "interpolated"


def _first_unit(tiers: Tiers, threshold: Decimal) -> Decimal:
    """A count of exactly N belongs to the tier `from: N`: it is more than N - 1."""
    return threshold - 1 if _has_units(tiers) and tiers.boundary == "from" and threshold > 0 else threshold


def _slice(measure: str, index: int, threshold: str, following: str | None) -> str:
    """The part of a measure that lies in a tier; the first reaches down without end."""
    up_to = f"least({measure}, {following})" if following is not None else f"({measure})"
    return f"greatest({up_to} - {threshold}, 0)" if index else up_to


def _is_reached(tiers: Tiers, measure: str, index: int, threshold: str) -> str:
    if index == 0:
        return "true"
    more = ">=" if tiers.boundary == "from" and not _has_units(tiers) else ">"
    return f"({measure}) {more} {threshold}"


def _is_here(tiers: Tiers, measure: str, index: int, threshold: str, following: str | None) -> str:
    reached = _is_reached(tiers, measure, index, threshold)
    return (
        f"{reached} and not {_is_reached(tiers, measure, index + 1, following)}" if following is not None else reached
    )


def _between(measure: str, threshold: str, following: str, rate: str, next_rate: str) -> str:
    """The rate between two thresholds' rates, to six places; below the first, the first."""
    way = f"ratio(greatest({measure}, {threshold}) - {threshold}, {following} - {threshold})"
    return f"cast({rate} + cast({next_rate} - {rate} as decimal(38, 6)) * {way} as decimal(18, 6))"


def _fixed(tiers: Tiers, measure: str, index: int, threshold: str, following: str | None, rate: str) -> str:
    """A sum for reaching a tier: of every tier reached where they are slices, else of the last one."""
    reached = _is_reached if tiers.counting == "slice" else None
    condition = (
        reached(tiers, measure, index, threshold) if reached else _is_here(tiers, measure, index, threshold, following)
    )
    return f"case when {condition} then {rate} else 0 end"
