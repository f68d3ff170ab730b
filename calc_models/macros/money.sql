{#- An exact amount rounded once, by the places and mode that stand in its row. A cast to fewer places rounds a
    tie away from zero; half to even steps back where that made the last digit odd. -#}
{% macro rounded(amount, places, mode) -%}
    case {{ places }}
    {%- for digits in range(5) %}
    {%- set up = "cast(" ~ amount ~ " as decimal(18, " ~ digits ~ "))" %}
    {%- set unit = "cast(1 as decimal(18, 4))" if digits == 0 else "cast(0." ~ "0" * (digits - 1) ~ "1 as decimal(18, 4))" %}
        when {{ digits }} then cast(case
            when {{ mode }} = 'half_even'
                and abs({{ up }} - ({{ amount }})) = cast(0.{{ "0" * digits }}5 as decimal(18, 6))
                and abs(cast({{ up }} * {{ 10 ** digits }} as bigint)) % 2 = 1
                then {{ up }} - {{ unit }} * sign({{ up }})
            else {{ up }}
        end as decimal(18, 4))
    {%- endfor %}
    end
{%- endmacro %}
