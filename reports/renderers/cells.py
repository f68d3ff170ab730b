"""How a value reads in text, the same in Word and PDF."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from babel.dates import format_date

from prm.words import Language, format_money
from reports.model import Column, Value


def text_of(value: Value, column: Column, language: Language) -> str:
    """A value in its language: `1 234,50`, `31.10.2026`; nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format_money(value, language)
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return format_money(Decimal(value), language, places=0) if column.total else str(value)
    if isinstance(value, date):
        return format_date(value, "dd.MM.yyyy" if language == "ru" else "d MMM y", locale=language)
    return str(value)
