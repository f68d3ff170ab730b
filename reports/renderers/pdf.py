"""PDF: pages drawn one after another; what stays in memory of a finished page is its compressed bytes.

ReportLab's tables lay out the whole document before they draw it; here a page is drawn as its rows arrive.
The number of pages is known only at the end: it is a form object that every footer refers to and that is
defined last.
"""

from __future__ import annotations

import zlib
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfdoc import PDFName, PDFStream, PDFString, pdfdocEnc
from reportlab.pdfgen.canvas import Canvas

from reports import charts, fonts
from reports.fonts import BOLD as _BOLD
from reports.fonts import REGULAR as _REGULAR
from reports.fonts import text_width as _width
from reports.fonts import wrapped as _wrapped
from reports.model import Document, Row, Section
from reports.renderers.pdf_rows import LEADING as _LEADING
from reports.renderers.pdf_rows import PADDING as _PADDING
from reports.renderers.pdf_rows import SIZE as _SIZE
from reports.renderers.pdf_rows import Cell, Rows
from reports.renderers.widths import shared_out

_MARGIN, _FOOT = 34.0, 30.0
_INK, _GREY, _RULE, _WHITE = HexColor("#1A1A1A"), HexColor("#595959"), HexColor("#C9CED6"), HexColor("#FFFFFF")
_FILL = {1: HexColor("#F2F2F2"), 2: HexColor("#DDE6F0")}


def render_pdf(document: Document, path: Path) -> None:
    """Writes the PDF."""
    fonts.register()
    _Pages(document, path).draw()


