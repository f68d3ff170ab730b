"""CSV: one table of the document for other programs: no totals, plain numbers, days as 2026-10-31.

Which table is the form's choice (`csv` in its layout, otherwise the last); encoding and delimiter are settings. With a
semicolon decimals have a comma, as spreadsheets in Russia expect; otherwise a point. A text that a spreadsheet would take
for a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

from prm.errors import PrmError
from prm.money import currency_places
from reports.model import Column, Document, Row, Section, Value

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render_csv(document: Document, path: Path) -> None:
    """Writes the table. Raises PrmError where the encoding lacks a character, and for an unknown encoding."""
    section = _section(document)
    has_money = any(column.kind == "money" for column in section.columns)
    is_named = any(column.name == "currency" for column in section.columns)
    adds_currency = has_money and not is_named
    point = "," if document.csv.delimiter == ";" else "."
    try:
        with path.open("w", encoding=document.csv.encoding, newline="") as file:
            writer = csv.writer(file, delimiter=document.csv.delimiter, lineterminator="\r\n")
            titles = [_text(column.title) for column in section.columns]
            writer.writerow([*titles, document.words["currency"]] if adds_currency else titles)
            for row in section.rows() if section.count else ():
                if row.level == 0:
                    cells = [_cell(v, c, row, point) for v, c in zip(row.values, section.columns, strict=True)]
                    writer.writerow([*cells, row.currency] if adds_currency else cells)
    except LookupError:
        raise PrmError(
            f"There is no encoding '{document.csv.encoding}'.",
            hint="Write utf-8-sig, utf-8, cp1251 or utf-16 into PRM_CSV_ENCODING.",
        ) from None
    except UnicodeEncodeError as error:
        raise PrmError(
            f"The encoding {document.csv.encoding} has no character '{error.object[error.start]}' (in: {error.object.strip()[:60]}).",
            hint="Use utf-8-sig: --csv-encoding utf-8-sig.",
        ) from None


def _section(document: Document) -> Section:
    named = [section for section in document.sections if section.name == document.csv.section]
    return named[0] if named else document.sections[-1]


def _cell(value: Value, column: Column, row: Row, point: str) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        own = -int(value.normalize().as_tuple().exponent)
        places = max(own, currency_places(row.currency) if column.kind == "money" else 0)
        return f"{value:.{places}f}".replace(".", point)
    if isinstance(value, date):
        return value.isoformat()
    return _text(value) if isinstance(value, str) else str(value)


def _text(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
