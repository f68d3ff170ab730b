-- Files in: every file that was offered, what became of it, and its partitions in the lake.
-- Owned by the room `loaders`. A load is named by its content: the same bytes are the same load.
create schema loads;

create table loads.loads (
    load_id text primary key,                  -- first 16 hex digits of the content's SHA-256
    data_set text not null,
    file_name text not null,
    slot text not null,                        -- what the file is about (data set, period, branch): a new file
                                               -- of the same slot supersedes the one before
    branch text,
    state text not null check (state in ('live', 'superseded', 'refused')),
    state_reason jsonb,                        -- refused: {code, message: {en, ru}, where}
    superseded_by text references loads.loads,
    content_hash text not null unique,
    bytes bigint not null,
    rows_total bigint,                         -- rows_total = rows_accepted + rows_quarantined
    rows_accepted bigint,
    rows_quarantined bigint,
    control jsonb,                             -- control totals that came with the file
    seconds numeric(12, 3) not null,
    loaded_at timestamptz not null default now(),
    check (state = 'refused' or rows_total = rows_accepted + rows_quarantined)
);
create unique index one_live_load_a_slot on loads.loads (slot) where state = 'live';

-- The typed Parquet files of an accepted load, a period each (period is null for reference data).
create table loads.partitions (
    load_id text not null references loads.loads,
    period text,
    path text not null,                        -- relative to the project's home
    rows bigint not null,
    content_hash text not null,
    unique nulls not distinct (load_id, period)
);
create index on loads.partitions (period);

-- How many rows were refused, by reason; the rows themselves are Parquet in quarantine.
create table loads.quarantined (
    load_id text not null references loads.loads,
    reason text not null,
    rows bigint not null,
    path text not null,
    primary key (load_id, reason)
);

-- Every state a load has been in, and each time its bytes were offered again.
create table loads.history (
    entry bigint generated always as identity primary key,
    load_id text not null references loads.loads,
    what text not null check (what in ('accepted', 'refused', 'superseded', 'reinstated', 'offered again')),
    file_name text not null,
    at timestamptz not null default now()
);
