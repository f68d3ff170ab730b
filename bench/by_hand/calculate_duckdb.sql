-- A month's reward lines under the four library schemes, as an analyst would write them by hand for DuckDB.
-- The rules stand in the query: rates, windows, tiers and caps. What our models do beyond it: any scheme, values
-- that change within the month, sorted lines, each tier's split, the accounting of input rows.
-- Tables (views over Parquet): charges and payments of the month; subscribers, kit_sales, antifraud_marks; links,
-- counterparties, outlets, products, contracts, contract_attributes. :period_start and :period_end are filled in.
with

:owners,

repeated_charges as (
    select load_id, row_number from charges
    where charge_id in (select charge_id from charges group by charge_id having count(*) > 1)
    qualify row_number() over (partition by charge_id order by load_id, row_number) > 1
),

repeated_payments as (
    select load_id, row_number from payments
    where payment_id in (select payment_id from payments group by payment_id having count(*) > 1)
    qualify row_number() over (partition by payment_id order by load_id, row_number) > 1
),

facts as (
    select
        'activation' as stream, 'subscribers' as data_set, reports.load_id, reports.row_number,
        reports.subscriber_id as event_id, reports.subscriber_id,
        case when report_number = 1 and reports.activated_on >= date ':period_start'
            then reports.activated_on else changed_on end as event_date,
        reports.product_id, null::decimal(18, 4) as amount, null as kind,
        coalesce(links.outlet_id, owners.outlet_id) as outlet_id, reports.activated_on,
        case
            when is_repeated then 'repeated'
            when report_number > 1 or reports.activated_on > date ':period_end' then 'not_an_activation'
            when reports.activated_on < date ':period_start' then 'reported_late'
            when links.outlet_id is null then owners.reason
        end as reason
    from reports
    join owners using (subscriber_id)
    left join links
        on links.subscriber_id = reports.subscriber_id
        and reports.activated_on between links.valid_from and coalesce(links.valid_to, date '9999-12-31')
    where changed_on between date ':period_start' and date ':period_end'

    union all

    select
        'charge', 'charges', charges.load_id, charges.row_number, charge_id, charges.subscriber_id, charged_on,
        charges.product_id, charges.amount, charge_kind, coalesce(links.outlet_id, owners.outlet_id), owners.activated_on,
        case
            when repeated_charges.load_id is not null then 'repeated'
            when owners.subscriber_id is null then 'no_subscriber'
            when links.outlet_id is null then owners.reason
        end
    from charges
    left join owners using (subscriber_id)
    left join repeated_charges
        on charges.load_id = repeated_charges.load_id and charges.row_number = repeated_charges.row_number
    left join links
        on links.subscriber_id = charges.subscriber_id
        and charged_on between links.valid_from and coalesce(links.valid_to, date '9999-12-31')

    union all

    select
        'payment', 'payments', payments.load_id, payments.row_number, payment_id, payments.subscriber_id, paid_on,
        null, payments.amount, channel, outlets.outlet_id, activated.activated_on,
        case
            when repeated_payments.load_id is not null then 'repeated'
            when outlets.outlet_id is null then 'no_outlet'
        end
    from payments
    left join outlets using (outlet_id)
    left join activated using (subscriber_id)
    left join repeated_payments
        on payments.load_id = repeated_payments.load_id and payments.row_number = repeated_payments.row_number
),

events as (
    select
        facts.* exclude (reason), outlets.counterparty_id, outlets.kind as outlet_kind, products.product_group,
        (year(event_date) - year(activated_on)) * 12 + month(event_date) - month(activated_on)
            - (day(event_date) < least(day(activated_on), day(last_day(event_date))))::int as months,
        event_date - activated_on as days,
        coalesce(
            facts.reason,
            case when marked_days.event_date is not null then 'fraud' end
        ) as reason
    from facts
    left join outlets using (outlet_id)
    left join products using (product_id)
    left join marked_days using (subscriber_id, event_date)
),

