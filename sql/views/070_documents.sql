-- For analysts, and for the documents that are made from them: plans, cohorts, what is taken back, and how each line stands.

create view reporting.plan_attainment as
with

-- What a scheme holds against a plan: the measure in ratio(measure, plan), measure >= plan or measure > plan.
held_against as (
    select
        scheme,
        version,
        measures.value ->> 'plan' as plan,
        measures.value ->> 'type' as type,
        canonical ->> 'currency' as currency,
        canonical,
        (
            select found[1]
            from regexp_matches(canonical::text, '(\w+) *(?:,|>=|>) *' || measures.key || '\M', 'g') as found
            where canonical -> 'measures' ? found[1]
            limit 1
        ) as measure
    from registry.scheme_versions
    cross join lateral jsonb_each(canonical -> 'measures') as measures
    where measures.value ? 'plan'
),

contracts as (
    select run_id, period, counterparty_id, contract_id, scheme, max(scheme_version) as scheme_version
    from results.rewards
    group by run_id, period, counterparty_id, contract_id, scheme
),

pairs as (
    select
        contracts.*, held_against.plan, held_against.type, held_against.currency, held_against.measure,
        held_against.canonical #>> array['measures', held_against.measure, 'title', 'en'] as measure_en,
        held_against.canonical #>> array['measures', held_against.measure, 'title', 'ru'] as measure_ru,
        case
            when held_against.measure is null then null
            when held_against.canonical -> 'measures' -> held_against.measure ? 'sum' then coalesce(volumes.base_amount, 0)
            else coalesce(volumes.base_count, 0)
        end as actual
    from contracts
    join held_against
        on held_against.scheme = contracts.scheme and held_against.version = contracts.scheme_version
    left join results.volumes
        on volumes.period = contracts.period and volumes.run_id = contracts.run_id
        and volumes.contract_id = contracts.contract_id and volumes.component = held_against.measure
)

select
    plans.period, counterparties.branch, plans.counterparty_id, counterparties.name as counterparty_name, plans.plan,
    pairs.contract_id, pairs.scheme, pairs.scheme_version, pairs.measure, pairs.measure_en, pairs.measure_ru,
    coalesce(pairs.type, 'number') = 'money' as is_money, pairs.currency, plans.target,
    pairs.actual::numeric(18, 4) as actual,
    case when plans.target <> 0 then round(pairs.actual / plans.target, 6) end as attainment,
    plans.run_id
from results.plans
join runs.shown_versions using (period, counterparty_id, run_id)
left join registry.counterparties using (counterparty_id)
left join pairs using (period, counterparty_id, run_id, plan);
comment on view reporting.plan_attainment is 'A plan of a counterparty and what came of it: one row a period, plan and contract whose scheme asks for the plan; a plan that no scheme asks for has one row without a contract.';
comment on column reporting.plan_attainment.period is 'Calendar month, such as 2026-10.';
comment on column reporting.plan_attainment.branch is 'Branch of the counterparty as it is now; null where it has left the registry.';
comment on column reporting.plan_attainment.counterparty_id is 'The counterparty.';
comment on column reporting.plan_attainment.counterparty_name is 'Name of the counterparty.';
comment on column reporting.plan_attainment.plan is 'Name of the plan, as files and schemes have it.';
comment on column reporting.plan_attainment.contract_id is 'Contract whose scheme asks for the plan; null where none does.';
comment on column reporting.plan_attainment.scheme is 'Scheme of the contract.';
comment on column reporting.plan_attainment.scheme_version is 'Version of the scheme in force last in the period.';
comment on column reporting.plan_attainment.measure is 'Measure that the scheme holds against the plan: in ratio(measure, plan), measure >= plan or measure > plan; null where it holds none.';
comment on column reporting.plan_attainment.measure_en is 'Title of the measure in English.';
comment on column reporting.plan_attainment.measure_ru is 'Title of the measure in Russian.';
comment on column reporting.plan_attainment.is_money is 'Whether the plan is a sum of money; otherwise it is a number.';
comment on column reporting.plan_attainment.currency is 'Currency of the scheme.';
comment on column reporting.plan_attainment.target is 'The plan.';
comment on column reporting.plan_attainment.actual is 'What was measured in the period; null where the scheme holds nothing against the plan.';
comment on column reporting.plan_attainment.attainment is 'actual / target as a fraction, rounded to six places; null where the plan is 0.';
comment on column reporting.plan_attainment.run_id is 'Run that calculated the version shown.';

