-- Penalties, fines and deductions: for the room settlement and for analysts. docs/penalties.md says how to read them.
drop view if exists settlement.penalty_states;

-- A row a penalty: what was said of it last, and whether it still stands.
create view settlement.penalty_states as
select
    penalties.penalty,
    case
        when newest.what is null then 'charged'
        -- An appeal that was withdrawn leaves what was before it.
        when newest.what = 'appeal withdrawn' then case when upheld.penalty is null then 'charged' else 'upheld' end
        else newest.what
    end as state,
    coalesce(newest.what not in ('reversed', 'reduced', 'withdrawn'), true) as is_in_force,
    coalesce(newest.by_file, false) as was_withdrawn_by_file,
    newest.reason,
    newest.author,
    newest.decided_at
from settlement.penalties
left join (
    select distinct on (penalty) penalty, what, by_file, reason, author, decided_at
    from settlement.penalty_decisions order by penalty, decision desc
) as newest using (penalty)
left join (select distinct penalty from settlement.penalty_decisions where what = 'upheld') as upheld using (penalty);

create view reporting.penalties as
select
    penalties.penalty, penalties.external_id, penalties.edition, penalties.kind, states.state, states.is_in_force,
    penalties.counterparty_id, counterparties.name as counterparty_name, counterparties.branch, penalties.contract_id,
    penalties.outlet_id, penalties.period, penalties.dated_on, penalties.amount, penalties.currency, penalties.reason,
    penalties.clause, penalties.instead_of, lower.penalty as replaced_by, penalties.author, penalties.charged_at,
    states.reason as decision_reason, states.author as decided_by, states.decided_at,
    charged.transfer_id, charged.period as booked_in, reversed.transfer_id as reversed_by, reversed.period as reversed_in,
    (select count(*) from settlement.penalty_evidence where penalty_evidence.penalty = penalties.penalty) as evidence,
    penalties.load_id, loads.file_name, penalties.row_number
from settlement.penalties
join settlement.penalty_states as states using (penalty)
left join settlement.penalties as lower on lower.instead_of = penalties.penalty
left join ledger.transfers as charged on charged.penalty = penalties.penalty and charged.cause <> 'reversal'
left join ledger.transfers as reversed on reversed.reverses = charged.transfer_id
left join registry.counterparties on counterparties.counterparty_id = penalties.counterparty_id
left join loads.loads on loads.load_id = penalties.load_id;
comment on view reporting.penalties is 'A penalty, fine or deduction that was charged, with what became of it. Rows are never changed: the state is what was said last.';
comment on column reporting.penalties.penalty is 'Its number.';
comment on column reporting.penalties.external_id is 'Its number where it was decided; null: it has none.';
comment on column reporting.penalties.edition is 'Which charge of that external number it is: a corrected file charges it anew.';
comment on column reporting.penalties.kind is 'penalty, fine or deduction.';
comment on column reporting.penalties.state is 'charged, appealed, upheld; reversed or reduced on appeal; withdrawn by the operator, or because the files no longer say it.';
comment on column reporting.penalties.is_in_force is 'Whether it still stands in the ledger: it is not reversed, reduced or withdrawn.';
comment on column reporting.penalties.counterparty_id is 'Who is charged.';
comment on column reporting.penalties.counterparty_name is 'Name of the counterparty; null where it has left the registry.';
comment on column reporting.penalties.branch is 'Branch of the counterparty.';
comment on column reporting.penalties.contract_id is 'The contract; null where it is about none.';
comment on column reporting.penalties.outlet_id is 'The outlet; null where it is about none.';
comment on column reporting.penalties.period is 'Calendar month that it is about.';
comment on column reporting.penalties.dated_on is 'Day of the penalty.';
comment on column reporting.penalties.amount is 'What is charged, above zero.';
comment on column reporting.penalties.currency is 'Currency of the amount.';
comment on column reporting.penalties.reason is 'What it is for.';
comment on column reporting.penalties.clause is 'Clause of the contract.';
comment on column reporting.penalties.instead_of is 'Of one that was charged lower after an appeal: the penalty it stands in for.';
comment on column reporting.penalties.replaced_by is 'Of one that was reduced: the penalty charged in its place.';
comment on column reporting.penalties.author is 'Who charged it.';
comment on column reporting.penalties.charged_at is 'When it was charged.';
comment on column reporting.penalties.decision_reason is 'Why, of what was said of it last.';
comment on column reporting.penalties.decided_by is 'Who said it.';
comment on column reporting.penalties.decided_at is 'When it was said.';
comment on column reporting.penalties.transfer_id is 'The transfer that charges it.';
comment on column reporting.penalties.booked_in is 'Calendar month that it is booked in.';
comment on column reporting.penalties.reversed_by is 'The transfer that reverses it.';
comment on column reporting.penalties.reversed_in is 'Calendar month that its reversal is booked in; null: it was not reversed.';
comment on column reporting.penalties.evidence is 'How many files are attached.';
comment on column reporting.penalties.load_id is 'The load it came from; null: charged by hand.';
comment on column reporting.penalties.file_name is 'The file it came from.';
comment on column reporting.penalties.row_number is 'Its row in the file, from 1 below the header.';

create view reporting.penalty_decisions as
select decision, penalty, what, reason, by_file, author, decided_at from settlement.penalty_decisions;
comment on view reporting.penalty_decisions is 'What was said of a penalty after it was charged, in order.';
comment on column reporting.penalty_decisions.decision is 'Number, in the order in which they were said.';
comment on column reporting.penalty_decisions.penalty is 'The penalty.';
comment on column reporting.penalty_decisions.what is 'appealed, appeal withdrawn, upheld, reversed, reduced, withdrawn.';
comment on column reporting.penalty_decisions.reason is 'Why.';
comment on column reporting.penalty_decisions.by_file is 'Whether it was withdrawn because the live files no longer say it.';
comment on column reporting.penalty_decisions.author is 'Who said it.';
comment on column reporting.penalty_decisions.decided_at is 'When.';

create view reporting.penalty_evidence as
select evidence, penalty, name, media_type, bytes, sha256, author, attached_at from settlement.penalty_evidence;
comment on view reporting.penalty_evidence is 'A file that shows why a penalty was charged.';
comment on column reporting.penalty_evidence.evidence is 'Number, in the order in which files were attached.';
comment on column reporting.penalty_evidence.penalty is 'The penalty.';
comment on column reporting.penalty_evidence.name is 'Name of the file as it was attached.';
comment on column reporting.penalty_evidence.media_type is 'Kind of file, by its name.';
comment on column reporting.penalty_evidence.bytes is 'Size.';
comment on column reporting.penalty_evidence.sha256 is 'SHA-256 of its bytes, which is also its name under evidence/.';
comment on column reporting.penalty_evidence.author is 'Who attached it.';
comment on column reporting.penalty_evidence.attached_at is 'When it was attached.';
