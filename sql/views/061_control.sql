-- Control: what is calculated and not approved or posted, what is owed and not paid, what is paid and not owed.

create function reporting.age(days int) returns text language sql immutable return
    case when days <= 30 then '0-30' when days <= 60 then '31-60' when days <= 90 then '61-90' else 'over 90' end;
comment on function reporting.age is 'The range that an age in days is in: 0-30, 31-60, 61-90, over 90.';

-- Accrued but not approved. What a version says of a month beside what the ledger says of it.
create view reporting.calculated_not_posted as
with

newest_decision as (
    select distinct on (period) period, what, content_hash
    from runs.period_decisions
    where what in ('approved', 'withdrawn')
    order by period, decision desc
),

calculated as (
    select period, counterparty_id, contract_id, currency, sum(amount) as amount
    from results.rewards
    join runs.current_versions using (run_id, period, counterparty_id)
    group by period, counterparty_id, contract_id, currency
),

posted as (
    select origin_period as period, counterparty_id, contract_id, currency,
           sum(case when debit_account = 'reward_cost' then amount else -amount end) as amount
    from ledger.transfers
    where component is not null and 'reward_cost' in (debit_account, credit_account)
    group by origin_period, counterparty_id, contract_id, currency
),

differences as (
    select period, counterparty_id, contract_id, currency, coalesce(calculated.amount, 0) as calculated,
           coalesce(posted.amount, 0) as posted, coalesce(calculated.amount, 0) - coalesce(posted.amount, 0) as amount
    from calculated full join posted using (period, counterparty_id, contract_id, currency)
)

select
    period, counterparty_id, counterparties.name as counterparty_name, counterparties.branch, contract_id,
    case when newest_decision.what = 'approved' and newest_decision.content_hash = contents.content_hash
        then 'approved, not posted' else 'not approved' end as stage,
    calculated, posted, amount, currency, since, age_days, reporting.age(age_days) as age
from differences
left join newest_decision using (period)
left join runs.period_contents as contents using (period)
left join registry.counterparties using (counterparty_id)
cross join lateral (select (to_date(period, 'YYYY-MM') + interval '1 month - 1 day')::date as since) as ends
cross join lateral (select greatest(current_date - since, 0) as age_days) as ages
where amount <> 0;
comment on view reporting.calculated_not_posted is 'Accrued but not approved: what the current version of a month says and the ledger doesn''t, or the other way round. One row a period, counterparty, contract and currency.';
comment on column reporting.calculated_not_posted.period is 'Calendar month of the rewards.';
comment on column reporting.calculated_not_posted.counterparty_id is 'The counterparty.';
comment on column reporting.calculated_not_posted.counterparty_name is 'Name of the counterparty; null where it has left the registry.';
comment on column reporting.calculated_not_posted.branch is 'Branch of the counterparty.';
comment on column reporting.calculated_not_posted.contract_id is 'The contract.';
comment on column reporting.calculated_not_posted.stage is 'not approved; or approved, not posted.';
comment on column reporting.calculated_not_posted.calculated is 'Reward by the current version.';
comment on column reporting.calculated_not_posted.posted is 'Reward that was posted about the month.';
comment on column reporting.calculated_not_posted.amount is 'The difference; below zero: more was posted.';
comment on column reporting.calculated_not_posted.currency is 'Currency of the amounts.';
comment on column reporting.calculated_not_posted.since is 'Last day of the month.';
comment on column reporting.calculated_not_posted.age_days is 'Days since then; 0 while the month lasts.';
comment on column reporting.calculated_not_posted.age is '0-30, 31-60, 61-90, over 90.';

-- Approved but not paid. What lessens an account is taken from its oldest month, so that the rest adds up to its balance.
create view reporting.owed_not_paid as
with

sides as (
    select counterparty_id, contract_id, currency, credit_account as account, origin_period as period, amount, 0::numeric as taken
    from ledger.transfers
    union all
    select counterparty_id, contract_id, currency, debit_account, origin_period, 0, amount from ledger.transfers
),

-- A month's own plus and minus first: a corrected or a rolled back reward is not older than its month.
months as (
    select counterparty_id, contract_id, currency, account, period, sum(amount) - sum(taken) as change
    from sides join ledger.accounts using (account)
    where is_owed
    group by counterparty_id, contract_id, currency, account, period
),

running as (
    select
        *,
        sum(greatest(change, 0)) over (partition by counterparty_id, contract_id, currency, account order by period) as added,
        sum(greatest(-change, 0)) over (partition by counterparty_id, contract_id, currency, account) as taken
    from months
),

remaining as (
    select counterparty_id, contract_id, currency, account, period,
           least(greatest(change, 0), greatest(added - taken, 0)) as amount
    from running
)

select
    counterparty_id, counterparties.name as counterparty_name, counterparties.branch, contract_id, account, period,
    amount, currency, since, age_days, reporting.age(age_days) as age
