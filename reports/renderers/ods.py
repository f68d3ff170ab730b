"""OpenDocument spreadsheet: a sheet a table, typed cells with exact decimals, written row by row.

The libraries for it build the whole document in memory; its XML is plain enough to be written as it comes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from xlsxwriter.utility import xl_col_to_name

from prm.money import currency_places
from reports.cells import is_right, printable, text_of
from reports.model import Column, Document, Row, Section, Value
from reports.renderers.widths import in_characters, lines_across

_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_ZIP_EPOCH = (2000, 1, 1, 0, 0, 0)
_MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{_TYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""
_SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"), ("number", "datastyle"),
        ("fo", "xsl-fo-compatible"), ("meta", "meta"),
    )
)  # fmt: skip
_LAST_ROW = 1_048_576
_A_CHARACTER, _A_LINE = 2.1, 4.6  # millimetres
_MOST_LINES = 8


def render_ods(document: Document, path: Path) -> None:
    """Writes the spreadsheet."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr(zipfile.ZipInfo("mimetype", _ZIP_EPOCH), _TYPE)  # the first member, and not compressed
        for name, pieces in (
            ("content.xml", _content(document)),
            ("styles.xml", iter([_pages(document)])),
            ("meta.xml", iter([_meta(document)])),
            ("META-INF/manifest.xml", iter([_MANIFEST])),
        ):
            member = zipfile.ZipInfo(name, _ZIP_EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            with target.open(member, "w", force_zip64=True) as out:
                for piece in pieces:
                    out.write(piece.encode("utf-8"))


def _meta(document: Document) -> str:
    language = "ru-RU" if document.language == "ru" else "en-GB"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-meta {_SPACES} xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'office:version="1.3"><office:meta><dc:title>{_text(document.title)}</dc:title><dc:language>{language}</dc:language>'
        "</office:meta></office:document-meta>"
    )


def _pages(document: Document) -> str:
    """How sheets are printed: as wide as the page, with a footer; and the font of their cells."""
    width, height, way = (297, 210, "landscape") if document.is_landscape else (210, 297, "portrait")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-styles {_SPACES} office:version="1.3"><office:styles>'
        '<style:default-style style:family="table-cell"><style:text-properties fo:font-family="Calibri" fo:font-size="10pt"/>'
        '</style:default-style></office:styles><office:automatic-styles><style:page-layout style:name="page">'
        f'<style:page-layout-properties fo:page-width="{width}mm" fo:page-height="{height}mm" style:print-orientation="{way}" '
        'fo:margin="12mm" style:scale-to-X="1" style:scale-to-Y="0"/><style:header-style/><style:footer-style>'
        '<style:header-footer-properties fo:min-height="8mm" fo:margin-top="2mm"/></style:footer-style></style:page-layout>'
        '</office:automatic-styles><office:master-styles><style:master-page style:name="sheet" style:page-layout-name="page">'
        '<style:header style:display="false"/><style:footer><style:region-left>'
        f"<text:p>{_text(document.title)} {_text(document.subtitle)}</text:p></style:region-left><style:region-right><text:p>"
        f"{document.words['page']} <text:page-number>1</text:page-number> {document.words['of']} <text:page-count>1</text:page-count>"
        "</text:p></style:region-right></style:footer></style:master-page></office:master-styles></office:document-styles>"
    )


