"""A scheme as a workbook, and the empty one to fill in: sheets with headers, explanations and lists of what is accepted.

Cells where decimals, formulas and codes stand are formatted as text, so that Excel leaves them as they are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from prm.words import Language, Words
from schemes import workbook_names
from schemes.cells import encoded
from schemes.sheets import (
    EXPLANATION,
    FROM,
    INSTRUCTIONS,
    KEY,
    KEYS_OFFERED,
    NAME,
    SET_TO,
    SETTING,
    Column,
    Sheet,
    key_column,
    sheet_of,
    sheets,
)
from schemes.sheets import (
    Path as ColumnPath,
)

Cells = dict[ColumnPath, object]
"""A row: what stands in the column of a path."""
_ROWS = 500  # of each sheet that are formatted and have lists
_MADE_ON = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the same scheme gives the same bytes
_WIDTHS = {"formula": 44, "word": 28, "names": 26, "day": 13, "name": 20, "counts": 14, "text": 18}
_AS_TEXT = {"number_stored_as_text": "A1:XFD1048576"}  # on purpose: Excel need not warn of it
_WIDE = ("where", "pay", "keeps", "formula")


def write(path: Path, tree: Mapping[str, Any], language: Language, example: Mapping[str, Any] | None = None) -> None:
    """Writes the workbook of a scheme's tree (an empty one: a template). example: what the instructions show."""
    path.touch()  # what the system refuses is said by it, before the library wraps it into errors of its own
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        workbook.set_properties({"created": _MADE_ON})
        paper = _Paper(workbook, language)
        paper.instructions(example or {})
        for sheet in sheets():
            rows = list(rows_of(sheet, tree))
            keys = max((int(path[1]) for row in rows for path in row if path[0] == KEY), default=0)
            if sheet.section:
                paper.sheet(sheet, [*_with_keys(sheet, keys)], rows)
            else:
                paper.settings(sheet, rows[0])


def rows_of(sheet: Sheet, tree: Mapping[str, Any]) -> Iterator[Cells]:
    """The rows of a sheet for a scheme's tree."""
    if not sheet.section:
        yield _cells(sheet, tree)
        return
    for name, part in (tree.get(sheet.section) or {}).items():
        named: Cells = {(NAME,): name}
        if not sheet.holds:
            yield named | _cells(sheet, part)
        elif sheet.holds == "values":
            for day, value in part["values"].items():
                yield named | _dated(day, value)
        elif sheet.holds == "rows":
            for row in part["rows"]:
                by_key: Cells = {
                    (KEY, number): row[key] for number, key in enumerate(dict.fromkeys(part["keys"]), start=1)
                }
                is_dated = isinstance(row["value"], Mapping)
                for day, value in row["value"].items() if is_dated else [(None, row["value"])]:
                    yield named | by_key | _dated(day, value)
        elif tiers := _tiers(part):
            for node in [tiers] if sheet.holds == "tiers" else tiers["steps"]:
                yield named | _cells(sheet, node)


def _tiers(part: Mapping[str, Any]) -> Mapping[str, Any] | None:
    pay = part.get("keeps" if "claws_back" in part else "pay")
    return pay["tiers"] if isinstance(pay, Mapping) else None


def _dated(day: object, value: Any) -> Cells:
    given = value if isinstance(value, Mapping) else {"value": value}
    return {(FROM,): day} | {(key,): of for key, of in given.items()}


def _cells(sheet: Sheet, part: Mapping[str, Any]) -> Cells:
    """What a part says in the columns of a sheet."""
    found: Cells = {}
    for column in sheet.columns:
        value = part.get(str(column.path[0]))
        for step in column.path[1:]:
            if isinstance(value, Mapping):
                value = value.get(step)
            else:
                value = value[step] if isinstance(value, list) and isinstance(step, int) else None
        is_elsewhere = isinstance(value, Mapping) and column.kind != "counts"
        if value is not None and not is_elsewhere:
            found[column.path] = value
    return found


def _with_keys(sheet: Sheet, keys: int) -> Iterator[Column]:
    """The columns of a sheet, with as many for keys as a table has."""
    for column in sheet.columns:
        yield column
        if column.path == (KEY, KEYS_OFFERED):
            yield from (key_column(number) for number in range(KEYS_OFFERED + 1, keys + 1))


