"""The journal: an attempt is written down before anything goes, and how it ended afterwards. Owner of the schema `delivery`.

One process sends a period's documents at a time: whoever holds the lock may take an attempt without an end for one whose
sender has died. The lock and the journal are one connection, so that a sender which has lost its lock can't claim.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from delivery.parcels import Parcel, Version, version_of
from prm import database
from prm.database import Connection
from prm.period import Period
from prm.settings import Settings
from runs import LockedError

Outcome = Literal["delivered", "failed", "refused", "unknown"]


@dataclass
class Journal:
    """The journal of a period, open for one sender. delivered: how often a version has arrived; refused: versions that
    were refused for good when they were tried last, with the reason; sent: files of which some version arrived at an
    address."""

    connection: Connection
    settings: Settings
    period: Period
    author: str
    delivered: Counter[Version] = field(default_factory=Counter)
    refused: dict[Version, str] = field(default_factory=dict)
    sent: set[tuple[Path, str, str]] = field(default_factory=set)

    def claim(self, parcel: Parcel, message_id: str | None) -> int:
        """Writes down, and commits, that a parcel is about to go; returns the attempt's number."""
        with self.connection.transaction():
            row = self.connection.execute(
                """insert into delivery.attempts (period, counterparty_id, channel, address, message_id, author)
                   values (%s, %s, %s, %s, %s, %s) returning attempt""",
                [str(self.period), parcel.counterparty_id, parcel.channel, parcel.address, message_id, self.author],
            ).fetchone()
            assert row is not None
            with self.connection.cursor() as cursor:
                cursor.executemany(
                    """insert into delivery.attempt_documents (attempt, path, sha256, form, language, format, bytes)
                       values (%s, %s, %s, %s, %s, %s, %s)""",
                    [
                        [row["attempt"], str(one.path.relative_to(self.settings.home)), one.sha256, one.form, one.language,
                         one.format, one.path.stat().st_size if one.path.exists() else 0]
                        for one in parcel.documents
                    ],
                )  # fmt: skip
        return row["attempt"]

    def conclude(self, attempt: int, parcel: Parcel, outcome: Outcome, error: str | None = None) -> None:
        """Writes down, and commits, how an attempt ended. error: why it was not delivered."""
        self.connection.execute(
            "insert into delivery.outcomes (attempt, outcome, error) values (%s, %s, %s)", [attempt, outcome, error]
        )
        for one in parcel.documents:
            self.remember(version_of(parcel, one), outcome, error)

    def message_id(self, parcel: Parcel, domain: str) -> str:
        """The Message-ID of a parcel: the same however often it is tried, another once it has arrived and goes again."""
        versions = sorted((str(one.path.relative_to(self.settings.home)), one.sha256,
                           self.delivered[version_of(parcel, one)]) for one in parcel.documents)  # fmt: skip
        said = repr((str(parcel.period), parcel.counterparty_id, parcel.address, versions))
        return f"<{hashlib.sha256(said.encode()).hexdigest()[:40]}@{domain}>"

    def remember(self, version: Version, outcome: str, error: str | None) -> None:
        """Takes note of how an attempt of a version ended."""
        path, _, channel, address = version
        self.refused.pop(version, None)
        if outcome == "delivered":
            self.delivered[version] += 1
            self.sent.add((path, channel, address))
        elif outcome == "refused":
            self.refused[version] = error or ""


@contextmanager
def journal(period: Period, author: str, settings: Settings) -> Iterator[Journal]:
    """The journal of a period for the one process that sends its documents. Raises LockedError where another does.

    Attempts of senders that have died are concluded as unknown: what was in them is sent again.
    """
    with database.connect(settings, autocommit=True) as connection:
        row = connection.execute(
            "select pg_try_advisory_lock(hashtextextended('delivery:' || %s, 0)) as mine", [str(period)]
        ).fetchone()
        if not row or not row["mine"]:
            raise LockedError(
                f"Documents of {period} are being sent by another process.", hint="Wait until it is done."
            )
        connection.execute(
            """insert into delivery.outcomes (attempt, outcome, error)
               select attempt, 'unknown', 'The process that sent it has died before it could say whether it arrived.'
               from delivery.attempts left join delivery.outcomes using (attempt)
               where period = %s and outcomes.attempt is null""",
            [str(period)],
        )
        opened = Journal(connection, settings, period, author)
        _remember(opened)
        yield opened


def _remember(opened: Journal) -> None:
    rows = opened.connection.execute(
        """select path, sha256, channel, address, outcome, error from delivery.attempts
           join delivery.attempt_documents using (attempt) join delivery.outcomes using (attempt)
           where period = %s order by attempt""",
        [str(opened.period)],
    )
    for row in rows:
        version = (opened.settings.home / row["path"], row["sha256"], row["channel"], row["address"])
        opened.remember(version, row["outcome"], row["error"])
