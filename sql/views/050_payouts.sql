-- For analysts: payouts, what is in them, what was left out, and the bank's word. docs/payouts.md says how to read them.
create view reporting.payouts as
select
    payouts.payout, batch, payouts.counterparty_id, counterparties.name as counterparty_name, counterparties.branch, level,
    outlet_id, payouts.amount, vat_amount, payouts.currency, payouts.dated_on, to_char(payouts.dated_on, 'YYYY-MM') as period,
    coalesce(later.what, outcomes.what, 'in payment') as state,
    coalesce(later.dated_on, outcomes.dated_on) as outcome_on,
    coalesce(later.reason, outcomes.reason) as outcome_reason,
    confirmations.bank_reference, end_to_end_id, document_number, purpose, recipient, payouts.tax_number, kpp, account, bank, bic,
    correspondent_account
from settlement.payouts
left join registry.counterparties using (counterparty_id)
left join settlement.payout_outcomes as outcomes
    on outcomes.payout = payouts.payout and outcomes.what not in ('returned', 'released')
left join settlement.payout_outcomes as later
    on later.payout = payouts.payout and later.what in ('returned', 'released')
left join settlement.bank_confirmations as confirmations
    on confirmations.bank_file = outcomes.bank_file and confirmations.entry = outcomes.entry;
comment on view reporting.payouts is 'A payout: one payment to one payee, with the bank details that counted when it was prepared, and what became of it.';
comment on column reporting.payouts.payout is 'Number.';
comment on column reporting.payouts.batch is 'The batch it is in.';
comment on column reporting.payouts.counterparty_id is 'Who is paid: of a contract that is settled by group, the head of the hierarchy.';
comment on column reporting.payouts.counterparty_name is 'Name of the counterparty; null where it has left the registry.';
comment on column reporting.payouts.branch is 'Branch of the counterparty.';
comment on column reporting.payouts.level is 'counterparty, group or outlet: as the contracts say.';
comment on column reporting.payouts.outlet_id is 'Of level outlet: whose share it is.';
comment on column reporting.payouts.amount is 'Amount, above zero.';
comment on column reporting.payouts.vat_amount is 'Of it value added tax, as the purpose says.';
comment on column reporting.payouts.currency is 'Currency of the amounts.';
comment on column reporting.payouts.dated_on is 'The day of payment that was asked for.';
comment on column reporting.payouts.period is 'Calendar month of that day.';
comment on column reporting.payouts.state is 'in payment, paid, rejected, returned (paid, and came back), cancelled, set aside (held) or released (payable again after a hold).';
comment on column reporting.payouts.outcome_on is 'The day of what became of it: of a payment the bank''s value date.';
comment on column reporting.payouts.outcome_reason is 'The bank''s reason, or that of whoever cancelled or held it.';
comment on column reporting.payouts.bank_reference is 'The bank''s reference of the payment.';
comment on column reporting.payouts.end_to_end_id is 'What the bank names it by.';
comment on column reporting.payouts.document_number is 'Number of the payment order.';
comment on column reporting.payouts.purpose is 'Purpose of payment.';
comment on column reporting.payouts.recipient is 'Name of the recipient, as its bank knows it.';
comment on column reporting.payouts.tax_number is 'Taxpayer number of the recipient.';
comment on column reporting.payouts.kpp is 'KPP of the recipient.';
comment on column reporting.payouts.account is 'Account that it goes to.';
comment on column reporting.payouts.bank is 'Name of the bank.';
comment on column reporting.payouts.bic is 'Code of the bank: nine digits, or SWIFT.';
comment on column reporting.payouts.correspondent_account is 'Correspondent account of the bank.';

create view reporting.payout_batches as
select
    batches.batch, batches.currency, batches.dated_on, to_char(batches.dated_on, 'YYYY-MM') as period, batches.minimum, batches.counterparties,
    case
        when cancelled.batch is not null then 'cancelled'
        when exports.batch is not null and sums.open_payouts = 0 then 'done'
        when exports.batch is not null then 'exported'
        when approved.batch is not null then 'approved'
        else 'prepared'
    end as state,
    batches.payouts, batches.amount, sums.open_payouts, sums.paid_payouts, sums.paid_amount, batches.content_hash,
    batches.author as prepared_by, batches.prepared_at, approved.author as approved_by, approved.decided_at as approved_at,
    cancelled.author as cancelled_by, cancelled.decided_at as cancelled_at, cancelled.reason as cancel_reason,
    exports.format, exports.file_name, exports.file_hash, exports.author as exported_by, exports.exported_at
