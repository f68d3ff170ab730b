"""Rolling back in the books: the pointer moves, and what was posted is taken back, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import runs
from prm.database import Connection
from prm.errors import PrmError
from prm.period import Period
from prm.settings import Settings
from settlement.rewards import Posted, take_back


@dataclass(frozen=True)
class RolledBack:
    """What became of a rollback.

    moves: the pointers that moved. posted: what was taken back, a period each; empty where asking again moved nothing.
    again: of a chain, what was calculated again, oldest first. was_begun: an earlier call had made the chain's moves.
    """

    moves: list[runs.Move] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    again: list[runs.RunResult] = field(default_factory=list)
    was_begun: bool = False


def roll_back(
    period: Period,
    counterparties: Sequence[str] | None,
    *,
    reason: str,
    author: str,
    chain: bool = False,
    request_key: str | None = None,
    wait_seconds: float = 60,
    progress: Callable[[str], None] | None = None,
    settings: Settings | None = None,
) -> RolledBack:
    """Rolls counterparties of a period (None: all) back by one version, in the results and in the ledger, or neither.

    chain: also what later periods made of it, which is then calculated again (and waits for approval, as any version).

    What was posted of the version that is left was approved when it was posted: taking it back needs no approval. The
    version that is current then is posted when it is approved, unless it has stood in the ledger before.
    Raises what `runs.roll_back`, or `runs.roll_back_chain`, raises, and PrmError without an author.

        roll_back(Period.parse("2026-10"), ["D00042"], reason="wrong price list", author="olga")
    """
    if not author.strip():
        raise PrmError("A rollback needs an author.", hint="Say who decided it.")
    posted: list[Posted] = []

    def in_the_ledger(connection: Connection, moves: Sequence[runs.Move]) -> None:
        posted.extend(take_back(connection, moves, reason=reason, author=author))

    if chain:
        done = runs.roll_back_chain(
            period, counterparties, reason=reason, request_key=request_key, wait_seconds=wait_seconds,
            along=in_the_ledger, progress=progress, settings=settings,
        )  # fmt: skip
        return RolledBack(done.moves, posted, done.again, done.was_begun)
    moves = runs.roll_back(
        period, counterparties, reason=reason, request_key=request_key, wait_seconds=wait_seconds,
        blockers=_payouts, along=in_the_ledger, settings=settings,
    )  # fmt: skip
    return RolledBack(moves, posted)


def _payouts(connection: Connection, moves: Sequence[runs.Move]) -> list[str]:
    """Payouts that have taken what fell due of a month that is to be rolled back, and did not come back."""
    rows = connection.execute(
        """select moved.period, moved.counterparty_id, payout, min(dated_on) as dated_on
           from unnest(%s::text[], %s::text[]) as moved (period, counterparty_id)
           cross join lateral (
               select min(transfer_id) as first_due from ledger.transfers
               where origin_period = moved.period and counterparty_id = moved.counterparty_id and cause = 'due'
           ) as due
           join ledger.transfers on transfers.counterparty_id = moved.counterparty_id and transfer_id > first_due
               and cause in ('payout', 'return')
           group by moved.period, moved.counterparty_id, payout
           having bool_or(cause = 'payout') and not bool_or(cause = 'return')
           order by moved.period, moved.counterparty_id, payout""",
        [[str(move.period) for move in moves], [move.counterparty_id for move in moves]],
    ).fetchall()
    return [
        f"payout {row['payout']} of {row['dated_on']} has taken what {row['counterparty_id']} earned in {row['period']}"
        for row in rows
    ]
