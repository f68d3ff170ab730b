import pytest

from prm.errors import PrmError
from prm.period import Period
from scheduling.keys import Partition, periods_between


def test_a_key_is_a_period_or_a_period_and_a_counterparty():
    assert Partition.parse("2026-10") == Partition(Period(2026, 10))
    assert Partition.parse("2026-10|D00042") == Partition(Period(2026, 10), ("D00042",))


def test_keys_say_again_what_was_parsed():
    assert Partition.parse("2026-10").keys == ["2026-10"]
    assert Partition(Period(2026, 10), ("D1", "D2")).keys == ["2026-10|D1", "2026-10|D2"]


@pytest.mark.parametrize("key", ["", "2026", "2026-13", "2026-10|", "2026-10| ", "D00042"])
def test_anything_else_is_refused(key):
    with pytest.raises(PrmError):
        Partition.parse(key)


def test_a_range_of_months_passes_the_turn_of_the_year():
    assert [str(period) for period in periods_between("2026-11..2027-02")] == [
        "2026-11", "2026-12", "2027-01", "2027-02",
    ]  # fmt: skip
    assert periods_between("2026-10") == [Period(2026, 10)]
    with pytest.raises(PrmError, match="ends before it begins"):
        periods_between("2026-10..2026-08")
