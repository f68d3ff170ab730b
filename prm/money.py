"""Money and shares: exact decimals from file to document.

Amounts carry four decimal places everywhere (rated events need more than kopecks, and some currencies have
three places); what is paid was rounded once, where the scheme says. A share is a fraction: 5 % is 0.05.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache

from babel.numbers import get_currency_precision, is_currency

from prm.errors import PrmError

MONEY_SQL = "decimal(18, 4)"
"""Column type of an amount of money, in DuckDB, Spark and PostgreSQL."""

SHARE_SQL = "decimal(9, 6)"
"""Column type of a share (a fraction of one)."""

RATE_SQL = "decimal(18, 8)"
"""Column type of an exchange rate as it is quoted."""

CONVERSION_SQL = "decimal(20, 10)"
"""Column type of what one unit of a currency is in another."""


def parse_decimal(text: str | int | Decimal) -> Decimal:
    """An exact decimal from its written form ("1234.50"); PrmError for anything else, floats included."""
    if isinstance(text, float | bool):
        raise PrmError(f"{text!r} is not exact.", hint='Write it as a quoted decimal, such as "0.05".')
    try:
        value = Decimal(str(text).strip())
    except InvalidOperation:
        raise PrmError(f"'{text}' is not a number.", hint='Write a decimal such as "1234.50".') from None
    if not value.is_finite():
        raise PrmError(f"'{text}' is not a finite number.")
    return value


def is_known_currency(code: str) -> bool:
    """Whether a code is a currency of ISO 4217, as Unicode's CLDR lists them."""
    return is_currency(code)


@cache
def currency_places(code: str) -> int:
    """Decimal places of a currency's smaller unit (ISO 4217, by Unicode's CLDR): RUB 2, JPY 0, KWD 3; 2 if unknown."""
    return get_currency_precision(code)


def round_money(amount: Decimal, places: int = 2) -> Decimal:
    """Rounds half away from zero, as DuckDB and PostgreSQL round a decimal."""
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
