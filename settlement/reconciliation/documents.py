"""Our side: the ledger's transfers of a range of days, grouped to documents that the counterparty knows too.

A month's rewards, adjustments and VAT are one act, by the month they are booked in; its withheld tax is one document;
every penalty, deduction and payment, and each reversal of one on another day, is a document of its own. Transfers
between accounts that are both owed (what fell due, is held, is in payment) change nothing between the parties.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from prm.database import Connection
from prm.errors import PrmError
from prm.period import Period
from settlement.reconciliation.kinds import MONTHLY
from settlement.reconciliation.matching import Document

_KINDS = {
    "reward": "act", "adjustment": "act", "rollback": "act", "vat": "act", "withheld tax": "withheld_tax",
    "penalty": "penalty", "deduction": "deduction", "payment": "payment", "return": "payment",
}  # fmt: skip

_OWED = """
    select transfers.transfer_id, transfers.period, transfers.dated_on, transfers.penalty, transfers.payout,
           coalesce(original.cause, transfers.cause) as cause, penalties.external_id,
           transfers.amount * (credit.is_owed::int - debit.is_owed::int) as change
    from ledger.transfers
    join ledger.accounts as debit on debit.account = transfers.debit_account
    join ledger.accounts as credit on credit.account = transfers.credit_account
    left join ledger.transfers as original on original.transfer_id = transfers.reverses
    left join settlement.penalties on penalties.penalty = transfers.penalty
    where transfers.counterparty_id = %(counterparty)s and transfers.currency = %(currency)s
      and transfers.dated_on <= %(last)s and transfers.transfer_id <= %(length)s and debit.is_owed <> credit.is_owed
    order by transfers.transfer_id
"""
"""Transfers that change what is owed, up to a day."""


@dataclass(frozen=True)
class OurSide:
    """What the books say. opening: owed before the first day. documents: of the range. transfers: of the whole ledger."""

    opening: Decimal
    documents: list[Document]
    transfers: int


def our_side(connection: Connection, counterparty_id: str, currency: str, first: date, last: date) -> OurSide:
    """Reads a counterparty's side of a range of days, both included, of one moment: transfers are only added."""
    head = connection.execute("select transfers from ledger.head").fetchone()
    assert head is not None
    length = head["transfers"]
    rows = connection.execute(
        _OWED, {"counterparty": counterparty_id, "currency": currency, "last": last, "length": length}
    ).fetchall()
    opening = sum((row["change"] for row in rows if row["dated_on"] < first), Decimal(0))
    return OurSide(opening, group(row for row in rows if row["dated_on"] >= first), length)


def group(rows: Iterable[dict[str, Any]]) -> list[Document]:
    """Transfers as documents; what comes to nothing (a charge corrected on its own day) is none."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        kind = _KINDS.get(row["cause"], "other")
        number = {"penalty": row["penalty"], "deduction": row["penalty"], "payment": row["payout"]}.get(kind)
        key = (kind, row["period"]) if kind in MONTHLY else (kind, number or row["cause"], row["dated_on"])
        groups.setdefault(key, []).append(row)
    documents = [_document(key[0], of) for key, of in groups.items()]
    return sorted((one for one in documents if one.change), key=lambda one: one.order)


def the_currency(connection: Connection, counterparty_id: str, usual: str) -> str:
    """The one currency of a counterparty's transfers; the operator's own where there are none.

    Raises PrmError where there are several.
    """
    found = [
        row["currency"]
        for row in connection.execute(
            "select distinct currency from ledger.transfers where counterparty_id = %s order by currency",
            [counterparty_id],
        )
    ]
    if len(found) > 1:
        raise PrmError(
            f"{counterparty_id} has transfers in {', '.join(found)}.",
            hint="Each is reconciled by itself: --currency RUB.",
        )
    return found[0] if found else usual


def _document(kind: str, rows: list[dict[str, Any]]) -> Document:
    first = rows[0]
    reference, period = "", first["period"]
    further: tuple[str, ...] = ()
    if kind in ("penalty", "deduction"):
        reference, further = first["external_id"] or str(first["penalty"]), (str(first["penalty"]),)
    elif kind == "payment":
        reference = str(first["payout"] or "")
    dates = {row["dated_on"] for row in rows}
    end = Period.parse(period).end  # what an act is dated by, even where something of it was reversed on another day
    dated_on = end if kind in MONTHLY and end in dates else min(dates)
    return Document(
        kind, dated_on, sum((row["change"] for row in rows), Decimal(0)), reference,
        period if kind in MONTHLY else None, further,
        transfers=tuple((row["transfer_id"], row["change"]) for row in rows),
    )  # fmt: skip
