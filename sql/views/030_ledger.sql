-- For analysts: the ledger. Amounts are exact decimals; docs/ledger.md says how to read them.

create view reporting.ledger_transfers as
select
    transfers.transfer_id, transfers.period, transfers.origin_period, transfers.dated_on, transfers.counterparty_id,
    counterparties.name as counterparty_name, counterparties.branch, transfers.contract_id, transfers.debit_account,
    transfers.credit_account, transfers.amount, transfers.currency, transfers.cause, transfers.component,
    transfers.run_id, transfers.move, transfers.decision, transfers.reverses, transfers.penalty, transfers.hold,
    transfers.payout, transfers.reason, transfers.author,
    transfers.recorded_at, transfers.idempotency_key, encode(transfers.hash, 'hex') as hash
from ledger.transfers
left join registry.counterparties using (counterparty_id);
comment on view reporting.ledger_transfers is 'A transfer: an amount that moved from one account of a counterparty to another. Rows are never changed.';
comment on column reporting.ledger_transfers.transfer_id is 'Number: 1, 2, 3… without gaps, in the order of posting.';
comment on column reporting.ledger_transfers.period is 'Calendar month that it is booked in.';
comment on column reporting.ledger_transfers.origin_period is 'Calendar month that it is about; another one than period for what was carried over from a closed one.';
comment on column reporting.ledger_transfers.dated_on is 'The day that its document bears: the last day of the month for rewards and their VAT, the day of the penalty, of the payment.';
comment on column reporting.ledger_transfers.counterparty_id is 'The counterparty.';
comment on column reporting.ledger_transfers.counterparty_name is 'Name of the counterparty; null where it has left the registry.';
comment on column reporting.ledger_transfers.branch is 'Branch of the counterparty.';
comment on column reporting.ledger_transfers.contract_id is 'The contract; null where it is about none.';
comment on column reporting.ledger_transfers.debit_account is 'Account that is debited.';
comment on column reporting.ledger_transfers.credit_account is 'Account that is credited.';
comment on column reporting.ledger_transfers.amount is 'Amount, above zero.';
comment on column reporting.ledger_transfers.currency is 'Currency of the amount.';
comment on column reporting.ledger_transfers.cause is 'Why; reporting.ledger_causes says what each cause means.';
comment on column reporting.ledger_transfers.component is 'Of a reward: the component of the scheme.';
comment on column reporting.ledger_transfers.run_id is 'Of a reward: the run whose version it brings the ledger to; null: to none.';
comment on column reporting.ledger_transfers.move is 'Of a rollback: its number in reporting.version_moves.';
comment on column reporting.ledger_transfers.decision is 'Of a reward or an adjustment: the number of the decision that approved it.';
comment on column reporting.ledger_transfers.reverses is 'Of a reversal: the transfer it undoes.';
comment on column reporting.ledger_transfers.penalty is 'Of a penalty, a fine or a deduction: its number.';
comment on column reporting.ledger_transfers.hold is 'Of a hold or its release: its number.';
comment on column reporting.ledger_transfers.payout is 'Of a payout, its payment or its return: its number.';
comment on column reporting.ledger_transfers.reason is 'Why, in the author''s words.';
comment on column reporting.ledger_transfers.author is 'Who posted it.';
comment on column reporting.ledger_transfers.recorded_at is 'When it was posted.';
comment on column reporting.ledger_transfers.idempotency_key is 'Who asked: the same key posts once.';
comment on column reporting.ledger_transfers.hash is 'Hash of this transfer and, through the one before it, of all before it.';

create view reporting.ledger_entries as
select
    transfer_id, period, origin_period, dated_on, counterparty_id, contract_id, currency, account, debit, credit,
    sum(case when side = 'debit' then debit - credit else credit - debit end) over (
        partition by counterparty_id, contract_id, currency, account order by transfer_id) as balance,
    cause, component, reverses, penalty, hold, payout, reason, author, recorded_at
from (
    select transfers.*, debit_account as account, amount as debit, 0::numeric(18, 4) as credit from ledger.transfers
    union all
    select transfers.*, credit_account, 0::numeric(18, 4), amount from ledger.transfers
) as sides
join ledger.accounts using (account);
comment on view reporting.ledger_entries is 'A transfer''s two sides: one row for the account that is debited, one for the one that is credited.';
comment on column reporting.ledger_entries.transfer_id is 'The transfer.';
comment on column reporting.ledger_entries.period is 'Calendar month that it is booked in.';
comment on column reporting.ledger_entries.origin_period is 'Calendar month that it is about.';
comment on column reporting.ledger_entries.dated_on is 'The day that its document bears.';
comment on column reporting.ledger_entries.counterparty_id is 'The counterparty.';
comment on column reporting.ledger_entries.contract_id is 'The contract; null where it is about none.';
comment on column reporting.ledger_entries.currency is 'Currency of the amounts.';
comment on column reporting.ledger_entries.account is 'The account.';
comment on column reporting.ledger_entries.debit is 'Amount, if the account is debited; otherwise 0.';
comment on column reporting.ledger_entries.credit is 'Amount, if the account is credited; otherwise 0.';
comment on column reporting.ledger_entries.balance is 'Balance of the counterparty''s account, of this contract and currency, after the transfer; above zero on the account''s own side.';
comment on column reporting.ledger_entries.cause is 'Why.';
comment on column reporting.ledger_entries.component is 'Of a reward: the component of the scheme.';
comment on column reporting.ledger_entries.reverses is 'Of a reversal: the transfer it undoes.';
comment on column reporting.ledger_entries.penalty is 'Of a penalty, a fine or a deduction: its number.';
comment on column reporting.ledger_entries.hold is 'Of a hold or its release: its number.';
comment on column reporting.ledger_entries.payout is 'Of a payout, its payment or its return: its number.';
comment on column reporting.ledger_entries.reason is 'Why, in the author''s words.';
comment on column reporting.ledger_entries.author is 'Who posted it.';
comment on column reporting.ledger_entries.recorded_at is 'When it was posted.';

