from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prm.errors import PrmError
from prm.period import Period

periods = st.builds(Period, st.integers(1990, 2100), st.integers(1, 12))


@given(periods)
def test_next_and_previous_undo_each_other(period):
    assert period.next.previous == period
    assert Period.parse(str(period)) == period


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_a_day_lies_inside_its_own_period_only(day):
    period = Period.of(day)
    assert period.start <= day <= period.end
    assert period.previous.end < day < period.next.start


def test_until_includes_both_ends_across_a_year():
    assert [str(p) for p in Period.parse("2025-11").until(Period.parse("2026-02"))] == [
        "2025-11", "2025-12", "2026-01", "2026-02",
    ]  # fmt: skip


def test_a_quarter_has_three_months_and_begins_with_the_year():
    months = Period.parse("2026-01").until(Period.parse("2026-12"))
    assert [period.month_of_quarter for period in months] == [1, 2, 3] * 4


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "202610", "2026-10-01", "0000-10", "9999-12", ""])
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(PrmError, match="2026-10"):
        Period.parse(text)
