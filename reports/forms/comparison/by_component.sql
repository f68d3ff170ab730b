-- Rewards of two periods by scheme and component.
with

rewards as (
    select
        scheme,
        component,
        max(scheme_version) as scheme_version,
        currency,
        coalesce(sum(amount) filter (where period = %(with)s), 0) as before,
        coalesce(sum(amount) filter (where period = %(period)s), 0) as after
    from reporting.rewards
    where period in (%(period)s, %(with)s)
    group by scheme, component, currency
)

select
    coalesce(scheme_versions.canonical #>> array['title', %(language)s], rewards.scheme) as scheme,
    coalesce(case %(language)s when 'ru' then titles.title_ru else titles.title_en end, rewards.component) as component,
    rewards.before,
    rewards.after,
    rewards.after - rewards.before as difference,
    round((rewards.after - rewards.before) / nullif(rewards.before, 0), 4) as growth,
    rewards.currency
from rewards
left join reporting.scheme_versions
    on scheme_versions.scheme = rewards.scheme and scheme_versions.version = rewards.scheme_version
left join reporting.component_titles as titles
    on titles.scheme = rewards.scheme and titles.version = rewards.scheme_version
    and titles.component = rewards.component
where coalesce(titles.is_paid, true)
order by rewards.scheme, rewards.component, rewards.currency
