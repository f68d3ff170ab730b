"""Their side: the counterparty's own figures, read from its file and kept as they were given, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import loaders
from prm import database
from prm.database import Connection
from prm.errors import Place, PrmError
from prm.period import Period
from prm.settings import Settings
from settlement.reconciliation.kinds import OPENING, kind_of, known_words
from settlement.reconciliation.matching import Document


@dataclass(frozen=True)
class TheirSide:
    """What the counterparty says. opening: None where it doesn't say. left_out: rows about other days or currencies."""

    file: int
    opening: Decimal | None
    documents: list[Document]
    left_out: int


def keep_figures(path: Path, counterparty_id: str, *, author: str, settings: Settings | None = None) -> int:
    """Reads a counterparty's file and keeps its rows; the same bytes are kept once. Returns the file's number.

    Raises what `loaders.read_given` raises, and RowsRefused for rows of which nothing can be made: a kind in unknown
    words, an amount that is not said or said twice.
    """
    given = loaders.read_given(path, "counterparty_figures", settings=settings)
    rows, bad = [], []
    for row in given.rows:
        try:
            rows.append((row.number, *_understood(row.values)))
        except PrmError as error:
            bad.append(loaders.BadRow(row.number, str(error)))
    if bad:
        raise loaders.RowsRefused(given.file_name, bad)
    with database.transaction(settings) as connection:
        connection.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"settlement:figures/{counterparty_id}"]
        )
        known = connection.execute(
            "select file from settlement.figure_files where (counterparty_id, content_hash) = (%s, %s)",
            [counterparty_id, given.content_hash],
        ).fetchone()
        if known:
            return known["file"]
        made = connection.execute(
            """insert into settlement.figure_files (counterparty_id, content_hash, file_name, bytes, rows, author)
               values (%s, %s, %s, %s, %s, %s) returning file""",
            [counterparty_id, given.content_hash, given.file_name, given.bytes, len(rows), author],
        ).fetchone()
        assert made is not None
        with connection.cursor() as cursor:
            cursor.executemany(
                """insert into settlement.figures (file, row_number, dated_on, kind, reference, period, change, currency)
                   values (%s, %s, %s, %s, %s, %s, %s, %s)""",
                [(made["file"], *row) for row in rows],
            )
    return made["file"]


def their_side(connection: Connection, file: int, currency: str, first: date, last: date) -> TheirSide:
    """A file's rows of a range of days, both included, in a currency.

    An opening balance counts if it bears the first day or the day before. Raises PrmError where there are two.
    """
    rows = connection.execute("select * from settlement.figures where file = %s order by row_number", [file]).fetchall()
    documents: list[Document] = []
    openings: list[Decimal] = []
    left_out = 0
    for row in rows:
        begins = row["kind"] == OPENING and first - timedelta(days=1) <= row["dated_on"] <= first
        if row["currency"] not in (None, currency):
            left_out += 1
        elif begins:
            openings.append(row["change"])
        elif row["kind"] == OPENING or not first <= row["dated_on"] <= last:
            left_out += 1
        else:
            documents.append(
                Document(row["kind"], row["dated_on"], row["change"], row["reference"] or "", row["period"],
                         figure=row["figure"])
            )  # fmt: skip
    if len(openings) > 1:
        named = connection.execute("select file_name from settlement.figure_files where file = %s", [file]).fetchone()
        raise PrmError(
            f"There are {len(openings)} opening balances for {first}.", where=Place(named["file_name"] if named else ""),
            hint="Leave one.",
        )  # fmt: skip
    return TheirSide(file, openings[0] if openings else None, documents, left_out)


def _understood(values: dict[str, Any]) -> tuple[Any, ...]:
    """dated_on, kind, reference, period, change, currency of a row. Raises PrmError."""
    kind = kind_of(values["kind"])
    if kind is None:
        raise PrmError(f"'{values['kind']}' is no kind of document that is known.", hint=f"Known: {known_words()}.")
    debit, credit, amount = (values[name] for name in ("debit", "credit", "amount"))
    if amount is not None and (debit or credit):
        raise PrmError("The amount is said twice.", hint="Fill in debit or credit, or amount instead of both.")
    if amount is None and debit is None and credit is None:
        raise PrmError("There is no amount.", hint="Fill in debit or credit, or amount instead of both.")
    if debit and credit:
        raise PrmError("The row has a debit and a credit.", hint="Write two rows.")
    change = amount if amount is not None else (debit or Decimal(0)) - (credit or Decimal(0))
    return values["dated_on"], kind, values["reference"], _period(values["period"]), change, values["currency"]


def _period(text: str | None) -> str | None:
    """`2026-10` of `2026-10` or `10.2026`."""
    if text is None:
        return None
    return str(Period.parse(text if "-" in text else "-".join(reversed(text.split(".")))))
