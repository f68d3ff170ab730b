-- What was taken back by cause, month and component of what had been paid.
select
    clawbacks.stream,
    clawbacks.taken_period,
    coalesce(case %(language)s when 'ru' then titles.title_ru else titles.title_en end, clawbacks.taken_component) as taken_component,
    count(*) as lines,
    sum(clawbacks.amount) as amount,
    clawbacks.currency
from reporting.clawbacks
left join reporting.component_titles as titles
    on titles.scheme = clawbacks.scheme and titles.version = clawbacks.scheme_version
    and titles.component = clawbacks.taken_component
where clawbacks.period = %(period)s and clawbacks.counterparty_id = %(counterparty_id)s
group by clawbacks.stream, clawbacks.taken_period, clawbacks.taken_component, titles.title_ru, titles.title_en, clawbacks.currency
order by clawbacks.stream, clawbacks.taken_period, clawbacks.taken_component, clawbacks.currency
