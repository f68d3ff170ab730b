"""What files of contracts and counterparties say of rules, and from which day on a new file says otherwise."""

from __future__ import annotations

from datetime import date

from prm.database import Connection

FileRules = frozenset[tuple[str | None, ...]]


def file_rules(connection: Connection) -> FileRules:
    """What contracts and agreed values from files hold now: each with the day from which it does, ISO, first."""
    rows = connection.execute(
        """with

           known as (
               select distinct jsonb_object_keys(canonical -> 'attributes') as attribute from registry.scheme_versions
           )

           select valid_from::text as since, contract_id as holder, scheme as what,
                  concat_ws('|', counterparty_id, status, currency, notice_days) as value
           from registry.contracts
           union all
           select (valid_to + 1)::text, contract_id, 'ends', null from registry.contracts where valid_to is not null
           union all
           select valid_from::text, contract_id, attribute, value
           from registry.contract_attributes join known using (attribute) where load_id is not null
           union all
           select valid_from::text, counterparty_id, attribute, value
           from registry.counterparty_attributes join known using (attribute) where load_id is not null"""
    )
    return frozenset(tuple(row.values()) for row in rows)


def differs_from(before: FileRules, after: FileRules) -> date | None:
    """The first day on which rules of files differ; None where they are the same."""
    days = [since for since, *_ in before ^ after if since]
    return date.fromisoformat(min(days)) if days else None
