-- A row a contract: what was rendered in the period, and the VAT that the ledger has on it.
with

rendered as (
    select contract_id, scheme, max(scheme_version) as scheme_version, currency, sum(amount) as amount
    from reporting.rewards
    where period = %(period)s and counterparty_id = %(counterparty_id)s
    group by contract_id, scheme, currency
),

taxed as (
    select contract_id, currency, sum(case when debit_account = 'vat' then amount else -amount end) as vat
    from reporting.ledger_transfers
    where period = %(period)s and origin_period = %(period)s and counterparty_id = %(counterparty_id)s
        and 'vat' in (debit_account, credit_account)
    group by contract_id, currency
)

select
    rendered.contract_id,
    coalesce(scheme_versions.canonical #>> array['title', %(language)s], rendered.scheme) as service,
    rendered.amount,
    contracts.vat_status,
    coalesce(taxed.vat, 0) as vat,
    rendered.amount + coalesce(taxed.vat, 0) as total,
    rendered.currency
from rendered
left join taxed on taxed.contract_id = rendered.contract_id and taxed.currency = rendered.currency
left join reporting.contracts on contracts.contract_id = rendered.contract_id
left join reporting.scheme_versions
    on scheme_versions.scheme = rendered.scheme and scheme_versions.version = rendered.scheme_version
order by rendered.contract_id, rendered.currency
