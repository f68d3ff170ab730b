-- The files that show why, of the penalties above; the hash is of the file's bytes.
select
    penalty::text as number,
    evidence.name,
    evidence.bytes,
    (evidence.attached_at at time zone 'UTC')::date as attached_on,
    evidence.sha256
from reporting.penalty_evidence as evidence
join reporting.penalties using (penalty)
where penalties.counterparty_id = %(counterparty_id)s and %(period)s in (penalties.booked_in, penalties.reversed_in)
order by penalty, evidence.evidence
