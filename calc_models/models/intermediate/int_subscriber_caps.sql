-- One row a cap and a subscriber of whose pay it cuts something in this period, or gives something back.
-- Key: contract_id, component, subscriber_id. Caps cut one after another: each sees what those that it lists have cut.
-- What is taken back counts by the line that it is taken of, whatever takes it.
-- depends_on: {{ ref('stg_subscriber_caps') }}, {{ ref('stg_subscriber_balances') }}, {{ ref('int_event_lines') }}, {{ ref('int_clawback_lines') }}
{{ config(materialized='parquet') }}
{%- set levels = greatest_of('subscriber_caps', 'level') %}

with

caps as (
    select distinct
        counterparty_id, contract_id, scheme, scheme_version, component, currency, level, is_over_contract, at_most
    from {{ ref('stg_subscriber_caps') }}
),
{% if levels > 0 %}
members as (
    select distinct contract_id, component, level, member from {{ ref('stg_subscriber_caps') }}
),

earned as (
    select caps.contract_id, caps.component, caps.level, lines.subscriber_id, sum(lines.amount) as paid, cast(0 as decimal(38, 4)) as taken
    from {{ ref('int_event_lines') }} as lines
    inner join {{ ref('stg_subscriber_caps') }} as caps
        on lines.contract_id = caps.contract_id
        and lines.scheme_version = caps.of_version
        and lines.component = caps.member
    where lines.outcome = 'paid' and lines.amount <> 0 and lines.subscriber_id is not null
    group by caps.contract_id, caps.component, caps.level, lines.subscriber_id
    union all
    select members.contract_id, members.component, members.level, lines.subscriber_id, 0 as paid, sum(lines.amount) as taken
    from {{ ref('int_clawback_lines') }} as lines
    inner join members on lines.taken_contract_id = members.contract_id and lines.taken_component = members.member
    where lines.amount <> 0
    group by members.contract_id, members.component, members.level, lines.subscriber_id
),
{% for level in range(1, levels + 1) %}
together_{{ level }} as (
    select
        contract_id,
        component,
        subscriber_id,
        cast(sum(paid) as decimal(18, 4)) as paid_amount,
        cast(sum(paid) + sum(taken) as decimal(18, 4)) as base_amount
    from (
        select contract_id, component, subscriber_id, paid, taken from earned where level = {{ level }}
        {%- for earlier in range(1, level) %}
        union all
        select members.contract_id, members.component, cuts.subscriber_id, cuts.amount, 0
        from cuts_{{ earlier }} as cuts
        inner join members
            on cuts.contract_id = members.contract_id and cuts.component = members.member and members.level = {{ level }}
        {%- endfor %}
    )
    group by contract_id, component, subscriber_id
),

cuts_{{ level }} as (
    select
        caps.*,
        together.subscriber_id,
        together.paid_amount,
        together.base_amount,
        coalesce(balances.paid_before, 0) as paid_before,
        greatest(coalesce(balances.cut_before, 0), 0) as cut_before,
        cast(case
            when together.base_amount >= 0
                then least(greatest(caps.at_most - coalesce(balances.paid_before, 0), 0) - together.base_amount, 0)
            else least(-together.base_amount, greatest(coalesce(balances.cut_before, 0), 0))
        end as decimal(18, 4)) as amount
    from together_{{ level }} as together
    inner join caps on together.contract_id = caps.contract_id and together.component = caps.component
    left join {{ ref('stg_subscriber_balances') }} as balances
        on together.contract_id = balances.contract_id
        and together.component = balances.component
        and together.subscriber_id = balances.subscriber_id
),
{% endfor %}{% endif %}
cuts as (
    {%- for level in range(1, levels + 1) %}
    select * from cuts_{{ level }}
    union all by name
    {%- endfor %}
    select
        *, '' as subscriber_id, cast(0 as decimal(18, 4)) as paid_amount, cast(0 as decimal(18, 4)) as base_amount,
        cast(0 as decimal(18, 4)) as paid_before, cast(0 as decimal(18, 4)) as cut_before, cast(0 as decimal(18, 4)) as amount
    from caps
    where false
)

select * from cuts
where amount <> 0
order by counterparty_id, contract_id, component, subscriber_id
