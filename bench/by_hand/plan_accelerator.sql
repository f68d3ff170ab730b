-- A month under the scheme plan_accelerator: a fee for each activation, a supplement to it by how much of the plan of
-- connections was attained, an accelerator for those above it, and the most that the plan pays.
with

:owners,

held as (
    select
        contracts.contract_id, contracts.counterparty_id, scheme,
        greatest(contracts.valid_from, date ':period_start') as valid_from,
        least(coalesce(contracts.valid_to, date ':period_end'), date ':period_end') as valid_to,
        coalesce(max(value) filter (attribute = 'activation_fee'), '200')::decimal(18, 4) as activation_fee,
        coalesce(max(value) filter (attribute = 'accelerator'), '150')::decimal(18, 4) as accelerator,
        coalesce(max(value) filter (attribute = 'most_for_the_plan'), '5000')::decimal(18, 4) as most_for_the_plan
    from contracts
    left join contract_attributes using (contract_id)
    where status = 'active' and contracts.valid_from <= date ':period_end'
        and coalesce(contracts.valid_to, date ':period_end') >= date ':period_start'
    group by contract_id, counterparty_id, scheme, contracts.valid_from, valid_to
),

repeated as (
    select load_id, row_number from charges
    where charge_id in (select charge_id from charges group by charge_id having count(*) > 1)
    qualify row_number() over (partition by charge_id order by load_id, row_number) > 1
),

facts as (
    select
        'activation' as stream, 'subscribers' as data_set, load_id, row_number, subscriber_id as event_id, subscriber_id,
        activated_on as event_date, product_id, null::decimal(18, 4) as amount
    from reports
    where report_number = 1
        and changed_on between date ':period_start' and date ':period_end'
        and activated_on between date ':period_start' and date ':period_end'
    union all
    select 'charge', 'charges', load_id, row_number, charge_id, subscriber_id, charged_on, product_id, amount
    from charges
    anti join repeated on charges.load_id = repeated.load_id and charges.row_number = repeated.row_number
),

events as (
    select facts.*, outlets.outlet_id, outlets.counterparty_id, products.product_group
    from facts
    join owners using (subscriber_id)
    left join links
        on links.subscriber_id = facts.subscriber_id
        and event_date between links.valid_from and coalesce(links.valid_to, date '9999-12-31')
    join outlets on outlets.outlet_id = coalesce(links.outlet_id, owners.outlet_id)
    left join products on products.product_id = facts.product_id
    anti join marked_days on facts.subscriber_id = marked_days.subscriber_id and facts.event_date = marked_days.event_date
),

event_lines as materialized (
    select
        events.counterparty_id, contract_id, scheme, component, events.stream, data_set, load_id, row_number, event_id, event_date,
        subscriber_id, outlet_id, product_id, amount as base_amount,
        case when component <> 'revenue' and (product_group in ('voice', 'data')) is not true then 1 end as failed_condition,
        case when component = 'activation' and failed_condition is null then activation_fee else 0 end::decimal(18, 4) as amount,
        case when component <> 'activation' and failed_condition is null then 1 end as base_count,
        case
            when failed_condition is not null then 'not_eligible'
            when component = 'activation' then 'paid' else 'counted'
        end as outcome,
        case when failed_condition is not null then 'condition' end as reason
    from events
    join held
        on events.counterparty_id = held.counterparty_id
        and events.event_date between held.valid_from and held.valid_to
    join (values ('activation', 'activation'), ('activation', 'connected'), ('charge', 'revenue')) as components(stream, component)
        on events.stream = components.stream
),

targets as (
    select counterparty_id,
        max(target) filter (plan = 'connections') as connections_plan, max(target) filter (plan = 'revenue') as revenue_plan
    from (
        select * from plans qualify row_number() over (partition by counterparty_id, plan order by load_id desc, row_number desc) = 1
    ) as plans
    group by counterparty_id
),

measured as (
    select
        held.counterparty_id, held.contract_id, held.scheme, accelerator, most_for_the_plan, connections_plan, revenue_plan,
        count(*) filter (component = 'connected' and outcome = 'counted') as connected,
        coalesce(sum(lines.base_amount) filter (component = 'revenue'), 0) as revenue,
        coalesce(sum(lines.amount), 0) as activation
    from held
    left join targets using (counterparty_id)
    left join event_lines as lines on held.contract_id = lines.contract_id
    group by all
),

attained as (
    select
        *,
        -- Exactly to six places: a quotient of decimals would be a float
        case when connections_plan > 0
            then ((connected * 20000000000 // (connections_plan * 10000)::bigint + 1) // 2 * 0.000001)::decimal(18, 6)
        end as attainment
    from measured
),

for_the_plan as (
    select
        *, 'plan_supplement' as component,
        round(activation * case
            when attainment >= 1.2 then 0.30 when attainment >= 1 then 0.20 when attainment >= 0.8 then 0.10
            when attainment is not null then 0 end, 2) as amount,
        attainment::decimal(18, 4)::bigint as base_count,
        null::int as failed_condition, case when attainment is null then 'unknown_amount' end as reason
    from attained
    union all by name
    select
        *, 'over_plan' as component,
        case when (connected > connections_plan) is not true then 1 when (revenue >= revenue_plan) is not true then 2 end as failed_condition,
        case when failed_condition is null then round((connected - connections_plan) * accelerator, 2) end as amount,
        case when failed_condition is not null then 'condition' end as reason
    from attained
),

above_the_most as (
    select counterparty_id, contract_id, scheme, most_for_the_plan, sum(amount) as total
    from for_the_plan
    group by all
    having sum(amount) > most_for_the_plan
)

select * from event_lines
union all by name
select
    counterparty_id, contract_id, scheme, component, 'period' as stream, date ':period_end' as event_date,
    coalesce(amount, 0)::decimal(18, 4) as amount, base_count, failed_condition,
    case when amount is null then 'not_eligible' else 'paid' end as outcome, reason
from for_the_plan
union all by name
select
    counterparty_id, contract_id, scheme, 'plan_limit' as component, 'period' as stream, date ':period_end' as event_date,
    total::decimal(18, 4) as base_amount, (most_for_the_plan - total)::decimal(18, 4) as amount, 'capped' as outcome
from above_the_most
