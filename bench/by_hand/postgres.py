"""The same inputs in PostgreSQL, as a user would load them: typed tables, COPY from CSV, ANALYZE."""

from __future__ import annotations

from pathlib import Path

import duckdb
import psycopg

from bench import by_hand
from prm.duck import quote

_CHUNK = 1 << 20


def export_csv(files: dict[str, list[Path]], folder: Path) -> dict[str, Path]:
    """The inputs as one CSV file a table, and how its table is declared beside it (`<table>.sql`)."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    with duckdb.connect() as connection:
        connection.execute(by_hand.views(files))
        for name in files:
            columns = connection.execute(f"describe {name}").fetchall()
            declared = {
                column: kind.replace("DECIMAL", "numeric").replace("VARCHAR", "text") for column, kind, *_ in columns
            }
            if name in by_hand.FACTS:
                declared = by_hand.columns_of(name)
            (folder / f"{name}.sql").write_text(
                f"create table {name} ({', '.join(f'{column} {kind}' for column, kind in declared.items())})"
            )
            written[name] = folder / f"{name}.csv"
            connection.execute(f"copy (select {', '.join(declared)} from {name}) to {quote(written[name])} (header)")
    return written


def load(url: str, tables: dict[str, Path]) -> int:
    """Makes the tables anew and copies the files into them; returns the rows."""
    rows = 0
    with psycopg.connect(url) as connection:
        connection.execute("drop schema if exists public cascade; create schema public")
        for name, path in tables.items():
            connection.execute(path.with_suffix(".sql").read_bytes())
            with connection.cursor() as cursor:
                with path.open("rb") as file, cursor.copy(f"copy {name} from stdin (format csv, header)") as copy:
                    while chunk := file.read(_CHUNK):
                        copy.write(chunk)
                rows += cursor.rowcount
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("analyze")
    return rows


def calculate(url: str, query: str, memory: str = "512MB") -> tuple[int, str, int]:
    """Writes the query's lines into a table. Returns the lines, their total, and the backend's peak memory in bytes."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"set work_mem = '{memory}'")
        connection.execute("set jit = off")
        connection.execute("drop table if exists lines")
        connection.execute(f"create table lines as {query}")
        peak = _peak_of(connection.info.backend_pid)
        lines, total = connection.execute("select count(*), sum(amount) from lines").fetchone()  # type: ignore[misc]
    return lines, str(total), peak


def _peak_of(process: int) -> int:
    """Peak resident memory of a process of this machine; 0 where it cannot be seen (a server elsewhere)."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return 0
    found = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(found.split()[1]) * 1024
