"""Which contracts a value of an attribute may come to hold for, and which versions of their schemes they are under."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import schemes
from prm.database import Connection
from schemes import Level, Scheme


def contracts_of(connection: Connection, level: Level | None = None, holder: str | None = None) -> list[dict[str, Any]]:
    """The contracts that a holder's value may come to hold for, in the order of their ids; all where none is named.

    Rows with contract_id, counterparty_id, branch, scheme, status, valid_from, valid_to and notice_days.
    """
    of = {"contract": "contract_id", "counterparty": "contracts.counterparty_id", "branch": "branch", None: "null"}
    return connection.execute(
        f"""select contract_id, contracts.counterparty_id, branch, scheme, status, contracts.valid_from,
                contracts.valid_to, notice_days
            from registry.contracts join registry.counterparties using (counterparty_id)
            where %(holder)s::text is null or {of[level]} = %(holder)s order by contract_id""",
        {"holder": holder},
    ).fetchall()


def versions_in_force(
    of_scheme: Iterable[Scheme], contract: Mapping[str, Any], first: date, until: date
) -> Iterator[tuple[date, date, Scheme]]:
    """The versions that a contract is under from a day on, before another, as `schemes.in_force` gives them.

    of_scheme: all versions of its scheme. A contract that is over by the first day counts for that one day.
    """
    first, last = max(first, contract["valid_from"]), contract["valid_to"] or date.max
    until = min(until, last if last == date.max else last + timedelta(days=1))
    return schemes.in_force(
        of_scheme, begins=contract["valid_from"], notice_days=contract["notice_days"],
        first=first, until=max(until, first + timedelta(days=1)),
    )  # fmt: skip
