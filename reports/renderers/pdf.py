"""PDF: pages drawn one after another, so that a statement of 200,000 lines needs no more memory than a short one.

ReportLab's tables lay out the whole document before they draw it; here a page is drawn as its rows arrive.
The number of pages is known only at the end: it is a form object that every footer refers to and that is
defined last.
"""

from __future__ import annotations

from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfdoc import PDFString
from reportlab.pdfgen.canvas import Canvas

from reports import charts, fonts
from reports.cells import is_right as _is_right
from reports.cells import text_of
from reports.fonts import BOLD as _BOLD
from reports.fonts import REGULAR as _REGULAR
from reports.fonts import text_width as _width
from reports.fonts import wrapped as _wrapped
from reports.model import Column, Document, Row, Section

_MARGIN, _FOOT = 34.0, 30.0
_SIZE, _LEADING, _PADDING = 7.5, 9.0, 3.0
_INK, _GREY, _RULE = HexColor("#1A1A1A"), HexColor("#595959"), HexColor("#C9CED6")
_FILL = {1: HexColor("#F2F2F2"), 2: HexColor("#DDE6F0")}
_MOST_LINES = 3  # of a cell; more is cut with an ellipsis


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
        self._text(self.document.title, _BOLD, 16, 20)
        self._text(self.document.subtitle, _REGULAR, 11, 18)
        for label, fact in self.document.facts:
            self.canvas.setFont(_REGULAR, 8.5)
            self.canvas.setFillColor(_GREY)
            self.canvas.drawString(_MARGIN, self.y - 8.5, f"{label}:")
            self.canvas.setFillColor(_INK)
            for line in _wrapped(fact, _REGULAR, 8.5, self.size[0] - 2 * _MARGIN - 110, 6):
                self.canvas.drawString(_MARGIN + 110, self.y - 8.5, line)
                self.y -= 12
        self.y -= 6
        for sentence in self.document.intro:
            for line in _wrapped(sentence, _REGULAR, 9, self.size[0] - 2 * _MARGIN, 12):
                self._text(line, _REGULAR, 9, 13)
            self.y -= 4

    def _section(self, section: Section) -> None:
        self._room(70)
        self.canvas.bookmarkPage(section.name)
        self.canvas.addOutlineEntry(section.title, section.name, 0)
        self._text(section.title, _BOLD, 11, 17)
        if not section.count:
            self._text(section.note, _REGULAR, 8.5, 16)
            return
        self._chart(section)
        widths = self._widths(section)
        self._room(50)
        self._header(section, widths)
        for row in section.rows():
            self._row(row, section, widths)
        self.y -= 14

    def _chart(self, section: Section) -> None:
        drawn = charts.drawing(section, self.document.language, self.document.look.color, self.size[0] - 2 * _MARGIN)
        if not drawn:
            return
        self._room(drawn.height)
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

    def _header(self, section: Section, widths: list[float]) -> None:
        cells = [
            _wrapped(c.title, _BOLD, _SIZE, w - 2 * _PADDING, 3) for c, w in zip(section.columns, widths, strict=True)
        ]
        height = max(len(cell) for cell in cells) * _LEADING + 2 * _PADDING
        self.canvas.setFillColor(self.head)
        self.canvas.rect(_MARGIN, self.y - height, sum(widths), height, stroke=0, fill=1)
        self.canvas.setFillColor(HexColor("#FFFFFF"))
        self._cells(cells, section.columns, widths, _BOLD, height, [_is_right(column) for column in section.columns])
        self.y -= height

    def _row(self, row: Row, section: Section, widths: list[float]) -> None:
        font = _BOLD if row.level else _REGULAR
        texts = [
            text_of(value, column, self.document.language, row.currency)
            for value, column in zip(row.values, section.columns, strict=True)
        ]
        cells = [
            _wrapped(text, font, _SIZE, width - 2 * _PADDING, _MOST_LINES)
            for text, width in zip(texts, widths, strict=True)
        ]
        height = max(max(len(cell) for cell in cells), 1) * _LEADING + _PADDING
        if self.y - height < _MARGIN + _FOOT:
            self._next_page()
            self._header(section, widths)
        if row.level:
            self.canvas.setFillColor(_FILL[row.level])
            self.canvas.rect(_MARGIN, self.y - height, sum(widths), height, stroke=0, fill=1)
        self.canvas.setFillColor(_INK)
        rights = [_is_right(c) and not isinstance(v, str) for c, v in zip(section.columns, row.values, strict=True)]
        self._cells(cells, section.columns, widths, font, height, rights)
        self.canvas.setStrokeColor(_RULE)
        self.canvas.setLineWidth(0.3)
        self.canvas.line(_MARGIN, self.y - height, _MARGIN + sum(widths), self.y - height)
        self.y -= height

    def _cells(
        self, cells: list[list[str]], columns: tuple[Column, ...], widths: list[float], font: str, height: float,
        rights: list[bool],
    ) -> None:  # fmt: skip
        self.canvas.setFont(font, _SIZE)
        x = _MARGIN
        for lines, width, is_right in zip(cells, widths, rights, strict=True):
            y = self.y - _PADDING / 2 - _SIZE
            for line in lines:
                if is_right:
                    self.canvas.drawString(x + width - _PADDING - _width(line, font, _SIZE), y, line)
                elif line:
                    self.canvas.drawString(x + _PADDING, y, line)
                y -= _LEADING
            x += width

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
        self.page += 1
        self.y = self.size[1] - _MARGIN

    def _foot(self) -> None:
        words = self.document.words
        text = f"{words['page']} {self.page} {words['of']} "
        self.canvas.setFont(_REGULAR, 7)
        self.canvas.setFillColor(_GREY)
        self.canvas.drawString(_MARGIN, _MARGIN - 8, f"{self.document.title} {self.document.subtitle}")
        x = self.size[0] - _MARGIN - 90
        self.canvas.drawString(x, _MARGIN - 8, text)
        self.canvas.saveState()
        self.canvas.translate(x + _width(text, _REGULAR, 7), _MARGIN - 8)
        self.canvas.doForm("pages")
        self.canvas.restoreState()

    def _widths(self, section: Section) -> list[float]:
        available = self.size[0] - 2 * _MARGIN
        total = sum(column.width for column in section.columns)
        return [available * column.width / total for column in section.columns]
