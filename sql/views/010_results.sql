-- For analysts: what is current, and of a closed period what it was closed with. Every view and every column says what
-- it is; sums are exact decimals.

create view reporting.rewards as
select
    rewards.period, counterparties.branch, rewards.counterparty_id, counterparties.name as counterparty_name,
    counterparties.kind as counterparty_kind, rewards.contract_id, rewards.scheme, rewards.scheme_version,
    rewards.component, rewards.currency, rewards.lines, rewards.paid_lines, rewards.base_amount, rewards.amount,
    rewards.run_id
from results.rewards
join runs.shown_versions using (period, counterparty_id, run_id)
left join registry.counterparties using (counterparty_id);
comment on view reporting.rewards is 'Rewards as they are now, of a closed period as it was closed: one row a period, contract and component.';
comment on column reporting.rewards.period is 'Calendar month, such as 2026-10.';
comment on column reporting.rewards.branch is 'Branch of the operator that the counterparty belongs to now; null where it has left the registry.';
comment on column reporting.rewards.counterparty_id is 'Whom the reward is for.';
comment on column reporting.rewards.counterparty_name is 'Name of the counterparty.';
comment on column reporting.rewards.counterparty_kind is 'dealer, subdealer, agent or partner.';
comment on column reporting.rewards.contract_id is 'Contract the reward is earned under.';
comment on column reporting.rewards.scheme is 'Scheme of the contract.';
comment on column reporting.rewards.scheme_version is 'Version of the scheme in force.';
comment on column reporting.rewards.component is 'Component of the scheme, or the limit that takes away (a negative amount).';
comment on column reporting.rewards.currency is 'Currency of the amounts.';
comment on column reporting.rewards.lines is 'Lines of the component, those that earn nothing included.';
comment on column reporting.rewards.paid_lines is 'Lines that are paid.';
comment on column reporting.rewards.base_amount is 'Sum of the amounts that the paid lines are reckoned from.';
comment on column reporting.rewards.amount is 'The reward: sum of the lines'' amounts.';
comment on column reporting.rewards.run_id is 'Run that calculated the version shown: the current one; of a closed period, the one it was closed with.';

create view reporting.reward_lines as
select
    left(md5(concat(
        reward_lines.contract_id, '|', reward_lines.component, '|', reward_lines.stream, '|', reward_lines.data_set, '|',
        reward_lines.load_id, '|', reward_lines.row_number, '|', reward_lines.taken_period, '|',
        reward_lines.taken_contract_id, '|', reward_lines.taken_component, '|', reward_lines.taken_stream, '|',
        reward_lines.taken_load_id, '|', reward_lines.taken_row_number,
        case when reward_lines.stream = 'period' then '|' || reward_lines.subscriber_id end
    )), 12) as line,
    reward_lines.period, counterparties.branch, reward_lines.counterparty_id,
    counterparties.name as counterparty_name, reward_lines.contract_id, reward_lines.scheme,
    reward_lines.scheme_version, reward_lines.component, reward_lines.stream, reward_lines.event_id,
    reward_lines.event_date, reward_lines.subscriber_id, reward_lines.outlet_id, outlets.name as outlet_name,
    reward_lines.product_id, products.name as product_name, reward_lines.base_amount, reward_lines.base_count,
    reward_lines.amount, reward_lines.currency, reward_lines.outcome, reward_lines.reason,
    reward_lines.failed_condition, reward_lines.tier_split, reward_lines.data_set, reward_lines.load_id,
    loads.file_name, reward_lines.row_number, reward_lines.run_id, reward_lines.taken_period,
    reward_lines.taken_contract_id, reward_lines.taken_component, reward_lines.taken_stream, reward_lines.taken_data_set,
    reward_lines.taken_load_id, taken_loads.file_name as taken_file_name, reward_lines.taken_row_number,
    reward_lines.original_amount, reward_lines.original_currency, reward_lines.exchange_rate
