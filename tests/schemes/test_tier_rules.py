"""Tiers, each kind worked out by hand: the SQL that is written pays exactly that, and its split adds up to it."""

import json
from decimal import Decimal

import duckdb
import pytest

from schemes.formula import parse
from schemes.model import Step, Tiers
from schemes.tier_rules import Measured, tier_rules
from tests.schemes.test_formulas import FUNCTIONS

MONEY, NUMBER = parse("amount", {"amount": "money"}), None


def tiers(*steps, by="sum", counting="slice", boundary="above", pays="share"):
    made = tuple(Step(Decimal(threshold), Decimal(rate)) for threshold, rate in steps)
    return Tiers(by, NUMBER if by == "count" else MONEY, counting, boundary, made, pays=pays)


def paid(of, after, before=None, own=None, applied_to=None):
    """(amount, split) of a measure, by DuckDB."""

    def sql(value):
        return f"cast({value} as decimal(18, 4))"

    measured = Measured(sql(after), None if before is None else sql(before), sql(after if own is None else own))
    amount, split = tier_rules(
        of, measured, lambda value, kind: f"cast({value} as decimal(18, 6))", applied_to and sql(applied_to)
    )
    with duckdb.connect() as engine:
        engine.execute(FUNCTIONS)
        return engine.execute(f"select cast({amount} as decimal(18, 4)), {split}").fetchone()


TWO = (("0", "0.01"), ("1000", "0.02"))
FEES = (("0", "10"), ("50", "30"))
SUMS = (("0", "0"), ("100", "500"), ("200", "700"))


@pytest.mark.parametrize(("of", "measure", "amount"), [
    # slices: 1,000 at 1 % and 500 at 2 %; a boundary does not matter; refunds are paid back at the first rate
    (tiers(*TWO), 1500, "20"), (tiers(*TWO), 1000, "10"), (tiers(*TWO, boundary="from"), 1000, "10"), (tiers(*TWO), -200, "-2"),
    # whole volume: exactly 1,000 belongs below with `above`, here with `from`
    (tiers(*TWO, counting="whole"), 1000, "10"), (tiers(*TWO, counting="whole", boundary="from"), 1000, "20"),
    (tiers(*TWO, counting="whole"), 1500, "30"), (tiers(*TWO, counting="whole"), -200, "-2"),
    # counts: the 51st event is the first at 30 with `above: 50`, the 50th with `from: 50`
    (tiers(*FEES, by="count", pays="each"), 51, "530"), (tiers(*FEES, by="count", pays="each", boundary="from"), 50, "520"),
    (tiers(*FEES, by="count", pays="each", counting="whole"), 50, "500"),
    (tiers(*FEES, by="count", pays="each", counting="whole", boundary="from"), 50, "1500"),
    # a rate half-way between 1 % and 2 % at 500; constant above the last threshold
    (tiers(*TWO, counting="interpolated"), 500, "7.5"), (tiers(*TWO, counting="interpolated"), 2000, "40"),
    (tiers(*TWO, counting="interpolated"), 333, "4.4389"),  # 333 x 0.013330, the rate kept to six places
    # sums for reaching a tier: every one reached, or the last, or between
    (tiers(*SUMS, pays="fixed"), 250, "1200"), (tiers(*SUMS, pays="fixed", counting="whole"), 250, "700"),
    (tiers(*SUMS, pays="fixed", counting="whole"), 100, "0"), (tiers(*SUMS, pays="fixed", counting="whole", boundary="from"), 100, "500"),
    (tiers(*SUMS, pays="fixed", counting="interpolated"), 150, "600"),
])  # fmt: skip
def test_a_measure_earns_what_was_worked_out_by_hand(of, measure, amount):
    earned, split = paid(of, measure)
    assert earned == Decimal(amount)
    parts = json.loads(split)
    assert [part["step"] for part in parts] == list(range(1, len(of.steps) + 1))
    assert abs(sum(Decimal(part["amount"]) for part in parts) - earned) < Decimal("0.0001")
    if of.pays != "fixed" or of.counting == "slice":
        assert sum(Decimal(part["measure"]) for part in parts) == measure


@pytest.mark.parametrize(("of", "after", "before", "amount"), [
    (tiers(*TWO), 1500, 800, "12"),  # 200 more at 1 %, 500 at 2 %
    (tiers(*TWO, counting="whole"), 1500, 800, "14"),  # the 700 that are new, at the rate that all have reached
    (tiers(*SUMS, pays="fixed"), 250, 150, "700"),  # the second tier was paid for before
    (tiers(*SUMS, pays="fixed", counting="whole"), 250, 150, "200"),  # 700 instead of 500
    (tiers(*SUMS, pays="fixed"), 150, 0, "500"),
])  # fmt: skip
def test_a_later_period_earns_what_it_adds(of, after, before, amount):
    assert paid(of, after, before, after - before)[0] == Decimal(amount)


def test_a_rate_may_be_of_something_else_and_what_is_unknown_earns_nothing_known():
    attained = tiers(("0", "0"), ("1", "0.05"), ("1.2", "0.08"), counting="whole", boundary="from")
    assert paid(attained, "1.1", applied_to="2000")[0] == Decimal(100)
    assert paid(attained, "null") == (None, None)
    assert paid(attained, "1.1", applied_to="null") == (None, None)
