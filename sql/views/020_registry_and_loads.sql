-- For analysts: who and what, and the files that came in.

create view reporting.counterparties as
select counterparty_id, name, kind, parent_id, branch, tax_number, email from registry.counterparties;
comment on view reporting.counterparties is 'Counterparties as they are now.';
comment on column reporting.counterparties.counterparty_id is 'Key.';
comment on column reporting.counterparties.name is 'Name.';
comment on column reporting.counterparties.kind is 'dealer, subdealer, agent or partner.';
comment on column reporting.counterparties.parent_id is 'The counterparty above it.';
comment on column reporting.counterparties.branch is 'Branch of the operator.';
comment on column reporting.counterparties.tax_number is 'Taxpayer number.';
comment on column reporting.counterparties.email is 'Address for documents.';

create view reporting.outlets as
select outlet_id, counterparty_id, name, kind, region, opened_on, closed_on from registry.outlets;
comment on view reporting.outlets is 'Outlets as they are now.';
comment on column reporting.outlets.outlet_id is 'Key.';
comment on column reporting.outlets.counterparty_id is 'Whose outlet it is.';
comment on column reporting.outlets.name is 'Name.';
comment on column reporting.outlets.kind is 'own, multibrand or online.';
comment on column reporting.outlets.region is 'Region.';
comment on column reporting.outlets.opened_on is 'Day it opened.';
comment on column reporting.outlets.closed_on is 'Day it closed.';

create view reporting.products as
select product_id, name, product_group from registry.products;
comment on view reporting.products is 'Products and tariffs as they are now.';
comment on column reporting.products.product_id is 'Key.';
comment on column reporting.products.name is 'Name.';
comment on column reporting.products.product_group is 'Group, such as voice, data or content.';

create view reporting.contracts as
select contract_id, counterparty_id, scheme, valid_from, valid_to, status, currency, vat_status, settlement_level,
    notice_days, acceptance_days, minimum_payout
from registry.contracts;
comment on view reporting.contracts is 'Contracts as they are now.';
comment on column reporting.contracts.contract_id is 'Key.';
comment on column reporting.contracts.counterparty_id is 'With whom.';
comment on column reporting.contracts.scheme is 'Scheme it picks.';
comment on column reporting.contracts.valid_from is 'First day.';
comment on column reporting.contracts.valid_to is 'Last day, included; null: open-ended.';
comment on column reporting.contracts.status is 'active, suspended or terminated; only active ones earn.';
comment on column reporting.contracts.currency is 'Currency of settlement.';
comment on column reporting.contracts.vat_status is 'payer or exempt.';
comment on column reporting.contracts.settlement_level is 'counterparty, outlet or group.';
comment on column reporting.contracts.notice_days is 'How many days ahead changes of its scheme must be announced; null: it demands no notice.';
comment on column reporting.contracts.acceptance_days is 'Days after the posting until a statement is deemed accepted; null: the usual ten.';
comment on column reporting.contracts.minimum_payout is 'Less than this is carried forward instead of being paid out; null: what the batch says.';

create view reporting.contract_attributes as
select contract_id, attribute, valid_from, value, author, file_name, recorded_at
from registry.contract_attributes
left join loads.loads using (load_id);
comment on view reporting.contract_attributes is 'Contracts'' own values of their schemes'' attributes.';
comment on column reporting.contract_attributes.contract_id is 'The contract.';
comment on column reporting.contract_attributes.attribute is 'Name of the attribute.';
comment on column reporting.contract_attributes.valid_from is 'Day from which the value holds.';
comment on column reporting.contract_attributes.value is 'The value as written; null: from that day on none is agreed.';
comment on column reporting.contract_attributes.author is 'Who set it; file: it came in the contracts'' file.';
comment on column reporting.contract_attributes.file_name is 'File it came in.';
comment on column reporting.contract_attributes.recorded_at is 'When it was recorded.';

create view reporting.counterparty_attributes as
select counterparty_id, attribute, valid_from, value, author, file_name, recorded_at
from registry.counterparty_attributes
left join loads.loads using (load_id);
comment on view reporting.counterparty_attributes is 'Values of attributes for counterparties: of their schemes, where a contract has none of its own, and the user''s.';
comment on column reporting.counterparty_attributes.counterparty_id is 'The counterparty.';
comment on column reporting.counterparty_attributes.attribute is 'Name of the attribute.';
comment on column reporting.counterparty_attributes.valid_from is 'Day from which the value holds.';
comment on column reporting.counterparty_attributes.value is 'The value as written; null: from that day on none is agreed.';
comment on column reporting.counterparty_attributes.author is 'Who set it; file: it came in the counterparties'' file.';
comment on column reporting.counterparty_attributes.file_name is 'File it came in.';
comment on column reporting.counterparty_attributes.recorded_at is 'When it was recorded.';

