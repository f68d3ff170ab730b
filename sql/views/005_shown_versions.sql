-- For the rooms and for the analysts' views: which versions readers see, and what state a period is in.
-- They are views of the schema runs, made anew with the analysts', which stand on them.
drop view if exists runs.period_states, runs.period_contents, runs.version_times, runs.shown_versions;

-- Of a closed period the versions it was closed with, whatever is calculated later; of any other the current ones.
create view runs.shown_versions as
select period, counterparty_id, run_id from runs.closed_versions
union all
select period, counterparty_id, run_id
from runs.current_versions
-- not in, for PostgreSQL then expects about half of the rows; of an anti-join it expects one, and loops over all lines
where period not in (select period from runs.period_decisions where what = 'closed');

-- A hash of a period's current versions: what an approval is of.
create view runs.period_contents as
select
    period,
    count(*) as counterparties,
    encode(sha256(convert_to(string_agg(
        concat(counterparty_id, '|', run_id, '|', content_hash, E'\n'), '' order by counterparty_id collate "C"
    ), 'UTF8')), 'hex') as content_hash
from runs.current_versions
inner join results.versions using (period, counterparty_id, run_id)
group by period;

-- A row a period of which there is anything: its state, and the decision that made it: the closing, or the newest.
create view runs.period_states as
with

periods as (
    select period from runs.current_versions
    union
    select period from runs.period_decisions
    union
    select period from loads.partitions where period is not null
),

newest as (
    select distinct on (period) period, what, author, reason, content_hash, decided_at
    from runs.period_decisions
    order by period, (what = 'closed') desc, decision desc  -- corrections of a closed period are approved after the closing
)

select
    periods.period,
    case
        when newest.what = 'closed' then 'closed'
        when contents.period is null then 'open'
        when newest.what = 'approved' and newest.content_hash = contents.content_hash then 'approved'
        else 'calculated'
    end as state,
    coalesce(contents.counterparties, 0) as counterparties,
    contents.content_hash,
    newest.what,
    newest.author,
    newest.reason,
    newest.decided_at
from periods
left join newest using (period)
left join runs.period_contents as contents using (period);

-- Each time a version was current: from when and until when, and the same of when readers saw it. A version of a closed
-- period that was calculated after the closing is never seen; the one it was closed with is seen for ever.
create view runs.version_times as
with

times as (
    select
        period,
        counterparty_id,
        to_run as run_id,
        moved_at as current_from,
        lead(moved_at) over (partition by period, counterparty_id order by move) as current_to
    from runs.version_moves
),

closings as (
    select period, decided_at from runs.period_decisions where what = 'closed'
)

select
    times.period,
    times.counterparty_id,
    times.run_id,
    times.current_from,
    times.current_to,
    case when times.current_from < coalesce(closings.decided_at, 'infinity') then times.current_from end as shown_from,
    case when times.current_to <= coalesce(closings.decided_at, 'infinity') then times.current_to end as shown_to
from times
left join closings using (period)
where times.run_id is not null;
