"""Who is calculated, and rolled back, together: counterparties whose rewards depend on one another through the hierarchy."""

from __future__ import annotations

from dataclasses import dataclass, field

import registry
from prm import database
from prm.database import Connection
from prm.period import Period
from prm.settings import Settings


@dataclass(frozen=True)
class Together:
    """Who is calculated: `scope` (None: everybody). pulled_in: those of it that nobody asked for; because_of: the schemes
    under contract that look at others of a hierarchy."""

    scope: list[str] | None
    pulled_in: list[str] = field(default_factory=list)
    because_of: list[str] = field(default_factory=list)


def with_relatives(scope: list[str] | None, settings: Settings) -> Together:
    """The scope, and everybody in the same hierarchies, where a scheme under contract looks at those below.

    An override needs what those below earned, and changes when they do: results must not depend on how
    counterparties were batched, so the whole hierarchy is one run. Without such a scheme the scope stays as it is.
    """
    if scope is None:
        return Together(None)
    with database.connect(settings) as connection:
        return _relatives(connection, scope)


def made_together(connection: Connection, period: Period, scope: list[str] | None) -> list[str] | None:
    """The scope, and those of the same hierarchies whose current version of a period the same run has made.

    What one run made of a hierarchy is rolled back together: an override would otherwise stand on rewards that are gone.
    """
    if scope is None:
        return None
    rows = connection.execute(
        """select counterparty_id from runs.current_versions
           where period = %(period)s and counterparty_id = any(%(relatives)s)
             and run_id in (select run_id from runs.current_versions
                            where period = %(period)s and counterparty_id = any(%(scope)s))""",
        {"period": str(period), "relatives": _relatives(connection, scope).pulled_in, "scope": scope},
    )
    return sorted({*scope, *(row["counterparty_id"] for row in rows)})


def _relatives(connection: Connection, scope: list[str]) -> Together:
    under_contract = {row["scheme"] for row in connection.execute("select distinct scheme from registry.contracts")}
    versions = registry.scheme_versions(connection, under_contract)
    looking = {of.scheme for of in versions if any(measure.of_others for measure in of.measures.values())}
    if not looking:
        return Together(scope)
    rows = connection.execute(
        """with recursive
               up as (
                   select counterparty_id, parent_id from registry.counterparties where counterparty_id = any(%s)
                   union
                   select above.counterparty_id, above.parent_id
                   from registry.counterparties as above join up on above.counterparty_id = up.parent_id
               ),
               whole as (
                   select counterparty_id from up
                   union
                   select below.counterparty_id
                   from registry.counterparties as below join whole on below.parent_id = whole.counterparty_id
               )
           select counterparty_id from whole""",
        [scope],
    )
    whole = {*scope, *(row["counterparty_id"] for row in rows)}
    return Together(sorted(whole), sorted(whole - set(scope)), sorted(looking))
