-- Every line, those that earned nothing with the reason.
with

-- Each title once: it stands in the scheme's JSON, which is read slowly.
titles as materialized (
    select
        component_titles.scheme, component_titles.version, component_titles.component,
        case %(language)s when 'ru' then title_ru else title_en end as title
    from reporting.component_titles
    where (component_titles.scheme, component_titles.version) in (
        select lines.scheme, lines.scheme_version from reporting.reward_lines as lines
        where lines.period = %(period)s and lines.counterparty_id = %(counterparty_id)s
    )
)

select
    lines.event_date,
    lines.stream,
    lines.subscriber_id,
    lines.outlet_id,
    coalesce(lines.product_name, lines.product_id) as product_name,
    coalesce(titles.title, lines.component) as component,
    lines.base_amount,
    coalesce(lines.currency, lines.original_currency) as currency,
    lines.amount,
    lines.reason,
    lines.outcome,
    lines.scheme,
    lines.scheme_version,
    lines.component as component_name,
    lines.failed_condition,
    lines.taken_period,
    taken.title as taken_component,
    lines.line
from reporting.reward_lines as lines
left join titles
    on titles.scheme = lines.scheme and titles.version = lines.scheme_version and titles.component = lines.component
left join titles as taken
    on taken.scheme = lines.scheme and taken.version = lines.scheme_version and taken.component = lines.taken_component
where lines.period = %(period)s and lines.counterparty_id = %(counterparty_id)s
order by lines.event_date, lines.stream, lines.subscriber_id, lines.event_id, lines.contract_id, lines.component
