"""How a payout adds up: of each balance that it takes, the movements that have made it since a payout took the rest.

Everything is read from the ledger as it stood when the batch was prepared, so a payout adds up to the same for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from prm import database
from prm.database import Connection
from prm.errors import NotFoundError
from prm.period import Period
from prm.settings import Settings
from prm.words import Words


@dataclass(frozen=True)
class Earned:
    """What was accrued of a month for one cause: of a reward or an adjustment, for one component."""

    cause: str
    title: Words
    component: str | None
    amount: Decimal


@dataclass(frozen=True)
class Change:
    """What changed the payable balance, by its cause and month of origin; below zero what lowered it.

    penalty, hold, returned: the penalty, the hold, or the former payout (as the bank names it) that it was about.
    earned: of what fell due, all that was accrued of the month by then; fell_due_before: what of it earlier batches
    had before them; not_due: what of it was still to fall due. `amount` = `earned` - `fell_due_before` - `not_due`.
    """

    cause: str
    title: Words
    origin_period: Period
    amount: Decimal
    penalty: int | None = None
    hold: int | None = None
    returned: str | None = None
    reason: str | None = None
    earned: tuple[Earned, ...] = ()
    fell_due_before: Decimal = Decimal(0)
    not_due: Decimal = Decimal(0)


@dataclass(frozen=True)
class Part:
    """A balance of a counterparty and contract, and what the payout takes of it.

    carried_over: what the batch before had left of it. others: what other payouts of the batch take (other outlets).
    left: what stays payable. `carried_over` + all `changes` = `amount` + `others` + `left`.
    """

    counterparty_id: str
    contract_id: str | None
    carried_over: Decimal
    changes: tuple[Change, ...]
    amount: Decimal
    others: Decimal
    left: Decimal


@dataclass(frozen=True)
class AddedUp:
    """A payout with its parts, which add up to its amount. state: a name of `OUTCOMES`. vat: what of it is VAT."""

    reference: str
    payout: int
    batch: int
    counterparty_id: str
    outlet_id: str | None
    recipient: str
    currency: str
    amount: Decimal
    vat: Decimal
    dated_on: date
    state: str
    parts: tuple[Part, ...]


def add_up_payout(reference: str, *, settings: Settings | None = None) -> AddedUp:
    """What a payout is made of. reference: as the bank and the purpose of payment name it, `PRM-1-2`.

    Raises NotFoundError where there is no such payout.

        sum(part.amount for part in add_up_payout("PRM-1-2").parts)
    """
    with database.transaction(settings) as connection:
        row = connection.execute(
            """select end_to_end_id as reference, payout, batch, counterparty_id, outlet_id, recipient, currency, amount,
                      vat_amount as vat, dated_on, state
               from reporting.payouts where end_to_end_id = %s""",
            [reference],
        ).fetchone()
        if row is None:
            raise NotFoundError(
                Words(en=f"There is no payout {reference}.", ru=f"Выплаты {reference} нет."),
                hint=Words(
                    en="It is named by its batch and number: `prm payout list`, then `prm payout show 1`, and PRM-1-2 is number 2 of batch 1.",
                    ru="Её называют реестр и номер: `prm payout list`, затем `prm payout show 1`; PRM-1-2 — номер 2 реестра 1.",
                ),
            )
        parts = connection.execute(
            "select counterparty_id, contract_id, amount from settlement.payout_parts where payout = %s order by part",
            [row["payout"]],
        ).fetchall()
        return AddedUp(**row, parts=tuple(_part(connection, row | part) for part in parts))


# What one counterparty and contract have in a currency, of either side of a transfer.
_WHOSE = """counterparty_id = %(counterparty_id)s and contract_id is not distinct from %(contract_id)s
          and currency = %(currency)s"""
_BOUNDS = f"""
    select coalesce(max(transfer_id) filter (where batch <> %(batch)s), 0) as since,
           min(transfer_id) filter (where batch = %(batch)s) as until,
           sum(case when credit_account = 'in_payment' then transfers.amount else -transfers.amount end)
               filter (where batch = %(batch)s) as taken
    from (select * from ledger.transfers where {_WHOSE} and cause = 'payout') as transfers
    join settlement.payouts using (payout)
    where batch <= %(batch)s
