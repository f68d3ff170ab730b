-- Documents leave the house: an archive of a month's documents, and the journal of what was sent where.
alter table documents.documents drop constraint documents_format_check;
alter table documents.documents add check (format in ('xlsx', 'docx', 'pdf', 'csv', 'html', 'ods', 'zip'));

-- The journal. Owned by the room `delivery`. Rows are only added: an attempt is written before anything goes, and how it
-- ended is written beside it afterwards. An attempt without an end is one that goes on, or whose sender has died.
create schema delivery;

create function delivery.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'PRM00',
        message = format('%s.%s is append-only.', tg_table_schema, tg_table_name),
        hint = 'What was sent stays in the journal; sent again, it is another attempt: prm send --again.';
end $$;

-- One parcel on its way: documents of one counterparty (or of the operator) and month, to one address.
create table delivery.attempts (
    attempt bigint generated always as identity primary key,
    period text not null check (period ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    counterparty_id text not null,             -- '' for documents of the operator
    channel text not null check (channel in ('email', 'folder')),
    address text not null,                     -- an e-mail address, or a folder's path or URL; '' where none is known
    message_id text,                           -- of an e-mail: the same whenever the same documents are tried again
    author text not null check (author <> ''),
    begun_at timestamptz not null default clock_timestamp()
);
create index on delivery.attempts (period, counterparty_id);

-- What is in it.
create table delivery.attempt_documents (
    attempt bigint not null references delivery.attempts,
    path text not null,                        -- of the document, below the project's home
    sha256 text not null,                      -- which version of it
    form text not null,
    language text not null,
    format text not null,
    bytes bigint not null,
    primary key (attempt, path)
);
create index on delivery.attempt_documents (path, sha256);

-- How it ended.
create table delivery.outcomes (
    attempt bigint primary key references delivery.attempts,
    outcome text not null check (outcome in (
        'delivered',                           -- the receiving side has taken it
        'failed',                              -- not this time: it is tried again
        'refused',                             -- for good: somebody has to do something first
        'unknown'                              -- its sender died before it could say; it was tried again
    )),
    error text,                                -- why not, in the words of the other side where it has said any
    ended_at timestamptz not null default clock_timestamp(),
    check ((outcome = 'delivered') = (error is null))
);

create trigger attempts_are_append_only before update or delete or truncate
    on delivery.attempts execute function delivery.refuse_change();
create trigger attempt_documents_are_append_only before update or delete or truncate
    on delivery.attempt_documents execute function delivery.refuse_change();
create trigger outcomes_are_append_only before update or delete or truncate
    on delivery.outcomes execute function delivery.refuse_change();
alter table delivery.attempts enable always trigger attempts_are_append_only;
alter table delivery.attempt_documents enable always trigger attempt_documents_are_append_only;
alter table delivery.outcomes enable always trigger outcomes_are_append_only;
