-- A month under the scheme activation_by_tariff: a fee by tariff and outlet for subscribers who, thirty days after the
-- activation, are in use and were charged enough; a bonus for quality; and what is taken back for churn and fraud.
with

:owners,

held as (
    select
        contracts.contract_id, contracts.counterparty_id, scheme,
        greatest(contracts.valid_from, date ':period_start') as valid_from,
        least(coalesce(contracts.valid_to, date ':period_end'), date ':period_end') as valid_to,
        coalesce(max(value) filter (attribute = 'first_charges'), '100')::decimal(18, 4) as first_charges,
        coalesce(max(value) filter (attribute = 'quality_bonus_rate'), '30')::decimal(18, 4) as quality_bonus_rate
    from contracts
    left join contract_attributes using (contract_id)
    where status = 'active' and contracts.valid_from <= date ':period_end'
        and coalesce(contracts.valid_to, date ':period_end') >= date ':period_start'
    group by contract_id, counterparty_id, scheme, contracts.valid_from, valid_to
),

fees(tariff, outlet_kind, fee) as (
    values
        ('V-START', 'own', 250), ('V-START', 'multibrand', 200), ('V-SMART', 'own', 400), ('V-SMART', 'multibrand', 350),
        ('V-FAMILY', 'own', 650), ('V-FAMILY', 'multibrand', 600), ('D-NET', 'own', 300), ('D-NET', 'multibrand', 250)
),

due as (
    select *, activated_on + 30 as due_on
    from reports
    where report_number = 1 and activated_on + 30 between date ':period_start' and date ':period_end'
),

statuses as (
    select due.subscriber_id, arg_max(reports.status, reports.report_number) as status
    from due
    join reports on due.subscriber_id = reports.subscriber_id and reports.changed_on <= due.due_on
    group by due.subscriber_id
),

first_charges as (
    select due.subscriber_id, sum(charges.amount) as charged
    from due
    join (
        select * from charges_since qualify row_number() over (partition by charge_id order by load_id, row_number) = 1
    ) as charges
        on due.subscriber_id = charges.subscriber_id
        and charges.charged_on >= due.activated_on and charges.charged_on < due.activated_on + 30
    group by due.subscriber_id
),

looked_at as (
    select
        due.*, outlets.outlet_id, outlets.counterparty_id, coalesce(statuses.status, 'active') as status_then,
        coalesce(first_charges.charged, 0) as charged,
        case when due.product_id = 'V-FAMILY' and outlets.kind = 'own' and due_on >= date '2026-10-16' then 700 else fees.fee end as fee
    from due
    join owners using (subscriber_id)
    left join links
        on links.subscriber_id = due.subscriber_id
        and due.activated_on between links.valid_from and coalesce(links.valid_to, date '9999-12-31')
    join outlets on outlets.outlet_id = coalesce(links.outlet_id, owners.outlet_id)
    left join statuses on due.subscriber_id = statuses.subscriber_id
    left join first_charges on due.subscriber_id = first_charges.subscriber_id
    left join fees on due.product_id = fees.tariff and outlets.kind = fees.outlet_kind
    anti join marked_days on due.subscriber_id = marked_days.subscriber_id and due_on = marked_days.event_date
),

tried as (
    select
        looked_at.*, held.* exclude (counterparty_id, valid_from, valid_to), component,
        case
            when component = 'looked_at' then null
            when (status_then = 'active') is not true then 1
            when (charged >= held.first_charges) is not true then 2
        end as failed_condition
    from looked_at
    join held on looked_at.counterparty_id = held.counterparty_id and due_on between held.valid_from and held.valid_to
    cross join (values ('activation'), ('looked_at'), ('proved')) as components(component)
),

