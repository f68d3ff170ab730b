"""Who may work on a partition: one run at a time, and a newer run's fence keeps a stale one out.

The lock is a session's advisory lock in PostgreSQL: it ends with the process, however that ends. It cannot
stop a worker that lost its connection and does not know: for that there is the fence. Each run writes its
number (a larger one than every run before) for its partitions when it begins; a publisher whose number is no
longer the newest is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from prm import database
from prm.database import Connection
from prm.period import Period
from prm.settings import Settings
from runs.errors import LockedError

EVERYBODY = "*"


@contextmanager
def partition_lock(
    period: Period, counterparties: Sequence[str] | None, *, wait_seconds: int, settings: Settings
) -> Iterator[Connection]:
    """Holds a period (or some counterparties of it) against other runs; yields the connection that holds it.

    A run for the whole period excludes every other run of it; runs for different counterparties go on side by
    side. Raises LockedError when it is not free within `wait_seconds`.
    """
    with database.connect(settings, autocommit=True) as connection:
        connection.execute(f"set lock_timeout = '{int(wait_seconds)}s'")
        try:
            if counterparties is None:
                _lock(connection, "pg_advisory_lock", str(period))
            else:
                _lock(connection, "pg_advisory_lock_shared", str(period))
                for counterparty_id in sorted(
                    counterparties
                ):  # in one order everywhere, so that none waits in a circle
                    _lock(connection, "pg_advisory_lock", f"{period}|{counterparty_id}")
        except psycopg.errors.LockNotAvailable:
            raise LockedError(
                f"Another run of {period} is going on{_who(connection, period)}.",
                hint="Wait for it to finish, or see `prm runs`.",
            ) from None
        connection.execute("set lock_timeout = 0")
        yield connection


def _lock(connection: Connection, function: str, name: str) -> None:
    connection.execute(f"select {function}(hashtextextended(%s, 0))", [f"runs:{name}"])


def _who(connection: Connection, period: Period) -> str:
    row = connection.execute(
        "select run_id, started_at from runs.runs where period = %s and state = 'running' order by run_id desc limit 1",
        [str(period)],
    ).fetchone()
    return f" (run {row['run_id']}, since {row['started_at']:%H:%M:%S})" if row else ""


def bury_dead_runs(connection: Connection, period: Period, counterparties: Sequence[str] | None) -> None:
    """Marks as failed the runs that say they are running although this process holds their lock."""
    connection.execute(
        """update runs.runs set state = 'failed', finished_at = now(),
                  error = 'the process ended before the run did'
           where period = %(period)s and state = 'running'
             and (%(scope)s::text[] is null or counterparties is null or counterparties && %(scope)s::text[])""",
        {"period": str(period), "scope": list(counterparties) if counterparties else None},
    )


def fence(connection: Connection, period: Period, counterparties: Sequence[str] | None, run_id: int) -> None:
    """Writes the run's number for its partitions: from now on only it, or a newer run, may publish them."""
    for counterparty_id in sorted(counterparties) if counterparties else [EVERYBODY]:
        connection.execute(
            """insert into runs.fences (period, counterparty_id, token) values (%s, %s, %s)
               on conflict (period, counterparty_id) do update set token = greatest(fences.token, excluded.token)""",
            [str(period), counterparty_id, run_id],
        )


NEWER_FENCES = """
    select coalesce(max(token), 0) as token
    from (
        select token from runs.fences
        where period = $1 and ($2 = '' or counterparty_id = '*' or counterparty_id = any(string_to_array($2, ',')))
        for update
    ) as of_the_partitions
"""
"""The newest run that began for any of the partitions ($1: period, $2: counterparties with commas, '' for all)."""
