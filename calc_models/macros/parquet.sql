{#- A materialisation: the model's rows go straight into <run>/tables/<model>.parquet, and a view reads them.
    No table in between (an external materialisation writes the rows twice). -#}
{% materialization parquet, adapter='duckdb' %}
    {%- set path = env_var('PRM_RUN_TABLES') ~ '/' ~ this.identifier ~ '.parquet' -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') -%}
        copy (
            {{ sql }}
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
