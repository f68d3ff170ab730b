"""Payouts in the ledger: each step moves a payout's parts from one account to another, and what is netted the other way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from prm.database import Connection
from prm.period import Period
from settlement.ledger import open_period, refusals


@dataclass(frozen=True)
class Step:
    """A step of a payout: what it is called in keys, the accounts it goes from and to, and its cause."""

    key: str
    debit: str
    credit: str
    cause: str


PREPARE = Step("payout", "payable", "in_payment", "payout")
PAY = Step("payment", "in_payment", "paid", "payment")
REJECT = Step("rejected", "in_payment", "payable", "return")
CANCEL = Step("cancelled", "in_payment", "payable", "return")
GIVE_BACK = Step("returned", "paid", "payable", "return")
SET_ASIDE = Step("set-aside", "in_payment", "held", "hold")
RELEASE = Step("released", "held", "payable", "release")

OF_OUTCOME = {
    "paid": PAY, "rejected": REJECT, "cancelled": CANCEL, "returned": GIVE_BACK, "set aside": SET_ASIDE,
    "released": RELEASE,
}  # fmt: skip
"""The step that each outcome of a payout posts."""

# One statement: what is posted is what the parts say.
_POST = """
    with

    entries as (
        select (
            format('%%s/%%s/%%s', %(key)s::text, payout, part), %(period)s, %(origin)s, %(dated_on)s, counterparty_id,
            contract_id, currency,
            case when payout_parts.amount > 0 then %(debit)s else %(credit)s end,
            case when payout_parts.amount > 0 then %(credit)s else %(debit)s end,
            abs(payout_parts.amount), %(cause)s, null, null, null, null, null, null, %(hold)s, payout, reason, %(author)s
        )::ledger.entry as entry
        from unnest(%(payouts)s::bigint[], %(reasons)s::text[]) as of_payouts (payout, reason)
        join settlement.payout_parts using (payout)
        join (select payout, currency from settlement.payouts) as currencies using (payout)
        order by payout, part
    )

    select count(*) as transfers from ledger.post((select array_agg(entry) from entries))
"""


def lock(connection: Connection) -> None:
    """One at a time prepares, decides, exports or confirms payouts, until the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended('settlement:payouts', 0))")


def hold_the_ledger(connection: Connection) -> None:
    """Lets nobody post until the transaction ends, so that a balance that is read now is what can be taken."""
    connection.execute("select count(*) from ledger.post('{}'::ledger.entry[])")


def post_parts(
    connection: Connection, step: Step, payouts: Sequence[int], *, dated_on: date, author: str,
    reasons: Sequence[str | None] | None = None, hold: int | None = None,
) -> int:  # fmt: skip
    """Posts a step of some payouts, booked in the open period of a day's month; returns how many transfers it is.

    connection: in the caller's transaction. reasons: one a payout. Raises RefusedError as `settlement.post` does.
    """
    if not payouts:
        return 0
    origin = Period.of(dated_on)
    with refusals():
        row = connection.execute(
            _POST,
            {
                "key": step.key, "period": str(open_period(connection, origin)), "origin": str(origin),
                "dated_on": dated_on, "debit": step.debit, "credit": step.credit, "cause": step.cause, "hold": hold,
                "payouts": list(payouts), "reasons": list(reasons or [None] * len(payouts)), "author": author,
            },
        ).fetchone()  # fmt: skip
    assert row is not None
    return row["transfers"]
