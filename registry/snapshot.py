"""The registry as of a run: every table a calculation reads, written to Parquet in a fixed order.

The same rows give the same bytes, so the hash of a snapshot says whether anything has changed.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow
import pyarrow.parquet as parquet

from prm.database import Connection
from registry.attributes import HOLDERS
from registry.decisions import values_known_on

_text, _day = pyarrow.string(), pyarrow.date32()
_value = (("attribute", _text), ("valid_from", _day), ("value", _text), ("author", _text))

SNAPSHOT_TABLES: dict[str, tuple[tuple[str, pyarrow.DataType], ...]] = {
    "counterparties": (
        ("counterparty_id", _text), ("name", _text), ("kind", _text), ("parent_id", _text), ("branch", _text),
    ),
    "outlets": (
        ("outlet_id", _text), ("counterparty_id", _text), ("name", _text), ("kind", _text),
        ("region", _text), ("opened_on", _day), ("closed_on", _day),
    ),
    "products": (("product_id", _text), ("name", _text), ("product_group", _text)),
    "contracts": (
        ("contract_id", _text), ("counterparty_id", _text), ("scheme", _text), ("valid_from", _day),
        ("valid_to", _day), ("status", _text), ("currency", _text), ("notice_days", pyarrow.int32()),
    ),
    "contract_attributes": (("contract_id", _text), *_value),
    "counterparty_attributes": (("counterparty_id", _text), *_value),
    "branch_attributes": (("branch", _text), *_value),
    "links": (
        ("subscriber_id", _text), ("outlet_id", _text), ("valid_from", _day), ("valid_to", _day),
        ("reason", _text), ("author", _text),
    ),
    "fraud_marks": (
        ("mark_id", pyarrow.int64()), ("subscriber_id", _text), ("valid_from", _day), ("valid_to", _day), ("reason", _text), ("author", _text),
    ),
}  # fmt: skip
"""The tables of a snapshot, with the columns a calculation may use and their types."""


def export_snapshot(connection: Connection, folder: Path, *, known_on: date | None = None) -> dict[str, Path]:
    """Writes each table of the registry as `<folder>/<table>.parquet`, sorted by all its columns.

    Take it inside a repeatable-read transaction where the tables must agree with one another. known_on: the agreed
    values are written as they were known on that day; None: as they are known now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    known_then = {table: level for level, (_, _, table) in HOLDERS.items()} if known_on else {}
    for table, columns in SNAPSHOT_TABLES.items():
        if known_on and table in known_then:
            rows = sorted(
                values_known_on(connection, known_then[table], known_on),
                key=lambda row: [(row[name] is None, row[name]) for name, _ in columns],  # used at once
            )
        else:
            names = ", ".join(name for name, _ in columns)
            collated = ", ".join(f'{name} collate "C"' if kind == _text else name for name, kind in columns)
            rows = connection.execute(f"select {names} from registry.{table} order by {collated}").fetchall()
        path = folder / f"{table}.parquet"
        parquet.write_table(pyarrow.Table.from_pylist(rows, schema=pyarrow.schema(columns)), path)
        written[table] = path
    return written
