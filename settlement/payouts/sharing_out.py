"""What contracts that are settled by outlet owe each of their outlets.

A contract's balance is shared out in proportion to what the outlets earned: the amounts of the lines of the versions that
were posted, of the months that fell due since the contract's payout before. Kopecks that are left over go to the largest
remainders, then by the outlet's code. What earned at no outlet, a balance below zero, and one of months without such
lines go to the counterparty's own payout.
"""

from __future__ import annotations

from prm.database import Connection
from prm.money import currency_places

# A payout that was not paid in the end (rejected, cancelled, set aside, returned) does not count as the one before.
_DUE_MONTHS = """
    create temporary table due_months on commit drop as
    with

    former as (
        select counterparty_id, contract_id, max(transfer_id) as transfer_id
        from ledger.transfers
        where cause = 'payout' and currency = %(currency)s
          and not exists (
              select from settlement.payout_outcomes
              where payout_outcomes.payout = transfers.payout and what <> 'paid')
        group by counterparty_id, contract_id
    )

    select distinct counterparty_id, contract_id, origin_period
    from ledger.transfers
    left join former using (counterparty_id, contract_id)
    where cause = 'due' and currency = %(currency)s and 'payable' in (debit_account, credit_account)
      and transfers.transfer_id > coalesce(former.transfer_id, 0)
      and contract_id in (select contract_id from payable)
"""
_POSTED = """
    create temporary table posted_versions on commit drop as
    select counterparty_id, contract_id, origin_period, run_id
    from (
        select distinct on (counterparty_id, origin_period) counterparty_id, origin_period, run_id
        from ledger.transfers
        where cause in ('reward', 'adjustment', 'rollback')
          and (counterparty_id, origin_period) in (select counterparty_id, origin_period from due_months)
        order by counterparty_id, origin_period, transfer_id desc
    ) as newest
    join due_months using (counterparty_id, origin_period)
    where run_id is not null and contract_id in (select contract_id from payable where level = 'outlet')
"""
_WEIGHTS = """
    create temporary table weights on commit drop as
    select posted_versions.counterparty_id, posted_versions.contract_id, outlet_id, sum(amount) as weight
    from results.reward_lines
    join posted_versions on posted_versions.run_id = reward_lines.run_id
        and posted_versions.origin_period = reward_lines.period
        and posted_versions.counterparty_id = reward_lines.counterparty_id
        and posted_versions.contract_id = reward_lines.contract_id
    where reward_lines.period = any(%(periods)s) and reward_lines.run_id = any(%(runs)s)
      and reward_lines.currency = %(currency)s and amount <> 0
    group by posted_versions.counterparty_id, posted_versions.contract_id, outlet_id
    having sum(amount) > 0
"""
# Whole numbers of the smallest unit are divided, so that nothing is rounded on the way.
_SHARES = """
    create temporary table shares on commit drop as
    with

    divided as (
        select payable.payee_id, weights.outlet_id, payable.counterparty_id, payable.contract_id,
               payable.amount as whole, payable.minimum_payout, units, div(units * weight, total) as quotient,
               units * weight - div(units * weight, total) * total as remainder
        from (
            select *, trunc(amount * 10::numeric ^ %(places)s) as units from payable where level = 'outlet' and amount > 0
        ) as payable
        join (
            select *, sum(weight) over (partition by counterparty_id, contract_id) as total from weights
        ) as weights using (counterparty_id, contract_id)
    ),

    shared as (
        select payee_id, outlet_id, counterparty_id, contract_id, whole, minimum_payout,
               (quotient + case when row_number() over (
                    partition by counterparty_id, contract_id
                    order by remainder desc, outlet_id collate "C" nulls last
               ) <= units - sum(quotient) over (partition by counterparty_id, contract_id) then 1 else 0 end
               ) / 10::numeric ^ %(places)s as amount
        from divided
    ),

    -- What no outlet has: its own share, and what is smaller than a unit.
    rest as (
        select payee_id, counterparty_id, contract_id, minimum_payout,
               whole - coalesce(sum(amount) filter (where outlet_id is not null), 0) as amount
        from shared group by payee_id, counterparty_id, contract_id, minimum_payout, whole
    )

    select payee_id, 'outlet' as level, outlet_id, counterparty_id, contract_id, amount::numeric(18, 4) as amount,
           minimum_payout
    from shared where outlet_id is not null and amount > 0
    union all
    select payee_id, 'counterparty', null, counterparty_id, contract_id, amount::numeric(18, 4), minimum_payout
    from rest where amount <> 0
    union all
    select payee_id, case level when 'outlet' then 'counterparty' else level end, null, counterparty_id, contract_id,
           amount, minimum_payout
    from payable
    where not (level = 'outlet' and amount > 0
               and (counterparty_id, contract_id) in (select counterparty_id, contract_id from weights))
"""


def share_out(connection: Connection, currency: str) -> None:
    """Makes the temporary tables `due_months` and `shares` of the transaction's table `payable`."""
    given = {"currency": currency, "places": currency_places(currency)}
    connection.execute(_DUE_MONTHS, given)
    connection.execute("analyze due_months")
    connection.execute(_POSTED)
    found = connection.execute(
        """select coalesce(array_agg(distinct origin_period), '{}') as periods, coalesce(array_agg(distinct run_id), '{}') as runs
           from posted_versions"""
    ).fetchone()
    assert found is not None
    connection.execute("analyze posted_versions")
    connection.execute(_WEIGHTS, given | found)
    connection.execute("analyze weights")
    connection.execute(_SHARES, given)
    connection.execute("analyze shares")
