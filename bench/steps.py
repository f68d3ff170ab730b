"""The steps that are measured, each run in a process of its own: `python -m bench.steps STEP FOLDER`.

A step prints one line of JSON: `seconds` of what is measured (not of starting Python or of preparing), `rows`, and
what else it found. Peak memory is taken by `bench.run`, which started the process, from the operating system.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import psycopg

import loaders
import registry
import runs
from bench import by_hand, documents, library, settling, versions
from bench.by_hand import postgres
from bench.calculating import calculate_unpublished, contracts_from
from bench.make_data import PERIOD, is_facts, make_data
from prm import database, duck
from prm.duck import quote
from prm.settings import Settings
from runs.invariants import open_tables
from runs.publishing import PUBLISHED

Found = dict[str, Any]
BASELINE = "prm_bench"
"""Database of the hand-written PostgreSQL side, on the same server as ours."""


@contextmanager
def timed(found: Found) -> Iterator[None]:
    """Puts the seconds of its block into `found`."""
    began = time.perf_counter()
    yield
    found["seconds"] = time.perf_counter() - began


def prepare(settings: Settings) -> Found:
    """Not measured: a fresh database, reference data and schemes, so that only facts are left to load."""
    database.migrate(settings)
    for path in make_data(settings.inbox):
        if not is_facts(path):
            _expect(loaders.load(path, settings=settings), "accepted", "offered again")
    with database.transaction(settings) as connection:
        registry.add_library(connection)
    return {"seconds": 0.0}


def load_ours(settings: Settings) -> Found:
    """Our load of every facts file: fingerprint, contract, types, reasons, Parquet, register."""
    found: Found = {"rows": 0, "bytes": 0}
    with timed(found):
        for path in filter(is_facts, make_data(settings.inbox)):
            result = loaders.load(path, settings=settings)
            _expect(result, "accepted")
            found["rows"] += result.rows_accepted
            found["bytes"] += path.stat().st_size
    return found


def load_by_hand(settings: Settings) -> Found:
    """DuckDB's own CSV to Parquet, with the types declared: no checks, no duplicates looked for, no register."""
    target = settings.home / "by_hand"
    target.mkdir(exist_ok=True)
    found: Found = {"rows": 0}
    with duck.connect(settings=settings) as connection, timed(found):
        for path in filter(is_facts, make_data(settings.inbox)):
            kinds = by_hand.columns_of(path.stem.split("_20")[0])
            columns = ", ".join(f"'{name}': '{kind}'" for name, kind in kinds.items() if name not in _OURS)
            rows = connection.execute(f"""
                copy (select * from read_csv({quote(path)}, columns = {{{columns}}}, header = true, auto_detect = false))
                to {quote(target / f"{path.stem}.parquet")} (format parquet, compression zstd, compression_level 1)""")
            found["rows"] += rows.fetchall()[0][0]
    return found


_OURS = ("load_id", "row_number")


def calculate_ours(settings: Settings) -> Found:
    """Our calculation of the whole period, with its stages; `models` is dbt's time less its start."""
    return _calculate(settings, None)


def calculate_largest(settings: Settings) -> Found:
    """A rerun of the counterparty with the most lines, which is the worst case."""
    return _calculate(settings, [_by_lines(settings)[-1]])


