{#- The compiled rules of the run's scheme versions, read once when the models are compiled: by place (condition_1,
    condition_2, amount_rule, measure_rule…; period_condition_1… for rules of the period as a whole), each with its
    number and its SQL. -#}
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

{#- The value of a row's rule at a place: `case terms.amount_rule when 1 then … else … end`. before_measures: leaves out
    the rules that read measures; where measures are made, no row has such a rule. -#}
{% macro by_rule(place, otherwise='null', before_measures=false) -%}
    {%- set found = [] -%}
    {%- for rule in rules().get(place, []) if not (before_measures and reads_measures(rule['sql'])) -%}
        {%- do found.append(rule) -%}
    {%- endfor -%}
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

{#- Whether the SQL of a rule reads measures: the contract's, or those of the event's outlet or subscriber. -#}
{% macro reads_measures(sql) -%}
    {{ return('contracts.' in sql or 'of_outlet.' in sql or 'of_subscriber.' in sql) }}
{%- endmacro %}

{#- The number of the first condition that is not met (an unknown is not met); 0 where all are; -1 of an event whose
    amount can't be converted. -#}
{% macro failed_condition(prefix='', before_measures=false) -%}
    case
    {%- if prefix == '' and converts_events() %}
        when events.amount is not null and ({{ event_amount() }}) is null then -1
    {%- endif %}
    {%- for place in rules() if place.startswith(prefix ~ 'condition_') %}
        when terms.{{ place }} is not null and ({{ by_rule(place, before_measures=before_measures) }}) is not true then {{ loop.index }}
    {%- endfor %}
        when true then 0
    end
{%- endmacro %}

{#- What an event earns where each event earns. -#}
{% macro amount_by_rule() -%}
    {{ by_rule('amount_rule', 'cast(0 as decimal(18, 4))') }}
{%- endmacro %}

{#- Whether some scheme rounds totals: then what lines earned beyond their four places is added up, too. -#}
{% macro rounds_totals() -%}
    {{ return('excess_rule' in rules()) }}
{%- endmacro %}

{#- What an event adds to the sum that is measured; its amount where events are counted. -#}
{% macro base_by_rule(before_measures=false) -%}
    {{ by_rule('measure_rule', event_amount(), before_measures) }}
{%- endmacro %}

{#- Whether the condition that failed asks how old the subscriber is. -#}
{% macro is_outside_window(failed) -%}
    case {{ failed }}
        when 0 then false
    {%- for place, found in rules().items() if place.startswith('condition_') %}
        when {{ loop.index }} then terms.{{ place }} in (
            {%- for rule in found if rule['is_window'] %}{{ rule['rule'] }}, {% endfor %}0)
    {%- endfor %}
        else false
    end
{%- endmacro %}

{#- Joins the rows of the tables that rules ask for, each by the key that its rule makes. -#}
{% macro lookup_joins(prefix='', before_measures=false) -%}
    {%- for place in rules() if place.startswith(prefix ~ 'lookup_') %}
    {%- set lookup = 'lookup_' ~ place.split('_')[-2] %}
    left join {{ ref('stg_lookups') }} as {{ lookup }}
        on terms.{{ lookup }} = {{ lookup }}.lookup
        and {{ by_rule(place, before_measures=before_measures) }} = {{ lookup }}.key
    {%- endfor %}
{%- endmacro %}

{#- Whether a rule of events reads something: a column that costs a join or a window is only made where one does. -#}
{% macro is_read_of_events(text) -%}
    {%- for place, found in rules().items() if not place.startswith('period_') -%}
        {%- for rule in found if text in rule['sql'] -%}
            {{ return(true) }}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}

{#- The greatest value of an input's column; 0 where it has no row. Known when the models are compiled. -#}
{% macro greatest_of(input, column) -%}
    {%- if execute -%}
        {{ return(run_query("select coalesce(max(" ~ column ~ "), 0) from " ~ source('inputs', input)).columns[0].values()[0] | int) }}
    {%- endif -%}
    {{ return(0) }}
{%- endmacro %}

{#- The slots of measures that are of each outlet, or each subscriber, by itself. -#}
{% macro slots_of_each() -%}
    {%- if execute -%}
        {{ return(run_query("select distinct slot from " ~ source('inputs', 'measures') ~ " where per is not null and at_least is null order by slot").columns[0].values() | map("int") | list) }}
    {%- endif -%}
    {{ return([]) }}
{%- endmacro %}

{#- Joins the measures that rules of events read: the contract's, and those of the event's outlet and subscriber. -#}
{% macro joins_of_measures() -%}
    {%- if is_read_of_events('contracts.') %}
    left join {{ ref('int_measures') }} as contracts
        on terms.contract_id = contracts.contract_id and terms.scheme_version = contracts.scheme_version
    {%- endif %}
    {%- for per in ('outlet', 'subscriber') if is_read_of_events('of_' ~ per ~ '.') %}
    left join {{ ref('int_measures_of_each') }} as of_{{ per }}
        on terms.contract_id = of_{{ per }}.contract_id and terms.scheme_version = of_{{ per }}.scheme_version
        and events.{{ per }}_id = of_{{ per }}.per_id and of_{{ per }}.per = '{{ per }}'
    {%- endfor %}
{%- endmacro %}

{#- Joins what rules of events read beside events and terms: measures, rows of tables. -#}
{% macro joins_of_rules() -%}
    {{- joins_of_measures() }}
    {{- lookup_joins() }}
{%- endmacro %}

{#- The numbers of the rules of a place that read something, as a list for SQL. -#}
{% macro rules_that_read(place, text) -%}
    {%- for rule in rules().get(place, []) if text in rule['sql'] %}{{ rule['rule'] }}, {% endfor %}0
{%- endmacro %}

{#- What rules ask of subscribers' first days: rows of activity and days. -#}
{% macro activities() -%}
    {%- if execute -%}
        {{ return(run_query("select distinct activity, days, currency from " ~ source('inputs', 'activities') ~ " order by all").rows) }}
    {%- endif -%}
    {{ return([]) }}
{%- endmacro %}

{#- The column of one of them. -#}
{% macro activity_column(activity) -%}
    {{ activity['activity'] }}_{{ activity['days'] }}_in_{{ activity['currency'] | lower }}
{%- endmacro %}

{#- The events with the columns that only some rules read, each made where one does; those that only take back are
    left out, but for what takes back. -#}
{% macro events_for_rules(for_clawbacks=false) -%}
    select
        events.* {%- if converts_events() %} replace (coalesce(events.event_currency, run.currency) as event_currency) {%- endif %}
        {%- for currency in currencies() %},
        {{ amount_in(currency, 'events', 'run.currency') }} as amount_in_{{ currency | lower }}
        {%- if converts_events() %},
        into_{{ currency | lower }}.rate as rate_in_{{ currency | lower }}
        {%- endif %}
        {%- endfor %}
        {%- if is_read_of_events('events.status') %},
        coalesce(states.status, 'active') as status
        {%- endif %}
        {%- if is_read_of_events('events.suspended_days') %},
        case when events.activated_on is not null then cast(coalesce((
            select sum(
                least(suspensions.valid_to, events.event_date - 1) + 1 - greatest(suspensions.valid_from, events.activated_on)
            )
            from {{ ref('int_states') }} as suspensions
            where suspensions.subscriber_id = events.subscriber_id
                and suspensions.status = 'suspended'
                and suspensions.valid_from < events.event_date
                and suspensions.valid_to >= events.activated_on
        ), 0) as int) end as suspended_days
        {%- endif %}
        {%- for activity in activities() %},
        case when events.activated_on is not null then coalesce(first_days.{{ activity_column(activity) }}, 0) end as {{ activity_column(activity) }}
        {%- endfor %}
    from {{ ref('int_events') }} as events
    {%- if converts_events() %}
    cross join {{ ref('stg_run') }} as run
    {{- converted_into('events', 'run.currency', 'event_date') }}
    {%- endif %}
    {%- if is_read_of_events('events.status') %}
    left join {{ ref('int_states') }} as states
        on events.subscriber_id = states.subscriber_id
        and events.event_date between states.valid_from and states.valid_to
    {%- endif %}
    {%- if activities() | length > 0 %}
    left join {{ ref('int_first_days') }} as first_days
        on events.subscriber_id = first_days.subscriber_id and events.activated_on = first_days.activated_on
    {%- endif %}
    {%- if not for_clawbacks %}
    where not events.is_only_for_clawbacks
    {%- endif %}
{%- endmacro %}
