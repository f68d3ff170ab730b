"""What documents are made from: one transaction, so that all they show is of one moment, and what many of them share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg
from psycopg import sql

from prm import database
from prm.database import Connection
from prm.operator_details import OperatorDetails, operator_details
from prm.period import Period
from prm.settings import Settings
from prm.words import Language
from reports.look import look
from reports.model import Look


@dataclass
class Source:
    """One open transaction, and what was read in it once for all documents."""

    connection: Connection
    settings: Settings
    _runs: dict[Period, dict[str, int]] = field(default_factory=dict)

    @cached_property
    def sentences(self) -> dict[tuple[str, int, str, int, Language], str]:
        """Sentences of conditions, each made once."""
        return {}

    @cached_property
    def operator(self) -> OperatorDetails | None:
        """The operator's own details, where there is a file of them."""
        return operator_details(self.settings) if details_file(self.settings) else None

    @property
    def operator_name(self) -> str:
        """The operator's name: of its details where there are any, otherwise the setting's."""
        return self.operator.name if self.operator else self.settings.operator

    @cached_property
    def look(self) -> Look:
        """How documents look."""
        return look(self.settings)

    def runs(self, period: Period) -> dict[str, int]:
        """The run of each version that readers of a period see, by counterparty."""
        if period not in self._runs:
            rows = self.connection.execute(
                "select counterparty_id, run_id from reporting.versions where is_shown and period = %s", [str(period)]
            ).fetchall()
            self._runs[period] = {row["counterparty_id"]: row["run_id"] for row in rows}
        return self._runs[period]


@contextmanager
def opened(settings: Settings, moment: str | None = None) -> Iterator[Source]:
    """A source that shows one moment: that of its first query, or one that another transaction has exported."""
    with database.connect(settings) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        if moment:
            connection.execute(sql.SQL("set transaction snapshot {}").format(sql.Literal(moment)))
        connection.execute("set local cursor_tuple_fraction = 1")  # a long table is read to its end
        yield Source(connection, settings)


def details_file(settings: Settings) -> Path | None:
    """The file of the operator's details; None where there is none and none was named."""
    path = settings.operator_details or settings.home / "operator.yaml"
    return path if settings.operator_details or path.exists() else None
