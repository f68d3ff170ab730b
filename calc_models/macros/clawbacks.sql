{#- The key of a line as one text: what is taken back is known by it for ever. -#}
{% macro root(period, line) -%}
    {{ period }} || '|' || {{ line }}.contract_id || '|' || {{ line }}.component || '|' || {{ line }}.stream || '|'
        || {{ line }}.data_set || '|' || {{ line }}.load_id || '|' || {{ line }}.row_number
{%- endmacro %}

{#- Whether any contract's scheme takes back. -#}
{% macro claws_back() -%}
    {{ return(greatest_of('clawbacks', 'term') > 0) }}
{%- endmacro %}

{#- How many events take back from one line, at most; known when int_clawbacks is made. -#}
{% macro turns() -%}
    {%- if execute and load_relation(ref('int_clawbacks')) -%}
        {{ return(run_query("select coalesce(max(turn), 0) from " ~ ref('int_clawbacks')).columns[0].values()[0] | int) }}
    {%- endif -%}
    {{ return(0) }}
{%- endmacro %}

{#- Whether some rule is on fraud marks: only then are they events. -#}
{% macro are_marks_events() -%}
    {%- set is_mark = "case when stream = 'fraud_mark' then 1 else 0 end" -%}
    {{ return(greatest_of('terms', is_mark) + greatest_of('clawbacks', is_mark) > 0) }}
{%- endmacro %}

{#- Whether an event is not of its input row itself: it is an event only for those who are paid for it. -#}
{% macro is_looked_at_later(events) -%}
    ({{ events }}.stream like 'activation!_%' escape '!' or {{ events }}.stream = 'fraud_mark')
{%- endmacro %}
