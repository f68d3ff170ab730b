"""The period of calculation: a calendar month, written `2026-10`.

Days are inclusive at both ends, as in contracts: a period's last day is the last day of the month.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from prm.errors import PrmError
from prm.language import Words

_WRITTEN = re.compile(r"(?!0000|9999)([0-9]{4})-(0[1-9]|1[0-2])")  # years that have one before and one after


@dataclass(frozen=True, order=True)
class Period:
    """A calendar month.

    >>> Period.parse("2026-10").end
    datetime.date(2026, 10, 31)
    """

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Period:
        """Reads `YYYY-MM`; raises PrmError for anything else."""
        found = _WRITTEN.fullmatch(text.strip())
        if not found:
            raise PrmError(
                Words(f"'{text}' is not a period.", f"«{text}» — не период."),
                hint=Words("Write a year and a month: 2026-10.", "Напишите год и месяц: 2026-10."),
            )
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Period:
        """The period a day falls into."""
        return cls(day.year, day.month)

    @property
    def start(self) -> date:
        """First day, included."""
        return date(self.year, self.month, 1)

    @property
    def end(self) -> date:
        """Last day, included."""
        return self.next.start - timedelta(days=1)

    @property
    def next(self) -> Period:
        """The month after."""
        return Period(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def previous(self) -> Period:
        """The month before."""
        return Period(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    @property
    def month_of_quarter(self) -> int:
        """Which month of its calendar quarter this is: 1, 2 or 3."""
        return (self.month - 1) % 3 + 1

    def shifted(self, months: int) -> Period:
        """The month so many months after; before, where negative."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Period(year, month + 1)

    def until(self, last: Period) -> Iterator[Period]:
        """This period and each after it, up to and with `last`."""
        period = self
        while period <= last:
            yield period
            period = period.next

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"
