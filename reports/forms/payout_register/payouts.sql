-- Each payout of the month, with where it goes and what became of it.
select
    payouts.batch::text as batch,
    payouts.end_to_end_id,
    payouts.counterparty_id,
    payouts.recipient,
    payouts.level as settled_by,
    payouts.outlet_id,
    payouts.account,
    payouts.bic,
    payouts.vat_amount,
    payouts.amount,
    case payouts.state when 'in payment' then batches.state else payouts.state end as state,
    payouts.outcome_on,
    payouts.outcome_reason,
    payouts.currency
from reporting.payouts
join reporting.payout_batches as batches using (batch)
where payouts.period = %(period)s
order by payouts.batch, payouts.payout
