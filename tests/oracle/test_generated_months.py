"""Generated months: operators and schemes that Hypothesis makes up, calculated by the product and by the oracle.

A month costs seconds before its first event (files, a database, dbt), so a few large ones: PRM_ORACLE_EVENTS says how
many events must have agreed in all (`make oracle EVENTS=1000000`), PRM_ORACLE_SUBSCRIBERS how large a month is (some
eight events for each), PRM_ORACLE_SEED which months are drawn.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.oracle.agreement import Agreed, agree
from tests.oracle.made_up_month import months

EVENTS = int(os.environ.get("PRM_ORACLE_EVENTS", "10000"))
SUBSCRIBERS = int(os.environ.get("PRM_ORACLE_SUBSCRIBERS", "450"))
SEED = int(os.environ.get("PRM_ORACLE_SEED", "0"))
PARTS = 2
"""Parts that can be calculated side by side, each with months of its own."""
EVERY = 8
"""Every so many examples, beginning with the first, the month is calculated in other ways too."""


@pytest.mark.parametrize("part", range(PARTS))
def test_generated_months_are_equal_to_the_kopeck(server, template, part, record_property):
    agreed, wanted = Agreed(), EVENTS // PARTS

    @seed(SEED * PARTS + part)
    @settings(
        max_examples=wanted // (12 * SUBSCRIBERS) + 1, deadline=None, database=None, report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],  # a smaller example is not worth the time
    )  # fmt: skip
    @given(months())
    def until_there_are_enough(made_up):
        if agreed.events < wanted:
            in_other_ways = agreed.months // 2 % EVERY == 0
            agree(server, template, made_up, SUBSCRIBERS, agreed, in_other_ways=in_other_ways)

    until_there_are_enough()
    record_property("agreed", agreed.told())
    assert agreed.events >= wanted
