-- What people decide of a whole period: that it is approved, and that it is closed. Owned by the room `runs`.
-- A period's state follows from these and from what is published: open without versions; calculated with some; approved
-- while the newest approval is of exactly the current versions; closed for ever after it was closed.
create table runs.period_decisions (
    decision bigint generated always as identity primary key,
    period text not null,
    what text not null check (what in ('approved', 'withdrawn', 'closed')),
    author text not null check (author <> ''),
    reason text,
    content_hash text not null,                -- of the versions it speaks of
    decided_at timestamptz not null default now()
);
create unique index a_period_is_closed_once on runs.period_decisions (period) where what = 'closed';
create index on runs.period_decisions (period, decision);

-- The versions with which a period was closed: what readers and documents of a closed period show, for ever.
-- runs.current_versions goes on to point to the newest version, whose difference is carried into an open period.
create table runs.closed_versions (
    period text not null,
    counterparty_id text not null,
    run_id bigint not null references runs.runs,
    primary key (period, counterparty_id)
);
