"""Fills one template, in a process of its own: run by reports/templates.py, and imports nothing of the project.

It gets a folder with `template.docx` or `.xlsx` and `values.json` and leaves `made`; what is wrong with the template it prints as JSON.
Its time, memory and files are bounded before the template is opened, and the template sees plain values only.
"""

from __future__ import annotations

import contextlib
import json
import re
import resource
import sys
import traceback
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

PLACE = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
OF_ROW = re.compile(r"\b(\w+)\.row\b")


def main(folder: Path, kind: str, seconds: int, megabytes: int) -> int:
    """Fills the template of a folder; returns the exit code."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    values = json.loads((folder / "values.json").read_text(encoding="utf-8"), object_hook=_typed)
    try:
        (_fill_word if kind == "docx" else _fill_excel)(folder, values)
    except Wrong as error:
        return _say(error.message, error.place)
    except MemoryError:
        return _say(f"The template needs more than {megabytes} MB of memory.", "")
    return 0


class Wrong(Exception):
    """Something is wrong with the template, at a place that its author finds."""

    def __init__(self, message: str, place: str):
        self.message, self.place = message, place


def _say(message: str, place: str) -> int:
    print(json.dumps({"message": message, "place": place}))
    return 1


def _typed(value: dict[str, Any]) -> Any:
    if value.keys() == {"$decimal"}:
        return Decimal(value["$decimal"])
    if value.keys() == {"$day"}:
        return date.fromisoformat(value["$day"])
    return value


def _environment(escapes: bool) -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=escapes)


def _line_of(error: BaseException) -> int | None:
    """The line of the template at which an error was raised."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in ("<template>", "<unknown>")]
    return getattr(error, "lineno", None) or (frames[-1].lineno if frames else None)


def _fill_word(folder: Path, values: dict[str, Any]) -> None:
    from docxtpl import DocxTemplate

    class Template(DocxTemplate):
        """A template that remembers where its paragraphs are."""

        source = ""

        def render_xml_part(self, src_xml: str, part: Any, context: Any, jinja_env: Any = None) -> str:
            self.source = src_xml if isinstance(src_xml, str) else src_xml.decode()
            return super().render_xml_part(src_xml, part, context, jinja_env)

    template = Template(folder / "template.docx")
    try:
        template.render(values, _environment(escapes=True), autoescape=True)
    except MemoryError:
        raise
    except Exception as error:
        line = _line_of(error)
        paragraphs = re.split(r"\n|(?=<w:p[ >])", template.source)
        told = re.sub(r"<[^>]+>", "", paragraphs[line - 1]).strip() if line and line <= len(paragraphs) else ""
        raise Wrong(_told(error), f"at “{told[:120]}”" if told else "") from None
    template.save(folder / "made")


def _fill_excel(folder: Path, values: dict[str, Any]) -> None:
    import openpyxl

    environment = _environment(escapes=False)
    book = openpyxl.load_workbook(folder / "template.xlsx")
    del book["form"]
    for sheet in book:
        for number in range(sheet.max_row, 0, -1):  # from below, so that rows put in do not move what is still to come
            tables = {
                found for cell in sheet[number] if isinstance(cell.value, str)
                for place in PLACE.findall(cell.value) for found in OF_ROW.findall(place)
            }  # fmt: skip
            if len(tables) > 1:
                raise Wrong(
                    f"A row repeats for one table, and this one names {', '.join(sorted(tables))}.",
                    f"{sheet.title}!A{number}",
                )
            if tables:
                _repeat(sheet, number, tables.pop(), values, environment)
            else:
                for cell in sheet[number]:
                    _fill_cell(cell, cell.value, values, environment, f"{sheet.title}!{cell.coordinate}")
    book.save(folder / "made")


def _repeat(sheet: Any, number: int, table: str, values: dict[str, Any], environment: Any) -> None:
    """Puts a row for each of a table's in place of the one that names it."""
    from copy import copy

    at = f"{sheet.title}!A{number}"
    if not isinstance(values.get(table), dict) or "rows" not in values[table]:
        raise Wrong(f"There is no table '{table}'.", at)
    rows = values[table]["rows"]
    pattern = [(cell.value, copy(cell._style)) for cell in sheet[number]]
    height = sheet.row_dimensions[number].height
    merged = [area for area in sheet.merged_cells.ranges if area.min_row > number]
    if len(rows) > 1:
        sheet.insert_rows(number + 1, len(rows) - 1)
        for area in merged:
            area.shift(0, len(rows) - 1)
    for place, row in enumerate(rows or [None]):
        sheet.row_dimensions[number + place].height = height
        for column, (text, style) in enumerate(pattern, 1):
            cell = sheet.cell(number + place, column)
            cell._style = copy(style)
            if row is None:
                cell.value = None
            else:
                _fill_cell(
                    cell,
                    text,
                    values | {table: values[table] | {"row": row}},
                    environment,
                    f"{at[: -len(str(number)) - 1]}{cell.column_letter}{number}",
                )


def _fill_cell(cell: Any, text: Any, values: dict[str, Any], environment: Any, place: str) -> None:
    """A cell that is one placeholder keeps the value's type; text from data is never a formula."""
    if not isinstance(text, str) or ("{{" not in text and "{%" not in text):
        if text is not None:
            cell.value = text
        return
    whole = PLACE.fullmatch(text.strip())
    try:
        if whole:
            value = environment.compile_expression(whole[1], undefined_to_none=False)(values)
            str(value)  # what is not defined says so now
        else:
            value = environment.from_string(text).render(values)
    except MemoryError:
        raise
    except Exception as error:
        raise Wrong(_told(error), place) from None
    if not isinstance(value, str | int | Decimal | date | None):
        raise Wrong(f"{whole[1] if whole else text} is not one value.", place)
    if isinstance(value, Decimal) and len(value.normalize().as_tuple().digits) > 15:
        value = str(value)  # more than a cell's number keeps
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"


def _told(error: BaseException) -> str:
    """What an error says, without the words of the machinery."""
    text = str(error).replace("'dict object' has no attribute", "There is no value").rstrip(".")
    return f"{text or type(error).__name__}."


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
