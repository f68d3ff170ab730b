-- Money owed: an append-only ledger. A row is one transfer of an amount between two accounts of a counterparty, so that
-- nothing can be unbalanced. Owned by the room `settlement`.
-- The only way in is ledger.post(); rows are never changed, and a mistake is undone by a reversal, once.
create schema ledger;

create table ledger.accounts (
    account text primary key,
    side text not null check (side in ('debit', 'credit')),  -- the side on which its balance grows
    is_owed boolean not null,                  -- whether its balance is owed to the counterparty
    name_en text not null,
    name_ru text not null,
    meaning_en text not null,
    meaning_ru text not null
);
insert into ledger.accounts values
    ('reward_cost', 'debit', false, 'cost of rewards', 'расходы на вознаграждения',
     'What the operator spends on rewards.', 'Что оператор тратит на вознаграждения.'),
    ('accrued', 'credit', true, 'accrued', 'начислено',
     'Approved rewards, with their VAT, that are not yet due for payment.',
     'Утверждённые вознаграждения с НДС, срок оплаты которых не наступил.'),
    ('payable', 'credit', true, 'payable', 'к выплате',
     'Owed, and due for payment.', 'Долг, который пора выплатить.'),
    ('held', 'credit', true, 'held', 'приостановлено',
     'Owed, and not to be paid for now.', 'Долг, выплата которого приостановлена.'),
    ('in_payment', 'credit', true, 'in payment', 'в оплате',
     'Owed, and taken into a payout whose outcome the bank has not said yet.',
     'Долг, включённый в выплату, исход которой банк ещё не сообщил.'),
    ('penalties', 'credit', false, 'penalties', 'штрафы',
     'Charged to the counterparty: penalties and fines.', 'Взыскано с контрагента: штрафы и пени.'),
    ('deductions', 'credit', false, 'deductions', 'удержания',
     'Deducted from what is paid, for another reason than a penalty or a tax.',
     'Удержано из выплат не в виде штрафа и не в виде налога.'),
    ('vat', 'debit', false, 'VAT', 'НДС',
     'Value added tax on top of what the counterparty earned.', 'Налог на добавленную стоимость сверх заработанного.'),
    ('withheld_tax', 'credit', false, 'withheld tax', 'удержанный налог',
     'Tax that the operator withholds and pays in the counterparty''s place.',
     'Налог, который оператор удерживает и платит за контрагента.'),
    ('paid', 'credit', false, 'paid', 'выплачено',
     'What has been paid to the counterparty.', 'Что выплачено контрагенту.');

-- Why a transfer was made.
create table ledger.causes (
    cause text primary key,
    name_en text not null,
    name_ru text not null,
    meaning_en text not null,
    meaning_ru text not null
);
insert into ledger.causes values
    ('reward', 'reward', 'вознаграждение',
     'An approved reward, or what it differs by from what was posted of it before, while its period is not closed.',
     'Утверждённое вознаграждение или его отличие от проведённого ранее, пока период не закрыт.'),
    ('adjustment', 'adjustment', 'корректировка',
     'The difference of an approved reward of a closed period, carried into an open one.',
     'Отличие утверждённого вознаграждения закрытого периода, перенесённое в открытый.'),
    ('rollback', 'rollback', 'откат',
     'What was posted of a version that was rolled back is taken back.',
     'Сторно того, что было проведено по отменённой версии.'),
    ('reversal', 'reversal', 'сторно',
     'Another transfer was a mistake and is undone.', 'Другая проводка была ошибкой и отменена.'),
    ('vat', 'VAT', 'НДС',
     'Value added tax on the rewards of a period, or what it differs by from what was posted of it before.',
     'НДС на вознаграждения периода или его отличие от проведённого ранее.'),
    ('due', 'fell due', 'наступил срок оплаты',
     'The statement was accepted, or is deemed accepted: what was accrued is payable.',
     'Отчёт принят или считается принятым: начисленное подлежит выплате.'),
    ('withheld tax', 'withheld tax', 'удержанный налог',
     'Tax withheld of what is payable.', 'Налог, удержанный из суммы к выплате.'),
    ('hold', 'hold', 'приостановка',
     'Payment of a line, a component, a counterparty or a payout is put off.',
     'Выплата строки, составляющей, контрагенту или отдельной выплаты приостановлена.'),
    ('release', 'release of a hold', 'снятие приостановки',
     'What was held is payable again.', 'Приостановленное снова подлежит выплате.'),
    ('penalty', 'penalty', 'штраф',
     'A penalty or a fine is charged.', 'Начислен штраф или пеня.'),
    ('deduction', 'deduction', 'удержание',
     'Deducted from what is payable.', 'Удержано из суммы к выплате.'),
    ('payout', 'payout', 'включено в выплату',
     'A payout takes it.', 'Сумма включена в выплату.'),
    ('payment', 'payment', 'оплата',
     'The bank has said that a payout was paid.', 'Банк подтвердил оплату.'),
    ('return', 'returned payout', 'возврат выплаты',
     'A payout was rejected by the bank, or cancelled: what it took is payable again.',
     'Выплата отклонена банком или отменена: её сумма снова подлежит выплате.');

