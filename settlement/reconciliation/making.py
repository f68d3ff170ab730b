"""Making a reconciliation: both sides are read, paired and stored, so that its act shows the same for ever."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from prm import database, logs
from prm.database import Connection
from prm.errors import NotFoundError, PrmError
from prm.settings import Settings, get_settings
from settlement.counterparties import must_be_known
from settlement.reconciliation.documents import our_side, the_currency
from settlement.reconciliation.figures import TheirSide, keep_figures, their_side
from settlement.reconciliation.matching import Outcome, Pair, match

OUTCOMES: tuple[Outcome, ...] = ("equal", "different", "only_ours", "only_theirs", "not_compared")


@dataclass(frozen=True)
class Line:
    """A document that both sides, or one, know; of a side that does not, the values are None.

    our_change, their_change: how much more is owed to the counterparty by it. transfers: those of ours.
    """

    line: int
    outcome: Outcome
    kind: str
    our_reference: str | None
    our_period: str | None
    our_dated_on: date | None
    our_change: Decimal | None
    their_reference: str | None
    their_period: str | None
    their_dated_on: date | None
    their_change: Decimal | None
    transfers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reconciliation:
    """A stored reconciliation. Balances are what is owed to the counterparty; below zero it owes the operator.

    debit, credit: turnovers in the operator's books (a debit lessens what is owed); their_debit, their_credit: in the
    counterparty's (a credit lessens it). their_…: None without its figures; their_opening also where they don't say it, and
    then ours stands in. left_out: rows of its file about other days or currencies.
    """

    number: int
    counterparty_id: str
    currency: str
    first: date
    last: date
    opening: Decimal
    debit: Decimal
    credit: Decimal
    closing: Decimal
    their_opening: Decimal | None
    their_debit: Decimal | None
    their_credit: Decimal | None
    their_closing: Decimal | None
    left_out: int
    file_name: str | None
    author: str
    made_at: datetime
    lines: tuple[Line, ...] = ()

    @property
    def sums(self) -> dict[Outcome, tuple[int, Decimal, Decimal]]:
        """By outcome: how many lines, the sum of our changes and of theirs; only of outcomes there are."""
        found: dict[Outcome, tuple[int, Decimal, Decimal]] = {}
        for outcome in OUTCOMES:
            of = [line for line in self.lines if line.outcome == outcome]
            if of:
                ours = sum((line.our_change or Decimal(0) for line in of), Decimal(0))
                found[outcome] = (len(of), ours, sum((line.their_change or Decimal(0) for line in of), Decimal(0)))
        return found

    @property
    def difference(self) -> Decimal | None:
        """How much more the counterparty's books say is owed than ours, at the end; None without its figures."""
        return None if self.their_closing is None else self.their_closing - self.closing


def reconcile(
    counterparty_id: str,
    first: date,
    last: date,
    *,
    author: str,
    currency: str | None = None,
    figures: Path | None = None,
    settings: Settings | None = None,
) -> Reconciliation:
    """Reconciles a counterparty's books from one day to another, both included, and stores what was found.

    figures: the counterparty's own, a CSV or Excel file; without, there is nothing to compare with. currency: None where the
    counterparty has one. What was found before just so is not stored again. Raises NotFoundError for an unknown
    counterparty or file, PrmError for days the wrong way round or several currencies, and what reading the file raises.

        reconcile("D00042", date(2026, 7, 1), date(2026, 10, 31), author="olga", figures=Path("figures.xlsx")).difference
    """
    settings = settings or get_settings()
    if first > last:
        raise PrmError(
            f"{first} is after {last}.", hint="Give the earlier day first: --from 2026-07-01 --to 2026-10-31."
        )
    if not author.strip():
        raise PrmError("A reconciliation needs an author.", hint="Say who makes it.")
    with database.transaction(settings) as connection:
        must_be_known(connection, counterparty_id)
        currency = currency or the_currency(connection, counterparty_id, settings.currency)
    file = keep_figures(figures, counterparty_id, author=author, settings=settings) if figures else None
    with database.transaction(settings) as connection:
        ours = our_side(connection, counterparty_id, currency, first, last)
        theirs = their_side(connection, file, currency, first, last) if file else None
        pairs = match(ours.documents, theirs.documents if theirs else None)
        head = {
            "counterparty_id": counterparty_id, "currency": currency, "first_day": first, "last_day": last,
            **_balances(ours.opening, pairs, theirs),
        }  # fmt: skip
        head["content_hash"] = _content_hash(head, pairs)
        number = _store(connection, head | {"transfers": ours.transfers, "author": author}, pairs)
    found = find_reconciliation(number, settings=settings)
    logs.event("reconciled", reconciliation=number, counterparty=counterparty_id, difference=found.difference)
    return found


