"""Counted nouns, as each language counts them: `1 day`, `2 days`; «1 день», «2 дня», «5 дней»."""

from __future__ import annotations

from prm.words import Language

Forms = tuple[str, str, str]
"""A Russian noun beside 1, 2 and 5."""


def english(count: int, one: str, several: str = "") -> str:
    """`1 day`, `2 days`; several: where it is not the noun with an s."""
    return f"{count} {one if count == 1 else several or one + 's'}"


def form(count: int, forms: Forms) -> str:
    """The form of a Russian noun beside a number: день, дня or дней."""
    if count % 100 in range(11, 15) or count % 10 not in range(1, 5):
        return forms[2]
    return forms[0] if count % 10 == 1 else forms[1]


def russian(count: int, forms: Forms) -> str:
    """«1 день», «2 дня», «5 дней»"""
    return f"{count} {form(count, forms)}"


DAYS: Forms = ("день", "дня", "дней")
MONTHS: Forms = ("месяц", "месяца", "месяцев")
_SPANS = {"days": ("day", DAYS), "months": ("month", MONTHS)}


def span(count: int, unit: str, language: Language) -> str:
    """So many days or months: `30 days`, «30 дней»."""
    one, forms = _SPANS[unit]
    return english(count, one) if language == "en" else russian(count, forms)
