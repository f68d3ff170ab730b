"""What people keep by hand, in bulk: links and fraud marks, set or ended by the rows of one file, all of them or none.

A file of decisions, no data set: it is not kept, it supersedes nothing, and its rows become rows of the registry, each with
its reason and author.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import registry
from loaders.contract import normalise
from loaders.refusal import REASONS
from loaders.workbook import read_workbook
from prm.database import Connection
from prm.errors import NotFoundError, Place, PrmError, RefusedError

What = Literal["link", "unlink", "mark-fraud", "clear-fraud"]
_COLUMNS: dict[str, tuple[str, ...]] = {
    "subscriber_id": ("subscriber", "абонент", "код абонента", "лицевой счёт"),
    "outlet_id": ("outlet", "точка", "торговая точка", "код точки"),
    "valid_from": ("from", "start date", "действует с", "дата начала"),
    "valid_to": ("to", "end date", "действует по", "дата окончания"),
    "reason": ("причина", "основание"),
}
_NEEDED: dict[str, tuple[str, ...]] = {
    "link": ("subscriber_id", "outlet_id", "valid_from"),
    "unlink": ("subscriber_id", "valid_from"),
    "mark-fraud": ("subscriber_id", "valid_from"),
    "clear-fraud": ("subscriber_id", "valid_from"),
}
_NAMED = 20  # bad rows that an error names


@dataclass(frozen=True)
class BadRow:
    """A row of the file that could not be taken. number: of the row, from 1 below the header. why: what is wrong."""

    number: int
    why: str


class RowsRefused(RefusedError):
    """Some rows of a file of decisions are wrong, and none was taken. rows: all of the bad ones."""

    def __init__(self, file: str, rows: list[BadRow]):
        self.rows = rows
        named = [f"  - row {row.number}: {row.why}" for row in rows[:_NAMED]]
        more = [f"  - and {len(rows) - _NAMED} more"] if len(rows) > _NAMED else []
        super().__init__(
            "\n".join([f"{len(rows)} rows are wrong, and none was taken:", *named, *more]), where=Place(file)
        )


def decide_in_bulk(connection: Connection, path: Path, what: What, *, reason: str | None, author: str) -> int:
    """Sets or ends links or marks by the rows of a file, all or none; returns how many there were.

    The file is CSV (UTF-8 or cp1251; comma, semicolon or tab) or the first sheet of an .xlsx, with columns subscriber_id,
    valid_from (of `unlink` and `clear-fraud`: the first day on which it no longer holds), outlet_id for links, and where
    they apply valid_to and reason. reason: for rows without one of their own. connection: where the
    caller has begun a transaction, the rows are part of it. Raises RowsRefused with every bad row, PrmError for a file that can't be read.

        decide_in_bulk(connection, Path("links.xlsx"), "link", reason="act 12", author="olga")
    """
    path = Path(path)
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}.")
    header, rows = _workbook(path) if path.suffix.lower() == ".xlsx" else _text(path)
    names = {normalise(alias): name for name, aliases in _COLUMNS.items() for alias in (name, *aliases)}
    places = {names[normalise(field)]: at for at, field in enumerate(header) if normalise(field) in names}
    if missing := [name for name in _NEEDED[what] if name not in places]:
        raise PrmError(f"The header lacks {', '.join(missing)}.", where=Place(path.name),
                       hint=f"Its columns are: {', '.join(_COLUMNS)}.")  # fmt: skip
    if not rows:
        raise PrmError("The file has a header and no rows.", where=Place(path.name))
    bad = []
    with connection.transaction():  # all of them or none, whether or not the caller has begun one
        for number, fields in rows:
            row = {name: fields[at].strip() if at < len(fields) else "" for name, at in places.items()}
            try:
                with connection.transaction():  # a row that the database refuses must not spoil the rest
                    _decide(connection, what, row, reason, author)
            except PrmError as error:
                bad.append(BadRow(number, str(error)))
        if bad:
            raise RowsRefused(path.name, bad)
    return len(rows)


def _decide(connection: Connection, what: What, row: dict[str, str], reason: str | None, author: str) -> None:
    for name in _NEEDED[what]:
        if not row[name]:
            raise PrmError(f"{name} is empty.")
    why, begins = row.get("reason") or reason or "", _day(row["valid_from"], "valid_from")
    if what in ("unlink", "clear-fraud"):
        end: Callable[..., int] = registry.unlink_subscriber if what == "unlink" else registry.clear_fraud_mark
        end(connection, row["subscriber_id"], ended_from=begins, reason=why, author=author)
        return
    ends = _day(row["valid_to"], "valid_to") if row.get("valid_to") else None
    if what == "link":
        registry.link_subscriber(
            connection, row["subscriber_id"], row["outlet_id"], valid_from=begins, valid_to=ends, reason=why,
            author=author,
        )  # fmt: skip
    else:
        registry.mark_fraud(
            connection, row["subscriber_id"], valid_from=begins, valid_to=ends, reason=why, author=author
        )


def _day(text: str, name: str) -> date:
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise PrmError(f"{name} '{text}' is not a day.", hint="Write 2026-10-31 or 31.10.2026.")


def _text(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("cp1251")
        except UnicodeDecodeError:
            raise PrmError("The text is neither UTF-8 nor cp1251.", where=Place(path.name)) from None
    lines = text.splitlines()
    if not lines:
        raise PrmError("The file is empty.", where=Place(path.name))
    delimiter = max(",;\t", key=lines[0].count)
    header, *rows = csv.reader(lines, delimiter=delimiter)
    return header, [(number, row) for number, row in enumerate(rows, start=1) if any(field.strip() for field in row)]


def _workbook(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    with tempfile.TemporaryDirectory() as work:
        clean, refused = Path(work) / "clean.csv", Path(work) / "refused.csv"
        header, _ = read_workbook(path, clean, refused)
        if unkept := _numbered(refused):
            raise RowsRefused(path.name, [BadRow(number, REASONS[fields[0]].en) for number, fields in unkept])
        return header, _numbered(clean)


def _numbered(path: Path) -> list[tuple[int, list[str]]]:
    """Rows that begin with their number."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [(int(row[0]), row[1:]) for row in csv.reader(file) if row]
