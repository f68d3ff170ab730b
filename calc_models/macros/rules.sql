{#- The compiled rules of the run's scheme versions, read once when the models are compiled: by place (condition_1,
    condition_2, amount_rule, measure_rule), each with its number and its SQL. -#}
{% macro rules() -%}
    {%- set found = {} -%}
    {%- if execute -%}
        {%- set query -%}
            select place, rule, sql, is_window from {{ source('inputs', 'rules') }}
            order by length(place), place, rule
        {%- endset -%}
        {%- for row in run_query(query).rows -%}
            {%- do found.setdefault(row['place'], []).append(row) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{#- The value of a row's rule at a place: `case terms.amount_rule when 1 then … else … end`. -#}
{% macro by_rule(place, otherwise='null') -%}
    {%- set found = rules().get(place) -%}
    {%- if found -%}
    case terms.{{ place }}
    {%- for rule in found %}
        when {{ rule['rule'] }} then {{ rule['sql'] }}
    {%- endfor %}
        else {{ otherwise }}
    end
    {%- else -%}
    {{ otherwise }}
    {%- endif -%}
{%- endmacro %}

{#- The number of the first condition that is not met (an unknown is not met); 0 where all are. -#}
{% macro failed_condition() -%}
    case
    {%- for place in rules() if place.startswith('condition_') %}
        when terms.{{ place }} is not null and ({{ by_rule(place) }}) is not true then {{ loop.index }}
    {%- endfor %}
        when true then 0
    end
{%- endmacro %}

{#- What an event earns where each event earns. -#}
{% macro amount_by_rule() -%}
    {{ by_rule('amount_rule', 'cast(0 as decimal(18, 4))') }}
{%- endmacro %}

{#- What an event adds to the sum that is measured over the period; its amount where events are counted. -#}
{% macro base_by_rule() -%}
    {{ by_rule('measure_rule', 'events.amount') }}
{%- endmacro %}

{#- Whether the condition that failed asks how old the subscriber is. -#}
{% macro is_outside_window(failed) -%}
    case {{ failed }}
    {%- for place, found in rules().items() if place.startswith('condition_') %}
        when {{ loop.index }} then terms.{{ place }} in (
            {%- for rule in found if rule['is_window'] %}{{ rule['rule'] }}, {% endfor %}0)
    {%- endfor %}
        else false
    end
{%- endmacro %}

{#- The SQL of every building block of a kind of macro, joined: `earning_lines` pay by the period's measure,
    `limiting_lines` take away. A block is found by its macro's name and listed nowhere. -#}
{% macro all_blocks(prefix) -%}
    {%- set found = [] -%}
    {%- for name in context.keys() | sort if name.startswith(prefix ~ '__') -%}
        {%- do found.append(context[name]()) -%}
    {%- endfor -%}
    {{ return(found | join('\n    union all by name\n    ')) }}
{%- endmacro %}
