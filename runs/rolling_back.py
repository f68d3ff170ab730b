"""Rolling back: a partition's pointer goes back to the version that was current before; no row is removed.

It takes effect newest first: each call goes one version back. Running again makes a new version.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prm import database, logs
from prm.errors import PrmError, RefusedError
from prm.period import Period
from prm.settings import Settings, get_settings
from runs.locks import bury_dead_runs, fence, partition_lock, scope_of

Along = Callable[[database.Connection, "list[Move]"], None]


@dataclass(frozen=True)
class Move:
    """A partition whose current version was `from_run` and is `to_run` now (None: it has none)."""

    counterparty_id: str
    from_run: int
    to_run: int | None


def roll_back(
    period: Period,
    counterparties: Sequence[str] | None,
    *,
    reason: str,
    request_key: str | None = None,
    wait_seconds: float = 60,
    along: Along | None = None,
    settings: Settings | None = None,
) -> list[Move]:
    """Rolls counterparties of a period (None: all) back by one version each, all or none.

    Results only: what was posted of them is taken back by `settlement.roll_back`, which calls this.
    along: what else belongs to the rollback; called with the moves, inside the transaction that makes them.
    request_key: who asks; asking again with the same key returns the moves made for it and moves nothing.
    Raises PrmError without a reason, RefusedError where one of them has no version (or the list is empty),
    LockedError while a run of them is going on.

        roll_back(Period.parse("2026-10"), ["D00042"], reason="not agreed")
    """
    settings = settings or get_settings()
    if not reason.strip():
        raise PrmError("A reason is needed to roll back.", hint="Say in a few words why.")
    scope = scope_of(counterparties)
    with partition_lock(period, scope, wait_seconds=wait_seconds, settings=settings) as connection:
        bury_dead_runs(connection, period, scope)
        if request_key and (known := _moves_of(connection, request_key)):
            return known
        with connection.transaction():
            moves = _moves_back(connection, period, scope)
            _keep_stale_runs_out(connection, period, scope)
            _move(connection, period, moves, reason, request_key)
            if along:
                along(connection, moves)
    logs.event("rolled back", period=period, counterparties=scope, moves=len(moves))
    return moves


def _moves_back(connection: database.Connection, period: Period, scope: list[str] | None) -> list[Move]:
    """From each current version to the one it was published over. RefusedError where there is none to leave."""
    current = connection.execute(
        """select counterparty_id, run_id,
                  (select from_run from runs.version_moves as came
                   where came.period = current.period and came.counterparty_id = current.counterparty_id
                     and came.to_run = current.run_id and came.what = 'published'
                   order by move desc limit 1) as before
           from runs.current_versions as current
           where period = %(period)s and (%(scope)s::text[] is null or counterparty_id = any(%(scope)s))
           order by counterparty_id for update""",
        {"period": str(period), "scope": scope},
    ).fetchall()
    missing = sorted(set(scope or ()) - {row["counterparty_id"] for row in current})
    if missing or not current:
        who = missing[0] if missing else "Nobody"
        raise RefusedError(
            f"{who} has {'no' if missing else 'a'} version of {period} to roll back.",
            hint="`prm runs` lists what was published.",
        )
    return [Move(row["counterparty_id"], row["run_id"], row["before"]) for row in current]


def _keep_stale_runs_out(connection: database.Connection, period: Period, scope: list[str] | None) -> None:
    """A run that lost its lock and does not know it must not publish over the rollback."""
    row = connection.execute("select nextval(pg_get_serial_sequence('runs.runs', 'run_id')) as token").fetchone()
    assert row is not None
    fence(connection, period, scope, row["token"])


def _move(
    connection: database.Connection, period: Period, moves: list[Move], reason: str, request_key: str | None
) -> None:
    parameters = {
        "period": str(period),
        "who": [move.counterparty_id for move in moves],
        "from": [move.from_run for move in moves],
        "to": [move.to_run for move in moves],
        "reason": reason,
        "request_key": request_key,
    }
    connection.execute(
        """delete from runs.current_versions where period = %(period)s and counterparty_id = any(%(who)s)""",
        parameters,
    )
    connection.execute(
        """insert into runs.current_versions (period, counterparty_id, run_id)
           select %(period)s, who, to_run from unnest(%(who)s::text[], %(to)s::bigint[]) as moves (who, to_run)
           where to_run is not null""",
        parameters,
    )
    connection.execute(
        """insert into runs.version_moves (period, counterparty_id, from_run, to_run, what, reason, request_key)
           select %(period)s, who, from_run, to_run, 'rolled back', %(reason)s, %(request_key)s
           from unnest(%(who)s::text[], %(from)s::bigint[], %(to)s::bigint[]) as moves (who, from_run, to_run)""",
        parameters,
    )
    connection.execute(
        """update runs.runs set state = 'rolled back'
           where run_id = any(%(from)s) and state = 'published'
             and not exists (select 1 from runs.current_versions where current_versions.run_id = runs.run_id)""",
        parameters,
    )


def _moves_of(connection: database.Connection, request_key: str) -> list[Move]:
    rows = connection.execute(
        """select counterparty_id, from_run, to_run from runs.version_moves
           where request_key = %s order by counterparty_id""",
        [request_key],
    )
    return [Move(row["counterparty_id"], row["from_run"], row["to_run"]) for row in rows]
