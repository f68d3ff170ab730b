-- What each payout takes: the balance of a counterparty and contract, below zero where it is netted.
select
    parts.batch::text as batch,
    payouts.end_to_end_id,
    payouts.counterparty_id,
    parts.counterparty_id as of_counterparty,
    parts.contract_id,
    parts.amount,
    parts.currency
from reporting.payout_parts as parts
join reporting.payouts using (payout)
where payouts.period = %(period)s
order by parts.batch, parts.payout, parts.part
