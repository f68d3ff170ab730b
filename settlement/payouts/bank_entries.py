"""What a bank says of payouts: entries of a file, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Outcome = Literal["paid", "rejected", "pending"]


@dataclass(frozen=True)
class BankEntry:
    """One entry of a bank's file.

    reference: what names the payout: its end-to-end id, or its number; None where only document_number and document_date
    do. outcome: `rejected` also of a payment that came back. amount, currency: None where the file doesn't say;
    needs_amount: in whose format that is a fault.
    """

    reference: str | None
    outcome: Outcome
    amount: Decimal | None = None
    currency: str | None = None
    value_date: date | None = None
    bank_reference: str | None = None
    reason: str | None = None
    document_number: int | None = None
    document_date: date | None = None
    account: str | None = None
    needs_amount: bool = False
    whole_message: bool = False  # of a rejection: of all that was sent in the message that `reference` names


@dataclass(frozen=True)
class BankFile:
    """A file that was read. format: camt.053, camt.054, pain.002, 1c or csv."""

    format: str
    entries: list[BankEntry]
