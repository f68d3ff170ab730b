-- One row a range of days in which a subscriber is marked as fraud, from files and by hand, overlaps merged.
-- Key: subscriber_id, valid_from. Days are inclusive; an open end is 9999-12-31. The row is that of the mark that begins.
with

marks as (
    select
        subscriber_id, valid_from, coalesce(valid_to, date '9999-12-31') as valid_to,
        'antifraud_marks' as data_set, load_id, row_number
    from {{ source('inputs', 'antifraud_marks') }}
    union all
    select
        subscriber_id, valid_from, coalesce(valid_to, date '9999-12-31') as valid_to,
        'fraud_marks' as data_set, 'by hand' as load_id, cast(mark_id as int) as row_number
    from {{ source('inputs', 'fraud_marks') }}
),

marks_that_begin_anew as (
    select
        *,
        coalesce(
            valid_from > max(valid_to) over (
                partition by subscriber_id order by valid_from, valid_to, data_set, load_id, row_number
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as begins_anew
    from marks
),

marks_by_range as (
    select
        *,
        count(*) filter (where begins_anew) over (
            partition by subscriber_id order by valid_from, valid_to, data_set, load_id, row_number
            rows between unbounded preceding and current row
        ) as range_number
    from marks_that_begin_anew
)

select
    subscriber_id,
    min(valid_from) as valid_from,
    max(valid_to) as valid_to,
    max(data_set) filter (where begins_anew) as data_set,
    max(load_id) filter (where begins_anew) as load_id,
    max(row_number) filter (where begins_anew) as row_number
from marks_by_range
group by subscriber_id, range_number
