"""Excel: a sheet a table, typed cells, written row by row in constant memory.

A workbook's numbers are binary: up to 15 significant digits they read back exactly, which our amounts (and
sums, made here in decimals) keep to; a longer one is written as text. Text is always text, never a formula.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import xlsxwriter
from PIL import Image

from reports.cells import is_right
from reports.model import Document, Section
from reports.renderers.widths import in_characters, lines_across, lines_in
from reports.renderers.xlsx_rows import SheetRows, height_of

_LAST_ROW = 1_048_576
_EPOCH = datetime(2000, 1, 1)
_SHORT = 3_000  # rows: a few MB
_CHART = 900  # dots wide


def render_xlsx(document: Document, path: Path) -> None:
    """Writes the workbook."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as workbook:
        workbook.set_properties({"title": document.title, "subject": document.subtitle, "created": _EPOCH})
        formats = _Formats(workbook, document)
        for index, section in enumerate(document.sections):
            _sheet(workbook, formats, document, section, is_first=index == 0)
        # Its sheets are in files of their own; a short one's are put together, with the other parts, without more files.
        workbook.in_memory = sum(section.count for section in document.sections) <= _SHORT


class _Formats:
    """Cell formats, by kind and level of row."""

    def __init__(self, workbook: xlsxwriter.Workbook, document: Document):
        base: dict[str, object] = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
        looks: dict[str, dict[str, object]] = {
            "number": {"num_format": "#,##0", "align": "right"},
            "quantity": {"num_format": "#,##0.####", "align": "right"},
            "plain": {"num_format": "0", "align": "right"},
            "whole": {"num_format": "#,##0", "align": "right"},
            "share": {"num_format": "0.0#%", "align": "right"},
            "day": {"num_format": "dd.mm.yyyy", "align": "center"},
            "text": {"text_wrap": True, "align": "left", "indent": 1},  # apart from a number that ends at its left
        }
        levels: dict[int, dict[str, object]] = {
            0: {},
            1: {"bold": True, "bg_color": "#F2F2F2"},
            2: {"bold": True, "bg_color": "#DDE6F0", "top": 1},
        }
        money = {  # as many places as the currency has, and those that an amount has beyond
            f"money{places}": {"num_format": f"#,##0{'.' if places else ''}{'0' * places}", "align": "right"}
            for places in range(5)
        }
        self.cells = {
            (kind, level): workbook.add_format(base | look | of_level)
            for kind, look in (looks | money).items()
            for level, of_level in levels.items()
        }
        across: dict[str, dict[str, object]] = {
            "title": {"bold": True, "font_size": 14},
            "label": {"font_color": "#595959"},
            "fact": {},
        }  # fmt: skip
        self.across = {
            (name, is_wrapped): workbook.add_format(base | look | {"text_wrap": is_wrapped})
            for name, look in across.items()
            for is_wrapped in (False, True)
        }
        head: dict[str, object] = base | {
            "bold": True, "bg_color": document.look.color, "font_color": "#FFFFFF", "text_wrap": True, "valign": "vcenter"
        }  # fmt: skip
        ends: dict[bool, dict[str, object]] = {False: {"indent": 1}, True: {"align": "right"}}
        self.head = {at_right: workbook.add_format(head | look) for at_right, look in ends.items()}


def _sheet(
    workbook: xlsxwriter.Workbook, formats: _Formats, document: Document, section: Section, *, is_first: bool
) -> None:
    number = 1
    sheet, row = _begin_sheet(workbook, formats, document, section, number, is_first=is_first)
    first = row
    rows = SheetRows(sheet, section.columns, formats.cells, first)
    for of in section.rows() if section.count else ():
        if rows.next >= _LAST_ROW - 20:  # the next sheet goes on with the same header
            row = rows.end()
            _end_table(sheet, section, first, row)
            sheet.print_area(0, 0, row - 1, len(section.columns) - 1)
            number += 1
            sheet, first = _begin_sheet(workbook, formats, document, section, number, is_first=False)
            rows = SheetRows(sheet, section.columns, formats.cells, first)
        rows.write(of)
    row = rows.end()
    if not section.count:
        _across(sheet, row, section, section.note, formats, "label")
    _end_table(sheet, section, first, row)
    last_column = len(section.columns) - 1
    if section.chart and section.count and number == 1:
        below = _chart(workbook, sheet, document, section, first, row)
        if below > row:
            last_column = max(last_column, _columns_of_chart(section) - 1)
        row = below
    if is_first:
        for line in document.closing:
            row += 1
            _across(sheet, row, section, line, formats)
        for party in document.signatures:
            row += 2
            _across(sheet, row, section, f"{party.role}: {party.name}", formats)
            for detail in party.details:
                row += 1
                _across(sheet, row, section, detail, formats)
            row += 1
            _across(sheet, row, section, "_" * 30, formats, "label")
    sheet.print_area(0, 0, row + 1, last_column)