held as (
    select
        contracts.contract_id, contracts.counterparty_id, contracts.scheme,
        greatest(contracts.valid_from, date ':period_start') as valid_from,
        least(coalesce(contracts.valid_to, date ':period_end'), date ':period_end') as valid_to,
        coalesce(max(value) filter (attribute = 'activation_fee'),
            if(scheme = 'subdealer_standard', '150', '300'))::decimal(18, 4) as activation_fee,
        coalesce(max(value) filter (attribute = 'charge_share'),
            if(scheme = 'subdealer_standard', '0.02', '0.05'))::decimal(9, 6) as charge_share,
        coalesce(max(value) filter (attribute = 'bonus_rate'), '50')::decimal(18, 4) as bonus_rate,
        coalesce(max(value) filter (attribute = 'payment_share'), '0.015')::decimal(9, 6) as payment_share,
        coalesce(max(value) filter (attribute = 'content_share'), '0.20')::decimal(9, 6) as content_share,
        case when scheme <> 'partner_content' then coalesce(max(value) filter (attribute = 'monthly_cap'), case scheme
            when 'dealer_standard' then '500000' when 'agent_payments' then '300000' else '200000' end)
        end::decimal(18, 4) as monthly_cap
    from contracts
    left join contract_attributes using (contract_id)
    where status = 'active' and contracts.valid_from <= date ':period_end'
        and coalesce(contracts.valid_to, date ':period_end') >= date ':period_start'
    group by contract_id, counterparty_id, scheme, contracts.valid_from, valid_to
),

days_with_contract as (
    select distinct counterparty_id, unnest(range(valid_from, valid_to + 1, interval 1 day))::date as event_date from held
),

components(scheme, component, stream, is_counted) as (
    values
        ('dealer_standard', 'activation', 'activation', false), ('dealer_standard', 'charges', 'charge', false),
        ('dealer_standard', 'volume_bonus', 'activation', true), ('subdealer_standard', 'activation', 'activation', false),
        ('subdealer_standard', 'charges', 'charge', false), ('agent_payments', 'payments', 'payment', false),
        ('agent_payments', 'turnover_bonus', 'payment', true), ('partner_content', 'content', 'charge', false),
        ('partner_content', 'content_volume', 'charge', true)
),

tried as (
    select
        events.*, held.* exclude (counterparty_id, valid_from, valid_to), components.component, components.is_counted,
        case held.scheme || ' ' || components.component
            when 'dealer_standard activation' then case
                when (product_group in ('voice', 'data')) is not true then 1
                when (outlet_kind <> 'online') is not true then 2 end
            when 'dealer_standard charges' then case
                when (months between 0 and 11) is not true then 1
                when (product_group in ('voice', 'data')) is not true then 2
                when (amount >= if(event_date >= date '2026-09-01', 10, 1) or amount < 0) is not true then 3 end
            when 'dealer_standard volume_bonus' then case when (product_group in ('voice', 'data')) is not true then 1 end
            when 'subdealer_standard activation' then case
                when (product_group = 'voice') is not true then 1
                when (outlet_kind in ('own', 'multibrand')) is not true then 2 end
            when 'subdealer_standard charges' then case
                when (months < 6) is not true then 1
                when (kind <> 'one_off') is not true then 2 end
            when 'agent_payments payments' then case when (kind in ('cash', 'card')) is not true then 1 end
            when 'agent_payments turnover_bonus' then case when (kind = 'cash') is not true then 1 end
            when 'partner_content content' then case when (product_group = 'content') is not true then 1 end
            when 'partner_content content_volume' then case
                when (product_group = 'content') is not true then 1
                when (days <= 365) is not true then 2 end
        end as failed_condition
    from events
    left join (held join components using (scheme))
        on if(events.reason is null, events.counterparty_id, null) = held.counterparty_id  -- in the key: a condition
        and events.stream = components.stream  -- on the left side alone would make it a nested loop
        and events.event_date between held.valid_from and held.valid_to
),

