"""Moving a home: the private databases of runs name files by their whole path, and follow when those move."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from prm.duck import quote
from prm.settings import Settings, get_settings
from runs.dbt_process import DATABASE


def move_home(former: Path, *, settings: Settings | None = None) -> int:
    """Points the views of every run at this home, where they were made in another one. Returns how many runs there are.

    former: the home they were made in. A run's tables are Parquet and stay as they are.
    """
    settings = settings or get_settings()
    databases = sorted(settings.runs.glob(f"*/{DATABASE}"))
    if former != settings.home:
        for path in databases:
            point_views(path, {former: settings.home})
    return len(databases)


def point_views(path: Path, places: Mapping[Path, Path]) -> None:
    """Makes a DuckDB database's views anew, with other folders in place of some, in their order, before all below them."""
    swaps = [(quote(f"{former}/")[:-1], quote(f"{now}/")[:-1]) for former, now in places.items()]
    with duckdb.connect(str(path)) as connection:
        left = [sql for (sql,) in connection.execute("select sql from duckdb_views() where not internal").fetchall()]
        while left:  # one that stands on another can only be made after it
            later = [sql for sql in left if not _made_anew(connection, sql, swaps)]
            if len(later) == len(left):
                break  # a file of theirs is gone; `open_run` says so
            left = later


def _made_anew(connection: duckdb.DuckDBPyConnection, sql: str, swaps: list[tuple[str, str]]) -> bool:
    for former, now in swaps:
        sql = sql.replace(former, now)
    try:
        connection.execute(sql.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1))
    except duckdb.IOException:
        return False
    return True
