"""Changes that reach closed months: they are told; and those that people enter must say why."""

from __future__ import annotations

from datetime import date

import loaders
from prm.database import Connection
from prm.errors import RefusedError
from prm.period import Period
from prm.words import Words
from runs.inputs import DATA_SETS

_REACHES = Words(
    en="this reaches closed months: {months}. Their readers see no change; prm stale --calculate --closed makes the difference",
    ru="это затрагивает закрытые месяцы: {months}. Их читатели видят прежнее; разницу посчитает prm stale --calculate --closed",
)


def closed_since(connection: Connection, day: date) -> list[Period]:
    """The closed months that something which holds from a day on reaches, the earliest first."""
    rows = connection.execute("select period from runs.period_decisions where what = 'closed' order by period")
    return [period for row in rows if (period := Period.parse(row["period"])).end >= day]


def explained(connection: Connection, since: date, reason: str | None) -> list[Period]:
    """The closed months that a change from a day on reaches. Raises RefusedError where there are some and no reason is
    given: what was paid for a month that people have closed is not changed without a word on why."""
    reached = closed_since(connection, since)
    if reached and not (reason or "").strip():
        months = ", ".join(str(period) for period in reached)
        raise RefusedError(
            Words(
                en=f"From {since} on it reaches closed months: {months}.",
                ru=f"С {since} это затрагивает закрытые месяцы: {months}.",
            ),
            hint=Words(
                en="Say why, and on what evidence: --reason 'Decision of the board of 12 October'. It is kept with the change.",
                ru="Назовите причину и основание: --reason 'Решение правления от 12 октября'. Они сохранятся вместе с изменением.",
            ),
        )
    return reached


def closed_by_load(connection: Connection, load: loaders.LoadResult) -> list[Period]:
    """The closed months that a load reaches: those of its facts, and those in which contracts or agreed values are others.

    Its file is its reason: nobody is asked for another.
    """
    if not load.changed:
        return []
    periods = {period for data_set, period in load.partitions if data_set in DATA_SETS}
    closed = closed_since(connection, date.min) if periods or load.rules_since else []
    since = load.rules_since or date.max
    return [period for period in closed if str(period) in periods or period.end >= since]


def reaches(periods: list[Period]) -> Words | None:
    """What is said of the closed months that something reaches; None where there are none."""
    if not periods:
        return None
    months = ", ".join(str(period) for period in periods)
    return Words(en=_REACHES.text("en", months=months), ru=_REACHES.text("ru", months=months))
