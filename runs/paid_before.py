"""What was paid in earlier periods and may be taken back now: lines of the current versions, pinned with a run.

Read from the Parquet of the runs whose versions are current: the book of record has the same rows, and a file is read
column by column. What a cap cut from a period is no pay: each line counts with the part that the cap let through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import duckdb
import pyarrow

import schemes
from prm import duck
from prm.database import Connection
from prm.period import Period
from prm.settings import Settings
from runs.earlier_files import CURRENT, current_runs, files_of, read, run_of
from runs.tables import verify_tables

_LET_THROUGH = pyarrow.schema([
    ("period", pyarrow.string()), ("contract_id", pyarrow.string()), ("component", pyarrow.string()),
    ("part", pyarrow.decimal128(18, 4)), ("whole", pyarrow.decimal128(18, 4)),
])  # fmt: skip
_ROOT = ("period", "contract_id", "component", "stream", "data_set", "load_id", "row_number")
_EMPTY = """
    select '' as root, '' as period, '' as counterparty_id, '' as scheme, '' as component, '' as data_set, '' as load_id,
           0 as row_number, '' as subscriber_id, '' as outlet_id, date '1900-01-01' as event_date,
           cast(0 as decimal(18, 4)) as amount, false as is_clawback, '' as taken_period, '' as taken_contract_id,
           '' as taken_component, '' as taken_stream, '' as taken_data_set, '' as taken_load_id, 0 as taken_row_number
    where false
"""


def paid_lines(
    connection: Connection, period: Period, compiled: schemes.CompiledTerms, versions: Sequence[schemes.Scheme],
    settings: Settings, *, verifies: bool = True,
) -> pyarrow.Table:  # fmt: skip
    """The lines that this period's events may take back from, and those by which that was done before.

    verifies: the files are compared with their hashes first. Raises NotFoundError where the folder of a run is gone
    whose version is current, DamagedError where a file of it has changed.
    """
    rows = compiled.clawbacks.to_pylist()
    current = current_runs(connection, period) if rows else []
    with duck.connect(settings=settings) as tables:
        tables.register("current_runs", pyarrow.Table.from_pylist(current, schema=CURRENT))
        tables.register("families", compiled.families)
        tables.register("clawbacks", compiled.clawbacks)
        tables.register(
            "let_through", _let_through(connection, period, versions) if rows else _LET_THROUGH.empty_table()
        )
        runs_since = {row["run_id"] for row in current if row["period"] >= str(_first_period(period, rows))}
        runs_before = {row["run_id"] for row in current}
        lines, cuts, taken = (
            files_of(runs_since, "int_event_lines", settings),
            files_of(runs_since, "int_subscriber_caps", settings),
            files_of(runs_before, "int_clawback_lines", settings),
        )
        if verifies:
            verify_tables(connection, runs_since, settings, ["int_event_lines", "int_subscriber_caps"])
            verify_tables(connection, runs_before, settings, ["int_clawback_lines"])
        levels = _subscriber_cuts(tables, cuts, compiled, versions)
        parts = [_paid(lines, levels), _taken(taken)]
        query = " union all by name ".join([_EMPTY, *filter(None, parts)])
        return tables.execute(f"select * from ({query}) order by all").to_arrow_table()


def let_through(
    connection: Connection, period: Period, versions: Iterable[schemes.Scheme]
) -> dict[tuple[str, str, str], tuple[Any, Any]]:
    """Of components that a cap cut in an earlier period: (period, contract, component) → (what was paid, of what)."""
    rows = _let_through(connection, period, versions).to_pylist()
    return {(row["period"], row["contract_id"], row["component"]): (row["part"], row["whole"]) for row in rows}


def _paid(files: list[str], levels: int) -> str:
    """SQL of the lines that were paid, each with the part that caps let through: those on single subscribers, level by
    level, then those of the contract."""
    if not files:
        return ""
    root = " || '|' || ".join(f"lines.{name}" if name != "period" else "current_runs.period" for name in _ROOT)
    paid = f"""
        select {root} as root, current_runs.period, current_runs.run_id, lines.counterparty_id, lines.scheme,
               lines.scheme_version, lines.component, lines.data_set, lines.load_id, lines.row_number,
               lines.subscriber_id, lines.outlet_id, lines.event_date, lines.contract_id, lines.stream, lines.amount
        from {read(files)} as lines
        inner join current_runs on {run_of("lines")} = current_runs.run_id
            and lines.counterparty_id = current_runs.counterparty_id
        where lines.outcome = 'paid' and lines.amount <> 0 and lines.subscriber_id is not null
            and (lines.scheme, lines.component) in (select (scheme, takes) from clawbacks where depth = 1)
    """
    for level in range(1, levels + 1):
        paid = f"""
            select lines.* replace ({_let_through_of("subscriber_cuts")} as amount)
            from ({paid}) as lines
            left join subscriber_cuts on lines.run_id = subscriber_cuts.run_id
                and lines.contract_id = subscriber_cuts.contract_id and lines.component = subscriber_cuts.component
                and lines.scheme_version = subscriber_cuts.scheme_version
                and lines.subscriber_id = subscriber_cuts.subscriber_id and subscriber_cuts.level = {level}
        """
    return f"""
        select root, lines.period, lines.counterparty_id, lines.scheme, lines.component, lines.data_set, lines.load_id,
               lines.row_number, lines.subscriber_id, lines.outlet_id, lines.event_date,
               {_let_through_of("let_through")} as amount,
               false as is_clawback, lines.period as taken_period, lines.contract_id as taken_contract_id,
               lines.component as taken_component, lines.stream as taken_stream, lines.data_set as taken_data_set,
               lines.load_id as taken_load_id, lines.row_number as taken_row_number
        from ({paid}) as lines
        left join let_through on lines.period = let_through.period
            and lines.contract_id = let_through.contract_id and lines.component = let_through.component
    """


def _let_through_of(cuts: str) -> str:
    """SQL of what of a line's amount was let through, to four places and never more. cuts: what tells the part of the whole."""
    amount, part, whole = map(_ten_thousandths, ("lines.amount", f"{cuts}.part", f"{cuts}.whole"))
    cut = f"(abs({amount}) * {part} + case when lines.amount < 0 then {whole} - 1 else 0 end) // {whole}"
    return f"""case when {cuts}.component is null then lines.amount
                    else cast(sign(lines.amount) * ({cut}) * cast(0.0001 as decimal(5, 4)) as decimal(18, 4)) end"""


