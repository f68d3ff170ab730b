-- The same cohorts together, by counterparty, the worst churn first.
select
    branch,
    counterparty_id,
    counterparty_name,
    sum(activated)::bigint as activated,
    (sum(left_now) - sum(returned))::bigint as left_so_far,
    case when sum(activated) > 0 then round((sum(left_now) - sum(returned)) / sum(activated), 4) end as churn,
    (sum(fraudulent) filter (where period = %(period)s))::bigint as fraudulent,
    case when sum(activated) > 0
        then round(coalesce(sum(fraudulent) filter (where period = %(period)s), 0) / sum(activated), 4) end as fraud
from reporting.cohorts
where period <= %(period)s and activated_in <= %(period)s and counterparty_id <> ''
    and activated_in > to_char(to_date(%(period)s, 'YYYY-MM') - make_interval(months => %(months)s), 'YYYY-MM')
group by branch, counterparty_id, counterparty_name
order by churn desc nulls last, counterparty_id
