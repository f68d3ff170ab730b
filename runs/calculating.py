"""One calculation, from the lock to the moved pointer: pin, build, check, publish.

Whatever happens, readers see the former version or the new one. A run that fails leaves its folder with the
log and its row with the error; a process that is killed leaves a row that the next run marks as failed.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg.types.json import Jsonb

import schemes
from prm import database, logs
from prm.database import Connection
from prm.errors import NotFoundError, RefusedError
from prm.fail_points import reach
from prm.period import Period
from prm.settings import Settings, get_settings
from prm.words import Language
from runs import missing_facts as facts_missing
from runs import missing_rates as rates_missing
from runs.build import build
from runs.dbt_process import SPILL
from runs.dependencies import clawbacks_of, record
from runs.errors import LeftOutError
from runs.inputs import Pinned, pin
from runs.invariants import check, open_tables
from runs.locks import bury_dead_runs, fence, partition_lock, scope_of
from runs.missing_facts import MissingFacts
from runs.missing_rates import MissingRate
from runs.publishing import publish, summarise
from runs.relatives import Together, with_relatives
from runs.tables import fingerprints

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Stage:
    """What a stage of a run took: seconds, and the rows it wrote."""

    name: str
    seconds: float
    rows: int


@dataclass(frozen=True)
class RunResult:
    """What became of a calculation.

    state: `published` - a new version is current; `unchanged` - the inputs are those of the current versions,
    so there is nothing to calculate. counterparties: those asked for, and those calculated with them because they
    depend on one another; None: all. amount: sum of the rewards, in the schemes' currencies taken together.
    problems: contracts of theirs that were left out, and why. pulled_in: the counterparties that nobody asked for,
    because_of the schemes that look at others of a hierarchy. missing_rates: what could not be converted, and so was paid
    as nothing. missing_facts: months of subscribers' first days of which nothing was loaded.
    """

    run_id: int
    period: Period
    counterparties: list[str] | None
    state: Literal["published", "unchanged"]
    lines: int
    amount: Decimal
    stages: list[Stage] = field(default_factory=list)
    problems: list[schemes.ContractProblem] = field(default_factory=list)
    pulled_in: list[str] = field(default_factory=list)
    because_of: list[str] = field(default_factory=list)
    missing_rates: list[MissingRate] = field(default_factory=list)
    missing_facts: list[MissingFacts] = field(default_factory=list)

    def missing(self, language: Language) -> list[str]:
        """In words what was missing, and so was paid or counted as nothing."""
        rates = [rate.text(language) for rate in self.missing_rates]
        return rates + [facts.text(language) for facts in self.missing_facts]


def calculate(
    period: Period,
    counterparties: Sequence[str] | None = None,
    *,
    reason: str | None = None,
    request_key: str | None = None,
    force: bool = False,
    allow_left_out: bool = False,
    wait_seconds: float = 60,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> RunResult:
    """Calculates a period (or some counterparties of it) and publishes the result.

    request_key: who asks; asking again with the same key returns the run that was published for it, so that a
    task that is started twice calculates once. force: calculate even if nothing has changed. allow_left_out:
    publish although contracts are left out, and so earn nothing. wait_seconds: how long to wait for another run of the
    same partition. progress: told the name of each stage as it begins.
    Raises LockedError, NotFoundError (an unknown counterparty), NothingToCalculateError, LeftOutError, BuildError,
    InvariantError, StaleError, RefusedError (a request_key of another partition, an empty list); after any of
    them the former versions are still current.

        calculate(Period.parse("2026-10"), ["D00042"], reason="price list corrected")
    """
    settings = settings or get_settings()
    asked = scope_of(counterparties)
    together = with_relatives(asked, settings)
    scope = together.scope
    with partition_lock(period, scope, wait_seconds=wait_seconds, settings=settings) as connection:
        if request_key and (known := _published_for(connection, request_key, period, asked)):
            return _told(known, together)
        for dead in bury_dead_runs(connection, period, scope):
            shutil.rmtree(settings.runs / str(dead) / SPILL, ignore_errors=True)
        known_counterparties(connection, scope)
        run_id = _begin(connection, period, scope, reason, request_key)
        reach("calculate.begun")
        folder = settings.runs / str(run_id)
        work = _Work(connection, run_id, period, scope, folder, progress or (lambda stage: None), settings)
        try:
            return _told(work.calculate(force, allow_left_out), together)
        except BaseException as error:
            work.fail(error)
            raise


@dataclass
class _Work:
    connection: Connection
    run_id: int
    period: Period
    scope: list[str] | None
    folder: Path
    progress: Progress
    settings: Settings
    stages: list[Stage] = field(default_factory=list)

    def calculate(self, force: bool, allow_left_out: bool) -> RunResult:
        with self.stage("pin") as rows:
            with database.connect(self.settings) as snapshot:
                snapshot.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                pinned = pin(snapshot, self.period, self.scope, self.folder, self.settings)
            rows.append(sum(load["rows"] for loads in pinned.manifest["loads"].values() for load in loads))
        reach("calculate.pinned")
        left_out = [of for of in pinned.problems if self.scope is None or of.counterparty_id in self.scope]
        is_refused = bool(left_out) and not allow_left_out
        if not is_refused and not force and _is_current(self.connection, self.period, self.scope, pinned.inputs_hash):
            return self.unchanged(left_out)
        self.connection.execute(
            "update runs.runs set manifest = %s, inputs_hash = %s, problems = %s where run_id = %s",
            [Jsonb(pinned.manifest), pinned.inputs_hash, Jsonb(_left_out(pinned)), self.run_id],
        )
        if is_refused:
            raise LeftOutError(left_out)
        with self.stage("build") as rows:
            models = build(self.folder, self.settings).models
            with open_tables(self.folder, self.settings) as tables:
                rows.append(tables.execute("select count(*) from reward_lines").fetchone()[0])  # type: ignore[index]
        reach("calculate.built")
        with self.stage("check") as rows, open_tables(self.folder, self.settings) as tables:
            check(tables, pinned.manifest)
            lines, amount = tables.execute(
                """select (select count(*) from reward_lines),
                          (select cast(coalesce(sum(amount), 0) as decimal(18, 4)) from rewards)"""
            ).fetchone()  # type: ignore[misc]
            rows.append(lines)
            taken = clawbacks_of(tables, self.folder)
        missing = rates_missing.missing_rates(self.folder, self.settings)
        for rate in missing:
            logs.event("no exchange rate", run=self.run_id, period=self.period, **rate.as_json())
        not_loaded = facts_missing.missing_facts(self.folder, pinned.manifest, self.settings)
        for of in not_loaded:
            logs.event("no facts of first days", run=self.run_id, **of.as_json())
        told = {
            "models": {name: round(seconds, 3) for name, seconds in models.items()},
            "missing_rates": [rate.as_json() for rate in missing],
            "missing_facts": [of.as_json() for of in not_loaded],
            "tables": fingerprints(self.folder),
        }
        with database.transaction(self.settings) as connection:
            record(connection, self.run_id, self.scope, pinned.looked_back, taken)
            connection.execute("update runs.runs set stages = %s where run_id = %s", [Jsonb(told), self.run_id])
        reach("calculate.recorded")
        with self.stage("publish") as rows:
            published = publish(self.folder, self.run_id, self.period, self.scope, settings=self.settings)
            rows.append(sum(published.values()))
        reach("publish.committed")
        with self.stage("index") as rows:
            summarise(self.period, settings=self.settings)
            rows.append(sum(published.values()))
        self.record_stages()
        return RunResult(
            self.run_id,
            self.period,
            self.scope,
            "published",
            lines,
            amount,
            self.stages,
            left_out,
            missing_rates=missing,
            missing_facts=not_loaded,
        )

    @contextmanager
    def stage(self, name: str) -> Iterator[list[int]]:
        self.progress(name)
        began = time.perf_counter()
        rows: list[int] = []
        yield rows
        self.stages.append(Stage(name, time.perf_counter() - began, sum(rows)))
        logs.event(name, run=self.run_id, period=self.period, counterparties=self.scope, rows=sum(rows))

    def record_stages(self) -> None:
        stages = [{"stage": s.name, "seconds": round(s.seconds, 3), "rows": s.rows} for s in self.stages]
        with database.transaction(self.settings) as connection:  # the lock's own may be gone, the version is published
            connection.execute(
                "update runs.runs set stages = stages || %s where run_id = %s", [Jsonb({"stages": stages}), self.run_id]
            )

    def unchanged(self, problems: list[schemes.ContractProblem]) -> RunResult:
        """Leaves no trace of a run that had nothing to do, but for its fence: an older run must still give way."""
        self.connection.execute("delete from runs.runs where run_id = %s", [self.run_id])
        shutil.rmtree(self.folder)
        row = self.connection.execute(
            """select max(run_id) as run_id, coalesce(sum(lines), 0)::bigint as lines, coalesce(sum(amount), 0) as amount
               from runs.current_versions join results.versions using (run_id, period, counterparty_id)
               where period = %(period)s and (%(scope)s::text[] is null or counterparty_id = any(%(scope)s))""",
            {"period": str(self.period), "scope": self.scope},
        ).fetchone()
        assert row is not None
        kept = (
            self.connection.execute(
                "select stages -> 'missing_rates' as rates, stages -> 'missing_facts' as facts from runs.runs where run_id = %s",
                [row["run_id"]],
            ).fetchone()
            or {}
        )
        return RunResult(
            row["run_id"], self.period, self.scope, "unchanged", row["lines"], row["amount"], self.stages, problems,
            missing_rates=rates_missing.from_json(kept.get("rates") or ()),
            missing_facts=facts_missing.from_json(kept.get("facts") or ()),
        )  # fmt: skip

    def fail(self, error: BaseException) -> None:
        # Not on the lock's connection, which may be what failed. Without a database there is nobody to tell:
        # the next run finds this one dead and says so, and the caller gets the error itself.
        with suppress(psycopg.OperationalError), database.transaction(self.settings) as connection:
            connection.execute(
                """update runs.runs set state = 'failed', error = %s, finished_at = now()
                   where run_id = %s and state = 'running'""",
                [f"{type(error).__name__}: {error}"[:4000], self.run_id],
            )


def _begin(
    connection: Connection, period: Period, scope: list[str] | None, reason: str | None, request_key: str | None
) -> int:
    with connection.transaction():
        row = connection.execute(
            """insert into runs.runs (period, counterparties, reason, request_key, state)
               values (%s, %s, %s, %s, 'running') returning run_id""",
            [str(period), scope, reason, request_key],
        ).fetchone()
        assert row is not None
        fence(connection, period, scope, row["run_id"])
    return row["run_id"]


def _told(result: RunResult, together: Together) -> RunResult:
    return replace(result, pulled_in=together.pulled_in, because_of=together.because_of)


def _left_out(pinned: Pinned) -> list[dict[str, str]]:
    """The contracts that were left out, as they are kept with the run."""
    return [
        {
            "contract_id": of.contract_id, "counterparty_id": of.counterparty_id,
            "en": of.message.en, "ru": of.message.ru,
        }
        for of in pinned.problems
    ]  # fmt: skip


def _published_for(
    connection: Connection, request_key: str, period: Period, asked: list[str] | None
) -> RunResult | None:
    """The run that was published for a request, if one was; a failed attempt gives its key up."""
    row = connection.execute("select * from runs.runs where request_key = %s", [request_key]).fetchone()
    if row is None:
        return None
    done = row["counterparties"]
    if row["period"] != str(period) or (done is None) != (asked is None) or not set(asked or ()) <= set(done or ()):
        raise RefusedError(
            f"The request key '{request_key}' belongs to run {row['run_id']} of another partition.",
            hint="Ask for each partition with a key of its own.",
        )
    if row["state"] in ("failed", "running"):
        connection.execute("update runs.runs set request_key = null where run_id = %s", [row["run_id"]])
        return None
    sums = connection.execute(
        """select coalesce(sum(lines), 0)::bigint as lines, coalesce(sum(amount), 0) as amount
           from results.versions where run_id = %s""",
        [row["run_id"]],
    ).fetchone()
    assert sums is not None
    return RunResult(row["run_id"], period, row["counterparties"], "unchanged", sums["lines"], sums["amount"])


def known_counterparties(connection: Connection, scope: list[str] | None) -> None:
    """Raises NotFoundError where one of a scope is not in the registry."""
    if not scope:
        return
    rows = connection.execute(
        "select counterparty_id from registry.counterparties where counterparty_id = any(%s)", [scope]
    )
    unknown = sorted(set(scope) - {row["counterparty_id"] for row in rows})
    if unknown:
        raise NotFoundError(
            f"There is no counterparty '{unknown[0]}'.", hint="reporting.counterparties lists those there are."
        )


def _is_current(connection: Connection, period: Period, scope: list[str] | None, inputs_hash: str) -> bool:
    """Whether every partition of the scope already has a version of exactly these inputs."""
    if scope:
        row = connection.execute(
            """select count(*) as current from runs.current_versions join runs.runs using (run_id)
               where current_versions.period = %s and counterparty_id = any(%s) and inputs_hash = %s""",
            [str(period), scope, inputs_hash],
        ).fetchone()
        return row is not None and row["current"] == len(scope)
    row = connection.execute(
        """select exists (
               select 1 from runs.runs as whole
               where whole.period = %(period)s and whole.counterparties is null and whole.state = 'published'
                 and whole.inputs_hash = %(inputs_hash)s
                 and not exists (
                     select 1 from results.versions
                     left join runs.current_versions using (period, counterparty_id)
                     left join runs.runs as current on current.run_id = current_versions.run_id
                     where versions.run_id = whole.run_id
                       and current.inputs_hash is distinct from %(inputs_hash)s)
           ) as current""",
        {"period": str(period), "inputs_hash": inputs_hash},
    ).fetchone()
    return row is not None and row["current"]


def manifest_of(run_id: int, settings: Settings | None = None) -> dict[str, Any]:
    """What a run has pinned, as written in its folder."""
    path = (settings or get_settings()).runs / str(run_id) / "manifest.json"
    if not path.exists():
        raise NotFoundError(f"There is no run {run_id} here.", hint="`prm runs` lists them.")
    return json.loads(path.read_text(encoding="utf-8"))
