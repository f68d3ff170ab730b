"""What was paid in earlier periods and may be taken back now: lines of the current versions, pinned with a run.

Read from the Parquet of the runs whose versions are current: the book of record has the same rows, and a file is read
column by column. What a cap cut from a period is no pay: each line counts with the part that the cap let through.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow

import schemes
from prm import duck
from prm.database import Connection
from prm.errors import NotFoundError
from prm.period import Period
from prm.settings import Settings
from runs.tables import verify_tables

_CURRENT = pyarrow.schema([
    ("period", pyarrow.string()), ("counterparty_id", pyarrow.string()), ("run_id", pyarrow.int64()),
])  # fmt: skip
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
    connection: Connection, period: Period, compiled: schemes.CompiledTerms, versions: Iterable[schemes.Scheme],
    settings: Settings, *, verifies: bool = True,
) -> pyarrow.Table:  # fmt: skip
    """The lines that this period's events may take back from, and those by which that was done before.

    verifies: the files are compared with their hashes first. Raises NotFoundError where the folder of a run is gone
    whose version is current, DamagedError where a file of it has changed.
    """
    rows = compiled.clawbacks.to_pylist()
    current = current_runs(connection, period) if rows else []
    with duck.connect(settings=settings) as tables:
        tables.register("current_runs", pyarrow.Table.from_pylist(current, schema=_CURRENT))
        tables.register("families", compiled.families)
        tables.register("clawbacks", compiled.clawbacks)
        tables.register(
            "let_through", _let_through(connection, period, versions) if rows else _LET_THROUGH.empty_table()
        )
        runs_since = {row["run_id"] for row in current if row["period"] >= str(_first_period(period, rows))}
        runs_before = {row["run_id"] for row in current}
        lines, taken = (
            _files(runs_since, "int_event_lines", settings),
            _files(runs_before, "int_clawback_lines", settings),
        )
        if verifies:
            verify_tables(connection, runs_since, settings, ["int_event_lines"])
            verify_tables(connection, runs_before, settings, ["int_clawback_lines"])
        parts = [
            _paid(tables, lines),
            _taken(tables, taken),
        ]
        query = " union all by name ".join([_EMPTY, *filter(None, parts)])
        return tables.execute(f"select * from ({query}) order by all").to_arrow_table()


def let_through(
    connection: Connection, period: Period, versions: Iterable[schemes.Scheme]
) -> dict[tuple[str, str, str], tuple[Any, Any]]:
    """Of components that a cap cut in an earlier period: (period, contract, component) → (what was paid, of what)."""
    rows = _let_through(connection, period, versions).to_pylist()
    return {(row["period"], row["contract_id"], row["component"]): (row["part"], row["whole"]) for row in rows}


def _paid(tables: duckdb.DuckDBPyConnection, files: list[str]) -> str:
    """SQL of the lines that were paid, each with the part that caps let through, to four places and never more."""
    if not files:
        return ""
    root = " || '|' || ".join(f"lines.{name}" if name != "period" else "current_runs.period" for name in _ROOT)
    amount, part, whole = map(_ten_thousandths, ("lines.amount", "part", "whole"))
    cut = f"(abs({amount}) * {part} + case when lines.amount < 0 then {whole} - 1 else 0 end) // {whole}"
    return f"""
        select {root} as root, current_runs.period, lines.counterparty_id, lines.scheme, lines.component, lines.data_set,
               lines.load_id, lines.row_number, lines.subscriber_id, lines.outlet_id, lines.event_date,
               case when let_through.component is null then lines.amount
                   else cast(sign(lines.amount) * ({cut}) * cast(0.0001 as decimal(5, 4)) as decimal(18, 4)) end as amount,
               false as is_clawback, current_runs.period as taken_period, lines.contract_id as taken_contract_id,
               lines.component as taken_component, lines.stream as taken_stream, lines.data_set as taken_data_set,
               lines.load_id as taken_load_id, lines.row_number as taken_row_number
        from {_read(files)} as lines
        inner join current_runs on {_run_of("lines")} = current_runs.run_id
            and lines.counterparty_id = current_runs.counterparty_id
        left join let_through on current_runs.period = let_through.period
            and lines.contract_id = let_through.contract_id and lines.component = let_through.component
        where lines.outcome = 'paid' and lines.amount <> 0 and lines.subscriber_id is not null
            and (lines.scheme, lines.component) in (select (scheme, takes) from clawbacks where depth = 1)
    """


def _ten_thousandths(amount: str) -> str:
    """SQL of an amount as a whole number: of 18 digits, times 10,000 needs more."""
    return f"cast(cast({amount} as decimal(28, 4)) * 10000 as hugeint)"


def _taken(tables: duckdb.DuckDBPyConnection, files: list[str]) -> str:
    """SQL of the lines by which something was taken back or given back."""
    if not files:
        return ""
    root = " || '|' || ".join(f"lines.taken_{name}" for name in _ROOT)
    return f"""
        select {root} as root, current_runs.period, lines.counterparty_id, lines.scheme, lines.component, lines.data_set,
               lines.load_id, lines.row_number, lines.subscriber_id, lines.outlet_id, lines.event_date, lines.amount,
               true as is_clawback, {", ".join(f"lines.taken_{name}" for name in _ROOT)}
        from {_read(files)} as lines
        inner join current_runs on {_run_of("lines")} = current_runs.run_id
            and lines.counterparty_id = current_runs.counterparty_id
        where lines.amount <> 0 and (lines.scheme, lines.component) in (select (scheme, member) from families)
    """


def _read(files: list[str]) -> str:
    return f"read_parquet([{', '.join(map(duck.quote, files))}], filename = true)"


def _run_of(lines: str) -> str:
    """SQL of the run whose folder a row was read from."""
    return rf"cast(regexp_extract({lines}.filename, '(\d+)/tables/[^/]+$', 1) as bigint)"


def _files(runs: set[int], table: str, settings: Settings) -> list[str]:
    files = [settings.runs / str(run_id) / "tables" / f"{table}.parquet" for run_id in sorted(runs)]
    return [str(file) for file in files if _is_there(file)]


def _is_there(file: Path) -> bool:
    if not file.parent.exists():
        raise NotFoundError(
            f"The tables of run {file.parent.parent.name} are gone, and something it paid may be taken back.",
            hint="Restore its folder, or calculate its period again.",
        )
    return file.exists()  # runs of before there were clawbacks have none


def current_runs(connection: Connection, period: Period) -> list[dict[str, Any]]:
    """The current versions of earlier periods that have lines: period, counterparty_id, run_id."""
    return connection.execute(
        """select period, counterparty_id, run_id from runs.current_versions join results.versions
               using (period, counterparty_id, run_id)
           where period < %s and lines > 0 order by period, counterparty_id collate "C" """,
        [str(period)],
    ).fetchall()


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
        if scheme is None or limit is None or limit.bound != "at_most" or row["amount"] >= 0:
            continue
        of_contract = totals[row["period"], row["contract_id"]]
        paying = [name for name in limit.of if name in scheme.components and not scheme.components[name].claws_back]
        whole = sum(of_contract.get(name, 0) for name in paying)
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
        if any(limit.bound == "at_most" for limit in scheme.limits.values())
    ]  # fmt: skip
