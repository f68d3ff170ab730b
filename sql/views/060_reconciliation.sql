-- Reconciliations, and what should be looked at every day: docs/reconciliation.md says how to read them.

create view reporting.reconciliations as
select
    reconciliations.reconciliation, reconciliations.counterparty_id, counterparties.name as counterparty_name,
    counterparties.branch, reconciliations.currency, reconciliations.first_day, reconciliations.last_day,
    reconciliations.opening, reconciliations.debit, reconciliations.credit, reconciliations.closing,
    reconciliations.their_opening, reconciliations.their_debit, reconciliations.their_credit,
    reconciliations.their_closing, reconciliations.their_closing - reconciliations.closing as difference,
    reconciliations.left_out, reconciliations.file, files.file_name, files.content_hash as file_hash,
    reconciliations.transfers, reconciliations.author, reconciliations.made_at
from settlement.reconciliations
left join settlement.figure_files as files using (file)
left join registry.counterparties on counterparties.counterparty_id = reconciliations.counterparty_id;
comment on view reporting.reconciliations is 'A reconciliation: what the books say of a counterparty between two days, beside what its own say. Balances are what is owed to the counterparty; below zero it owes the operator.';
comment on column reporting.reconciliations.reconciliation is 'Its number.';
comment on column reporting.reconciliations.counterparty_id is 'The counterparty.';
comment on column reporting.reconciliations.counterparty_name is 'Name of the counterparty; null where it has left the registry.';
comment on column reporting.reconciliations.branch is 'Branch of the counterparty.';
comment on column reporting.reconciliations.currency is 'Currency of the amounts.';
comment on column reporting.reconciliations.first_day is 'First day, included.';
comment on column reporting.reconciliations.last_day is 'Last day, included.';
comment on column reporting.reconciliations.opening is 'Owed before the first day, by the operator''s books.';
comment on column reporting.reconciliations.debit is 'What lessened it, by the operator''s books.';
comment on column reporting.reconciliations.credit is 'What was added to it, by the operator''s books.';
comment on column reporting.reconciliations.closing is 'Owed after the last day, by the operator''s books.';
comment on column reporting.reconciliations.their_opening is 'Owed before the first day, by the counterparty''s; null: they don''t say, and the operator''s opening stands in.';
comment on column reporting.reconciliations.their_debit is 'What was added to it, by the counterparty''s books; null: there are no figures.';
comment on column reporting.reconciliations.their_credit is 'What lessened it, by the counterparty''s books; null: there are no figures.';
comment on column reporting.reconciliations.their_closing is 'Owed after the last day, by the counterparty''s books; null: there are no figures.';
comment on column reporting.reconciliations.difference is 'Their closing balance less the operator''s.';
comment on column reporting.reconciliations.left_out is 'Rows of the counterparty''s file that are about other days or currencies.';
comment on column reporting.reconciliations.file is 'Number of the counterparty''s file.';
comment on column reporting.reconciliations.file_name is 'Its name.';
comment on column reporting.reconciliations.file_hash is 'SHA-256 of its bytes.';
comment on column reporting.reconciliations.transfers is 'How many transfers the ledger had.';
comment on column reporting.reconciliations.author is 'Who made it.';
comment on column reporting.reconciliations.made_at is 'When.';

create view reporting.reconciliation_lines as
select
    lines.reconciliation, lines.line, lines.outcome, lines.kind,
    lines.our_reference, lines.our_period, lines.our_dated_on, lines.our_change,
    greatest(-lines.our_change, 0) as our_debit, greatest(lines.our_change, 0) as our_credit,
    figures.reference as their_reference, figures.period as their_period, figures.dated_on as their_dated_on,
    lines.their_change, greatest(lines.their_change, 0) as their_debit, greatest(-lines.their_change, 0) as their_credit,
    coalesce(lines.their_change, 0) - coalesce(lines.our_change, 0) as difference,
    reconciliations.currency, lines.figure, figures.row_number
