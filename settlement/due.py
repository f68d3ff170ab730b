"""Falling due: what was accrued becomes payable when its statement is accepted, or its term is over; less what is held.

Again a difference: for each counterparty, contract, currency and month of origin, what should have fallen due and what
should be held is compared with what the ledger says. So it may be asked every day, after every hold and after every
rollback, and moves only what changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from prm import clock, database, logs
from prm.database import Connection
from prm.errors import RefusedError
from prm.period import Period
from prm.settings import Settings
from settlement.ledger import hold_still, open_period, refusals
from settlement.taxes import SHARES, bring_withheld, places, vat_rates


@dataclass(frozen=True)
class FellDue:
    """What became payable, was held, was released and was withheld, by currency. transfers: how many it took."""

    transfers: int
    due: dict[str, Decimal] = field(default_factory=dict)
    held: dict[str, Decimal] = field(default_factory=dict)
    released: dict[str, Decimal] = field(default_factory=dict)
    withheld: dict[str, Decimal] = field(default_factory=dict)


def fall_due(
    as_of: date | None = None,
    counterparties: Sequence[str] | None = None,
    *,
    author: str,
    settings: Settings | None = None,
) -> FellDue:
    """Makes payable what has fallen due by a day (None: today), of some counterparties or of all; all or none.

    What was accrued falls due when its statement is accepted, or `acceptance_days` after it was posted, unless the
    counterparty disputes the balance. What active holds cover is held instead. Asked again it moves nothing.
    Raises RefusedError for a day that is still to come, and for an empty list.

        fall_due(author="olga").due  # {'RUB': Decimal('12050.0000')}
    """
    today = clock.today()
    if as_of and as_of > today:
        raise RefusedError(f"{as_of} is still to come.", hint=f"Nothing can fall due after today, {today}.")
    if counterparties is not None and not counterparties:
        raise RefusedError("An empty list of counterparties.", hint="Without a list, everybody is meant.")
    scope = sorted(set(counterparties)) if counterparties else None
    with database.transaction(settings) as connection:
        numbers = bring(connection, scope, as_of=as_of or today, author=author)
        found = _summed(connection, numbers)
    logs.event("fell due", as_of=as_of or today, counterparties=scope, transfers=found.transfers)
    return found


def bring(
    connection: Connection, scope: Sequence[str] | None, *, as_of: date, author: str, newly: bool = True
) -> list[int]:
    """Brings `payable`, `held` and `withheld_tax` to what they should be on a day; returns the transfers it took.

    connection: in a transaction; other posters wait until it ends. newly: whether more may fall due; otherwise only
    holds, and accruals that were taken back, are followed up.
    """
    hold_still(connection)
    first = connection.execute("select transfers from ledger.head").fetchone()
    assert first is not None
    booked = str(open_period(connection, Period.of(as_of)))
    with refusals(), database.joined_by_hashes(connection):
        connection.execute(
            _BRING,
            {"scope": scope, "as_of": as_of, "newly": newly, "booked": booked, "author": author,
             "vat_rates": vat_rates(), "places": places(connection)},
        )  # fmt: skip
    bring_withheld(connection, as_of, booked, scope, author=author)
    last = connection.execute("select transfers from ledger.head").fetchone()
    assert last is not None
    return list(range(first["transfers"] + 1, last["transfers"] + 1))


_BRING = f"""
    with

    -- When the statement of a month was accepted, unless the acceptance was recalled.
    acceptances as (
        select distinct on (period, counterparty_id) period, counterparty_id, what, decided_at
        from settlement.statement_decisions
        order by period, counterparty_id, decision desc
    ),

    disputed_balances as (
        select distinct period, counterparty_id from settlement.disputes
        where about = 'balance' and dispute not in (select dispute from settlement.dispute_answers)
    ),

    accruals as (
        select
            transfers.counterparty_id, transfers.contract_id, transfers.currency, transfers.origin_period,
            case when credit_account = 'accrued' then amount else -amount end as amount,
            %(newly)s and (
                (acceptances.what = 'accepted' and acceptances.decided_at >= transfers.recorded_at)
                or (transfers.recorded_at::date + coalesce(terms.acceptance_days, usual.acceptance_days) <= %(as_of)s
                    and disputed_balances.period is null)
            ) as is_due
        from ledger.transfers
        cross join settlement.usual_terms as usual
        left join registry.contracts as terms on terms.contract_id = transfers.contract_id
        left join acceptances
            on acceptances.period = transfers.period and acceptances.counterparty_id = transfers.counterparty_id
        left join disputed_balances
            on disputed_balances.period = transfers.period
            and disputed_balances.counterparty_id = transfers.counterparty_id
        where 'accrued' in (debit_account, credit_account) and cause <> 'due'
          and (%(scope)s::text[] is null or transfers.counterparty_id = any(%(scope)s))
    ),

    keys as (
        select counterparty_id, contract_id, currency, origin_period,
               sum(amount) as accrued, coalesce(sum(amount) filter (where is_due), 0) as is_due
        from accruals
        group by counterparty_id, contract_id, currency, origin_period
    ),

    {SHARES},

    moved as (
        select
            counterparty_id, contract_id, currency, origin_period,
            count(*) filter (where cause = 'due') as dues,
            count(*) filter (where cause <> 'due') as holds,
            coalesce(sum(case debit_account when 'accrued' then amount else -amount end) filter (where cause = 'due'), 0)
                as is_due,
            coalesce(sum(case credit_account when 'held' then amount else -amount end) filter (where cause <> 'due'), 0)
                as held
        from ledger.transfers
        where cause in ('due', 'hold', 'release') and payout is null
          and (%(scope)s::text[] is null or counterparty_id = any(%(scope)s))
        group by counterparty_id, contract_id, currency, origin_period
    ),

    -- What fell due once stays due, and never is more than what is accrued.
    dues as (
        select
            keys.*,
            coalesce(moved.dues, 0) as dues_before, coalesce(moved.holds, 0) as holds_before,
            coalesce(moved.is_due, 0) as due_before, coalesce(moved.held, 0) as held_before,
            case
                when accrued >= 0 then least(accrued, greatest(keys.is_due, moved.is_due, 0))
                else greatest(accrued, least(keys.is_due, moved.is_due, 0))
            end as due_now
        from keys
        left join moved using (counterparty_id, contract_id, currency, origin_period)
    ),

    active as (
        select * from settlement.holds
        where level <> 'payout' and hold not in (select hold from settlement.hold_releases)
    ),

    components as (
        select counterparty_id, contract_id, currency, origin_period, component,
               sum(case debit_account when 'reward_cost' then amount else -amount end) as amount
        from ledger.transfers
        where component is not null and 'reward_cost' in (debit_account, credit_account)
          and counterparty_id in (select counterparty_id from active)
        group by counterparty_id, contract_id, currency, origin_period, component
    ),

    -- The net amount that holds cover: whole components first, then lines of other components.
    covered_components as (
        select components.*, max(hold) as hold
        from components
        join active on active.counterparty_id = components.counterparty_id
            and coalesce(active.period, origin_period) = origin_period
            and coalesce(active.contract_id, components.contract_id) = components.contract_id
            and (level = 'counterparty' or active.component = components.component)
        where level in ('counterparty', 'component')
        group by components.counterparty_id, components.contract_id, components.currency, components.origin_period,
                 components.component, components.amount
    ),

    covered_lines as (
        select lines.counterparty_id, lines.contract_id, lines.currency, lines.period as origin_period, lines.component,
               lines.amount, max(hold) as hold
        from (
            select counterparty_id, contract_id, currency, period, component, line, amount from reporting.reward_lines
            where period in (select period from active where level = 'line')
              and counterparty_id in (select counterparty_id from active where level = 'line')
        ) as lines
        join active using (counterparty_id, period, line)
        where (lines.counterparty_id, lines.contract_id, lines.currency, lines.period, lines.component) not in (
            select counterparty_id, contract_id, currency, origin_period, component from covered_components)
        group by lines.counterparty_id, lines.contract_id, lines.currency, lines.period, lines.component, lines.line,
                 lines.amount
    ),

    covered as (
        select counterparty_id, contract_id, currency, origin_period, sum(amount) as amount, max(hold) as hold
        from (select * from covered_components union all select * from covered_lines) as both_kinds
        group by counterparty_id, contract_id, currency, origin_period
    ),

    payable as (
        select counterparty_id, contract_id, currency,
               sum(case credit_account when 'payable' then amount else -amount end) as balance
        from ledger.transfers
        where 'payable' in (debit_account, credit_account)
        group by counterparty_id, contract_id, currency
    ),

    -- With its VAT; never more than what is due.
    holds as (
        select
            dues.*, covered.hold,
            due_now - due_before as due_change,
            least(greatest(due_now, 0), greatest(0,
                coalesce(covered.amount, 0)
                + round(coalesce(covered.amount, 0) * coalesce(share, 0),
                        coalesce((%(places)s::jsonb ->> currency)::int, 2))
            )) - held_before as hold_change
        from dues
        left join vat_shares using (counterparty_id, contract_id, origin_period)
        left join covered using (counterparty_id, contract_id, currency, origin_period)
    ),

    -- What was paid can't be held any more: holds take what is payable, of the newest months first.
    possible as (
        select
            holds.*,
            case
                when hold_change <= 0 then hold_change
                else least(hold_change, greatest(0,
                    coalesce(balance, 0) + sum(due_change) over contract
                    - sum(least(hold_change, 0)) over contract
                    - coalesce(sum(greatest(hold_change, 0)) over (contract order by origin_period desc
                          rows between unbounded preceding and 1 preceding), 0)))
            end as held_now
        from holds
        left join payable using (counterparty_id, contract_id, currency)
        window contract as (partition by counterparty_id, contract_id, currency)
    ),

    entries as (
        select
            1 as place, counterparty_id, contract_id, currency, origin_period, due_change as change, 'due' as cause,
            format('due/%%s/%%s/%%s/%%s/%%s', origin_period, counterparty_id, contract_id, currency, dues_before + 1) as key,
            'accrued' as from_account, 'payable' as to_account, null::bigint as hold, null as reason
        from possible where due_change <> 0
        union all
        select
            2, counterparty_id, contract_id, currency, origin_period, held_now,
            case when held_now > 0 then 'hold' else 'release' end,
            format('hold/%%s/%%s/%%s/%%s/%%s', origin_period, counterparty_id, contract_id, currency, holds_before + 1),
            'payable', 'held', chosen.hold,
            case when held_now > 0 then (select reason from settlement.holds where holds.hold = chosen.hold)
                 else (select reason from settlement.hold_releases where hold_releases.hold = chosen.hold) end
        from possible
        left join lateral (
            -- The newest hold that covers it; of a release, the newest that was released.
            select case when held_now > 0 then possible.hold else (
                select max(given.hold) from settlement.holds as given
                join settlement.hold_releases using (hold)
                where given.counterparty_id = possible.counterparty_id
                  and coalesce(given.period, origin_period) = origin_period and level <> 'payout'
            ) end as hold
        ) as chosen on true
        where held_now <> 0
    )

    select count(*) from ledger.post((
        select array_agg((
            key, greatest(%(booked)s, origin_period), origin_period, %(as_of)s::date, counterparty_id, contract_id, currency,
            case when change > 0 then from_account else to_account end,
            case when change > 0 then to_account else from_account end,
            abs(change), cause, null, null, null, null, null, null, hold, null, reason, %(author)s
        )::ledger.entry order by counterparty_id collate "C", contract_id collate "C", currency, origin_period, place)
        from entries
    ))
"""


def _summed(connection: Connection, numbers: list[int]) -> FellDue:
    rows = connection.execute(
        """select currency, cause,
                  sum(case cause when 'due' then case debit_account when 'accrued' then amount else -amount end
                                 when 'withheld tax' then case debit_account when 'payable' then amount else -amount end
                                 else amount end) as amount
           from ledger.transfers where transfer_id = any(%s) group by currency, cause order by currency""",
        [numbers],
    ).fetchall()
    of = {cause: {row["currency"]: row["amount"] for row in rows if row["cause"] == cause}
          for cause in ("due", "hold", "release", "withheld tax")}  # fmt: skip
    return FellDue(len(numbers), of["due"], of["hold"], of["release"], of["withheld tax"])
