-- One row a subscriber and a range of days: whose it is, and by which link. Key: subscriber_id, valid_from.
-- The last sale of its kit on or before the activation decides; a link by hand overrides it on its days.
-- Sales by different counterparties are a conflict: listed, never guessed.
-- depends_on: {{ ref('stg_scope') }}
{{ config(materialized='parquet') }}

with

subscribers as (
    select * from {{ ref('stg_subscribers') }}
),

links as (
    select * from {{ ref('stg_links') }}
),

outlets as (
    select outlet_id, counterparty_id from {{ ref('stg_outlets') }}
),

sales as (
    select sales.iccid, sales.sale_id, sales.sold_on, outlets.outlet_id, outlets.counterparty_id
    from {{ ref('stg_kit_sales') }} as sales
    inner join outlets on sales.outlet_id = outlets.outlet_id
),

activations as (
    select subscriber_id, iccid, activated_on, tariff
    from subscribers
    where report_number = 1
),

later_tariffs as (
    select subscriber_id, tariff
    from subscribers
    where report_number = reports and reports > 1
),

sales_before_activation as (
    select
        activations.subscriber_id,
        sales.sale_id,
        sales.sold_on,
        sales.outlet_id,
        sales.counterparty_id,
        min(sales.counterparty_id) over sales_of_subscriber
            <> max(sales.counterparty_id) over sales_of_subscriber as is_conflict
    from activations
    inner join sales
        on activations.iccid = sales.iccid and sales.sold_on <= activations.activated_on
    window sales_of_subscriber as (partition by activations.subscriber_id)
    qualify row_number() over (
        partition by activations.subscriber_id order by sales.sold_on desc, sales.sale_id desc
    ) = 1
),

owners_by_kit as (
    select
        activations.subscriber_id,
        activations.iccid,
        activations.activated_on,
        coalesce(later_tariffs.tariff, activations.tariff) as tariff,
        activations.tariff as first_tariff,
        case when not sales_before_activation.is_conflict then sales_before_activation.counterparty_id end as counterparty_id,
        case when not sales_before_activation.is_conflict then sales_before_activation.outlet_id end as outlet_id,
        case
            when sales_before_activation.sale_id is null then 'none'
            when sales_before_activation.is_conflict then 'conflict'
            else 'kit'
        end as link,
        sales_before_activation.sale_id,
        sales_before_activation.sold_on
    from activations
    left join sales_before_activation on activations.subscriber_id = sales_before_activation.subscriber_id
    left join later_tariffs on activations.subscriber_id = later_tariffs.subscriber_id
),

days_between_links as (
    select
        subscriber_id,
        coalesce(
            {{ dbt.dateadd('day', 1, 'lag(valid_to) over links_of_subscriber') }}, date '1900-01-01'
        )::date as valid_from,
        {{ dbt.dateadd('day', -1, 'valid_from') }}::date as valid_to
    from links
    window links_of_subscriber as (partition by subscriber_id order by valid_from)
    union all
    select subscriber_id, {{ dbt.dateadd('day', 1, 'max(valid_to)') }}::date as valid_from, date '9999-12-31' as valid_to
    from links
    group by subscriber_id
    having max(valid_to) < date '9999-12-31'
),

owners_by_day as (
    select owners_by_kit.*, date '1900-01-01' as valid_from, date '9999-12-31' as valid_to
    from owners_by_kit
    where subscriber_id not in (select subscriber_id from links)

    union all

    select owners_by_kit.*, days_between_links.valid_from, days_between_links.valid_to
    from owners_by_kit
    inner join days_between_links on owners_by_kit.subscriber_id = days_between_links.subscriber_id
    where days_between_links.valid_from <= days_between_links.valid_to

    union all

    select
        owners_by_kit.* replace (
            outlets.counterparty_id as counterparty_id, outlets.outlet_id as outlet_id, 'manual' as link
        ),
        links.valid_from,
        links.valid_to
    from owners_by_kit
    inner join links on owners_by_kit.subscriber_id = links.subscriber_id
    inner join outlets on links.outlet_id = outlets.outlet_id
)

select
    subscriber_id,
    valid_from,
    valid_to,
    counterparty_id,
    outlet_id,
    link,
    iccid,
    sale_id,
    sold_on,
    activated_on,
    tariff,
    first_tariff
from owners_by_day
{% if is_scoped() -%}
where counterparty_id in (select counterparty_id from {{ ref('stg_scope') }})
{% endif -%}
order by subscriber_id, valid_from
