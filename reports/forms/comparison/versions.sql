-- What differs between the version that is shown and the one before it, or the one of the run that was asked for.
with

shown as (
    select
        versions.counterparty_id,
        versions.counterparty_name,
        versions.run_id as run_after,
        coalesce(%(before_run)s::bigint, moves.from_run) as run_before
    from reporting.versions
    left join lateral (
        select from_run
        from reporting.version_moves
        where version_moves.period = versions.period and version_moves.counterparty_id = versions.counterparty_id
            and version_moves.to_run = versions.run_id
        order by move desc
        limit 1
    ) as moves on true
    where versions.period = %(period)s and versions.is_shown
),

of_versions as (
    select distinct run_id, counterparty_id, contract_id, scheme, scheme_version, component, currency, amount
    from reporting.reward_versions
    where period = %(period)s
),

sides as (
    select shown.*, of_versions.contract_id, of_versions.scheme, of_versions.scheme_version, of_versions.component, of_versions.currency,
        case when of_versions.run_id = shown.run_after then of_versions.amount else 0 end as after,
        case when of_versions.run_id = shown.run_before then of_versions.amount else 0 end as before
    from shown
    join of_versions
        on of_versions.counterparty_id = shown.counterparty_id and of_versions.run_id in (shown.run_before, shown.run_after)
    where shown.run_before <> shown.run_after
),

compared as (
    select
        counterparty_id, counterparty_name, run_before, run_after, contract_id, scheme, max(scheme_version) as scheme_version,
        component, currency, sum(before) as before, sum(after) as after
    from sides
    group by counterparty_id, counterparty_name, run_before, run_after, contract_id, scheme, component, currency
    having sum(before) <> sum(after)
)

select
    compared.counterparty_id,
    compared.counterparty_name,
    compared.contract_id,
    coalesce(case %(language)s when 'ru' then titles.title_ru else titles.title_en end, compared.component) as component,
    compared.run_before,
    compared.run_after,
    compared.before,
    compared.after,
    compared.after - compared.before as difference,
    compared.currency
from compared
left join reporting.component_titles as titles
    on titles.scheme = compared.scheme and titles.version = compared.scheme_version
    and titles.component = compared.component
order by compared.counterparty_id, compared.contract_id, compared.component, compared.currency
