"""The careful reading of a file that the fast one stumbled over: sound rows to one file, broken ones to another.

It numbers the rows itself, so that a refused row's number is the one that a person counts in the file, whatever
else is broken. About a second for a million rows; only files that hold a broken row come here.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from loaders.refusal import FileRefused
from prm.errors import Place

REFUSED_COLUMNS = ("row_number", "reason", "detail", "raw")


def tidy(path: Path, delimiter: str, width: int, clean: Path, refused: Path, name: str) -> None:
    """Writes the rows that have `width` fields, numbered, to `clean`, and the others to `refused`.

    path: UTF-8 text with a header. Both results are comma-separated. FileRefused if the file ends in mid-row.
    """
    csv.field_size_limit(min(sys.maxsize, 1 << 24))
    ends_whole = _ends_with_newline(path)
    with clean.open("w", newline="", encoding="utf-8") as good, refused.open("w", newline="", encoding="utf-8") as bad:
        sound, broken = csv.writer(good), csv.writer(bad)
        last: list[str] = []
        for number, fields, problem in _rows(path, delimiter, name):
            last = fields
            if problem:
                broken.writerow([number, "broken_quotes", problem, delimiter.join(fields)])
            elif len(fields) != width:
                found = f"{len(fields)} instead of {width}"
                broken.writerow([number, "wrong_number_of_fields", found, delimiter.join(fields)])
            else:
                sound.writerow([number, *fields])
    if last and len(last) < width and not ends_whole:
        raise truncated(name)


def truncated(name: str) -> FileRefused:
    """The file ends in the middle of a row."""
    return FileRefused(
        "truncated",
        "the file ends in the middle of a row: it was cut short; send it again whole",
        "файл обрывается на середине строки: он обрезан; пришлите его целиком ещё раз",
        where=Place(name),
    )


def _rows(path: Path, delimiter: str, name: str) -> Iterator[tuple[int, list[str], str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        next(reader)
        number = 0
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end" in str(error):
                    raise truncated(name) from error
                number += 1
                yield number, [], f"line {reader.line_num}: {error}"
                continue
            if fields:
                number += 1
                yield number, fields, ""


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(0, 2)
        if not file.tell():
            return True
        file.seek(-1, 2)
        return file.read(1) in b"\r\n"
