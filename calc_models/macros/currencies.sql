{#- Money of other currencies. An amount without a currency is in the operator's own. What one unit of a currency is in
    another, day by day, is pinned with the run; an amount is converted at its event's day, to four places. All of this
    is left out of the SQL where every amount of the period is in the currency of the contracts. -#}

{#- Whether some amounts are in another currency than some contracts. -#}
{% macro converts_events() -%}
    {{ return(greatest_of('foreign_currencies', '1') > 0) }}
{%- endmacro %}

{#- Whether some contract adds up what others earned, or were measured, in another currency. input: totals or measures. -#}
{% macro converts_others(input) -%}
    {{ return(greatest_of(input, 'cast(currency <> of_currency as int)') > 0) }}
{%- endmacro %}

{#- The currencies of the run's schemes. -#}
{% macro currencies() -%}
    {%- if execute -%}
        {%- set query -%}
            select currency from {{ source('inputs', 'terms') }}
            union
            select currency from {{ source('inputs', 'clawbacks') }}
            order by currency
        {%- endset -%}
        {{ return(run_query(query).columns[0].values()) }}
    {%- endif -%}
    {{ return([]) }}
{%- endmacro %}

{#- SQL of a fact's amount in a currency, where converted_into has joined its rate; unknown where no rate is. -#}
{% macro amount_in(currency, facts, own) -%}
    {%- if converts_events() -%}
    case
            when coalesce({{ facts }}.event_currency, {{ own }}) = '{{ currency }}' then {{ facts }}.amount
            else try_cast({{ facts }}.amount * into_{{ currency | lower }}.rate as decimal(18, 4))
        end
    {%- else -%}
    {{ facts }}.amount
    {%- endif -%}
{%- endmacro %}

{#- Joins the rate of a fact's day into each currency of the run's schemes. -#}
{% macro converted_into(facts, own, day) -%}
    {%- if converts_events() -%}
    {%- for currency in currencies() %}
    left join {{ ref('stg_conversions') }} as into_{{ currency | lower }}
        on coalesce({{ facts }}.event_currency, {{ own }}) = into_{{ currency | lower }}.currency
        and into_{{ currency | lower }}.into_currency = '{{ currency }}'
        and {{ facts }}.{{ day }} between into_{{ currency | lower }}.valid_from and into_{{ currency | lower }}.valid_to
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#- SQL of an event's column in the currency of the terms that it is looked at under. column: amount, or rate. -#}
{% macro in_terms_currency(column) -%}
    case terms.currency
    {%- for currency in currencies() %}
        when '{{ currency }}' then events.{{ column }}_in_{{ currency | lower }}
    {%- endfor %}
        {{ 'else events.amount ' if column == 'amount' }}end
{%- endmacro %}

{#- An event's amount in the currency of the terms; without any, as it was reported. -#}
{% macro event_amount() -%}
    {{ in_terms_currency('amount') if converts_events() else 'events.amount' }}
{%- endmacro %}

{#- SQL of an amount of others in a contract's own currency, at the rate of the period's last day. -#}
{% macro of_others(amount, input) -%}
    {{ 'cast(' ~ amount ~ ' * slots.rate as decimal(18, 4))' if converts_others(input) else amount }}
{%- endmacro %}

{#- The rate of others' amounts, beside the slots of totals or measures; and the join that it needs. -#}
{% macro rate_of_others(input) -%}
    {%- if converts_others(input) %},
    case when slots.currency = slots.of_currency then cast(1 as decimal(20, 10)) else conversions.rate end as rate
    {%- endif -%}
{%- endmacro %}

{% macro join_rates_of_others(input) -%}
    {%- if converts_others(input) %}
cross join {{ source('inputs', 'run') }} as run
left join {{ source('inputs', 'conversions') }} as conversions
    on slots.of_currency = conversions.currency
    and slots.currency = conversions.into_currency
    and run.period_end between conversions.valid_from and conversions.valid_to
    {%- endif -%}
{%- endmacro %}