def _ten_thousandths(amount: str) -> str:
    """SQL of an amount as a whole number: of 18 digits, times 10,000 needs more."""
    return f"cast(cast({amount} as decimal(28, 4)) * 10000 as hugeint)"


def _subscriber_cuts(
    tables: duckdb.DuckDBPyConnection, files: list[str], compiled: schemes.CompiledTerms, versions: Sequence[schemes.Scheme]
) -> int:  # fmt: skip
    """Makes `subscriber_cuts`: what caps let through of what one subscriber brought in a month, component by component.

    Without those caps that are over the contract still: they count what is taken back now and give back what they cut.
    Gives the number of caps, one after another, that a line may have met.
    """
    members = pyarrow.schema([
        ("scheme", pyarrow.string()), ("scheme_version", pyarrow.int64()), ("cap", pyarrow.string()),
        ("component", pyarrow.string()),
    ])  # fmt: skip
    rows = [
        {"scheme": scheme.scheme, "scheme_version": scheme.version, "cap": limit.name, "component": name}
        for scheme in versions for limit in scheme.limits.values() if limit.per
        for name in limit.of if name in scheme.components and not scheme.components[name].claws_back
    ]  # fmt: skip
    if not rows or not files:
        return 0
    tables.register("cap_members", pyarrow.Table.from_pylist(rows, schema=members))
    tables.register("caps_now", compiled.subscriber_caps)
    tables.execute(f"""
        create temp table subscriber_cuts as
        select {run_of("cuts")} as run_id, cuts.contract_id, cap_members.component, cap_members.scheme_version,
               cuts.subscriber_id, cuts.level, greatest(cuts.paid_amount + cuts.amount, 0) as part, cuts.paid_amount as whole
        from {read(files)} as cuts
        inner join current_runs on {run_of("cuts")} = current_runs.run_id
            and cuts.counterparty_id = current_runs.counterparty_id
        inner join cap_members on cuts.scheme = cap_members.scheme and cuts.component = cap_members.cap
        where cuts.amount < 0 and cuts.paid_amount > 0
            and not exists (
                select 1 from caps_now
                where is_over_contract and caps_now.contract_id = cuts.contract_id
                    and caps_now.component = cuts.component and caps_now.member = cap_members.component)
    """)
    row = tables.execute("select coalesce(max(level), 0) from subscriber_cuts").fetchone()
    return row[0] if row else 0


