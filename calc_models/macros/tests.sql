{#- Generic tests of ours: a key of several columns, and a condition that holds for every row. -#}
{% test key(model, columns) %}
    select {{ columns | join(', ') }}, count(*) as rows
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}

{% test holds(model, condition) %}
    select * from {{ model }} where ({{ condition }}) is not true
{% endtest %}