create view reporting.cohorts as
select
    cohorts.period, counterparties.branch, cohorts.counterparty_id, counterparties.name as counterparty_name,
    cohorts.activated_in, cohorts.activated, cohorts.left_now, cohorts.returned, cohorts.fraudulent, cohorts.run_id
from results.cohorts
join runs.shown_versions using (period, counterparty_id, run_id)
left join registry.counterparties using (counterparty_id);
comment on view reporting.cohorts is 'What became of sales: one row a period, counterparty and month of activation in which anything happened to its subscribers. Who left in all is the sum of left_now over the periods so far, less returned.';
comment on column reporting.cohorts.period is 'Calendar month, such as 2026-10.';
comment on column reporting.cohorts.branch is 'Branch of the counterparty as it is now; null where it has left the registry.';
comment on column reporting.cohorts.counterparty_id is 'Whose subscribers; empty where they are nobody''s.';
comment on column reporting.cohorts.counterparty_name is 'Name of the counterparty.';
comment on column reporting.cohorts.activated_in is 'The cohort: calendar month of the activation.';
comment on column reporting.cohorts.activated is 'Subscribers whose activation was reported in this period.';
comment on column reporting.cohorts.left_now is 'Subscribers who left in this period.';
comment on column reporting.cohorts.returned is 'Subscribers who had left and came back in this period.';
comment on column reporting.cohorts.fraudulent is 'Subscribers of whom an event was not paid in this period because they were marked as fraud.';
comment on column reporting.cohorts.run_id is 'Run that calculated the version shown.';

create view reporting.clawbacks as
select
    lines.line, lines.period, lines.branch, lines.counterparty_id, lines.counterparty_name, lines.contract_id,
    lines.scheme, lines.scheme_version, lines.component, lines.stream, lines.event_date, lines.subscriber_id,
    lines.outlet_id, lines.outlet_name, lines.outcome, lines.amount, lines.currency, lines.taken_period,
    lines.taken_component, taken.line as taken_line, taken.stream as taken_stream, taken.event_date as taken_event_date,
    taken.amount as taken_amount, lines.run_id
from reporting.reward_lines as lines
left join reporting.reward_lines as taken
    on taken.period = lines.taken_period
    and taken.counterparty_id = lines.counterparty_id
    and taken.contract_id = lines.taken_contract_id
    and taken.component = lines.taken_component
    and taken.stream = lines.taken_stream
    and taken.load_id = lines.taken_load_id
    and taken.row_number = lines.taken_row_number
