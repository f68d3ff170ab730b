-- Every line, those that earned nothing with the reason.
select
    lines.event_date,
    lines.stream,
    lines.subscriber_id,
    lines.outlet_id,
    coalesce(lines.product_name, lines.product_id) as product_name,
    coalesce(
        scheme_versions.canonical #>> array['components', lines.component, 'title', %(language)s],
        scheme_versions.canonical #>> array['limits', lines.component, 'title', %(language)s],
        scheme_versions.canonical #>> array['measures', lines.component, 'title', %(language)s],
        lines.component
    ) as component,
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
    scheme_versions.canonical #>> array['components', lines.taken_component, 'title', %(language)s] as taken_component,
    lines.line
from reporting.reward_lines as lines
left join reporting.scheme_versions
    on scheme_versions.scheme = lines.scheme and scheme_versions.version = lines.scheme_version
where lines.period = %(period)s and lines.counterparty_id = %(counterparty_id)s
order by lines.event_date, lines.stream, lines.subscriber_id, lines.event_id, lines.contract_id, lines.component
