-- Appeals and what came of them: all that was said of the penalties above, and of others in the month.
select
    (decisions.decided_at at time zone 'UTC')::date as decided_on,
    penalty::text as number,
    penalties.dated_on,
    penalties.amount,
    what,
    decisions.reason,
    decisions.author,
    penalties.currency
from reporting.penalty_decisions as decisions
join reporting.penalties using (penalty)
where penalties.counterparty_id = %(counterparty_id)s
    and (
        %(period)s in (penalties.booked_in, penalties.reversed_in)
        or to_char(decisions.decided_at at time zone 'UTC', 'YYYY-MM') = %(period)s
    )
order by penalty, decision
