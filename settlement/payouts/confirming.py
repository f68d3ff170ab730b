"""The bank's word: a file of confirmations is read, registered, and booked payout by payout.

A file is read once, whatever it is called; a payout is paid once, whatever is repeated. What matches nothing, differs or
contradicts what is known is listed and books nothing.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from prm import clock, database, logs
from prm.database import Connection
from prm.errors import NotFoundError, PrmError
from prm.fail_points import reach
from prm.settings import Settings
from settlement.payouts.bank_entries import BankEntry
from settlement.payouts.bank_reading import read_bank_file
from settlement.payouts.posting import OF_OUTCOME, lock, post_parts


@dataclass(frozen=True)
class Confirmation:
    """An entry of a bank's file and what became of it.

    what: paid, rejected or returned where it was booked. result: a name of `RESULTS`; remark: in what it differs.
    """

    entry: int
    reference: str | None
    payout: int | None
    outcome: str
    what: str | None
    amount: Decimal | None
    currency: str | None
    value_date: date | None
    bank_reference: str | None
    reason: str | None
    result: str
    remark: str | None = None


@dataclass(frozen=True)
class Confirmed:
    """A bank's file that was read. is_new: False where the same bytes had been read before: nothing was booked."""

    file_name: str
    format: str
    is_new: bool
    confirmations: list[Confirmation] = field(default_factory=list)

    def booked(self, what: str) -> list[Confirmation]:
        """The entries by which payouts were paid, rejected or returned."""
        return [one for one in self.confirmations if one.result == "booked" and one.what == what]


def confirm_payouts(file: Path, *, author: str, settings: Settings | None = None) -> Confirmed:
    """Reads a bank's file and books what it says of payouts; all of it or, if anything is raised, nothing.

    Paid: `in_payment` to `paid`, dated on the value date. Rejected: back to `payable`; so is a payment that comes back
    later. The same bytes again change nothing.
    Raises NotFoundError where there is no such file, PrmError where it can't be read.

        confirm_payouts(Path("statement.xml"), author="olga").booked("paid")
    """
    if not author.strip():
        raise PrmError("A confirmation needs an author.", hint="Say who reads it in.")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise NotFoundError(f"{file} can't be read: {error.strerror}.") from error
    file_hash = hashlib.sha256(content).hexdigest()
    read = read_bank_file(file, content)
    with database.transaction(settings) as connection:
        lock(connection)
        known = connection.execute("select * from settlement.bank_files where file_hash = %s", [file_hash]).fetchone()
        if known:
            return Confirmed(known["file_name"], known["format"], False, _read_before(connection, known["bank_file"]))
        row = connection.execute(
            """insert into settlement.bank_files (file_hash, file_name, format, entries, author)
               values (%s, %s, %s, %s, %s) returning bank_file""",
            [file_hash, file.name, read.format, len(read.entries), author],
        ).fetchone()
        assert row is not None
        found = _Matching(connection, read.entries).confirmations()
        _register(connection, row["bank_file"], found)
        _book(connection, row["bank_file"], found, author)
        reach("pay.confirmed")
    confirmed = Confirmed(file.name, read.format, True, found)
    logs.event("payouts confirmed", file=file.name, entries=len(found), paid=len(confirmed.booked("paid")))
    return confirmed


_PAYOUTS = """
    select payout, batch, end_to_end_id, document_number, payouts.dated_on, account, payouts.amount, currency,
           exists (select from settlement.payout_exports where batch = payouts.batch) as is_exported,
           (select what from settlement.payout_outcomes as outcomes
            where outcomes.payout = payouts.payout and what not in ('returned', 'released')) as outcome,
           exists (select from settlement.payout_outcomes as outcomes
                   where outcomes.payout = payouts.payout and what = 'returned') as is_returned
    from settlement.payouts
    where end_to_end_id = any(%(references)s) or payout = any(%(numbers)s)
       or (document_number, dated_on) in (select * from unnest(%(documents)s::int[], %(days)s::date[]))
       or 'PRM-' || batch = any(%(messages)s)
    order by payout
"""


