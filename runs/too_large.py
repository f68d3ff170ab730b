"""What was too large: whose rule, and which event, once a model has failed because an amount has more digits than are kept.

No month pays for this but one that has failed: the model's own query is tried again on halves of what it reads, on a copy
of the run's database, until one row of rules and one event are left of those that it fails for.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from prm import duck
from prm.settings import Settings
from runs.dbt_process import SPILL

_RULES = (
    "inputs.terms",
    "inputs.clawbacks",
    "inputs.period_terms",
    "inputs.totals",
    "inputs.measures",
    "main.int_event_lines",
)
"""What models read row by row of rules, or of what rules made; each has a contract."""
_EVENTS = "main.int_events"
_WHOLE = "_whole"


def is_too_large(message: str) -> bool:
    """Whether a model failed because of an amount that is too large."""
    return "out of range" in message.lower()


def whose(folder: Path, model: str, settings: Settings) -> str | None:
    """The scheme, component, contract and event that a failed model has found too much, in words; None if it can't be told.

    folder: the run's, as the failed build has left it.
    """
    [query] = (folder / "dbt" / "compiled").rglob(f"{model}.sql")
    with _copy(folder, settings) as connection:
        trial = _Trial(connection, query.read_text(encoding="utf-8"))
        try:
            rules = [row for view in _RULES for row in trial.left_of(view)[:1]]
            events = trial.left_of(_EVENTS)
        except duckdb.Error:  # of memory, say: what is asked for here is a help, and no more
            return None
    told: dict[str, Any] = {}
    for row in rules:
        told = {name: value for name, value in row.items() if value is not None} | told
    if not told:
        return None
    parts = [f"scheme {told['scheme']} v{told['scheme_version']}"] if "scheme" in told else []
    component = told.get("component") or told.get("measure")
    parts += [f"component {component}"] if component else []
    parts += [f"contract {told['contract_id']}"]
    if len(events) == 1:
        [event] = events
        place = f"{event['data_set']}, load {event['load_id']}, row {event['row_number']}"
        parts.append(f"event {event['event_id']} of {event['event_date']} ({place})")
    return ", ".join(parts)


@contextmanager
def _copy(folder: Path, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    place = folder / SPILL
    place.mkdir(exist_ok=True)
    try:
        database = place / "run.duckdb"  # the queries call it by this name
        shutil.copyfile(folder / database.name, database)
        with duck.connect(database, settings=settings) as connection:
            yield connection
    finally:
        shutil.rmtree(place, ignore_errors=True)


class _Trial:
    """A query that fails, tried on parts of what it reads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, query: str) -> None:
        self.connection, self.query = connection, query
        self.known = {f"{schema}.{name}" for schema, name in connection.execute(
            "select schema_name, view_name from duckdb_views() where not internal").fetchall()}  # fmt: skip

    def left_of(self, view: str) -> list[Mapping[str, Any]]:
        """The fewest rows of a view, in its order, with which the query fails; none where it fails without any."""
        if view not in self.known:
            return []
        self.connection.execute(f"create table {view}{_WHOLE} as select *, row_number() over () as of_all from {view}")
        first, last = 1, self.connection.execute(f"select count(*) from {view}{_WHOLE}").fetchall()[0][0]
        if self._fails(view, 1, 0):
            self._keep(view, first, last)
            return []
        while first < last:
            middle = (first + last) // 2
            if self._fails(view, first, middle):
                last = middle
            elif self._fails(view, middle + 1, last):
                first = middle + 1
            else:  # it takes rows of both: they are added up
                break
        self._keep(view, first, last)
        found = self.connection.execute(f"select * from {view}").to_arrow_table()
        return found.to_pylist()

    def _keep(self, view: str, first: int, last: int) -> None:
        self.connection.execute(
            f"create or replace view {view} as "
            f"select * exclude (of_all) from {view}{_WHOLE} where of_all between {first} and {last}"
        )

    def _fails(self, view: str, first: int, last: int) -> bool:
        self._keep(view, first, last)
        try:
            self.connection.execute(f"create or replace table main.tried as {self.query}")
        except (duckdb.OutOfRangeException, duckdb.ConversionException):
            return True
        return False
