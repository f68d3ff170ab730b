"""A payment order: what a bank has to know of one payout."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from prm.errors import PrmError
from prm.money import currency_places


@dataclass(frozen=True)
class Order:
    """One payout. amount: in the currency, above zero, with the currency's places; the other fields are text."""

    payout: int
    end_to_end_id: str
    document_number: int
    counterparty_id: str
    amount: Decimal
    currency: str
    purpose: str
    recipient: str
    tax_number: str | None
    kpp: str | None
    account: str
    bank: str
    bic: str
    correspondent_account: str | None


def written_amount(amount: Decimal, currency: str) -> str:
    """An amount as banks read it: a point, and as many places as the currency has, two for RUB.

    PrmError for an amount with more places than that: none can be paid.
    """
    places = Decimal(1).scaleb(-currency_places(currency))
    if amount != amount.quantize(places):
        raise PrmError(f"{amount} {currency} can't be paid.", hint=f"The smallest unit is {places}.")
    return str(amount.quantize(places))
