-- Documents: every file that was made, from which version of the results, with its hash.
-- Owned by the room `reports`.
create schema documents;

create table documents.documents (
    document_id bigint generated always as identity primary key,
    form text not null,
    period text not null,
    counterparty_id text not null default '',  -- '' for a document of the whole operator
    branch text not null default '',
    language text not null check (language in ('ru', 'en')),
    format text not null check (format in ('xlsx', 'docx', 'pdf')),
    runs bigint[] not null,                    -- versions of the results it was made from
    source_hash text not null,                 -- of the data, the form and the settings: equal means nothing to make again
    path text not null,                        -- relative to the project's home
    sha256 text not null,
    bytes bigint not null,
    made_at timestamptz not null default now(),
    unique (form, period, counterparty_id, branch, language, format, source_hash)
);
create index on documents.documents (period, counterparty_id);
