"""Rounding in SQL: exact decimals, once, by the scheme's places and mode."""

from __future__ import annotations

from decimal import Decimal

from schemes.model import Rounding

EXACT = Rounding(places=4, mode="half_up")
"""How a line is kept where only totals are rounded."""


def portion(whole: str, part: str, of_all: str) -> str:
    """SQL of what a part of all is due of a whole (money, to four places), not rounded yet."""
    return f"portion(cast({whole} as decimal(18, 4)), {part}, {of_all})"


def rounded(sql: str, rounding: Rounding) -> str:
    """SQL that rounds an exact decimal once; a cast to fewer places rounds a tie away from zero."""
    up = f"cast({sql} as decimal(18, {rounding.places}))"
    unit = f"cast({Decimal(1).scaleb(-rounding.places)} as decimal(18, 4))"
    if rounding.mode == "half_up":
        return f"cast({up} as decimal(18, 4))"
    if rounding.mode == "half_even":  # where the cast rounded a tie to an odd last digit, step back by one of it
        half = f"cast({Decimal(5).scaleb(-rounding.places - 1)} as decimal(18, 6))"
        whole = (
            f"cast({up} as decimal(38, 4))" if rounding.places == 4 else up
        )  # 18 digits would hold ten before the point
        is_off = f"abs({up} - ({sql})) = {half} and abs(cast({whole} * {10**rounding.places} as hugeint)) % 2 = 1"
        step = f"- {unit} * sign({up})"
    elif rounding.mode == "down":
        is_off, step = f"abs({up}) > abs({sql})", f"- {unit} * sign({sql})"
    else:
        is_off, step = f"abs({up}) < abs({sql})", f"+ {unit} * sign({sql})"
    return f"cast(case when {is_off} then {up} {step} else {up} end as decimal(18, 4))"
