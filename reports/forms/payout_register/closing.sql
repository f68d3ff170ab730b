-- What is to be paid of the month's payouts, and what of it is paid; what was cancelled, held, rejected or came back is
-- payable again, and may be among them once more.
select
    currency,
    coalesce(sum(amount) filter (where state in ('in payment', 'paid')), 0) as amount,
    coalesce(sum(amount) filter (where state = 'paid'), 0) as paid
from reporting.payouts
where period = %(period)s
group by currency
order by currency
