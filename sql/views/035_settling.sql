-- For analysts, and for the room settlement: statements and their disputes, holds.

create view reporting.statements as
with

-- What was booked in a month of what somebody earned: the statement of that month.
posted as (
    select
        transfers.period, transfers.counterparty_id,
        min(recorded_at) as sent_at, max(recorded_at) as last_posted_at,
        max(coalesce(terms.acceptance_days, usual.acceptance_days)) as acceptance_days
    from ledger.transfers
    cross join settlement.usual_terms as usual
    left join registry.contracts as terms on terms.contract_id = transfers.contract_id
    where 'accrued' in (debit_account, credit_account) and cause <> 'due'
    group by transfers.period, transfers.counterparty_id
),

newest as (
    select distinct on (period, counterparty_id) period, counterparty_id, what, author, decided_at
    from settlement.statement_decisions
    order by period, counterparty_id, decision desc
),

open_disputes as (
    select period, counterparty_id, count(*) as disputes, bool_or(about = 'balance') as of_the_balance
    from settlement.disputes
    where dispute not in (select dispute from settlement.dispute_answers)
    group by period, counterparty_id
)

select
    posted.period, counterparties.branch, posted.counterparty_id, counterparties.name as counterparty_name,
    case
        when newest.what = 'accepted' and newest.decided_at >= last_posted_at then 'accepted'
        when open_disputes.disputes > 0 then 'disputed'
        when last_posted_at::date + acceptance_days <= current_date then 'deemed accepted'
        else 'sent'
    end as state,
    sent_at::date as sent_on,
    last_posted_at::date as changed_on,
    last_posted_at::date + acceptance_days as deemed_accepted_on,
    case when newest.what = 'accepted' and newest.decided_at >= last_posted_at then newest.decided_at::date end as accepted_on,
    case when newest.what = 'accepted' and newest.decided_at >= last_posted_at then newest.author end as accepted_by,
    coalesce(open_disputes.disputes, 0) as open_disputes,
    shown_versions.run_id
from posted
left join newest using (period, counterparty_id)
left join open_disputes using (period, counterparty_id)
left join runs.shown_versions using (period, counterparty_id)
left join registry.counterparties using (counterparty_id);
comment on view reporting.statements is 'A counterparty''s statement of a month, once something is posted in it: whether it is accepted, disputed, or deemed accepted.';
comment on column reporting.statements.period is 'Calendar month that the statement is of: what was booked in it.';
comment on column reporting.statements.branch is 'Branch of the counterparty.';
comment on column reporting.statements.counterparty_id is 'Whose statement.';
comment on column reporting.statements.counterparty_name is 'Name of the counterparty; null where it has left the registry.';
comment on column reporting.statements.state is 'accepted; disputed: there are disputes without an answer; deemed accepted: the term is over; sent: the term is running.';
comment on column reporting.statements.sent_on is 'Day of the first posting in the month.';
comment on column reporting.statements.changed_on is 'Day of the last posting in the month: what is posted later has a term of its own.';
comment on column reporting.statements.deemed_accepted_on is 'Day from which all of it is deemed accepted, unless the balance is disputed.';
comment on column reporting.statements.accepted_on is 'Day on which it was accepted as it is now; null: it was not.';
comment on column reporting.statements.accepted_by is 'Who said so.';
comment on column reporting.statements.open_disputes is 'Disputes without an answer.';
comment on column reporting.statements.run_id is 'Run of the version that readers see; null where the counterparty has none in the month.';

create view reporting.disputes as
select
    dispute, period, counterparties.branch, counterparty_id, counterparties.name as counterparty_name, about, line, penalty,
    claim, claimed_amount, disputes.author, opened_at, coalesce(what, 'open') as state, answer,
    dispute_answers.author as answered_by, answered_at,
    coalesce(answered_at::date, current_date) - opened_at::date as age_days
