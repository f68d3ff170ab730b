-- Both sides' books side by side: opening balance, documents, turnover, closing balance. %(reconciliation)s, %(language)s
-- What is owed to the counterparty stands on the credit side of the operator's books, on the debit side of its own.
with

act as (
    select
        *,
        case when file is not null then coalesce(their_opening, opening) end as their_begin
    from reporting.reconciliations
    where reconciliation = %(reconciliation)s
),

balances as (
    select 0 as part, 'opening' as kind, currency, first_day as day, opening as ours, their_begin as theirs from act
    union all
    select 3, 'closing', currency, last_day, closing, their_closing from act
)

select
    1 as level,
    part,
    0 as line,
    kind,
    null::text as our_reference,
    day as our_dated_on,
    case when ours < 0 then -ours end as our_debit,
    case when ours >= 0 then ours end as our_credit,
    null::text as their_reference,
    case when theirs is not null then day end as their_dated_on,
    case when theirs >= 0 then theirs end as their_debit,
    case when theirs < 0 then -theirs end as their_credit,
    null::text as outcome,
    currency
from balances
union all
select
    0,
    1,
    line,
    kind,
    case when our_period is null then our_reference
         when %(language)s = 'ru' then to_char(to_date(our_period, 'YYYY-MM'), 'MM.YYYY')
         else our_period end,
    our_dated_on,
    nullif(our_debit, 0),
    nullif(our_credit, 0),
    concat_ws(', ', their_reference,
        case when %(language)s = 'ru' then to_char(to_date(their_period, 'YYYY-MM'), 'MM.YYYY') else their_period end),
    their_dated_on,
    nullif(their_debit, 0),
    nullif(their_credit, 0),
    outcome,
    currency
from reporting.reconciliation_lines
where reconciliation = %(reconciliation)s
union all
select 1, 2, 0, 'turnover', null, null, debit, credit, null, null, their_debit, their_credit, null, currency
from act
order by part, line