from results.reward_lines
join runs.shown_versions using (period, counterparty_id, run_id)
left join registry.counterparties using (counterparty_id)
left join registry.outlets on outlets.outlet_id = reward_lines.outlet_id
left join registry.products on products.product_id = reward_lines.product_id
left join loads.loads on loads.load_id = reward_lines.load_id
left join loads.loads as taken_loads on taken_loads.load_id = reward_lines.taken_load_id;
comment on view reporting.reward_lines is 'Lines as they are now, of a closed period as it was closed: what each event earned under each component, or why it earned nothing. Filter by period. Rows on which a counterparty''s contracts do not pay at all (not_paid_on, not_an_activation) are counted in row_outcomes and have no line here.';
comment on column reporting.reward_lines.line is 'Names the line among its counterparty''s of the period, the same in every version: prm explain PERIOD/COUNTERPARTY/LINE.';
comment on column reporting.reward_lines.period is 'Calendar month, such as 2026-10.';
comment on column reporting.reward_lines.branch is 'Branch of the counterparty; null where the event is nobody''s.';
comment on column reporting.reward_lines.counterparty_id is 'Whose line it is; empty where the event is nobody''s.';
comment on column reporting.reward_lines.counterparty_name is 'Name of the counterparty.';
comment on column reporting.reward_lines.contract_id is 'Contract; null where the event does not come to a contract.';
comment on column reporting.reward_lines.scheme is 'Scheme of the contract.';
comment on column reporting.reward_lines.scheme_version is 'Version of the scheme on the day of the event.';
comment on column reporting.reward_lines.component is 'Component of the scheme, or the limit that takes away.';
comment on column reporting.reward_lines.stream is 'activation, charge, payment, operation, churn, tariff_change; activation_30d, activation_3m: activations looked at later; period: of the period as a whole (tiers, limits).';
comment on column reporting.reward_lines.event_id is 'The event''s key in the operator''s system.';
comment on column reporting.reward_lines.event_date is 'Day of the event; the period''s last day for its own lines.';
comment on column reporting.reward_lines.subscriber_id is 'Subscriber the event is about, or whose pay a cap per subscriber cuts.';
comment on column reporting.reward_lines.outlet_id is 'Outlet that sold the kit, or accepted the payment.';
comment on column reporting.reward_lines.outlet_name is 'Name of the outlet.';
comment on column reporting.reward_lines.product_id is 'Product charged, or the tariff of the activation.';
comment on column reporting.reward_lines.product_name is 'Name of the product.';
comment on column reporting.reward_lines.base_amount is 'Amount the line is reckoned from: the event''s, or the sum measured over the period.';
comment on column reporting.reward_lines.base_count is 'Events counted over the period.';
comment on column reporting.reward_lines.amount is 'What the line earned, rounded once; negative where a limit or a credit note takes away.';
comment on column reporting.reward_lines.currency is 'Currency of the amounts.';
comment on column reporting.reward_lines.outcome is 'paid; counted: it counts towards the period''s measure; capped: taken away by a limit; released: given back of what a cap per subscriber had taken away; guaranteed, recovered: added by a guarantee, or given back of it; clawed_back: taken back of what was paid; reinstated: given back after that; rounded: what rounding a total changes; not_eligible.';
comment on column reporting.reward_lines.reason is 'Why a line is not eligible: see docs/words.md.';
comment on column reporting.reward_lines.failed_condition is 'Number of the component''s first condition that is not met.';
comment on column reporting.reward_lines.tier_split is 'JSON: each tier''s part of the measure, its rate and its amount.';
comment on column reporting.reward_lines.data_set is 'Data set of the input row.';
comment on column reporting.reward_lines.load_id is 'Load of the input row.';
comment on column reporting.reward_lines.file_name is 'File of the input row.';
comment on column reporting.reward_lines.row_number is 'Row of the file, counted from 1 below the header.';
comment on column reporting.reward_lines.run_id is 'Run that calculated the version shown: the current one; of a closed period, the one it was closed with.';
comment on column reporting.reward_lines.taken_period is 'Of a line that takes back or gives back: the period of the line that was paid.';
comment on column reporting.reward_lines.taken_contract_id is 'Contract of the line that was paid.';
comment on column reporting.reward_lines.taken_component is 'Component of the line that was paid.';
comment on column reporting.reward_lines.taken_stream is 'Stream of the line that was paid; null where a period''s total is taken back.';
comment on column reporting.reward_lines.taken_data_set is 'Data set of the input row that was paid on.';
comment on column reporting.reward_lines.taken_load_id is 'Load of the input row that was paid on.';
comment on column reporting.reward_lines.taken_file_name is 'File of the input row that was paid on.';
comment on column reporting.reward_lines.taken_row_number is 'Row of that file, counted from 1 below the header.';
comment on column reporting.reward_lines.original_amount is 'Amount as reported of an event that was in another currency than the line''s, or that came to no contract.';
comment on column reporting.reward_lines.original_currency is 'Currency of that amount.';
comment on column reporting.reward_lines.exchange_rate is 'What one unit of that currency was in the line''s, on the event''s day; null where it is not known.';

