"""A made-up operator's files, from a seed: three branches, four months, good files and every known kind of bad one.

For the demonstration, the tests and the benchmark. `docs/demo.md` says what is in them and what is wrong on purpose.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from demo.bank_accounts import write_operator_details
from demo.making import make
from demo.operator import BRANCHES, Operator
from prm.period import Period

__all__ = ["BRANCHES", "Operator", "make", "make_files", "write_operator_details"]


def make_files(
    folder: Path,
    *,
    subscribers: int = 5000,
    seed: int = 42,
    first: str = "2026-07",
    last: str = "2026-10",
    faults: bool = True,
    progress: Callable[[Path], None] | None = None,
) -> list[Path]:
    """Writes the demo operator's files into `folder`; returns them all, control totals included.

    subscribers: 1,000 to 20,000,000. first, last: the periods with complete files. faults: whether files and kits
    have faults on purpose. The same arguments give the same bytes. PrmError where an argument is out of range.

    >>> make_files(Path("data/inbox"), subscribers=3000)[0].name  # doctest: +SKIP
    'counterparties.csv'
    """
    months = tuple(Period.parse(first).until(Period.parse(last)))
    return make(Operator(seed=seed, subscribers=subscribers, months=months, faults=faults), folder, progress)
