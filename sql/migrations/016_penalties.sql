-- Penalties, fines and deductions: what is charged to counterparties, with what evidence, and what became of each.
-- Owned by the room `settlement`. Rows are only added: a penalty's state is what was said of it last.

create table settlement.penalties (
    penalty bigint generated always as identity primary key,
    external_id text check (external_id <> ''),  -- its number where it was decided; null: it has none
    edition int not null default 1 check (edition > 0),  -- a corrected file charges the same number anew: 2, 3…
    kind text not null check (kind in ('penalty', 'fine', 'deduction')),
    counterparty_id text not null check (counterparty_id <> ''),
    contract_id text,
    outlet_id text,
    period text not null check (period ~ '^\d{4}-(0[1-9]|1[0-2])$'),  -- the month it is about
    dated_on date not null,
    amount numeric(18, 4) not null check (amount > 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    reason text not null check (reason <> ''),
    clause text,                               -- of the contract
    load_id text references loads.loads,       -- the file it came from; null: charged by hand
    row_number int,
    instead_of bigint unique references settlement.penalties,  -- of one that was charged lower after an appeal: the first
    author text not null check (author <> ''),
    charged_at timestamptz not null default clock_timestamp(),
    unique (external_id, edition),
    check ((load_id is null) = (row_number is null)),
    check (load_id is null or external_id is not null)
);
create index on settlement.penalties (counterparty_id, dated_on);

-- What was said of a penalty after it was charged.
create table settlement.penalty_decisions (
    decision bigint generated always as identity primary key,
    penalty bigint not null references settlement.penalties,
    what text not null check (what in (
        'appealed',                            -- the counterparty objects
        'appeal withdrawn',                    -- and does so no longer
        'upheld',                              -- the appeal was decided: the penalty stays
        'reversed',                            -- the appeal was decided: nothing is charged
        'reduced',                             -- the appeal was decided: less is charged, by another penalty
        'withdrawn'                            -- the operator takes the penalty back
    )),
    reason text not null check (reason <> ''),
    by_file boolean not null default false,    -- withdrawn because the live files no longer say it
    author text not null check (author <> ''),
    decided_at timestamptz not null default clock_timestamp(),
    check (not by_file or what = 'withdrawn')
);
create index on settlement.penalty_decisions (penalty, decision);
-- It is ended once.
create unique index a_penalty_ends_once on settlement.penalty_decisions (penalty)
    where what in ('reversed', 'reduced', 'withdrawn');

-- Files that show why; their bytes are under evidence/ in the project's home, named by their SHA-256.
create table settlement.penalty_evidence (
    evidence bigint generated always as identity primary key,
    penalty bigint not null references settlement.penalties,
    name text not null check (name <> ''),
    media_type text not null,
    bytes bigint not null check (bytes >= 0),
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    author text not null check (author <> ''),
    attached_at timestamptz not null default clock_timestamp(),
    unique (penalty, sha256)
);

alter table ledger.transfers add foreign key (penalty) references settlement.penalties;
alter table settlement.disputes add foreign key (penalty) references settlement.penalties;
create index transfers_of_a_penalty on ledger.transfers (penalty) where penalty is not null;

do $$
declare
    name text;
begin
    foreach name in array array['penalties', 'penalty_decisions', 'penalty_evidence'] loop
        execute format(
            'create trigger rows_never_change before update or delete or truncate on settlement.%I '
            'execute function settlement.refuse_change()', name);
        execute format('alter table settlement.%I enable always trigger rows_never_change', name);
    end loop;
end $$;
