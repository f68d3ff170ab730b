{#- What an engine says in its own way: one macro a thing, one implementation an engine (there is DuckDB's), and no
    engine's name anywhere else. -#}

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

{#- The functions that formulas divide with: exact, in whole millionths; a decimal divided in SQL becomes a float.
    ratio: to six places, a tie away from zero, unknown for a zero whole. started, completed: how many of the whole
    are begun, or complete, in the part; none below zero, unknown where a part is. portion: of a whole, what a part of all is due, to ten places and
    one more, which is 1 where something remains: so rounding it to fewer is rounding the exact quotient, in any mode. -#}
{% macro create_functions() -%}
    {{ adapter.dispatch('create_functions', 'calc_models')() }}
{%- endmacro %}

{% macro duckdb__create_functions() -%}
    create or replace macro millionths(a) as cast(cast(a as decimal(28, 6)) * 1000000 as hugeint);
    create or replace macro ratio(a, b) as cast(0.000001 as decimal(7, 6)) * try_cast(
        (abs(millionths(a)) * 2000000 + abs(millionths(b))) // nullif(2 * abs(millionths(b)), 0)
        * sign(millionths(a)) * sign(millionths(b)) as decimal(18, 0)
    );
    create or replace macro ten_thousandths(a) as cast(cast(a as decimal(28, 4)) * 10000 as hugeint);
    create or replace macro portion(whole, part, of_all) as cast(0.00000000001 as decimal(11, 11)) * try_cast(
        ((abs(ten_thousandths(whole) * ten_thousandths(part)) * 1000000 // nullif(abs(ten_thousandths(of_all)), 0)) * 10
            + case when abs(ten_thousandths(whole) * ten_thousandths(part)) * 1000000 % nullif(abs(ten_thousandths(of_all)), 0) <> 0 then 1 else 0 end)
        * sign(whole) * sign(ten_thousandths(part)) * sign(ten_thousandths(of_all)) as decimal(26, 0)
    );
    create or replace macro completed(a, b) as try_cast(case
        when millionths(a) > 0 and millionths(b) > 0 then millionths(a) // millionths(b)
        when millionths(a) is not null and millionths(b) <> 0 then 0
    end as decimal(18, 0));
    create or replace macro started(a, b) as try_cast(case
        when millionths(a) > 0 and millionths(b) > 0 then (millionths(a) + millionths(b) - 1) // millionths(b)
        when millionths(a) is not null and millionths(b) <> 0 then 0
    end as decimal(18, 0));
{%- endmacro %}

{#- The day so many months and days later; a month ends as whole_months says. -#}
{% macro later(day, months, days) -%}
    {{ adapter.dispatch('later', 'calc_models')(day, months, days) }}
{%- endmacro %}

{% macro duckdb__later(day, months, days) -%}
    cast({{ day }} + to_months({{ months }}) + to_days({{ days }}) as date)
{%- endmacro %}
