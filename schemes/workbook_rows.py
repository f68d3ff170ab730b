"""A workbook's sheets as rows: what each cell says, under which header, and where it stands.

Nothing is passed over: an unknown sheet or column, a cell without a header or an Excel formula is a problem.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import column_index_from_string
from openpyxl.utils.cell import coordinate_from_string
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from prm.errors import Place, PrmError
from prm.words import Words
from schemes.cells import LARGEST
from schemes.problems import Problem, nearest
from schemes.reading import Reader, no_file
from schemes.sheets import (
    EXPLANATION,
    INSTRUCTIONS,
    NAME,
    SET_TO,
    SETTING,
    Column,
    Sheet,
    is_titled,
    sheet_named,
    sheets,
)

LARGEST_CONTENT = 50 << 20
"""Bytes that a workbook may say it unpacks to: a scheme is small."""


_SEE_NOTE = Words(en="See the note on the column's header.", ru="См. примечание к заголовку столбца.")


class WorkbookReader(Reader):
    """A reader whose places are sheets and cells."""

    text_hint = Words(
        en="Format the cell as text and write it again.", ru="Задайте ячейке текстовый формат и впишите заново."
    )
    day_hint = first_day_hint = Words(en="Write a date, or 2026-10-01.", ru="Впишите дату или 2026-10-01.")
    value_hints: Mapping[str, Words] = {
        "money": Words(en="Write a decimal such as 1234.50.", ru="Впишите десятичное число, например 1234.50."),
        "share": Words(en="Write a fraction: 5 % is 0.05.", ru="Впишите дробь: 5 % — это 0.05."),
        "number": Words(en="Write a decimal such as 12.5.", ru="Впишите десятичное число, например 12.5."),
        "text": text_hint,
        "date": day_hint,
        "flag": Words(en="Write yes or no.", ru="Впишите да или нет."),
    }

    def __init__(self, file: str):
        super().__init__(file, "")
        self._places: dict[tuple[int, object], Place] = {}
        self._names: dict[tuple[int, object], Place] = {}
        self._kept: list[object] = []  # a place belongs to a node by its id: the node must live on
        self.sheets: list[str] = []  # in the order of the workbook
        self.headers: dict[Place, tuple[str, str]] = {}  # of a cell: its key, and what its header calls it

    def put(self, node: CommentedMap | CommentedSeq, place: Place, key: object = None, *, of_key: bool = False) -> None:
        """Remembers the place of a node, or of what stands (or could stand) in it under a key, or of the key itself."""
        self._kept.append(node)
        (self._names if of_key else self._places).setdefault((id(node), key), place)

    def at(self, node: Any, key: Any = None, *, of_key: bool = False) -> Place:
        """The cell of a value (or of its name), the part's own where there is none."""
        places = (self._names, self._places) if of_key else (self._places, self._names)
        found = next((of[id(node), key] for of in places if (id(node), key) in of), None)
        return found or self._places.get((id(node), None)) or Place(self.file)

    def within(self, node: CommentedMap, key: str, text: str, offset: int) -> Place:
        """The cell of a formula."""
        return self.at(node, key)

    def missing(self, node: CommentedMap, key: str) -> None:
        """Notes that a key is required, at the cell where it would stand."""
        self.wrong(self.at(node, key), f"'{key}' is missing.", f"Не задано «{key}».")

    def wrong(self, place: Place, en: str, ru: str, hint: Words | None = None) -> None:
        """Notes a problem, in the words of the workbook: keys as the headers call them, nothing in YAML's notation."""
        if place in self.headers:
            key, header = self.headers[place]
            en, ru = en.replace(f"'{key}'", f"'{header}'"), ru.replace(f"«{key}»", f"«{header}»")
        super().wrong(place, en, ru, _SEE_NOTE if hint and any(mark in hint.en for mark in "[{") else hint)

    def words_hint(self, key: str) -> Words:
        """How a text in both languages is written."""
        return Words(en="Fill in both columns, English and Russian.", ru="Заполните оба столбца, английский и русский.")

    def order(self, problem: Problem) -> tuple[int, ...]:
        """By sheet, row and column."""
        where = problem.where
        number = self.sheets.index(where.sheet) + 1 if where.sheet in self.sheets else 0
        column, row = coordinate_from_string(where.cell) if where.cell else ("A", 0)
        return (number, row, column_index_from_string(column))


