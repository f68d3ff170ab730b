"""A counterparty's movements: each transfer about it with its cause, and what is owed to it after each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from prm import database
from prm.period import Period
from prm.settings import Settings
from prm.words import Words
from settlement.counterparties import must_be_known


@dataclass(frozen=True)
class Movement:
    """A transfer.

    period, origin_period: where it is booked, and what it is about. cause: in words; component, run_id, reverses and
    reason say which one. owed: what is owed to the counterparty in the currency after it (accrued, payable and held).
    """

    transfer_id: int
    recorded_at: datetime
    period: Period
    origin_period: Period
    contract_id: str | None
    debit: Words
    credit: Words
    amount: Decimal
    currency: str
    cause: Words
    component: str | None
    run_id: int | None
    reverses: int | None
    reason: str | None
    author: str
    owed: Decimal


@dataclass(frozen=True)
class Movements:
    """What was owed before and after, by currency, and the movements between, in the order they were posted."""

    opening: dict[str, Decimal]
    lines: list[Movement]
    closing: dict[str, Decimal]


_MOVEMENTS = """
    select transfers.*, debit.name_en as debit_en, debit.name_ru as debit_ru, credit.name_en as credit_en,
           credit.name_ru as credit_ru, causes.name_en, causes.name_ru,
           amount * (credit.is_owed::int - debit.is_owed::int) as change
    from ledger.transfers
    join ledger.accounts as debit on debit.account = debit_account
    join ledger.accounts as credit on credit.account = credit_account
    join ledger.causes using (cause)
    where counterparty_id = %s order by period, transfer_id
"""


def movements(
    counterparty_id: str,
    first: Period | None = None,
    last: Period | None = None,
    *,
    settings: Settings | None = None,
) -> Movements:
    """The transfers of a counterparty that are booked from one month to another, both included; None: no bound.

    Raises NotFoundError for a counterparty that the books don't know.
    """
    with database.transaction(settings) as connection:
        must_be_known(connection, counterparty_id)
        rows = connection.execute(_MOVEMENTS, [counterparty_id]).fetchall()
    opening: dict[str, Decimal] = {}
    owed: dict[str, Decimal] = {}
    lines: list[Movement] = []
    for row in rows:
        period = Period.parse(row["period"])
        if last and period > last:
            break
        owed[row["currency"]] = owed.get(row["currency"], Decimal(0)) + row["change"]
        if first and period < first:
            opening = dict(owed)
            continue
        lines.append(
            Movement(
                row["transfer_id"], row["recorded_at"], period, Period.parse(row["origin_period"]), row["contract_id"],
                Words(row["debit_en"], row["debit_ru"]), Words(row["credit_en"], row["credit_ru"]), row["amount"],
                row["currency"], Words(row["name_en"], row["name_ru"]), row["component"], row["run_id"],
                row["reverses"], row["reason"], row["author"], owed[row["currency"]],
            )
        )  # fmt: skip
    return Movements({currency: opening.get(currency, Decimal(0)) for currency in owed}, lines, owed)
