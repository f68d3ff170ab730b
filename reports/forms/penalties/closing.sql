-- What is in force at the end of the month, of all that was charged until then.
select
    currency,
    coalesce(sum(amount) filter (where reversed_in is null or reversed_in > %(period)s), 0) as amount
from reporting.penalties
where counterparty_id = %(counterparty_id)s and booked_in <= %(period)s
group by currency
order by currency