create table ledger.transfers (
    transfer_id bigint primary key,            -- its place in the chain: 1, 2, 3… without gaps
    period text not null check (period ~ '^\d{4}-(0[1-9]|1[0-2])$'),         -- the period it is booked in
    origin_period text not null check (origin_period ~ '^\d{4}-(0[1-9]|1[0-2])$'),  -- the period it is about
    dated_on date not null,                    -- the day that its document bears, for both sides
    counterparty_id text not null check (counterparty_id <> ''),
    contract_id text,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    debit_account text not null references ledger.accounts,
    credit_account text not null references ledger.accounts,
    amount numeric(18, 4) not null check (amount > 0),
    cause text not null references ledger.causes,
    component text,                            -- of a reward: which component of the scheme
    run_id bigint references runs.runs,        -- of a reward: the version that the transfer brings it to
    move bigint references runs.version_moves, -- of a rollback: the move of the pointer
    decision bigint references runs.period_decisions,  -- of a reward or adjustment: the approval
    reverses bigint unique references ledger.transfers,
    penalty bigint,                            -- of a penalty, fine or deduction, and of its reversal: which
    hold bigint,                               -- of a hold and its release, where it is about one: which
    payout bigint,                             -- of a payout, its payment or return: which
    reason text,
    author text not null check (author <> ''),
    idempotency_key text not null unique check (idempotency_key <> ''),
    content_hash bytea not null,               -- of all that was asked for under the key
    recorded_at timestamptz not null,
    previous_hash bytea not null,
    hash bytea not null check (length(hash) = 32),
    check (debit_account <> credit_account),
    check (period >= origin_period),
    check ((cause = 'reversal') = (reverses is not null)),
    check (cause not in ('reward', 'adjustment', 'rollback') or (contract_id is not null and component is not null)),
    check (cause not in ('reward', 'adjustment') or decision is not null),
    check (cause <> 'rollback' or move is not null),
    check (cause not in ('penalty', 'deduction') or penalty is not null),
    check (cause not in ('payout', 'payment', 'return') or payout is not null)
);
create index on ledger.transfers (counterparty_id, transfer_id);
create index on ledger.transfers (origin_period, counterparty_id);

-- How long the chain is and how it ends: a tail that was cut off is missed.
create table ledger.head (
    only_one boolean primary key default true check (only_one),
    transfers bigint not null,
    hash bytea not null
);
insert into ledger.head (transfers, hash) values (0, sha256(''));

-- Nothing is changed or removed, whoever asks. "Always": also while a replica's changes are applied.
create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'PRM00',
        message = format('%s.%s is append-only.', tg_table_schema, tg_table_name),
        hint = 'A mistake is undone by a reversal: prm reverse.';
end $$;

create trigger transfers_never_change before update or delete or truncate
    on ledger.transfers execute function ledger.refuse_change();
