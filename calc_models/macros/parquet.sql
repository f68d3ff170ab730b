{#- A materialisation: the model's rows go straight into <run>/tables/<model>.parquet, and a view reads them.
    No table in between (an external materialisation writes the rows twice).

    sorted_by: the order of the rows, where they are so many that joining and sorting them in one query would need the
    memory of both. They are written to <run>/spill as they come, and sorted from there. -#}
{% materialization parquet, adapter='duckdb' %}
    {%- set path = env_var('PRM_RUN_TABLES') ~ '/' ~ this.identifier ~ '.parquet' -%}
    {%- set unsorted = 'spill/' ~ this.identifier ~ '.parquet' -%}
    {%- set sorted_by = config.get('sorted_by') -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if sorted_by -%}
    {%- call statement('unsorted') -%}
        set preserve_insertion_order = false;  -- the sort decides all of it: what is kept back for the order is memory
        copy (
            {{ sql }}
        ) to '{{ unsorted }}' (format parquet);
        set preserve_insertion_order = true
    {%- endcall -%}
    {%- endif -%}
    {%- call statement('main') -%}
        copy (
            {%- if sorted_by %}
            select * from read_parquet('{{ unsorted }}') order by {{ sorted_by }}
            {%- else %}
            {{ sql }}
            {%- endif %}
        ) to '{{ path }}' (format parquet)
    {%- endcall -%}
    {%- call statement('view') -%}
        create or replace view {{ target_relation }} as select * from read_parquet('{{ path }}')
    {%- endcall -%}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
