-- One row a charge of the period. Key: load_id, row_number; charge_id but for repeated rows.
with

facts as (
    select * from {{ source('inputs', 'charges') }}
),

keys_of_several_rows as (
    select charge_id
    from facts
    group by charge_id
    having count(*) > 1
),

later_rows_of_a_key as (
    select load_id, row_number
    from facts
    where charge_id in (select charge_id from keys_of_several_rows)
    qualify row_number() over (partition by charge_id order by load_id, row_number) > 1
)

select
    facts.load_id,
    facts.row_number,
    facts.charge_id,
    facts.subscriber_id,
    facts.product_id,
    facts.charged_on,
    facts.amount,
    facts.charge_kind,
    later_rows_of_a_key.row_number is not null as is_repeated
from facts
left join later_rows_of_a_key
    on facts.load_id = later_rows_of_a_key.load_id and facts.row_number = later_rows_of_a_key.row_number
