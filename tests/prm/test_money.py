from decimal import Decimal

import pytest

from prm.errors import PrmError
from prm.money import parse_decimal, round_money


@pytest.mark.parametrize(
    ("amount", "rounded"), [("2.345", "2.35"), ("-2.345", "-2.35"), ("2.344999", "2.34"), ("0.005", "0.01")]
)
def test_a_tie_rounds_away_from_zero(amount, rounded):
    assert round_money(Decimal(amount)) == Decimal(rounded)


@pytest.mark.parametrize("inexact", [0.1, True, "1,5", "NaN", "Infinity", "five", ""])
def test_what_is_not_an_exact_decimal_is_refused(inexact):
    with pytest.raises(PrmError):
        parse_decimal(inexact)


def test_a_written_decimal_is_kept_as_written():
    assert str(parse_decimal(" 12.3400 ")) == "12.3400"
