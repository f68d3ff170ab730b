-- What the two sides' books differ in; what is owed to the counterparty is above zero. %(reconciliation)s, %(language)s
select
    0 as part,
    0 as line,
    'opening' as kind,
    'different' as outcome,
    null::text as reference,
    first_day as dated_on,
    opening as ours,
    their_opening as theirs,
    their_opening - opening as difference,
    currency
from reporting.reconciliations
where reconciliation = %(reconciliation)s and their_opening <> opening
union all
select
    1,
    line,
    kind,
    outcome,
    concat_ws(
        ' / ',
        case when our_period is null then our_reference
             when %(language)s = 'ru' then to_char(to_date(our_period, 'YYYY-MM'), 'MM.YYYY')
             else our_period end,
        their_reference
    ),
    coalesce(our_dated_on, their_dated_on),
    our_change,
    their_change,
    difference,
    currency
from reporting.reconciliation_lines
where reconciliation = %(reconciliation)s and outcome in ('different', 'only_ours', 'only_theirs')
order by part, line
