"""What does not fit, an amount into its digits or a month into its memory, is said in words: whose it is, what to change."""

from datetime import date

import pytest

import loaders
import registry
import runs
from prm import database
from tests.conftest import fresh_home
from tests.operators import OCTOBER, Operator

SCHEME = """
scheme: {name}
version: 1
title: {{en: Large, ru: Большие}}
document: none
valid_from: 2026-01-01
currency: VND
rounding: {{each: line, places: 0, mode: half_up}}
components:
  {component}: {{title: {{en: Share, ru: Доля}}, on: charge, pay: "{pay}"}}
"""


@pytest.fixture(scope="module")
def large(server, template, tmp_path_factory):
    """Three dealers: one's charge is worth too much, another's are together, and the third's are ordinary."""
    with fresh_home(server, template, tmp_path_factory.mktemp("large")) as home:
        made = Operator()
        made.product("V1", "voice")
        with database.transaction(home) as connection:
            for number, pay in enumerate(("if(amount > 20, amount * 900, amount)", "amount * 1.5", "amount * 2"), 1):
                path = home.home / f"large_{number}.yaml"
                path.write_text(SCHEME.format(name=path.stem, component=f"share_{number}", pay=pay), encoding="utf-8")
                registry.add_scheme(connection, path)
                made.counterparty(f"D{number}")
                made.contract(f"C{number}", f"D{number}", path.stem, currency="VND")
                made.outlet(f"T{number}", f"D{number}")
        for number in range(1, 31):
            subscriber_id = made.subscriber(
                number, f"T{1 + number % 3}", activated_on=date(2026, 10, 1), sold_on=date(2026, 9, 1)
            )
            amounts = {0: "2000000000000.00" if number == 12 else "15.00", 1: "9000000000000.00", 2: "800000000000.00"}
            made.charge(subscriber_id, amounts[number % 3], day=date(2026, 10, number), currency="VND")
        made.write(home.inbox)
        assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
        yield home


@pytest.mark.parametrize(
    ("counterparty", "named"),
    [
        (
            "D1",
            r"scheme large_1 v1, component share_1, contract C1, event Z000012 of 2026-10-12 \(charges, load \w+, row 12\)",
        ),
        ("D2", r"scheme large_2 v1, component share_2, contract C2\. Amounts"),
    ],
)
def test_an_amount_that_is_too_large_is_named_by_scheme_component_and_event(large, counterparty, named):
    with pytest.raises(runs.BuildError, match=rf"too large to be kept exactly \(model \w+\): {named}"):
        runs.calculate(OCTOBER, [counterparty], settings=large)
    assert not [path for path in large.runs.glob("*/*") if path.name == "spill"]


def test_what_fits_beside_them_is_paid(large):
    assert runs.calculate(OCTOBER, ["D3"], settings=large).amount == 16_000_000_000_000


def test_a_month_that_does_not_fit_into_memory_says_which_setting_to_raise(large):
    small = large.model_copy(update={"memory_limit": "4MB"})
    with pytest.raises(
        runs.BuildError, match=r"too large for the memory it may use, 4MB \(model \w+\)\. Raise PRM_MEMORY_LIMIT"
    ):
        runs.calculate(OCTOBER, ["D3"], force=True, settings=small)
    assert not [path for path in large.runs.glob("*/*") if path.name == "spill"]
