"""Word: python-docx makes the page with its headings and empty tables; the rows are streamed into it.

A table of 200,000 rows does not fit python-docx's tree in memory. So each table is made with one marked row,
the document is saved, and its XML is copied through with the rows in the mark's place.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

import docx
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt, RGBColor
from docx.table import Table
from docx.text.paragraph import Paragraph

from reports import charts
from reports.cells import is_right, printable, text_of
from reports.model import Column, Document, Row, Section
from reports.renderers.widths import shared_out

_EPOCH = datetime(2000, 1, 1)
_ZIP_EPOCH = (2000, 1, 1, 0, 0, 0)
_MARK = "rows-of-table-"
_FILL = {1: "F2F2F2", 2: "DDE6F0"}


def render_docx(document: Document, path: Path) -> None:
    """Writes the Word document."""
    shell = io.BytesIO()
    _shell(document).save(shell)
    shell.seek(0)
    with zipfile.ZipFile(shell) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            member = zipfile.ZipInfo(name, _ZIP_EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            with target.open(member, "w", force_zip64=True) as out:
                if name != "word/document.xml":
                    out.write(source.read(name))
                    continue
                for piece in _with_rows(source.read(name).decode("utf-8"), document):
                    out.write(piece.encode("utf-8"))


def _with_rows(xml: str, document: Document) -> Iterator[str]:
    """The document's XML with each table's rows in place of its marked row."""
    rest = xml
    for index, section in enumerate(document.sections):
        at = rest.find(f"{_MARK}{index}<")
        if at < 0:
            continue  # a table without rows has a sentence instead
        start = (
            rest.rfind("<w:tr>", 0, at)
            if rest.rfind("<w:tr>", 0, at) > rest.rfind("<w:tr ", 0, at)
            else rest.rfind("<w:tr ", 0, at)
        )
        end = rest.find("</w:tr>", at) + len("</w:tr>")
        yield rest[:start]
        for row in section.rows():
            yield _row_xml(row, section.columns, document)
        rest = rest[end:]
    yield rest


def _row_xml(row: Row, columns: tuple[Column, ...], document: Document) -> str:
    cells = []
    for value, column in zip(row.values, columns, strict=True):
        text = escape(printable(text_of(value, column, document.language, row.currency)))
        align = "right" if is_right(column) and not isinstance(value, str) else "left"
        fill = (
            f'<w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{_FILL[row.level]}"/></w:tcPr>' if row.level else ""
        )
        bold = "<w:b/>" if row.level else ""
        cells.append(
            f'<w:tc>{fill}<w:p><w:pPr><w:spacing w:before="10" w:after="10"/><w:jc w:val="{align}"/></w:pPr>'
            f'<w:r><w:rPr>{bold}<w:sz w:val="15"/></w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p></w:tc>'
        )
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"


def _shell(document: Document) -> WordDocument:
    word = docx.Document()
    word.core_properties.title = document.title
    word.core_properties.author = ""
    word.core_properties.created = word.core_properties.modified = _EPOCH
    word.core_properties.language = "ru-RU" if document.language == "ru" else "en-GB"
    _page(word, document)
    style = word.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(9)
    if document.look.logo:
        word.add_picture(str(document.look.logo), height=Mm(12))
        word.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    heading = word.add_paragraph()
    run = heading.add_run(document.title)
    run.bold, run.font.size = True, Pt(16)
    word.add_paragraph(document.subtitle)
    for label, fact in document.facts:
        line = word.add_paragraph()
        line.paragraph_format.space_after = Pt(1)
        line.add_run(f"{label}: ").font.color.rgb = RGBColor(0x59, 0x59, 0x59)
        line.add_run(printable(fact))
    for sentence in document.intro:
        word.add_paragraph(sentence)
    for index, section in enumerate(document.sections):
        word.add_heading(section.title, level=2)
        if section.count:
            _chart(word, section, document)
            _table(word, section, index, document.look.color)
        else:
            word.add_paragraph(section.note)
    for sentence in document.closing:
        paragraph = word.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(6)
        paragraph.add_run(printable(sentence)).bold = True
    _signatures(word, document)
    return word


def _page(word: WordDocument, document: Document) -> None:
    section = word.sections[0]
    width, height = Mm(210), Mm(297)
    if document.is_landscape:
        section.orientation = WD_ORIENT.LANDSCAPE
        width, height = height, width
    section.page_width, section.page_height = width, height
    section.left_margin = section.right_margin = Mm(12)
    section.top_margin = section.bottom_margin = Mm(14)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    footer.add_run(f"{document.title} {document.subtitle} · {document.words['page']} ")
    _field(footer, "PAGE")
    footer.add_run(f" {document.words['of']} ")
    _field(footer, "NUMPAGES")


def _field(paragraph: Paragraph, instruction: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _chart(word: WordDocument, section: Section, document: Document) -> None:
    page = word.sections[0]
    width = (page.page_width or 0) - (page.left_margin or 0) - (page.right_margin or 0)
    drawn = charts.drawing(section, document.language, document.look.color, Emu(width).pt)
    if drawn:
        picture = word.add_picture(io.BytesIO(charts.as_png(drawn)), width=Emu(width))
        picture._inline.docPr.set("descr", drawn.title)


def _table(word: WordDocument, section: Section, index: int, color: str) -> Table:
    table = word.add_table(rows=2, cols=len(section.columns))
    table.style = "Table Grid"
    table.autofit = False
    page = word.sections[0]
    available = Emu((page.page_width or 0) - (page.left_margin or 0) - (page.right_margin or 0)).pt
    widths = shared_out(section.columns, available, size=8, padding=6)
    for position, (column, points) in enumerate(zip(section.columns, widths, strict=True)):
        width = Pt(points)
        table.columns[position].width = width
        cell = table.rows[0].cells[position]
        cell.width = width
        if is_right(column):
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
        cell.paragraphs[0].paragraph_format.keep_with_next = True  # a header without a row says nothing
        run = cell.paragraphs[0].add_run(column.title)
        run.bold, run.font.size, run.font.color.rgb = True, Pt(8), RGBColor(0xFF, 0xFF, 0xFF)
        shading = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", color.lstrip("#"))):
            shading.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(shading)
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    table.rows[1].cells[0].paragraphs[0].add_run(f"{_MARK}{index}")
    return table


def _signatures(word: WordDocument, document: Document) -> None:
    if not document.signatures:
        return
    word.add_paragraph()
    table = word.add_table(rows=1, cols=len(document.signatures))
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, party in zip(table.rows[0].cells, document.signatures, strict=True):
        cell.paragraphs[0].add_run(printable(f"{party.role}: {party.name}"))
        for detail in party.details:
            cell.add_paragraph(printable(detail)).paragraph_format.space_after = Pt(1)
        cell.add_paragraph()
        cell.add_paragraph(f"{'_' * 28}  {document.words['signature']}")
