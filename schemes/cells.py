"""Cells of a workbook: what a scheme's value looks like in one, and what a cell says, exactly.

A spreadsheet's number is a float of fifteen true digits; it is read as the decimal that Excel shows. Text is kept as it
is: a cell can't be empty text or keep its outer spaces, so such text stands in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal

from prm.words import Language
from schemes.formula_types import PLACES

LARGEST = Decimal(10) ** 15
_RANGE = re.compile(r"(?:от\s+)?(\d+)\s*(?:to|до|\.\.|-|–|—)\s*(\d+)", re.IGNORECASE)
_YES, _NO = ("true", "yes", "да", "истина"), ("false", "no", "нет", "ложь")


def number(raw: int | float) -> Decimal:
    """A cell's number; ValueError where a float can't hold it exactly."""
    value = Decimal(format(raw, ".15g")) if isinstance(raw, float) else Decimal(raw)
    if abs(value) >= LARGEST:
        raise ValueError(f"{raw!r} has more than 15 digits")
    return value


def decoded(raw: object, kind: str, of_type: str | None = None, *, takes_all: bool = False) -> object:
    """What a cell says, as the parser reads it: a cell that says something else is handed on as it is, to be refused.

    raw: the cell's text (not empty), number (int or float), truth or time. of_type: of a `value`, the type it is of.
    takes_all: of names, that the one word `all` may stand for them.
    """
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return _number(number(raw), kind, of_type)
    if isinstance(raw, datetime):
        raw = raw.date() if raw.time() == time() else raw
    if not isinstance(raw, str):
        if isinstance(raw, bool) and kind == "formula":
            return str(raw).lower()
        return raw
    text = raw.strip()
    if kind in ("text", "word") or (kind == "value" and of_type == "text"):
        return _unquoted(text)
    if kind == "day" or (kind == "value" and of_type == "date"):
        return _day(text)
    if kind == "flag" or (kind == "value" and of_type == "flag"):
        return True if text.lower() in _YES else False if text.lower() in _NO else text
    if kind == "whole":
        return int(text) if re.fullmatch(r"\d{1,9}", text) else text
    if kind == "counts":
        return _counts(text)
    if kind == "names":
        return (
            text
            if takes_all and text == "all"
            else [name.strip() for name in re.split(r"[,;\n]", text) if name.strip()]
        )
    return text


def encoded(value: object, kind: str, language: Language, *, takes_all: bool = False) -> str | int | bool | date:
    """The cell of a value: text (also for every decimal), a whole number, a truth or a day."""
    if isinstance(value, bool):
        return value
    if kind == "counts":
        if isinstance(value, dict):
            low, high = value["from"], value["to"]
            return f"{low} to {high}" if language == "en" else f"от {low} до {high}"
        return ", ".join(str(count) for count in value) if isinstance(value, Sequence) else str(value)
    if kind == "names" and not isinstance(value, str):
        assert isinstance(value, Sequence)
        names = [str(name) for name in value]
        return "all," if takes_all and names == ["all"] else ", ".join(names)
    if kind == "whole" and isinstance(value, int):
        return int(value)
    if isinstance(value, date):
        return value
    text = str(value)
    is_text = kind in ("text", "word", "value")
    return f'"{text}"' if is_text and (not text or text != text.strip() or _unquoted(text) != text) else text


def _number(value: Decimal, kind: str, of_type: str | None) -> object:
    is_whole = value == value.to_integral_value()
    if kind in ("whole", "counts"):
        return int(value) if is_whole else f"{value:f}"
    if kind == "names":
        return [f"{value:f}"]
    if kind == "text" or (kind == "value" and of_type not in (None, *PLACES)):
        return value  # 2.10 has become 2.1 and 007 has become 7: what was meant is not known
    return f"{value:f}"


def _day(text: str) -> object:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text
    except ValueError:
        return text


def _counts(text: str) -> object:
    if found := _RANGE.fullmatch(text):
        return {"from": int(found[1][:6]), "to": int(found[2][:6])}
    counts = [part.strip() for part in re.split(r"[,;]", text)]
    if not all(re.fullmatch(r"\d{1,6}", count) for count in counts):
        return text
    return int(counts[0]) if len(counts) == 1 else [int(count) for count in counts]


def _unquoted(text: str) -> str:
    """Text in double quotes that needs them: it is empty, has outer spaces, or has quotes of this kind itself."""
    if len(text) < 2 or not (text[0] == text[-1] == '"'):
        return text
    inner = text[1:-1]
    needs = not inner or inner != inner.strip() or (len(inner) > 1 and inner[0] == inner[-1] == '"')
    return inner if needs else text
