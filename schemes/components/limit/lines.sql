{#- Limit: the most that some components of a contract pay together. Where their total is above it, one line
    under the limit's own name takes the difference away. Reads the CTEs of int_period_lines. -#}
{% macro limiting_lines__limit() -%}
    select
        totals.counterparty_id,
        limits.contract_id,
        limits.scheme,
        limits.scheme_version,
        limits.limit_name as component,
        cast(sum(totals.amount) as decimal(18, 4)) as base_amount,
        cast(null as bigint) as base_count,
        cast(limits.at_most - sum(totals.amount) as decimal(18, 4)) as amount,
        limits.currency,
        'capped' as outcome,
        cast(null as varchar) as tier_split
    from {{ ref('stg_limits') }} as limits
    inner join totals
        on limits.contract_id = totals.contract_id and limits.component = totals.component
    group by
        totals.counterparty_id, limits.contract_id, limits.scheme, limits.scheme_version, limits.limit_name,
        limits.at_most, limits.currency
    having sum(totals.amount) > limits.at_most
{%- endmacro %}
