"""The benchmark's input: a large clean month of the demo operator, UTF-8 CSV with commas, made by the demo's SQL."""

from __future__ import annotations

from pathlib import Path

from demo import BRANCHES, Operator
from demo.making import make
from prm.period import Period

PERIOD = Period(2026, 10)
JOINED_BEFORE = (10, 3, 1)
"""Months before it in which the older subscribers joined: some of them are due for what schemes pay later."""


def make_data(folder: Path, *, subscribers: int = 1_000_000, charges: int = 5, one_file: bool = False) -> list[Path]:
    """Writes the files of one month into `folder`; returns the data files in the order in which they are loaded.

    charges: of each live subscriber in the month. one_file: all subscribers in one branch, so one file a data set.
    A folder that already holds such files is left as it is. Files that no calculation reads (penalties) are left out.
    """
    done = folder / ".complete"
    if not done.exists():
        operator = Operator(
            subscribers=subscribers, months=(PERIOD,), faults=False, charges=(charges, charges), newcomers=15,
            joined_before=JOINED_BEFORE, returning=50, branches={"center": 1} if one_file else dict(BRANCHES), plain=True,
        )  # fmt: skip
        make(operator, folder)
        for control in folder.glob("*.control.json"):
            control.unlink()  # DuckDB alone does not compare them either
        done.touch()
    measured = [path for path in folder.glob("*.csv") if _data_set(path) in _ORDER]
    return sorted(measured, key=lambda path: (_ORDER.index(_data_set(path)), path.name))


def is_facts(path: Path) -> bool:
    """Whether the file holds facts rather than reference data."""
    return _data_set(path) in _FACTS


def _data_set(path: Path) -> str:
    return path.stem.split("_20")[0]


_FACTS = ["kit_sales", "subscribers", "charges", "payments", "antifraud_marks"]
_ORDER = ["counterparties", "products", "outlets", "contracts", "bank_accounts", *_FACTS]
