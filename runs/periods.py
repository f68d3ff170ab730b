"""Periods: what people decide of a whole month, and the state that follows from it.

A period is open without versions and calculated with some; approved while the newest approval is of exactly what is
current; closed for ever after it was closed. Readers of a closed period see what it was closed with.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from prm import database, logs
from prm.database import Connection, Row
from prm.errors import PrmError, RefusedError
from prm.period import Period
from prm.settings import Settings, get_settings
from runs.closing import Missing, what_is_missing
from runs.errors import NotClosableError
from runs.locks import bury_dead_runs, hold_publishers, keep_stale_runs_out, partition_lock

State = Literal["open", "calculated", "approved", "closed"]


@dataclass(frozen=True)
class Decision:
    """What somebody decided of a period. content_hash: of the versions that were current then."""

    period: Period
    what: Literal["approved", "withdrawn", "closed"]
    author: str
    reason: str | None
    content_hash: str
    decided_at: datetime


def period_state(connection: Connection, period: Period) -> State:
    """The state of a period: open, calculated, approved or closed.

    Read inside the caller's transaction. It can change the moment after, unless the caller holds the partition's lock;
    only `closed` stays.

        period_state(connection, Period.parse("2026-10"))  # 'approved'
    """
    row = connection.execute("select state from runs.period_states where period = %s", [str(period)]).fetchone()
    return row["state"] if row else "open"


def content_hash(connection: Connection, period: Period) -> str | None:
    """What an approval of the period is of: SHA-256, in hex, of its current versions; None where it has none.

    Of the lines `counterparty_id|run_id|content_hash` and a line feed each, in the order of the ids' bytes.
    """
    row = connection.execute(
        "select content_hash from runs.period_contents where period = %s", [str(period)]
    ).fetchone()
    return row["content_hash"] if row else None


def list_periods(*, settings: Settings | None = None) -> list[Row]:
    """Every period of which there is anything, in order: period, state, counterparties, what, author, reason,
    decided_at (the newest decision; None where there is none)."""
    with database.transaction(settings) as connection:
        return connection.execute("select * from runs.period_states order by period").fetchall()


def period_decisions(period: Period, *, settings: Settings | None = None) -> list[Decision]:
    """All that was ever decided of a period, oldest first."""
    with database.transaction(settings) as connection:
        rows = connection.execute(
            """select what, author, reason, content_hash, decided_at from runs.period_decisions
               where period = %s order by decision""",
            [str(period)],
        ).fetchall()
    return [Decision(period=period, **row) for row in rows]


def approve_period(
    period: Period, author: str, reason: str | None = None,
    *, wait_seconds: float = 60, settings: Settings | None = None,
) -> Decision:  # fmt: skip
    """Approves exactly the versions of a period that are current now; a new version ends the approval.

    Of a closed period, what was calculated after the closing is approved: its difference may then be posted.
    author: who decides it. Raises RefusedError unless there is something calculated that is not approved, LockedError
    while a run of it is going on, PrmError without an author.

        approve_period(Period.parse("2026-10"), "olga", "agreed with the branches")
    """
    with _deciding(period, author, wait_seconds, settings) as (connection, state):
        if state != "calculated" and not (state == "closed" and _is_corrected(connection, period)):
            raise _refused(
                connection, period, state, "approved", "Only what is calculated and not approved is approved."
            )
        return _decide(connection, period, "approved", author, reason)


def withdraw_approval(
    period: Period, author: str, reason: str, *, wait_seconds: float = 60, settings: Settings | None = None
) -> Decision:
    """Takes the approval of a period back. Raises RefusedError unless it is approved, PrmError without a reason."""
    if not reason.strip():
        raise PrmError("A reason is needed to withdraw an approval.", hint="Say in a few words why.")
    with _deciding(period, author, wait_seconds, settings) as (connection, state):
        if state != "approved":
            raise _refused(connection, period, state, "withdrawn", "Only an approval is withdrawn.")
        return _decide(connection, period, "withdrawn", author, reason)


def close_period(
    period: Period, author: str, reason: str | None = None,
    *, wait_seconds: float = 60, settings: Settings | None = None,
) -> Decision:  # fmt: skip
    """Closes an approved period: what its readers see never changes again.

    It may still be calculated, and what differs is carried into an open period. Raises NotClosableError with the whole
    list of what is missing, RefusedError where it is closed already, LockedError while a run of it is going on.

        close_period(Period.parse("2026-10"), "olga")
    """
    settings = settings or get_settings()
    with _deciding(period, author, wait_seconds, settings) as (connection, state):
        if state == "closed":
            raise _refused(connection, period, state, "closed", "It is closed once.")
        missing = what_is_missing(connection, period, state)
        if missing:
            raise NotClosableError(period, missing, settings.language)
        decision = _decide(connection, period, "closed", author, reason)
        connection.execute(
            """insert into runs.closed_versions (period, counterparty_id, run_id)
               select period, counterparty_id, run_id from runs.current_versions where period = %s""",
            [str(period)],
        )
        keep_stale_runs_out(connection, period, None)
        return decision


def missing_to_close(period: Period, *, settings: Settings | None = None) -> list[Missing]:
    """What keeps a period from being closed; empty where nothing does, and where it is closed already."""
    with database.transaction(settings) as connection:
        state = period_state(connection, period)
        return [] if state == "closed" else what_is_missing(connection, period, state)


@contextmanager
def _deciding(
    period: Period, author: str, wait_seconds: float, settings: Settings | None
) -> Iterator[tuple[Connection, State]]:
    """A transaction in which nothing of the period can be published, and the period's state in it."""
    if not author.strip():
        raise PrmError("Nobody is named who decides it.", hint="Give an author.")
    settings = settings or get_settings()
    with partition_lock(period, None, wait_seconds=wait_seconds, settings=settings) as connection:
        bury_dead_runs(connection, period, None)
        with connection.transaction():
            hold_publishers(connection, period, None)
            yield connection, period_state(connection, period)


def _is_corrected(connection: Connection, period: Period) -> bool:
    """Whether the current versions of a closed period are others than those approved last."""
    row = connection.execute(
        """select content_hash from runs.period_decisions
           where period = %s and what in ('approved', 'closed') order by decision desc limit 1""",
        [str(period)],
    ).fetchone()
    return row is not None and row["content_hash"] != content_hash(connection, period)


def _decide(connection: Connection, period: Period, what: str, author: str, reason: str | None) -> Decision:
    row = connection.execute(
        """insert into runs.period_decisions (period, what, author, reason, content_hash)
           values (%s, %s, %s, %s, %s) returning what, author, reason, content_hash, decided_at""",
        [str(period), what, author.strip(), reason, content_hash(connection, period)],
    ).fetchone()
    assert row is not None
    logs.event(f"period {what}", period=period, author=author)
    return Decision(period=period, **row)


def _refused(connection: Connection, period: Period, state: State, wanted: str, hint: str) -> RefusedError:
    row = connection.execute(
        """select what, author, decided_at from runs.period_decisions
           where period = %s order by decision desc limit 1""",
        [str(period)],
    ).fetchone()
    since = f" by {row['author']} on {row['decided_at']:%Y-%m-%d %H:%M}" if row and row["what"] == state else ""
    return RefusedError(f"{period} is {state}{since}: it can't be {wanted}.", hint=hint)
