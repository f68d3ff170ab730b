"""What would be right where a number, a sign or a quotation mark is written as in books or in a spreadsheet."""

from __future__ import annotations

import re
from decimal import Decimal

from prm.words import Words

_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?![\w.,])")
_SIGNS = {"≥": ">=", "≤": "<=", "≠": "<>", "×": "*", "·": "*", "−": "-", "–": "-", "—": "-", ";": ","}
_QUOTES = "«»“”„‘’"


def sign_hint(text: str) -> Words | None:
    """What would be right where a formula has a sign that stands in books, and not on the keyboard."""
    if found := next((sign for sign in text if sign in _SIGNS), None):
        right = _SIGNS[found]
        return Words(en=f"In place of {found} write {right}", ru=f"Вместо {found} пишется {right}")
    return quotes_hint("«text»") if any(sign in text for sign in _QUOTES) else None


def quotes_hint(name: str) -> Words | None:
    """What would be right where a text stands in quotes of books."""
    bare = name.strip(_QUOTES)
    if not bare or bare == name:
        return None
    return Words(en=f"Text stands in straight quotes: '{bare}'.", ru=f"Текст пишется в прямых кавычках: '{bare}'.")


def decimal_hint(text: str) -> Words | None:
    """What would be right where a formula has a decimal with a comma, or a percent."""
    bare = re.sub(r"'[^']*'", "''", text)
    if found := _GROUPED.search(bare):
        number = re.sub(r"\s", "", found[0]).replace(",", ".")
        return Words(
            en=f"A number has no spaces, and a point before its fraction: {number}.",
            ru=f"Число пишется без пробелов, дробная часть — через точку: {number}.",
        )
    if found := re.search(r"(?<![\w.])(\d+)(?:[.,](\d+))?\s*%", bare):
        share = f"{Decimal(f'{found[1]}.{found[2] or 0}') / 100:f}".rstrip("0").rstrip(".")
        percent = found[0].replace(" ", "")
        return Words(
            en=f"A percent is a decimal: {share} for {percent}.", ru=f"Процент пишется дробью: {percent} — это {share}."
        )
    if found := re.search(r"(?<![\w.])(\d+),(\d+)(?![\w.])", bare):
        number = f"{found[1]}.{found[2]}"
        return Words(en=f"A decimal has a point: {number}.", ru=f"Дробная часть отделяется точкой: {number}.")
    return None
