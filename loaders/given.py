"""A file that a person gives to a command: read by its contract like any other, whole or not at all.

It has no slot and goes to nobody's inbox: whoever asked for it keeps its rows.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet

from loaders.by_hand import BadRow, RowsRefused
from loaders.contract import EXTENSIONS, Contract, given_contract
from loaders.opening import open_file
from loaders.reading import Rows, read_rows
from loaders.refusal import REASONS
from loaders.source import take
from prm import duck
from prm.errors import NotFoundError, Place, PrmError
from prm.settings import Settings, get_settings


@dataclass(frozen=True)
class GivenRow:
    """A row of the file. number: from 1 below the header. values: by column, typed; None where empty."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True)
class GivenFile:
    """A file that was read. content_hash: SHA-256 of its (unpacked) bytes, in hex; bytes: how many there are."""

    file_name: str
    content_hash: str
    bytes: int
    rows: tuple[GivenRow, ...]


def read_given(path: Path, data_set: str, *, settings: Settings | None = None) -> GivenFile:
    """Reads a file by the contract `contracts/given/<data set>.yaml`. Registers nothing.

    Raises NotFoundError where there is no file, FileRefused for one that can't be understood, RowsRefused with every row
    that the contract refuses.

        read_given(Path("our figures.xlsx"), "counterparty_figures").rows[0].values["amount"]
    """
    settings = settings or get_settings()
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}.")
    name = path.name.lower()
    extension = next((one for one in sorted(EXTENSIONS, key=len, reverse=True) if name.endswith(one)), None)
    if extension is None:
        raise PrmError(
            "The file is of no kind that can be read.", where=Place(path.name), hint=f"Send {', '.join(EXTENSIONS)}."
        )
    contract = given_contract(data_set)
    with tempfile.TemporaryDirectory(prefix="prm-") as folder:
        work = Path(folder)
        source = take(path, work)
        connection = duck.connect(settings=settings)
        try:
            conversion, text, _ = open_file(path, extension, source, contract, None, work)
            rows = read_rows(connection, conversion, text, work, path.name)
            _refuse(rows, path, work)
            found = _accepted(rows, contract)
        finally:
            connection.close()
    return GivenFile(path.name, source.content_hash, source.bytes, found)


def _refuse(rows: Rows, path: Path, work: Path) -> None:
    if not rows.reasons:
        return
    target = work / "refused.parquet"
    rows.write_refused(target, "")
    bad = [
        BadRow(row["row_number"], ": ".join(filter(None, (_words(rows, row["reason"]), row["detail"]))))
        for row in parquet.read_table(target).to_pylist()
    ]
    raise RowsRefused(path.name, bad)


def _words(rows: Rows, reason: str) -> str:
    rules = {rule.code: rule.text for rule in rows.conversion.contract.rules}
    words = REASONS.get(reason) or rules.get(reason)
    return words.en if words else reason


def _accepted(rows: Rows, contract: Contract) -> tuple[GivenRow, ...]:
    names = list(contract.columns)
    columns = ", ".join(f'"{name}"' for name in names)
    return tuple(
        GivenRow(number, dict(zip(names, values, strict=True)))
        for number, *values in rows.query(f"select {rows.number}, {columns} from typed order by 1")
    )