@dataclass
class Row:
    """A row with its cells that say something, by column, and the places of all its columns."""

    place: Place
    cells: dict[Column, object]
    places: dict[Column, Place]

    def column(self, *path: str) -> Column | None:
        """The column of a path, where the sheet has it."""
        return next((column for column in self.places if column.path == path), None)

    def name(self) -> str | None:
        """The name in its first column."""
        column = self.column(NAME)
        return str(self.cells[column]).strip() if column in self.cells else None


def rows_of(path: Path) -> tuple[WorkbookReader, dict[Sheet, list[Row]]]:
    """The rows of every sheet that stands in a workbook, and the reader that notes what is wrong with it.

    Raises PrmError where it can't be read as a workbook.
    """
    workbook = _open(path)
    read = WorkbookReader(str(path))
    found: dict[Sheet, list[Row]] = {}
    for name in workbook.sheetnames:
        if is_titled(INSTRUCTIONS, name):
            continue
        read.sheets.append(name)
        sheet, place = sheet_named(name), Place(read.file, sheet=name)
        if sheet is None:
            known = _in_its_letters(name, [of.title for of in sheets()])
            read.wrong(
                place, f"A sheet '{name}' is not known.", f"Лист «{name}» не предусмотрен.", nearest(name, known)
            )
        elif sheet in found:
            read.wrong(place, f"The sheet '{sheet.title.en}' is there twice.", f"Лист «{sheet.title.ru}» есть дважды.")
        else:
            found[sheet] = _Sheet(read, sheet, workbook[name]).rows()
    return read, found


def _open(path: Path) -> openpyxl.Workbook:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST_CONTENT:
                raise PrmError(
                    Words(en=f"{path} is too large for a scheme.", ru=f"{path}: слишком велик для схемы."),
                    hint=Words(en="Leave only the template's sheets in it.", ru="Оставьте в нём только листы шаблона."),
                )
        return openpyxl.load_workbook(path)
    except FileNotFoundError:
        raise no_file(path) from None
    except PrmError:
        raise
    except Exception as error:  # openpyxl raises whatever a broken archive or broken XML makes it raise
        raise PrmError(
            Words(
                en=f"{path} can't be read as an Excel workbook ({type(error).__name__}).",
                ru=f"{path}: не читается как книга Excel ({type(error).__name__}).",
            ),
            hint=Words(en="Save it as .xlsx again.", ru="Сохраните её заново как .xlsx."),
        ) from None


def _in_its_letters(name: str, titles: Iterable[Words]) -> list[str]:
    """The titles in the language whose letters a name is written with."""
    return [title.ru if is_russian(name) else title.en for title in titles]


def is_russian(name: str) -> bool:
    """Whether a name has a Russian letter."""
    return any("а" <= letter <= "я" or letter == "ё" for letter in name.lower())