from settlement.payout_batches as batches
left join settlement.payout_decisions as approved on approved.batch = batches.batch and approved.what = 'approved'
left join settlement.payout_decisions as cancelled on cancelled.batch = batches.batch and cancelled.what = 'cancelled'
left join settlement.payout_exports as exports on exports.batch = batches.batch
left join lateral (
    select count(*) filter (where outcomes.what is null) as open_payouts,
           count(*) filter (where outcomes.what = 'paid') as paid_payouts,
           coalesce(sum(payouts.amount) filter (where outcomes.what = 'paid'), 0) as paid_amount
    from settlement.payouts
    left join settlement.payout_outcomes as outcomes
        on outcomes.payout = payouts.payout and outcomes.what not in ('returned', 'released')
    where payouts.batch = batches.batch
) as sums on true;
comment on view reporting.payout_batches is 'A payout batch: what was taken to be paid at once, and how far it has got.';
comment on column reporting.payout_batches.batch is 'Number.';
comment on column reporting.payout_batches.currency is 'Currency of its amounts.';
comment on column reporting.payout_batches.dated_on is 'The day of payment that is asked for.';
comment on column reporting.payout_batches.period is 'Calendar month of that day.';
comment on column reporting.payout_batches.minimum is 'What a payout had to reach, unless its contracts say otherwise.';
comment on column reporting.payout_batches.counterparties is 'Only these payees; null: everybody.';
comment on column reporting.payout_batches.state is 'prepared, approved, exported, done (every payout has an outcome) or cancelled.';
comment on column reporting.payout_batches.payouts is 'How many payouts.';
comment on column reporting.payout_batches.amount is 'Their sum.';
comment on column reporting.payout_batches.open_payouts is 'Payouts without an outcome.';
comment on column reporting.payout_batches.paid_payouts is 'Payouts that the bank has paid, those that came back later included.';
comment on column reporting.payout_batches.paid_amount is 'Their sum.';
comment on column reporting.payout_batches.content_hash is 'Hash of all its payouts and their parts: what is approved.';
comment on column reporting.payout_batches.prepared_by is 'Who prepared it.';
comment on column reporting.payout_batches.prepared_at is 'When.';
comment on column reporting.payout_batches.approved_by is 'Who approved it; null: nobody.';
comment on column reporting.payout_batches.approved_at is 'When.';
comment on column reporting.payout_batches.cancelled_by is 'Who cancelled it.';
comment on column reporting.payout_batches.cancelled_at is 'When.';
comment on column reporting.payout_batches.cancel_reason is 'Why.';
comment on column reporting.payout_batches.format is 'Format of the file for the bank: pain001 or 1c.';
comment on column reporting.payout_batches.file_name is 'Name of that file.';
comment on column reporting.payout_batches.file_hash is 'Its SHA-256.';
comment on column reporting.payout_batches.exported_by is 'Who exported it.';
comment on column reporting.payout_batches.exported_at is 'When.';

create view reporting.payout_parts as
select payout, batch, part, payouts.counterparty_id as payee_id, payouts.outlet_id, payout_parts.counterparty_id,
    contract_id, payout_parts.amount, currency
from settlement.payout_parts join settlement.payouts using (payout);
comment on view reporting.payout_parts is 'A part of a payout: the balance of a counterparty and contract that it takes. The parts add up to the payout.';
comment on column reporting.payout_parts.payout is 'The payout.';
comment on column reporting.payout_parts.batch is 'Its batch.';
comment on column reporting.payout_parts.part is 'Number of the part.';
comment on column reporting.payout_parts.payee_id is 'Who is paid.';
comment on column reporting.payout_parts.outlet_id is 'Of a payout to an outlet: which.';
comment on column reporting.payout_parts.counterparty_id is 'Whose balance it is.';
comment on column reporting.payout_parts.contract_id is 'Of which contract; null: of none, as a penalty may be.';
comment on column reporting.payout_parts.amount is 'Amount; below zero where it is netted.';
comment on column reporting.payout_parts.currency is 'Currency of the amount.';

