-- What every query for DuckDB begins with: whose each subscriber is, and the days on which it is marked as fraud.
reports as (
    select
        load_id, row_number, subscriber_id, changed_on, iccid, product_id, activated_on, deactivated_on, status,
        deactivated_on is not null and lag(deactivated_on) over reports_of_subscriber is null as is_churn,
        row_number() over reports_of_subscriber as report_number,
        changed_on = lag(changed_on) over reports_of_subscriber as is_repeated
    from subscribers
    where changed_on <= date ':period_end'
    window reports_of_subscriber as (partition by subscriber_id order by changed_on, load_id, row_number)
),

activated as (
    select subscriber_id, iccid, activated_on from reports where report_number = 1
),

sales as (
    select kit_sales.iccid, kit_sales.sale_id, kit_sales.sold_on, outlets.outlet_id, outlets.counterparty_id
    from (
        select * from kit_sales
        qualify row_number() over (partition by sale_id order by load_id, row_number) = 1
    ) as kit_sales
    join outlets using (outlet_id)
),

kits as (
    select
        activated.subscriber_id,
        arg_max(sales.outlet_id, strftime(sales.sold_on, '%Y%m%d') || sales.sale_id) as outlet_id,
        min(sales.counterparty_id) as counterparty_id,
        min(sales.counterparty_id) <> max(sales.counterparty_id) as is_conflict
    from activated
    join sales on activated.iccid = sales.iccid and sales.sold_on <= activated.activated_on
    group by activated.subscriber_id
),

owners as (
    select
        activated.subscriber_id,
        activated.activated_on,
        case when not kits.is_conflict then kits.outlet_id end as outlet_id,
        case when not kits.is_conflict then kits.counterparty_id end as counterparty_id,
        case when kits.subscriber_id is null then 'no_kit' when kits.is_conflict then 'kit_conflict' end as reason
    from activated
    left join kits using (subscriber_id)
),

marked_days as (
    select distinct subscriber_id,
        unnest(range(greatest(valid_from, date ':period_start'), least(coalesce(valid_to, date ':period_end'), date ':period_end') + 1, interval 1 day))::date as event_date
    from (
        select subscriber_id, valid_from, valid_to from antifraud_marks
        union all
        select subscriber_id, valid_from, valid_to from fraud_marks
    ) as marks
)
