"""Lists: what was sent, and what has not arrived, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import reports
from delivery.parcels import Addresses, parcels
from prm import clock, database
from prm.database import Connection, Row
from prm.period import Period
from prm.settings import Settings, get_settings
from prm.words import Words
from reports import Document
from reports.archiving import FORM as ARCHIVE
from reports.schedule import WHEN, may_go
from runs import period_state

_WAITS = {
    "approved": Words("It waits until the month is approved.", "Ждёт утверждения периода."),
    "closed": Words("It waits until the month is closed.", "Ждёт закрытия периода."),
    "calculated": Words("It waits until the month is calculated.", "Ждёт расчёта периода."),
}
_NOT_MADE = Words("It has not been made yet.", "Ещё не сформирован.")
_NOT_SENT = Words("It has not been sent yet.", "Ещё не отправлен.")


@dataclass(frozen=True)
class Undelivered:
    """A document that has not arrived where the schedule has it sent. outcome: of the last attempt; None: there was none.
    attempts: how often this version was tried."""

    period: Period
    counterparty_id: str
    document: str
    channel: str
    address: str
    outcome: str | None
    reason: str
    attempts: int
    tried_at: datetime | None


def undelivered(
    period: Period, *, counterparties: Sequence[str] | None = None, settings: Settings | None = None
) -> list[Undelivered]:
    """What the schedule has sent of a month and has not arrived, as its documents were made last; makes and sends nothing."""
    settings = settings or get_settings()
    language = settings.language
    schedule = reports.read_schedule(settings)
    documents = reports.published(period, settings=settings)
    found = []
    with database.transaction(settings) as connection:
        documents += _archives(connection, period, schedule, settings)
        state, tried = period_state(connection, period), _tried(connection, period)
        addresses = Addresses(connection, clock.today())
    for when in WHEN:
        for parcel in parcels(documents, addresses, [one for one in schedule.sends if one.when == when]):
            if counterparties and parcel.counterparty_id not in counterparties:
                continue
            for one in parcel.documents:
                path = str(one.path.relative_to(settings.home))
                last = tried.get((path, one.sha256, parcel.channel, parcel.address))
                if last and last["has_arrived"]:
                    continue
                reason = (
                    last["error"] if last and last["error"]
                    else _WAITS[when].text(language) if not may_go(when, state)
                    else parcel.trouble or (_NOT_SENT if one.sha256 else _NOT_MADE).text(language)
                )  # fmt: skip
                found.append(
                    Undelivered(
                        period, parcel.counterparty_id, one.path.name, parcel.channel, parcel.address,
                        last["outcome"] if last else None, reason, last["attempts"] if last else 0,
                        last["begun_at"] if last else None,
                    )
                )  # fmt: skip
    return sorted(found, key=lambda one: (one.counterparty_id, one.channel, one.address, one.document))


def list_deliveries(
    period: Period | None = None, *, counterparties: Sequence[str] | None = None, settings: Settings | None = None
) -> list[Row]:
    """The journal: a row a document and attempt, oldest first; the columns of the view reporting.deliveries."""
    with database.transaction(settings) as connection:
        return connection.execute(
            """select * from reporting.deliveries
               where (%(period)s::text is null or period = %(period)s)
                 and (%(counterparties)s::text[] is null or counterparty_id = any(%(counterparties)s))
               order by attempt, path""",
            {"period": str(period) if period else None, "counterparties": list(counterparties or ()) or None},
        ).fetchall()


def _tried(connection: Connection, period: Period) -> dict[tuple[str, str, str, str], Row]:
    """Version → its last attempt, with how many there were and whether one of them arrived."""
    rows = connection.execute(
        """select distinct on (path, sha256, channel, address)
                  path, sha256, channel, address, outcome, error, begun_at,
                  count(*) over version as attempts, bool_or(outcome = 'delivered') over version as has_arrived
           from reporting.deliveries where period = %s
           window version as (partition by path, sha256, channel, address)
           order by path, sha256, channel, address, attempt desc""",
        [str(period)],
    ).fetchall()
    return {(row["path"], row["sha256"], row["channel"], row["address"]): row for row in rows}


def _archives(connection: Connection, period: Period, schedule: reports.Schedule, settings: Settings) -> list[Document]:
    """The month's archive as it was made last, where the schedule has it sent."""
    if not schedule.archive or not schedule.archive.sends:
        return []
    path = reports.archive_path(period, schedule.archive.language, settings)
    row = connection.execute(
        """select sha256 from reporting.documents where form = %s and period = %s and path = %s
           order by made_at desc limit 1""",
        [ARCHIVE, str(period), str(path.relative_to(settings.home))],
    ).fetchone()
    return [
        Document(
            ARCHIVE, period, "", schedule.archive.language, "zip", path, row["sha256"] if row else "",
            "unchanged" if row else "missing", path.name, sends=schedule.archive.sends,
        )
    ]  # fmt: skip
