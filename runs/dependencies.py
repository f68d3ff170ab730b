"""What a version stands on: the earlier partitions that entered into its amounts, as they were when its run pinned them.

Rolling one of those back is refused while a current version stands on it. Partitions that were looked at and gave
nothing are not kept here: that they might now is a matter of stale versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

import schemes
from prm import duck
from prm.database import Connection
from prm.period import Period
from prm.words import Words
from runs.paid_to_subscribers import over_contracts

WHAT = {
    "clawback": Words(
        en="it takes back from, or gives back to, lines of", ru="возвращает вознаграждение по строкам за"
    ),
    "cumulative": Words(
        en="its tiers, measures or caps per subscriber count",
        ru="в накопленных показателях и пределах на абонента учтён",
    ),
    "draw": Words(en="what was guaranteed or drawn is reckoned from", ru="гарантия или аванс считаются от"),
    "look-again": Words(en="it looks again at the pay of", ru="пересматривает вознаграждение за"),
}
"""The ways in which a version depends on an earlier one; each is followed by the period and the counterparty."""

_ROOT = ("period", "contract_id", "component", "stream", "data_set", "load_id", "row_number")


@dataclass(frozen=True)
class LookedBack:
    """What a run looked back at. found: rows (counterparty_id, on_period, on_counterparty_id, on_run, what) of measures
    and totals. current: the versions of earlier periods (period, counterparty_id, run_id) that clawbacks may be of."""

    found: list[dict[str, Any]]
    current: list[dict[str, Any]]


@dataclass(frozen=True)
class Dependent:
    """A current version that stands on another one."""

    period: Period
    counterparty_id: str
    run_id: int
    what: str
    on_period: Period
    on_counterparty_id: str

    @property
    def words(self) -> Words:
        """Who depends, in which period, and by what."""
        of = f"{self.on_period} {self.on_counterparty_id}"
        return Words(
            en=f"{self.period} {self.counterparty_id} (run {self.run_id}): {WHAT[self.what].en} {of}",
            ru=f"{self.period} {self.counterparty_id} (расчёт {self.run_id}): {WHAT[self.what].ru} {of}",
        )


def look_back(
    connection: Connection, period: Period, compiled: schemes.CompiledTerms, contracts: Iterable[dict[str, Any]],
    current: list[dict[str, Any]],
) -> LookedBack:  # fmt: skip
    """Which current versions of earlier periods a run's measures and totals are made from.

    connection: that of the pin, so that they are the versions whose numbers are pinned. current: those that clawbacks
    may be of.
    """
    whose = {row["contract_id"]: row["counterparty_id"] for row in contracts}
    measures = [
        (row["counterparty_id"], row["of_contract_id"], row["measure"], row["first_period"], row["last_period"])
        for row in compiled.measures.to_pylist()
        if row["plan"] is None and row["first_period"] < str(period)
    ]
    totals = [
        (whose.get(row["contract_id"], ""), row["of_contract_id"], row["component"], row["of_period"])
        for row in compiled.totals.to_pylist()
        if row["of_period"] != "now"
    ]
    before = [(*row[:3], "", str(period)) for row in totals if row[3] == "before"]
    again = [(*row, row[3]) for row in totals if row[3] != "before"]
    capped = [
        (cap["counterparty_id"], cap["contract_id"], name, "", str(period))
        for cap in over_contracts(compiled) for name in (cap["member"], cap["component"])
    ]  # fmt: skip
    found = [
        *_found(connection, _VOLUMES, "cumulative", measures, period),
        *_found(connection, _PAID, "cumulative", list(dict.fromkeys(capped)), period),
        *_found(connection, _REWARDS, "draw", before, period),
        *_found(connection, _REWARDS, "look-again", again, period),
        *_found(connection, _TAKEN, "look-again", again, period),
    ]
    return LookedBack(list({tuple(row.items()): row for row in found}.values()), current)


def record(
    connection: Connection,
    run_id: int,
    scope: Sequence[str] | None,
    looked: LookedBack,
    clawbacks: list[dict[str, Any]],
) -> None:
    """Writes down what a run's versions stand on; before they are published, so that none is current without it."""
    runs_of = {(row["period"], row["counterparty_id"]): row["run_id"] for row in looked.current}
    rows = [row for row in looked.found if scope is None or row["counterparty_id"] in scope]
    rows += [
        row | {"on_run": runs_of[row["on_period"], row["on_counterparty_id"]], "what": "clawback"} for row in clawbacks
    ]
    names = ("counterparty_id", "on_period", "on_counterparty_id", "on_run", "what")
    connection.execute(
        """insert into runs.dependencies (run_id, counterparty_id, on_period, on_counterparty_id, on_run, what)
           select %s, * from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[])
           on conflict do nothing""",
        [run_id, *([row[name] for row in rows] for name in names)],
    )


