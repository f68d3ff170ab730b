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


_WITHIN = {"days": ("дня", "дней"), "months": ("месяца", "месяцев")}
_LEVELS: Forms = ("уровень", "уровня", "уровней")
_IN_WORDS = (("one", "один"), ("two", "два"), ("three", "три"), ("four", "четыре"), ("five", "пять"))


def levels(count: int, language: Language) -> str:
    """So many levels, in words: `two levels`, «два уровня»."""
    counted = english(count, "level") if language == "en" else russian(count, _LEVELS)
    if count > len(_IN_WORDS):
        return counted
    return counted.replace(str(count), _IN_WORDS[count - 1][language == "ru"], 1)


def within(count: int, unit: str, language: Language) -> str:
    """So many days or months that something lasts: `for 30 days`, «в течение 30 дней», «в течение 21 дня»."""
    if language == "en":
        return f"for {span(count, unit, language)}"
    return f"в течение {count} {_WITHIN[unit][not (count % 10 == 1 and count % 100 != 11)]}"


def span(count: int, unit: str, language: Language, told: str = "") -> str:
    """So many days or months: `30 days`, «30 дней». told: instead of the number, such as `1–3`."""
    one, forms = _SPANS[unit]
    counted = english(count, one) if language == "en" else russian(count, forms)
    return counted.replace(str(count), told, 1) if told else counted
