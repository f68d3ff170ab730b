"""Rolling back: a partition's pointer goes back to the version that was current before; no row is removed.

It takes effect newest first: each call goes one version back. Running again makes a new version. What a later version
stands on stays, unless the chain is asked for (`runs.chains`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prm import database, logs
from prm.errors import PrmError, RefusedError
from prm.fail_points import reach
from prm.period import Period
from prm.settings import Settings, get_settings
from runs.dependencies import dependents
from runs.errors import DependedOnError
from runs.locks import bury_dead_runs, keep_stale_runs_out, partition_lock, scope_of


@dataclass(frozen=True)
class Move:
    """A partition whose current version was `from_run` and is `to_run` now (None: it has none)."""

    period: Period
    counterparty_id: str
    from_run: int
    to_run: int | None


Blockers = Callable[[database.Connection, Sequence[Move]], list[str]]
"""Asked before moves are made, in their transaction: why they may not be, a sentence each (empty: they may)."""

Along = Callable[[database.Connection, Sequence[Move]], None]
"""Called with the moves, in the transaction that made them: what else belongs to a rollback."""


def roll_back(
    period: Period,
    counterparties: Sequence[str] | None,
    *,
    reason: str,
    request_key: str | None = None,
    blockers: Blockers | None = None,
    wait_seconds: float = 60,
    along: Along | None = None,
    settings: Settings | None = None,
) -> list[Move]:
    """Rolls counterparties of a period (None: all) back by one version each, all or none.

    Results only: what was posted of them is taken back by `settlement.roll_back`, which calls this.
    request_key: who asks; asking again with the same key returns the moves made for it and moves nothing. blockers: asked
    what else stands against it, such as money that was paid. along: what else belongs to the rollback; called with the
    moves, inside the transaction that makes them.
    Raises PrmError without a reason, RefusedError where one of them has no version (or the list is empty), has the one
    that its period was closed with, or `blockers` names something; DependedOnError where a current version of a later
    period stands on one of them; LockedError while a run of them is going on.

        roll_back(Period.parse("2026-10"), ["D00042"], reason="not agreed")
    """
    settings = settings or get_settings()
    need_reason(reason)
    scope = scope_of(counterparties)
    with partition_lock(period, scope, wait_seconds=wait_seconds, settings=settings) as connection:
        bury_dead_runs(connection, period, scope)
        if request_key and (known := _moves_of(connection, period, request_key)):
            return known
        with connection.transaction():
            moves = moves_back(connection, period, scope)
            if depending := dependents(
                connection, [(str(period), move.counterparty_id, move.from_run) for move in moves]
            ):
                raise DependedOnError(period, depending, settings.language)
            make_moves(connection, period, scope, moves, reason, request_key, blockers)
            reach("rollback.moved")
            if along:
                along(connection, moves)
            reach("rollback.taken_back")
        reach("rollback.committed")
    logs.event("rolled back", period=period, counterparties=scope, moves=len(moves))
    return moves


def need_reason(reason: str) -> None:
    """PrmError without a reason."""
    if not reason.strip():
        raise PrmError("A reason is needed to roll back.", hint="Say in a few words why.")


def make_moves(
    connection: database.Connection, period: Period, scope: Sequence[str] | None, moves: list[Move], reason: str,
    request_key: str | None, blockers: Blockers | None,
) -> None:  # fmt: skip
    """Moves the pointers of a period, in a transaction. Raises RefusedError where `blockers` names something."""
    if blockers and (against := blockers(connection, moves)):
        raise RefusedError("\n".join([f"{period} is not rolled back:", *(f"  - {why}" for why in against)]))
    keep_stale_runs_out(connection, period, scope)
    _move(connection, period, moves, reason, request_key)


def moves_back(connection: database.Connection, period: Period, scope: Sequence[str] | None) -> list[Move]:
    """From each current version to the one it was published over. RefusedError where there is none to leave."""
    current = connection.execute(
        """select counterparty_id, run_id,
                  (select from_run from runs.version_moves as came
                   where came.period = current.period and came.counterparty_id = current.counterparty_id
                     and came.to_run = current.run_id and came.what = 'published'
                   order by move desc limit 1) as before,
                  exists (select 1 from runs.closed_versions as closed
                          where closed.period = current.period and closed.counterparty_id = current.counterparty_id
                            and closed.run_id = current.run_id) as is_closed
           from runs.current_versions as current
           where period = %(period)s and (%(scope)s::text[] is null or counterparty_id = any(%(scope)s))
           order by counterparty_id for update""",
        {"period": str(period), "scope": list(scope) if scope else None},
    ).fetchall()
    missing = sorted(set(scope or ()) - {row["counterparty_id"] for row in current})
    if missing or not current:
        who = missing[0] if missing else "Nobody"
        raise RefusedError(
            f"{who} has {'no' if missing else 'a'} version of {period} to roll back.",
            hint="`prm runs` lists what was published.",
        )
    if closed := [row["counterparty_id"] for row in current if row["is_closed"]]:
        raise RefusedError(
            f"{period} is closed: {closed[0] or '(nobody)'} has the version that it was closed with.",
            hint="Only what was calculated after the closing can be rolled back; a correction is calculated anew.",
        )
    return [Move(period, row["counterparty_id"], row["run_id"], row["before"]) for row in current]


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
        """insert into runs.version_moves (period, counterparty_id, from_run, to_run, what, reason, request_key, moved_at)
           select %(period)s, who, from_run, to_run, 'rolled back', %(reason)s, %(request_key)s,
                  (select runs.moment(%(period)s))
           from unnest(%(who)s::text[], %(from)s::bigint[], %(to)s::bigint[]) as moves (who, from_run, to_run)""",
        parameters,
    )
    connection.execute(
        """update runs.runs set state = 'rolled back'
           where run_id = any(%(from)s) and state = 'published'
             and not exists (select 1 from runs.current_versions where current_versions.run_id = runs.run_id)""",
        parameters,
    )


def _moves_of(connection: database.Connection, period: Period, request_key: str) -> list[Move]:
    rows = connection.execute(
        """select counterparty_id, from_run, to_run from runs.version_moves
           where request_key = %s order by counterparty_id""",
        [request_key],
    )
    return [Move(period, row["counterparty_id"], row["from_run"], row["to_run"]) for row in rows]
