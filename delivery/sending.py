"""Sending a month's documents: each version once to each address, tried again while it may still go.

An attempt is in the journal before anything goes, and its end after: a sender that is killed leaves at most the one parcel
that it had in hand, which goes again under the same Message-ID, or into the same file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import reports
import runs
from delivery import folders, letters, mail
from delivery.errors import NotEverError, NotNowError
from delivery.journal import Journal, journal
from delivery.parcels import Addresses, Parcel, left_of, parcels, split, version_of
from prm import clock, database, logs
from prm.errors import RefusedError, SettingsError
from prm.fail_points import reach
from prm.period import Period
from prm.settings import Settings, get_settings
from reports import Document, Send
from reports.schedule import may_go
from reports.source import opened as opened_books

PAUSES = (5.0, 30.0, 120.0)
"""Seconds before what did not go is tried again."""
MEGABYTE = 1_000_000
_LOOK_AGAIN = 10.0
"""Seconds after which it is asked again whether the month is still approved."""
_RECENT = timedelta(days=45)


@dataclass
class Sent:
    """What became of a month's documents. failed: may go later; refused: not without something being put right, each with
    the reason. already: parcels that had arrived before. waiting: the states that the month would have to be in for more
    to go. not_made: which documents could not be made, and why; the others went, the archive did not."""

    period: Period
    delivered: list[Parcel] = field(default_factory=list)
    failed: list[tuple[Parcel, str]] = field(default_factory=list)
    refused: list[tuple[Parcel, str]] = field(default_factory=list)
    already: int = 0
    waiting: list[str] = field(default_factory=list)
    not_made: str = ""


def send(
    period: Period,
    *,
    author: str,
    counterparties: Sequence[str] | None = None,
    again: bool = False,
    refused: bool = False,
    pauses: Sequence[float] | None = None,
    progress: Callable[[int, int], None] | None = None,
    settings: Settings | None = None,
) -> Sent:
    """Sends what the schedule says of a month, once its state lets it; makes before what is not up to date.

    counterparties: only these counterparties' documents. again: also what has arrived. refused: also what was refused for
    good. pauses: seconds before each further try; None - PAUSES. Raises RefusedError where the schedule sends nothing,
    where a period changes meanwhile, or for `again` without counterparties; SettingsError for settings of e-mail that are wrong; LockedError
    while another process sends; and what `reports.publish` raises.

        send(Period.parse("2026-10"), author="olga").failed
    """
    settings = settings or get_settings()
    schedule = reports.read_schedule(settings)
    if not schedule.sends:
        raise RefusedError(
            f"Nothing says where documents of {period} go.",
            hint=f"Say `send:` in {reports.schedule_file(settings)}, as docs/sending.md shows.",
        )
    if again and not counterparties:
        raise RefusedError("Everything would be sent to everybody again.", hint="Name whose documents: --counterparty.")
    state = _state(period, settings)
    result = Sent(period, waiting=sorted({one.when for one in schedule.sends if not may_go(one.when, state[0])}))
    ready = [one for one in schedule.sends if may_go(one.when, state[0])]
    if not ready:
        return result
    if any(one.channel == "email" for one in ready):
        mail.check(settings)
    with journal(period, author, settings) as opened:
        try:
            documents = reports.publish(period, counterparties=counterparties, settings=settings)
        except reports.NotMadeError as error:  # the others go; an archive would not be whole
            documents, result.not_made = error.documents, error.message
        if counterparties:
            documents = [one for one in documents if one.counterparty_id in counterparties]
        elif schedule.archive and set(schedule.archive.sends) & set(ready) and not result.not_made:
            documents.append(
                reports.archive(
                    period, documents=documents, language=schedule.archive.language, sends=schedule.archive.sends,
                    settings=settings,
                )
            )  # fmt: skip
        sender = _Sender(opened, settings, ready, state, result)
        sender.still_holds()  # the documents are of what was approved
        sender.send(sender.due(documents, again=again, refused=refused), PAUSES if pauses is None else pauses, progress)
    logs.event(
        "sent", period=period, delivered=len(result.delivered), failed=len(result.failed), refused=len(result.refused),
        already=result.already,
    )  # fmt: skip
    return result


def recently_decided(settings: Settings | None = None) -> list[Period]:
    """The months that were approved or closed in the last 45 days: what a scheduled sending is about."""
    since = datetime.now(UTC) - _RECENT
    return [
        Period.parse(row["period"])
        for row in runs.list_periods(settings=settings)
        if row["state"] in ("approved", "closed") and row["decided_at"] and row["decided_at"] >= since
    ]


class _Sender:
    """One sending of one period."""

    def __init__(
        self, opened: Journal, settings: Settings, ready: list[Send], state: tuple[str, str | None], result: Sent
    ):
        self.journal, self.settings, self.ready, self.state, self.result = opened, settings, ready, state, result
        self.mail = mail.Mail(settings)
        self.looked = time.monotonic()
        with opened_books(settings) as source:
            self.operator = source.operator_name
            self.addresses = Addresses(source.connection, clock.today())
            rows = source.connection.execute("select counterparty_id, name from reporting.counterparties").fetchall()
        self.names = {row["counterparty_id"]: row["name"] for row in rows}

    def due(self, documents: Iterable[Document], *, again: bool, refused: bool) -> list[Parcel]:
        """The parcels that are to go now; those that can't are refused at once."""
        due = []
        for parcel in parcels(documents, self.addresses, self.ready):
            left = parcel if again else left_of(parcel, self.journal.delivered)
            if left is None:
                self.result.already += 1
                continue
            if not again and not refused:
                for one in left.documents:
                    if error := self.journal.refused.get(version_of(left, one)):
                        self.result.refused.append((replace(left, documents=(one,)), error))
                left = left_of(left, self.journal.refused)
            for part in split(left, self.settings.smtp_largest * MEGABYTE) if left else ():
                if part.trouble:
                    self._refuse(self.journal.claim(part, None), part, part.trouble)
                else:
                    due.append(part)
        return due

    def send(
        self, due: list[Parcel], pauses: Sequence[float], progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Sends parcels; tries those again that did not go, after each pause."""
        pending, of = [(parcel, "") for parcel in due], len(due)
        try:
            for pause in (0.0, *pauses):
                if not pending:
                    break
                if pause:
                    logs.event("sending again", period=self.result.period, parcels=len(pending), after_seconds=pause)
                    time.sleep(pause)
                pending = self._once(pending, lambda left: progress(of - left, of) if progress else None)
        finally:
            self.mail.close()
        self.result.failed += pending

    def _once(self, pending: list[tuple[Parcel, str]], tell: Callable[[int], None]) -> list[tuple[Parcel, str]]:
        """One try of each; returns those that did not go, with the reason. A receiver that answers nobody is left alone.

        Those that were tried come last: if it was the parcel that its receiver could not bear, the others are next.
        """
        left: list[tuple[Parcel, str]] = []
        tried: list[tuple[Parcel, str]] = []
        silent: dict[str, str] = {}
        for number, (parcel, _) in enumerate(pending):
            tell(len(pending) - number)
            receiver = "email" if parcel.channel == "email" else parcel.address
            if receiver in silent:
                left.append((parcel, silent[receiver]))
                continue
            if time.monotonic() - self.looked > _LOOK_AGAIN:
                self.still_holds()
            try:
                self._try(parcel)
            except NotNowError as error:
                tried.append((parcel, error.message))
                if error.is_of_receiver:
                    silent[receiver] = error.message
        tell(len(left) + len(tried))
        return left + tried

    def _try(self, parcel: Parcel) -> None:
        """One attempt, with its end in the journal. Raises NotNowError where it may go later."""
        is_mail = parcel.channel == "email"
        domain = letters.sender(self.settings)[1].partition("@")[2] if is_mail else ""
        message_id = self.journal.message_id(parcel, domain) if is_mail else None
        attempt = self.journal.claim(parcel, message_id)
        reach("send.claimed")
        try:
            if message_id:
                whose = self.names.get(parcel.counterparty_id, parcel.counterparty_id)
                self.mail.deliver(
                    letters.letter(parcel, message_id, whose, self.operator, self._replaced(parcel), self.settings)
                )
            else:
                folders.deliver(parcel, self.settings)
        except NotEverError as error:
            self._refuse(attempt, parcel, error.message)
        except (NotNowError, SettingsError) as error:
            self.journal.conclude(attempt, parcel, "failed", error.message)
            raise
        else:
            reach("send.gone")
            self.journal.conclude(attempt, parcel, "delivered")
            reach("send.recorded")
            self.result.delivered.append(parcel)

    def _refuse(self, attempt: int, parcel: Parcel, error: str) -> None:
        self.journal.conclude(attempt, parcel, "refused", error)
        self.result.refused.append((parcel, error))

    def _replaced(self, parcel: Parcel) -> set[Path]:
        """Files of which another version has arrived at the address."""
        return {
            one.path for one in parcel.documents
            if (one.path, parcel.channel, parcel.address) in self.journal.sent
            and not self.journal.delivered[version_of(parcel, one)]
        }  # fmt: skip

    def still_holds(self) -> None:
        """Raises RefusedError where the month is no longer what it was when the sending began."""
        self.looked = time.monotonic()
        if (
            any(one.when != "calculated" for one in self.ready)
            and _state(self.result.period, self.settings) != self.state
        ):
            raise RefusedError(
                f"{self.result.period} has changed while its documents were sent: what had not gone stays.",
                hint="When it is approved again, start anew: what has arrived is not sent twice.",
            )


def _state(period: Period, settings: Settings) -> tuple[str, str | None]:
    with database.transaction(settings) as connection:
        return runs.period_state(connection, period), runs.content_hash(connection, period)
