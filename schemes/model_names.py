"""Names and functions that formulas may use beside those of streams and of the scheme itself."""

from decimal import Decimal

from prm.period import Period

INSTALMENTS = ("instalment", "instalments")
"""Names that a rule with `after` may use: which of its times this is, counted from 1, and how many there are."""
OF_WHAT_WAS_PAID = {"paid": "money", "elapsed": "number", "window": "number"}
"""Names, with their types, that a component with `claws_back` may use: what was paid, how much of the window is over,
and how long it is, both in the window's unit."""
MONTHS = ("month_of_year", "month_of_quarter")
"""Names of numbers that every rule may use: which month of the calendar year, or quarter, the period is, from 1."""
ACTIVITIES = ("charged_within", "paid_within")
"""Functions of a number of days, on events: what the subscriber was charged, or paid, in so many first days."""


def month(name: str, period: Period) -> Decimal:
    """What one of MONTHS is in a period."""
    return Decimal({"month_of_year": period.month, "month_of_quarter": period.month_of_quarter}[name])
