-- A month under the scheme charge_share: each charge's share by the subscriber's age, and a share of content; a line is
-- kept to four places, a contract's exact total of each is rounded.
with

:owners,

held as (
    select
        contracts.contract_id, contracts.counterparty_id, scheme,
        greatest(contracts.valid_from, date ':period_start') as valid_from,
        least(coalesce(contracts.valid_to, date ':period_end'), date ':period_end') as valid_to,
        coalesce(max(value) filter (attribute = 'first_months_share'), '0.08')::decimal(9, 6) as first_months_share,
        coalesce(max(value) filter (attribute = 'first_year_share'), '0.05')::decimal(9, 6) as first_year_share,
        coalesce(max(value) filter (attribute = 'second_year_share'), '0.025')::decimal(9, 6) as second_year_share
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

charged as (
    select
        charges.*, outlets.outlet_id, outlets.counterparty_id, products.product_group,
        (year(charged_on) - year(activated_on)) * 12 + month(charged_on) - month(activated_on)
            - (day(charged_on) < least(day(activated_on), day(last_day(charged_on))))::int as months
    from charges
    join owners using (subscriber_id)
    left join links
        on links.subscriber_id = charges.subscriber_id
        and charged_on between links.valid_from and coalesce(links.valid_to, date '9999-12-31')
    join outlets on outlets.outlet_id = coalesce(links.outlet_id, owners.outlet_id)
    left join products on products.product_id = charges.product_id
    anti join repeated on charges.load_id = repeated.load_id and charges.row_number = repeated.row_number
    anti join marked_days on charges.subscriber_id = marked_days.subscriber_id and charged_on = marked_days.event_date
),

tried as (
    select
        charged.*, held.* exclude (counterparty_id, valid_from, valid_to), component,
        case
            when (months between 0 and 23) is not true then 1
            when component = 'charges' and (product_group in ('voice', 'data')) is not true then 2
            when component = 'charges' and (charge_kind <> 'one_off') is not true then 3
            when component = 'content' and (product_group = 'content') is not true then 2
        end as failed_condition
    from charged
    join held
        on charged.counterparty_id = held.counterparty_id
        and charged.charged_on between held.valid_from and held.valid_to
    cross join (values ('charges'), ('content')) as components(component)
),

event_lines as (
    select
        counterparty_id, contract_id, scheme, component, 'charge' as stream, 'charges' as data_set, load_id, row_number,
        charge_id as event_id, charged_on as event_date, subscriber_id, outlet_id, product_id, amount as base_amount,
        case
            when failed_condition is not null then 0
            when component = 'content' then least(amount * 0.10, 25)
            when months < 6 then amount * first_months_share
            when months < 12 then amount * first_year_share
            else amount * second_year_share
        end::decimal(38, 10) as exact,
        round(exact, 4)::decimal(18, 4) as amount,
        case when failed_condition is null then 'paid' else 'not_eligible' end as outcome,
        case when failed_condition = 1 then 'outside_window' when failed_condition > 1 then 'condition' end as reason,
        failed_condition
    from tried
),

rounded as (
    select
        counterparty_id, contract_id, scheme, component, 'period' as stream, date ':period_end' as event_date,
        (round(sum(exact), 2) - sum(amount))::decimal(18, 4) as amount, 'rounded' as outcome
    from event_lines
    group by counterparty_id, contract_id, scheme, component
    having round(sum(exact), 2) <> sum(amount)
)

select * exclude (exact), null::bigint as base_count from event_lines
union all by name
select * from rounded
