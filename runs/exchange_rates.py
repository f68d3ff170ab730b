"""What one unit of a currency is in another, day by day: pinned with a run for the currencies that it meets.

Rates come as central banks quote them: so many units of a currency are so much of a base currency. A rate holds from
its day until the next one's, and no longer than 14 days: banks rest, but a month without a file is no holiday. What is
quoted in neither of two currencies is converted through one in which both are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow

HOLDS = timedelta(days=14)
"""How long a rate holds after its day, where no later one comes."""
_PLACES = 10
CONVERSIONS = pyarrow.schema([
    ("currency", pyarrow.string()), ("into_currency", pyarrow.string()), ("valid_from", pyarrow.date32()),
    ("valid_to", pyarrow.date32()), ("rate", pyarrow.decimal128(20, _PLACES)),
])  # fmt: skip

_Rates = Mapping[tuple[str, str], Mapping[date, Fraction]]  # (currency, base) → day → of one unit


@dataclass(frozen=True)
class Quote:
    """A rate as its file quotes it: so many units of a currency are so much of a base currency."""

    rated_on: date
    currency: str
    units: int
    rate: Decimal
    base_currency: str
    load_id: str


def conversions(
    rows: Iterable[Mapping[str, Any]], pairs: Iterable[tuple[str, str]], days: tuple[date, date], own_currency: str
) -> pyarrow.Table:
    """The conversions of some days, rows of equal days put together.

    rows: rates, with rated_on, currency, units (whole), rate (exact), base_currency (None: the operator's own).
    pairs: from which currency into which. days: the first and the last. The rate of a pair is exact to ten decimal
    places, a half away from zero.
    """
    rates = _of_one_unit(rows, own_currency)
    found = []
    for currency, into in sorted(set(pairs)):
        for first, last, rate in _ranges(rates, currency, into, days):
            found.append({
                "currency": currency, "into_currency": into, "valid_from": first, "valid_to": last, "rate": rate,
            })  # fmt: skip
    return pyarrow.Table.from_pylist(found, schema=CONVERSIONS)


def quotes(
    rows: Iterable[Mapping[str, Any]], currency: str, into: str, day: date, own_currency: str
) -> tuple[list[Quote], Decimal | None]:
    """The rates by which a currency was converted on a day, one or two, and what they come to; none where there is none.

    rows: as for `conversions`, with load_id.
    """
    rows = list(rows)
    rates = _of_one_unit(rows, own_currency)
    base = _base(rates, currency, into, day)
    if base is None:
        return [], None
    found = []
    for of in (currency, into):
        if of != base:
            held = _held(rates, of, base, day)
            row = [
                row for row in rows
                if (row["currency"], row["base_currency"] or own_currency, row["rated_on"]) == (of, base, held)
            ][-1]  # fmt: skip
            found.append(Quote(row["rated_on"], of, row["units"], row["rate"], base, row["load_id"]))
    return found, _rate(rates, currency, into, day)


def _of_one_unit(rows: Iterable[Mapping[str, Any]], own_currency: str) -> _Rates:
    rates: dict[tuple[str, str], dict[date, Fraction]] = defaultdict(dict)
    for row in rows:
        base = row["base_currency"] or own_currency
        rates[row["currency"], base][row["rated_on"]] = Fraction(row["rate"]) / row["units"]
    return rates


def _ranges(rates: _Rates, currency: str, into: str, days: tuple[date, date]) -> Iterator[tuple[date, date, Decimal]]:
    """Ranges of days with one rate."""
    begun: tuple[date, Decimal] | None = None
    day, last = days
    while day <= last:
        rate = _rate(rates, currency, into, day)
        if begun and begun[1] != rate:
            yield begun[0], day - timedelta(days=1), begun[1]
            begun = None
        if begun is None and rate is not None:
            begun = (day, rate)
        day += timedelta(days=1)
    if begun:
        yield begun[0], last, begun[1]


def _base(rates: _Rates, currency: str, into: str, day: date) -> str | None:
    """In what both are quoted: in the one asked for, else in the other one, else in the first by name in which both are."""
    for base in [into, currency, *sorted({base for _, base in rates} - {into, currency})]:
        if all(of == base or _held(rates, of, base, day) for of in (currency, into)):
            return base
    return None


def _rate(rates: _Rates, currency: str, into: str, day: date) -> Decimal | None:
    base = _base(rates, currency, into, day)
    if base is None:
        return None
    scaled = _in_base(rates, currency, base, day) / _in_base(rates, into, base, day) * 10**_PLACES
    return Decimal((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)).scaleb(-_PLACES)


def _in_base(rates: _Rates, currency: str, base: str, day: date) -> Fraction:
    """One unit of a currency in a base in which it is quoted."""
    held = _held(rates, currency, base, day)
    return Fraction(1) if held is None else rates[currency, base][held]


def _held(rates: _Rates, currency: str, base: str, day: date) -> date | None:
    """The day of the latest rate that still holds; None for the base itself."""
    known = () if currency == base else rates.get((currency, base), ())
    return max((rated_on for rated_on in known if rated_on <= day and day - rated_on <= HOLDS), default=None)
