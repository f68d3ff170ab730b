{#- Tiers: what the period's measure earns, a line a contract and component, with each tier's part.
    slice: every part of the measure at its own tier's rate. whole: all of it at the rate of the tier reached.
    The first tier reaches down without end, so that a negative measure (more refunds than charges) is paid
    back at its rate. Reads the CTEs of int_period_lines. -#}
{% macro earning_lines__tiers() -%}
    select
        counterparty_id,
        contract_id,
        scheme,
        scheme_version,
        component,
        base_amount,
        base_count,
        {{ rounded('sum(part * rate)', 'any_value(places)', 'any_value(rounding_mode)') }} as amount,
        currency,
        'paid' as outcome,
        {{ json_array_of(
            "'{\"step\":' || step || ',\"above\":\"' || above || '\",\"measure\":\"' || part || '\",\"rate\":\"' || rate || '\",\"amount\":\"' || part * rate || '\"}'",
            'step'
        ) }} as tier_split
    from (
        select
            measured.*,
            case
                when counting = 'slice' and step = 1 then least(measure, coalesce(next_above, measure))
                when counting = 'slice' then greatest(least(measure, coalesce(next_above, measure)) - above, 0)
                when step = max(case when is_reached then step end) over (partition by contract_id, component) then measure
                else 0
            end as part
        from (
            select
                volumes.*,
                steps.step,
                steps.above,
                steps.next_above,
                steps.rate,
                steps.counting,
                steps.currency,
                steps.places,
                steps.rounding_mode,
                case when steps."by" = 'count' then cast(volumes.base_count as decimal(18, 4)) else volumes.base_amount end as measure,
                steps.step = 1 or measure > steps.above or (steps.includes_threshold and measure = steps.above) as is_reached
            from {{ ref('int_volumes') }} as volumes
            inner join {{ ref('stg_tier_steps') }} as steps
                on volumes.contract_id = steps.contract_id and volumes.component = steps.component
        ) as measured
    ) as parts
    group by counterparty_id, contract_id, scheme, scheme_version, component, base_amount, base_count, currency
{%- endmacro %}