create view reporting.branch_attributes as
select branch, attribute, valid_from, value, author, recorded_at from registry.branch_attributes;
comment on view reporting.branch_attributes is 'Values of attributes for branches: they hold where neither contract nor counterparty has one.';
comment on column reporting.branch_attributes.branch is 'The branch.';
comment on column reporting.branch_attributes.attribute is 'Name of the attribute.';
comment on column reporting.branch_attributes.valid_from is 'Day from which the value holds.';
comment on column reporting.branch_attributes.value is 'The value as written; null: from that day on none is agreed.';
comment on column reporting.branch_attributes.author is 'Who set it.';
comment on column reporting.branch_attributes.recorded_at is 'When it was recorded.';

create view reporting.scheme_versions as
select scheme, version, valid_from, content_hash, canonical, added_at, added_by, reason from registry.scheme_versions;
comment on view reporting.scheme_versions is 'Versions of schemes; a version never changes.';
comment on column reporting.scheme_versions.scheme is 'Name of the scheme.';
comment on column reporting.scheme_versions.version is 'Number of the version.';
comment on column reporting.scheme_versions.valid_from is 'Day from which it applies.';
comment on column reporting.scheme_versions.content_hash is 'Hash of its canonical form.';
comment on column reporting.scheme_versions.canonical is 'JSON: the rules in canonical form.';
comment on column reporting.scheme_versions.added_at is 'When it was added.';
comment on column reporting.scheme_versions.added_by is 'Who added it.';
comment on column reporting.scheme_versions.reason is 'Why, where it reached closed months when it was added.';

create view reporting.loads as
select
    load_id, data_set, file_name, slot, branch, state, state_reason, superseded_by, bytes, rows_total, rows_accepted,
    rows_quarantined, seconds, loaded_at
from loads.loads;
comment on view reporting.loads is 'Files that were offered, and what became of them.';
comment on column reporting.loads.load_id is 'Key: the beginning of the content''s hash.';
comment on column reporting.loads.data_set is 'What the file holds.';
comment on column reporting.loads.file_name is 'Name it was offered under.';
comment on column reporting.loads.slot is 'What it is about: data set, period, branch. A new file of a slot supersedes the one before.';
comment on column reporting.loads.branch is 'Branch it came from.';
comment on column reporting.loads.state is 'live, superseded, withdrawn or refused.';
comment on column reporting.loads.state_reason is 'JSON: why it was refused or withdrawn, in both languages.';
comment on column reporting.loads.superseded_by is 'Load that took its place.';
comment on column reporting.loads.bytes is 'Size of the content.';
comment on column reporting.loads.rows_total is 'Rows of the file.';
comment on column reporting.loads.rows_accepted is 'Rows in the lake.';
comment on column reporting.loads.rows_quarantined is 'Rows refused.';
comment on column reporting.loads.seconds is 'How long loading took.';
comment on column reporting.loads.loaded_at is 'When.';

create view reporting.quarantined_rows as
select quarantined.load_id, loads.file_name, loads.data_set, quarantined.reason, quarantined.rows
from loads.quarantined join loads.loads using (load_id);
comment on view reporting.quarantined_rows is 'How many rows of a file were refused, by reason; `prm loads --quarantine` shows the rows.';
comment on column reporting.quarantined_rows.load_id is 'The load.';
comment on column reporting.quarantined_rows.file_name is 'Its file.';
comment on column reporting.quarantined_rows.data_set is 'What the file holds.';
comment on column reporting.quarantined_rows.reason is 'Code of the reason.';
comment on column reporting.quarantined_rows.rows is 'How many rows.';

create view reporting.documents as
select document_id, form, form_version, period, counterparty_id, branch, language, format, parameters, reconciliation, runs,
    path, sha256, bytes, made_at,
    case when reconciliation is not null then 'reconciliation' when counterparty_id = '' then 'operator' else 'counterparty' end
        as audience
