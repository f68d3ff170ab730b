"""The operator whose files are made: how large, which months, which branches, how each of them writes files."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from demo.draws import Draws
from prm.errors import PrmError
from prm.period import Period

BRANCHES = {"center": 5, "volga": 3, "ural": 2}
"""Branches and their shares of the subscribers."""

EARLIER = (10, 4)
"""How many months before the first period the older subscribers joined: outside and inside a year's window."""


@dataclass(frozen=True)
class Dialect:
    """How a branch's systems write a CSV file."""

    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    date: str = "%Y-%m-%d"
    russian: bool = False
    byte_order_mark: bool = False
    compressed: frozenset[str] = frozenset()

    def compresses(self, data_set: str) -> bool:
        """Whether files of the data set are sent as .csv.gz."""
        return data_set in self.compressed


PLAIN = Dialect()
DIALECTS = {
    "center": Dialect(compressed=frozenset({"kit_sales", "payments"})),
    "volga": Dialect(russian=True, byte_order_mark=True),
    "ural": Dialect("cp1251", ";", ",", "%d.%m.%Y", russian=True),
}


@dataclass(frozen=True)
class Operator:
    """Everything the files depend on: equal operators give equal bytes.

    subscribers: from 1,000 to 20 million. months: consecutive periods with all files. faults: whether files and
    kits have faults on purpose. charges: fewest and most a live subscriber has in a month. newcomers: percent of
    the subscribers who join within the months; the others joined before. joined_before: how many months before the
    first one they did, as many of them at each. returning: percent of those who left who are back a fortnight later.
    plain: all branches write UTF-8 with commas and English headers, nothing compressed.
    """

    seed: int = 42
    subscribers: int = 5000
    months: tuple[Period, ...] = (Period(2026, 7), Period(2026, 8), Period(2026, 9), Period(2026, 10))
    faults: bool = True
    branches: dict[str, int] = field(default_factory=lambda: dict(BRANCHES))
    charges: tuple[int, int] = (1, 5)
    newcomers: int = 70
    joined_before: tuple[int, ...] = EARLIER
    returning: int = 0
    plain: bool = False

    def __post_init__(self) -> None:
        if not 1_000 <= self.subscribers <= 20_000_000:
            raise PrmError(f"{self.subscribers} subscribers cannot be made.", hint="From 1000 to 20000000.")
        if not self.months:
            raise PrmError("The first period is after the last one.", hint="Write them as 2026-07..2026-10.")

    @cached_property
    def draws(self) -> Draws:
        """This operator's numbers."""
        return Draws(self.seed)

    @property
    def first(self) -> Period:
        """The first complete month."""
        return self.months[0]

    @property
    def last(self) -> Period:
        """The last complete month."""
        return self.months[-1]

    @cached_property
    def earlier(self) -> tuple[Period, ...]:
        """The months before the first in which the older subscribers bought their kits and joined."""
        found = []
        for back in self.joined_before:
            period = self.first
            for _ in range(back):
                period = period.previous
            found.append(period)
        return tuple(found)

    def month(self, number: int) -> Period:
        """The month of that number from 0, or the last where there are fewer."""
        return self.months[min(number, len(self.months) - 1)]

    def dialect(self, branch: str) -> Dialect:
        """How the branch writes its files."""
        return PLAIN if self.plain else DIALECTS[branch]
