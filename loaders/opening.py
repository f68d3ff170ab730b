"""A file opened: its header understood, its text ready to be read, whatever it is written in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from loaders.contract import Contract
from loaders.convert import Conversion
from loaders.header import read_header, understand
from loaders.reading import Text
from loaders.source import Source, as_utf8
from loaders.workbook import read_workbook
from prm.period import Period
from prm.words import Words


def open_file(
    path: Path, extension: str, source: Source, contract: Contract, period: Period | None, work: Path
) -> tuple[Conversion, Text, tuple[Words, ...]]:
    """How the file's fields become columns, its text, and what is to be said of it.

    period: the month that rows must belong to; None: any. work: a folder for large temporaries. Raises FileRefused.
    """
    notes: list[Words] = []
    if extension == ".xlsx":
        clean, refused = work / "sheet.csv", work / "sheet-refused.csv"
        fields, further = read_workbook(path, clean, refused)
        header, form = understand(fields, contract, path.name), replace(contract.formats[0], decimal=".")
        text = Text(clean, ",", refused)
        trims = True
        if further:
            notes.append(Words(f"only the first sheet was read, not: {', '.join(further)}",
                               f"прочитан только первый лист, не прочитаны: {', '.join(further)}"))  # fmt: skip
    else:
        content, encoding = as_utf8(source, contract, work, path.name)
        header, form = read_header(content, encoding, contract, path.name)
        text, trims = Text(content, form.delimiter), source.has_spaces
    if header.ignored:
        notes.append(Words(f"columns not in the contract were ignored: {', '.join(header.ignored)}",
                           f"столбцы не из контракта данных пропущены: {', '.join(header.ignored)}"))  # fmt: skip
    return Conversion(contract, header, form, period, trims), text, tuple(notes)
