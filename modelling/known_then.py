"""A month with the rules that were known on a day, beside what is paid for it.

Scheme versions announced later, values decided later and agreements of later days are left out; facts, links, fraud marks
and what earlier months came to are as they are now, so that what differs is the decisions' doing alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import registry
import runs
from prm import database, duck
from prm.database import Connection
from prm.errors import RefusedError
from prm.period import Period
from prm.settings import Settings, get_settings
from schemes import ContractProblem, DecidedLater

_KINDS = {".csv": "(format csv, header)", ".parquet": "(format parquet)"}


@dataclass(frozen=True)
class KnownThen:
    """A month with the rules known on a day.

    rewards: those that differ; `before` is what is paid (as readers of the month see it), `after` what it would have been.
    was, would_be: all sums, by currency. later: what holds in the month and was decided after the day. problems: contracts
    that the rules of that day leave out. stale: counterparties whose paid version was made from other facts or rules than
    there are now, so that part of their difference is not the decisions'. unpublished: nothing is paid for the month.
    """

    period: Period
    day: date
    counterparties: list[str] | None
    rewards: list[runs.RewardDifference]
    was: dict[str, Decimal]
    would_be: dict[str, Decimal]
    later: list[DecidedLater]
    problems: list[ContractProblem]
    stale: list[str]
    unpublished: bool


def known_then(
    period: Period, day: date, counterparties: Sequence[str] | None = None, *, lines: Path | None = None,
    progress: runs.Progress | None = None, settings: Settings | None = None,
) -> KnownThen:  # fmt: skip
    """Calculates a month with the rules that were known on a day, and compares it with what is paid.

    counterparties: None: all. lines: a file (.csv or .parquet) for the lines that were calculated. Nothing is published, and
    nothing in the database changes. Raises RefusedError for a day that is still to come or a file of another kind, NotFoundError
    for an unknown counterparty, NothingToCalculateError, BuildError, InvariantError.
    """
    settings = settings or get_settings()
    if day > date.today():
        raise RefusedError(f"{day} is still to come: nobody knows its rules yet.", hint="Name a day that is over.")
    if lines and lines.suffix.lower() not in _KINDS:
        raise RefusedError(f"Lines can't be written as '{lines.name}'.", hint="Name a .csv or a .parquet file.")
    if lines and not lines.parent.is_dir():
        raise RefusedError(f"There is no folder '{lines.parent}'.", hint="Make it, or name a file elsewhere.")
    with _folder(settings) as folder:
        aside = runs.calculate_aside(
            period, counterparties, folder, known_on=day, progress=progress, settings=settings
        )  # fmt: skip
        with runs.open_tables(folder, settings) as tables:
            of_now = tables.execute(
                """select counterparty_id, contract_id, component, currency, sum(amount) as amount
                   from rewards group by all"""
            ).fetchall()
            if lines:
                tables.execute(f"copy (from reward_lines) to {duck.quote(lines)} {_KINDS[lines.suffix.lower()]}")
    would_be: dict[_Key, Decimal] = {
        (who, contract, of, currency): amount for who, contract, of, currency, amount in of_now
    }
    with database.transaction(settings) as connection:
        paid = _paid(connection, period, aside.counterparties)
        later = _decided_later(connection, period, day, aside.counterparties)
        known = connection.execute("select 1 from runs.current_versions where period = %s limit 1", [str(period)])
        unpublished = known.fetchone() is None
    whose = None if aside.counterparties is None else set(aside.counterparties)
    return KnownThen(
        period, day, aside.counterparties,
        [
            runs.RewardDifference(*key, before=paid.get(key, Decimal(0)), after=would_be.get(key, Decimal(0)))
            for key in sorted(paid.keys() | would_be.keys())
            if paid.get(key, Decimal(0)) != would_be.get(key, Decimal(0))
        ],
        _sums(paid), _sums(would_be), later, aside.problems,
        [] if unpublished else [
            of.counterparty_id for of in runs.stale(period, settings=settings)
            if of.counterparty_id and (whose is None or of.counterparty_id in whose)
        ],
        unpublished,
    )  # fmt: skip


@contextmanager
def _folder(settings: Settings) -> Iterator[Path]:
    settings.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".what-if-", dir=settings.home) as folder:
        yield Path(folder)


_Key = tuple[str, str, str, str]


def _paid(connection: Connection, period: Period, counterparties: list[str] | None) -> dict[_Key, Decimal]:
    rows = connection.execute(
        """select counterparty_id, contract_id, component, currency, sum(amount) as amount from reporting.rewards
           where period = %(period)s and (%(whose)s::text[] is null or counterparty_id = any(%(whose)s))
           group by counterparty_id, contract_id, component, currency""",
        {"period": str(period), "whose": counterparties},
    )
    return {
        (row["counterparty_id"], row["contract_id"], row["component"], row["currency"]): row["amount"] for row in rows
    }


def _sums(rewards: dict[_Key, Decimal]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for (*_, currency), amount in sorted(rewards.items()):
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return sums


def _decided_later(
    connection: Connection, period: Period, day: date, counterparties: list[str] | None
) -> list[DecidedLater]:
    """What the schemes of their contracts have in the month that was decided after the day."""
    names = {
        row["scheme"]
        for row in connection.execute(
            """select distinct scheme from registry.contracts
               where valid_from <= %s and coalesce(valid_to, 'infinity') >= %s
                 and (%s::text[] is null or counterparty_id = any(%s))""",
            [period.end, period.start, counterparties, counterparties],
        )
    }
    attributes = {name for of in registry.scheme_versions(connection, names) for name in of.attributes}
    return registry.decided_later(connection, day, period.end, names, attributes, counterparties)