class _Pages:
    """A document being drawn, from the top of its first page to the foot of its last."""

    def __init__(self, document: Document, path: Path):
        self.document = document
        self.size = landscape(A4) if document.is_landscape else A4
        self.canvas = Canvas(str(path), pagesize=self.size, invariant=1, pageCompression=1)
        self.canvas.setTitle(f"{document.title} {document.subtitle}")
        self.canvas.setAuthor("")
        self.canvas.setViewerPreference("DisplayDocTitle", "true")
        self.canvas._doc.Catalog.Lang = PDFString("ru-RU" if document.language == "ru" else "en-GB")
        self.head = HexColor(document.look.color)
        self.page = 1
        self.rules: list[str] = []
        self.texts: list[str] = []
        self.y = self.size[1] - _MARGIN

    def draw(self) -> None:
        self._heading()
        for section in self.document.sections:
            self._section(section)
        self._closing()
        self._foot()
        self.canvas.beginForm("pages", 0, 0, 60, 20)
        self.canvas.setFont(_REGULAR, 7)
        self.canvas.setFillColor(_GREY)
        self.canvas.drawString(0, 0, str(self.page))
        self.canvas.endForm()
        self.canvas.save()

    # --- parts

    def _heading(self) -> None:
        if self.document.look.logo:
            logo = ImageReader(str(self.document.look.logo))
            width, height = logo.getSize()
            shown = min(36 / height, 160 / width)
            self.canvas.drawImage(
                logo, self.size[0] - _MARGIN - width * shown, self.y - height * shown, width * shown, height * shown,
                mask="auto",
            )  # fmt: skip
        room = self.size[0] - 2 * _MARGIN - (170 if self.document.look.logo else 0)
        for line in _wrapped(self.document.title, _BOLD, 16, room, 4):
            self._text(line, _BOLD, 16, 20)
        for line in _wrapped(self.document.subtitle, _REGULAR, 11, room, 3):
            self._text(line, _REGULAR, 11, 15)
        self.y -= 3
        for label, fact in self.document.facts:
            self.canvas.setFont(_REGULAR, 8.5)
            self.canvas.setFillColor(_GREY)
            self.canvas.drawString(_MARGIN, self.y - 8.5, f"{label}:")
            self.canvas.setFillColor(_INK)
            for line in _wrapped(fact, _REGULAR, 8.5, self.size[0] - 2 * _MARGIN - 110, 12):
                self.canvas.drawString(_MARGIN + 110, self.y - 8.5, line)
                self.y -= 12
        self.y -= 6
        for sentence in self.document.intro:
            for line in _wrapped(sentence, _REGULAR, 9, self.size[0] - 2 * _MARGIN, 12):
                self._text(line, _REGULAR, 9, 13)
            self.y -= 4

    def _section(self, section: Section) -> None:
        drawn = charts.drawing(section, self.document.language, self.document.look.color, self.size[0] - 2 * _MARGIN)
        rows = Rows(self.canvas, section.columns, self._widths(section), _MARGIN, self.document.language)
        least = _header_height(rows) + 3 * _LEADING + _PADDING  # a heading never stands apart from what it is of
        self._room(17 + (drawn.height if drawn else least if section.count else 16))
        self.canvas.bookmarkPage(section.name)
        self.canvas.addOutlineEntry(section.title, section.name, 0)
        self._text(section.title, _BOLD, 11, 17)
        if not section.count:
            self._text(section.note, _REGULAR, 8.5, 16)
            return
        if drawn:
            self._chart(drawn)
        self._room(least)
        self._header(rows)
        for row in section.rows():
            self._row(row, rows)
        self._write_rows(rows)
        self.y -= 14

    def _chart(self, drawn: charts.Drawing) -> None:
        for bar in drawn.bars:
            self.canvas.setFillColor(HexColor(bar.color))
            self.canvas.rect(_MARGIN + bar.x, self.y - bar.y - bar.height, bar.width, bar.height, stroke=0, fill=1)
        for label in drawn.labels:
            font = _BOLD if label.is_bold else _REGULAR
            self.canvas.setFont(font, label.size)
            self.canvas.setFillColor(HexColor(label.color))
            shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[label.anchor] * _width(label.text, font, label.size)
            self.canvas.drawString(_MARGIN + label.x - shift, self.y - label.y, label.text)
        self.y -= drawn.height + 6

    def _header(self, rows: Rows) -> None:
        lines, height = max(map(len, rows.header)), _header_height(rows)
        self.canvas.setFillColor(self.head)
        self.canvas.rect(_MARGIN, self.y - height, rows.right - _MARGIN, height, stroke=0, fill=1)
        self.canvas.setFillColor(_WHITE)
        self._place(rows.header, lines)
        self._write("BT", rows.bold.in_use, *self.texts, "ET")
        self.texts = []
        self.y -= height

    def _row(self, row: Row, rows: Rows) -> None:
        cells = rows.cells(row)
        lines = max(1, *map(len, cells))
        height = lines * _LEADING + _PADDING
        if self.y - height < _MARGIN + _FOOT:
            self._write_rows(rows)
            self._next_page()
            self._header(rows)
        if row.level:
            self.canvas.setFillColor(_FILL[row.level])
            self.canvas.rect(_MARGIN, self.y - height, rows.right - _MARGIN, height, stroke=0, fill=1)
            self.texts.append(rows.bold.in_use)
        self._place(cells, lines)
        if row.level:
            self.texts.append(rows.regular.in_use)
        self.y -= height
        self.rules.append(f"{_MARGIN:.2f} {self.y:.2f} m {rows.right:.2f} {self.y:.2f} l")

    def _place(self, cells: list[Cell], lines: int) -> None:
        """Takes the texts of a row of so many lines, which begins where the page is filled to."""
        heights = [f"{self.y - _PADDING / 2 - _SIZE - n * _LEADING:.2f}" for n in range(lines)]
        texts, first = self.texts, heights[0]
        for cell in cells:
            if len(cell) == 1:
                before, after = cell[0]
                if before:
                    texts.append(before + first + after)
            else:
                texts += [
                    before + height + after for (before, after), height in zip(cell, heights, strict=False) if before
                ]

    def _write_rows(self, rows: Rows) -> None:
        """Puts the rows that were placed on the page: their rules, then all their texts as one text object."""
        if not self.rules:
            return
        self.canvas.setStrokeColor(_RULE)
        self.canvas.setLineWidth(0.3)
        self.canvas.setFillColor(_INK)
        self._write("n", *self.rules, "S", "BT", rows.regular.in_use, *self.texts, "ET")
        self.rules, self.texts = [], []

    def _write(self, *operators: str) -> None:
        self.canvas._code.extend(operators)

    def _closing(self) -> None:
        for sentence in self.document.closing:
            for line in _wrapped(sentence, _BOLD, 9.5, self.size[0] - 2 * _MARGIN, 6):
                self._room(40)
                self._text(line, _BOLD, 9.5, 14)
        if not self.document.signatures:
            return
        width = (self.size[0] - 2 * _MARGIN) / len(self.document.signatures)
        names = [_wrapped(party.name, _REGULAR, 8.5, width - 20, 4) for party in self.document.signatures]
        details = [
            [line for detail in party.details for line in _wrapped(detail, _REGULAR, 7.5, width - 20, 3)]
            for party in self.document.signatures
        ]
        height = max(12 * len(n) + 10 * len(d) for n, d in zip(names, details, strict=True))
        self._room(84 + height)
        self.y -= 16
        for index, party in enumerate(self.document.signatures):
            x, y = _MARGIN + index * width, self.y - 9
            self.canvas.setFont(_REGULAR, 8.5)
            self.canvas.setFillColor(_GREY)
            self.canvas.drawString(x, y, party.role)
            self.canvas.setFillColor(_INK)
            for line in names[index]:
                y -= 12
                self.canvas.drawString(x, y, line)
            self.canvas.setFont(_REGULAR, 7.5)
            for line in details[index]:
                y -= 10
                self.canvas.drawString(x, y, line)
            bottom = self.y - 36 - height
            self.canvas.setStrokeColor(_INK)
            self.canvas.setLineWidth(0.5)
            self.canvas.line(x, bottom, x + min(width * 0.7, 260), bottom)
            self.canvas.setFillColor(_GREY)
            self.canvas.setFont(_REGULAR, 7)
            self.canvas.drawString(x, bottom - 9, self.document.words["signature"])
        self.y -= 50 + height

    # --- pages

    def _text(self, text: str, font: str, size: float, height: float) -> None:
        self.canvas.setFont(font, size)
        self.canvas.setFillColor(_INK)
        self.canvas.drawString(_MARGIN, self.y - size, text)
        self.y -= height

    def _room(self, height: float) -> None:
        if self.y - height < _MARGIN + _FOOT:
            self._next_page()

    def _next_page(self) -> None:
        self._foot()
        self.canvas.showPage()
        _compress(self.canvas)
        self.page += 1
        self.y = self.size[1] - _MARGIN

    def _foot(self) -> None:
        words = self.document.words
        text = f"{words['page']} {self.page} {words['of']} "
        self.canvas.setFont(_REGULAR, 7)
        self.canvas.setFillColor(_GREY)
        [name, *_] = _wrapped(
            f"{self.document.title} {self.document.subtitle}", _REGULAR, 7, self.size[0] - 2 * _MARGIN - 110, 1
        )
        self.canvas.drawString(_MARGIN, _MARGIN - 8, name)
        x = self.size[0] - _MARGIN - 90
        self.canvas.drawString(x, _MARGIN - 8, text)
        self.canvas.saveState()
        self.canvas.translate(x + _width(text, _REGULAR, 7), _MARGIN - 8)
        self.canvas.doForm("pages")
        self.canvas.restoreState()

    def _widths(self, section: Section) -> list[float]:
        return shared_out(section.columns, self.size[0] - 2 * _MARGIN, _SIZE, _PADDING)


def _header_height(rows: Rows) -> float:
    return max(map(len, rows.header)) * _LEADING + 2 * _PADDING


def _compress(canvas: Canvas) -> None:
    """Compresses the page that was shown last; ReportLab would do it when the document is saved."""
    page = canvas._doc.Pages.pages[-1]
    written = page.stream.encode("ascii") if page.stream.isascii() else pdfdocEnc(page.stream)
    page.Contents = PDFStream(content=zlib.compress(written))
    page.Contents.dictionary["Filter"] = PDFName("FlateDecode")
    page.stream = None