class _Sheet:
    """Reads one sheet: its header, and what its cells say."""

    def __init__(self, read: WorkbookReader, sheet: Sheet, cells: Any):
        self.read, self.sheet, self.cells = read, sheet, cells

    def rows(self) -> list[Row]:
        """The rows that say something; the sheet of settings is one row, turned."""
        return [self._settings()] if not self.sheet.section else list(self._rows())

    def _settings(self) -> Row:
        row = Row(Place(self.read.file, sheet=self.cells.title), {}, {})
        for line in self.cells.iter_rows():
            known = (SETTING, SET_TO, EXPLANATION)
            for cell in line[len(known) :] if line[0].row > 1 else line:
                is_known = cell.column <= len(known) and is_titled(known[cell.column - 1], str(cell.value))
                if not _is_empty(cell) and not is_known:
                    self._not_known(cell, str(cell.value), list(known))
            if line[0].row == 1 or all(_is_empty(cell) for cell in line[:2]):
                continue
            label = str(line[0].value or "").strip()
            column = self.sheet.column(label)
            if column is None:
                self._not_known(line[0], label, [of.title for of in self.sheet.columns])
                continue
            if column in row.places:
                self._twice(self._place(line[0]), label)
                continue
            self._take(row, column, line[1] if len(line) > 1 else line[0], label)
        return row

    def _rows(self) -> Iterator[Row]:
        columns: dict[int, Column] = {}
        for line in self.cells.iter_rows():
            if line[0].row == 1:
                columns = self._header(line)
                continue
            if all(_is_empty(cell) for cell in line):
                continue
            row = Row(self._place(line[0]), {}, {})
            for cell in line:
                if column := columns.get(cell.column):
                    self._take(row, column, cell, str(self.cells.cell(1, cell.column).value))
                elif not _is_empty(cell) and _is_empty(self.cells.cell(1, cell.column)):
                    self.read.wrong(
                        self._place(cell), "There is no header above this cell.", "Над этой ячейкой нет заголовка.",
                        Words(en="Every column has its header in the first row.", ru="Заголовок каждого столбца — в первой строке."),
                    )  # fmt: skip
            yield row

    def _header(self, line: tuple[Cell, ...]) -> dict[int, Column]:
        found: dict[int, Column] = {}
        for cell in line:
            if _is_empty(cell):
                continue
            column = self.sheet.column(str(cell.value))
            if column is None:
                self._not_known(cell, str(cell.value), [of.title for of in self.sheet.columns])
            elif column in found.values():
                self._twice(self._place(cell), str(cell.value))
            else:
                found[cell.column] = column
        return found

    def _take(self, row: Row, column: Column, cell: Cell, header: str) -> None:
        place = row.places[column] = self._place(cell)
        if column.key:
            both = column.key.title if column.kind == "word" else column.title
            self.read.headers[place] = (column.key.name, both.ru if is_russian(header) else both.en)
        if isinstance(cell, MergedCell):
            self.read.wrong(
                place, "This cell is merged with another, and only the first of them says something.",
                "Эта ячейка объединена с другой, и значение есть только у первой из них.",
                Words(en="Split them, and fill in each.", ru="Разъедините их и заполните каждую."),
            )  # fmt: skip
        if _is_empty(cell):
            return
        if cell.data_type == "f":
            self.read.wrong(
                place, "An Excel formula stands here: what it gives is not kept with the scheme.",
                "Здесь формула Excel: её результат не хранится вместе со схемой.",
                Words(en="Write the value itself, as text and without '='.", ru="Впишите само значение, текстом и без «=»."),
            )  # fmt: skip
        elif cell.data_type == "e":
            self.read.wrong(
                place, f"{cell.value} stands here.", f"Здесь стоит {cell.value}.",
                Words(en="Write the value itself.", ru="Впишите само значение."),
            )  # fmt: skip
        elif isinstance(cell.value, int | float) and abs(cell.value) >= LARGEST:
            self.read.wrong(
                place, "A number of more than 15 digits is not exact.", "Число длиннее 15 цифр неточно.",
                WorkbookReader.text_hint,
            )  # fmt: skip
        else:
            row.cells[column] = cell.value

    def _place(self, cell: Cell) -> Place:
        return Place(self.read.file, sheet=self.cells.title, cell=cell.coordinate)

    def _not_known(self, cell: Cell, name: str, known: list[Words]) -> None:
        self.read.wrong(
            self._place(cell), f"'{name}' is not known here.", f"«{name}» здесь не предусмотрено.",
            nearest(name, _in_its_letters(name, known)),
        )  # fmt: skip

    def _twice(self, place: Place, name: str) -> None:
        self.read.wrong(place, f"'{name}' stands twice here.", f"«{name}» указано здесь дважды.")


def _is_empty(cell: Any) -> bool:
    return (
        isinstance(cell, MergedCell) or cell.value is None or (isinstance(cell.value, str) and not cell.value.strip())
    )
