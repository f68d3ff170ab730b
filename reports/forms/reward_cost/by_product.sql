-- What rewards cost by product, the most expensive first; what is of the period as a whole stands in a row of its own.
select
    products.product_group,
    case when lines.product_id is null then %(whole_period)s
        else coalesce(products.name, lines.product_id) end as product_name,
    count(distinct lines.subscriber_id) filter (where lines.outcome = 'paid') as subscribers,
    count(*) filter (where lines.outcome = 'paid') as paid_lines,
    coalesce(sum(lines.base_amount) filter (where lines.outcome = 'paid'), 0) as base_amount,
    sum(lines.amount) as amount,
    round(sum(lines.amount) / nullif(count(distinct lines.subscriber_id) filter (where lines.outcome = 'paid'), 0), 2) as per_subscriber,
    lines.currency
from reporting.reward_lines as lines
left join reporting.products on products.product_id = lines.product_id
where lines.period = %(period)s and lines.contract_id is not null
group by products.product_group, lines.product_id, products.name, lines.currency
order by lines.currency, amount desc, lines.product_id nulls last
