-- One row an event of the period's streams: what an input row tells of, whose it is, and why it cannot earn
-- anything, if it cannot. Key: stream, data_set, load_id, row_number. is_only_for_clawbacks: nobody is paid on it here,
-- but it may take back what somebody was paid.
-- A table of its own, in no order: DuckDB needs the memory of these joins back before it sorts the lines made of them.
-- depends_on: {{ ref('stg_scope') }}, {{ ref('stg_delays') }}, {{ ref('stg_terms') }}, {{ ref('stg_clawbacks') }}
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

reports as (
    select reports.*, period.period_start, period.period_end
    from {{ ref('stg_subscribers') }} as reports
    cross join period
    where reports.changed_on between period.period_start and period.period_end
),

-- A report may tell of an activation and of the end at once; what tells of nothing stands with the activations.
activations as (
    select
        *,
        'activation' as stream,
        true as is_first_of_row,
        case when report_number = 1 and activated_on >= period_start then activated_on else changed_on end as event_date,
        activated_on as owned_on,
        case
            when is_repeated then 'repeated'
            when report_number > 1 then 'not_an_activation'
            when activated_on < period_start then 'reported_late'
            when activated_on > period_end then 'not_an_activation'
        end as reason
    from reports
    where report_number = 1 or is_repeated or not (is_churn or is_return or tariff <> old_tariff)
),

churns as (
    select
        *,
        'churn' as stream,
        report_number > 1 as is_first_of_row,
        case when deactivated_on between period_start and period_end then deactivated_on else changed_on end as event_date,
        event_date as owned_on,
        cast(null as varchar) as reason
    from reports
    where is_churn and not is_repeated
),

returns as (
    select
        *,
        'reactivation' as stream,
        tariff = old_tariff as is_first_of_row,
        changed_on as event_date,
        changed_on as owned_on,
        cast(null as varchar) as reason
    from reports
    where is_return and not is_repeated
),

tariff_changes as (
    select
        *,
        'tariff_change' as stream,
        not is_churn as is_first_of_row,
        changed_on as event_date,
        changed_on as owned_on,
        cast(null as varchar) as reason
    from reports
    where tariff <> old_tariff and not is_repeated
),

{% if are_marks_events() -%}
marks as (
    select
        marks.subscriber_id,
        marks.data_set,
        marks.load_id,
        marks.row_number,
        subscribers.activated_on,
        subscribers.tariff,
        'fraud_mark' as stream,
        false as is_first_of_row,
        marks.valid_from as event_date,
        marks.valid_from as owned_on,
        cast(null as varchar) as reason
    from {{ ref('stg_fraud_marks') }} as marks
    inner join {{ ref('int_subscribers') }} as subscribers on marks.subscriber_id = subscribers.subscriber_id
    cross join period
    where marks.valid_from between period.period_start and period.period_end
),

{% endif -%}
{% if greatest_of('delays', 'months + days + 1') -%}
-- Activations that are as old in this period as some component waits for; the rows are those of their own period.
due_activations as (
    select
        reports.*,
        period.period_start,
        period.period_end,
        delays.stream,
        false as is_first_of_row,
        {{ later('reports.activated_on', 'delays.months', 'delays.days') }} as event_date,
        reports.activated_on as owned_on,
        cast(null as varchar) as reason
    from {{ ref('stg_subscribers') }} as reports
    cross join period
    cross join {{ ref('stg_delays') }} as delays
    where reports.report_number = 1 and event_date between period.period_start and period.period_end
),

{% endif -%}
changes as (
    select *, 'subscribers' as data_set from activations
    {%- if greatest_of('delays', 'months + days + 1') %}
    union all by name
    select *, 'subscribers' as data_set from due_activations
    {%- endif %}
    {%- if are_marks_events() %}
    union all by name
    select * from marks
    {%- endif %}
    union all by name
    select *, 'subscribers' as data_set from churns
    union all by name
    select *, 'subscribers' as data_set from returns
    union all by name
    select *, 'subscribers' as data_set from tariff_changes
),

