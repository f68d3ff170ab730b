"""Batches and payouts as they are now, for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from prm import database
from prm.errors import NotFoundError
from prm.settings import Settings
from settlement.payouts.preparing import LeftOut, left_out_of


@dataclass(frozen=True)
class Batch:
    """A batch. state: a name of `STATES`. open: payouts without an outcome; paid: the sum that the bank has paid."""

    batch: int
    state: str
    currency: str
    dated_on: date
    payouts: int
    amount: Decimal
    open: int
    paid: Decimal
    content_hash: str
    author: str
    prepared_at: datetime
    approved_by: str | None
    file_name: str | None


@dataclass(frozen=True)
class Payout:
    """A payout of a batch. state: a name of `OUTCOMES`; reason: the bank's, or of whoever cancelled or held it."""

    payout: int
    counterparty_id: str
    outlet_id: str | None
    recipient: str
    account: str
    amount: Decimal
    currency: str
    state: str
    dated_on: date | None
    reason: str | None


@dataclass(frozen=True)
class ShownBatch:
    """A batch with its payouts, and what it left out."""

    batch: Batch
    payouts: list[Payout]
    left_out: list[LeftOut]


_BATCHES = """
    select batch, state, currency, dated_on, payouts, amount, open_payouts as open, paid_amount as paid, content_hash, prepared_by as author,
           prepared_at, approved_by, file_name
    from reporting.payout_batches
"""


def list_payouts(*, state: str | None = None, settings: Settings | None = None) -> list[Batch]:
    """The batches, newest first. state: only those in it."""
    with database.transaction(settings) as connection:
        rows = connection.execute(
            f"{_BATCHES} where %(state)s::text is null or state = %(state)s order by batch desc", {"state": state}
        ).fetchall()
    return [Batch(**row) for row in rows]


def show_payouts(batch: int, *, settings: Settings | None = None) -> ShownBatch:
    """One batch with all of it; NotFoundError where there is none."""
    with database.transaction(settings) as connection:
        row = connection.execute(f"{_BATCHES} where batch = %s", [batch]).fetchone()
        if row is None:
            raise NotFoundError(f"There is no payout batch {batch}.", hint="`prm payout list` shows those there are.")
        payouts = connection.execute(
            """select payout, counterparty_id, outlet_id, recipient, account, amount, currency, state, outcome_on as dated_on,
                   outcome_reason as reason
               from reporting.payouts where batch = %s order by payout""",
            [batch],
        ).fetchall()
        return ShownBatch(Batch(**row), [Payout(**one) for one in payouts], left_out_of(connection, batch))


def amounts_of(payouts: Sequence[int], *, settings: Settings | None = None) -> dict[int, tuple[Decimal, str]]:
    """The amount and currency of each payout."""
    with database.transaction(settings) as connection:
        rows = connection.execute(
            "select payout, amount, currency from settlement.payouts where payout = any(%s)", [list(payouts)]
        ).fetchall()
    return {row["payout"]: (row["amount"], row["currency"]) for row in rows}
