"""The demonstration's money: all months but the last are approved, posted, accepted and paid out, as people would.

Each step is one of the rooms' own; done again, none of them changes anything.
"""

from __future__ import annotations

from collections.abc import Sequence

import runs
import settlement
from prm import database
from prm.period import Period
from prm.settings import Settings

REQUEST = "the demonstration"
CLERK, CHIEF, DEALERS = "ivan", "olga", "the dealers"


def settle(settings: Settings, periods: Sequence[str]) -> None:
    """From calculated to a file for the bank. periods: complete ones, oldest first; the last is left to whoever looks."""
    for period in [Period.parse(period) for period in periods[:-1]]:
        with database.transaction(settings) as connection:
            state = runs.period_state(connection, period)
        if state == "calculated":
            runs.approve_period(period, CHIEF, REQUEST, settings=settings)
        settlement.post_rewards(period, author=CHIEF, settings=settings)
        settlement.post_penalties(period, author=CHIEF, settings=settings)
        settlement.accept_statements(period, author=DEALERS, reason=REQUEST, settings=settings)
    settlement.fall_due(author=CHIEF, settings=settings)
    batch = settlement.prepare_payouts(settings.currency, author=CLERK, request_key=REQUEST, settings=settings).batch
    if batch is not None:
        settlement.approve_payouts(batch, author=CHIEF, settings=settings)
        settlement.export_payouts(batch, "pain001", settings.home / "bank", author=CLERK, settings=settings)
