"""From a workbook to the tree that the parser reads: the same as a YAML file's, with sheets and cells for places.

A row that belongs to nothing, or that says a thing twice, is refused before the rules are looked at.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from prm.errors import Place
from prm.words import Words
from schemes.cells import decoded
from schemes.problems import nearest
from schemes.sheets import FROM, KEY, NAME, Column, Sheet, sheet_of, sheets
from schemes.workbook_rows import Row, WorkbookReader, is_russian, rows_of


def load(path: Path) -> tuple[WorkbookReader, CommentedMap]:
    """The tree of a workbook and the reader of its places. Raises SchemeError, PrmError where it can't be read."""
    read, rows = rows_of(path)
    tree = _Tree(read, rows).whole()
    read.done()  # what does not fit into the sheets hides what the rules would say
    return read, tree


class _Tree:
    """Puts the rows of all sheets together."""

    def __init__(self, read: WorkbookReader, given: dict[Sheet, list[Row]]):
        self.read, self.given = read, given
        self.root = CommentedMap()
        self.rows_of_keys: dict[tuple[object, ...], CommentedMap] = {}  # of tables, by table and keys

    def whole(self) -> CommentedMap:
        """The scheme's tree."""
        for sheet in sheets():
            rows = self.given.get(sheet, [])
            if not sheet.section:
                if sheet not in self.given:
                    self.read.wrong(
                        self._of_sheet(sheet), "There is no such sheet.", "Такого листа нет.",
                        Words(en="Take it from the template: prm scheme template.", ru="Возьмите его из шаблона: prm scheme template."),
                    )  # fmt: skip
                for row in rows:
                    self.read.put(self.root, row.place)
                    self._fill(self.root, row)
            elif not sheet.holds:
                self._parts(sheet, rows)
        for sheet in sheets():
            if sheet.holds:
                for row in self.given.get(sheet, []):
                    self._held(sheet, row)
        return self.root

    def _of_sheet(self, sheet: Sheet) -> Place:
        """Where a sheet is, or would be: named in the language of the others."""
        is_ru = any(is_russian(name) for name in self.read.sheets)
        return Place(self.read.file, sheet=sheet.title.ru if is_ru else sheet.title.en)

    def _parts(self, sheet: Sheet, rows: list[Row]) -> None:
        place = Place(self.read.file, sheet=rows[0].place.sheet) if rows else self._of_sheet(sheet)
        self.read.put(self.root, place, sheet.section)
        if not rows:
            return
        section = self.root[sheet.section] = CommentedMap()
        self.read.put(section, place)
        for row in rows:
            name = row.name()
            if name is None:
                self._nameless(row)
                continue
            if name in section:
                self.read.wrong(row.place, f"'{name}' stands twice here.", f"«{name}» указано здесь дважды.")
                continue
            part = section[name] = CommentedMap()
            place = self._named_at(row)
            self.read.put(part, place)
            self.read.put(section, place, name, of_key=True)
            self._fill(part, row)

    def _held(self, sheet: Sheet, row: Row) -> None:
        name = row.name()
        if name is None:
            self._nameless(row)
            return
        place = self._named_at(row)
        parts = self.root.get(sheet.section, {})
        if name not in parts:
            title = sheet_of(sheet.section).title
            self.read.wrong(
                place, f"There is no '{name}' on the sheet '{title.en}'.", f"На листе «{title.ru}» нет «{name}».",
                nearest(name, parts) if parts else None,
            )  # fmt: skip
            return
        put = {"values": self._dated, "rows": self._table_row, "tiers": self._tiers, "steps": self._step}
        put[sheet.holds](name, parts[name], row, place)

    # --- what a part has several of

    def _dated(self, name: str, part: CommentedMap, row: Row, place: Place) -> None:
        values = self._child(part, "values", place)
        day, at = self._of(row, FROM)
        if day is None:
            self.read.wrong(at, "'from' is missing.", "Не задано «с».")
        else:
            self._put_dated(values, day, at, part, row)

    def _put_dated(self, values: CommentedMap, day: object, at: Place, part: CommentedMap, row: Row) -> None:
        if day in values:
            self.read.wrong(at, f"'{day}' stands twice here.", f"«{day}» указано здесь дважды.")
            return
        value, value_at = self._of(row, "value", part)
        decided_on, decided_at = self._of(row, "decided_on")
        dated = CommentedMap({} if value is None else {"value": value})
        self.read.put(dated, value_at)
        self.read.put(dated, value_at, "value")
        self.read.put(dated, decided_at, "decided_on")
        if decided_on is not None:
            dated["decided_on"] = decided_on
        values[day] = value if set(dated) == {"value"} else dated
        self.read.put(values, value_at, day)
        self.read.put(values, at, day, of_key=True)

    def _table_row(self, name: str, table: CommentedMap, row: Row, place: Place) -> None:
        rows = self._child(table, "rows", place, CommentedSeq)
        keys = table.get("keys")
        names = list(dict.fromkeys(keys)) if isinstance(keys, list) else []
        item = CommentedMap()
        self.read.put(item, place)
        for column, at in row.places.items():
            if column.path[0] != KEY:
                continue
            number = int(column.path[1])
            if number <= len(names):
                self.read.put(item, at, names[number - 1])
                if column in row.cells:
                    item[names[number - 1]] = decoded(row.cells[column], "text")
            elif column in row.cells and names:
                self.read.wrong(at, f"'{name}' has {len(names)} keys.", f"У «{name}» ключей: {len(names)}.")
        day, at = self._of(row, FROM)
        value, value_at = self._of(row, "value", table)
        self.read.put(item, value_at, "value")
        decided_on, decided_at = self._of(row, "decided_on")
        if day is None:
            if decided_on is not None:
                self.read.wrong(
                    decided_at, "'decided on' goes with 'from'.", "«решено» — только вместе с «с»."
                )  # fmt: skip
            if value is not None:
                item["value"] = value
        else:
            found_by = (name, *(item.get(key) for key in names))
            if found_by in self.rows_of_keys:  # one more value of a row that is there
                self._put_dated(self.rows_of_keys[found_by]["value"], day, at, table, row)
                return
            self.rows_of_keys[found_by] = item
            item["value"] = CommentedMap()
            self._put_dated(item["value"], day, at, table, row)
        self.read.put(rows, place, len(rows))
        rows.append(item)

    def _tiers(self, name: str, part: CommentedMap, row: Row, place: Place) -> None:
        key = "keeps" if "claws_back" in part else "pay"
        if isinstance(part.get(key), CommentedMap):
            self.read.wrong(place, f"'{name}' stands twice here.", f"«{name}» указано здесь дважды.")
            return
        if key in part:
            self.read.wrong(
                self.read.at(part, key), f"'{name}' has a formula here, and tiers too.", f"У «{name}» здесь формула, а есть и ступени.",
                Words(en=f"Keep one: empty this cell, or the rows of '{name}' on the sheet 'Tiers'.",
                      ru=f"Оставьте одно: очистите эту ячейку или строки «{name}» на листе «Ступени»."),
            )  # fmt: skip
        pay, tiers = CommentedMap(), CommentedMap()
        part[key], pay["tiers"] = pay, tiers
        for node in (pay, tiers):
            self.read.put(node, place)
        self._fill(tiers, row)

    def _step(self, name: str, part: CommentedMap, row: Row, place: Place) -> None:
        pay = part.get("keeps" if "claws_back" in part else "pay")
        if not isinstance(pay, CommentedMap):
            self.read.wrong(
                place, f"'{name}' has no row on the sheet 'Tiers'.", f"У «{name}» нет строки на листе «Ступени».",
                Words(en="It says how the tiers are counted.", ru="Она задаёт, как считаются ступени."),
            )  # fmt: skip
            return
        steps = self._child(pay["tiers"], "steps", place, CommentedSeq)
        step = CommentedMap()
        self.read.put(step, place)
        self._fill(step, row)
        self.read.put(steps, place, len(steps))
        steps.append(step)

    # --- cells

    def _fill(self, part: CommentedMap, row: Row) -> None:
        """Puts the cells of a row where they belong, and remembers where empty ones would stand."""
        of_type = next((str(value).strip() for column, value in row.cells.items() if column.path == ("type",)), None)
        for column, raw in sorted(
            row.cells.items(), key=lambda cell: cell[0].path[-1] == 1
        ):  # the most after the least
            if column.path == (NAME,):
                continue
            first, value = column.path[0], self._decoded(raw, column, of_type, row.places[column])
            if len(column.path) > 1:
                self._put_nested(part, row.places[column], column, value)
            elif first in part:
                self._both(row.places[column], column)
            else:
                part[first] = value
        # What is asked of several cells together stands at the first empty one, else at the first.
        for column in sorted(row.places, key=lambda of: len(of.path) > 1 and of in row.cells):
            nested = part.get(column.path[0])
            if len(column.path) > 1 and isinstance(nested, CommentedMap):
                self.read.put(nested, row.places[column], column.path[1])
            if column.path != (NAME,):
                self.read.put(part, row.places[column], column.path[0])

    def _put_nested(self, part: CommentedMap, place: Place, column: Column, value: object) -> None:
        """Puts a cell into what its key holds, which has several columns."""
        first, second = column.path[0], column.path[1]
        if first not in part:
            part[first] = CommentedSeq() if isinstance(second, int) else CommentedMap()
            self.read.put(part[first], place)
        if isinstance(part[first], CommentedSeq):
            self.read.put(part[first], place, len(part[first]))
            part[first].append(value)
        elif isinstance(part[first], CommentedMap):
            part[first][second] = value
        else:
            self._both(place, column)

    def _both(self, place: Place, column: Column) -> None:
        self.read.wrong(
            place, f"'{column.title.en}' does not go with the cell beside it.",
            f"«{column.title.ru}» не сочетается с соседней ячейкой.",
            Words(en="Fill in one of them.", ru="Заполните одну из них."),
        )  # fmt: skip

    def _of(self, row: Row, key: str, part: CommentedMap | None = None) -> tuple[object, Place]:
        """What a row says in a column (None: nothing), and the place. part: whose type its values have."""
        column = row.column(key)
        if column is None:
            return None, row.place
        place = row.places[column]
        if column not in row.cells:
            return None, place
        return self._decoded(row.cells[column], column, str(part.get("type")) if part else None, place), place

    def _decoded(self, raw: object, column: Column, of_type: str | None, place: Place) -> object:
        is_time = isinstance(raw, date | time | timedelta)
        if is_time and column.kind != "day" and not (column.kind == "value" and of_type == "date"):
            self.read.wrong(place, "Excel has made a date of this.", "Excel превратил это в дату.", self.read.text_hint)
        value = decoded(raw, column.kind, of_type, takes_all=bool(column.key and column.key.takes_all))
        if not isinstance(value, list | dict):
            return value
        node = CommentedSeq(value) if isinstance(value, list) else CommentedMap(value)
        self.read.put(node, place)
        return node

    def _child(self, part: CommentedMap, key: str, place: Place, kind: Any = CommentedMap) -> Any:
        if key not in part:
            part[key] = kind()
            self.read.put(part[key], place)
            self.read.put(part, place, key)
        return part[key]

    def _nameless(self, row: Row) -> None:
        place = self._named_at(row)
        if not any(problem.where == place for problem in self.read.problems):  # of a cell that is no cell of its own
            self.read.wrong(place, "The row has no name.", "У строки нет имени.")

    def _named_at(self, row: Row) -> Place:
        column = row.column(NAME)
        return row.places[column] if column else row.place