"""
_CHANGES = f"""
    select cause, name_en, name_ru, origin_period, penalty, hold, payout, max(reason) as reason,
           sum(case when credit_account = 'payable' then amount else -amount end) as amount
    from ledger.transfers join ledger.causes using (cause)
    where {_WHOSE} and 'payable' in (debit_account, credit_account)
      and transfer_id > %(since)s and transfer_id < %(until)s
    group by cause, name_en, name_ru, origin_period, penalty, hold, payout
    having sum(case when credit_account = 'payable' then amount else -amount end) <> 0
    order by origin_period, min(transfer_id)
"""
_BALANCE = f"""
    select coalesce(sum(case when credit_account = 'payable' then amount else -amount end), 0) as balance
    from ledger.transfers
    where {_WHOSE} and 'payable' in (debit_account, credit_account) and transfer_id <= %(since)s
"""
_EARNED = f"""
    select cause, name_en, name_ru, component, sum(case when credit_account = 'accrued' then amount else -amount end) as amount
    from ledger.transfers join ledger.causes using (cause)
    where {_WHOSE} and 'accrued' in (debit_account, credit_account) and cause <> 'due'
      and origin_period = %(origin_period)s and transfer_id < %(until)s
    group by cause, name_en, name_ru, component
    having sum(case when credit_account = 'accrued' then amount else -amount end) <> 0
    order by min(transfer_id)
"""
_DUE_BEFORE = f"""
    select coalesce(sum(case when credit_account = 'payable' then amount else -amount end), 0) as due
    from ledger.transfers
    where {_WHOSE} and cause = 'due' and origin_period = %(origin_period)s and transfer_id <= %(since)s
"""


def _part(connection: Connection, part: dict[str, Any]) -> Part:
    given = part | _one(connection, _BOUNDS, part)
    changes = tuple(_change(connection, given, row) for row in connection.execute(_CHANGES, given).fetchall())
    carried_over = _one(connection, _BALANCE, given)["balance"]
    others = given["taken"] - part["amount"]
    left = carried_over + sum((of.amount for of in changes), Decimal(0)) - given["taken"]
    return Part(part["counterparty_id"], part["contract_id"], carried_over, changes, part["amount"], others, left)


def _change(connection: Connection, given: dict[str, Any], row: dict[str, Any]) -> Change:
    title, origin = Words(row["name_en"], row["name_ru"]), Period.parse(row["origin_period"])
    about = {"penalty": row["penalty"], "hold": row["hold"], "reason": row["reason"]}
    if row["payout"]:
        former = _one(
            connection, "select end_to_end_id from settlement.payouts where payout = %(payout)s", {"payout": row["payout"]}
        )  # fmt: skip
        about["returned"] = former["end_to_end_id"]
    if row["cause"] != "due":
        return Change(row["cause"], title, origin, row["amount"], **about)
    of_month = given | {"origin_period": row["origin_period"]}
    earned = tuple(
        Earned(of["cause"], Words(of["name_en"], of["name_ru"]), of["component"], of["amount"])
        for of in connection.execute(_EARNED, of_month).fetchall()
    )
    before = _one(connection, _DUE_BEFORE, of_month)["due"]
    not_due = sum((of.amount for of in earned), Decimal(0)) - before - row["amount"]
    return Change("due", title, origin, row["amount"], **about, earned=earned, fell_due_before=before, not_due=not_due)


def _one(connection: Connection, query: str, given: dict[str, Any]) -> dict[str, Any]:
    row = connection.execute(query, given).fetchone()
    assert row is not None
    return row
