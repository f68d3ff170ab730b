-- Every plan and what came of it, the best first; a plan that no scheme asks for comes last.
select
    branch,
    counterparty_id,
    counterparty_name,
    contract_id,
    plan,
    coalesce(case %(language)s when 'ru' then measure_ru else measure_en end, measure) as measure,
    target,
    actual,
    round(attainment, 4) as attainment
from reporting.plan_attainment
where period = %(period)s
order by attainment desc nulls last, counterparty_id, plan, contract_id
