"""Taxes on what is owed: VAT on top of rewards, and what is withheld of a natural person.

Both are posted by difference, like rewards. VAT goes with the rewards of the month they are about: to the status, and
at the rate, of that month's last day. What is withheld goes by what fell due in a calendar year, so that a progressive
rate holds for the year as a whole. A counterparty's status is dated (`registry.tax_statuses`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from psycopg.types.json import Jsonb

import registry
from prm import database
from prm.database import Connection
from prm.money import currency_places
from prm.period import Period
from settlement.ledger import OPEN_PERIOD, Entry, post, refusals

SHARES = """
    vat_rates as (
        select tax_status, valid_from, share
        from jsonb_to_recordset(%(vat_rates)s) as rates (tax_status text, valid_from date, share numeric)
    ),

    -- A counterparty's status on the last day of the month; without one, what its contract says. Null: nothing is known.
    vat_statuses as (
        select
            counterparty_id, contract_id, origin_period,
            (to_date(origin_period, 'YYYY-MM') + interval '1 month - 1 day')::date as on_day,
            coalesce(
                (select value from registry.counterparty_attributes as given
                 where given.counterparty_id = keys.counterparty_id and attribute = 'tax_status'
                   and given.valid_from < to_date(origin_period, 'YYYY-MM') + interval '1 month'
                 order by given.valid_from desc limit 1),
                (select case vat_status when 'payer' then 'general' when 'exempt' then 'exempt' end
                 from registry.contracts where contracts.contract_id = keys.contract_id)
            ) as tax_status
        from (select distinct counterparty_id, contract_id, origin_period from keys) as keys
    ),

    vat_shares as (
        select
            counterparty_id, contract_id, origin_period, tax_status,
            coalesce((
                select share from vat_rates
                where vat_rates.tax_status = vat_statuses.tax_status and valid_from <= on_day
                order by valid_from desc limit 1
            ), 0) as share
        from vat_statuses
    )
"""
"""CTEs that give `vat_shares` (counterparty_id, contract_id, origin_period, tax_status, share) for a CTE `keys` with
the first three; their parameter is `vat_rates()`."""

_VAT = f"""
    with

    booking as (
        select ({OPEN_PERIOD}) as period
    ),

    keys as (
        select counterparty_id, contract_id, origin_period, currency,
               sum(case when debit_account = 'reward_cost' then amount else -amount end) as earned
        from ledger.transfers
        where origin_period = %(period)s and component is not null and 'reward_cost' in (debit_account, credit_account)
          and (%(scope)s::text[] is null or counterparty_id = any(%(scope)s))
        group by counterparty_id, contract_id, origin_period, currency
    ),

    {SHARES},

    posted as (
        select counterparty_id, contract_id, currency, count(*) as transfers,
               sum(case when debit_account = 'vat' then amount else -amount end) as amount
        from ledger.transfers
        where origin_period = %(period)s and 'vat' in (debit_account, credit_account)
        group by counterparty_id, contract_id, currency
    ),

    differences as (
        select counterparty_id, contract_id, currency, coalesce(posted.transfers, 0) + 1 as ordinal,
               round(earned * share, coalesce((%(places)s::jsonb ->> currency)::int, 2)) - coalesce(posted.amount, 0) as amount
        from keys
        join vat_shares using (counterparty_id, contract_id, origin_period)
        left join posted using (counterparty_id, contract_id, currency)
        where tax_status is not null  -- of a contract that has left the registry, what was posted stays
    ),

    entries as (
        select (
            format('vat/%%s/%%s/%%s/%%s/%%s', %(period)s::text, counterparty_id, contract_id, currency, ordinal),
            (select period from booking), %(period)s,
            (select (to_date(period, 'YYYY-MM') + interval '1 month - 1 day')::date from booking),
            counterparty_id, contract_id, currency,
            case when amount > 0 then 'vat' else 'accrued' end, case when amount > 0 then 'accrued' else 'vat' end,
            abs(amount), 'vat', null, null, null, null, null, null, null, null, %(reason)s, %(author)s
        )::ledger.entry as entry
        from differences
        where amount <> 0
        order by counterparty_id collate "C", contract_id collate "C", currency
    )

    select transfer_id from ledger.post((select array_agg(entry) from entries))
