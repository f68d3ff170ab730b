-- Rewards by branch and scheme.
select
    rewards.branch,
    coalesce(max(scheme_versions.canonical #>> array['title', %(language)s]), rewards.scheme) as scheme,
    rewards.currency,
    count(distinct rewards.counterparty_id) as counterparties,
    sum(rewards.paid_lines)::bigint as paid_lines,
    sum(rewards.amount) as amount
from reporting.rewards
left join reporting.scheme_versions
    on scheme_versions.scheme = rewards.scheme and scheme_versions.version = rewards.scheme_version
where rewards.period = %(period)s
group by rewards.branch, rewards.scheme, rewards.currency
order by rewards.branch, rewards.scheme, rewards.currency