where lines.taken_period is not null;
comment on view reporting.clawbacks is 'What is taken back, or given back, beside what was paid before: one row a line. Filter by period.';
comment on column reporting.clawbacks.line is 'Names the line: prm explain PERIOD/COUNTERPARTY/LINE.';
comment on column reporting.clawbacks.period is 'Calendar month, such as 2026-10.';
comment on column reporting.clawbacks.branch is 'Branch of the counterparty as it is now; null where it has left the registry.';
comment on column reporting.clawbacks.counterparty_id is 'The counterparty.';
comment on column reporting.clawbacks.counterparty_name is 'Name of the counterparty.';
comment on column reporting.clawbacks.contract_id is 'The contract.';
comment on column reporting.clawbacks.scheme is 'Scheme of the contract.';
comment on column reporting.clawbacks.scheme_version is 'Version of the scheme.';
comment on column reporting.clawbacks.component is 'Component that takes back.';
comment on column reporting.clawbacks.stream is 'Stream of the event that takes back: churn, fraud_mark, tariff_change…';
comment on column reporting.clawbacks.event_date is 'Day of that event.';
comment on column reporting.clawbacks.subscriber_id is 'The subscriber.';
comment on column reporting.clawbacks.outlet_id is 'Outlet of the line that was paid.';
comment on column reporting.clawbacks.outlet_name is 'Name of the outlet.';
comment on column reporting.clawbacks.outcome is 'clawed_back, or reinstated: given back after that.';
comment on column reporting.clawbacks.amount is 'What is taken back (negative), or given back.';
comment on column reporting.clawbacks.currency is 'Currency of the amounts.';
comment on column reporting.clawbacks.taken_period is 'Period of the line that was paid.';
comment on column reporting.clawbacks.taken_component is 'Component of the line that was paid.';
comment on column reporting.clawbacks.taken_line is 'Names that line; null where a period''s total is taken back, or where the line is no longer shown.';
comment on column reporting.clawbacks.taken_stream is 'Stream of the event that was paid on.';
comment on column reporting.clawbacks.taken_event_date is 'Day of the event that was paid on.';
comment on column reporting.clawbacks.taken_amount is 'What was paid for it.';
comment on column reporting.clawbacks.run_id is 'Run that calculated the version shown.';

create view reporting.line_standings as
select
    case
        when outcome in ('capped', 'recovered') then 'underpaid'
        when outcome = 'clawed_back' then 'overpaid'
        when outcome <> 'not_eligible' then 'fully_paid'
        when reason in (
            'no_exchange_rate', 'unknown_amount', 'no_contract', 'no_kit', 'kit_conflict', 'no_subscriber', 'no_outlet',
            'reported_late'
        ) then 'unpaid'
        else 'disqualified'
    end as standing,
    lines.*
