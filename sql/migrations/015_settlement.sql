-- What people say about money owed: statements accepted or disputed, payments put off. Owned by the room `settlement`.
-- Rows are only added: what was said stays, and what ends it is another row.
create schema settlement;

create function settlement.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'PRM00',
        message = format('%s.%s is append-only.', tg_table_schema, tg_table_name),
        hint = 'What was said stays; what ends it is said beside it.';
end $$;

-- Terms of a contract that files or people may set; null: the operator's usual ones (docs/settling.md).
alter table registry.contracts add column acceptance_days int check (acceptance_days >= 0);
comment on column registry.contracts.acceptance_days is 'days after the approval until a statement is deemed accepted';
alter table registry.contracts add column minimum_payout numeric(18, 4) check (minimum_payout >= 0);
comment on column registry.contracts.minimum_payout is 'less than this is not paid out but carried forward';

-- A counterparty's word on the statement of a month.
create table settlement.statement_decisions (
    decision bigint generated always as identity primary key,
    period text not null check (period ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    counterparty_id text not null,
    what text not null check (what in ('accepted', 'recalled')),   -- recalled: the acceptance was a mistake
    run_id bigint references runs.runs,        -- the version that it is about
    reason text,
    author text not null check (author <> ''),
    decided_at timestamptz not null default clock_timestamp()
);
create index on settlement.statement_decisions (counterparty_id, period, decision);

-- Payments put off, from the widest to the narrowest: all of a counterparty (of a month, a contract, or whatever comes),
-- a component of a month, a line; or a payout that is prepared.
create table settlement.holds (
    hold bigint generated always as identity primary key,
    level text not null check (level in ('counterparty', 'component', 'line', 'payout')),
    counterparty_id text not null check (counterparty_id <> ''),
    period text check (period ~ '^\d{4}-(0[1-9]|1[0-2])$'),        -- the month it is about; null: every month
    contract_id text,                          -- null: every contract
    component text,
    line text,                                 -- its code in reporting.reward_lines
    payout bigint,
    reason text not null check (reason <> ''),
    author text not null check (author <> ''),
    placed_at timestamptz not null default clock_timestamp(),
    check ((level = 'component') = (component is not null)),
    check ((level = 'line') = (line is not null)),
    check ((level = 'payout') = (payout is not null)),
    check (level not in ('component', 'line') or period is not null)
);
create index on settlement.holds (counterparty_id);

create table settlement.hold_releases (
    hold bigint primary key references settlement.holds,           -- a hold is released once
    reason text not null check (reason <> ''),
    author text not null check (author <> ''),
    released_at timestamptz not null default clock_timestamp()
);

-- What a counterparty objects to, and what became of it.
create table settlement.disputes (
    dispute bigint generated always as identity primary key,
    period text not null check (period ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    counterparty_id text not null check (counterparty_id <> ''),
    about text not null check (about in ('line', 'penalty', 'balance')),
    line text,                                 -- its code in reporting.reward_lines
    penalty bigint,
    claim text not null check (claim <> ''),
    claimed_amount numeric(18, 4),             -- what it should be in the counterparty's opinion
    author text not null check (author <> ''),
    opened_at timestamptz not null default clock_timestamp(),
    check ((about = 'line') = (line is not null)),
    check ((about = 'penalty') = (penalty is not null))
);
create index on settlement.disputes (counterparty_id, period);

create table settlement.dispute_answers (
    dispute bigint primary key references settlement.disputes,     -- a dispute is answered once
    what text not null check (what in ('granted', 'refused', 'withdrawn')),
    answer text not null check (answer <> ''),
    author text not null check (author <> ''),
    answered_at timestamptz not null default clock_timestamp()
);

alter table ledger.transfers add foreign key (hold) references settlement.holds;

do $$
declare
    name text;
begin
    foreach name in array array['statement_decisions', 'holds', 'hold_releases', 'disputes', 'dispute_answers'] loop
        execute format(
            'create trigger rows_never_change before update or delete or truncate on settlement.%I '
            'execute function settlement.refuse_change()', name);
        execute format('alter table settlement.%I enable always trigger rows_never_change', name);
    end loop;
end $$;

-- What holds where a contract says nothing. One row; changed by hand, seldom, by whoever owns the tables.
create table settlement.usual_terms (
    only_one boolean primary key default true check (only_one),
    acceptance_days int not null check (acceptance_days >= 0)
);
insert into settlement.usual_terms (acceptance_days) values (10);
