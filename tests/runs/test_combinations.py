"""Features of the scheme language combined, each case worked out by hand from the page on schemes as a dealer's accountant would.

A case is a scheme and what happens to its dealers from December 2023 to March 2024: over a year's end and a leap February.
All are calculated together, so that four calculations check every case.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import explanations
import loaders
import registry
import runs
from prm import database
from prm.period import Period
from prm.settings import Settings
from tests.combinations import groups, money, taken_back, tiers, within_a_month
from tests.combinations.dealers import CASES, ByHand, Case, dealer
from tests.conftest import fresh_home
from tests.operators import Operator
from tests.oracle.books import Month
from tests.oracle.comparing import assert_equal
from tests.oracle.files import live_loads
from tests.oracle.month import calculate as reckon

MONTHS = (Period(2023, 12), Period(2024, 1), Period(2024, 2), Period(2024, 3))
MODULES = (groups, money, taken_back, tiers, within_a_month)
BY_HAND = ByHand()


@pytest.fixture(scope="module")
def months(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with fresh_home(server, template, tmp_path_factory.mktemp("combinations")) as home:
        calculate(home)
        yield home


def calculate(home: Settings) -> None:
    """The four months of all cases, one after the other."""
    made = Operator()
    for product in ("V1", "V2", "V3", "V9"):
        made.product(product, "voice")
    for of in CASES:
        of.happens(dealer(made, of.name, of.name, BY_HAND))
    made.write(home.inbox)
    with database.transaction(home) as connection:
        for of in CASES:
            for path in of.scheme_files(schemes_of(home)):
                registry.add_scheme(connection, path)
    for result in loaders.load_inbox(home):
        assert result.outcome == "accepted" and not result.reasons, (result, result.words)
    with database.transaction(home) as connection:
        BY_HAND.enter(connection)
    for period in MONTHS:
        runs.calculate(period, settings=home)


def schemes_of(home: Settings) -> Path:
    folder = home.home / "schemes"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def rewards(months: Settings) -> dict[tuple[str, str, str], Decimal]:
    """By contract, component and month; what comes to nothing is left out."""
    return rewards_of(months)


def rewards_of(home: Settings) -> dict[tuple[str, str, str], Decimal]:
    with database.transaction(home) as connection:
        rows = connection.execute(
            """select contract_id, component, period, sum(amount) as amount from reporting.rewards
               group by contract_id, component, period having sum(amount) <> 0"""
        ).fetchall()
    return {(row["contract_id"], row["component"], row["period"]): row["amount"] for row in rows}


@pytest.mark.parametrize("of", CASES, ids=lambda of: of.name)
def test_a_case_comes_to_what_was_worked_out_by_hand(of, rewards):
    assert differences(of, rewards) == []


def differences(of: Case, rewards: dict[tuple[str, str, str], Decimal]) -> list[str]:
    """Where a case comes to something else."""
    own, expected = f"C-{of.name}", dict[tuple[str, str, str], Decimal]()
    for key, amounts in of.expected.items():
        who, _, component = key.rpartition(".")
        for period, amount in zip(MONTHS, amounts.split(), strict=True):
            if amount != ".":
                expected[f"{own}-{who}" if who else own, component, str(period)] = Decimal(amount)
    found = {key: amount for key, amount in rewards.items() if key[0] == own or key[0].startswith(f"{own}-")}
    return [
        f"{' '.join(key)}: by hand {expected.get(key, 0)}, calculated {found.get(key, 0):f}"
        for key in sorted({*found, *expected})
        if found.get(key, 0) != expected.get(key, 0)
    ]


def test_the_oracle_comes_to_the_same(months):
    earlier: dict[str, Month] = {}
    for run_id, period in enumerate(map(str, MONTHS), 1):
        month = reckon(live_loads(months.inbox), schemes_of(months), period, BY_HAND.links, [], earlier, BY_HAND.values)
        assert_equal(months, period, run_id, month)
        earlier[period] = month


@pytest.mark.parametrize(
    ("contract", "component", "period", "told"),
    [
        # what is given back has a window of its own, from the day on which it was taken back
        ("an_advance_and_suspended_days", "returned", "2024-03", "is given back, for 10 days after it was taken back."),
        # a part that is paid in: by how much the measure is below nothing
        ("pay_shared_by_what_may_be_nothing_or_below-S3", "pool", "2023-12", "«charged»: −50.00 RUB — "),
        ("pay_shared_by_what_may_be_nothing_or_below", "pool", "2024-01", "«charged», which comes to 0 for all together"),
        # whose an operation is that names no outlet
        ("outlets_and_an_operation_without_one", "rent", "2023-12", "The subscriber is the counterparty's: outlet T-"),
        (
            "tiers_over_the_year_s_end", "rising_from", "2024-01",
            "tier 1 (from the beginning, on the way from 0.00 RUB to 50.00 RUB at 8): 4 × 25.00 RUB = 100.00 RUB",
        ),
        ("tiers_of_the_year_that_fall_again", "sliced", "2024-02", "−300.00 RUB × 10% = −30.00 RUB"),
        ("a_subscriber_that_changes_hands", "left", "2024-02", "paid for: activation of a subscriber, 1 month after it"),
        ("instalments_taken_back_below_a_cap", "back", "2024-01", "paid for: activation of a subscriber, 10 December 2023."),
    ],
)  # fmt: skip
def test_a_line_says_what_is_true_of_it(months, contract, component, period, told):
    with database.transaction(months) as connection:
        lines = connection.execute(
            "select * from reporting.reward_lines where contract_id = %s and component = %s and period = %s",
            [f"C-{contract}", component, period],
        ).fetchall()
    explained = [explanations.explain_line(explanations.address_of(line), "en", settings=months) for line in lines]
    assert any(told in line for of in explained for line in explanations.as_text(of))
    assert all(of.reckoned is None or of.reckoned.agrees for of in explained)
