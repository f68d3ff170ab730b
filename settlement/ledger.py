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

import psycopg
from psycopg.types.json import Jsonb

from prm.database import Connection
from prm.errors import PrmError, RefusedError
from prm.period import Period

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


def hold_still(connection: Connection) -> None:
    """Nobody else posts until the transaction ends: what is read of the ledger from here on stays so."""
    connection.execute("select from ledger.post('{}')")  # posting nothing waits for the chain's end, too


def open_period(connection: Connection, period: Period) -> Period:
    """Where something about a month is booked: in it while it is not closed, otherwise in the earliest later one."""
    row = connection.execute(f"select ({OPEN_PERIOD}) as period", {"period": str(period)}).fetchone()
    assert row is not None
    return Period.parse(row["period"])


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
