-- The same by outlet; what belongs to the period as a whole comes last.
select
    coalesce(lines.outlet_id || ' · ' || coalesce(lines.outlet_name, ''), %(whole_period)s) as outlet,
    coalesce(case %(language)s when 'ru' then titles.title_ru else titles.title_en end, lines.component) as component,
    count(*) filter (where lines.outcome = 'paid') as paid_lines,
    coalesce(sum(lines.base_amount) filter (where lines.outcome = 'paid'), 0) as base_amount,
    sum(lines.amount) as amount,
    lines.currency
from reporting.reward_lines as lines
left join reporting.component_titles as titles
    on titles.scheme = lines.scheme and titles.version = lines.scheme_version and titles.component = lines.component
where lines.period = %(period)s and lines.counterparty_id = %(counterparty_id)s and lines.contract_id is not null
    and coalesce(titles.is_paid, true)
group by lines.outlet_id, lines.outlet_name, lines.component, lines.scheme_version, titles.title_ru, titles.title_en, lines.currency
order by lines.outlet_id nulls last, lines.component, lines.scheme_version, lines.currency
