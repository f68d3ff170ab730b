"""What is broken off and done again: each operation as a command or a DAG's task would ask for it, and where it can die.

An operation of another room is one more entry here, with its fail points (prm/fail_points.py) under the name it begins with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import delivery
import loaders
import runs
import settlement
from prm import database
from prm.fail_points import POINTS
from prm.settings import Settings
from tests.safety.prepared import OCTOBER, SEPTEMBER

KEY = "asked once"
DAY = date(2026, 11, 10)


@dataclass(frozen=True)
class Operation:
    """Something that is asked for again after a process died of it, until it has been done.

    work: does it on the prepared books. prefixes: what its fail points begin with. share: how many of a hundred kills at
    random moments fall on it. by_dbt: whether its tables are built by dbt itself, and not taken from a former build.
    """

    name: str
    work: Callable[[Settings], object]
    prefixes: tuple[str, ...]
    share: int
    by_dbt: bool = False

    @property
    def points(self) -> list[str]:
        """Its fail points, in the order of the documentation."""
        return [point for point in POINTS if point.split(".")[0] in self.prefixes]


def _load(settings: Settings) -> object:
    for path in sorted((settings.home / "next").iterdir()):
        loaders.load(path, settings=settings, again=False)
    return None


def _calculate(settings: Settings) -> object:
    return runs.calculate(OCTOBER, ["D2"], request_key=KEY, settings=settings)


def _roll_back(settings: Settings) -> object:
    return settlement.roll_back(SEPTEMBER, ["D2"], reason="wrong", author="olga", request_key=KEY, settings=settings)


def _chain(settings: Settings) -> object:
    return settlement.roll_back(
        SEPTEMBER, ["D1"], reason="wrong", author="olga", chain=True, request_key=KEY, settings=settings
    )


def _post(settings: Settings) -> object:
    return settlement.post_rewards(OCTOBER, author="olga", settings=settings)


def _pay(settings: Settings) -> object:
    """From what is payable to the bank's word: one of two payouts is paid, the other is rejected."""
    prepared = settlement.prepare_payouts("RUB", as_of=DAY, author="ivan", request_key=KEY, settings=settings)
    assert prepared.batch is not None
    settlement.approve_payouts(prepared.batch, author="olga", settings=settings)
    settlement.export_payouts(prepared.batch, "pain001", settings.home / "bank", author="ivan", settings=settings)
    with database.transaction(settings) as connection:
        rows = connection.execute("select payout from settlement.payouts order by counterparty_id").fetchall()
    said = [f"{row['payout']},{what},{DAY}" for row, what in zip(rows, ("paid", "rejected"), strict=True)]
    statement = settings.home / "statement.csv"
    statement.write_text("\n".join(["payout,outcome,value_date", *said]) + "\n", encoding="utf-8")
    return settlement.confirm_payouts(statement, author="ivan", settings=settings)


def _send(settings: Settings) -> object:
    return len(delivery.send(OCTOBER, author="olga", settings=settings).delivered)


OPERATIONS = [
    Operation("load", _load, ("load",), 18),
    Operation("publish", _calculate, ("calculate", "publish"), 14),
    Operation("roll back", _roll_back, ("rollback",), 18),
    Operation("chain", _chain, ("chain",), 14),
    Operation("post", _post, ("post",), 13),
    Operation("pay", _pay, ("pay",), 13),
    Operation("send", _send, ("send",), 9),
    Operation("calculate", _calculate, (), 1, by_dbt=True),
]
"""Every point of POINTS belongs to exactly one of them."""