alter table ledger.transfers enable always trigger transfers_never_change;

create trigger there_is_one_head before insert or delete or truncate
    on ledger.head execute function ledger.refuse_change();
create trigger the_head_goes_forward before update on ledger.head
    for each row when (new.transfers <= old.transfers) execute function ledger.refuse_change();
alter table ledger.head enable always trigger there_is_one_head;
alter table ledger.head enable always trigger the_head_goes_forward;

-- A reversal mirrors its original: the same in all but the accounts, which are swapped.
create function ledger.refuse_unlike_reversal() returns trigger language plpgsql as $$
declare
    original ledger.transfers;
begin
    select * into original from ledger.transfers where transfer_id = new.reverses;
    if original.reverses is not null
        or (new.debit_account, new.credit_account, new.amount, new.currency, new.counterparty_id, new.contract_id,
            new.component, new.origin_period, new.penalty, new.hold, new.payout)
        is distinct from
           (original.credit_account, original.debit_account, original.amount, original.currency,
            original.counterparty_id, original.contract_id, original.component, original.origin_period,
            original.penalty, original.hold, original.payout)
    then
        raise exception using errcode = 'PRM03',
            message = format('A reversal of transfer %s must mirror it, and a reversal can''t be reversed.', new.reverses);
    end if;
    return new;
end $$;
create trigger reversals_mirror_their_original before insert on ledger.transfers
    for each row when (new.reverses is not null) execute function ledger.refuse_unlike_reversal();
alter table ledger.transfers enable always trigger reversals_mirror_their_original;

-- What is asked for: one transfer. The key says who asks, so that asking twice posts once.
create type ledger.entry as (
    idempotency_key text,
    period text,
    origin_period text,
    dated_on date,
    counterparty_id text,
    contract_id text,
    currency text,
    debit_account text,
    credit_account text,
    amount numeric,
    cause text,
    component text,
    run_id bigint,
    move bigint,
    decision bigint,
    reverses bigint,
    penalty bigint,
    hold bigint,
    payout bigint,
    reason text,
    author text
);

create function ledger.content_hash(entry ledger.entry) returns bytea language sql stable return
    sha256(convert_to(jsonb_build_array(
        (entry).idempotency_key, (entry).period, (entry).origin_period, (entry).dated_on, (entry).counterparty_id,
        (entry).contract_id, (entry).currency, (entry).debit_account, (entry).credit_account,
        (entry).amount::numeric(18, 4), (entry).cause, (entry).component, (entry).run_id, (entry).move,
        (entry).decision, (entry).reverses, (entry).penalty, (entry).hold, (entry).payout, (entry).reason,
        (entry).author
    )::text, 'UTF8'));

-- The chain as an aggregate: the hash of a row is made of the hash before it and the row's own.
create function ledger.link(state bytea, own bytea, beginning bytea) returns bytea language sql immutable
return sha256(coalesce(state, beginning) || own);
create aggregate ledger.chained(own bytea, beginning bytea) (sfunc = ledger.link, stype = bytea);

