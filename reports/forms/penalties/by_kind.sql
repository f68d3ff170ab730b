-- What is charged, by kind: in force before the month, charged and taken back in it, in force after it; as the ledger has it.
select
    kind,
    coalesce(sum(amount) filter (where booked_in < %(period)s), 0)
        - coalesce(sum(amount) filter (where reversed_in < %(period)s), 0) as opening,
    count(*) filter (where booked_in = %(period)s) as charged_count,
    coalesce(sum(amount) filter (where booked_in = %(period)s), 0) as charged,
    count(*) filter (where reversed_in = %(period)s) as taken_back_count,
    coalesce(sum(amount) filter (where reversed_in = %(period)s), 0) as taken_back,
    coalesce(sum(amount) filter (where reversed_in is null or reversed_in > %(period)s), 0) as closing,
    currency
from reporting.penalties
where counterparty_id = %(counterparty_id)s and booked_in <= %(period)s
group by kind, currency
order by currency, kind desc
