"""A month through everything: calculated, posted, closed, corrected by a file, calculated again, carried over."""

from decimal import Decimal

import pytest

import loaders
import runs
import settlement
from prm import database
from prm.errors import RefusedError
from prm.money import round_money
from prm.period import Period
from tests.books import broken, close, owed, transfers
from tests.operators import OCTOBER, small_operator


def test_the_correction_of_a_closed_month_is_carried_over_to_the_kopeck(month):
    runs.approve_period(OCTOBER, "olga", settings=month)
    settlement.post_rewards(OCTOBER, author="olga", settings=month)
    before = rewards(month)
    assert {who: amount for who, amount in before.items() if amount != "0.00"} == owed(month, "reward_cost")
    assert with_vat(before) == owed(month)
    close(month)

    corrected = small_operator()
    corrected.charge("N00001", "1000.00")
    corrected.write(month.inbox)
    assert "accepted" in {result.outcome for result in loaders.load_inbox(month)}
    runs.calculate(OCTOBER, ["D00002"], reason="a charge was missing", settings=month)
    with pytest.raises(settlement.NotApprovedError, match="have changed since olga approved it"):
        settlement.post_rewards(OCTOBER, author="olga", settings=month)
    runs.approve_period(OCTOBER, "boris", "the charge is confirmed", settings=month)
    with pytest.raises(RefusedError, match="2026-10 is closed"):
        runs.approve_period(OCTOBER, "boris", settings=month)
    with database.transaction(month) as connection:
        assert runs.period_state(connection, OCTOBER) == "closed"
    count = len(transfers(month))
    posted = settlement.post_rewards(OCTOBER, author="olga", settings=month)
    assert posted.period == Period.parse("2026-11") and posted.transfers >= 1
    assert {row[:3] for row in transfers(month, "period, origin_period, cause, counterparty_id")[count:]} == {
        ("2026-11", "2026-10", "adjustment"), ("2026-11", "2026-10", "vat"),
    }  # fmt: skip
    after = rewards(month)
    assert after["D00002"] != before["D00002"]
    assert {who: amount for who, amount in after.items() if amount != "0.00"} == owed(month, "reward_cost")
    assert with_vat(after) == owed(month)
    assert broken(month) == []


def with_vat(rewards):
    """All of them pay VAT, and have one contract each."""
    vat = {who: round_money(Decimal(amount) * Decimal("0.22")) for who, amount in rewards.items()}
    return {who: f"{Decimal(amount) + vat[who]:.2f}" for who, amount in rewards.items() if amount != "0.00"}


def rewards(settings):
    """The sum of each counterparty's current rewards."""
    with database.transaction(settings) as connection:
        rows = connection.execute(
            """select counterparty_id, sum(amount) as amount
               from results.rewards join runs.current_versions using (period, counterparty_id, run_id)
               group by counterparty_id"""
        ).fetchall()
    return {row["counterparty_id"]: f"{row['amount']:.2f}" for row in rows}
