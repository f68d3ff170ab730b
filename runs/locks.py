"""Who may work on a partition: one run at a time, and a newer run's fence keeps a stale one out.

The lock is a session's advisory lock in PostgreSQL: it ends with the process, however that ends. It cannot
stop a worker that lost its connection and does not know: for that there is the fence. Whoever takes a
partition writes a number (larger than all before) for it; a publisher whose number is no longer the newest
is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from prm import database
from prm.database import Connection
from prm.errors import RefusedError
from prm.period import Period
from prm.settings import Settings
from runs.errors import LockedError

EVERYBODY = "*"


def scope_of(counterparties: Sequence[str] | None) -> list[str] | None:
    """The counterparties asked for, each once and in order; None: the whole period. Refuses an empty list."""
    if counterparties is None:
        return None
    if not counterparties:
        raise RefusedError(
            "An empty list of counterparties.", hint="Name at least one; without a list, the whole period is meant."
        )
    return sorted(set(counterparties))


@contextmanager
def partition_lock(
    period: Period, scope: Sequence[str] | None, *, wait_seconds: float, settings: Settings
) -> Iterator[Connection]:
    """Holds a period (or some counterparties of it) against other runs; yields the connection that holds it.

    A run for the whole period excludes every other run of it; runs for different counterparties go on side by
    side. Raises LockedError when it is not free within `wait_seconds`.
    """
    with database.connect(settings, autocommit=True) as connection:
        # 0 would mean to wait for ever
        connection.execute(f"set lock_timeout = '{max(1, int(wait_seconds * 1000))}ms'")
        try:
            if scope is None:
                _lock(connection, "pg_advisory_lock", str(period))
            else:
                _lock(connection, "pg_advisory_lock_shared", str(period))
                for counterparty_id in sorted(scope):  # in one order everywhere, so that none waits in a circle
                    _lock(connection, "pg_advisory_lock", f"{period}|{counterparty_id}")
        except psycopg.errors.LockNotAvailable:
            raise LockedError(
                f"Another run of {period} is going on{_who(connection, period, scope)}.",
                hint="Wait for it to finish, or see `prm runs`.",
            ) from None
        connection.execute("set lock_timeout = 0")
        yield connection


def _lock(connection: Connection, function: str, name: str) -> None:
    connection.execute(f"select {function}(hashtextextended(%s, 0))", [f"runs:{name}"])


_RUNNING = """
    period = %(period)s and state = 'running'
    and (%(scope)s::text[] is null or counterparties is null or counterparties && %(scope)s::text[])
"""
"""Runs that say they are running for any of a scope's partitions."""


def _who(connection: Connection, period: Period, scope: Sequence[str] | None) -> str:
    row = connection.execute(
        f"select run_id, started_at from runs.runs where {_RUNNING} order by run_id desc limit 1",
        {"period": str(period), "scope": list(scope) if scope else None},
    ).fetchone()
    return f" (run {row['run_id']}, since {row['started_at']:%H:%M:%S})" if row else ""


def bury_dead_runs(connection: Connection, period: Period, scope: Sequence[str] | None) -> list[int]:
    """Marks as failed the runs that say they are running although this process holds their lock; returns their numbers."""
    rows = connection.execute(
        f"""update runs.runs set state = 'failed', finished_at = now(),
                   error = 'the process ended before the run did'
            where {_RUNNING} returning run_id""",
        {"period": str(period), "scope": list(scope) if scope else None},
    )
    return [row["run_id"] for row in rows]


FENCES = """
    select coalesce(max(token), 0) as token
    from (
        select token from runs.fences
        where period = $1
            and ($2 = '' or counterparty_id = '*' or counterparty_id in (select jsonb_array_elements_text($2::jsonb)))
        order by counterparty_id for update
    ) as of_the_partitions
"""
"""The newest number for any of the partitions, which nobody can raise until the transaction ends
($1: period, $2: `fence_scope`)."""


def fence_scope(scope: Sequence[str] | None) -> str:
    """A scope as one text parameter: a JSON list, '' for the whole period."""
    return json.dumps(list(scope)) if scope else ""


def hold_publishers(connection: Connection, period: Period, scope: Sequence[str] | None) -> None:
    """Waits for a publisher of the partitions that is about to commit, and holds off any until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            FENCES.replace("$1", "%(period)s").replace("$2", "%(scope)s"),
            {"period": str(period), "scope": fence_scope(scope)},
        )


def keep_stale_runs_out(connection: Connection, period: Period, scope: Sequence[str] | None) -> None:
    """A run that lost its lock and does not know it must not publish over what is done in this transaction."""
    row = connection.execute("select nextval(pg_get_serial_sequence('runs.runs', 'run_id')) as token").fetchone()
    assert row is not None
    fence(connection, period, scope, row["token"])


def fence(connection: Connection, period: Period, scope: Sequence[str] | None, token: int) -> None:
    """Writes a number for the partitions: from now on only the run of it, or a newer one, may publish them.

    connection: in a transaction, which waits here for a publisher that is about to commit.
    """
    hold_publishers(connection, period, scope)
    with connection.cursor() as cursor:
        cursor.execute(
            """insert into runs.fences (period, counterparty_id, token)
               select %(period)s, unnest(%(of)s::text[]), %(token)s
               on conflict (period, counterparty_id) do update set token = greatest(fences.token, excluded.token)""",
            {"period": str(period), "of": sorted(scope) if scope else [EVERYBODY], "token": token},
        )
