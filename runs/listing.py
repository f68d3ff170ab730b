"""What runs there were, and which versions are current."""

from __future__ import annotations

from prm import database
from prm.database import Row
from prm.period import Period
from prm.settings import Settings


def list_runs(period: Period | None = None, *, settings: Settings | None = None) -> list[Row]:
    """Runs, newest first: run_id, period, counterparties, state, reason, error, stages, times, lines, amount."""
    with database.transaction(settings) as connection:
        return connection.execute(
            """select runs.run_id, runs.period, counterparties, state, reason, error, stages, started_at, finished_at,
                      sum(lines)::bigint as lines, sum(amount) as amount
               from runs.runs left join results.versions using (run_id)
               where %(period)s::text is null or runs.period = %(period)s
               group by runs.run_id order by runs.run_id desc""",
            {"period": str(period) if period else None},
        ).fetchall()


def current_versions(period: Period, *, settings: Settings | None = None) -> dict[str, Row]:
    """The current version of each counterparty of a period: run_id, lines, amount, content_hash."""
    with database.transaction(settings) as connection:
        rows = connection.execute(
            """select counterparty_id, run_id, lines, amount, content_hash
               from runs.current_versions join results.versions using (run_id, period, counterparty_id)
               where period = %s order by counterparty_id""",
            [str(period)],
        ).fetchall()
    return {row.pop("counterparty_id"): row for row in rows}