create view reporting.row_outcomes as
select
    row_outcomes.period, row_outcomes.counterparty_id, row_outcomes.data_set, row_outcomes.load_id, loads.file_name,
    row_outcomes.outcome, row_outcomes.reason, row_outcomes.rows, row_outcomes.run_id
from results.row_outcomes
join runs.shown_versions using (period, counterparty_id, run_id)
left join loads.loads on loads.load_id = row_outcomes.load_id;
comment on view reporting.row_outcomes is 'Where the input rows of a period ended: each row is counted once.';
comment on column reporting.row_outcomes.period is 'Calendar month.';
comment on column reporting.row_outcomes.counterparty_id is 'Whose rows they are; empty where they are nobody''s.';
comment on column reporting.row_outcomes.data_set is 'Data set of the rows.';
comment on column reporting.row_outcomes.load_id is 'Load of the rows.';
comment on column reporting.row_outcomes.file_name is 'File of the rows.';
comment on column reporting.row_outcomes.outcome is 'rewarded, counted or not_eligible.';
comment on column reporting.row_outcomes.reason is 'Why not eligible: see docs/words.md.';
comment on column reporting.row_outcomes.rows is 'How many rows.';
comment on column reporting.row_outcomes.run_id is 'Run that calculated the version shown: the current one; of a closed period, the one it was closed with.';

create view reporting.ownership as
select
    ownership.period, ownership.subscriber_id, ownership.counterparty_id, counterparties.name as counterparty_name,
    ownership.outlet_id, outlets.name as outlet_name, ownership.link, ownership.valid_from, ownership.valid_to,
    ownership.iccid, ownership.sale_id, ownership.sold_on, ownership.run_id
from results.ownership
join runs.shown_versions using (period, counterparty_id, run_id)
left join registry.counterparties using (counterparty_id)
left join registry.outlets on outlets.outlet_id = ownership.outlet_id;
comment on view reporting.ownership is 'Intermediate: whose subscriber it was, as the period''s calculation saw it.';
comment on column reporting.ownership.period is 'Calendar month of the calculation.';
comment on column reporting.ownership.subscriber_id is 'The subscriber.';
comment on column reporting.ownership.counterparty_id is 'Whose it is; empty where it is nobody''s.';
comment on column reporting.ownership.counterparty_name is 'Name of the counterparty.';
comment on column reporting.ownership.outlet_id is 'Outlet that sold the kit, or that the link by hand names.';
comment on column reporting.ownership.outlet_name is 'Name of the outlet.';
comment on column reporting.ownership.link is 'kit; manual: by hand; none: the kit was not sold; conflict: sold by different counterparties.';
comment on column reporting.ownership.valid_from is 'First day of the attribution.';
comment on column reporting.ownership.valid_to is 'Last day of the attribution; 9999-12-31 where open.';
comment on column reporting.ownership.iccid is 'The kit''s ICCID.';
comment on column reporting.ownership.sale_id is 'The sale that decided.';
comment on column reporting.ownership.sold_on is 'Day of that sale.';
comment on column reporting.ownership.run_id is 'Run that calculated the version shown: the current one; of a closed period, the one it was closed with.';

