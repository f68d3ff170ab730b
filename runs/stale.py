"""Stale versions: partitions whose current version was made from something that has changed since, and why.

What would be pinned now is pinned aside and compared with what each current version's run has pinned. A change of the
models makes nothing stale by itself: `prm calculate` makes a new version then, with the same results or not.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg

from prm import database
from prm.database import Connection
from prm.period import Period
from prm.settings import Settings, get_settings
from prm.words import Words
from runs.calculating import RunResult, calculate
from runs.changes import Side, changes
from runs.inputs import pin

_NOT_OURS = ("code",)


@dataclass(frozen=True)
class StalePartition:
    """A partition that would be calculated otherwise now. run_id: of its current version; None: it has none yet.

    counterparty_id: '' for events that are nobody's. is_closed: calculating it makes a difference to carry, and nothing
    that readers of the period see. reasons: what has changed.
    """

    period: Period
    counterparty_id: str
    run_id: int | None
    is_closed: bool
    reasons: tuple[Words, ...]


def stale(period: Period | None = None, *, settings: Settings | None = None) -> list[StalePartition]:
    """The stale partitions of a period (None: of all that have versions), by period and counterparty.

    As precise as the inputs tell: files by the owners of the subscribers whose rows differ, links and marks by hand by
    their subscribers' owners, values and contracts by their holders, exchange rates by everybody. What a stale earlier
    version would change later shows when that one is calculated again.
    """
    settings = settings or get_settings()
    with database.transaction(settings) as connection:
        rows = connection.execute(
            """select period, exists (select 1 from runs.period_decisions as of
                                      where of.period = current_versions.period and what = 'closed') as is_closed
               from runs.current_versions where %(period)s::text is null or period = %(period)s
               group by period order by period""",
            {"period": str(period) if period else None},
        ).fetchall()
    return [
        one
        for row in rows
        for one in _stale_of(Period.parse(row["period"]), is_closed=row["is_closed"], settings=settings)
    ]


def calculate_stale(
    period: Period | None = None,
    *,
    reason: str | None = None,
    request_key: str | None = None,
    include_closed: bool = False,
    wait_seconds: float = 60,
    settings: Settings | None = None,
) -> list[RunResult]:
    """Calculates just the stale partitions again, oldest period first, one run a period; closed ones only if asked for.

    Where events that are nobody's are stale, the run is for the whole period. request_key: who asks; asking again with the
    same key returns the runs that were published for it. Raises what `calculate` raises.
    """
    settings = settings or get_settings()
    with database.transaction(settings) as connection:
        periods = [
            Period.parse(row["period"])
            for row in connection.execute("select distinct period from runs.current_versions order by period")
            if period is None or row["period"] == str(period)
        ]
    results = []
    for each in periods:
        key = f"{request_key}/{each}" if request_key else None
        done = _published_for(each, key, settings)
        found = [] if done else stale(each, settings=settings)
        whose = sorted(one.counterparty_id for one in found if include_closed or not one.is_closed)
        if done or whose:
            scope = done["counterparties"] if done else None if "" in whose else whose
            results.append(
                calculate(
                    each, scope, reason=reason or "stale", request_key=key, wait_seconds=wait_seconds, settings=settings
                )
            )
    return results


def _published_for(period: Period, request_key: str | None, settings: Settings) -> database.Row | None:
    if request_key is None:
        return None
    with database.transaction(settings) as connection:
        return connection.execute(
            "select counterparties from runs.runs where request_key = %s and period = %s and state = 'published'",
            [request_key, str(period)],
        ).fetchone()


def _stale_of(period: Period, *, is_closed: bool, settings: Settings) -> list[StalePartition]:
    settings.home.mkdir(parents=True, exist_ok=True)
    found: dict[str, tuple[int | None, list[Words]]] = {}
    with (
        tempfile.TemporaryDirectory(prefix=".stale-", dir=settings.home) as folder,
        database.connect(settings) as connection,
    ):
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        now = pin(connection, period, None, Path(folder), settings, verifies=False)
        for run in _current_runs(connection, period):
            if run["inputs_hash"] == now.inputs_hash:
                continue
            before = Side(run["run_id"], run["manifest"], settings.runs / str(run["run_id"]))
            for change in changes(connection, before, Side(None, now.manifest, now.folder), settings):
                if change.kind in _NOT_OURS:
                    continue
                concerned = set(run["whose"]) if change.counterparties is None else change.counterparties
                of_none = set(concerned) - set(run["all_of_the_period"]) if run["counterparties"] is None else set()
                for counterparty_id in (set(concerned) & set(run["whose"])) | of_none:
                    run_id = None if counterparty_id in of_none else run["run_id"]
                    found.setdefault(counterparty_id, (run_id, []))[1].append(change.words)
    return [
        StalePartition(period, who, found[who][0], is_closed, tuple(dict.fromkeys(found[who][1])))
        for who in sorted(found)
    ]


def _current_runs(connection: Connection, period: Period) -> list[database.Row]:
    """The runs whose versions are current, each with whose they are."""
    return connection.execute(
        """select runs.run_id, runs.manifest, runs.inputs_hash, runs.counterparties,
                  array_agg(counterparty_id) as whose,
                  (select array_agg(counterparty_id) from runs.current_versions where period = %(period)s)
                      as all_of_the_period
           from runs.current_versions as current join runs.runs using (run_id)
           where current.period = %(period)s group by runs.run_id order by runs.run_id""",
        {"period": str(period)},
    ).fetchall()