def _content(document: Document) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {_SPACES} office:version="1.3">'
    yield f"<office:automatic-styles>{''.join(_styles(document))}</office:automatic-styles><office:body><office:spreadsheet>\n"
    names: set[str] = set()
    ranges: list[str] = []
    for index, section in enumerate(document.sections):
        rows = _rows(section)
        part = 1
        more: Row | None = next(rows, None)
        while True:  # a table longer than a sheet goes on in the next
            name = _sheet_name(section.title, names)
            yield f'<table:table table:name={quoteattr(name)} table:style-name="sheet">'
            for number in range(len(section.columns)):
                yield f'<table:table-column table:style-name="c{index}_{number}"/>'
            written = 0
            for text in _heading(document, section, is_first=index == 0 and part == 1):
                yield _across(text, section.columns, "fact" if written else "title")
                written += 1
            head = written
            yield "<table:table-header-rows>"
            yield _titles(section.columns)
            yield "</table:table-header-rows>"
            written += 1
            while more is not None and written < _LAST_ROW - 20:
                yield _row(more, section.columns, document)
                written += 1
                more = next(rows, None)
            ranges.append(_range(name, head, written - 1, len(section.columns), len(ranges) + 1))
            if not section.count:
                yield _across(section.note, section.columns)
            if index == 0 and more is None:
                for text in _ending(document):
                    yield _across(text, section.columns)
            yield "</table:table>\n"
            part += 1
            if more is None:
                break
    yield f"<table:database-ranges>{''.join(ranges)}</table:database-ranges>"
    yield "</office:spreadsheet></office:body></office:document-content>"


def _rows(section: Section) -> Iterator[Row]:
    return section.rows() if section.count else iter(())


def _range(name: str, first: int, last: int, columns: int, number: int) -> str:
    """The cells that a filter stands on."""
    sheet = name.replace("'", "''")
    address = quoteattr(f"'{sheet}'.A{first + 1}:'{sheet}'.{xl_col_to_name(columns - 1)}{last + 1}")
    return (
        f'<table:database-range table:name="table_{number}" table:display-filter-buttons="true" '
        f"table:target-range-address={address}/>"
    )


def _sheet_name(title: str, taken: set[str]) -> str:
    plain = "".join(" " if character in "[]:*?/\\'" else character for character in title)
    plain = " ".join(plain.split())[:31].strip()
    name, number = plain, 2
    while name.casefold() in taken:
        name, number = f"{plain[:28]} {number}", number + 1
    taken.add(name.casefold())
    return name


def _heading(document: Document, section: Section, *, is_first: bool) -> list[str]:
    if not is_first:
        return [section.title, ""]
    facts = [f"{label}: {fact}" for label, fact in document.facts]
    return [f"{document.title} {document.subtitle}", *facts, *document.intro, ""]


def _ending(document: Document) -> list[str]:
    lines = ["", *document.closing] if document.closing else []
    for party in document.signatures:
        lines += ["", f"{party.role}: {party.name}", *party.details, "_" * 30]
    return lines


def _styles(document: Document) -> Iterator[str]:
    for places in range(5):
        yield (
            f'<number:number-style style:name="m{places}"><number:number number:decimal-places="{places}" '
            f'number:min-decimal-places="{places}" number:min-integer-digits="1" number:grouping="true"/></number:number-style>'
        )
    yield '<number:date-style style:name="d"><number:day number:style="long"/><number:text>.</number:text><number:month number:style="long"/><number:text>.</number:text><number:year number:style="long"/></number:date-style>'
    yield '<number:percentage-style style:name="p"><number:number number:decimal-places="2" number:min-integer-digits="1"/><number:text>%</number:text></number:percentage-style>'
    fills = ("", ' fo:background-color="#f2f2f2"', ' fo:background-color="#dde6f0"')
    for data in ("t", "d", "p", *(f"m{places}" for places in range(5))):
        for level, fill in enumerate(fills):
            bold = '<style:text-properties fo:font-weight="bold"/>' if level else ""
            style = "" if data == "t" else f' style:data-style-name="{data}"'
            yield (
                f'<style:style style:name="{data}_{level}" style:family="table-cell"{style}>'
                f'<style:table-cell-properties{fill} fo:wrap-option="wrap" fo:padding="0.7mm" style:vertical-align="top"/>{bold}</style:style>'
            )
    for head, align in (("head", "start"), ("head_right", "end")):
        yield (
            f'<style:style style:name="{head}" style:family="table-cell"><style:table-cell-properties '
            f'fo:background-color="{document.look.color}" fo:wrap-option="wrap" fo:padding="0.7mm" style:vertical-align="middle"/>'
            f'<style:paragraph-properties fo:text-align="{align}"/>'
            '<style:text-properties fo:color="#ffffff" fo:font-weight="bold"/></style:style>'
        )
    across = '<style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top"/>'
    yield f'<style:style style:name="fact" style:family="table-cell">{across}</style:style>'
    yield f'<style:style style:name="title" style:family="table-cell">{across}<style:text-properties fo:font-size="14pt" fo:font-weight="bold"/></style:style>'
    yield '<style:style style:name="sheet" style:family="table" style:master-page-name="sheet"><style:table-properties table:display="true"/></style:style>'
    for lines in range(2, _MOST_LINES + 1):
        yield (
            f'<style:style style:name="lines{lines}" style:family="table-row"><style:table-row-properties '
            f'style:row-height="{lines * _A_LINE:.1f}mm" style:use-optimal-row-height="false"/></style:style>'
        )
    for index, section in enumerate(document.sections):
        for number, column in enumerate(section.columns):
            yield (
                f'<style:style style:name="c{index}_{number}" style:family="table-column">'
                f'<style:table-column-properties style:column-width="{in_characters(column) * _A_CHARACTER:.1f}mm"/></style:style>'
            )