from reporting.reward_lines as lines;
comment on view reporting.line_standings is 'Lines as a dealer checks them against its own records: the columns of reward_lines and how each line stands. Every line stands in exactly one way, so that their sums are the reward''s. Filter by period.';
comment on column reporting.line_standings.standing is 'fully_paid: as the contract''s rates give it, with what is added, given back or rounded; underpaid: less than the rates give, because of a limit or an advance; overpaid: paid before and no longer due, so taken back; unpaid: something is missing that may still come (a rate, a value, a sale, a contract); disqualified: the contract''s conditions do not let it be paid.';
comment on column reporting.line_standings.line is 'As in reporting.reward_lines.line.';
comment on column reporting.line_standings.period is 'As in reporting.reward_lines.period.';
comment on column reporting.line_standings.branch is 'As in reporting.reward_lines.branch.';
comment on column reporting.line_standings.counterparty_id is 'As in reporting.reward_lines.counterparty_id.';
comment on column reporting.line_standings.counterparty_name is 'As in reporting.reward_lines.counterparty_name.';
comment on column reporting.line_standings.contract_id is 'As in reporting.reward_lines.contract_id.';
comment on column reporting.line_standings.scheme is 'As in reporting.reward_lines.scheme.';
comment on column reporting.line_standings.scheme_version is 'As in reporting.reward_lines.scheme_version.';
comment on column reporting.line_standings.component is 'As in reporting.reward_lines.component.';
comment on column reporting.line_standings.stream is 'As in reporting.reward_lines.stream.';
comment on column reporting.line_standings.event_id is 'As in reporting.reward_lines.event_id.';
comment on column reporting.line_standings.event_date is 'As in reporting.reward_lines.event_date.';
comment on column reporting.line_standings.subscriber_id is 'As in reporting.reward_lines.subscriber_id.';
comment on column reporting.line_standings.outlet_id is 'As in reporting.reward_lines.outlet_id.';
comment on column reporting.line_standings.outlet_name is 'As in reporting.reward_lines.outlet_name.';
comment on column reporting.line_standings.product_id is 'As in reporting.reward_lines.product_id.';
comment on column reporting.line_standings.product_name is 'As in reporting.reward_lines.product_name.';
comment on column reporting.line_standings.base_amount is 'As in reporting.reward_lines.base_amount.';
comment on column reporting.line_standings.base_count is 'As in reporting.reward_lines.base_count.';
comment on column reporting.line_standings.amount is 'As in reporting.reward_lines.amount.';
comment on column reporting.line_standings.currency is 'As in reporting.reward_lines.currency.';
comment on column reporting.line_standings.outcome is 'As in reporting.reward_lines.outcome.';
comment on column reporting.line_standings.reason is 'As in reporting.reward_lines.reason.';
comment on column reporting.line_standings.failed_condition is 'As in reporting.reward_lines.failed_condition.';
comment on column reporting.line_standings.tier_split is 'As in reporting.reward_lines.tier_split.';
comment on column reporting.line_standings.data_set is 'As in reporting.reward_lines.data_set.';
comment on column reporting.line_standings.load_id is 'As in reporting.reward_lines.load_id.';
comment on column reporting.line_standings.file_name is 'As in reporting.reward_lines.file_name.';
comment on column reporting.line_standings.row_number is 'As in reporting.reward_lines.row_number.';
comment on column reporting.line_standings.run_id is 'As in reporting.reward_lines.run_id.';
comment on column reporting.line_standings.taken_period is 'As in reporting.reward_lines.taken_period.';
comment on column reporting.line_standings.taken_contract_id is 'As in reporting.reward_lines.taken_contract_id.';
comment on column reporting.line_standings.taken_component is 'As in reporting.reward_lines.taken_component.';
comment on column reporting.line_standings.taken_stream is 'As in reporting.reward_lines.taken_stream.';
comment on column reporting.line_standings.taken_data_set is 'As in reporting.reward_lines.taken_data_set.';
comment on column reporting.line_standings.taken_load_id is 'As in reporting.reward_lines.taken_load_id.';
comment on column reporting.line_standings.taken_file_name is 'As in reporting.reward_lines.taken_file_name.';
comment on column reporting.line_standings.taken_row_number is 'As in reporting.reward_lines.taken_row_number.';
comment on column reporting.line_standings.original_amount is 'As in reporting.reward_lines.original_amount.';
comment on column reporting.line_standings.original_currency is 'As in reporting.reward_lines.original_currency.';
comment on column reporting.line_standings.exchange_rate is 'As in reporting.reward_lines.exchange_rate.';

create view reporting.component_titles as
select
    scheme, version, entries.key as component, entries.value #>> '{title,en}' as title_en,
    entries.value #>> '{title,ru}' as title_ru,
    canonical -> 'components' ? entries.key or canonical -> 'limits' ? entries.key as is_paid
from registry.scheme_versions
cross join lateral jsonb_each(
    coalesce(canonical -> 'measures', '{}') || coalesce(canonical -> 'limits', '{}')
    || coalesce(canonical -> 'components', '{}')
) as entries;
comment on view reporting.component_titles is 'What components, limits and measures of schemes are called.';
comment on column reporting.component_titles.scheme is 'The scheme.';
comment on column reporting.component_titles.version is 'Version of the scheme.';
comment on column reporting.component_titles.component is 'Name of the component, limit or measure.';
comment on column reporting.component_titles.title_en is 'Title in English.';
comment on column reporting.component_titles.title_ru is 'Title in Russian.';
comment on column reporting.component_titles.is_paid is 'Whether it is a component or a limit; a measure earns nothing by itself.';

create view reporting.forms as
select form, version, file_name, content_hash, author, added_at from documents.forms;
comment on view reporting.forms is 'Versions of the forms that people added: prm form add.';
comment on column reporting.forms.form is 'Name of the form.';
comment on column reporting.forms.version is '1, 2, 3…';
comment on column reporting.forms.file_name is 'Name of the file that was added.';
comment on column reporting.forms.content_hash is 'SHA-256 of the file.';
comment on column reporting.forms.author is 'Who added it.';
comment on column reporting.forms.added_at is 'When.';