from settlement.reconciliation_lines as lines
join settlement.reconciliations using (reconciliation)
left join settlement.figures using (figure);
comment on view reporting.reconciliation_lines is 'A document that both sides, or one, know: one row a line of a reconciliation.';
comment on column reporting.reconciliation_lines.reconciliation is 'The reconciliation.';
comment on column reporting.reconciliation_lines.line is 'Number of the line.';
comment on column reporting.reconciliation_lines.outcome is 'equal, different, only_ours, only_theirs; not_compared where the counterparty gave no figures.';
comment on column reporting.reconciliation_lines.kind is 'act, penalty, deduction, payment, withheld_tax, other.';
comment on column reporting.reconciliation_lines.our_reference is 'The operator''s number of it.';
comment on column reporting.reconciliation_lines.our_period is 'Of an act or a withheld tax: the month that it is booked in.';
comment on column reporting.reconciliation_lines.our_dated_on is 'Its day in the operator''s books.';
comment on column reporting.reconciliation_lines.our_change is 'How much more is owed to the counterparty by it, in the operator''s books.';
comment on column reporting.reconciliation_lines.our_debit is 'What it lessens, in the operator''s books.';
comment on column reporting.reconciliation_lines.our_credit is 'What it adds, in the operator''s books.';
comment on column reporting.reconciliation_lines.their_reference is 'The counterparty''s number of it.';
comment on column reporting.reconciliation_lines.their_period is 'The month that the counterparty states.';
comment on column reporting.reconciliation_lines.their_dated_on is 'Its day in the counterparty''s books.';
comment on column reporting.reconciliation_lines.their_change is 'How much more is owed to the counterparty by it, in its own books.';
comment on column reporting.reconciliation_lines.their_debit is 'What it adds, in the counterparty''s books.';
comment on column reporting.reconciliation_lines.their_credit is 'What it lessens, in the counterparty''s books.';
comment on column reporting.reconciliation_lines.difference is 'Their change less the operator''s; what one side lacks counts as nothing.';
comment on column reporting.reconciliation_lines.currency is 'Currency of the amounts.';
comment on column reporting.reconciliation_lines.figure is 'The counterparty''s row, by its number in reporting.counterparty_figures.';
comment on column reporting.reconciliation_lines.row_number is 'And its row in the file, from 1 below the header.';

create view reporting.reconciliation_entries as
select
    entries.reconciliation, entries.line, entries.transfer_id, entries.change, transfers.dated_on, transfers.period,
    transfers.origin_period, transfers.cause, transfers.contract_id, transfers.component, transfers.penalty,
    transfers.payout, transfers.reverses, transfers.reason, reconciliations.currency
from settlement.reconciliation_entries as entries
join settlement.reconciliations using (reconciliation)
join ledger.transfers using (transfer_id);
comment on view reporting.reconciliation_entries is 'A transfer that a line of a reconciliation is made of, with its cause.';
comment on column reporting.reconciliation_entries.reconciliation is 'The reconciliation.';
comment on column reporting.reconciliation_entries.line is 'Its line.';
comment on column reporting.reconciliation_entries.transfer_id is 'The transfer.';
comment on column reporting.reconciliation_entries.change is 'How much more is owed to the counterparty by it.';
comment on column reporting.reconciliation_entries.dated_on is 'The day that its document bears.';
comment on column reporting.reconciliation_entries.period is 'Calendar month that it is booked in.';
comment on column reporting.reconciliation_entries.origin_period is 'Calendar month that it is about.';
comment on column reporting.reconciliation_entries.cause is 'Why.';
comment on column reporting.reconciliation_entries.contract_id is 'The contract; null where it is about none.';
comment on column reporting.reconciliation_entries.component is 'Of a reward: the component of the scheme.';
comment on column reporting.reconciliation_entries.penalty is 'Of a penalty, a fine or a deduction: its number.';
comment on column reporting.reconciliation_entries.payout is 'Of a payment: its payout.';
comment on column reporting.reconciliation_entries.reverses is 'Of a reversal: the transfer it undoes.';
comment on column reporting.reconciliation_entries.reason is 'Why, in the author''s words.';
comment on column reporting.reconciliation_entries.currency is 'Currency of the amount.';

create view reporting.counterparty_figures as
select
    figures.figure, figures.file, files.counterparty_id, files.file_name, figures.row_number, figures.dated_on,
    figures.kind, figures.reference, figures.period, figures.change, figures.currency, files.author, files.loaded_at
from settlement.figures
join settlement.figure_files as files using (file);
comment on view reporting.counterparty_figures is 'A row of a file that a counterparty gave to be reconciled.';
comment on column reporting.counterparty_figures.figure is 'Its number.';
comment on column reporting.counterparty_figures.file is 'Number of the file.';
comment on column reporting.counterparty_figures.counterparty_id is 'Whose figures.';
comment on column reporting.counterparty_figures.file_name is 'Name of the file.';
comment on column reporting.counterparty_figures.row_number is 'Row in the file, from 1 below the header.';
comment on column reporting.counterparty_figures.dated_on is 'Day of the document.';
comment on column reporting.counterparty_figures.kind is 'opening, act, penalty, deduction, payment, withheld_tax, other.';
comment on column reporting.counterparty_figures.reference is 'The counterparty''s number of it.';
comment on column reporting.counterparty_figures.period is 'The month that it states.';
comment on column reporting.counterparty_figures.change is 'How much more is owed to the counterparty by it.';
comment on column reporting.counterparty_figures.currency is 'Currency; null: the one that is reconciled.';
comment on column reporting.counterparty_figures.author is 'Who loaded the file.';
comment on column reporting.counterparty_figures.loaded_at is 'When.';
