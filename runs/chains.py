"""Rolling back with the whole chain: what depends on a version goes back too, newest first, and is calculated again.

All moves back are one transaction, and what is to be calculated again is written down with them: a process that dies
after it leaves a chain that the same command finishes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from psycopg.types.json import Jsonb

from prm import database, logs
from prm.database import Connection, Row
from prm.fail_points import reach
from prm.period import Period
from prm.settings import Settings, get_settings
from runs.calculating import RunResult, calculate
from runs.dependencies import dependents
from runs.errors import LockedError
from runs.locks import bury_dead_runs, partition_lock, scope_of
from runs.rolling_back import Along, Blockers, Move, make_moves, moves_back, need_reason

_Scopes = dict[Period, list[str] | None]  # the counterparties of each period; None: all
_TRIES = 3  # a chain can only grow between being looked at and being locked, and hardly ever does


@dataclass(frozen=True)
class Chain:
    """What became of a rollback with its chain. moves: in the order they were made. again: what was calculated again,
    oldest first, as far as this call did it. was_begun: an earlier call had made the moves."""

    number: int
    was_begun: bool
    moves: list[Move]
    again: list[RunResult] = field(default_factory=list)


def roll_back_chain(
    period: Period,
    counterparties: Sequence[str] | None,
    *,
    reason: str,
    request_key: str | None = None,
    blockers: Blockers | None = None,
    along: Along | None = None,
    wait_seconds: float = 60,
    progress: Callable[[str], None] | None = None,
    settings: Settings | None = None,
) -> Chain:
    """Rolls counterparties of a period (None: all) back by one version, with every later version that stands on theirs.

    The later ones go back newest first, each to a version that stands on none of those left (or to none), and are then
    calculated again, oldest first. along: called with all moves, in the transaction that makes them. request_key: who asks; asking again with the same key finishes what was begun and does
    nothing twice. Without a key, a chain of the same partitions that was begun and not finished is finished.
    Raises what `roll_back` and `calculate` raise; after an error of a calculation the moves stay made, and the same call
    goes on from there.

        roll_back_chain(Period.parse("2026-08"), ["D00042"], reason="a wrong price list")
    """
    settings = settings or get_settings()
    need_reason(reason)
    scope = scope_of(counterparties)
    chain = None
    for _ in range(_TRIES):
        with database.transaction(settings) as connection:
            chain = _begun(connection, period, scope, request_key)
            locked = {period: scope} if chain else _scopes(connection, period, scope)
        was_begun = chain is not None
        if chain is None:
            chain, was_begun = _go_back(
                period, scope, locked, reason, request_key, blockers, along, wait_seconds, settings
            )  # fmt: skip
        if chain:
            break
    else:
        raise LockedError(f"What depends on {period} keeps changing.", hint="Try again when its runs have ended.")
    moves = [Move(**move | {"period": Period.parse(move["period"])}) for move in chain["moves"]]
    logs.event("rolled back", period=period, counterparties=scope, moves=len(moves), chain=chain["chain"])
    again = [] if chain["finished_at"] else _calculate_again(chain, wait_seconds, progress, settings)
    return Chain(chain["chain"], was_begun, moves, again)


def _begun(connection: Connection, period: Period, scope: list[str] | None, request_key: str | None) -> Row | None:
    """The chain of this request; without a key, one of the same partitions that was not finished."""
    if request_key:
        return connection.execute("select * from runs.chains where request_key = %s", [request_key]).fetchone()
    return connection.execute(
        """select * from runs.chains
           where finished_at is null and request_key is null and period = %s and counterparties is not distinct from %s
           order by chain desc limit 1""",
        [str(period), scope],
    ).fetchone()


def _go_back(
    period: Period, scope: list[str] | None, locked: _Scopes, reason: str, request_key: str | None,
    blockers: Blockers | None, along: Along | None, wait_seconds: float, settings: Settings,
) -> tuple[Row | None, bool]:  # fmt: skip
    """Makes the moves and writes the chain down, all in one transaction; nothing where more than `locked` depends by now.

    Also says whether another process was faster with the same request.
    """
    with ExitStack() as locks:
        for each in sorted(locked):  # oldest first everywhere, so that none waits in a circle
            connection = locks.enter_context(
                partition_lock(each, locked[each], wait_seconds=wait_seconds, settings=settings)
            )
            bury_dead_runs(connection, each, locked[each])
        with connection.transaction():
            if known := _begun(connection, period, scope, request_key):
                return known, True
            now = _scopes(connection, period, scope)
            if any(each not in locked or not _within(now[each], locked[each]) for each in now):
                return None, False
            moves: list[Move] = []
            for each in sorted(now, reverse=True):
                moves += _leave(connection, each, now[each], reason, blockers)
            while standing := _standing_on_what_is_left(connection, moves):
                for each in sorted(standing, reverse=True):
                    moves += _leave(connection, each, standing[each], reason, blockers)
            if along:
                along(connection, moves)
            again: dict[Period, set[str]] = {}
            for move in moves:
                if move.period != period:
                    again.setdefault(move.period, set()).add(move.counterparty_id)
            row = connection.execute(
                """insert into runs.chains (request_key, period, counterparties, reason, moves, again)
                   values (%s, %s, %s, %s, %s, %s) returning *""",
                [
                    request_key, str(period), scope, reason,
                    Jsonb([vars(move) | {"period": str(move.period)} for move in moves]),
                    Jsonb([{"period": str(each), "counterparties": sorted(again[each])} for each in sorted(again)]),
                ],
            ).fetchone()  # fmt: skip
            reach("chain.moved")
        reach("chain.committed")
    return row, False


def _leave(
    connection: Connection, period: Period, scope: Sequence[str] | None, reason: str, blockers: Blockers | None
) -> list[Move]:
    moves = moves_back(connection, period, scope)
    make_moves(connection, period, scope, moves, reason, None, blockers)
    return moves


def _scopes(connection: Connection, period: Period, scope: list[str] | None) -> _Scopes:
    """The partitions asked for, and those of later periods whose current versions stand on them, directly or not."""
    rows = connection.execute(
        """select counterparty_id, run_id from runs.current_versions
           where period = %(period)s and (%(scope)s::text[] is null or counterparty_id = any(%(scope)s))""",
        {"period": str(period), "scope": scope},
    ).fetchall()
    leaving = {(str(period), row["counterparty_id"], row["run_id"]) for row in rows}
    found: dict[Period, set[str]] = {}
    known = set(leaving)
    while leaving:
        standing = {(str(one.period), one.counterparty_id, one.run_id) for one in dependents(connection, leaving)}
        leaving = standing - known
        known |= leaving
        for of, counterparty_id, _ in leaving:
            found.setdefault(Period.parse(of), set()).add(counterparty_id)
    return {period: scope, **{each: sorted(whose) for each, whose in found.items()}}


def _standing_on_what_is_left(connection: Connection, moves: Iterable[Move]) -> dict[Period, list[str]]:
    """Versions that became current by the moves and stand on one that the moves have left; those asked for never do."""
    standing: dict[Period, set[str]] = {}
    for one in dependents(connection, {(str(move.period), move.counterparty_id, move.from_run) for move in moves}):
        standing.setdefault(one.period, set()).add(one.counterparty_id)
    return {each: sorted(whose) for each, whose in standing.items()}


def _within(scope: list[str] | None, locked: list[str] | None) -> bool:
    return locked is None or (scope is not None and set(scope) <= set(locked))


def _calculate_again(
    chain: Row, wait_seconds: float, progress: Callable[[str], None] | None, settings: Settings
) -> list[RunResult]:
    again = []
    for step in chain["again"]:
        each = Period.parse(step["period"])
        if progress:
            progress(f"{each}: calculating again")
        again.append(
            calculate(
                each,
                step["counterparties"],
                reason=f"chain {chain['chain']} from {chain['period']}: {chain['reason']}",
                request_key=f"chain/{chain['chain']}/{each}",
                wait_seconds=wait_seconds,
                settings=settings,
            )
        )
        reach("chain.calculated")
    with database.transaction(settings) as connection:
        connection.execute("update runs.chains set finished_at = now() where chain = %s", [chain["chain"]])
    return again
