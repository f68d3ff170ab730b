-- Cohorts of the last months: how many were activated, how many have left (and not come back), how many are marked as fraud.
-- Activations of months that were never calculated are not known; then there is no share.
select
    activated_in,
    sum(activated)::bigint as activated,
    (sum(left_now) filter (where period = %(period)s))::bigint as left_now,
    (sum(left_now) - sum(returned))::bigint as left_so_far,
    case when sum(activated) > 0 then round((sum(left_now) - sum(returned)) / sum(activated), 4) end as churn,
    (sum(fraudulent) filter (where period = %(period)s))::bigint as fraudulent,
    case when sum(activated) > 0
        then round(coalesce(sum(fraudulent) filter (where period = %(period)s), 0) / sum(activated), 4) end as fraud
from reporting.cohorts
where period <= %(period)s and activated_in <= %(period)s
    and activated_in > to_char(to_date(%(period)s, 'YYYY-MM') - make_interval(months => %(months)s), 'YYYY-MM')
group by activated_in
order by activated_in
