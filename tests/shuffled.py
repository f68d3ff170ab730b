"""A run's models once more, with the rows of all its inputs in another order: the same tables, row for row."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as parquet

import runs
from prm.settings import Settings

IN_NO_ORDER = {"int_events"}
"""Tables that later models sort: their rows are always the same, their order is not."""


def assert_same_when_shuffled(folder: Path, settings: Settings) -> None:
    """Calculates a run's folder again from shuffled inputs, in place; every table must be what it was."""
    before = {path.stem: parquet.read_table(path) for path in (folder / "tables").glob("*.parquet")}
    assert before.keys() == set(runs.OUTPUTS)
    with duckdb.connect(str(folder / "run.duckdb")) as connection:
        views = connection.execute(
            "select view_name from duckdb_views() where schema_name = 'inputs' order by view_name"
        ).fetchall()
        assert len(views) > 20
        for (view,) in views:
            connection.execute(
                f"create table shuffled as select * from inputs.{view} order by hash(columns(*)::varchar) desc"
            )
            connection.execute(f"drop view inputs.{view}; create table inputs.{view} as from shuffled")
            connection.execute("drop table shuffled")
    done = runs.dbt(folder, "run", settings=settings)
    assert done.returncode == 0, done.stdout[-3000:]
    for name, table in before.items():
        after = parquet.read_table(folder / "tables" / f"{name}.parquet")
        if name in IN_NO_ORDER:
            keys = [(key, "ascending") for key in ("stream", "data_set", "load_id", "row_number")]
            table, after = table.sort_by(keys), after.sort_by(keys)
        assert after.equals(table), name