def find_reconciliation(number: int, *, settings: Settings | None = None) -> Reconciliation:
    """A stored reconciliation with its lines. Raises NotFoundError."""
    with database.transaction(settings) as connection:
        heads = _heads(connection, number=number)
        if not heads:
            raise NotFoundError(f"There is no reconciliation {number}.", hint="`prm reconciliations` lists them.")
        rows = connection.execute(
            """select lines.line, outcome, lines.kind, our_reference, our_period, our_dated_on, our_change,
                      figures.reference as their_reference, figures.period as their_period,
                      figures.dated_on as their_dated_on, their_change,
                      array(select transfer_id from settlement.reconciliation_entries as entries
                            where entries.reconciliation = lines.reconciliation and entries.line = lines.line
                            order by transfer_id) as transfers
               from settlement.reconciliation_lines as lines left join settlement.figures using (figure)
               where lines.reconciliation = %s order by lines.line""",
            [number],
        ).fetchall()
    lines = tuple(Line(**row | {"transfers": tuple(row["transfers"])}) for row in rows)
    return Reconciliation(**heads[0], lines=lines)


def list_reconciliations(
    counterparty_id: str | None = None, *, settings: Settings | None = None
) -> list[Reconciliation]:
    """The stored reconciliations (of a counterparty), the newest last, without their lines."""
    with database.transaction(settings) as connection:
        return [Reconciliation(**row) for row in _heads(connection, counterparty_id=counterparty_id)]


def _heads(
    connection: Connection, *, number: int | None = None, counterparty_id: str | None = None
) -> list[dict[str, Any]]:
    return connection.execute(
        """select reconciliation as number, reconciliations.counterparty_id, currency, first_day as first,
                  last_day as last, opening, debit, credit, closing, their_opening, their_debit, their_credit,
                  their_closing, left_out, file_name, reconciliations.author, made_at
           from settlement.reconciliations left join settlement.figure_files using (file)
           where (%(number)s::bigint is null or reconciliation = %(number)s)
             and (%(counterparty)s::text is null or reconciliations.counterparty_id = %(counterparty)s)
           order by reconciliation""",
        {"number": number, "counterparty": counterparty_id},
    ).fetchall()


def _balances(opening: Decimal, pairs: list[Pair], theirs: TheirSide | None) -> dict[str, Any]:
    changes = [pair.ours.change for pair in pairs if pair.ours]
    credit = sum((change for change in changes if change > 0), Decimal(0))
    debit = -sum((change for change in changes if change < 0), Decimal(0))
    found: dict[str, Any] = {
        "opening": opening, "debit": debit, "credit": credit, "closing": opening + credit - debit, "file": None,
        "their_opening": None, "their_debit": None, "their_credit": None, "their_closing": None, "left_out": 0,
    }  # fmt: skip
    if theirs:
        changes = [pair.theirs.change for pair in pairs if pair.theirs]
        their_debit = sum((change for change in changes if change > 0), Decimal(0))
        their_credit = -sum((change for change in changes if change < 0), Decimal(0))
        began = opening if theirs.opening is None else theirs.opening
        found |= {
            "file": theirs.file, "their_opening": theirs.opening, "their_debit": their_debit,
            "their_credit": their_credit, "their_closing": began + their_debit - their_credit,
            "left_out": theirs.left_out,
        }  # fmt: skip
    return found


def _content_hash(head: dict[str, Any], pairs: list[Pair]) -> str:
    said = [
        [pair.outcome, [str(part) for part in pair.ours.order] if pair.ours else None,
         pair.ours.transfers if pair.ours else None, pair.theirs.figure if pair.theirs else None]
        for pair in pairs
    ]  # fmt: skip
    amounts = {name: f"{value:.4f}" if isinstance(value, Decimal) else value for name, value in head.items()}
    return hashlib.sha256(json.dumps([amounts, said], default=str, sort_keys=True).encode()).hexdigest()


def _store(connection: Connection, head: dict[str, Any], pairs: list[Pair]) -> int:
    """Stores a reconciliation, unless just that was found before; returns its number."""
    names = list(head)
    columns, values = ", ".join(names), ", ".join(f"%({name})s" for name in names)
    stored = connection.execute(
        f"""insert into settlement.reconciliations ({columns}) values ({values})
            on conflict (content_hash) do nothing returning reconciliation""",
        head,
    ).fetchone()
    if stored is None:
        known = connection.execute(
            "select reconciliation from settlement.reconciliations where content_hash = %s", [head["content_hash"]]
        ).fetchone()
        assert known is not None
        return known["reconciliation"]
    number = stored["reconciliation"]
    lines, entries = [], []
    for line, pair in enumerate(pairs, start=1):
        ours, theirs = pair.ours, pair.theirs
        lines.append((
            number, line, pair.outcome, pair.kind, ours.reference if ours else None, ours.period if ours else None,
            ours.dated_on if ours else None, ours.change if ours else None,
            theirs.figure if theirs else None, theirs.change if theirs else None,
        ))  # fmt: skip
        entries += [(number, line, transfer, change) for transfer, change in (ours.transfers if ours else ())]
    with connection.cursor() as cursor:
        cursor.executemany(
            """insert into settlement.reconciliation_lines (reconciliation, line, outcome, kind, our_reference,
                   our_period, our_dated_on, our_change, figure, their_change)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            lines,
        )
        cursor.executemany(
            """insert into settlement.reconciliation_entries (reconciliation, line, transfer_id, change)
               values (%s, %s, %s, %s)""",
            entries,
        )
    return number
