"""Partition keys: `2026-10` is a whole period, `2026-10|D00042` one counterparty of it."""

from __future__ import annotations

from dataclasses import dataclass

from prm.errors import PrmError
from prm.period import Period

SEPARATOR = "|"


@dataclass(frozen=True)
class Partition:
    """What a run of a DAG is about: a period, and the counterparties if not all of them.

    >>> Partition.parse("2026-10|D00042").counterparties
    ('D00042',)
    """

    period: Period
    counterparties: tuple[str, ...] = ()

    @classmethod
    def parse(cls, key: str) -> Partition:
        """Reads a partition key; PrmError for anything else."""
        period, _, counterparty = key.partition(SEPARATOR)
        if SEPARATOR in key and not counterparty.strip():
            raise PrmError(f"'{key}' names no counterparty.", hint="Write 2026-10 or 2026-10|D00042.")
        return cls(Period.parse(period), (counterparty.strip(),) if counterparty else ())

    @property
    def keys(self) -> list[str]:
        """The partition keys of it: one a counterparty, or the period's."""
        return [f"{self.period}{SEPARATOR}{one}" for one in self.counterparties] or [str(self.period)]

    def __str__(self) -> str:
        return f"{self.period} for {', '.join(self.counterparties)}" if self.counterparties else str(self.period)


def periods_between(text: str) -> list[Period]:
    """`2026-08..2026-10` as its months in order; a single `2026-10` is that one.

    >>> [str(period) for period in periods_between("2026-12..2027-01")]
    ['2026-12', '2027-01']
    """
    first, dots, last = text.partition("..")
    begin = Period.parse(first)
    end = Period.parse(last) if dots else begin
    if end < begin:
        raise PrmError(f"'{text}' ends before it begins.", hint="Write the earlier month first: 2026-08..2026-10.")
    return list(begin.until(end))
