"""A calculation that nothing is published of: its tables lie in a folder, and the books know nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg

import schemes
from prm import database
from prm.period import Period
from prm.settings import Settings, get_settings
from runs.build import build
from runs.calculating import Progress, known_counterparties
from runs.inputs import pin
from runs.invariants import check, open_tables
from runs.locks import scope_of
from runs.relatives import with_relatives


@dataclass(frozen=True)
class Aside:
    """What was calculated aside. counterparties: whose results `folder`/tables has (None: everybody's): those asked for,
    and those of the same hierarchies. problems: contracts of theirs that were left out."""

    folder: Path
    counterparties: list[str] | None
    problems: list[schemes.ContractProblem]


def calculate_aside(
    period: Period, counterparties: Sequence[str] | None, folder: Path, *, known_on: date | None = None,
    progress: Progress | None = None, settings: Settings | None = None,
) -> Aside:  # fmt: skip
    """Calculates a period, or some counterparties of it, into a folder, from what is there now.

    known_on: with the rules that were known on that day. It takes no lock and writes nothing to the database. Raises
    NotFoundError (an unknown counterparty), NothingToCalculateError, BuildError, InvariantError, RefusedError (an empty list
    of counterparties).
    """
    settings = settings or get_settings()
    tell = progress or (lambda stage: None)
    scope = with_relatives(scope_of(counterparties), settings).scope
    tell("pin")
    with database.connect(settings) as snapshot:
        snapshot.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        known_counterparties(snapshot, scope)
        pinned = pin(snapshot, period, scope, folder, settings, known_on=known_on)
    tell("build")
    build(folder, settings)
    tell("check")
    with open_tables(folder, settings) as tables:
        check(tables, pinned.manifest)
    problems = [of for of in pinned.problems if scope is None or of.counterparty_id in scope]
    return Aside(folder, scope, problems)