event_lines as materialized (
    select
        counterparty_id, contract_id, scheme, component, 'activation_30d' as stream, 'subscribers' as data_set, load_id, row_number,
        subscriber_id as event_id, due_on as event_date, subscriber_id, outlet_id, product_id, activated_on,
        case when component = 'activation' and failed_condition is null then coalesce(fee, 0) else 0 end::decimal(18, 4) as amount,
        case when component <> 'activation' and failed_condition is null then 1 end as base_count,
        case
            when failed_condition is not null or component = 'activation' and fee is null then 'not_eligible'
            when component = 'activation' then 'paid' else 'counted'
        end as outcome,
        case
            when failed_condition is not null then 'condition'
            when component = 'activation' and fee is null then 'unknown_amount'
        end as reason,
        failed_condition
    from tried
),

marks as (
    select subscriber_id, valid_from, coalesce(valid_to, date '9999-12-31') as valid_to, 'antifraud_marks' as data_set, load_id, row_number
    from antifraud_marks
    union all
    select subscriber_id, valid_from, coalesce(valid_to, date '9999-12-31'), 'fraud_marks', 'by hand', mark_id::int
    from fraud_marks
),

new_marks as (
    select * from marks
    qualify coalesce(valid_from > max(valid_to) over (
        partition by subscriber_id order by valid_from, valid_to, data_set, load_id, row_number
        rows between unbounded preceding and 1 preceding
    ), true)
),

happened as (
    select 'early_churn' as component, 'churn' as stream, 'subscribers' as data_set, load_id, row_number, subscriber_id, product_id,
        case when deactivated_on between date ':period_start' and date ':period_end' then deactivated_on else changed_on end as event_date
    from reports
    where is_churn and not coalesce(is_repeated, false) and changed_on between date ':period_start' and date ':period_end'
    union all by name
    select 'fraud' as component, 'fraud_mark' as stream, data_set, load_id, row_number, subscriber_id, valid_from as event_date,
        (select arg_max(product_id, report_number) from reports where reports.subscriber_id = new_marks.subscriber_id) as product_id
    from new_marks
    where valid_from between date ':period_start' and date ':period_end'
),

taken_back as (
    select
        lines.counterparty_id, held.contract_id, held.scheme, happened.component, happened.stream, happened.data_set,
        happened.load_id, happened.row_number, happened.subscriber_id as event_id, happened.event_date, happened.subscriber_id,
        lines.outlet_id, happened.product_id, lines.amount as base_amount, -lines.amount as amount, 'clawed_back' as outcome
    from event_lines as lines
    join happened on lines.subscriber_id = happened.subscriber_id and lines.event_date <= happened.event_date
    join held on lines.counterparty_id = held.counterparty_id and happened.event_date between held.valid_from and held.valid_to
    where lines.amount <> 0
        and happened.event_date <= case happened.component
            when 'early_churn' then activated_on + 90 else (activated_on + interval 6 month)::date end
    qualify row_number() over (
        partition by lines.contract_id, lines.load_id, lines.row_number
        order by happened.event_date, happened.data_set, happened.load_id, happened.row_number, held.contract_id, happened.component
    ) = 1
),

counts as (
    select
        held.*, count(lines.base_count) filter (component = 'looked_at') as looked_at,
        count(lines.base_count) filter (component = 'proved') as proved,
        case when looked_at < 5 then 1 when proved * 10 < looked_at * 8 then 2 end as failed_condition
    from held
    left join event_lines as lines on held.contract_id = lines.contract_id
    group by all
)

select * exclude (activated_on), null::decimal(18, 4) as base_amount from event_lines
union all by name
select * from taken_back
union all by name
select
    counterparty_id, contract_id, scheme, 'quality_bonus' as component, 'period' as stream, date ':period_end' as event_date,
    case when failed_condition is null then proved * quality_bonus_rate else 0 end::decimal(18, 4) as amount,
    case when failed_condition is null then 'paid' else 'not_eligible' end as outcome,
    case when failed_condition is not null then 'condition' end as reason, failed_condition
from counts
