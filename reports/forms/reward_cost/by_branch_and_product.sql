-- Rewards by branch and product.
select
    lines.branch,
    case when lines.product_id is null then %(whole_period)s
        else coalesce(products.name, lines.product_id) end as product_name,
    count(*) filter (where lines.outcome = 'paid') as paid_lines,
    coalesce(sum(lines.base_amount) filter (where lines.outcome = 'paid'), 0) as base_amount,
    sum(lines.amount) as amount,
    lines.currency
from reporting.reward_lines as lines
left join reporting.products on products.product_id = lines.product_id
where lines.period = %(period)s and lines.contract_id is not null
group by lines.branch, lines.product_id, products.name, lines.currency
order by lines.branch, lines.product_id nulls last, lines.currency
