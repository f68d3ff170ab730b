"""Verifying: what readers see of a run is what it calculated, row for row.

Two comparisons for each counterparty: the run's Parquet with the hash that was written when it was published,
and the published rows of every table with the run's Parquet. Rows are compared by hashes of their text.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from prm import database
from prm.errors import NotFoundError
from prm.period import Period
from prm.settings import Settings, get_settings
from runs.invariants import open_tables
from runs.publishing import VERSIONS, partition_of, published_of
from runs.tables import verify_tables


@dataclass(frozen=True)
class Difference:
    """A counterparty of a run whose rows in `table` are not those that the run calculated."""

    table: str
    counterparty_id: str


@dataclass(frozen=True)
class Verified:
    """rows: published rows that were compared. differences: empty where all is as it was calculated."""

    run_id: int
    rows: int
    differences: list[Difference]


def verify(run_id: int, *, settings: Settings | None = None) -> Verified:
    """Compares what is published of a run with the Parquet it left, counterparty by counterparty.

    Reads every published row of the run: seconds for a million lines. Raises NotFoundError for a run that was
    never published, or whose folder is gone, DamagedError where a table of it is not what the run made.
    """
    import adbc_driver_postgresql.dbapi as adbc  # see runs.publishing

    settings = settings or get_settings()
    period = _period_of(run_id, settings)
    with database.transaction(settings) as books:
        verify_tables(books, [run_id], settings)
    differences: list[Difference] = []
    rows = 0
    with (
        open_tables(settings.runs / str(run_id), settings) as tables,
        adbc.connect(database.database_url(settings)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("select counterparty_id, content_hash from results.versions where run_id = $1", [run_id])
        tables.register("published_versions", cursor.fetch_arrow_table())
        differing = tables.execute(f"""
            select coalesce(published.counterparty_id, calculated.counterparty_id) as counterparty_id
            from published_versions as published full join ({VERSIONS}) as calculated using (counterparty_id)
            where coalesce(published.content_hash, '-') <> coalesce(calculated.content_hash, '')
            order by counterparty_id
        """).fetchall()
        differences += [Difference("versions", counterparty_id) for (counterparty_id,) in differing]
        for table, query in published_of(settings.runs / str(run_id)).items():
            columns = [column[0] for column in tables.execute(f"describe {query}").fetchall()]
            as_text = ", ".join(f"cast({column} as text) as {column}" for column in columns)
            cursor.execute(f"select {as_text} from results.{partition_of(table, period)} where run_id = $1", [run_id])
            reader = cursor.fetch_record_batch()  # DuckDB finds it by this name, and reads it batch by batch
            tables.execute(f"create or replace temp table published as {_hashes(columns, 'reader')}")
            del reader
            counted, who = _compare(tables, _hashes(columns, f"(select {as_text} from ({query}))"))
            rows += counted
            differences += [Difference(table, counterparty_id) for counterparty_id in who]
    return Verified(run_id, rows, differences)


def _period_of(run_id: int, settings: Settings) -> Period:
    with database.transaction(settings) as connection:
        row = connection.execute(
            "select period from runs.runs where run_id = %s and state in ('published', 'rolled back')", [run_id]
        ).fetchone()
    if row is None or not (settings.runs / str(run_id) / "tables").exists():
        raise NotFoundError(f"There is no published run {run_id} here.", hint="`prm runs` lists them.")
    return Period.parse(row["period"])


def _hashes(columns: list[str], source: str) -> str:
    return f"""
        select counterparty_id, count(*) as rows, sum(cast(hash({", ".join(columns)}) as hugeint)) as hash
        from {source} group by counterparty_id
    """


def _compare(tables: duckdb.DuckDBPyConnection, calculated: str) -> tuple[int, list[str]]:
    """How many rows are published, and the counterparties whose rows differ from the calculated ones."""
    counted = tables.execute("select coalesce(sum(rows), 0) from published").fetchone()
    assert counted is not None
    differing = tables.execute(f"""
        select coalesce(published.counterparty_id, calculated.counterparty_id) as counterparty_id
        from published full join ({calculated}) as calculated using (counterparty_id)
        where published.hash is distinct from calculated.hash
        order by counterparty_id
    """).fetchall()
    return int(counted[0]), [counterparty_id for (counterparty_id,) in differing]
