-- Every penalty, fine and deduction that was charged or taken back in the month, with what became of it.
select
    penalty::text as number,
    external_id,
    kind,
    dated_on,
    contract_id,
    outlet_id,
    clause,
    reason,
    case when booked_in = %(period)s then amount end as charged,
    case when reversed_in = %(period)s then amount end as taken_back,
    state,
    concat_ws(', ', instead_of, replaced_by) as other,
    currency
from reporting.penalties
where counterparty_id = %(counterparty_id)s and %(period)s in (booked_in, reversed_in)
order by dated_on, penalty
