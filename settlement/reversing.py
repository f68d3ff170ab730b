"""Reversing: a transfer that was a mistake is undone by its mirror image, once."""

from __future__ import annotations

from datetime import date
from typing import Any

from prm import clock, database, logs
from prm.database import Connection
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.period import Period
from prm.settings import Settings
from settlement import due
from settlement.ledger import Entry, open_period, post

NOT_REVERSED = ("due", "hold", "release", "withheld tax")
"""Causes whose transfers are not reversed by hand: they follow from statements and holds."""


def reverse(transfer_id: int, *, reason: str, author: str, settings: Settings | None = None) -> int:
    """Undoes a transfer by its mirror image, booked in the earliest period that is open; returns the mirror's number.

    Asked again with the same reason and author it returns the same number. A reward that was reversed is owed again as
    soon as its period is posted anew: what is wrong about the reward itself is calculated again or rolled back.
    Raises NotFoundError, RefusedError where it was reversed already or is a reversal itself, PrmError without a reason.

        reverse(17, reason="posted twice", author="olga")
    """
    if not reason.strip() or not author.strip():
        raise PrmError("A reversal needs a reason and an author.", hint="Say in a few words why.")
    with database.transaction(settings) as connection:
        original = connection.execute("select * from ledger.transfers where transfer_id = %s", [transfer_id]).fetchone()
        if original is None:
            raise NotFoundError(f"There is no transfer {transfer_id}.", hint="`prm ledger` lists a counterparty's.")
        if original["cause"] == "reversal":
            raise RefusedError(
                f"Transfer {transfer_id} is itself the reversal of {original['reverses']}.",
                hint="Post what was reversed by mistake anew; a reward comes back by `prm post`.",
            )
        if original["penalty"] is not None:
            raise RefusedError(
                f"Transfer {transfer_id} is penalty {original['penalty']}, which has a course of its own.",
                hint=f"Take it back by `prm penalty withdraw {original['penalty']}`, or decide its appeal.",
            )
        if original["payout"] is not None:
            raise RefusedError(
                f"Transfer {transfer_id} is of payout {original['payout']}: reversed alone, the payout would no longer add up.",
                hint="A batch is cancelled (prm payout cancel); what the bank says is confirmed (prm payout confirm).",
            )
        if original["cause"] in NOT_REVERSED:
            raise RefusedError(
                f"Transfer {transfer_id} has the cause '{original['cause']}', which is not reversed by hand.",
                hint="What fell due is held, or taken back by a rollback or a correction (docs/settling.md).",
            )
        number = reverse_transfer(connection, original, reason=reason, author=author)
        # What is no longer accrued is no longer payable.
        due.bring(connection, [original["counterparty_id"]], as_of=clock.today(), author=author, newly=False)
    logs.event("reversed", transfer=transfer_id, by=number)
    return number


def reverse_transfer(
    connection: Connection, original: dict[str, Any], *, reason: str, author: str, dated_on: date | None = None
) -> int:
    """Undoes a transfer, as a row of `ledger.transfers`, in the caller's transaction; returns the mirror's number.

    dated_on: the day that the mirror bears; None: today.
    Asked again with the same reason and author it returns the same number. Raises RefusedError where it was reversed
    for another reason.
    """
    transfer_id = original["transfer_id"]
    # Whoever reverses the same transfer waits here; what is read below is what was committed.
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"settlement:{transfer_id}"])
    known = connection.execute("select * from ledger.transfers where reverses = %s", [transfer_id]).fetchone()
    if known:
        if (known["reason"], known["author"]) == (reason, author):
            return known["transfer_id"]
        raise RefusedError(
            f"Transfer {transfer_id} was reversed by transfer {known['transfer_id']} already: {known['reason']}.",
            hint="A transfer is reversed once.",
        )
    period = open_period(connection, Period.parse(original["period"]))
    return post(connection, [_mirror(original, period, reason, author, dated_on or clock.today())])[0]


def _mirror(original: dict[str, Any], period: Period, reason: str, author: str, dated_on: date) -> Entry:
    same = (
        "origin_period", "counterparty_id", "contract_id", "currency", "amount", "component", "run_id",
        "penalty", "hold", "payout",
    )  # fmt: skip
    return Entry(
        idempotency_key=f"reversal/{original['transfer_id']}",
        period=str(period),
        dated_on=dated_on,
        debit_account=original["credit_account"],
        credit_account=original["debit_account"],
        cause="reversal",
        reverses=original["transfer_id"],
        reason=reason,
        author=author,
        **{name: original[name] for name in same},
    )
