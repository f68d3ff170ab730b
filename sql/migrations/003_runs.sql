-- Calculating: runs, who may write a partition, which version is current, and the published results.
-- Owned by the room `runs`. A partition is (period, counterparty); '' stands for events that are nobody's.
create schema runs;
create schema results;

create table runs.runs (
    run_id bigint generated always as identity primary key,   -- also the fencing token: a newer run has a larger one
    period text not null,
    counterparties text[],                     -- null: the whole period
    request_key text unique,                   -- who asked, so that asking twice calculates once
    reason text,
    state text not null check (state in ('running', 'published', 'failed', 'rolled back')),
    error text,
    inputs_hash text,                          -- of all that was pinned: equal inputs give equal results
    manifest jsonb,
    stages jsonb,                              -- seconds and rows of each stage
    started_at timestamptz not null default now(),
    finished_at timestamptz
);
create index on runs.runs (period);

-- The newest run that began for a partition. A publisher whose run is not the newest is refused.
create table runs.fences (
    period text not null,
    counterparty_id text not null,             -- '*': the whole period
    token bigint not null references runs.runs,
    primary key (period, counterparty_id)
);

-- Which run's version of a partition is current.
create table runs.current_versions (
    period text not null,
    counterparty_id text not null,
    run_id bigint not null references runs.runs,
    primary key (period, counterparty_id)
);

-- Every move of the pointer, for ever.
create table runs.version_moves (
    move bigint generated always as identity primary key,
    period text not null,
    counterparty_id text not null,
    from_run bigint references runs.runs,
    to_run bigint references runs.runs,
    what text not null check (what in ('published', 'rolled back')),
    reason text,
    request_key text,                          -- who asked for a rollback, so that asking twice moves once
    moved_at timestamptz not null default now()
);
create index on runs.version_moves (period, counterparty_id);
create unique index on runs.version_moves (request_key, counterparty_id);

-- A version of a partition: what a run published for one counterparty, with a hash of its lines and rewards.
create table results.versions (
    run_id bigint not null references runs.runs,
    period text not null,
    counterparty_id text not null,
    lines bigint not null,
    amount numeric(18, 4) not null,
    content_hash text not null,
    primary key (run_id, counterparty_id)
);

create table results.reward_lines (
    run_id bigint not null,
    period text not null,
    counterparty_id text not null,             -- '' where nobody's
    contract_id text,
    scheme text,
    scheme_version int,
    component text,
    stream text not null,
    data_set text,                             -- with load_id and row_number: the input row; null for a period's line
    load_id text,
    row_number int,
    event_id text,
    event_date date not null,
    subscriber_id text,
    outlet_id text,
    product_id text,
    base_amount numeric(18, 4),                -- the amount of the event, or the sum measured over the period
    base_count bigint,                         -- events measured over the period
    amount numeric(18, 4) not null,
    currency text,
    outcome text not null,
    reason text,
    failed_condition int,                      -- which of the component's conditions was not met, from 1
    tier_split text                            -- JSON: each tier's part of the measure, its rate and its amount
) partition by list (period);

create table results.rewards (
    run_id bigint not null,
    period text not null,
    counterparty_id text not null,
    contract_id text not null,
    scheme text not null,
    scheme_version int not null,
    component text not null,
    currency text not null,
    lines bigint not null,
    paid_lines bigint not null,
    base_amount numeric(18, 4) not null,
    amount numeric(18, 4) not null
) partition by list (period);

-- Every input row ends in exactly one place: counts by data set, load, outcome and reason.
create table results.row_outcomes (
    run_id bigint not null,
    period text not null,
    counterparty_id text not null,
    data_set text not null,
    load_id text not null,
    outcome text not null,
    reason text,
    rows bigint not null
) partition by list (period);

-- Intermediate: whose subscriber it was in the period, and by which link.
create table results.ownership (
    run_id bigint not null,
    period text not null,
    subscriber_id text not null,
    counterparty_id text not null,
    outlet_id text,
    link text not null,
    valid_from date not null,
    valid_to date not null,
    iccid text,
    sale_id text,
    sold_on date
) partition by list (period);

-- Intermediate: what was measured over the period by contract and component, before tiers and limits.
create table results.volumes (
    run_id bigint not null,
    period text not null,
    counterparty_id text not null,
    contract_id text not null,
    scheme text not null,
    scheme_version int not null,
    component text not null,
    base_count bigint not null,
    base_amount numeric(18, 4) not null
) partition by list (period);
