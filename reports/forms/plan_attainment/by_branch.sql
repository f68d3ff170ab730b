-- Plans by branch: how many counterparties had one, how many reached it, and the sums of both sides.
select
    branch,
    plan,
    count(distinct counterparty_id) as counterparties,
    count(distinct counterparty_id) filter (where actual >= target) as reached,
    sum(target) as target,
    sum(actual) as actual,
    case when sum(target) filter (where actual is not null) <> 0
        then round(sum(actual) / sum(target) filter (where actual is not null), 4) end as attainment
from reporting.plan_attainment
where period = %(period)s
group by branch, plan
order by branch, plan
