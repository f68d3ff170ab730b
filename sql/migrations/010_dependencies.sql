-- What a version stands on beyond its own inputs, and what is undone together. Owned by the room `runs`.

-- Contracts that a run left out, and why: [{contract_id, counterparty_id, en, ru}]. Null: a run of before this was kept.
alter table runs.runs add column problems jsonb;

-- Which earlier partition a version was made from, as it was when the run pinned it; only what entered into its amounts.
create table runs.dependencies (
    run_id bigint not null references runs.runs,
    counterparty_id text not null,             -- with run_id: the version that depends
    on_period text not null,
    on_counterparty_id text not null,
    on_run bigint not null references runs.runs,   -- with the two before: the version it was made from
    what text not null check (what in ('clawback', 'cumulative', 'draw', 'look-again')),
    primary key (run_id, counterparty_id, on_period, on_counterparty_id, what)
);
create index on runs.dependencies (on_run, on_counterparty_id);

-- Rollbacks of a partition with all that depends on it. Written with the moves back, so that what was begun is known:
-- `again` lists what is to be calculated again, oldest first: [{period, counterparties}].
create table runs.chains (
    chain bigint generated always as identity primary key,
    request_key text unique,
    period text not null,
    counterparties text[],                     -- null: the whole period
    reason text not null,
    moves jsonb not null,                      -- [{period, counterparty_id, from_run, to_run}], in the order they were made
    again jsonb not null,
    begun_at timestamptz not null default now(),
    finished_at timestamptz
);