from remaining
left join registry.counterparties using (counterparty_id)
cross join lateral (select (to_date(period, 'YYYY-MM') + interval '1 month - 1 day')::date as since) as ends
cross join lateral (select greatest(current_date - since, 0) as age_days) as ages
where amount <> 0;
comment on view reporting.owed_not_paid is 'Approved but not paid: what stands on accounts that are owed, by the month it is about. What lessens an account is taken from its oldest month; the rows of an account add up to its balance, unless that is below zero.';
comment on column reporting.owed_not_paid.counterparty_id is 'The counterparty.';
comment on column reporting.owed_not_paid.counterparty_name is 'Name of the counterparty; null where it has left the registry.';
comment on column reporting.owed_not_paid.branch is 'Branch of the counterparty.';
comment on column reporting.owed_not_paid.contract_id is 'The contract; null where it is about none.';
comment on column reporting.owed_not_paid.account is 'accrued, payable, held or in_payment.';
comment on column reporting.owed_not_paid.period is 'Calendar month that it is about.';
comment on column reporting.owed_not_paid.amount is 'What is left of it.';
comment on column reporting.owed_not_paid.currency is 'Currency of the amount.';
comment on column reporting.owed_not_paid.since is 'Last day of the month.';
comment on column reporting.owed_not_paid.age_days is 'Days since then; 0 while the month lasts.';
comment on column reporting.owed_not_paid.age is '0-30, 31-60, 61-90, over 90.';

-- Paid but not accrued. An account that is owed and stands below zero, since the day it has done so.
create view reporting.paid_not_accrued as
with

entries as (
    select counterparty_id, contract_id, currency, account, dated_on, transfer_id, sum(change) as change
    from (
        select counterparty_id, contract_id, currency, credit_account as account, dated_on, transfer_id, amount as change
        from ledger.transfers
        union all
        select counterparty_id, contract_id, currency, debit_account, dated_on, transfer_id, -amount from ledger.transfers
    ) as sides
    join ledger.accounts using (account)
    where is_owed
    group by counterparty_id, contract_id, currency, account, dated_on, transfer_id
),

days as (
    select
        counterparty_id, contract_id, currency, account, dated_on,
        sum(sum(change)) over (partition by counterparty_id, contract_id, currency, account order by dated_on) as balance
    from entries
    group by counterparty_id, contract_id, currency, account, dated_on
),

-- The days after the last one that ended at zero or above.
below as (
    select
        *,
        max(dated_on) filter (where balance >= 0) over (partition by counterparty_id, contract_id, currency, account) as last_good,
        last_value(balance) over (
            partition by counterparty_id, contract_id, currency, account order by dated_on
            rows between unbounded preceding and unbounded following) as now
    from days
),

overdrawn as (
    select counterparty_id, contract_id, currency, account, now as balance, min(dated_on) as since
    from below
    where now < 0 and (last_good is null or dated_on > last_good)
    group by counterparty_id, contract_id, currency, account, now
),

owed as (
    select counterparty_id, currency, sum(change) as owed from entries group by counterparty_id, currency
)

select
    counterparty_id, counterparties.name as counterparty_name, counterparties.branch, contract_id, account,
    -balance as amount, currency, owed.owed as owed_in_all, owed.owed < 0 as is_overpaid, since,
    greatest(current_date - since, 0) as age_days, reporting.age(current_date - since) as age
from overdrawn
join owed using (counterparty_id, currency)
left join registry.counterparties using (counterparty_id);
comment on view reporting.paid_not_accrued is 'Paid but not accrued: accounts that are owed and stand below zero. One row a counterparty, contract, currency and account.';
comment on column reporting.paid_not_accrued.counterparty_id is 'The counterparty.';
comment on column reporting.paid_not_accrued.counterparty_name is 'Name of the counterparty; null where it has left the registry.';
comment on column reporting.paid_not_accrued.branch is 'Branch of the counterparty.';
comment on column reporting.paid_not_accrued.contract_id is 'The contract; null where it is about none.';
comment on column reporting.paid_not_accrued.account is 'accrued, payable, held or in_payment.';
comment on column reporting.paid_not_accrued.amount is 'How far it stands below zero.';
comment on column reporting.paid_not_accrued.currency is 'Currency of the amounts.';
comment on column reporting.paid_not_accrued.owed_in_all is 'What is owed to the counterparty on all such accounts together, in this currency.';
comment on column reporting.paid_not_accrued.is_overpaid is 'Whether that is below zero too: the counterparty owes the operator. Otherwise the account is made up for by the others.';
comment on column reporting.paid_not_accrued.since is 'The day from which it has stood below zero.';
comment on column reporting.paid_not_accrued.age_days is 'Days since then.';
comment on column reporting.paid_not_accrued.age is '0-30, 31-60, 61-90, over 90.';
