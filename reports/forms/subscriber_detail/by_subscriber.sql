-- A row a subscriber: what its events came to, what was taken back of earlier ones, and the kit that ties it to the sale.
-- Lines that are about no subscriber (of the period as a whole, payments without a number) stand in one row.
with

-- For lines that came to no contract, and so have no currency.
currencies as (
    select min(currency) as usual
    from reporting.rewards
    where period = %(period)s and counterparty_id = %(counterparty_id)s
),

subscribers as (
    select
        subscriber_id,
        coalesce(currency, original_currency, currencies.usual) as currency,
        min(outlet_id) as outlet_id,
        coalesce(min(product_name) filter (where stream = 'activation'), min(product_name)) as product_name,
        count(*) filter (where outcome = 'paid') as paid_lines,
        count(*) filter (where outcome = 'not_eligible') as not_paid_lines,
        coalesce(sum(base_amount) filter (where outcome = 'paid'), 0) as base_amount,
        coalesce(sum(amount) filter (where taken_period is null), 0) as earned,
        coalesce(sum(amount) filter (where taken_period is not null), 0) as taken_back,
        sum(amount) as amount
    from reporting.reward_lines
    cross join currencies
    where period = %(period)s and counterparty_id = %(counterparty_id)s
    group by subscriber_id, coalesce(currency, original_currency, currencies.usual)
),

kits as (
    select distinct on (subscriber_id) subscriber_id, iccid, sold_on
    from reporting.ownership
    where period = %(period)s and counterparty_id = %(counterparty_id)s
    order by subscriber_id, valid_to desc
)

select
    coalesce(subscribers.subscriber_id, %(whole_period)s) as subscriber_id,
    kits.iccid,
    kits.sold_on,
    subscribers.outlet_id,
    subscribers.product_name,
    subscribers.paid_lines,
    subscribers.not_paid_lines,
    subscribers.base_amount,
    subscribers.earned,
    subscribers.taken_back,
    subscribers.amount,
    subscribers.currency
from subscribers
left join kits on kits.subscriber_id = subscribers.subscriber_id
order by subscribers.subscriber_id nulls last, subscribers.currency