class _Matching:
    """Entries against the payouts they name, in the file's order: what one books, the next ones find done."""

    def __init__(self, connection: Connection, entries: Sequence[BankEntry]):
        self.entries = entries
        documents = {
            (one.document_number, one.document_date) for one in entries if one.document_number and one.document_date
        }
        references = {one.reference for one in entries if one.reference}
        rows = connection.execute(
            _PAYOUTS,
            {
                "references": sorted(references),
                "numbers": [int(one) for one in references if one.isdecimal() and len(one) <= 18],
                "documents": [number for number, _ in documents],
                "days": [day for _, day in documents],
                "messages": sorted(one.reference for one in entries if one.whole_message and one.reference),
            },
        ).fetchall()
        self.by_reference: dict[str, dict[str, Any]] = {}
        self.by_document: dict[tuple[int, date], list[dict[str, Any]]] = defaultdict(list)
        self.by_message: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            self.by_reference[row["end_to_end_id"]] = self.by_reference[str(row["payout"])] = row
            self.by_document[row["document_number"], row["dated_on"]].append(row)
            self.by_message[f"PRM-{row['batch']}"].append(row)

    def confirmations(self) -> list[Confirmation]:
        found: list[Confirmation] = []
        for entry in self.entries:
            if entry.whole_message and entry.reference in self.by_message:
                rows = self.by_message[entry.reference]
                # Of those with an outcome already the first stands for all: the entry is listed, and books nothing.
                payouts = [row for row in rows if row["outcome"] is None] or rows[:1]
                found += [self._one(len(found) + at, entry, row) for at, row in enumerate(payouts, start=1)]
            else:
                found.append(self._one(len(found) + 1, entry, self._payout(entry)))
        return found

    def _payout(self, entry: BankEntry) -> dict[str, Any] | None:
        if entry.reference:
            return self.by_reference.get(entry.reference)
        if entry.document_number and entry.document_date:
            found = [
                row for row in self.by_document.get((entry.document_number, entry.document_date), [])
                if row["account"] == entry.account
            ]  # fmt: skip
            return found[0] if len(found) == 1 else None
        return None

    def _one(self, number: int, entry: BankEntry, payout: dict[str, Any] | None) -> Confirmation:
        what, result, remark = self._judge(entry, payout)
        if result == "booked" and payout is not None:
            if what == "returned":
                payout["is_returned"] = True
            else:
                payout["outcome"] = what
        return Confirmation(
            number, entry.reference, payout["payout"] if payout else None, entry.outcome, what, entry.amount,
            entry.currency, entry.value_date, entry.bank_reference, entry.reason, result, remark,
        )  # fmt: skip

    @staticmethod
    def _judge(entry: BankEntry, payout: dict[str, Any] | None) -> tuple[str | None, str, str | None]:
        if payout is None:
            return None, "unknown", None
        if entry.outcome == "pending":
            return None, "pending", None
        if entry.currency is not None and entry.currency != payout["currency"]:
            return None, "differs", f"{payout['currency']}, not {entry.currency}"
        if entry.needs_amount and entry.amount is None:
            return None, "differs", "no amount"
        if entry.amount is not None and entry.amount != payout["amount"]:
            return None, "differs", f"{payout['amount'].normalize():f} {payout['currency']}, not {entry.amount}"
        if not payout["is_exported"] or payout["outcome"] in ("cancelled", "set aside"):
            return None, "not exported", payout["outcome"]
        if entry.whole_message and payout["outcome"] is not None:
            return None, "repeated", None
        if entry.outcome == "paid":
            if entry.value_date is None:
                return None, "differs", "no value date"
            if payout["outcome"] is None:
                return "paid", "booked", None
            if payout["outcome"] == "paid" and not payout["is_returned"]:
                return None, "repeated", None
            if payout["outcome"] == "paid":  # a statement that covers the payment and its return comes again
                return None, "repeated", "it was paid, and came back"
            return None, "contradicts", "it was rejected, and is payable again"
        if payout["outcome"] is None:
            return "rejected", "booked", None
        if payout["outcome"] == "paid" and not payout["is_returned"]:
            return "returned", "booked", None
        return None, "repeated", None


def _register(connection: Connection, bank_file: int, found: list[Confirmation]) -> None:
    with connection.cursor() as cursor, cursor.copy(
        """copy settlement.bank_confirmations (bank_file, entry, reference, payout, outcome, amount, currency, value_date,
               bank_reference, reason, result, remark) from stdin"""
    ) as copy:  # fmt: skip
        for one in found:
            copy.write_row((
                bank_file, one.entry, one.reference, one.payout, one.outcome, one.amount, one.currency, one.value_date,
                one.bank_reference, one.reason, one.result, one.remark,
            ))  # fmt: skip


def _book(connection: Connection, bank_file: int, found: list[Confirmation], author: str) -> None:
    groups: dict[tuple[str, date], list[Confirmation]] = defaultdict(list)
    for one in found:
        if one.result == "booked" and one.what:
            groups[one.what, one.value_date or clock.today()].append(one)
    for (what, day), ones in sorted(groups.items()):  # paid, rejected, returned: a payment before its return
        payouts, reasons = [one.payout for one in ones if one.payout], [one.reason for one in ones]
        connection.execute(
            """insert into settlement.payout_outcomes (payout, what, dated_on, bank_file, entry, reason, author)
               select payout, %(what)s, %(day)s, %(bank_file)s, entry, reason, %(author)s
               from unnest(%(payouts)s::bigint[], %(entries)s::int[], %(reasons)s::text[]) as given (payout, entry, reason)""",
            {
                "what": what, "day": day, "bank_file": bank_file, "author": author, "payouts": payouts,
                "entries": [one.entry for one in ones], "reasons": reasons,
            },
        )  # fmt: skip
        post_parts(connection, OF_OUTCOME[what], payouts, dated_on=day, author=author, reasons=reasons)


def _read_before(connection: Connection, bank_file: int) -> list[Confirmation]:
    rows = connection.execute(
        """select confirmations.entry, reference, confirmations.payout, outcome, outcomes.what, amount, currency,
               value_date, bank_reference, confirmations.reason, result, remark
           from settlement.bank_confirmations as confirmations
           left join settlement.payout_outcomes as outcomes using (bank_file, entry)
           where bank_file = %s order by entry""",
        [bank_file],
    ).fetchall()
    return [Confirmation(**row) for row in rows]
