-- Payouts: where counterparties are paid (room `registry`), and batches of payouts from their preparation to the bank's
-- word on each (room `settlement`). Rows of settlement are only added; a batch's state is what its rows say.

-- Bank details from a day on: of a counterparty, or of one of its outlets. The newest day that has come counts, and of two
-- rows of one day the one set by hand.
create table registry.bank_accounts (
    bank_account_id text primary key,
    counterparty_id text not null references registry.counterparties deferrable initially deferred,
    outlet_id text references registry.outlets deferrable initially deferred,  -- null: of the counterparty as a whole
    recipient text not null,                   -- its name as the bank knows it
    tax_number text,
    kpp text,
    account text not null,
    bank text not null,
    bic text not null,                         -- nine digits, or SWIFT
    correspondent_account text,
    currency text not null,
    valid_from date not null,
    author text not null default 'file',
    recorded_at timestamptz not null default clock_timestamp(),
    load_id text,                              -- the load it came from; null: set by hand
    is_by_hand boolean not null generated always as (load_id is null) stored,
    unique nulls not distinct (counterparty_id, outlet_id, currency, valid_from, is_by_hand) deferrable initially deferred
);

-- What stood there before, and until when.
create table registry.former_bank_accounts (
    entry bigint generated always as identity primary key,
    bank_account_id text not null,
    counterparty_id text not null,
    outlet_id text,
    recipient text not null,
    tax_number text,
    kpp text,
    account text not null,
    bank text not null,
    bic text not null,
    correspondent_account text,
    currency text not null,
    valid_from date not null,
    author text not null,
    load_id text,
    known_from timestamptz not null,
    known_to timestamptz not null default clock_timestamp()
);
create index on registry.former_bank_accounts (counterparty_id);
create trigger former_bank_accounts_are_immutable before update or delete or truncate
    on registry.former_bank_accounts execute function registry.refuse_change_of_history();

create function registry.keep_former_bank_account() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' then
        if (old.counterparty_id, old.outlet_id, old.recipient, old.tax_number, old.kpp, old.account, old.bank, old.bic,
            old.correspondent_account, old.currency, old.valid_from)
            is not distinct from
           (new.counterparty_id, new.outlet_id, new.recipient, new.tax_number, new.kpp, new.account, new.bank, new.bic,
            new.correspondent_account, new.currency, new.valid_from)
        then
            return new;
        end if;
        new.recorded_at := clock_timestamp();
    end if;
    insert into registry.former_bank_accounts (bank_account_id, counterparty_id, outlet_id, recipient, tax_number, kpp,
        account, bank, bic, correspondent_account, currency, valid_from, author, load_id, known_from)
    values (old.bank_account_id, old.counterparty_id, old.outlet_id, old.recipient, old.tax_number, old.kpp, old.account,
        old.bank, old.bic, old.correspondent_account, old.currency, old.valid_from, old.author, old.load_id,
        old.recorded_at);
    return case when tg_op = 'UPDATE' then new else old end;
end $$;
create trigger what_was_known_is_kept before update or delete on registry.bank_accounts
    for each row execute function registry.keep_former_bank_account();

-- A batch: what was payable in a currency on a day, taken to be paid.
create table settlement.payout_batches (
    batch bigint primary key,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    dated_on date not null,                    -- the day of payment: whose bank details count, and what orders bear
    minimum numeric(18, 4) not null check (minimum >= 0),
    counterparties text[],                     -- only these payees; null: everybody
    payouts int not null check (payouts > 0),
    amount numeric(18, 4) not null check (amount > 0),
    content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),  -- of all its payouts and their parts
    request_key text unique,                   -- who asked: the same key prepares once
    author text not null check (author <> ''),
    prepared_at timestamptz not null default clock_timestamp()
);
create sequence settlement.payout_batch_numbers;

-- One payment to one payee. The bank details are those that counted when it was prepared.
create table settlement.payouts (
    payout bigint primary key,
    batch bigint not null references settlement.payout_batches deferrable initially deferred,
    counterparty_id text not null check (counterparty_id <> ''),   -- who is paid
    level text not null check (level in ('counterparty', 'group', 'outlet')),
    outlet_id text,
    currency text not null,
    amount numeric(18, 4) not null check (amount > 0),
    vat_amount numeric(18, 4) not null check (vat_amount >= 0),    -- of it value added tax
    dated_on date not null,
    end_to_end_id text not null unique check (length(end_to_end_id) <= 35),  -- what the bank names it by
    document_number int not null check (document_number between 1 and 999999),
    purpose text not null check (length(purpose) <= 210),
    bank_account_id text not null,
    recipient text not null,
    tax_number text,
    kpp text,
    account text not null,
    bank text not null,
    bic text not null,
    correspondent_account text,
    check ((level = 'outlet') = (outlet_id is not null)),
    unique nulls not distinct (batch, counterparty_id, level, outlet_id)
);
create sequence settlement.payout_numbers;
create index on settlement.payouts (batch);
create index on settlement.payouts (document_number, dated_on);

