"""Words in two languages, and how each language writes a date, a number and money.

A text that people read is a `Words`: the same sentence in English and Russian, side by side where it is
defined, so that neither can be forgotten.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache

from babel.dates import format_date as _format_date
from babel.numbers import get_decimal_symbol, get_group_symbol

from prm.language import LANGUAGES, Language, Words
from prm.money import currency_places
from prm.period import Period

__all__ = [
    "LANGUAGES",
    "Language",
    "Words",
    "format_day",
    "format_money",
    "format_number",
    "format_period",
    "format_share",
    "format_sum",
]


def format_money(amount: Decimal, language: Language, currency: str = "") -> str:
    """1234.5 → `1,234.50` in English, `1 234,50` (no-break space) in Russian.

    As many places as the currency has (yen none, dinars three), and more where the amount has them: none is hidden.
    """
    return _written(amount, language, least=currency_places(currency))


def format_sum(amount: Decimal, currency: str, language: Language) -> str:
    """An amount with its currency: `1,234.50 RUB`."""
    return f"{format_money(amount, language, currency)} {currency}"


def format_number(number: Decimal, language: Language) -> str:
    """1234.5 → `1,234.5` in English, `1 234,5` (no-break space) in Russian; every place that is given."""
    return _written(number, language)


def format_share(share: Decimal, language: Language) -> str:
    """0.055 → `5.5%` in English, `5,5 %` (no-break space) in Russian."""
    number = _written(share * 100, language, most=4)
    return f"{number}%" if language == "en" else f"{number}\xa0%"


def _written(number: Decimal, language: Language, *, least: int = 0, most: int = 10) -> str:
    """A number with the places that it has, but at least and at most so many.

    The symbols are Babel's; its formatter writes the same in ten times the time, which a long document feels.
    """
    whole, _, fraction = f"{number:,.{most}f}".partition(".")
    fraction = fraction.rstrip("0").ljust(least, "0")
    return (f"{whole}.{fraction}" if fraction else whole).translate(_symbols(language))


@cache
def _symbols(language: Language) -> dict[int, str]:
    """What stands between thousands and before the fraction, in place of Python's comma and point."""
    return str.maketrans({",": get_group_symbol(language), ".": get_decimal_symbol(language)})


def format_day(day: date, language: Language) -> str:
    """`31 October 2026`, `31 октября 2026`"""
    return _format_date(day, format="d MMMM y", locale=language)


def format_period(period: Period, language: Language) -> str:
    """`October 2026`, `октябрь 2026`"""
    return _format_date(period.start, format="LLLL y", locale=language)
