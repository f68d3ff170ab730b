-- Every line that takes back or gives back, beside the line that was paid.
select
    clawbacks.event_date,
    clawbacks.stream,
    clawbacks.subscriber_id,
    clawbacks.outlet_id,
    clawbacks.amount,
    clawbacks.outcome,
    clawbacks.taken_period,
    coalesce(case %(language)s when 'ru' then titles.title_ru else titles.title_en end, clawbacks.taken_component) as taken_component,
    clawbacks.taken_event_date,
    clawbacks.taken_amount,
    clawbacks.taken_line,
    clawbacks.line,
    clawbacks.currency
from reporting.clawbacks
left join reporting.component_titles as titles
    on titles.scheme = clawbacks.scheme and titles.version = clawbacks.scheme_version
    and titles.component = clawbacks.taken_component
where clawbacks.period = %(period)s and clawbacks.counterparty_id = %(counterparty_id)s
order by clawbacks.event_date, clawbacks.subscriber_id, clawbacks.line
