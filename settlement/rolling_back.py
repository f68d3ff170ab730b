"""Rolling back in the books: the pointer moves, and what was posted is taken back, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import runs
from prm.database import Connection
from prm.errors import PrmError
from prm.period import Period
from prm.settings import Settings
from settlement.rewards import Posted, take_back


@dataclass(frozen=True)
class RolledBack:
    """moves: the pointers that moved. posted: what was taken back, a period each; empty where asking again moved nothing."""

    moves: list[runs.Move] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)


def roll_back(
    period: Period,
    counterparties: Sequence[str] | None,
    *,
    reason: str,
    author: str,
    request_key: str | None = None,
    wait_seconds: float = 60,
    settings: Settings | None = None,
) -> RolledBack:
    """Rolls counterparties of a period (None: all) back by one version, in the results and in the ledger, or neither.

    What was posted of the version that is left was approved when it was posted: taking it back needs no approval. The
    version that is current then is posted when it is approved, unless it has stood in the ledger before.
    Raises what `runs.roll_back` raises, and PrmError without an author.

        roll_back(Period.parse("2026-10"), ["D00042"], reason="wrong price list", author="olga")
    """
    if not author.strip():
        raise PrmError("A rollback needs an author.", hint="Say who decided it.")
    posted: list[Posted] = []

    def in_the_ledger(connection: Connection, moves: list[runs.Move]) -> None:
        who = [move.counterparty_id for move in moves]
        posted.extend(take_back(connection, {period: who}, reason=reason, author=author))

    moves = runs.roll_back(
        period, counterparties, reason=reason, request_key=request_key, wait_seconds=wait_seconds,
        along=in_the_ledger, settings=settings,
    )  # fmt: skip
    return RolledBack(moves, posted)
