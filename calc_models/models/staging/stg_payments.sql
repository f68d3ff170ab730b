-- One row a payment of the period. Key: load_id, row_number; payment_id but for repeated rows.
with

facts as (
    select * from {{ source('inputs', 'payments') }}
),

keys_of_several_rows as (
    select payment_id
    from facts
    group by payment_id
    having count(*) > 1
),

later_rows_of_a_key as (
    select load_id, row_number
    from facts
    where payment_id in (select payment_id from keys_of_several_rows)
    qualify row_number() over (partition by payment_id order by load_id, row_number) > 1
)

select
    facts.load_id,
    facts.row_number,
    facts.payment_id,
    facts.subscriber_id,
    facts.outlet_id,
    facts.paid_on,
    facts.amount,
    facts.channel,
    later_rows_of_a_key.row_number is not null as is_repeated
from facts
left join later_rows_of_a_key
    on facts.load_id = later_rows_of_a_key.load_id and facts.row_number = later_rows_of_a_key.row_number
