-- One row an input row of the period's streams: the event it tells of, whose it is, and why it cannot earn
-- anything, if it cannot. Key: data_set, load_id, row_number.
-- A table of its own, in no order: DuckDB needs the memory of these joins back before it sorts the lines made of them.
-- depends_on: {{ ref('stg_scope') }}
{{ config(materialized='parquet') }}

with

period as (
    select period_start, period_end from {{ ref('stg_run') }}
),

ownership as (
    select * from {{ ref('int_ownership') }}
),

outlets as (
    select * from {{ ref('stg_outlets') }}
),

repeated_rows as (
    select * from {{ ref('int_repeated_rows') }}
),

activations as (
    select
        'activation' as stream,
        'subscribers' as data_set,
        reports.load_id,
        reports.row_number,
        reports.subscriber_id as event_id,
        reports.subscriber_id,
        case
            when reports.report_number = 1 and reports.activated_on >= period.period_start then reports.activated_on
            else reports.changed_on
        end as event_date,
        reports.tariff as product_id,
        reports.tariff,
        ownership.outlet_id,
        ownership.counterparty_id,
        reports.activated_on,
        cast(null as decimal(18, 4)) as amount,
        cast(null as varchar) as charge_kind,
        cast(null as varchar) as channel,
        case
            when reports.is_repeated then 'repeated'
            when reports.report_number > 1 then 'not_an_activation'
            when reports.activated_on < period.period_start then 'reported_late'
            when reports.activated_on > period.period_end then 'not_an_activation'
            when ownership.link = 'none' then 'no_kit'
            when ownership.link = 'conflict' then 'kit_conflict'
        end as reason_before_marks
    from {{ ref('stg_subscribers') }} as reports
    cross join period
    {{ owner_join() }} ownership
        on reports.subscriber_id = ownership.subscriber_id
        and reports.activated_on between ownership.valid_from and ownership.valid_to
    where reports.changed_on between period.period_start and period.period_end
),

charges as (
    select
        'charge' as stream,
        'charges' as data_set,
        charges.load_id,
        charges.row_number,
        charges.charge_id as event_id,
        charges.subscriber_id,
        charges.charged_on as event_date,
        charges.product_id,
        ownership.tariff,
        ownership.outlet_id,
        ownership.counterparty_id,
        ownership.activated_on,
        charges.amount,
        charges.charge_kind,
        cast(null as varchar) as channel,
        case
            when repeated_rows.row_number is not null then 'repeated'
            when ownership.subscriber_id is null then 'no_subscriber'
            when ownership.link = 'none' then 'no_kit'
            when ownership.link = 'conflict' then 'kit_conflict'
        end as reason_before_marks
    from {{ ref('stg_charges') }} as charges
    left join repeated_rows
        on repeated_rows.data_set = 'charges'
        and charges.load_id = repeated_rows.load_id and charges.row_number = repeated_rows.row_number
    {{ owner_join() }} ownership
        on charges.subscriber_id = ownership.subscriber_id
        and charges.charged_on between ownership.valid_from and ownership.valid_to
),

payments as (
    select
        'payment' as stream,
        'payments' as data_set,
        payments.load_id,
        payments.row_number,
        payments.payment_id as event_id,
        payments.subscriber_id,
        payments.paid_on as event_date,
        cast(null as varchar) as product_id,
        subscribers.tariff,
        outlets.outlet_id,
        outlets.counterparty_id,
        subscribers.activated_on,
        payments.amount,
        cast(null as varchar) as charge_kind,
        payments.channel,
        case
            when repeated_rows.row_number is not null then 'repeated'
            when outlets.outlet_id is null then 'no_outlet'
        end as reason_before_marks
    from {{ ref('stg_payments') }} as payments
    left join repeated_rows
        on repeated_rows.data_set = 'payments'
        and payments.load_id = repeated_rows.load_id and payments.row_number = repeated_rows.row_number
    {{ owner_join() }} outlets on payments.outlet_id = outlets.outlet_id
    left join {{ ref('int_subscribers') }} as subscribers on payments.subscriber_id = subscribers.subscriber_id
    {%- if is_scoped() %}
    where outlets.counterparty_id in (select counterparty_id from {{ ref('stg_scope') }})
    {%- endif %}
),

facts as (
    select * from activations
    union all by name
    select * from charges
    union all by name
    select * from payments
)

select
    facts.stream,
    facts.data_set,
    facts.load_id,
    facts.row_number,
    facts.event_id,
    facts.subscriber_id,
    facts.event_date,
    facts.product_id,
    products.product_group,
    facts.tariff,
    facts.outlet_id,
    outlets.outlet_kind,
    outlets.outlet_region,
    facts.counterparty_id,
    counterparties.counterparty_kind,
    counterparties.branch,
    facts.activated_on,
    {{ whole_months('facts.activated_on', 'facts.event_date') }} as months_since_activation,
    {{ whole_days('facts.activated_on', 'facts.event_date') }} as days_since_activation,
    facts.amount,
    facts.charge_kind,
    facts.channel,
    case
        when facts.reason_before_marks is not null then facts.reason_before_marks
        when marks.subscriber_id is not null then 'fraud'
    end as ineligible_reason
from facts
left join {{ ref('stg_products') }} as products on facts.product_id = products.product_id
left join outlets on facts.outlet_id = outlets.outlet_id
left join {{ ref('stg_counterparties') }} as counterparties on facts.counterparty_id = counterparties.counterparty_id
left join {{ ref('stg_fraud_marks') }} as marks
    on facts.subscriber_id = marks.subscriber_id
    and facts.event_date between marks.valid_from and marks.valid_to
