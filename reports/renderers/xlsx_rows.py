"""The rows of a workbook's tables, written into the sheet's XML as they come, each value made into a cell once.

XlsxWriter in constant memory keeps a sheet's finished rows in a file, and writes a row there when the next one begins. Ours
go into the same file, without an object a cell: a statement has millions of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from prm.money import currency_places
from reports.model import Column, Row, Value
from reports.renderers.widths import in_characters, lines_in

_REMEMBERED = 1_000
"""Values of a column that are remembered as cells."""
_DIGITS = 15
"""Significant digits that a workbook's binary numbers keep; a longer number is written as text."""
_LINE = 13.0
"""The height of a line, in points."""
_LONGEST = 32_767
"""Characters of a cell, in UTF-16."""
_FIRST_DAY, _NO_LEAP_DAY = date(1899, 12, 31), 59
"""Days are counted from 1 January 1900; after the 59th by one too many, for Excel knows a 29 February 1900."""


class SheetRows:
    """Writes rows of a table, from one row of the sheet on. first: that row, counted from 0.

    formats: by kind of column and level of row. `end` is called before the sheet is written to in another way.
    """

    def __init__(
        self, sheet: Worksheet, columns: tuple[Column, ...], formats: Mapping[tuple[str, int], Format], first: int
    ):
        self.sheet, self.columns, self.next = sheet, columns, first
        self.formats = formats
        self.starts = [f'<c r="{xl_col_to_name(index)}' for index in range(len(columns))]
        self.widths = [in_characters(column) for column in columns]
        self.remembered: list[dict[tuple[Value, str, int], str]] = [{} for _ in columns]
        self.tall: list[dict[Value, int]] = [{} for _ in columns]  # lines of remembered texts that need several
        sheet._write_single_row(first)  # the row that was begun

    def write(self, row: Row) -> None:
        """Writes the next row."""
        self.next += 1
        number, currency, level = f'{self.next}"', row.currency, row.level
        cells = [""]
        lines = 1
        for index, value in enumerate(row.values):
            remembered = self.remembered[index]
            key = (value, currency, level)
            cell = remembered.get(key)
            if cell is None:
                if len(remembered) >= _REMEMBERED:
                    remembered.clear()
                    self.tall[index].clear()
                cell = remembered[key] = self._cell(value, self.columns[index], currency, level)
                if isinstance(value, str) and (needed := lines_in(value, self.widths[index])) > 1:
                    self.tall[index][value] = needed
            cells.append(self.starts[index] + number + cell)
            if self.tall[index]:
                lines = max(lines, self.tall[index].get(value, 1))
        height = f' ht="{height_of(lines):.2f}" customHeight="1"' if lines > 1 else ""
        cells[0] = f'<row r="{number}{height}>'
        cells.append("</row>")
        self.sheet.fh.write("".join(cells))

    def end(self) -> int:
        """Tells the sheet what it has; returns the row that comes next, counted from 0."""
        if self.columns:
            self.sheet._check_dimensions(self.next - 1, 0)
            self.sheet._check_dimensions(self.next - 1, len(self.columns) - 1)
        self.sheet.previous_row = self.next
        return self.next

    def _cell(self, value: Value, column: Column, currency: str, level: int) -> str:
        """What follows a cell's address."""
        kind: str = "text" if isinstance(value, str) else column.kind
        if kind == "money":
            kind = f"money{_places(value, currency)}"
        elif kind == "number" and not column.total:
            kind = "plain"  # such as a run's: a number that counts nothing has no marks between its thousands
        elif kind == "quantity" and isinstance(value, Decimal) and value == value.to_integral_value():
            kind = "whole"
        style = self.formats[kind, level]._get_xf_index()
        if value is None or value == "":
            return f' s="{style}"/>'
        if isinstance(value, Decimal | int):
            number = Decimal(value).normalize()
            if len(number.as_tuple().digits) > _DIGITS:
                return self._text(str(value), style)
            return f' s="{style}"><v>{number:f}</v></c>'
        if isinstance(value, date):
            days = (date(value.year, value.month, value.day) - _FIRST_DAY).days
            return f' s="{style}"><v>{days + (days > _NO_LEAP_DAY)}</v></c>'
        return self._text(value, style)

    def _text(self, text: str, style: int) -> str:
        if len(text) > _LONGEST // 2:
            text = text.encode("utf-16-le")[: _LONGEST * 2].decode("utf-16-le", "ignore")
        escaped = self.sheet._escape_control_characters(text)
        escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        kept = ' xml:space="preserve"' if text != text.strip() else ""
        return f' s="{style}" t="inlineStr"><is><t{kept}>{escaped}</t></is></c>'


def height_of(lines: int) -> float:
    """The height of a row of so many lines, in points; Excel allows 409."""
    return min(_LINE * lines + 2, 409.0)


def _places(value: Value, currency: str) -> int:
    """The decimal places to show of an amount: the currency's, and more where it has them."""
    own = -int(value.normalize().as_tuple().exponent) if isinstance(value, Decimal) else 0
    return min(max(currency_places(currency), own), 4)