from documents.documents;
comment on view reporting.documents is 'Documents that were made.';
comment on column reporting.documents.document_id is 'Key.';
comment on column reporting.documents.form is 'Form, such as statement; _archive: all documents of the month in one ZIP.';
comment on column reporting.documents.form_version is 'Version of the form, where people added it; 1 of the project''s own.';
comment on column reporting.documents.parameters is 'JSON: parameters of the form that were chosen for it.';
comment on column reporting.documents.period is 'Calendar month.';
comment on column reporting.documents.counterparty_id is 'For whom; empty for the operator.';
comment on column reporting.documents.branch is 'Branch it is about; empty for all.';
comment on column reporting.documents.language is 'ru or en.';
comment on column reporting.documents.format is 'xlsx, docx, pdf, csv, html or ods; zip for an archive.';
comment on column reporting.documents.reconciliation is 'Of an act: the number of its reconciliation.';
comment on column reporting.documents.runs is 'Runs whose versions it shows.';
comment on column reporting.documents.path is 'Where the file is, below the project''s home.';
comment on column reporting.documents.sha256 is 'Hash of the file.';
comment on column reporting.documents.bytes is 'Size of the file.';
comment on column reporting.documents.made_at is 'When it was made.';
comment on column reporting.documents.audience is 'counterparty, operator, or reconciliation: of an act, which both sides sign.';

create view reporting.links_by_hand as
select 'link' as kind, link_id as number, subscriber_id, outlet_id, valid_from, valid_to, reason, author,
    recorded_at as known_from, null::timestamptz as known_to, null::text as end_reason, null::text as end_author
from registry.links
union all
select 'fraud mark', mark_id, subscriber_id, null, valid_from, valid_to, reason, author, recorded_at, null, null, null
from registry.fraud_marks
union all
select kind, number, subscriber_id, outlet_id, valid_from, valid_to, reason, author, known_from, known_to, end_reason,
    end_author
from registry.former_ranges;
comment on view reporting.links_by_hand is 'Links and fraud marks by hand, with what was believed of them before: as of a moment, known_from <= moment and (known_to is null or known_to > moment).';
comment on column reporting.links_by_hand.kind is 'link or fraud mark.';
comment on column reporting.links_by_hand.number is 'Number of the link, or of the mark.';
comment on column reporting.links_by_hand.subscriber_id is 'The subscriber.';
comment on column reporting.links_by_hand.outlet_id is 'Outlet that the link ties it to; null for a mark.';
comment on column reporting.links_by_hand.valid_from is 'First day it holds.';
comment on column reporting.links_by_hand.valid_to is 'Last day it holds; null: open-ended.';
comment on column reporting.links_by_hand.reason is 'Why it was set.';
comment on column reporting.links_by_hand.author is 'Who set it.';
comment on column reporting.links_by_hand.known_from is 'Since when the books say so.';
comment on column reporting.links_by_hand.known_to is 'Until when they said so; null: they do.';
comment on column reporting.links_by_hand.end_reason is 'Why it was ended or cleared.';
comment on column reporting.links_by_hand.end_author is 'Who ended or cleared it.';

create view reporting.attribute_history as
select
    change_id, level, holder, attribute, valid_from, action, value, former_value, author, recorded_at,
    coalesce(decided_on, recorded_at::date) as decided_on, reason
from registry.attribute_history;
comment on view reporting.attribute_history is 'Every change of an attribute''s value by hand: who did what, and when.';
comment on column reporting.attribute_history.change_id is 'Key, in the order of the changes.';
comment on column reporting.attribute_history.level is 'contract, counterparty or branch.';
comment on column reporting.attribute_history.holder is 'The contract, counterparty or branch.';
comment on column reporting.attribute_history.attribute is 'Name of the attribute.';
comment on column reporting.attribute_history.valid_from is 'Day from which the value was to hold.';
comment on column reporting.attribute_history.action is 'set; removed: what the holder had before holds again; ended: from that day on the holder has none of its own.';
comment on column reporting.attribute_history.value is 'The value that was set.';
comment on column reporting.attribute_history.former_value is 'What stood under the same day before.';
comment on column reporting.attribute_history.author is 'Who did it.';
comment on column reporting.attribute_history.recorded_at is 'When.';
comment on column reporting.attribute_history.decided_on is 'Day on which it was decided; where that was not said, the day it was recorded.';
comment on column reporting.attribute_history.reason is 'Why, where it reached closed months.';