def _titles(columns: tuple[Column, ...]) -> str:
    cells = "".join(
        f'<table:table-cell table:style-name="{"head_right" if is_right(column) else "head"}" office:value-type="string">'
        f"<text:p>{_text(column.title)}</text:p></table:table-cell>"
        for column in columns
    )
    return f"<table:table-row>{cells}</table:table-row>\n"


def _across(text: str, columns: tuple[Column, ...], style: str = "fact") -> str:
    """A line of text over all columns, in as many lines as it takes there."""
    if not text:
        return "<table:table-row><table:table-cell/></table:table-row>\n"
    lines = min(lines_across(text, columns, is_large=style == "title"), _MOST_LINES)
    row = f'<table:table-row table:style-name="lines{lines}">' if lines > 1 else "<table:table-row>"
    covered = (
        f'<table:covered-table-cell table:number-columns-repeated="{len(columns) - 1}"/>' if len(columns) > 1 else ""
    )
    return (
        f'{row}<table:table-cell table:style-name="{style}" office:value-type="string" '
        f'table:number-columns-spanned="{len(columns)}" table:number-rows-spanned="1"><text:p>{_text(text)}</text:p>'
        f"</table:table-cell>{covered}</table:table-row>\n"
    )


def _row(row: Row, columns: tuple[Column, ...], document: Document) -> str:
    cells = [
        _cell(value, column, row, text_of(value, column, document.language, row.currency))
        for value, column in zip(row.values, columns, strict=True)
    ]
    return f"<table:table-row>{''.join(cells)}</table:table-row>\n"


def _cell(value: Value, column: Column, row: Row, shown: str) -> str:
    if value is None or value == "":
        return f'<table:table-cell table:style-name="t_{row.level}"/>'
    if isinstance(value, Decimal | int):
        if column.kind == "share":
            style, kind = "p", "percentage"
        else:
            own = -int(value.normalize().as_tuple().exponent) if isinstance(value, Decimal) else 0
            least = currency_places(row.currency) if column.kind == "money" else 0
            style, kind = f"m{min(max(own, least), 4)}", "float"
        typed = f'office:value-type="{kind}" office:value="{value:f}"' if isinstance(value, Decimal) else f'office:value-type="float" office:value="{value}"'  # fmt: skip
    elif isinstance(value, date):
        style, typed = "d", f'office:value-type="date" office:date-value="{value.isoformat()}"'
    else:
        style, typed = "t", 'office:value-type="string"'
    return f'<table:table-cell table:style-name="{style}_{row.level}" {typed}><text:p>{_text(shown)}</text:p></table:table-cell>'


def _text(text: str) -> str:
    return escape(printable(text))