create view reporting.volumes as
select
    volumes.period, volumes.counterparty_id, counterparties.name as counterparty_name, volumes.contract_id,
    volumes.scheme, volumes.scheme_version, volumes.component, volumes.base_count, volumes.base_amount, volumes.run_id
from results.volumes
join runs.shown_versions using (period, counterparty_id, run_id)
left join registry.counterparties using (counterparty_id);
comment on view reporting.volumes is 'Intermediate: what was measured over the period for components that pay by tiers.';
comment on column reporting.volumes.period is 'Calendar month.';
comment on column reporting.volumes.counterparty_id is 'The counterparty.';
comment on column reporting.volumes.counterparty_name is 'Name of the counterparty.';
comment on column reporting.volumes.contract_id is 'The contract.';
comment on column reporting.volumes.scheme is 'Scheme of the contract.';
comment on column reporting.volumes.scheme_version is 'Version of the scheme.';
comment on column reporting.volumes.component is 'Component that pays by tiers.';
comment on column reporting.volumes.base_count is 'Events counted.';
comment on column reporting.volumes.base_amount is 'Sum measured.';
comment on column reporting.volumes.run_id is 'Run that calculated the version shown: the current one; of a closed period, the one it was closed with.';

create view reporting.versions as
select
    versions.period, versions.counterparty_id, counterparties.name as counterparty_name, versions.run_id,
    current_versions.run_id is not null as is_current, shown_versions.run_id is not null as is_shown,
    versions.lines, versions.amount, versions.content_hash
from results.versions
left join runs.current_versions using (period, counterparty_id, run_id)
left join runs.shown_versions using (period, counterparty_id, run_id)
left join registry.counterparties using (counterparty_id);
comment on view reporting.versions is 'Every version of every partition (period, counterparty) there has been.';
comment on column reporting.versions.period is 'Calendar month.';
comment on column reporting.versions.counterparty_id is 'The counterparty; empty for events that are nobody''s.';
comment on column reporting.versions.counterparty_name is 'Name of the counterparty.';
comment on column reporting.versions.run_id is 'Run that made the version.';
comment on column reporting.versions.is_current is 'Whether it is the newest version that holds: what later periods are calculated from.';
comment on column reporting.versions.is_shown is 'Whether it is the version that readers see: the current one, of a closed period the one it was closed with.';
comment on column reporting.versions.lines is 'Lines of the version.';
comment on column reporting.versions.amount is 'Sum of its rewards.';
comment on column reporting.versions.content_hash is 'Hash of its lines and rewards; equal content has equal hashes.';

create view reporting.version_moves as
select move, period, counterparty_id, from_run, to_run, what, reason, moved_at from runs.version_moves;
comment on view reporting.version_moves is 'Every publication and every rollback of a partition.';
comment on column reporting.version_moves.move is 'Number of the move, rising.';
comment on column reporting.version_moves.period is 'Calendar month.';
comment on column reporting.version_moves.counterparty_id is 'The counterparty.';
comment on column reporting.version_moves.from_run is 'Run whose version was current before; null: none.';
comment on column reporting.version_moves.to_run is 'Run whose version became current; null: none.';
comment on column reporting.version_moves.what is 'published or rolled back.';
comment on column reporting.version_moves.reason is 'Why it was rolled back.';
comment on column reporting.version_moves.moved_at is 'When.';

create view reporting.dependencies as
select
    runs.period, dependencies.counterparty_id, dependencies.run_id, dependencies.what, dependencies.on_period,
    dependencies.on_counterparty_id, dependencies.on_run, current_versions.run_id is not null as is_current
from runs.dependencies
join runs.runs using (run_id)
left join runs.current_versions
    on current_versions.period = runs.period and current_versions.counterparty_id = dependencies.counterparty_id
        and current_versions.run_id = dependencies.run_id;