-- Posts transfers, all or none, in the order given. What was posted before under the same key is left as it is.
-- SQLSTATE PRM01: the period is closed; PRM02: the key was used for something else; PRM03: a reversal unlike its
-- original; PRM04: an amount that is no amount of money.
create function ledger.post(entries ledger.entry[])
returns table (idempotency_key text, transfer_id bigint, is_new boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp
set enable_nestloop = on  -- keys are looked up by index, whatever the caller prefers for its own query
as $$
#variable_conflict use_column
declare
    head ledger.head;
    wrong record;
    at timestamptz;
    written bigint;
begin
    -- Who closes a period waits until this is committed, and the other way round.
    lock table runs.period_decisions in share mode;
    -- One after the other from here on: the chain has one end. Transfers posted meanwhile are seen below.
    select * into strict head from ledger.head for update;
    -- Never before the transfer it follows, also where the clock was set back.
    at := greatest(
        clock_timestamp(),
        (select transfers.recorded_at from ledger.transfers where transfers.transfer_id = head.transfers));

    select entry.idempotency_key as key into wrong
    from unnest(entries) as entry group by entry.idempotency_key having count(*) > 1 limit 1;
    if found then
        raise exception using errcode = 'PRM02', message = format('The key ''%s'' is given twice.', wrong.key),
            hint = 'Each transfer needs a key of its own.';
    end if;

    select entry.idempotency_key as key, known.transfer_id as transfer_id into wrong
    from unnest(entries) as entry join ledger.transfers as known on known.idempotency_key = entry.idempotency_key
    where known.content_hash <> ledger.content_hash(entry) limit 1;
    if found then
        raise exception using errcode = 'PRM02',
            message = format('The key ''%s'' belongs to transfer %s, which says something else.', wrong.key, wrong.transfer_id),
            hint = 'The same key may only be given again with the same content.';
    end if;

    select entry.amount as amount into wrong
    from unnest(entries) as entry
    where entry.amount is null or entry.amount <= 0 or entry.amount <> round(entry.amount, 4) limit 1;
    if found then
        raise exception using errcode = 'PRM04', message = format('%s is not an amount to transfer.', wrong.amount),
            hint = 'It must be above zero, with four decimal places at most.';
    end if;

    select closed.period as period, closed.decided_at as decided_at into wrong
    from unnest(entries) as entry
    join runs.period_decisions as closed on closed.period = entry.period and closed.what = 'closed'
    where not exists (select from ledger.transfers as known where known.idempotency_key = entry.idempotency_key) limit 1;
    if found then
        raise exception using errcode = 'PRM01',
            message = format('%s was closed on %s: nothing can be posted in it.', wrong.period, wrong.decided_at::date),
            hint = 'Corrections go into an open period.';
    end if;

    insert into ledger.transfers (
        transfer_id, period, origin_period, dated_on, counterparty_id, contract_id, currency, debit_account,
        credit_account, amount, cause, component, run_id, move, decision, reverses, penalty, hold, payout, reason, author,
        idempotency_key, content_hash, recorded_at, previous_hash, hash)
    select
        place, period, origin_period, dated_on, counterparty_id, contract_id, currency, debit_account,
        credit_account, amount, cause, component, run_id, move, decision, reverses, penalty, hold, payout, reason, author,
        idempotency_key, content_hash, at,
        lag(hash, 1, head.hash) over (order by place), hash
    from (
        select *, ledger.chained(
            content_hash || convert_to(
                place || '|' || to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), 'UTF8'),
            head.hash) over (order by place) as hash
        from (
            select entry.*, ledger.content_hash(
                       row(entry.idempotency_key, entry.period, entry.origin_period, entry.dated_on,
                           entry.counterparty_id, entry.contract_id, entry.currency, entry.debit_account,
                           entry.credit_account, entry.amount, entry.cause, entry.component, entry.run_id, entry.move,
                           entry.decision, entry.reverses, entry.penalty, entry.hold, entry.payout, entry.reason,
                           entry.author)::ledger.entry) as content_hash,
                   head.transfers + row_number() over (order by entry.ordinality) as place
            from unnest(entries) with ordinality as entry
            where not exists (
                select from ledger.transfers as known where known.idempotency_key = entry.idempotency_key)
        ) as placed
    ) as linked;
    get diagnostics written = row_count;
    if written > 0 then
        update ledger.head set transfers = head.transfers + written,
            hash = (select transfers.hash from ledger.transfers where transfers.transfer_id = head.transfers + written);
    end if;

    return query
        select entry.idempotency_key, known.transfer_id, known.transfer_id > head.transfers
        from unnest(entries) as entry join ledger.transfers as known on known.idempotency_key = entry.idempotency_key
        order by known.transfer_id;
end $$;

-- The moment a decision is taken, and not the moment its transaction began: a transfer that was posted while a period
-- was being closed came before the closing.
alter table runs.period_decisions alter column decided_at set default clock_timestamp();
