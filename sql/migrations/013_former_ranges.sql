-- What was believed before of a link or a fraud mark by hand that was ended or cleared: registry.links and
-- registry.fraud_marks say what holds now, this what they said until then. Owned by the room `registry`.
create table registry.former_ranges (
    entry bigint generated always as identity primary key,
    kind text not null check (kind in ('link', 'fraud mark')),
    number bigint not null,                    -- of the link or the mark
    subscriber_id text not null,
    outlet_id text,                            -- null: a mark
    valid_from date not null,
    valid_to date,
    reason text not null,
    author text not null,
    known_from timestamptz not null,
    known_to timestamptz not null default now(),
    ended_from date not null,                  -- the first day on which it no longer holds
    end_reason text not null,
    end_author text not null
);
create index on registry.former_ranges (subscriber_id);

create function registry.refuse_change_of_history() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: what was believed is never rewritten', tg_table_schema || '.' || tg_table_name;
end $$;
create trigger former_ranges_are_immutable before update or delete or truncate
    on registry.former_ranges execute function registry.refuse_change_of_history();