"""


def vat_rates() -> Jsonb:
    """The VAT of every status as a parameter of `SHARES`."""
    return Jsonb([
        {"tax_status": name, "valid_from": str(since), "share": str(share)}
        for name, status in registry.tax_statuses().items()
        for since, share in status.vat.items()
    ])  # fmt: skip


def places(connection: Connection) -> Jsonb:
    """The decimal places of every currency in the ledger, as a parameter."""
    rows = connection.execute("select distinct currency from ledger.transfers").fetchall()
    return Jsonb({row["currency"]: currency_places(row["currency"]) for row in rows})


def bring_vat(
    connection: Connection, period: Period, scope: Sequence[str] | None, *, reason: str | None, author: str
) -> list[int]:
    """Brings the VAT on a month's rewards to what they are in the ledger; returns the transfers that it took.

    connection: in a transaction that holds the month's lock. scope: whose; None: everybody's.
    """
    with refusals(), database.joined_by_hashes(connection):
        rows = connection.execute(
            _VAT,
            {"period": str(period), "scope": scope, "reason": reason, "author": author, "vat_rates": vat_rates(),
             "places": places(connection)},
        ).fetchall()  # fmt: skip
    return [row["transfer_id"] for row in rows]


_FELL_DUE = """
    with

    -- Days on which a counterparty's status is one of those of which something is withheld.
    statuses as (
        select counterparty_id, value as tax_status, valid_from,
               lead(valid_from) over (partition by counterparty_id order by valid_from) as until
        from registry.counterparty_attributes
        where attribute = 'tax_status' and (%(scope)s::text[] is null or counterparty_id = any(%(scope)s))
    )

    select counterparty_id, contract_id, currency, tax_status,
           sum(case
                   when cause = 'withheld tax' or transfers.reverses is not null then 0
                   when credit_account = 'payable' then amount else -amount
               end) as base,
           sum(case
                   when credit_account = 'withheld_tax' then amount when debit_account = 'withheld_tax' then -amount else 0
               end) as withheld,
           count(*) filter (where cause = 'withheld tax') as transfers
    from ledger.transfers
    join statuses using (counterparty_id)
    where tax_status = any(%(withholding)s) and dated_on >= valid_from and dated_on < coalesce(until, 'infinity')
      and extract(year from dated_on) = %(year)s
      and ((cause in ('due', 'hold', 'release') and payout is null and 'payable' in (debit_account, credit_account))
           or 'withheld_tax' in (debit_account, credit_account))
    group by counterparty_id, contract_id, currency, tax_status
    order by counterparty_id collate "C", currency, tax_status, contract_id collate "C"
"""


def bring_withheld(
    connection: Connection, as_of: date, booked: str, scope: Sequence[str] | None, *, author: str
) -> int:
    """Brings what is withheld of what fell due in the year of `as_of` to what it should be; returns the transfers it took.

    The year's sum of a counterparty is taxed contract by contract, in the order of their numbers: each bears what the
    tax grows by with it. booked: the month the transfers are booked in.
    """
    statuses = {name: status.withheld for name, status in registry.tax_statuses().items() if status.withheld}
    rows = connection.execute(_FELL_DUE, {"scope": scope, "withholding": list(statuses), "year": as_of.year}).fetchall()
    entries: list[Entry] = []
    for (counterparty, currency, tax_status), contracts in groupby(
        rows, lambda row: (row["counterparty_id"], row["currency"], row["tax_status"])
    ):
        rule = statuses[tax_status]
        if rule is None or rule.currency != currency:
            continue
        sum_before = Decimal(0)
        for row in contracts:
            contract = row["contract_id"]
            sum_with = sum_before + row["base"]
            tax = rule.of(sum_with, as_of) - rule.of(sum_before, as_of)
            sum_before = sum_with
            if difference := tax - row["withheld"]:
                entries.append(
                    Entry(
                        idempotency_key=f"withheld tax/{as_of.year}/{counterparty}/{contract}/{currency}/{tax_status}/"
                        f"{row['transfers'] + 1}",
                        period=booked, origin_period=booked, dated_on=as_of, counterparty_id=counterparty,
                        contract_id=contract, currency=currency,
                        debit_account="payable" if difference > 0 else "withheld_tax",
                        credit_account="withheld_tax" if difference > 0 else "payable",
                        amount=abs(difference), cause="withheld tax", author=author,
                    )
                )  # fmt: skip
    return len(post(connection, entries)) if entries else 0
