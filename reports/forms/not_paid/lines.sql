-- Every line that was not paid, with its reason and the input row it comes from.
with

-- Each title once: it stands in the scheme's JSON, which is read slowly.
titles as materialized (
    select scheme, version, component, case %(language)s when 'ru' then title_ru else title_en end as title
    from reporting.component_titles
)

select
    lines.event_date,
    lines.stream,
    lines.subscriber_id,
    lines.counterparty_id,
    coalesce(titles.title, lines.component) as component,
    lines.base_amount,
    coalesce(lines.currency, lines.original_currency) as currency,
    lines.reason,
    lines.file_name,
    lines.row_number,
    lines.outcome,
    lines.scheme,
    lines.scheme_version,
    lines.component as component_name,
    lines.failed_condition,
    lines.line
from reporting.reward_lines as lines
left join titles
    on titles.scheme = lines.scheme and titles.version = lines.scheme_version and titles.component = lines.component
where lines.period = %(period)s and lines.outcome = 'not_eligible'
order by lines.reason, lines.event_date, lines.stream, lines.subscriber_id, lines.event_id, lines.contract_id, lines.component