create view reporting.payouts_left_out as
select batch, payee_id, level, outlet_id, counterparty_id, contract_id, payouts_left_out.amount, currency, reason
from settlement.payouts_left_out join settlement.payout_batches using (batch);
comment on view reporting.payouts_left_out is 'What was payable when a batch was prepared and is not in it: carried forward, with the reason.';
comment on column reporting.payouts_left_out.batch is 'The batch.';
comment on column reporting.payouts_left_out.payee_id is 'Who would have been paid.';
comment on column reporting.payouts_left_out.level is 'counterparty, group or outlet.';
comment on column reporting.payouts_left_out.outlet_id is 'Of level outlet: which.';
comment on column reporting.payouts_left_out.counterparty_id is 'Whose balance it is.';
comment on column reporting.payouts_left_out.contract_id is 'Of which contract; null: of none.';
comment on column reporting.payouts_left_out.amount is 'What is carried forward; below zero where it is owed by the counterparty.';
comment on column reporting.payouts_left_out.currency is 'Currency of the amount.';
comment on column reporting.payouts_left_out.reason is 'held, not positive, below the minimum, no bank details, or smaller than a unit of the currency.';

create view reporting.bank_confirmations as
select file_name, format, entry, reference, payout, batch, outcome, result, remark, bank_confirmations.amount, bank_confirmations.currency,
    value_date, bank_reference, reason, bank_files.author, read_at, file_hash
from settlement.bank_confirmations
join settlement.bank_files using (bank_file)
left join settlement.payouts using (payout);
comment on view reporting.bank_confirmations is 'An entry of a bank''s file on payouts, and what became of it.';
comment on column reporting.bank_confirmations.file_name is 'The file.';
comment on column reporting.bank_confirmations.format is 'camt.053, camt.054, pain.002, 1c or csv.';
comment on column reporting.bank_confirmations.entry is 'Place of the entry, from 1.';
comment on column reporting.bank_confirmations.reference is 'What it calls the payout.';
comment on column reporting.bank_confirmations.payout is 'The payout; null: there is none of that name.';
comment on column reporting.bank_confirmations.batch is 'Its batch.';
comment on column reporting.bank_confirmations.outcome is 'paid, rejected or pending, as the bank says.';
comment on column reporting.bank_confirmations.result is 'booked, repeated (known already), unknown, differs, not exported, contradicts or pending; only the first has changed the books.';
comment on column reporting.bank_confirmations.remark is 'In what it differs or contradicts.';
comment on column reporting.bank_confirmations.amount is 'Amount, as the bank says.';
comment on column reporting.bank_confirmations.currency is 'Currency, as the bank says.';
comment on column reporting.bank_confirmations.value_date is 'Value date.';
comment on column reporting.bank_confirmations.bank_reference is 'The bank''s reference.';
comment on column reporting.bank_confirmations.reason is 'The bank''s reason.';
comment on column reporting.bank_confirmations.author is 'Who read the file in.';
comment on column reporting.bank_confirmations.read_at is 'When.';
comment on column reporting.bank_confirmations.file_hash is 'SHA-256 of the file.';

create view reporting.bank_accounts as
select bank_account_id, counterparty_id, outlet_id, recipient, tax_number, kpp, account, bank, bic, correspondent_account, currency,
    valid_from, author, file_name, recorded_at as known_from, null::timestamptz as known_to
from registry.bank_accounts left join loads.loads using (load_id)
union all
select bank_account_id, counterparty_id, outlet_id, recipient, tax_number, kpp, account, bank, bic, correspondent_account, currency,
    valid_from, author, file_name, known_from, known_to
from registry.former_bank_accounts left join loads.loads using (load_id);
comment on view reporting.bank_accounts is 'Where counterparties and outlets are paid, from a day on; with what was believed before.';
comment on column reporting.bank_accounts.bank_account_id is 'Key.';
comment on column reporting.bank_accounts.counterparty_id is 'Whose.';
comment on column reporting.bank_accounts.outlet_id is 'Of one outlet; null: of the counterparty as a whole.';
comment on column reporting.bank_accounts.recipient is 'Name, as the bank knows it.';
comment on column reporting.bank_accounts.tax_number is 'Taxpayer number.';
comment on column reporting.bank_accounts.kpp is 'KPP.';
comment on column reporting.bank_accounts.account is 'Account.';
comment on column reporting.bank_accounts.bank is 'Name of the bank.';
comment on column reporting.bank_accounts.bic is 'Code of the bank: nine digits, or SWIFT.';
comment on column reporting.bank_accounts.correspondent_account is 'Correspondent account of the bank.';
comment on column reporting.bank_accounts.currency is 'Currency that is paid there.';
comment on column reporting.bank_accounts.valid_from is 'Day from which it counts, until a newer one''s.';
comment on column reporting.bank_accounts.author is 'Who set it; file: it came in a file.';
comment on column reporting.bank_accounts.file_name is 'File it came in.';
comment on column reporting.bank_accounts.known_from is 'When it was recorded.';
comment on column reporting.bank_accounts.known_to is 'Until when it was believed; null: it is what holds now.';
