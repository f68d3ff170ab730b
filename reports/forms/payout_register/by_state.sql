-- What the month's payouts add up to, by batch and by what has become of them.
select
    payouts.batch::text as batch,
    case payouts.state when 'in payment' then batches.state else payouts.state end as state,
    count(*) as payouts,
    sum(payouts.vat_amount) as vat_amount,
    sum(payouts.amount) as amount,
    payouts.currency
from reporting.payouts
join reporting.payout_batches as batches using (batch)
where payouts.period = %(period)s
group by payouts.batch, 2, payouts.currency
order by payouts.batch, 2
