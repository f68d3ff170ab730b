-- What each component of each contract earned. %(period)s, %(counterparty_id)s, %(language)s
select
    rewards.contract_id,
    coalesce(
        scheme_versions.canonical #>> array['components', rewards.component, 'title', %(language)s],
        scheme_versions.canonical #>> array['limits', rewards.component, 'title', %(language)s],
        scheme_versions.canonical #>> array['measures', rewards.component, 'title', %(language)s],
        rewards.component
    ) as component,
    rewards.lines,
    rewards.paid_lines,
    rewards.base_amount,
    rewards.currency,
    rewards.amount
from reporting.rewards
left join reporting.scheme_versions
    on scheme_versions.scheme = rewards.scheme and scheme_versions.version = rewards.scheme_version
where rewards.period = %(period)s and rewards.counterparty_id = %(counterparty_id)s
    -- A measure counts events and earns nothing by itself; its lines are below.
    and not coalesce(scheme_versions.canonical -> 'measures' ? rewards.component, false)
order by rewards.contract_id, rewards.scheme_version, rewards.component