def _taken(files: list[str]) -> str:
    """SQL of the lines by which something was taken back or given back."""
    if not files:
        return ""
    root = " || '|' || ".join(f"lines.taken_{name}" for name in _ROOT)
    return f"""
        select {root} as root, current_runs.period, lines.counterparty_id, lines.scheme, lines.component, lines.data_set,
               lines.load_id, lines.row_number, lines.subscriber_id, lines.outlet_id, lines.event_date, lines.amount,
               true as is_clawback, {", ".join(f"lines.taken_{name}" for name in _ROOT)}
        from {read(files)} as lines
        inner join current_runs on {run_of("lines")} = current_runs.run_id
            and lines.counterparty_id = current_runs.counterparty_id
        where lines.amount <> 0 and (lines.scheme, lines.component) in (select (scheme, member) from families)
    """


def _first_period(period: Period, rows: list[dict[str, Any]]) -> Period:
    """The earliest period whose lines an event of this one may take back."""
    if any(row["is_endless"] or row["skips_suspension"] for row in rows):
        return Period.parse("0001-01")
    months = max((row["window_months"] for row in rows), default=0)
    days = max((row["window_days"] for row in rows), default=0)
    return min(period.shifted(-months), Period.of(period.start - timedelta(days=days)))


def _let_through(connection: Connection, period: Period, versions: Iterable[schemes.Scheme]) -> pyarrow.Table:
    known = {(scheme.scheme, scheme.version): scheme for scheme in versions}
    rewards = connection.execute(
        """select period, contract_id, scheme, scheme_version, component, amount
           from results.rewards join runs.current_versions using (period, counterparty_id, run_id)
           where period < %s and (period, contract_id) in (
               select rewards.period, rewards.contract_id
               from results.rewards join runs.current_versions using (period, counterparty_id, run_id)
               where amount < 0 and scheme = any(%s))""",
        [str(period), sorted({name for name, scheme in _with_caps(known)})],
    ).fetchall()
    totals: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rewards:
        of_contract = totals.setdefault((row["period"], row["contract_id"]), {})
        of_contract[row["component"]] = of_contract.get(row["component"], 0) + row["amount"]
    found: dict[tuple[str, str, str], tuple[Any, Any]] = {}
    for row in rewards:
        scheme = known.get((row["scheme"], row["scheme_version"]))
        limit = scheme.limits.get(row["component"]) if scheme else None
        if scheme is None or limit is None or limit.per or limit.bound != "at_most" or row["amount"] >= 0:
            continue
        of_contract = totals[row["period"], row["contract_id"]]
        paying = [name for name in limit.of if name in scheme.components and not scheme.components[name].claws_back]
        whole = sum(of_contract.get(name, 0) for name in (*paying, *(cap for cap in limit.of if cap in scheme.limits)))
        part = max(whole + row["amount"], 0)
        for name in paying:
            key = (row["period"], row["contract_id"], name)
            if whole > 0 and (key not in found or part * found[key][1] < found[key][0] * whole):
                found[key] = (part, whole)
    return pyarrow.Table.from_pylist(
        [
            dict(zip(_LET_THROUGH.names, (*key, *found[key]), strict=True))
            for key in sorted(found)
        ],
        schema=_LET_THROUGH,
    )  # fmt: skip


def _with_caps(known: dict[tuple[str, int], schemes.Scheme]) -> list[tuple[str, schemes.Scheme]]:
    return [
        (name, scheme) for (name, _), scheme in known.items()
        if any(limit.bound == "at_most" and not limit.per for limit in scheme.limits.values())
    ]  # fmt: skip
