{#- Whether this run is for some counterparties only. Known when the models are compiled, so that a run for one
    counterparty joins its few subscribers first and never drags the others along. -#}
{% macro is_scoped() -%}
    {%- if execute -%}
        {%- set found = run_query("select count(*) from " ~ source('inputs', 'scope')) -%}
        {{ return(found.columns[0].values()[0] > 0) }}
    {%- endif -%}
    {{ return(false) }}
{%- endmacro %}

{#- Events that belong to nobody stay in a run for everybody, and out of a run for some counterparties. -#}
{% macro owner_join() -%}
    {{ return('inner join' if is_scoped() else 'left join') }}
{%- endmacro %}
