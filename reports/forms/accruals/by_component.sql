-- What each component of each contract came to, the largest first.
select
    rewards.contract_id,
    coalesce(case %(language)s when 'ru' then titles.title_ru else titles.title_en end, rewards.component) as component,
    rewards.paid_lines,
    rewards.base_amount,
    rewards.amount,
    rewards.currency
from reporting.rewards
left join reporting.component_titles as titles
    on titles.scheme = rewards.scheme and titles.version = rewards.scheme_version and titles.component = rewards.component
where rewards.period = %(period)s and rewards.counterparty_id = %(counterparty_id)s
    and coalesce(titles.is_paid, true)
order by rewards.currency, rewards.amount desc, rewards.contract_id, rewards.scheme_version, rewards.component
