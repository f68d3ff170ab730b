"""DuckDB as this project uses it: bounded in threads and memory, spilling beside its work."""

from __future__ import annotations

from pathlib import Path

import duckdb

from prm.settings import Settings, get_settings


def connect(
    database: Path | None = None, *, settings: Settings | None = None, read_only: bool = False
) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection (in memory without `database`) within the settings' threads and memory."""
    settings = settings or get_settings()
    connection = duckdb.connect(str(database or ":memory:"), read_only=read_only)
    spill = (database.parent if database else settings.home) / "spill"
    connection.execute(f"set threads = {settings.threads}")
    connection.execute(f"set memory_limit = '{settings.memory_limit}'")
    connection.execute(f"set temp_directory = '{spill}'")
    connection.execute("set timezone = 'UTC'")
    return connection


def quote(text: str | Path) -> str:
    """A value as a SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"
