-- What documents need: more formats; forms that users keep, with their versions; the parameters a document was made with;
-- and two intermediate tables of the calculation that are published with it: plans, and what became of sales.
alter table documents.documents drop constraint documents_format_check;
alter table documents.documents add check (format in ('xlsx', 'docx', 'pdf', 'csv', 'html', 'ods'));
alter table documents.documents
    add column form_version int not null default 1 check (form_version > 0),
    add column parameters jsonb not null default '{}';
alter table documents.documents
    drop constraint documents_form_period_counterparty_id_branch_language_forma_key,
    add constraint one_of_a_kind unique nulls not distinct
        (form, form_version, parameters, reconciliation, period, counterparty_id, branch, language, format, source_hash);

-- A form that somebody added: one file, a version each time its content is another. Versions never change.
create table documents.forms (
    form text not null check (form ~ '^[a-z][a-z0-9_]*$'),
    version int not null check (version > 0),
    file_name text not null,
    content bytea not null,
    content_hash text not null,
    author text not null check (author <> ''),
    added_at timestamptz not null default clock_timestamp(),
    primary key (form, version)
);

create function documents.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'PRM00',
        message = format('%s.%s is append-only.', tg_table_schema, tg_table_name),
        hint = 'A changed form is a new version: prm form add.';
end $$;
create trigger versions_never_change before update or delete or truncate
    on documents.forms execute function documents.refuse_change();
alter table documents.forms enable always trigger versions_never_change;

-- Intermediate: the plans of a counterparty, as the period's calculation counted them.
create table results.plans (
    run_id bigint not null,
    period text not null,
    counterparty_id text not null,
    plan text not null,
    target numeric(18, 4) not null
) partition by list (period);

-- Intermediate: what happened in the period to subscribers, by the month that they were activated in.
create table results.cohorts (
    run_id bigint not null,
    period text not null,
    counterparty_id text not null,             -- '' where nobody's
    activated_in text not null,                -- the cohort: month of the activation
    activated bigint not null,                 -- subscribers whose activation came in this period
    left_now bigint not null,                  -- subscribers who left in this period
    returned bigint not null,                  -- and who came back
    fraudulent bigint not null                 -- subscribers of whom an event was not paid in this period for fraud
) partition by list (period);

-- Months that were calculated before have empty ones.
select results.make_partitions(period, array['plans', 'cohorts'])
from (select distinct period from results.versions) as periods;
