"""One row of a file that was offered, looked up: what it said, and whether it was accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow.parquet as parquet

from loaders.register import quarantined_rows
from prm.database import Connection
from prm.errors import NotFoundError
from prm.settings import Settings
from prm.words import Words


@dataclass(frozen=True)
class InputRow:
    """A row of an input file. state: of its load. values: its columns, typed, where it was accepted (empty where the
    lake no longer has the file). refusals: why it was refused, as (reason, detail). raw: as it was written, if refused.
    """

    data_set: str
    file_name: str
    load_id: str
    row_number: int
    state: str
    values: dict[str, Any] = field(default_factory=dict)
    refusals: tuple[tuple[str, str], ...] = ()
    raw: str | None = None


def loads_named(connection: Connection, name: str) -> list[dict[str, Any]]:
    """The loads with a file name or number, those that are live first, then the newest."""
    return connection.execute(
        """select * from loads.loads where file_name = %(name)s or load_id = %(name)s
           order by state <> 'live', loaded_at desc""",
        {"name": name},
    ).fetchall()


def input_row(connection: Connection, load_id: str, row_number: int, *, settings: Settings) -> InputRow:
    """A row of a load. Raises NotFoundError where there is no such load, or the load has no such row."""
    load = connection.execute("select * from loads.loads where load_id = %s", [load_id]).fetchone()
    if load is None:
        raise NotFoundError(f"There is no load '{load_id}'.", hint="`prm loads` lists them.")
    of = {
        "data_set": load["data_set"], "file_name": load["file_name"], "load_id": load_id, "row_number": row_number,
        "state": load["state"],
    }  # fmt: skip
    if load["rows_total"] is not None and not 1 <= row_number <= load["rows_total"]:
        raise NotFoundError(
            Words(f"{load['file_name']} has no row {row_number}.", f"В {load['file_name']} нет строки {row_number}."),
            hint=Words(
                f"Its rows are 1 to {load['rows_total']}, counted below the header.",
                f"Строки в нём — с 1 по {load['rows_total']}, считая под заголовком.",
            ),
        )
    partitions = connection.execute(
        "select path from loads.partitions where load_id = %s order by period nulls first", [load_id]
    ).fetchall()
    for partition in partitions:
        path = settings.home / partition["path"]
        if not path.exists():
            continue
        found = parquet.read_table(path, filters=[("row_number", "=", row_number)]).to_pylist()
        if found:
            values = {name: value for name, value in found[0].items() if name not in ("load_id", "row_number")}
            return InputRow(**of, values=values)
    refused = [row for row in quarantined_rows(load_id, settings) if row["row_number"] == row_number]
    if refused:
        reasons = tuple((row["reason"], row["detail"] or "") for row in refused)
        return InputRow(**of, refusals=reasons, raw=refused[0]["raw"])
    return InputRow(**of)
