"""Control: what should be looked at every day. Accrued and not approved, approved and not paid, paid and not accrued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from prm import database
from prm.database import Row
from prm.period import Period
from prm.settings import Settings
from settlement.counterparties import must_be_known

AGES = ("0-30", "31-60", "61-90", "over 90")
"""Ranges of age in days, as the views name them."""


@dataclass(frozen=True)
class Control:
    """Rows of the views reporting.calculated_not_posted, owed_not_paid and paid_not_accrued, the oldest first."""

    not_posted: list[Row]
    not_paid: list[Row]
    overpaid: list[Row]


def control_reports(
    *, counterparty_id: str | None = None, period: Period | None = None, settings: Settings | None = None
) -> Control:
    """Asks the three reports, of everybody or one counterparty. period: only what is about that month.

    What is paid and not accrued is about no month: with a period it is left out. Raises NotFoundError for an unknown
    counterparty.

        sum(row["amount"] for row in control_reports().not_paid if row["age"] == "over 90")
    """
    of = {"counterparty": counterparty_id, "period": str(period) if period else None}
    with database.transaction(settings) as connection:
        if counterparty_id:
            must_be_known(connection, counterparty_id)
        not_posted, not_paid = (
            connection.execute(
                f"""select * from reporting.{view}
                    where (%(counterparty)s::text is null or counterparty_id = %(counterparty)s)
                      and (%(period)s::text is null or period = %(period)s)
                    order by since, counterparty_id, contract_id nulls first, {further}""",
                of,
            ).fetchall()
            for view, further in (("calculated_not_posted", "currency"), ("owed_not_paid", "account, currency"))
        )
        overpaid = [] if period else connection.execute(
            """select * from reporting.paid_not_accrued
               where %(counterparty)s::text is null or counterparty_id = %(counterparty)s
               order by since, counterparty_id, contract_id nulls first, account, currency""",
            of,
        ).fetchall()  # fmt: skip
    return Control(not_posted, not_paid, overpaid)


def sums_by_age(rows: Sequence[Row]) -> dict[str, dict[str, Decimal]]:
    """Sums of rows by currency and age, the ages in order; only of currencies and ages there are."""
    sums: dict[str, dict[str, Decimal]] = {}
    for age in AGES:
        for row in rows:
            if row["age"] == age:
                of = sums.setdefault(row["currency"], {})
                of[age] = of.get(age, Decimal(0)) + row["amount"]
    return dict(sorted(sums.items()))