comment on view reporting.dependencies is 'What a version''s amounts are made from of earlier months: rolling that back is refused while this one is current.';
comment on column reporting.dependencies.period is 'Calendar month of the version that depends.';
comment on column reporting.dependencies.counterparty_id is 'Its counterparty.';
comment on column reporting.dependencies.run_id is 'Run that made it.';
comment on column reporting.dependencies.what is 'clawback, cumulative, draw or look-again.';
comment on column reporting.dependencies.on_period is 'Calendar month of the version it depends on.';
comment on column reporting.dependencies.on_counterparty_id is 'Counterparty of that version.';
comment on column reporting.dependencies.on_run is 'Run that made that version.';
comment on column reporting.dependencies.is_current is 'Whether the version that depends is current.';

create view reporting.chains as
select chain, period, counterparties, reason, moves, again, begun_at, finished_at from runs.chains;
comment on view reporting.chains is 'Every rollback with all that depended on it.';
comment on column reporting.chains.chain is 'Number of the chain, rising.';
comment on column reporting.chains.period is 'Calendar month that was rolled back.';
comment on column reporting.chains.counterparties is 'Counterparties it was asked for; null: the whole period.';
comment on column reporting.chains.reason is 'Why.';
comment on column reporting.chains.moves is 'JSON: the moves back, in the order they were made.';
comment on column reporting.chains.again is 'JSON: what is calculated again after them, oldest month first.';
comment on column reporting.chains.begun_at is 'When the moves were made.';
comment on column reporting.chains.finished_at is 'When all was calculated again; null: not yet.';

create view reporting.runs as
select run_id, period, counterparties, state, reason, error, inputs_hash, stages, started_at, finished_at
from runs.runs;
comment on view reporting.runs is 'Every run of the calculation.';
comment on column reporting.runs.run_id is 'Number of the run, rising.';
comment on column reporting.runs.period is 'Calendar month.';
comment on column reporting.runs.counterparties is 'Counterparties it was for; null: the whole period.';
comment on column reporting.runs.state is 'running, published, failed or rolled back.';
comment on column reporting.runs.reason is 'Why it was asked for.';
comment on column reporting.runs.error is 'Why it failed.';
comment on column reporting.runs.inputs_hash is 'Hash of all it was calculated from.';
comment on column reporting.runs.stages is 'JSON: seconds and rows of each stage and model; what had no exchange rate.';
comment on column reporting.runs.started_at is 'When it began.';
comment on column reporting.runs.finished_at is 'When it ended.';

create view reporting.reward_versions as
select
    rewards.period, rewards.counterparty_id, counterparties.name as counterparty_name, rewards.contract_id,
    rewards.scheme, rewards.scheme_version, rewards.component, rewards.currency, rewards.lines, rewards.paid_lines,
    rewards.base_amount, rewards.amount, rewards.run_id, times.current_from, times.current_to, times.shown_from,
    times.shown_to
from results.rewards
join runs.version_times as times using (period, counterparty_id, run_id)
left join registry.counterparties using (counterparty_id);
comment on view reporting.reward_versions is 'Rewards of every version there has been, once for each time that it was current. As of a moment: shown_from <= moment and (shown_to is null or shown_to > moment).';
comment on column reporting.reward_versions.period is 'Calendar month.';
comment on column reporting.reward_versions.counterparty_id is 'Whom the reward is for.';
comment on column reporting.reward_versions.counterparty_name is 'Name of the counterparty now.';
comment on column reporting.reward_versions.contract_id is 'Contract the reward is earned under.';
comment on column reporting.reward_versions.scheme is 'Scheme of the contract.';
comment on column reporting.reward_versions.scheme_version is 'Version of the scheme in force.';
comment on column reporting.reward_versions.component is 'Component of the scheme, or the limit that takes away (a negative amount).';
comment on column reporting.reward_versions.currency is 'Currency of the amounts.';
comment on column reporting.reward_versions.lines is 'Lines of the component, those that earn nothing included.';
comment on column reporting.reward_versions.paid_lines is 'Lines that are paid.';
comment on column reporting.reward_versions.base_amount is 'Sum of the amounts that the paid lines are reckoned from.';
comment on column reporting.reward_versions.amount is 'The reward: sum of the lines'' amounts.';
comment on column reporting.reward_versions.run_id is 'Run that made the version.';
comment on column reporting.reward_versions.current_from is 'When the version became current.';
comment on column reporting.reward_versions.current_to is 'When another became current, or none; null: it is current.';
comment on column reporting.reward_versions.shown_from is 'Since when readers saw it; null: never, for the period was closed before.';
comment on column reporting.reward_versions.shown_to is 'Until when readers saw it; null: they do, or never did.';

