"""The header against the contract, by name and never by position: `read_csv` would bind a swapped header wrongly."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from loaders.contract import Contract, Format, normalise
from loaders.refusal import FileRefused
from prm.errors import Place

_LONGEST_HEADER = 1 << 16


@dataclass(frozen=True)
class Header:
    """A file's header, understood.

    fields: the file's column names in the file's order. meanings: for each, the lake column or None if ignored.
    """

    fields: tuple[str, ...]
    meanings: tuple[str | None, ...]

    def position(self, column: str) -> int | None:
        """0-based place of a lake column in the file; None if the file has no such column."""
        return self.meanings.index(column) if column in self.meanings else None

    @property
    def extras(self) -> tuple[str, ...]:
        """Lake names of the extra columns (`attribute:…`), sorted."""
        return tuple(sorted(name for name in self.meanings if name and ":" in name))

    @property
    def ignored(self) -> tuple[str, ...]:
        """Columns of the file that the contract doesn't know."""
        return tuple(field for field, meaning in zip(self.fields, self.meanings, strict=True) if meaning is None)


def read_header(path: Path, encoding: str, contract: Contract, name: str) -> tuple[Header, Format]:
    """The header of UTF-8 text at `path` that came in `encoding`, and the declared format that it is written in."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        line = file.readline(_LONGEST_HEADER)
    if not line.strip():
        raise FileRefused("empty_file", "the file is empty", "файл пуст", where=Place(name))
    candidates = [one for one in contract.formats if one.encoding == encoding]

    def known(one: Format) -> int:
        return sum(normalise(field) in contract.names for field in _split(line, one))

    best = max(candidates, key=known)
    return understand(_split(line, best), contract, name), best


def _split(line: str, given: Format) -> list[str]:
    return next(csv.reader([line], delimiter=given.delimiter))


def understand(fields: list[str], contract: Contract, name: str) -> Header:
    """Names each field; FileRefused where a column is missing, comes twice, or may not be there."""
    meanings = [_meaning(field, contract) for field in fields]
    missing = [
        column for column in contract.columns.values() if column.name not in meanings and not column.may_be_absent
    ]
    if missing:
        accepted = "; ".join(f"{column.name} ({', '.join(column.aliases)})" for column in missing)
        raise FileRefused(
            "missing_column",
            f"the header lacks {accepted}; it has: {', '.join(fields)}",
            f"в заголовке нет столбца {accepted}; есть: {', '.join(fields)}",
            where=Place(name, 1),
        )
    for meaning in {one for one in meanings if one is not None}:
        if meanings.count(meaning) > 1:
            twice = ", ".join(field for field, one in zip(fields, meanings, strict=True) if one == meaning)
            raise FileRefused(
                "repeated_column",
                f"the header has the column {meaning} more than once: {twice}",
                f"столбец {meaning} встречается в заголовке несколько раз: {twice}",
                where=Place(name, 1),
            )
    header = Header(tuple(fields), tuple(meanings))
    if header.ignored and contract.unknown_columns == "refuse":
        raise FileRefused(
            "unknown_column",
            f"the contract knows no column {', '.join(header.ignored)}",
            f"контракт данных не знает столбца {', '.join(header.ignored)}",
            where=Place(name, 1),
        )
    return header


def _meaning(field: str, contract: Contract) -> str | None:
    plain = normalise(field)
    if plain in contract.names:
        return contract.names[plain]
    if contract.extra_prefix:
        for prefix in (contract.extra_prefix, *contract.extra_aliases):
            if plain.startswith(normalise(prefix)):
                rest = plain.removeprefix(normalise(prefix)).strip().replace(" ", "_")
                if rest:
                    return f"{contract.extra_prefix}{rest}"
    return None
