-- The lines that stand in one way. %(standing)s
select
    lines.event_date,
    lines.stream,
    lines.subscriber_id,
    lines.outlet_id,
    coalesce(case %(language)s when 'ru' then titles.title_ru else titles.title_en end, lines.component) as component,
    lines.base_amount,
    lines.amount,
    lines.reason,
    lines.outcome,
    lines.scheme,
    lines.scheme_version,
    lines.component as component_name,
    lines.failed_condition,
    lines.taken_period,
    coalesce(case %(language)s when 'ru' then taken.title_ru else taken.title_en end, lines.taken_component) as taken_component,
    lines.line,
    coalesce(lines.currency, lines.original_currency, (
        select min(currency) from reporting.rewards
        where period = %(period)s and counterparty_id = %(counterparty_id)s
    )) as currency
from reporting.line_standings as lines
left join reporting.component_titles as titles
    on titles.scheme = lines.scheme and titles.version = lines.scheme_version and titles.component = lines.component
left join reporting.component_titles as taken
    on taken.scheme = lines.scheme and taken.version = lines.scheme_version and taken.component = lines.taken_component
where lines.standing = %(standing)s and lines.period = %(period)s and lines.counterparty_id = %(counterparty_id)s
order by lines.event_date, lines.stream, lines.subscriber_id, lines.event_id, lines.contract_id, lines.component