subscribers as (
    select
        changes.stream,
        changes.data_set,
        changes.load_id,
        changes.row_number,
        changes.is_first_of_row,
        changes.subscriber_id as event_id,
        changes.subscriber_id,
        changes.event_date,
        changes.tariff as product_id,
        changes.tariff,
        ownership.outlet_id,
        ownership.counterparty_id,
        changes.activated_on,
        case when changes.stream = 'tariff_change' then changes.old_tariff end as old_tariff,
        case
            when changes.reason is not null then changes.reason
            when ownership.link = 'none' then 'no_kit'
            when ownership.link = 'conflict' then 'kit_conflict'
        end as reason_before_marks,
        case
            when ownership.subscriber_id is null then {{ is_scoped() }}
            -- What is looked at later, and a mark, is an event only for those who are paid for it.
            when {{ is_looked_at_later('changes') }} then coalesce(
                (ownership.counterparty_id, changes.stream) not in (select (counterparty_id, stream) from {{ ref('stg_terms') }}), true
            )
            else false
        end as is_only_for_clawbacks
    from changes
    {{ 'left join' if claws_back() else owner_join() }} ownership
        on changes.subscriber_id = ownership.subscriber_id
        and changes.owned_on between ownership.valid_from and ownership.valid_to
    where not is_only_for_clawbacks
        {%- if claws_back() %} or changes.stream in (select stream from {{ ref('stg_clawbacks') }}){% endif %}
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
        charges.currency as event_currency,
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
        payments.channel,
        payments.currency as event_currency,
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

-- An operation belongs to the outlet that carried it out; without one, to the subscriber's counterparty.
operations as (
    select
        'operation' as stream,
        'operations' as data_set,
        operations.load_id,
        operations.row_number,
        operations.operation_id as event_id,
        operations.subscriber_id,
        operations.performed_on as event_date,
        operations.product_id,
        subscribers.tariff,
        coalesce(operations.outlet_id, ownership.outlet_id) as outlet_id,
        case when operations.outlet_id is not null then outlets.counterparty_id else ownership.counterparty_id end as counterparty_id,
        subscribers.activated_on,
        operations.amount,
        operations.operation_kind,
        operations.currency as event_currency,
        case
            when repeated_rows.row_number is not null then 'repeated'
            when operations.outlet_id is not null and outlets.outlet_id is null then 'no_outlet'
            when operations.outlet_id is not null then null
            when operations.subscriber_id is null then 'no_outlet'
            when ownership.subscriber_id is null then 'no_subscriber'
            when ownership.link = 'none' then 'no_kit'
            when ownership.link = 'conflict' then 'kit_conflict'
        end as reason_before_marks,
        {%- if is_scoped() %}
        coalesce(case when operations.outlet_id is not null then outlets.counterparty_id else ownership.counterparty_id end
            not in (select counterparty_id from {{ ref('stg_scope') }}), true) as is_only_for_clawbacks
        {%- else %}
        false as is_only_for_clawbacks
        {%- endif %}
    from {{ ref('stg_operations') }} as operations
    left join repeated_rows
        on repeated_rows.data_set = 'operations'
        and operations.load_id = repeated_rows.load_id and operations.row_number = repeated_rows.row_number
    left join outlets on operations.outlet_id = outlets.outlet_id
    left join ownership
        on operations.subscriber_id = ownership.subscriber_id
        and operations.performed_on between ownership.valid_from and ownership.valid_to
    left join {{ ref('int_subscribers') }} as subscribers on operations.subscriber_id = subscribers.subscriber_id
    where not is_only_for_clawbacks
        {%- if claws_back() %}
        or (
            'operation' in (select stream from {{ ref('stg_clawbacks') }})
            and operations.subscriber_id is not null
        )
        {%- endif %}
),

facts as (
    select * from subscribers
    union all by name
    select * from charges
    union all by name
    select * from payments
    union all by name
    select * from operations
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
    facts.event_currency,
    facts.charge_kind,
    facts.channel,
    facts.operation_kind,
    facts.old_tariff,
    coalesce(facts.is_first_of_row, true) as is_first_of_row,
    case
        when facts.reason_before_marks is not null then facts.reason_before_marks
        when marks.subscriber_id is not null and facts.stream <> 'fraud_mark' then 'fraud'
    end as ineligible_reason,
    coalesce(facts.is_only_for_clawbacks, false) as is_only_for_clawbacks
from facts
left join {{ ref('stg_products') }} as products on facts.product_id = products.product_id
left join outlets on facts.outlet_id = outlets.outlet_id
left join {{ ref('stg_counterparties') }} as counterparties on facts.counterparty_id = counterparties.counterparty_id
left join {{ ref('stg_fraud_marks') }} as marks
    on facts.subscriber_id = marks.subscriber_id
    and facts.event_date between marks.valid_from and marks.valid_to
