"""How a value reads in text, the same in Word, PDF and HTML."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel.dates import format_date

from prm.words import Language, format_money, format_number, format_share
from reports.model import Column, Value

_NO_CONTROLS = dict.fromkeys([*(number for number in range(32) if chr(number) not in "\t\n"), 0xFFFE, 0xFFFF])


def text_of(value: Value, column: Column, language: Language, currency: str) -> str:
    """A value in its language: `1 234,50`, `31.10.2026`; nothing for nothing. currency: of the row's money."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        if column.kind == "share":
            return format_share(value, language)
        if column.kind in ("quantity", "number"):
            return format_number(value, language)
        return format_money(value, language, currency)
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return format_number(Decimal(value), language) if column.total else str(value)
    if isinstance(value, date):
        return _day(value, language)
    return str(value)


@lru_cache(maxsize=4_000)
def _day(day: date, language: Language) -> str:
    return format_date(day, "dd.MM.yyyy" if language == "ru" else "d MMM y", locale=language)


def is_right(column: Column) -> bool:
    """Whether a column's values stand at its right edge."""
    return column.kind in ("money", "number", "quantity", "share")


def printable(text: str) -> str:
    """XML knows no control characters, and two that are none."""
    return text.translate(_NO_CONTROLS)
