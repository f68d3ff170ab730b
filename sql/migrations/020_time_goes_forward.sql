-- A clock that is set back must not turn the books around: what came later is never said to have come earlier.
-- A month's moves and decisions, and the ledger's transfers, bear the server's time or, where that is behind what they
-- follow, the time of what they follow.

create function runs.moment(of_period text) returns timestamptz language sql volatile return greatest(
    clock_timestamp(),
    (select max(moved_at) from runs.version_moves where period = of_period),
    (select max(decided_at) from runs.period_decisions where period = of_period)
);
comment on function runs.moment is 'The time to write on what happens to a period now: never before what has happened to it.';

create function runs.decide_after_what_was_done() returns trigger language plpgsql as $$
begin
    new.decided_at := greatest(
        new.decided_at,
        runs.moment(new.period) + interval '1 microsecond',
        (select recorded_at from ledger.transfers order by transfer_id desc limit 1));
    return new;
end $$;
create trigger decisions_come_after before insert on runs.period_decisions
    for each row execute function runs.decide_after_what_was_done();
