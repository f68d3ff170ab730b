{#- What DuckDB and Spark say differently: one macro a thing, one implementation an engine, and no engine's
    name anywhere else. -#}

{#- Whole months from one day to another. A month is over on the same day of the next month, or on its last
    day where it is too short: from 31 January, on 28 February. -#}
{% macro whole_months(from_day, to_day) -%}
    {{ adapter.dispatch('whole_months', 'calc_models')(from_day, to_day) }}
{%- endmacro %}

{% macro duckdb__whole_months(from_day, to_day) -%}
    ((year({{ to_day }}) - year({{ from_day }})) * 12 + (month({{ to_day }}) - month({{ from_day }}))
        - case when day({{ to_day }}) < least(day({{ from_day }}), day(last_day({{ to_day }}))) then 1 else 0 end)
{%- endmacro %}

{#- Days from one day to another. -#}
{% macro whole_days(from_day, to_day) -%}
    {{ adapter.dispatch('whole_days', 'calc_models')(from_day, to_day) }}
{%- endmacro %}

{% macro duckdb__whole_days(from_day, to_day) -%}
    ({{ to_day }} - {{ from_day }})
{%- endmacro %}

{#- The rows of a group as one JSON array, in order. -#}
{% macro json_array_of(object, order_by) -%}
    {{ adapter.dispatch('json_array_of', 'calc_models')(object, order_by) }}
{%- endmacro %}

{% macro duckdb__json_array_of(object, order_by) -%}
    '[' || string_agg({{ object }}, ',' order by {{ order_by }}) || ']'
{%- endmacro %}
