-- How much of it is equal and how much is not. %(reconciliation)s
select
    outcome,
    count(*) as lines,
    coalesce(sum(our_change), 0) as ours,
    coalesce(sum(their_change), 0) as theirs,
    case when outcome <> 'not_compared' then sum(difference) end as difference,
    currency
from reporting.reconciliation_lines
where reconciliation = %(reconciliation)s
group by outcome, currency
order by array_position(array['equal', 'different', 'only_ours', 'only_theirs', 'not_compared'], outcome)
