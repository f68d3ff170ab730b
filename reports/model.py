"""What a renderer draws: a document of facts and tables, free of where the data came from.

Values are plain: text, exact decimals, whole numbers and days. How each looks (places, language) is the
column's and the renderer's business; what they add up to is decided here, in decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

from prm.words import Language

Value = str | Decimal | int | date | None
Kind = Literal["text", "money", "number", "quantity", "share", "day"]
"""money: of the row's currency. number: a whole one. quantity: a decimal with the places it has. share: 0.05 is 5 %."""


@dataclass(frozen=True)
class Column:
    """A column: its title in the document's language, kind, relative width, and whether it is totalled."""

    name: str
    title: str
    kind: Kind
    width: float
    total: bool = False


class Row(NamedTuple):
    """A row of values, column by column, its money in one currency. level: 0 - a row of data, 1 - a subtotal, 2 - a total."""

    values: tuple[Value, ...]
    level: int = 0
    currency: str = ""


@dataclass(frozen=True)
class Chart:
    """A picture of a table's first rows. label, value: indices of columns. most: of how many rows.

    kind: `bar` - lying bars, for names; `column` - standing ones, for months.
    """

    kind: Literal["bar", "column"]
    title: str
    label: int
    value: int
    most: int


@dataclass(frozen=True)
class Section:
    """A table. `rows` may be called as often as wanted; it streams, so that length costs no memory.

    count: how many rows of data there are. note: a sentence in place of a table without rows. chart: above the table.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    count: int
    rows: Callable[[], Iterator[Row]]
    note: str
    subtotal_by: str | None = None
    chart: Chart | None = None

    def charted(self) -> list[Row]:
        """The rows of data that the chart shows."""
        if not self.chart or not self.count:
            return []
        return list(islice((row for row in self.rows() if row.level == 0), self.chart.most))


@dataclass(frozen=True)
class Party:
    """Who signs: the role, the name, and requisites a line each."""

    role: str
    name: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """How the operator's documents look. color: of headers, `#RRGGBB`. logo: a PNG or JPEG."""

    color: str = "#1F3864"
    logo: Path | None = None


@dataclass(frozen=True)
class Csv:
    """How CSV is written. section: the table it holds; None: the last."""

    encoding: str = "utf-8-sig"
    delimiter: str = ";"
    section: str | None = None


@dataclass(frozen=True)
class Document:
    """A document: a title, facts about it (label, value), sentences, tables, closing sentences and who signs."""

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    language: Language
    words: dict[str, str]
    closing: tuple[str, ...] = ()
    signatures: tuple[Party, ...] = ()
    is_landscape: bool = False
    intro: tuple[str, ...] = ()
    look: Look = Look()
    csv: Csv = Csv()


def with_totals(rows: Iterator[Row], columns: tuple[Column, ...], words: dict[str, str],
                subtotal_by: str | None = None) -> Iterator[Row]:  # fmt: skip
    """Rows followed by their total, with a subtotal after each group where one is asked for.

    Rows of a group must follow one another. Totals are exact sums of what the rows show, one for each currency.
    """
    total, group = _Sums(columns), _Sums(columns)
    is_totalled = any(column.total for column in columns)
    by = [column.name for column in columns].index(subtotal_by) if subtotal_by else None
    current: Value = None
    for row in rows:
        if by is not None and row.values[by] != current:
            yield from group.rows(f"{words['subtotal']}: {current}", 1)
            group = _Sums(columns)
        if by is not None:
            current = row.values[by]
            group.add(row)
        if is_totalled:
            total.add(row)
        yield row
    yield from group.rows(f"{words['subtotal']}: {current}", 1)
    yield from total.rows(words["total"], 2)


class _Sums:
    """Sums by currency, in the order in which currencies come."""

    def __init__(self, columns: tuple[Column, ...]):
        self.columns = columns
        self.totalled = [index for index, column in enumerate(columns) if column.total]
        self.by_currency: dict[str, dict[int, Decimal | int]] = {}

    def add(self, row: Row) -> None:
        sums = self.by_currency.setdefault(row.currency, {})
        for index in self.totalled:
            value = row.values[index]
            if isinstance(value, Decimal | int):
                sums[index] = sums.get(index, 0) + value

    def rows(self, label: str, level: int) -> Iterator[Row]:
        """A row for each currency, named where there are several; rows without one that sum to nothing have none."""
        shown = {
            name: sums for name, sums in self.by_currency.items() if name or any(sums.values())
        } or self.by_currency
        for currency, sums in shown.items():
            named = f"{label}, {currency}" if currency and len(shown) > 1 else label
            summed = [
                sums.get(index, Decimal(0) if column.kind == "money" else 0) if column.total else None
                for index, column in enumerate(self.columns)
            ]
            yield Row((named, *summed[1:]), level, currency)
