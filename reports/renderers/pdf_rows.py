"""The rows of a PDF's tables: written as the page's own operators, each value laid out once for all rows that have it.

A canvas draws a string through a dozen calls; a statement has millions of them.
"""

from __future__ import annotations

from reportlab.lib.rl_accel import escapePDF
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from prm.words import Language
from reports.cells import is_right, text_of
from reports.fonts import BOLD, REGULAR, wrapped
from reports.model import Column, Row, Value

SIZE, LEADING, PADDING = 7.5, 9.0, 4.0
_MOST_LINES = 8  # of a cell; more is cut with an ellipsis
_REMEMBERED = 1_000
"""Values of a column that are remembered as they are drawn."""

Cell = tuple[tuple[str, str], ...]
"""The lines of a cell: what stands before a line's height on the page, and what after it."""


class Strings(dict[int, str]):
    """How a font's characters are written in a page's strings, for `str.translate`; each is asked for once.

    A font is embedded in subsets of 256 characters. One of another than the first ends the string, and begins it anew
    after itself.
    """

    def __init__(self, canvas: Canvas, font: str):
        self.document = canvas._doc
        self.font = pdfmetrics.getFont(font)
        self.width = self.font.stringWidth
        self.in_use = self._switch(0)

    def __missing__(self, code: int) -> str:
        [(subset, character)] = self.font.splitString(chr(code), self.document)
        written = escapePDF(character)
        if subset:
            written = f") Tj {self._switch(subset)} ({written}) Tj {self.in_use} ("
        self[code] = written
        return written

    def _switch(self, subset: int) -> str:
        return f"{self.font.getSubsetInternalName(subset, self.document)} {SIZE} Tf"


class Rows:
    """Draws the header and the rows of one table. left: of its first column; widths: of the columns, in points."""

    def __init__(
        self, canvas: Canvas, columns: tuple[Column, ...], widths: list[float], left: float, language: Language
    ):
        self.right = left + sum(widths)
        self.regular, self.bold = Strings(canvas, REGULAR), Strings(canvas, BOLD)
        edges = [left + sum(widths[:index]) for index in range(len(widths))]
        self.columns = [
            _Column(column, edge, width, language) for column, edge, width in zip(columns, edges, widths, strict=True)
        ]
        self.header = [
            of.lines(of.column.title, self.bold, is_at_right=is_right(of.column), is_bold=True) for of in self.columns
        ]

    def cells(self, row: Row) -> list[Cell]:
        """A row laid out."""
        currency = row.currency
        if row.level:
            return [
                of.cell(value, currency, self.bold, is_bold=True)
                for of, value in zip(self.columns, row.values, strict=True)
            ]
        cells = []
        for of, value in zip(self.columns, row.values, strict=True):
            cell = of.remembered.get((value, currency))
            if cell is None:
                if len(of.remembered) >= _REMEMBERED:
                    of.remembered.clear()
                cell = of.remembered[value, currency] = of.cell(value, currency, self.regular)
            cells.append(cell)
        return cells


class _Column:
    """A column where it stands on the page, and how its values are laid out in it."""

    def __init__(self, column: Column, edge: float, width: float, language: Language):
        self.column, self.language = column, language
        self.left, self.room = edge + PADDING, width - 2 * PADDING
        self.is_right = is_right(column)
        self.before = f"1 0 0 1 {self.left:.2f} "
        self.remembered: dict[tuple[Value, str], Cell] = {}

    def cell(self, value: Value, currency: str, strings: Strings, *, is_bold: bool = False) -> Cell:
        """The lines of a value."""
        text = text_of(value, self.column, self.language, currency)
        return self.lines(text, strings, is_at_right=self.is_right and not isinstance(value, str), is_bold=is_bold)

    def lines(self, text: str, strings: Strings, *, is_at_right: bool, is_bold: bool) -> Cell:
        """The lines of a text, with nothing for an empty one."""
        width = strings.width(text, SIZE)
        if width > self.room and is_at_right and not any(character.isalpha() for character in text):
            share = 100 * self.room / width  # a number is never broken: it is drawn narrower
            return ((f"{share:.1f} Tz {self.before}", f" Tm ({text.translate(strings)}) Tj 100 Tz"),)
        if width > self.room:
            font = BOLD if is_bold else REGULAR
            texts = [(line, strings.width(line, SIZE)) for line in wrapped(text, font, SIZE, self.room, _MOST_LINES)]
        else:
            texts = [(text, width)]
        return tuple(
            (
                f"1 0 0 1 {self.left + self.room - width:.2f} " if is_at_right else self.before,
                f" Tm ({line.translate(strings)}) Tj",
            )
            if line
            else ("", "")
            for line, width in texts
        )
