-- What was payable when the batches were prepared and is not in them: carried forward, with the reason. Each batch
-- of the month leaves the same balance out again, so there is no total.
select
    left_out.batch::text as batch,
    left_out.payee_id,
    counterparties.name as payee_name,
    left_out.outlet_id,
    left_out.counterparty_id,
    left_out.contract_id,
    left_out.reason as left_out_reason,
    left_out.amount,
    left_out.currency
from reporting.payouts_left_out as left_out
join reporting.payout_batches as batches using (batch)
left join reporting.counterparties on counterparties.counterparty_id = left_out.payee_id
where batches.period = %(period)s
order by left_out.batch, left_out.payee_id, left_out.outlet_id, left_out.counterparty_id, left_out.contract_id
