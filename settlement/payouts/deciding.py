"""Approving and cancelling a batch, and setting one of its payouts aside: what people decide before it is exported.

What a batch is now follows from its rows: prepared, approved, exported, done once every exported payout has an outcome,
or cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from prm import clock, database, logs
from prm.database import Connection
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.settings import Settings
from settlement.payouts.content import content_hashes
from settlement.payouts.posting import CANCEL, RELEASE, SET_ASIDE, Step, lock, post_parts


@dataclass(frozen=True)
class Decided:
    """A decision on a batch. payouts, amount: what it is about. is_new: False where it had been taken before."""

    batch: int
    what: str
    payouts: int
    amount: Decimal
    currency: str
    is_new: bool


def approve_payouts(
    batch: int,
    *,
    author: str,
    content_hash: str | None = None,
    reason: str | None = None,
    settings: Settings | None = None,
) -> Decided:
    """Approves a batch for the bank, as it was prepared; by somebody else than its preparer.

    content_hash: what the approver has seen; None: what was prepared. Approved again by the same person it stays as it is.
    Raises NotFoundError, RefusedError where the approver prepared it, where it is approved by another or cancelled, or where
    its rows are not what was prepared or seen.
    """
    with database.transaction(settings) as connection:
        lock(connection)
        one = batch_of(connection, batch)
        _author(author)
        if one["author"].strip().casefold() == author.strip().casefold():
            raise RefusedError(
                f"{author} prepared batch {batch}: nobody approves what they prepared.", hint="Somebody else has to."
            )
        if known := _decision(connection, batch, "cancelled"):
            raise RefusedError(f"Batch {batch} was cancelled by {known['author']} on {known['decided_at']:%Y-%m-%d}.")
        now = check_content(connection, one)
        if content_hash is not None and content_hash != now:
            raise RefusedError(
                f"Batch {batch} is {now} and not {content_hash}.", hint="Look at it again: prm payout show."
            )
        if known := _decision(connection, batch, "approved"):
            if known["author"] == author:
                return Decided(batch, "approved", one["payouts"], one["amount"], one["currency"], False)
            raise RefusedError(
                f"Batch {batch} was approved by {known['author']} on {known['decided_at']:%Y-%m-%d} already."
            )
        _decide(connection, batch, "approved", now, reason, author)
    logs.event("payout batch approved", batch=batch, author=author)
    return Decided(batch, "approved", one["payouts"], one["amount"], one["currency"], True)


def cancel_payouts(batch: int, *, reason: str, author: str, settings: Settings | None = None) -> Decided:
    """Cancels a batch that was not exported: what it took is payable again, but for what is set aside.

    Cancelled again it stays as it is. Raises NotFoundError, PrmError without a reason, RefusedError once it is exported.
    """
    if not reason.strip():
        raise PrmError("A cancellation needs a reason.", hint="Say in a few words why.")
    with database.transaction(settings) as connection:
        lock(connection)
        one = batch_of(connection, batch)
        _author(author)
        if _decision(connection, batch, "cancelled"):
            return Decided(batch, "cancelled", 0, Decimal(0), one["currency"], False)
        _not_exported(connection, batch, "can't be cancelled")
        rows = connection.execute(
            """select payout, amount from settlement.payouts
               where batch = %s and not exists (select from settlement.payout_outcomes where payout = payouts.payout)
               order by payout""",
            [batch],
        ).fetchall()
        payouts = [row["payout"] for row in rows]
        _decide(connection, batch, "cancelled", one["content_hash"], reason, author)
        today = clock.today()
        connection.execute(
            """insert into settlement.payout_outcomes (payout, what, dated_on, reason, author)
               select payout, 'cancelled', %s, %s, %s from unnest(%s::bigint[]) as payout""",
            [today, reason, author, payouts],
        )
        post_parts(connection, CANCEL, payouts, dated_on=today, author=author, reasons=[reason] * len(payouts))
    logs.event("payout batch cancelled", batch=batch, payouts=len(payouts), author=author)
    return Decided(
        batch, "cancelled", len(payouts), sum((row["amount"] for row in rows), Decimal(0)), one["currency"], True
    )


def set_aside(connection: Connection, payout: int, hold: int, *, reason: str, author: str) -> None:
    """Takes a payout out of its batch because of a hold: its money is held and not exported.

    connection: in the transaction that wrote the hold, which has posted nothing yet (who pays and who holds wait for one
    another in that order). hold: a row of `settlement.holds` of this payout. The same hold again changes nothing.
    Raises NotFoundError, RefusedError once the batch is exported or cancelled, or another hold has set it aside.
    """
    lock(connection)
    one = _payout(connection, payout)
    held = connection.execute("select payout from settlement.holds where hold = %s", [hold]).fetchone()
    if held is None or held["payout"] != payout:
        raise RefusedError(f"Hold {hold} is not one of payout {payout}.")
    known = _outcome(connection, payout)
    if known and known["what"] == "set aside" and known["hold"] == hold:
        return
    if known:
        raise RefusedError(f"Payout {payout} is {known['what']} since {known['recorded_at']:%Y-%m-%d}.")
    _not_exported(connection, one["batch"], f"payout {payout} can't be held any more")
    _aside(connection, payout, "set aside", SET_ASIDE, hold, reason, author)


def release(connection: Connection, payout: int, hold: int, *, reason: str, author: str) -> None:
    """Makes what a hold has set aside payable again; the next batch takes it.

    connection: as of `set_aside`. The same again changes nothing. Raises RefusedError where the hold has not set it aside.
    """
    lock(connection)
    known = _outcome(connection, payout)
    if known is None or known["what"] != "set aside" or known["hold"] != hold:
        raise RefusedError(f"Payout {payout} was not set aside by hold {hold}.")
    if connection.execute(
        "select 1 from settlement.payout_outcomes where payout = %s and what = 'released'", [payout]
    ).fetchone():
        return
    _aside(connection, payout, "released", RELEASE, hold, reason, author)


def batch_of(connection: Connection, batch: int) -> dict[str, Any]:
    """The row of a batch; NotFoundError where there is none."""
    row = connection.execute("select * from settlement.payout_batches where batch = %s", [batch]).fetchone()
    if row is None:
        raise NotFoundError(f"There is no payout batch {batch}.", hint="`prm payout list` shows those there are.")
    return row


def check_content(connection: Connection, batch: dict[str, Any]) -> str:
    """The hash of a batch's rows as they are; RefusedError where they are not what was prepared."""
    now = content_hashes(connection, [batch["batch"]]).get(batch["batch"], "nothing")
    if now != batch["content_hash"]:
        raise RefusedError(
            f"Batch {batch['batch']} is not what was prepared: its rows are {now}, and were {batch['content_hash']}.",
            hint="Somebody has changed the tables. Cancel it and prepare another; `prm check` says what else is wrong.",
        )
    return now


