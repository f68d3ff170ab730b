-- The batches whose day of payment is in the month: how far each is, and what became of its sum.
select
    batches.batch::text as batch,
    batches.dated_on,
    batches.state as batch_state,
    batches.prepared_by,
    batches.approved_by,
    batches.file_name,
    batches.payouts,
    batches.amount,
    coalesce(sum(payouts.amount) filter (where payouts.state = 'in payment'), 0) as waiting,
    coalesce(sum(payouts.amount) filter (where payouts.state = 'paid'), 0) as paid,
    coalesce(sum(payouts.amount) filter (where payouts.state not in ('in payment', 'paid')), 0) as not_paid,
    batches.currency
from reporting.payout_batches as batches
left join reporting.payouts using (batch)
where batches.period = %(period)s
group by
    batches.batch, batches.dated_on, batches.state, batches.prepared_by, batches.approved_by, batches.file_name,
    batches.payouts, batches.amount, batches.currency
order by batches.batch
