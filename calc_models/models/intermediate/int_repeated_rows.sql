-- One row an input row whose key an earlier row of the period has already. Key: data_set, load_id, row_number.
-- A table of its own, so that what tells the keys apart is out of memory before events meet their owners.
-- A run for some counterparties looks at the keys of their rows only, wherever those keys stand.
-- depends_on: {{ ref('int_ownership') }}, {{ ref('stg_outlets') }}, {{ ref('stg_scope') }}
{{ config(materialized='parquet') }}

with

charge_ids_of_several_rows as (
    select charge_id
    from {{ ref('stg_charges') }}
    {%- if is_scoped() %}
    where charge_id in (
        select charge_id from {{ ref('stg_charges') }}
        where subscriber_id in (select subscriber_id from {{ ref('int_ownership') }})
    )
    {%- endif %}
    group by charge_id
    having count(*) > 1
),

payment_ids_of_several_rows as (
    select payment_id
    from {{ ref('stg_payments') }}
    {%- if is_scoped() %}
    where payment_id in (
        select payment_id from {{ ref('stg_payments') }}
        where outlet_id in (
            select outlet_id from {{ ref('stg_outlets') }}
            where counterparty_id in (select counterparty_id from {{ ref('stg_scope') }})
        )
    )
    {%- endif %}
    group by payment_id
    having count(*) > 1
),

operation_ids_of_several_rows as (
    select operation_id
    from {{ ref('stg_operations') }}
    {%- if is_scoped() %}
    where operation_id in (
        select operation_id from {{ ref('stg_operations') }}
        where outlet_id in (
            select outlet_id from {{ ref('stg_outlets') }}
            where counterparty_id in (select counterparty_id from {{ ref('stg_scope') }})
        )
        or subscriber_id in (select subscriber_id from {{ ref('int_ownership') }})
    )
    {%- endif %}
    group by operation_id
    having count(*) > 1
),

repeated_charges as (
    select 'charges' as data_set, load_id, row_number
    from {{ ref('stg_charges') }}
    where charge_id in (select charge_id from charge_ids_of_several_rows)
    qualify row_number() over (partition by charge_id order by load_id, row_number) > 1
),

repeated_payments as (
    select 'payments' as data_set, load_id, row_number
    from {{ ref('stg_payments') }}
    where payment_id in (select payment_id from payment_ids_of_several_rows)
    qualify row_number() over (partition by payment_id order by load_id, row_number) > 1
),

repeated_operations as (
    select 'operations' as data_set, load_id, row_number
    from {{ ref('stg_operations') }}
    where operation_id in (select operation_id from operation_ids_of_several_rows)
    qualify row_number() over (partition by operation_id order by load_id, row_number) > 1
)

select * from repeated_charges
union all
select * from repeated_payments
union all
select * from repeated_operations
order by data_set, load_id, row_number