class _Paper:
    """Lays out sheets in one language."""

    def __init__(self, workbook: xlsxwriter.Workbook, language: Language):
        self.book, self.language = workbook, language
        self.head = workbook.add_format(
            {"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "top"}
        )
        self.needed = workbook.add_format(
            {"bold": True, "bg_color": "#FCE4D6", "border": 1, "text_wrap": True, "valign": "top"}
        )
        self.text = workbook.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        self.day = workbook.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"})
        self.plain = workbook.add_format({"align": "left", "valign": "top"})
        self.prose = workbook.add_format({"text_wrap": True, "valign": "top"})
        self.bold = workbook.add_format({"bold": True, "font_size": 13})

    def sheet(self, sheet: Sheet, columns: list[Column], rows: list[Cells]) -> None:
        """A sheet of parts, or of what parts have several of."""
        page = self._page(sheet.title)
        last = max(_ROWS, len(rows) + 100)
        for number, column in enumerate(columns):
            width = 44 if column.path[-1] in _WIDE else _WIDTHS.get(column.kind, 16)
            page.set_column(number, number, width, self._format(column))
            self._header(page, 0, number, column, sheet)
            self._list(page, (1, number, last, number), column)
        for line, row in enumerate(rows, start=1):
            for number, column in enumerate(columns):
                if column.path in row and row[column.path] is not None:
                    self._cell(page, line, number, column, row[column.path])

    def settings(self, sheet: Sheet, row: Cells) -> None:
        """The sheet of settings: a row a key."""
        page = self._page(sheet.title)
        for number, (title, width) in enumerate([(SETTING, 30), (SET_TO, 50), (EXPLANATION, 90)]):
            page.set_column(number, number, width)
            page.write_string(0, number, title.text(self.language), self.head)
        for line, column in enumerate(sheet.columns, start=1):
            self._header(page, line, 0, column, sheet)
            page.write_blank(line, 1, None, self._format(column))
            page.write_string(line, 2, column.about.text(self.language), self.prose)
            self._list(page, (line, 1, line, 1), column)
            if column.path in row:
                self._cell(page, line, 1, column, row[column.path])

    def instructions(self, example: Mapping[str, Any]) -> None:
        """What people read first: how to fill the workbook in, and a small scheme that is."""
        page = self._worksheet(INSTRUCTIONS)
        page.set_column(0, 0, 24)
        page.set_column(1, 12, 22)
        line = 0
        for text in _HOW:
            page.merge_range(line, 0, line, 6, text.text(self.language), self.bold if line == 0 else self.prose)
            page.set_row(line, 20 if line == 0 else 32)
            line += 1
        for sheet in sheets():
            rows = list(rows_of(sheet, example))
            columns = [column for column in sheet.columns if any(row.get(column.path) is not None for row in rows)]
            if not columns:
                continue
            page.write_string(line + 1, 0, sheet.title.text(self.language), self.bold)
            line += 2
            if not sheet.section:
                for number, column in enumerate(columns):
                    page.write_string(line + number, 0, column.title.text(self.language), self.head)
                    self._cell(page, line + number, 1, column, rows[0][column.path])
                line += len(columns)
                continue
            for number, column in enumerate(columns):
                page.write_string(line, number, column.title.text(self.language), self.head)
                for below, row in enumerate(rows, start=line + 1):
                    if row.get(column.path) is not None:
                        self._cell(page, below, number, column, row[column.path])
            line += len(rows) + 1
        self._names(page, line + 1)

    def _names(self, page: Any, line: int) -> None:
        """What may stand in formulas, so that nobody needs to look it up elsewhere."""
        page.write_string(line, 0, _NAMES.text(self.language), self.bold)
        for number, header in enumerate(workbook_names.HEADERS):
            page.write_string(line + 1, number, header.text(self.language), self.head)
        for below, row in enumerate(workbook_names.rows(self.language), start=line + 2):
            for number, text in enumerate(row):
                page.write_string(below, number, text, self.prose)

    def _page(self, title: Words) -> Any:
        """A sheet whose first row and column stay in sight."""
        page = self._worksheet(title)
        page.freeze_panes(1, 1)
        page.repeat_rows(0)
        return page

    def _worksheet(self, title: Words) -> Any:
        """A sheet that is printed in the breadth of one page."""
        page = self.book.add_worksheet(title.text(self.language))
        page.ignore_errors(_AS_TEXT)
        page.set_paper(9)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        return page

    def _header(self, page: Any, line: int, number: int, column: Column, sheet: Sheet) -> None:
        page.write_string(
            line, number, column.title.text(self.language), self.needed if column.is_required else self.head
        )
        note = [column.about.text(self.language)]
        if column.choices:
            note.append(_ACCEPTED.text(self.language, words=", ".join(column.choices)))
        if example := self._example(column):
            note.append(_EXAMPLE.text(self.language, example=example))
        if column.is_required:
            note.append(_NEEDED.text(self.language))
        page.write_comment(line, number, "\n".join(note), {"x_scale": 2.2, "y_scale": 1.4})

    def _example(self, column: Column) -> str | None:
        """What may stand in a column, as it is written in a cell."""
        if column.kind == "counts":
            return _COUNTS.text(self.language)
        if column.choices or column.kind == "flag" or column.key is None:
            return None
        example = column.key.example if len(column.path) == 1 or column.kind in ("word", "value") else None
        for step in column.path[1:] if example is not None else ():
            example = example[step]  # type: ignore[index]
        return None if example is None else str(encoded(example, column.kind, self.language))

    def _list(self, page: Any, cells: tuple[int, int, int, int], column: Column) -> None:
        if column.choices:
            source: Any = list(column.choices)
        elif column.kind == "flag":
            source = [_YES.text(self.language), _NO.text(self.language)]
        elif column.kind == "name" and column.refers:
            title = sheet_of(column.refers).title.text(self.language)
            source = f"='{title}'!${xl_col_to_name(0)}$2:${xl_col_to_name(0)}${_ROWS}"
        else:
            return
        page.data_validation(*cells, {"validate": "list", "source": source, "error_type": "stop"})

    def _format(self, column: Column) -> Any:
        return self.day if column.kind == "day" else self.plain if column.kind in ("whole", "flag") else self.text

    def _cell(self, page: Any, line: int, number: int, column: Column, value: object) -> None:
        takes_all = bool(column.key and column.key.takes_all)
        cell = encoded(value, column.kind, self.language, takes_all=takes_all)
        if isinstance(cell, bool):
            text = (_YES if cell else _NO).text(self.language)
            page.write_string(line, number, text, self.plain)
        elif isinstance(cell, int):
            page.write_number(line, number, cell, self.plain)
        elif isinstance(cell, date):
            page.write_datetime(line, number, datetime(cell.year, cell.month, cell.day), self.day)
        else:
            page.write_string(line, number, cell, self._format(column))


_YES, _NO = Words(en="yes", ru="да"), Words(en="no", ru="нет")
_ACCEPTED = Words(en="Accepted: {words}.", ru="Допустимо: {words}.")
_EXAMPLE = Words(en="Such as: {example}", ru="Например: {example}")
_COUNTS = Words(en="30, or 1, 2, 3, or 0 to 11", ru="30, или 1, 2, 3, или от 0 до 11")
_NEEDED = Words(en="Always needed.", ru="Обязательно.")
_NAMES = Words(en="What may stand in formulas", ru="Что можно писать в формулах")
_HOW = (
    Words(en="A scheme of rewards: how to fill in this workbook", ru="Схема вознаграждения: как заполнить эту книгу"),
    Words(
        en="Every sheet is a section of the scheme. Leave the sheets that you don't need empty; don't rename sheets or headers. "
        "The explanation of a column is in the note on its header; those that are always needed are orange.",
        ru="Каждый лист — раздел схемы. Ненужные листы оставьте пустыми; листы и заголовки не переименовывайте. "
        "Пояснение столбца — в примечании к заголовку; обязательные столбцы оранжевые.",
    ),
    Words(
        en="Amounts and shares are written with a point, without spaces and signs: 300.00; 5% is 0.05. "
        "Days are dates, or 2026-10-01. Lists stand in one cell, with commas: activation, charges.",
        ru="Суммы и доли пишутся с точкой, без пробелов и знаков: 300.00; 5 % — это 0.05. "
        "Дни — даты или 2026-10-01. Списки стоят в одной ячейке через запятую: activation, charges.",
    ),
    Words(
        en="Several values (of a term, of a table, of tiers) stand on a sheet of their own, each in a row, with the name in the "
        "first column. Several times stand in one cell: 1, 2, 3, or 0 to 11.",
        ru="Несколько значений (условия, таблицы, ступеней) стоят на отдельном листе, каждое в своей строке, с именем в "
        "первом столбце. Несколько сроков стоят в одной ячейке: 1, 2, 3 или от 0 до 11.",
    ),
    Words(
        en="Text that is empty, or begins or ends with a space, stands in double quotes. Formulas of Excel (=…) are refused.",
        ru="Пустой текст и текст с пробелом по краям пишется в двойных кавычках. Формулы Excel (=…) не принимаются.",
    ),
    Words(
        en="Check it with: prm scheme check FILE.xlsx. Below are a small scheme, sheet by sheet, and all "
        "that formulas understand; this sheet is not read.",
        ru="Проверка: prm scheme check ФАЙЛ.xlsx. Ниже — небольшая схема, лист за листом, и всё, "
        "что понимают формулы; этот лист не читается.",
    ),
)  # fmt: skip