def clawbacks_of(tables: duckdb.DuckDBPyConnection, folder: Path) -> list[dict[str, Any]]:
    """The partitions whose lines a run took back, or gave back, and those by which that was done to them before.

    tables: sees the run's tables by their names. folder: the run's, with the lines that it pinned.
    """
    root = " || '|' || ".join(f"lines.taken_{name}" for name in _ROOT)
    pinned = duck.quote(folder / "inputs" / "paid_lines.parquet")
    rows = tables.execute(
        f"""select distinct lines.counterparty_id, paid.period, paid.counterparty_id
            from int_clawback_lines as lines inner join read_parquet({pinned}) as paid on {root} = paid.root
            where lines.amount <> 0
            order by all"""
    ).fetchall()
    return [dict(zip(("counterparty_id", "on_period", "on_counterparty_id"), row, strict=True)) for row in rows]


def dependents(connection: Connection, leaving: Iterable[tuple[str, str, int]]) -> list[Dependent]:
    """The current versions that stand on any of these (period, counterparty, run), by period and counterparty."""
    periods, whose, runs = zip(*leaving, strict=True)
    rows = connection.execute(
        """select current.period, current.counterparty_id, current.run_id, what, on_period, on_counterparty_id
           from unnest(%s::text[], %s::text[], %s::bigint[]) as leaving (on_period, on_counterparty_id, on_run)
           join runs.dependencies using (on_period, on_counterparty_id, on_run)
           join runs.current_versions as current using (run_id, counterparty_id)
           order by current.period, current.counterparty_id collate "C", on_period, on_counterparty_id collate "C", what""",
        [list(periods), list(whose), list(runs)],
    ).fetchall()
    return [
        Dependent(**row | {"period": Period.parse(row["period"]), "on_period": Period.parse(row["on_period"])})
        for row in rows
    ]


_ASKED = """
    select distinct
        asked.counterparty_id, found.period as on_period, found.counterparty_id as on_counterparty_id,
        found.run_id as on_run, %(what)s as what
    from unnest(
        %(whose)s::text[], %(contracts)s::text[], %(components)s::text[], %(first)s::text[], %(last)s::text[]
    ) as asked (counterparty_id, contract_id, component, first_period, last_period)
"""
_VOLUMES = f"""
    {_ASKED}
    join results.volumes as found using (contract_id, component)
    join runs.current_versions as current using (run_id)
    where current.period = found.period and current.counterparty_id = found.counterparty_id
        and found.period between asked.first_period and asked.last_period and found.period < %(period)s
        and (found.base_count <> 0 or found.base_amount <> 0)
"""
_REWARDS = f"""
    {_ASKED}
    join results.rewards as found using (contract_id, component)
    join runs.current_versions as current using (run_id)
    where current.period = found.period and current.counterparty_id = found.counterparty_id
        and found.period between asked.first_period and asked.last_period and found.period < %(period)s
        and found.amount <> 0
"""
_PAID = _REWARDS.replace("found.amount <> 0", "(found.amount <> 0 or found.paid_lines > 0)")  # some may have less
_TAKEN = f"""
    {_ASKED}
    join results.reward_lines as found
        on found.taken_contract_id = asked.contract_id and found.taken_component = asked.component
        and found.taken_period between asked.first_period and asked.last_period
    join runs.current_versions as current using (run_id)
    where current.period = found.period and current.counterparty_id = found.counterparty_id
        and found.taken_period is not null and found.period < %(period)s
"""


def _found(
    connection: Connection, query: str, what: str, asked: Sequence[tuple[str, ...]], period: Period
) -> list[dict[str, Any]]:
    if not asked:
        return []
    whose, contracts, components, first, last = (list(column) for column in zip(*asked, strict=True))
    return connection.execute(
        query,
        {
            "what": what, "whose": whose, "contracts": contracts, "components": components, "first": first,
            "last": last, "period": str(period),
        },
    ).fetchall()  # fmt: skip
