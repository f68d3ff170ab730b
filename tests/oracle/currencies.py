"""Money of other currencies, as the oracle converts it: one amount at a time, by the rates of the files."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.oracle.tiers import places

OWN = "RUB"


class Rates:
    """The rates of the files, each for one unit of a currency in the one in which it is quoted."""

    def __init__(self, rows: list[dict]) -> None:
        self.quoted: dict[tuple[str, str], dict[date, Fraction]] = defaultdict(dict)
        for row in rows:
            pair = (row["currency"], row["base_currency"] or OWN)
            self.quoted[pair][row["rated_on"]] = Fraction(row["rate"]) / row["units"]
        self.bases = sorted({base for _, base in self.quoted})
        self._found: dict[tuple[str, str, date], Decimal | None] = {}

    def converted(self, amount: Decimal | None, currency: str | None, into: str, day: date) -> Decimal | None:
        """An amount in another currency, to four places; None where no rate is known."""
        currency = currency or OWN
        if amount is None or currency == into:
            return amount
        key = (currency, into, day)
        if key not in self._found:
            self._found[key] = self.rate(*key)
        rate = self._found[key]
        return None if rate is None else places(amount * rate, 4)

    def rate(self, currency: str, into: str, day: date) -> Decimal | None:
        """Directly, the other way round, or through the first currency in which both are quoted."""
        for base in [into, currency, *self.bases]:
            of, whole = self.on(currency, base, day), self.on(into, base, day)
            if of is not None and whole is not None:
                return places(_decimal(of / whole), 10)
        return None

    def on(self, currency: str, base: str, day: date) -> Fraction | None:
        """The latest rate that is not older than fourteen days."""
        if currency == base:
            return Fraction(1)
        quoted = self.quoted.get((currency, base), {})
        held = [at for at in quoted if 0 <= (day - at).days <= 14]
        return quoted[max(held)] if held else None


def _decimal(value: Fraction) -> Decimal:
    """Enough digits that rounding to ten places falls right: a remainder that is not zero stays one."""
    whole, rest = divmod(value.numerator * 10**12, value.denominator)
    return (Decimal(whole) + (Decimal("0.5") if rest else 0)).scaleb(-12)