create view reporting.account_balances as
select
    counterparty_id, counterparties.name as counterparty_name, counterparties.branch, contract_id, currency, account,
    sum(debit) as debit, sum(credit) as credit,
    sum(case when side = 'debit' then debit - credit else credit - debit end) as balance
from (
    select counterparty_id, contract_id, currency, debit_account as account, amount as debit, 0::numeric(18, 4) as credit
    from ledger.transfers
    union all
    select counterparty_id, contract_id, currency, credit_account, 0::numeric(18, 4), amount from ledger.transfers
) as sides
join ledger.accounts using (account)
left join registry.counterparties using (counterparty_id)
group by counterparty_id, counterparties.name, counterparties.branch, contract_id, currency, account, side;
comment on view reporting.account_balances is 'What stands on each account now: one row a counterparty, contract, currency and account.';
comment on column reporting.account_balances.counterparty_id is 'The counterparty.';
comment on column reporting.account_balances.counterparty_name is 'Name of the counterparty; null where it has left the registry.';
comment on column reporting.account_balances.branch is 'Branch of the counterparty.';
comment on column reporting.account_balances.contract_id is 'The contract; null where transfers are about none.';
comment on column reporting.account_balances.currency is 'Currency of the amounts.';
comment on column reporting.account_balances.account is 'The account.';
comment on column reporting.account_balances.debit is 'Sum of what was debited.';
comment on column reporting.account_balances.credit is 'Sum of what was credited.';
comment on column reporting.account_balances.balance is 'The difference; above zero on the account''s own side.';

create view reporting.account_turnovers as
select
    period, counterparty_id, counterparties.name as counterparty_name, counterparties.branch, contract_id, currency, account,
    sum(change) over before - change as opening, debit, credit, sum(change) over before as closing
from (
    select period, counterparty_id, contract_id, currency, account, sum(debit) as debit, sum(credit) as credit,
           sum(case when side = 'debit' then debit - credit else credit - debit end) as change
    from (
        select period, counterparty_id, contract_id, currency, debit_account as account, amount as debit,
               0::numeric(18, 4) as credit
        from ledger.transfers
        union all
        select period, counterparty_id, contract_id, currency, credit_account, 0::numeric(18, 4), amount from ledger.transfers
    ) as sides
    join ledger.accounts using (account)
    group by period, counterparty_id, contract_id, currency, account, side
) as months
left join registry.counterparties using (counterparty_id)
window before as (partition by counterparty_id, contract_id, currency, account order by period);
comment on view reporting.account_turnovers is 'What moved on each account in each month, with the balance before and after: one row a counterparty, contract, currency, account and month with movements.';
comment on column reporting.account_turnovers.period is 'Calendar month.';
comment on column reporting.account_turnovers.counterparty_id is 'The counterparty.';
comment on column reporting.account_turnovers.counterparty_name is 'Name of the counterparty; null where it has left the registry.';
comment on column reporting.account_turnovers.branch is 'Branch of the counterparty.';
comment on column reporting.account_turnovers.contract_id is 'The contract; null where transfers are about none.';
comment on column reporting.account_turnovers.currency is 'Currency of the amounts.';
comment on column reporting.account_turnovers.account is 'The account.';
comment on column reporting.account_turnovers.opening is 'Balance before the month''s first transfer; above zero on the account''s own side.';
comment on column reporting.account_turnovers.debit is 'Sum of what was debited in the month.';
comment on column reporting.account_turnovers.credit is 'Sum of what was credited in the month.';
comment on column reporting.account_turnovers.closing is 'Balance after the month''s last transfer.';

create view reporting.ledger_accounts as
select account, side, is_owed, name_en, name_ru, meaning_en, meaning_ru from ledger.accounts;
comment on view reporting.ledger_accounts is 'The accounts that every counterparty has, in each currency.';
comment on column reporting.ledger_accounts.account is 'Name in the tables.';
comment on column reporting.ledger_accounts.side is 'debit or credit: the side on which its balance grows.';
comment on column reporting.ledger_accounts.is_owed is 'Whether its balance is owed to the counterparty.';
comment on column reporting.ledger_accounts.name_en is 'Name in English.';
comment on column reporting.ledger_accounts.name_ru is 'Name in Russian.';
comment on column reporting.ledger_accounts.meaning_en is 'What stands on it, in English.';
comment on column reporting.ledger_accounts.meaning_ru is 'What stands on it, in Russian.';

create view reporting.ledger_causes as
select cause, name_en, name_ru, meaning_en, meaning_ru from ledger.causes;
comment on view reporting.ledger_causes is 'Why transfers are made.';
comment on column reporting.ledger_causes.cause is 'Name in the tables.';
comment on column reporting.ledger_causes.name_en is 'Name in English.';
comment on column reporting.ledger_causes.name_ru is 'Name in Russian.';
comment on column reporting.ledger_causes.meaning_en is 'What it means, in English.';
comment on column reporting.ledger_causes.meaning_ru is 'What it means, in Russian.';
