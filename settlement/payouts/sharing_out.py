"""What contracts that are settled by outlet owe each of their outlets.

A contract's balance is shared out in proportion to what the outlets earned: the amounts of the lines of the versions that
were posted, of the months that fell due since the contract's payout before. Kopecks that are left over go to the largest
remainders, then by the outlet's code. What came back of an outlet's payout is that outlet's again. What earned at no outlet, a balance below zero, and one of months without such
lines go to the counterparty's own payout.
"""

from __future__ import annotations

from prm.database import Connection
from prm.money import currency_places

# A batch of which something came back (rejected, cancelled, set aside, returned) does not count as the one before.
_DUE_MONTHS = """
    create temporary table due_months on commit drop as
    with

    came_back as (
        select distinct batch, payout_parts.counterparty_id, contract_id
        from settlement.payout_outcomes
        join settlement.payouts using (payout)
        join settlement.payout_parts using (payout)
        where what <> 'paid' and contract_id is not null
    ),

    former as (
        select transfers.counterparty_id, transfers.contract_id, max(transfer_id) as transfer_id
        from ledger.transfers
        join settlement.payouts using (payout)
        left join came_back on came_back.batch = payouts.batch and came_back.counterparty_id = transfers.counterparty_id
            and came_back.contract_id = transfers.contract_id
        where cause = 'payout' and transfers.currency = %(currency)s and came_back.batch is null
        group by transfers.counterparty_id, transfers.contract_id
    )

    select distinct counterparty_id, contract_id, origin_period
    from ledger.transfers
    left join former using (counterparty_id, contract_id)
    where cause = 'due' and currency = %(currency)s and 'payable' in (debit_account, credit_account)
      and transfers.transfer_id > coalesce(former.transfer_id, 0)
      and contract_id in (select contract_id from payable)
"""
# What came back of outlets' payouts since the contract was last taken into a batch.
_CLAIMS = """
    create temporary table claims on commit drop as
    with

    taken as (
        select counterparty_id, contract_id, max(transfer_id) as transfer_id
        from ledger.transfers where cause = 'payout' and currency = %(currency)s
        group by counterparty_id, contract_id
    )

    select transfers.counterparty_id, transfers.contract_id, payouts.outlet_id,
           sum(case when credit_account = 'payable' then transfers.amount else -transfers.amount end) as amount
    from ledger.transfers
    join settlement.payouts using (payout)
    join taken on taken.counterparty_id = transfers.counterparty_id and taken.contract_id = transfers.contract_id
    where cause in ('return', 'release') and 'payable' in (debit_account, credit_account)
      and transfers.currency = %(currency)s and payouts.outlet_id is not null
      and transfers.transfer_id > taken.transfer_id
    group by transfers.counterparty_id, transfers.contract_id, payouts.outlet_id
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

    claimed as (
        select counterparty_id, contract_id, sum(amount) as amount from claims group by counterparty_id, contract_id
    ),

    -- Where less is left than what came back, all of it is shared anew.
    shareable as (
        select payable.payee_id, payable.counterparty_id, payable.contract_id, payable.amount, payable.minimum_payout,
               case when claimed.amount <= payable.amount then claimed.amount else 0 end as claimed
        from payable left join claimed using (counterparty_id, contract_id)
        where level = 'outlet' and payable.amount > 0
    ),

    divided as (
        select counterparty_id, contract_id, outlet_id, units, div(units * weight, total) as quotient,
               units * weight - div(units * weight, total) * total as remainder
        from (
            select *, trunc((amount - claimed) * 10::numeric ^ %(places)s) as units from shareable
        ) as shareable
        join (
            select *, sum(weight) over (partition by counterparty_id, contract_id) as total from weights
        ) as weights using (counterparty_id, contract_id)
    ),

    shared as (
        select counterparty_id, contract_id, outlet_id,
               (quotient + case when row_number() over (
                    partition by counterparty_id, contract_id
                    order by remainder desc, outlet_id collate "C" nulls last
               ) <= units - sum(quotient) over (partition by counterparty_id, contract_id) then 1 else 0 end
               ) / 10::numeric ^ %(places)s as amount
        from divided
    ),

    of_outlets as (
        select counterparty_id, contract_id, outlet_id, sum(amount) as amount
        from (
            select counterparty_id, contract_id, outlet_id, amount from shared where outlet_id is not null
            union all
            select counterparty_id, contract_id, outlet_id, claims.amount
            from claims join shareable using (counterparty_id, contract_id) where claimed > 0
        ) as both_kinds
        group by counterparty_id, contract_id, outlet_id
    ),

    -- What no outlet has: its own share, and what is smaller than a unit.
    rest as (
        select counterparty_id, contract_id, shareable.amount - coalesce(sum(of_outlets.amount), 0) as amount
        from shareable left join of_outlets using (counterparty_id, contract_id)
        group by counterparty_id, contract_id, shareable.amount
    )

    select payee_id, 'outlet' as level, outlet_id, counterparty_id, contract_id, of_outlets.amount::numeric(18, 4) as amount,
           minimum_payout
    from of_outlets join shareable using (counterparty_id, contract_id)
    where of_outlets.amount > 0
    union all
    select payee_id, 'counterparty', null, counterparty_id, contract_id, rest.amount::numeric(18, 4), minimum_payout
    from rest join shareable using (counterparty_id, contract_id)
    where rest.amount <> 0
    union all
    select payee_id, case level when 'outlet' then 'counterparty' else level end, null, counterparty_id, contract_id,
           amount, minimum_payout
    from payable
    where not (level = 'outlet' and amount > 0)
"""


def share_out(connection: Connection, currency: str) -> None:
    """Makes the temporary tables `due_months` and `shares` of the transaction's table `payable`."""
    given = {"currency": currency, "places": currency_places(currency)}
    connection.execute(_DUE_MONTHS, given)
    connection.execute("analyze due_months")
    connection.execute(_CLAIMS, given)
    connection.execute("analyze claims")
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