from settlement.disputes
left join settlement.dispute_answers using (dispute)
left join registry.counterparties using (counterparty_id);
comment on view reporting.disputes is 'What counterparties object to, and what became of it.';
comment on column reporting.disputes.dispute is 'Its number.';
comment on column reporting.disputes.period is 'Month of the statement.';
comment on column reporting.disputes.branch is 'Branch of the counterparty.';
comment on column reporting.disputes.counterparty_id is 'Who objects.';
comment on column reporting.disputes.counterparty_name is 'Name of the counterparty; null where it has left the registry.';
comment on column reporting.disputes.about is 'line, penalty or balance.';
comment on column reporting.disputes.line is 'Of a line: its code in reporting.reward_lines.';
comment on column reporting.disputes.penalty is 'Of a penalty: its number.';
comment on column reporting.disputes.claim is 'What is wrong, in the counterparty''s words.';
comment on column reporting.disputes.claimed_amount is 'What it should be in the counterparty''s opinion.';
comment on column reporting.disputes.author is 'Who said so, or recorded it.';
comment on column reporting.disputes.opened_at is 'When it was opened.';
comment on column reporting.disputes.state is 'open, granted, refused or withdrawn.';
comment on column reporting.disputes.answer is 'The answer.';
comment on column reporting.disputes.answered_by is 'Who answered.';
comment on column reporting.disputes.answered_at is 'When.';
comment on column reporting.disputes.age_days is 'Days it was, or has been, open.';

create view reporting.holds as
select
    hold, level, counterparties.branch, counterparty_id, counterparties.name as counterparty_name, period, contract_id,
    component, line, payout, holds.reason, holds.author, placed_at, released_at, hold_releases.reason as release_reason,
    hold_releases.author as released_by, coalesce(released_at::date, current_date) - placed_at::date as age_days
from settlement.holds
left join settlement.hold_releases using (hold)
left join registry.counterparties using (counterparty_id);
comment on view reporting.holds is 'Payments put off, and until when.';
comment on column reporting.holds.hold is 'Its number.';
comment on column reporting.holds.level is 'counterparty, component, line or payout.';
comment on column reporting.holds.branch is 'Branch of the counterparty.';
comment on column reporting.holds.counterparty_id is 'Whose payment.';
comment on column reporting.holds.counterparty_name is 'Name of the counterparty; null where it has left the registry.';
comment on column reporting.holds.period is 'Month that what is held was earned in; null: every month.';
comment on column reporting.holds.contract_id is 'Only of this contract; null: of all.';
comment on column reporting.holds.component is 'Of a component: its name.';
comment on column reporting.holds.line is 'Of a line: its code in reporting.reward_lines.';
comment on column reporting.holds.payout is 'Of a payout: its number.';
comment on column reporting.holds.reason is 'Why.';
comment on column reporting.holds.author is 'Who placed it.';
comment on column reporting.holds.placed_at is 'Since when.';
comment on column reporting.holds.released_at is 'Until when; null: it is active.';
comment on column reporting.holds.release_reason is 'Why it was released.';
comment on column reporting.holds.released_by is 'Who released it.';
comment on column reporting.holds.age_days is 'Days it was, or has been, active.';

create view reporting.statement_decisions as
select decision, period, counterparty_id, what, run_id, reason, author, decided_at from settlement.statement_decisions;
comment on view reporting.statement_decisions is 'Every acceptance of a statement, and every acceptance that was recalled; one that is deemed accepted has none.';
comment on column reporting.statement_decisions.decision is 'Key, in the order they were recorded.';
comment on column reporting.statement_decisions.period is 'Calendar month of the statement.';
comment on column reporting.statement_decisions.counterparty_id is 'The counterparty.';
comment on column reporting.statement_decisions.what is 'accepted, or recalled: the acceptance was a mistake.';
comment on column reporting.statement_decisions.run_id is 'Run whose version it is about.';
comment on column reporting.statement_decisions.reason is 'By which letter or signature, or why it was recalled.';
comment on column reporting.statement_decisions.author is 'Who recorded it.';
comment on column reporting.statement_decisions.decided_at is 'When.';
