-- For analysts: what was sent where, and how it ended.

create view reporting.deliveries as
select
    attempts.attempt, attempts.period, attempts.counterparty_id, counterparties.name as counterparty_name,
    documents.form, documents.language, documents.format, documents.path, documents.sha256, documents.bytes,
    attempts.channel, attempts.address, attempts.message_id, attempts.author, attempts.begun_at,
    outcomes.outcome, outcomes.error, outcomes.ended_at
from delivery.attempts
join delivery.attempt_documents as documents using (attempt)
left join delivery.outcomes using (attempt)
left join registry.counterparties using (counterparty_id);
comment on view reporting.deliveries is 'Documents that were sent, or tried to be: one row a document and attempt.';
comment on column reporting.deliveries.attempt is 'Number of the attempt; one message, or one visit to a folder, may carry several documents.';
comment on column reporting.deliveries.period is 'Calendar month of the document.';
comment on column reporting.deliveries.counterparty_id is 'Whose document; empty for the operator''s.';
comment on column reporting.deliveries.counterparty_name is 'Its name.';
comment on column reporting.deliveries.form is 'Form, such as statement; _archive: the archive of the month.';
comment on column reporting.deliveries.language is 'ru or en.';
comment on column reporting.deliveries.format is 'xlsx, docx, pdf, csv, html, ods or zip.';
comment on column reporting.deliveries.path is 'The document, below the project''s home.';
comment on column reporting.deliveries.sha256 is 'Which version of it: hash of the file as it was sent.';
comment on column reporting.deliveries.bytes is 'Size of the file.';
comment on column reporting.deliveries.channel is 'email or folder.';
comment on column reporting.deliveries.address is 'Where to: an e-mail address, or a folder''s path or URL; empty where none is known.';
comment on column reporting.deliveries.message_id is 'Message-ID of the e-mail: the same whenever the same documents are tried again.';
comment on column reporting.deliveries.author is 'Who sent it.';
comment on column reporting.deliveries.begun_at is 'When the attempt began.';
comment on column reporting.deliveries.outcome is 'delivered: the receiving side took it; failed: not this time; refused: not without something being put right; unknown: the sender died before it could say, and it was tried again; null: it goes on.';
comment on column reporting.deliveries.error is 'Why it was not delivered.';
comment on column reporting.deliveries.ended_at is 'When it was known how it ended.';
