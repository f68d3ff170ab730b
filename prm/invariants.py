"""What always holds of the books: each rule is a sentence and a query that must return no row.

Rooms list their own (`INVARIANTS`); `prm check` asks all of them on one snapshot.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg

from prm import database
from prm.database import Row
from prm.period import Period
from prm.settings import Settings

SHOWN = 5
"""How many of the rows that break a rule are shown."""


@dataclass(frozen=True)
class Invariant:
    """A rule of the books.

    rule: a sentence that is true while the query returns nothing. query: the rows that break it; its parameter
    `%(period)s` is a month as text, or null for all.
    """

    rule: str
    query: str


@dataclass(frozen=True)
class Checked:
    """A rule that was asked: the first rows that break it (none: it holds), and the seconds it took."""

    rule: str
    broken_by: list[Row]
    seconds: float


def check(
    invariants: Sequence[Invariant], period: Period | None = None, *, settings: Settings | None = None
) -> Iterator[Checked]:
    """Asks the rules one after the other, of a month or of all, on one snapshot of the books."""
    with database.connect(settings) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        for one in invariants:
            began = time.perf_counter()
            rows = connection.execute(
                f"select * from ({one.query}) as broken limit {SHOWN}", {"period": str(period) if period else None}
            ).fetchall()
            yield Checked(one.rule, rows, time.perf_counter() - began)