def calculate_middling(settings: Settings) -> Found:
    """A rerun of a counterparty that has fewer lines than half of them, and more than the other half."""
    by_lines = _by_lines(settings)
    return _calculate(settings, [by_lines[len(by_lines) // 2]])


def _by_lines(settings: Settings) -> list[str]:
    with database.transaction(settings) as connection:
        rows = connection.execute("""
            select counterparty_id from reporting.versions
            where is_current and counterparty_id <> '' order by lines, counterparty_id""")
        return [row["counterparty_id"] for row in rows]


def _calculate(settings: Settings, counterparties: list[str] | None) -> Found:
    found: Found = {}
    with timed(found):
        result = runs.calculate(PERIOD, counterparties, force=True, reason="benchmark", settings=settings)
    found |= {"run": result.run_id, "rows": result.lines, "amount": str(result.amount)}
    found["stages"] = {stage.name: stage.seconds for stage in result.stages}
    with database.transaction(settings) as connection:
        row = connection.execute("select stages from runs.runs where run_id = %s", [result.run_id]).fetchone()
    assert row is not None
    found["models"] = sum(row["stages"]["models"].values())
    return found


def calculate_by_hand(settings: Settings) -> Found:
    """The hand-written DuckDB query over the same files, its lines written as Parquet."""
    return _by_hand(settings, "")


def calculate_by_hand_sorted(settings: Settings) -> Found:
    """The same, with its lines in our order."""
    order = "counterparty_id, contract_id, component, event_date, data_set, load_id, row_number"
    return _by_hand(settings, f"order by {order}")


def _by_hand(settings: Settings, order: str) -> Found:
    target, found = settings.home / "by_hand" / "lines.parquet", Found()
    with duck.connect(target.with_name("work.duckdb"), settings=settings) as connection:
        connection.execute(by_hand.views(_pinned(settings)))
        with timed(found):
            connection.execute(
                f"copy (select * from ({by_hand.query('calculate_duckdb', PERIOD)}) {order}) to {quote(target)} (format parquet)"
            )
        rows, amount = connection.execute(f"select count(*), sum(amount) from {quote(target)}").fetchall()[0]
    target.with_name("work.duckdb").unlink()
    return found | {"rows": rows, "amount": str(amount)}


def export_csv(settings: Settings) -> Found:
    """Not measured: the inputs as CSV for PostgreSQL's COPY."""
    postgres.export_csv(_pinned(settings), settings.home / "by_hand" / "csv")
    return {"seconds": 0.0}


def postgres_load(settings: Settings) -> Found:
    """PostgreSQL's load by hand: COPY of every table, then ANALYZE."""
    found, folder = Found(), settings.home / "by_hand" / "csv"
    url = database.create_database(BASELINE, settings)
    tables = {path.stem: path for path in sorted(folder.glob("*.csv"))}
    with timed(found):
        found["rows"] = postgres.load(url, tables)
    return found


def postgres_query(settings: Settings) -> Found:
    """The hand-written PostgreSQL query, its lines written into a table."""
    found = Found()
    url = database.create_database(BASELINE, settings)
    with timed(found):
        rows, amount, peak = postgres.calculate(url, by_hand.query("calculate_postgres", PERIOD))
    return found | {"rows": rows, "amount": amount, "peak": peak}


def ingest_by_hand(settings: Settings) -> Found:
    """A bare ADBC ingest of the very rows that our run has published: no version, no pointer, no index, no checks."""
    folder, found = _last_whole_run(settings), Found(rows=0)
    url = database.create_database(BASELINE, settings)
    with psycopg.connect(url, autocommit=True) as connection:
        for name in PUBLISHED:
            connection.execute(f"drop table if exists bare_{name}")
    with (
        open_tables(folder, settings) as tables, timed(found), adbc.connect(url) as connection, connection.cursor() as cursor,
    ):  # fmt: skip
        for name, query in PUBLISHED.items():
            reader = tables.execute(query).to_arrow_reader(100_000)
            found["rows"] += cursor.adbc_ingest(f"bare_{name}", reader, mode="create")
        connection.commit()
    return found


def one_version(settings: Settings) -> Found:
    """The whole period with all contracts under one scheme that has every feature of the language; not published."""
    return _under_versions(settings, 1)


def many_versions(settings: Settings) -> Found:
    """The same under 200 such schemes, each with rules of its own: the lines must be those of the one, multiplied."""
    found = _under_versions(settings, versions.COUNT)
    of_one, of_many = (_unpublished(settings, f"versions_{count}") / "tables" for count in (1, versions.COUNT))
    if of_one.exists():
        with duck.connect(settings=settings) as connection:
            if different := versions.differences(connection, of_one, of_many):
                raise SystemExit(
                    f"The lines of {versions.COUNT} versions are not those of one, multiplied: {different}"
                )
    return found


def _under_versions(settings: Settings, count: int) -> Found:
    work = settings.home / "versions"
    work.mkdir(exist_ok=True)
    with database.transaction(settings) as connection:
        for path in versions.write_versions(work, count):
            registry.add_scheme(connection, path)
    contracts = versions.write_contracts(settings.inbox, work / f"contracts_{count}.csv", count)
    with contracts_from(contracts, settings, in_dollars=True):
        return calculate_unpublished(_unpublished(settings, f"versions_{count}"), settings)


def _scheme_ours(scheme: str, settings: Settings) -> Found:
    """The whole period with all contracts under one scheme of the library, by our models; not published."""
    work = settings.home / "library"
    work.mkdir(exist_ok=True)
    contracts = library.write_contracts(settings.inbox, work / f"contracts_{scheme}.csv", scheme)
    with contracts_from(contracts, settings):
        return calculate_unpublished(_unpublished(settings, scheme), settings)


def _scheme_by_hand(scheme: str, settings: Settings) -> Found:
    """The hand-written query for the scheme over what our run has pinned: it must give the same lines of contracts."""
    folder, lines, found = _unpublished(settings, scheme), settings.home / "library" / f"{scheme}.parquet", Found()
    with duck.connect(lines.with_name("work.duckdb"), settings=settings) as connection:
        connection.execute(by_hand.views(by_hand.inputs_of_run(folder, settings.home, with_more_facts=True)))
        with timed(found):
            connection.execute(f"copy ({by_hand.query(scheme, PERIOD)}) to {quote(lines)} (format parquet)")
        if different := library.differences(connection, folder / "tables", lines):
            raise SystemExit(f"The lines of {scheme} by hand are not ours: {different}")
        rows, amount = connection.execute(f"select count(*), sum(amount) from {quote(lines)}").fetchall()[0]
    lines.with_name("work.duckdb").unlink()
    return found | {"rows": rows, "amount": str(amount)}


def _unpublished(settings: Settings, name: str) -> Path:
    return settings.home / "unpublished" / name


def _pinned(settings: Settings) -> dict[str, list[Path]]:
    return by_hand.inputs_of_run(_last_whole_run(settings), settings.home)


def _last_whole_run(settings: Settings) -> Path:
    with database.transaction(settings) as connection:
        row = connection.execute("""
            select max(run_id) as run_id from runs.runs where counterparties is null and state = 'published'""").fetchone()
    assert row is not None
    return settings.runs / str(row["run_id"])


def _expect(result: loaders.LoadResult, *outcomes: str) -> None:
    if result.outcome not in outcomes:
        raise SystemExit(f"{result.file_name}: {result.outcome}: {result.words and result.words.en}")


STEPS: dict[str, Callable[[Settings], Found]] = {
    step.__name__: step
    for step in (
        prepare, load_ours, load_by_hand, calculate_ours, calculate_by_hand, calculate_by_hand_sorted, export_csv, postgres_load,
        postgres_query, ingest_by_hand, calculate_largest, calculate_middling,
    )
}  # fmt: skip
for _scheme in library.SCHEMES:
    STEPS[f"{_scheme}_ours"] = partial(_scheme_ours, _scheme)
    STEPS[f"{_scheme}_by_hand"] = partial(_scheme_by_hand, _scheme)
STEPS |= {"one_version": one_version, "many_versions": many_versions, **settling.STEPS, **documents.STEPS}


def main() -> None:
    """Runs one step and prints what it found."""
    found = STEPS[sys.argv[1]](Settings(home=Path(sys.argv[2])))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
