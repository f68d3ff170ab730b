-- Rewards of two periods by scheme and component.
with

both_periods as (
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
    coalesce(scheme_versions.canonical #>> array['title', %(language)s], both_periods.scheme) as scheme,
    coalesce(case %(language)s when 'ru' then titles.title_ru else titles.title_en end, both_periods.component) as component,
    both_periods.before,
    both_periods.after,
    both_periods.after - both_periods.before as difference,
    round((both_periods.after - both_periods.before) / nullif(both_periods.before, 0), 4) as growth,
    both_periods.currency
from both_periods
left join reporting.scheme_versions
    on scheme_versions.scheme = both_periods.scheme and scheme_versions.version = both_periods.scheme_version
left join reporting.component_titles as titles
    on titles.scheme = both_periods.scheme and titles.version = both_periods.scheme_version
    and titles.component = both_periods.component
where coalesce(titles.is_paid, true)
order by both_periods.scheme, both_periods.component, both_periods.currency
