"""The demo operator's months, calculated by the product and by the oracle: equal to the kopeck, row for row."""

import demo
import loaders
import registry
import runs
import schemes
from prm import database
from prm.period import Period
from tests.oracle.comparing import assert_equal, assert_same_refusals
from tests.oracle.files import live_loads
from tests.oracle.month import calculate


def test_the_demo_months_are_equal_to_the_kopeck(home):
    demo.make_files(home.inbox, subscribers=1000, seed=7)
    with database.transaction(home) as connection:
        registry.add_library(connection)
    loaders.load_inbox(home)
    for period in ("2026-08", "2026-10"):
        result = runs.calculate(Period.parse(period), settings=home)
        month = calculate(live_loads(home.inbox), schemes.LIBRARY, period)
        assert_equal(home, period, result.run_id, month)
    assert_same_refusals(home, month)
    assert len(month.lines) > 1000 and len({line["reason"] for line in month.lines}) > 6