-- What a payout is made of: the balance of a counterparty and contract that it takes. Below zero where it is netted.
create table settlement.payout_parts (
    payout bigint not null references settlement.payouts,
    part int not null check (part > 0),
    counterparty_id text not null,
    contract_id text,
    amount numeric(18, 4) not null check (amount <> 0),
    primary key (payout, part)
);

-- What was payable and is not in the batch: carried forward, with the reason.
create table settlement.payouts_left_out (
    batch bigint not null references settlement.payout_batches deferrable initially deferred,
    place int not null,
    payee_id text not null,
    level text not null check (level in ('counterparty', 'group', 'outlet')),
    outlet_id text,
    counterparty_id text not null,
    contract_id text,
    amount numeric(18, 4) not null check (amount <> 0),
    reason text not null
        check (reason in ('held', 'not positive', 'below the minimum', 'no bank details', 'smaller than a unit')),
    primary key (batch, place)
);

create table settlement.payout_decisions (
    decision bigint generated always as identity primary key,
    batch bigint not null references settlement.payout_batches,
    what text not null check (what in ('approved', 'cancelled')),
    content_hash text not null,                -- what it is about
    reason text,
    author text not null check (author <> ''),
    decided_at timestamptz not null default clock_timestamp(),
    unique (batch, what)
);

-- Nobody approves what they prepared.
create function settlement.refuse_own_approval() returns trigger language plpgsql as $$
begin
    if exists (select from settlement.payout_batches
               where batch = new.batch and lower(trim(author)) = lower(trim(new.author))) then
        raise exception using errcode = 'PRM05',
            message = format('%s prepared batch %s: somebody else has to approve it.', new.author, new.batch);
    end if;
    return new;
end $$;
create trigger nobody_approves_what_they_prepared before insert on settlement.payout_decisions
    for each row when (new.what = 'approved') execute function settlement.refuse_own_approval();
alter table settlement.payout_decisions enable always trigger nobody_approves_what_they_prepared;

-- A batch's file for the bank: one, so that it can't be paid twice.
create table settlement.payout_exports (
    batch bigint primary key references settlement.payout_batches,
    decision bigint not null references settlement.payout_decisions,
    content_hash text not null,
    format text not null check (format in ('pain001', '1c')),
    file_name text not null,
    file_hash text not null check (file_hash ~ '^[0-9a-f]{64}$'),
    payouts int not null check (payouts > 0),
    amount numeric(18, 4) not null check (amount > 0),
    author text not null check (author <> ''),
    exported_at timestamptz not null
);

-- A file of the bank's word on payouts, and its entries.
create table settlement.bank_files (
    bank_file bigint generated always as identity primary key,
    file_hash text not null unique check (file_hash ~ '^[0-9a-f]{64}$'),
    file_name text not null,
    format text not null,
    entries int not null,
    author text not null check (author <> ''),
    read_at timestamptz not null default clock_timestamp()
);
create table settlement.bank_confirmations (
    bank_file bigint not null references settlement.bank_files,
    entry int not null,                        -- its place in the file, from 1
    reference text,                            -- what the bank calls the payout
    payout bigint references settlement.payouts,
    outcome text not null check (outcome in ('paid', 'rejected', 'pending')),
    amount numeric(18, 4),
    currency text,
    value_date date,
    bank_reference text,
    reason text,
    result text not null check (result in ('booked', 'repeated', 'unknown', 'differs', 'not exported', 'contradicts', 'pending')),
    remark text,                               -- in what it differs or contradicts
    primary key (bank_file, entry)
);
create index on settlement.bank_confirmations (payout);

-- What became of a payout: one outcome, after which a payment may still come back.
create table settlement.payout_outcomes (
    payout bigint not null references settlement.payouts,
    what text not null check (what in ('paid', 'rejected', 'cancelled', 'set aside', 'returned', 'released')),
    dated_on date not null,
    bank_file bigint,
    entry int,
    hold bigint references settlement.holds,
    reason text,
    author text not null check (author <> ''),
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (payout, what),
    foreign key (bank_file, entry) references settlement.bank_confirmations deferrable initially deferred,
    check ((what in ('paid', 'rejected', 'returned')) = (bank_file is not null)),
    check ((what in ('set aside', 'released')) = (hold is not null))
);
create unique index one_outcome on settlement.payout_outcomes (payout) where what not in ('returned', 'released');

do $$
declare
    name text;
begin
    foreach name in array array[
        'payout_batches', 'payouts', 'payout_parts', 'payouts_left_out', 'payout_decisions', 'payout_exports',
        'bank_files', 'bank_confirmations', 'payout_outcomes'
    ] loop
        execute format(
            'create trigger rows_never_change before update or delete or truncate on settlement.%I '
            'execute function settlement.refuse_change()', name);
        execute format('alter table settlement.%I enable always trigger rows_never_change', name);
    end loop;
end $$;

alter table ledger.transfers add foreign key (payout) references settlement.payouts;
create index on ledger.transfers (payout) where payout is not null;
create index payable_transfers on ledger.transfers (currency, counterparty_id, contract_id)
    where debit_account = 'payable' or credit_account = 'payable';