event_lines as materialized (
    select
        tried.counterparty_id, contract_id, scheme, component, stream, data_set, load_id, row_number, event_id, event_date,
        subscriber_id, outlet_id, product_id, amount as base_amount,
        case
            when contract_id is null or is_counted or failed_condition is not null then 0
            when component = 'activation' then activation_fee
            when scheme = 'dealer_standard' then round(amount * charge_share, 2)
            when scheme = 'subdealer_standard' then round(least(amount * charge_share, 50), 2)
            when scheme = 'partner_content' then round(amount * content_share, 2)
            when abs(round(amount * payment_share, 2) - amount * payment_share) = 0.005
                and abs(round(amount * payment_share, 2) * 100)::bigint % 2 = 1
                then round(amount * payment_share, 2) - 0.01 * sign(amount)
            else round(amount * payment_share, 2)
        end::decimal(18, 4) as amount,
        case
            when contract_id is null or failed_condition is not null then 'not_eligible'
            when is_counted then 'counted' else 'paid'
        end as outcome,
        case
            when reason is not null then reason
            when contract_id is null and days_with_contract.event_date is null then 'no_contract'
            when contract_id is null then 'not_paid_on'
            when (scheme || ' ' || component, failed_condition) in (
                ('dealer_standard charges', 1), ('subdealer_standard charges', 1), ('partner_content content_volume', 2)
            ) then 'outside_window'
            when failed_condition is not null then 'condition'
        end as reason,
        failed_condition
    from tried
    left join days_with_contract using (counterparty_id, event_date)
),

measured as (
    select counterparty_id, contract_id, scheme, component, count(*) as base_count, coalesce(sum(base_amount), 0)::decimal(18, 4) as base_amount
    from event_lines
    where outcome = 'counted'
    group by all
),

tier_lines as (
    select
        measured.*,
        case component
            when 'volume_bonus' then
                (least(greatest(base_count - 20, 0), 80) * bonus_rate + greatest(base_count - 100, 0) * 100)::decimal(18, 4)
            when 'content_volume' then round(
                least(base_amount, 5000) * 0.01 + least(greatest(base_amount - 5000, 0), 15000) * 0.02
                + greatest(base_amount - 20000, 0) * 0.03, 2)::decimal(18, 4)
            else (select if(abs(round(bonus, 2) - bonus) = 0.005 and abs(round(bonus, 2) * 100)::bigint % 2 = 1,
                            round(bonus, 2) - 0.01 * sign(bonus), round(bonus, 2))
                  from (select base_amount
                      * case when base_amount >= 100000 then 0.002 when base_amount >= 20000 then 0.001 else 0 end as bonus))
        end::decimal(18, 4) as amount
    from measured
    join held using (contract_id)
),

totals as (
    select contract_id, amount from event_lines where outcome = 'paid'
    union all
    select contract_id, amount from tier_lines
),

cap_lines as (
    select held.counterparty_id, held.contract_id, held.scheme, sum(amount) as total, held.monthly_cap - sum(amount) as amount
    from totals
    join held using (contract_id)
    group by held.counterparty_id, held.contract_id, held.scheme, held.monthly_cap
    having sum(totals.amount) > held.monthly_cap
)

select coalesce(counterparty_id, '') as counterparty_id, * exclude (counterparty_id), null::bigint as base_count from event_lines
union all by name
select counterparty_id, contract_id, scheme, component, 'period' as stream, date ':period_end' as event_date,
    base_amount, base_count, amount, 'paid' as outcome from tier_lines
union all by name
select counterparty_id, contract_id, scheme, 'monthly_cap_limit' as component, 'period' as stream,
    date ':period_end' as event_date, total as base_amount, amount, 'capped' as outcome from cap_lines
