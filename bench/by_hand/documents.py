"""A document's cells by the libraries alone: XlsxWriter in constant memory, and a canvas of ReportLab.

Nothing is wrapped, numbered, bookmarked or signed: a sheet a table with its header, and pages of strings with a rule under
each row.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from reports import fonts
from reports.cells import is_right, text_of
from reports.model import Document, Row

_FORMATS = {
    "money": {"num_format": "#,##0.00", "align": "right"}, "number": {"num_format": "#,##0", "align": "right"},
    "day": {"num_format": "dd.mm.yyyy", "align": "center"}, "text": {"text_wrap": True},
}  # fmt: skip
_TOP, _BOTTOM, _LEFT, _STEP, _SIZE = 550.0, 64.0, 34.0, 12.0, 7.5


def excel(document: Document) -> Callable[[Path], None]:
    """How the workbook is written."""
    tables = [(section, list(section.rows())) for section in document.sections]

    def write(path: Path) -> None:
        with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as workbook:
            looks = {kind: workbook.add_format(look) for kind, look in _FORMATS.items()}
            for section, rows in tables:
                sheet = workbook.add_worksheet(section.title)
                for index, column in enumerate(section.columns):
                    sheet.write_string(0, index, column.title)
                for number, row in enumerate(rows, 1):
                    for index, (value, column) in enumerate(zip(row.values, section.columns, strict=True)):
                        if value is None or value == "":
                            sheet.write_blank(number, index, None, looks["text"])
                        elif isinstance(value, Decimal | int):
                            sheet.write_number(number, index, float(value), looks[column.kind])
                        elif isinstance(value, date):
                            at_midnight = datetime(value.year, value.month, value.day)
                            sheet.write_datetime(number, index, at_midnight, looks["day"])
                        else:
                            sheet.write_string(number, index, value, looks["text"])

    return write


def pdf(document: Document) -> Callable[[Path], None]:
    """How the pages are drawn; the strings are ready before."""

    def strings(row: Row, columns: tuple) -> list[tuple[str, bool]]:
        return [
            (text_of(value, column, document.language, row.currency), is_right(column) and not isinstance(value, str))
            for value, column in zip(row.values, columns, strict=True)
        ]

    tables = [
        (section.columns, [strings(row, section.columns) for row in section.rows()]) for section in document.sections
    ]
    fonts.register()

    def draw(path: Path) -> None:
        size = landscape(A4)
        canvas = Canvas(str(path), pagesize=size, invariant=1, pageCompression=1)
        y = _TOP
        canvas.setFont(fonts.REGULAR, _SIZE)
        for columns, rows in tables:
            unit = (size[0] - 2 * _LEFT) / sum(column.width for column in columns)
            for row in rows:
                if y < _BOTTOM:
                    canvas.showPage()
                    canvas.setFont(fonts.REGULAR, _SIZE)
                    y = _TOP
                x = _LEFT
                for (text, is_at_right), column in zip(row, columns, strict=True):
                    width = column.width * unit
                    if is_at_right:
                        canvas.drawRightString(x + width - 3, y, text)
                    else:
                        canvas.drawString(x + 3, y, text)
                    x += width
                canvas.line(_LEFT, y - 3, size[0] - _LEFT, y - 3)
                y -= _STEP
        canvas.save()

    return draw


WRITERS = {"xlsx": excel, "pdf": pdf}
"""By format."""
