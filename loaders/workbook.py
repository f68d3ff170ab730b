"""Excel: the first sheet becomes text in a process of its own, bounded in memory and time.

A workbook is an archive: what it says it will grow to is checked before anything is unpacked. A spreadsheet's
number is a float of fifteen true digits: a longer one is refused, and an identifier should be a text cell.
Run as `python -m loaders.workbook FILE CLEAN REFUSED`, it prints what it found as one line of JSON.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from loaders.refusal import FileRefused
from prm.errors import Place, PrmError
from prm.settings import PROJECT

LARGEST_CONTENT = 1 << 30  # bytes that a workbook may say it unpacks to
LARGEST_GROWTH = 150
_MEMORY = 6 << 30  # bytes of address space
_SECONDS = 600


def read_workbook(path: Path, clean: Path, refused: Path) -> tuple[list[str], list[str]]:
    """Writes the first sheet's rows, numbered, to `clean` and those it can't keep exactly to `refused` (CSV).

    Returns the header and the names of further sheets, which are not read. FileRefused if it can't be read.
    """
    _check_growth(path)
    command = [sys.executable, "-m", "loaders.workbook", str(path.resolve()), str(clean), str(refused)]
    try:
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise _unreadable(path, f"reading took more than {_SECONDS} s") from error
    if done.returncode == os.EX_IOERR:  # the disk's fault, and not the file's: the file is offered again
        number, _, where = done.stderr.strip().rpartition("\n")[2].partition(" ")
        raise OSError(int(number), os.strerror(int(number)), where)
    if done.returncode < 0:
        raise PrmError(
            f"{path.name}: the process that reads it was ended by signal {-done.returncode}.",
            hint="The file was not judged; load it again.",
        )
    if done.returncode:
        raise _unreadable(path, (done.stderr.strip().splitlines() or ["the process died"])[-1])
    found = json.loads(done.stdout)
    return found["header"], found["further_sheets"]


def _check_growth(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            grown = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise _unreadable(path, "it is not an .xlsx workbook, or it was cut short") from error
    if grown > LARGEST_CONTENT or grown > LARGEST_GROWTH * max(path.stat().st_size, 1 << 16):
        raise FileRefused(
            "grows_too_much",
            f"the workbook unpacks to {grown >> 20} MB, more than is allowed; send it as CSV",
            f"книга при распаковке занимает {grown >> 20} МБ, больше допустимого; пришлите её в CSV",
            where=Place(path.name),
        )


def _unreadable(path: Path, why: str) -> FileRefused:
    return FileRefused(
        "unreadable_workbook",
        f"the workbook can't be read: {why}",
        f"книгу Excel не удалось прочитать: {why}",
        where=Place(path.name),
    )


def cell_text(value: object) -> str:
    """A cell as it would stand in a CSV file; ValueError for a number that a float can't hold exactly."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        number = Decimal(format(value, ".15g"))
        if abs(number) >= Decimal(10) ** 15:
            raise ValueError(f"{value!r} has more than 15 digits: write it as text")
        return f"{number.normalize():f}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value)


def _convert(path: str, clean: str, refused: str) -> None:
    from python_calamine import CalamineWorkbook

    workbook = CalamineWorkbook.from_path(path)
    first, *further = workbook.sheet_names
    rows = iter(workbook.get_sheet_by_name(first).to_python(skip_empty_area=False))
    header = [str(cell).strip() for cell in next(rows, [])]
    while header and not header[-1]:
        header.pop()
    with (
        open(clean, "w", newline="", encoding="utf-8") as good,
        open(refused, "w", newline="", encoding="utf-8") as bad,
    ):
        sound, broken = csv.writer(good), csv.writer(bad)
        for number, row in enumerate((one for one in rows if any(cell != "" for cell in one)), start=1):
            cells = row[: len(header)]
            if any(cell != "" for cell in row[len(header) :]):
                broken.writerow([number, "wrong_number_of_fields", f"{len(row)} instead of {len(header)}", row])
                continue
            try:
                sound.writerow([number, *(cell_text(cell) for cell in cells)])
            except ValueError as error:
                broken.writerow([number, "too_many_digits", error, cells])
    print(json.dumps({"header": header, "further_sheets": further}))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    try:
        _convert(*sys.argv[1:4])
    except OSError as error:
        if not error.errno:
            raise
        print(f"{error.errno} {error.filename or sys.argv[2]}", file=sys.stderr)
        raise SystemExit(os.EX_IOERR) from None
