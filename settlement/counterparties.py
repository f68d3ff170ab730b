"""Whether the books know a counterparty: it is in the registry, or was, and has transfers."""

from __future__ import annotations

from prm.database import Connection
from prm.errors import NotFoundError


def must_be_known(connection: Connection, counterparty_id: str) -> None:
    """Raises NotFoundError for a counterparty that neither the registry nor the ledger knows."""
    found = connection.execute(
        """select from registry.counterparties where counterparty_id = %(id)s
           union all select from ledger.transfers where counterparty_id = %(id)s limit 1""",
        {"id": counterparty_id},
    ).fetchone()
    if found is None:
        raise NotFoundError(
            f"There is no counterparty '{counterparty_id}'.", hint="reporting.counterparties lists those there are."
        )
