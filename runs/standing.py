"""What always holds of published versions and of the pointers to them; `prm check` asks it."""

from __future__ import annotations

from prm.invariants import Invariant

_OF_THE_PERIOD = "(%(period)s::text is null or period = %(period)s)"

INVARIANTS = [
    Invariant(
        "Every version that is current, or that a period was closed with, was published.",
        f"""
        select * from (
            select 'current' as pointer, period, counterparty_id, run_id from runs.current_versions
            union all
            select 'closed', period, counterparty_id, run_id from runs.closed_versions
        ) as pointers
        where {_OF_THE_PERIOD}
          and not exists (select from results.versions where versions.run_id = pointers.run_id
                          and versions.counterparty_id = pointers.counterparty_id and versions.period = pointers.period)
        """,
    ),
    Invariant(
        "The current version is the one that its partition's newest move says.",
        f"""
        select period, counterparty_id, current_versions.run_id as current, newest.to_run as moved_to
        from (
            select distinct on (period, counterparty_id) period, counterparty_id, to_run
            from runs.version_moves where {_OF_THE_PERIOD}
            order by period, counterparty_id, move desc
        ) as newest
        full join (select * from runs.current_versions where {_OF_THE_PERIOD}) as current_versions
            using (period, counterparty_id)
        where current_versions.run_id is distinct from newest.to_run
        """,
    ),
    Invariant(
        "The scheme versions that a published run pinned are there, with the hashes that it pinned.",
        f"""
        select period, run_id, pinned.key as version, pinned.value as pinned, content_hash as added
        from runs.runs
        cross join lateral jsonb_each_text(manifest -> 'schemes') as pinned
        left join registry.scheme_versions on scheme || ' v' || version = pinned.key
        where {_OF_THE_PERIOD} and state = 'published' and content_hash is distinct from pinned.value
        """,
    ),
    Invariant(
        "A version's amount is the sum of its rewards.",
        f"""
        select period, counterparty_id, run_id, versions.amount as version, coalesce(rewards.amount, 0) as rewards
        from (select * from results.versions where {_OF_THE_PERIOD}) as versions
        full join (
            select period, counterparty_id, run_id, sum(amount) as amount from results.rewards
            where {_OF_THE_PERIOD} group by period, counterparty_id, run_id
        ) as rewards using (period, counterparty_id, run_id)
        where versions.amount is distinct from coalesce(rewards.amount, 0)
        """,
    ),
    Invariant(
        "The lines of a current version add up to its rewards.",
        f"""
        select period, counterparty_id, contract_id, component, currency, sum(lines) as lines, sum(reward) as reward
        from (
            select period, counterparty_id, contract_id, component, currency, amount as lines, 0 as reward
            from results.reward_lines join runs.current_versions using (period, counterparty_id, run_id)
            where amount <> 0 and {_OF_THE_PERIOD}
            union all
            select period, counterparty_id, contract_id, component, currency, 0, amount
            from results.rewards join runs.current_versions using (period, counterparty_id, run_id)
            where {_OF_THE_PERIOD}
        ) as amounts
        group by period, counterparty_id, contract_id, component, currency
        having sum(lines) <> sum(reward)
        """,
    ),
]