def approval_of(connection: Connection, batch: int) -> dict[str, Any] | None:
    """The approval of a batch, if there is one."""
    return _decision(connection, batch, "approved")


def _aside(connection: Connection, payout: int, what: str, step: Step, hold: int, reason: str, author: str) -> None:
    today = clock.today()
    connection.execute(
        """insert into settlement.payout_outcomes (payout, what, dated_on, hold, reason, author)
           values (%s, %s, %s, %s, %s, %s)""",
        [payout, what, today, hold, reason, author],
    )
    post_parts(connection, step, [payout], dated_on=today, author=author, reasons=[reason], hold=hold)


def _payout(connection: Connection, payout: int) -> dict[str, Any]:
    row = connection.execute("select * from settlement.payouts where payout = %s", [payout]).fetchone()
    if row is None:
        raise NotFoundError(f"There is no payout {payout}.", hint="reporting.payouts lists them.")
    return row


def _outcome(connection: Connection, payout: int) -> dict[str, Any] | None:
    return connection.execute(
        "select * from settlement.payout_outcomes where payout = %s and what not in ('returned', 'released')", [payout]
    ).fetchone()


def _decision(connection: Connection, batch: int, what: str) -> dict[str, Any] | None:
    return connection.execute(
        "select * from settlement.payout_decisions where batch = %s and what = %s", [batch, what]
    ).fetchone()


def _decide(connection: Connection, batch: int, what: str, content_hash: str, reason: str | None, author: str) -> None:
    connection.execute(
        "insert into settlement.payout_decisions (batch, what, content_hash, reason, author) values (%s, %s, %s, %s, %s)",
        [batch, what, content_hash, reason, author],
    )


def _not_exported(connection: Connection, batch: int, what: str) -> None:
    row = connection.execute("select * from settlement.payout_exports where batch = %s", [batch]).fetchone()
    if row:
        raise RefusedError(
            f"Batch {batch} was exported on {row['exported_at']:%Y-%m-%d} as {row['file_name']}: {what}.",
            hint="What the bank rejects comes back by `prm payout confirm`.",
        )


def _author(author: str) -> None:
    if not author.strip():
        raise PrmError("A decision needs an author.", hint="Say who decides.")
