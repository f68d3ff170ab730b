-- Rewards by branch, counterparty, contract and component.
select
    rewards.branch,
    rewards.counterparty_id,
    rewards.counterparty_name,
    rewards.contract_id,
    coalesce(case %(language)s when 'ru' then titles.title_ru else titles.title_en end, rewards.component) as component,
    rewards.paid_lines,
    rewards.base_amount,
    rewards.currency,
    rewards.amount
from reporting.rewards
left join reporting.component_titles as titles
    on titles.scheme = rewards.scheme and titles.version = rewards.scheme_version and titles.component = rewards.component
-- A measure counts events and earns nothing by itself.
where rewards.period = %(period)s and coalesce(titles.is_paid, true)
order by rewards.branch, rewards.counterparty_id, rewards.contract_id, rewards.scheme_version, rewards.component
