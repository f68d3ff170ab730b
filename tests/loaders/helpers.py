"""Small files for the loaders' tests."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as parquet

CHARGES = ["charge_id", "subscriber_id", "product_id", "charged_on", "amount", "charge_kind"]


def charge(number: int, **more: str) -> dict[str, str]:
    """A sound charge of October 2026."""
    row = {
        "charge_id": f"C{number:06}", "subscriber_id": "S1", "product_id": "P1", "charged_on": "2026-10-05",
        "amount": "10.50", "charge_kind": "monthly",
    }  # fmt: skip
    return row | more


def text_of(rows: list[dict[str, str]], columns: list[str] = CHARGES, delimiter: str = ",") -> str:
    """CSV text with a header."""
    lines = [delimiter.join(columns), *(delimiter.join(row[name] for name in columns) for row in rows)]
    return "\n".join(lines) + "\n"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    """Writes a file of the inbox."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lake_rows(home, data_set: str, load_id: str) -> list[dict]:
    """The accepted rows of a load, as they are in the lake."""
    (path,) = (home.lake / data_set).rglob(f"{load_id}.parquet")
    return parquet.read_table(path, partitioning=None).to_pylist()
