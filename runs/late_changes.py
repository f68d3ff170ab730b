"""Changes of the rules that reach closed months: they are told, and must say why."""

from __future__ import annotations

from datetime import date

from prm.database import Connection
from prm.errors import RefusedError
from prm.period import Period


def closed_since(connection: Connection, day: date) -> list[Period]:
    """The closed months that something which holds from a day on reaches, the earliest first."""
    rows = connection.execute("select period from runs.period_decisions where what = 'closed' order by period")
    return [period for row in rows if (period := Period.parse(row["period"])).end >= day]


def explained(connection: Connection, since: date, reason: str | None) -> list[Period]:
    """The closed months that a change from a day on reaches. Raises RefusedError where there are some and no reason is
    given: what was paid for a month that people have closed is not changed without a word on why."""
    reached = closed_since(connection, since)
    if reached and not (reason or "").strip():
        raise RefusedError(
            f"From {since} on it reaches closed months: {', '.join(str(period) for period in reached)}.",
            hint="Say why, and on what evidence: --reason 'Decision of the board of 12 October'. It is kept with the change.",
        )
    return reached
