{#- The compiled rules of the run's scheme versions, read once when the models are compiled. -#}
{% macro rules(pays=none) -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- set query -%}
            select
                rule, pays, amount_sql, measure_sql,
                cast(to_json(conditions) as varchar) as conditions,
                cast(to_json(window_conditions) as varchar) as window_conditions
            from {{ source('inputs', 'rules') }} order by rule
        {%- endset -%}
        {%- for row in run_query(query).rows -%}
            {%- if pays is none or row['pays'] == pays -%}
                {%- do found.append({
                    'rule': row['rule'],
                    'amount_sql': row['amount_sql'],
                    'measure_sql': row['measure_sql'],
                    'conditions': fromjson(row['conditions']),
                    'window_conditions': fromjson(row['window_conditions']),
                }) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{#- One value by the rule of a row's terms: `case terms.rule when 1 then … else … end`, or the value of all others
    where no rule says anything of its own. -#}
{% macro by_rule(branches, otherwise) -%}
    {%- if branches -%}
    case terms.rule
    {%- for rule, value in branches %}
        when {{ rule }} then {{ value }}
    {%- endfor %}
        else {{ otherwise }}
    end
    {%- else -%}
    {{ otherwise }}
    {%- endif -%}
{%- endmacro %}

{#- The number of the first condition that is not met (an unknown is not met); 0 where all are. -#}
{% macro failed_condition() -%}
    {%- set branches = [] -%}
    {%- for rule in rules() if rule['conditions'] -%}
        {%- set tested = [] -%}
        {%- for condition in rule['conditions'] -%}
            {%- do tested.append("when (" ~ condition ~ ") is not true then " ~ loop.index) -%}
        {%- endfor -%}
        {%- do branches.append((rule['rule'], "case " ~ tested | join(" ") ~ " else 0 end")) -%}
    {%- endfor -%}
    {{ by_rule(branches, '0') }}
{%- endmacro %}

{#- What an event earns where each event earns. -#}
{% macro amount_by_rule() -%}
    {%- set branches = [] -%}
    {%- for rule in rules('amount') -%}
        {%- do branches.append((rule['rule'], rule['amount_sql'])) -%}
    {%- endfor -%}
    {{ by_rule(branches, 'cast(0 as decimal(18, 4))') }}
{%- endmacro %}

{#- What an event adds to the sum that is measured over the period; its amount where events are counted. -#}
{% macro base_by_rule() -%}
    {%- set branches = [] -%}
    {%- for rule in rules('volume') if rule['measure_sql'] -%}
        {%- do branches.append((rule['rule'], rule['measure_sql'])) -%}
    {%- endfor -%}
    {{ by_rule(branches, 'events.amount') }}
{%- endmacro %}

{#- Whether the condition that failed speaks of the subscriber's age. -#}
{% macro is_outside_window(failed) -%}
    {%- set branches = [] -%}
    {%- for rule in rules() if rule['window_conditions'] -%}
        {%- do branches.append((rule['rule'], failed ~ " in (" ~ rule['window_conditions'] | join(', ') ~ ")")) -%}
    {%- endfor -%}
    {{ by_rule(branches, 'false') }}
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