create view reporting.version_times as
select period, counterparty_id, run_id, current_from, current_to, shown_from, shown_to from runs.version_times;
comment on view reporting.version_times is 'Each time a version was current, and when readers saw it.';
comment on column reporting.version_times.period is 'Calendar month.';
comment on column reporting.version_times.counterparty_id is 'The counterparty; empty for events that are nobody''s.';
comment on column reporting.version_times.run_id is 'Run that made the version.';
comment on column reporting.version_times.current_from is 'When the version became current.';
comment on column reporting.version_times.current_to is 'When another became current, or none; null: it is current.';
comment on column reporting.version_times.shown_from is 'Since when readers saw it; null: never, for the period was closed before.';
comment on column reporting.version_times.shown_to is 'Until when readers saw it; null: they do, or never did.';

create view reporting.periods as
select period, state, counterparties, what as newest_decision, author, reason, decided_at from runs.period_states;
comment on view reporting.periods is 'Periods of which there are files or results, and what state each is in.';
comment on column reporting.periods.period is 'Calendar month.';
comment on column reporting.periods.state is 'open: nothing is calculated; calculated; approved: somebody approved exactly what is current; closed: what readers see never changes any more.';
comment on column reporting.periods.counterparties is 'Current versions, events that are nobody''s included.';
comment on column reporting.periods.newest_decision is 'approved, withdrawn or closed; an approval of what is no longer current leaves the state calculated.';
comment on column reporting.periods.author is 'Who decided it.';
comment on column reporting.periods.reason is 'Why.';
comment on column reporting.periods.decided_at is 'When.';

create view reporting.period_decisions as
select decision, period, what, author, reason, content_hash, decided_at from runs.period_decisions;
comment on view reporting.period_decisions is 'Every approval, withdrawal and closing of a period.';
comment on column reporting.period_decisions.decision is 'Number of the decision, rising.';
comment on column reporting.period_decisions.period is 'Calendar month.';
comment on column reporting.period_decisions.what is 'approved, withdrawn or closed.';
comment on column reporting.period_decisions.author is 'Who decided it.';
comment on column reporting.period_decisions.reason is 'Why.';
comment on column reporting.period_decisions.content_hash is 'Hash of the versions it speaks of.';
comment on column reporting.period_decisions.decided_at is 'When.';

create view reporting.missing_exchange_rates as
select
    period, counterparty_id, original_currency as currency, currency as into_currency,
    min(event_date) as first_day, max(event_date) as last_day,
    count(distinct (data_set, load_id, row_number)) as rows,
    sum(distinct_amount) as amount
from (
    select
        reward_lines.*,
        case when row_number() over (
            partition by period, counterparty_id, data_set, load_id, row_number, currency order by component
        ) = 1 then original_amount end as distinct_amount
    from reporting.reward_lines
    where reason = 'no_exchange_rate'
) as lines
group by period, counterparty_id, original_currency, currency;
comment on view reporting.missing_exchange_rates is 'What was not paid because no exchange rate of its day is known. Filter by period.';
comment on column reporting.missing_exchange_rates.period is 'Calendar month.';
comment on column reporting.missing_exchange_rates.counterparty_id is 'Who was not paid.';
comment on column reporting.missing_exchange_rates.currency is 'Currency of the events'' amounts.';
comment on column reporting.missing_exchange_rates.into_currency is 'Currency of the scheme, in which they have no rate.';
comment on column reporting.missing_exchange_rates.first_day is 'First day of an event without a rate.';
comment on column reporting.missing_exchange_rates.last_day is 'Last day of one.';
comment on column reporting.missing_exchange_rates.rows is 'Input rows that were not paid.';
comment on column reporting.missing_exchange_rates.amount is 'Sum of their amounts, in their own currency.';
