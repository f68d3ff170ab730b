-- Every line that was not paid, with its reason and the input row it comes from.
select
    lines.event_date,
    lines.stream,
    lines.subscriber_id,
    lines.counterparty_id,
    coalesce(
        scheme_versions.canonical #>> array['components', lines.component, 'title', %(language)s],
        scheme_versions.canonical #>> array['measures', lines.component, 'title', %(language)s],
        lines.component
    ) as component,
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
left join reporting.scheme_versions
    on scheme_versions.scheme = lines.scheme and scheme_versions.version = lines.scheme_version
where lines.period = %(period)s and lines.outcome = 'not_eligible'
order by lines.reason, lines.event_date, lines.stream, lines.subscriber_id, lines.event_id, lines.contract_id, lines.component
