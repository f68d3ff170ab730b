-- Reconciliations: what the books say of a counterparty between two days, beside what the counterparty's own say.
-- Owned by the room `settlement`. Rows are only added: what was found then is what its act shows for ever.
-- A change is how much more is owed to the counterparty: above zero a reward, below zero a penalty or a payment.

-- Files that counterparties gave, by their content: the same bytes are one file.
create table settlement.figure_files (
    file bigint generated always as identity primary key,
    counterparty_id text not null check (counterparty_id <> ''),
    content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
    file_name text not null,
    bytes bigint not null,
    rows bigint not null,
    author text not null check (author <> ''),
    loaded_at timestamptz not null default clock_timestamp(),
    unique (counterparty_id, content_hash)
);

create table settlement.figures (
    figure bigint generated always as identity primary key,
    file bigint not null references settlement.figure_files,
    row_number int not null,
    dated_on date not null,
    kind text not null check (kind in ('opening', 'act', 'penalty', 'deduction', 'payment', 'withheld_tax', 'other')),
    reference text,
    period text check (period ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    change numeric(18, 4) not null,
    currency text check (currency ~ '^[A-Z]{3}$'),  -- null: the one that is reconciled
    unique (file, row_number)
);

create table settlement.reconciliations (
    reconciliation bigint generated always as identity primary key,
    counterparty_id text not null check (counterparty_id <> ''),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    first_day date not null,
    last_day date not null,
    opening numeric(18, 4) not null,           -- owed to the counterparty before the first day
    debit numeric(18, 4) not null check (debit >= 0),
    credit numeric(18, 4) not null check (credit >= 0),
    closing numeric(18, 4) not null,
    file bigint references settlement.figure_files,  -- the counterparty's figures; null: not compared
    their_opening numeric(18, 4),              -- null: their figures don't say
    their_debit numeric(18, 4) check (their_debit >= 0),
    their_credit numeric(18, 4) check (their_credit >= 0),
    their_closing numeric(18, 4),
    left_out int not null default 0,           -- rows of the file that are about other days or currencies
    transfers bigint not null,                 -- how long the ledger was
    content_hash text not null unique,         -- of all it found: the same found again is the same reconciliation
    author text not null check (author <> ''),
    made_at timestamptz not null default clock_timestamp(),
    check (first_day <= last_day),
    check (closing = opening + credit - debit),
    check ((file is null) = (their_closing is null) and (file is null) = (their_debit is null)
           and (file is null) = (their_credit is null)),
    check (file is not null or their_opening is null),
    check (their_closing = coalesce(their_opening, opening) + their_debit - their_credit)
);
create index on settlement.reconciliations (counterparty_id, last_day);

-- A document that both sides, or one, know.
create table settlement.reconciliation_lines (
    reconciliation bigint not null references settlement.reconciliations,
    line int not null check (line > 0),
    outcome text not null check (outcome in ('equal', 'different', 'only_ours', 'only_theirs', 'not_compared')),
    kind text not null,
    our_reference text,
    our_period text,
    our_dated_on date,
    our_change numeric(18, 4),
    figure bigint references settlement.figures,
    their_change numeric(18, 4),
    primary key (reconciliation, line),
    unique (reconciliation, figure),
    check ((our_change is null) = (our_dated_on is null)),
    check ((figure is null) = (their_change is null)),
    check (case outcome
        when 'equal' then our_change = their_change
        when 'different' then our_change <> their_change
        when 'only_theirs' then our_change is null and their_change is not null
        else our_change is not null and their_change is null
    end)
);

-- The transfers that a line of ours is made of.
create table settlement.reconciliation_entries (
    reconciliation bigint not null,
    line int not null,
    transfer_id bigint not null references ledger.transfers,
    change numeric(18, 4) not null,
    primary key (reconciliation, transfer_id),
    foreign key (reconciliation, line) references settlement.reconciliation_lines
);

alter table documents.documents add column reconciliation bigint;  -- of an act: which
create index on ledger.transfers (counterparty_id, dated_on);

do $$
declare
    name text;
begin
    foreach name in array array[
        'figure_files', 'figures', 'reconciliations', 'reconciliation_lines', 'reconciliation_entries'
    ] loop
        execute format(
            'create trigger rows_never_change before update or delete or truncate on settlement.%I '
            'execute function settlement.refuse_change()', name);
        execute format('alter table settlement.%I enable always trigger rows_never_change', name);
    end loop;
end $$;
