-- Rewards by branch, counterparty, contract and component.
select
    rewards.branch,
    rewards.counterparty_id,
    rewards.counterparty_name,
    rewards.contract_id,
    coalesce(
        scheme_versions.canonical #>> array['components', rewards.component, 'title', %(language)s],
        scheme_versions.canonical #>> array['limits', rewards.component, 'title', %(language)s],
        rewards.component
    ) as component,
    rewards.paid_lines,
    rewards.base_amount,
    rewards.currency,
    rewards.amount
from reporting.rewards
left join reporting.scheme_versions
    on scheme_versions.scheme = rewards.scheme and scheme_versions.version = rewards.scheme_version
where rewards.period = %(period)s
order by rewards.branch, rewards.counterparty_id, rewards.contract_id, rewards.scheme_version, rewards.component
