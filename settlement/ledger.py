"""Posting: entries become transfers through `ledger.post`, the only way in.

The database itself refuses what must not be: a period that is closed, a key that was used for something else, a
reversal unlike its original, an amount that is not above zero. Here its refusals become errors for people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from prm import clock, database, logs
from prm.database import Connection
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.period import Period
from prm.settings import Settings

_REFUSALS = ("PRM00", "PRM01", "PRM02", "PRM03", "PRM04")

OPEN_PERIOD = """
    select to_char(month, 'YYYY-MM')
    from generate_series(to_date(%(period)s, 'YYYY-MM'), to_date(%(period)s, 'YYYY-MM') + interval '50 years', '1 month')
        as month
    where not exists (
        select from runs.period_decisions where what = 'closed' and period = to_char(month, 'YYYY-MM'))
    order by month limit 1
"""
"""The month itself while it is not closed, otherwise the earliest later one that is not."""


@dataclass(frozen=True)
class Entry:
    """A transfer to post.

    idempotency_key: who asks; asking again with the same key and content posts once. period, origin_period: the month
    it is booked in and the month it is about, `2026-10`. dated_on: the day that its document bears, for both sides.
    amount: above zero, four decimal places at most. debit_account, credit_account: two different names of
    `ledger.accounts`. cause: a name of `ledger.causes`; component, run_id, move, decision, reverses, penalty, hold and
    payout say which one.
    """

    idempotency_key: str
    period: str
    origin_period: str
    dated_on: date
    counterparty_id: str
    contract_id: str | None
    currency: str
    debit_account: str
    credit_account: str
    amount: Decimal
    cause: str
    author: str
    component: str | None = None
    run_id: int | None = None
    move: int | None = None
    decision: int | None = None
    reverses: int | None = None
    penalty: int | None = None
    hold: int | None = None
    payout: int | None = None
    reason: str | None = None


def post(connection: Connection, entries: Sequence[Entry]) -> list[int]:
    """Posts entries, all or none, in their order; returns their transfers' numbers, also of those posted before.

    connection: in a transaction, which the caller commits (or rolls back, if anything is raised); other posters wait
    from here until then.
    Raises RefusedError for a closed period, a key of other content, an amount that is none, a reversal unlike its
    original; PrmError for an unknown account, cause or period.
    """
    given = [asdict(entry) | {"amount": str(entry.amount), "dated_on": str(entry.dated_on)} for entry in entries]
    with refusals():
        rows = connection.execute(
            """select idempotency_key, transfer_id
               from ledger.post((
                   select array_agg(jsonb_populate_record(null::ledger.entry, entry) order by place)
                   from jsonb_array_elements(%s) with ordinality as given (entry, place)))""",
            [Jsonb(given)],
        ).fetchall()
    numbers = {row["idempotency_key"]: row["transfer_id"] for row in rows}
    return [numbers[entry.idempotency_key] for entry in entries]


def open_period(connection: Connection, period: Period) -> Period:
    """Where something about a month is booked: in it while it is not closed, otherwise in the earliest later one."""
    row = connection.execute(f"select ({OPEN_PERIOD}) as period", {"period": str(period)}).fetchone()
    assert row is not None
    return Period.parse(row["period"])


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
        [number] = post(connection, [_mirror(original, open_period(connection, Period.parse(original["period"])),
                                             reason, author)])  # fmt: skip
    logs.event("reversed", transfer=transfer_id, by=number)
    return number


def _mirror(original: dict[str, Any], period: Period, reason: str, author: str) -> Entry:
    same = (
        "origin_period", "counterparty_id", "contract_id", "currency", "amount", "component", "run_id",
        "penalty", "hold", "payout",
    )  # fmt: skip
    return Entry(
        idempotency_key=f"reversal/{original['transfer_id']}",
        period=str(period),
        dated_on=clock.today(),
        debit_account=original["credit_account"],
        credit_account=original["debit_account"],
        cause="reversal",
        reverses=original["transfer_id"],
        reason=reason,
        author=author,
        **{name: original[name] for name in same},
    )


@contextmanager
def refusals() -> Iterator[None]:
    """The database's refusals as errors for people."""
    try:
        yield
    except psycopg.errors.IntegrityError as error:  # a check or a reference of the table
        raise PrmError(
            f"The transfer can't be posted: {error.diag.message_primary}.",
            hint=error.diag.message_detail or "docs/ledger.md lists accounts and causes.",
        ) from error
    except psycopg.Error as error:
        if error.sqlstate not in _REFUSALS:
            raise
        raise RefusedError(str(error.diag.message_primary), hint=error.diag.message_hint) from error