def _across(
    sheet: xlsxwriter.worksheet.Worksheet, row: int, section: Section, text: str, formats: _Formats, look: str = "fact"
) -> None:
    """Writes a text over all columns of the table, in as many lines as it takes there."""
    lines = lines_across(text, section.columns, is_large=look == "title")
    if lines == 1 or len(section.columns) == 1:
        sheet.write_string(row, 0, text, formats.across[look, False])
        return
    sheet.set_row(row, height_of(lines) * (1.4 if look == "title" else 1))
    sheet.merge_range(row, 0, row, len(section.columns) - 1, text, formats.across[look, True])


def _begin_sheet(
    workbook: xlsxwriter.Workbook, formats: _Formats, document: Document, section: Section, number: int, *,
    is_first: bool,
) -> tuple[xlsxwriter.worksheet.Worksheet, int]:  # fmt: skip
    """A sheet with its heading and header row; returns it with the row that comes next."""
    sheet = workbook.add_worksheet(_name(workbook, section.title, number))
    for index, column in enumerate(section.columns):
        sheet.set_column(index, index, in_characters(column))
    title = f"{document.title} {document.subtitle}" if is_first else section.title
    _across(sheet, 0, section, title, formats, "title")
    row = 1
    for label, fact in document.facts if is_first else document.facts[1:2]:
        _across(sheet, row, section, f"{label}: {fact}", formats, "fact" if is_first else "label")
        row += 1
    for sentence in document.intro if is_first else ():
        _across(sheet, row, section, sentence, formats)
        row += 1
    if is_first and document.look.logo:
        _logo(sheet, document.look.logo, len(section.columns) - 1)
    row += 1
    lines = max(lines_in(column.title, in_characters(column) * 0.9) for column in section.columns)
    sheet.set_row(row, height_of(lines) + 2)
    for index, column in enumerate(section.columns):
        sheet.write_string(row, index, column.title, formats.head[is_right(column)])
    sheet.freeze_panes(row + 1, 0)
    sheet.repeat_rows(row)
    sheet.set_landscape() if document.is_landscape else sheet.set_portrait()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{document.title.replace('&', '&&')}&R&P / &N")
    return sheet, row + 1


def _name(workbook: xlsxwriter.Workbook, title: str, number: int) -> str:
    """A sheet's name: 31 characters, none of those that Excel forbids, and not that of another sheet."""
    plain = "".join(" " if character in "[]:*?/\\" else character for character in title)
    plain = " ".join(plain.split()).strip("' ")
    taken = {sheet.get_name().casefold() for sheet in workbook.worksheets()}
    name = plain[:31].strip()
    while number > 1 or name.casefold() in taken:
        tail = f" {number}"
        name, number = f"{plain[: 31 - len(tail)].strip()}{tail}", number + 1
        if name.casefold() not in taken:
            break
    return name


def _logo(sheet: xlsxwriter.worksheet.Worksheet, logo: Path, column: int) -> None:
    with Image.open(logo) as picture:
        scale = min(48 / picture.height, 200 / picture.width)
    sheet.insert_image(0, column, str(logo), {"x_scale": scale, "y_scale": scale, "object_position": 3})


def _chart(
    workbook: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, document: Document, section: Section,
    first: int, end: int,
) -> int:  # fmt: skip
    """Excel's own chart over the table's first rows, below a short table and beside a long one; returns the next row."""
    chart = section.chart
    assert chart is not None
    shown = min(section.count, chart.most)
    drawn = workbook.add_chart({"type": chart.kind})
    name, last = sheet.get_name(), first + shown - 1
    drawn.add_series({
        "name": chart.title,
        "categories": [name, first, chart.label, last, chart.label],
        "values": [name, first, chart.value, last, chart.value],
        "fill": {"color": document.look.color},
        "gap": 60,
    })  # fmt: skip
    drawn.set_title({"name": chart.title, "name_font": {"size": 11}})
    drawn.set_legend({"none": True})
    marks = {"num_format": "0%" if section.columns[chart.value].kind == "share" else "#,##0"}
    if chart.kind == "bar":
        drawn.set_y_axis({"reverse": True, "label_position": "low"})
        drawn.set_x_axis(marks)
    else:
        drawn.set_x_axis({"label_position": "low"})
        drawn.set_y_axis(marks)
    height = max(14, shown + 6) if chart.kind == "bar" else 16
    drawn.set_size({"width": _CHART, "height": height * 20})
    if end - first <= 60:
        sheet.insert_chart(end + 1, 0, drawn)
        return end + 2 + height
    sheet.insert_chart(first - 1, len(section.columns) + 1, drawn)
    return end


def _columns_of_chart(section: Section) -> int:
    """How many columns a chart reaches over; those without a table have Excel's own width, of 64 dots."""
    left, columns = float(_CHART), 0
    while left > 0:
        left -= in_characters(section.columns[columns]) * 7 + 5 if columns < len(section.columns) else 64
        columns += 1
    return columns


def _end_table(sheet: xlsxwriter.worksheet.Worksheet, section: Section, first: int, end: int) -> None:
    if end > first:
        sheet.autofilter(first - 1, 0, end - 1, len(section.columns) - 1)
