"""Two versions of a period side by side: what differs by counterparty, component and line, and what caused it.

Lines are matched by the event's own key, not by the row of a file: a corrected file leaves most of them equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from prm import database
from prm.database import Connection, Row
from prm.errors import NotFoundError, RefusedError
from prm.period import Period
from prm.settings import Settings, get_settings
from runs.changes import Change, Side, changes
from runs.locks import scope_of

_KEY = (
    "counterparty_id", "contract_id", "component", "stream", "event_id", "subscriber_id", "event_date", "taken_period",
    "taken_contract_id", "taken_component", "taken_stream",
)  # fmt: skip


@dataclass(frozen=True)
class RewardDifference:
    """A component's reward in both versions (0 where one has none), in `currency`."""

    counterparty_id: str
    contract_id: str
    component: str
    currency: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class LineDifference:
    """A line that only one version has (the other's amount is None), or whose amounts differ."""

    counterparty_id: str
    contract_id: str | None
    component: str | None
    stream: str
    event_id: str | None
    subscriber_id: str | None
    event_date: date
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True)
class RunsDifference:
    """What differs between two runs of a period for the counterparties that both have.

    only_before, only_after: counterparties that one of them has no version of. lines: the first of them, in order;
    lines_in_all: how many there are; lines_by_kind: of these, only before, only after, changed. causes: the inputs that differ and may concern those compared.
    """

    period: Period
    before: int
    after: int
    compared: list[str]
    only_before: list[str]
    only_after: list[str]
    rewards: list[RewardDifference]
    lines: list[LineDifference]
    lines_in_all: int
    lines_by_kind: dict[str, int]
    causes: list[Change]


def diff(
    before: int, after: int, counterparties: Sequence[str] | None = None, *, most: int = 1000,
    settings: Settings | None = None,
) -> RunsDifference:  # fmt: skip
    """Compares the versions that two runs made; counterparties: only these. most: lines to list.

    Raises NotFoundError for a run that published nothing, RefusedError where they are of different periods or have no
    counterparty in common.

        diff(12, 17).causes  # [Change(kind='facts', …)]
    """
    settings = settings or get_settings()
    with database.transaction(settings) as connection:
        runs = {number: _run(connection, number) for number in (before, after)}
        periods = {row["period"] for row in runs.values()}
        if len(periods) > 1:
            raise RefusedError(
                f"Runs {before} and {after} are of different periods: {runs[before]['period']}, {runs[after]['period']}.",
                hint="Name two runs of one period; `prm runs --period` lists them.",
            )
        asked = scope_of(counterparties)
        whose = {
            number: {name for name in row["whose"] if asked is None or name in asked} for number, row in runs.items()
        }
        compared = sorted(whose[before] & whose[after])
        if not compared:
            raise RefusedError(
                f"Runs {before} and {after} have no counterparty in common.",
                hint="`prm runs` says whom each was for.",
            )
        period = Period.parse(periods.pop())
        of = {"period": str(period), "before": before, "after": after, "whose": compared}
        rewards = connection.execute(_REWARDS, of).fetchall()
        lines = connection.execute(_LINES, of).fetchall()
        sides = [Side(number, runs[number]["manifest"], settings.runs / str(number)) for number in (before, after)]
        causes = [
            change for change in changes(connection, sides[0], sides[1], settings)
            if change.counterparties is None or change.counterparties & set(compared)
        ]  # fmt: skip
    return RunsDifference(
        period, before, after, compared, sorted(whose[before] - whose[after]), sorted(whose[after] - whose[before]),
        [RewardDifference(**row) for row in rewards], [LineDifference(**row) for row in lines[:most]], len(lines),
        {
            "before": sum(row["after"] is None for row in lines),
            "after": sum(row["before"] is None for row in lines),
            "changed": sum(None not in (row["before"], row["after"]) for row in lines),
        },
        causes,
    )  # fmt: skip


def _run(connection: Connection, number: int) -> Row:
    row = connection.execute(
        """select runs.period, manifest, array_agg(versions.counterparty_id) as whose
           from runs.runs join results.versions using (run_id) where run_id = %s group by runs.run_id""",
        [number],
    ).fetchone()
    if row is None:
        raise NotFoundError(f"There is no published run {number}.", hint="`prm runs` lists them.")
    return row


_REWARDS = """
    select
        counterparty_id, contract_id, component, currency,
        coalesce(sum(amount) filter (where run_id = %(before)s), 0) as before,
        coalesce(sum(amount) filter (where run_id = %(after)s), 0) as after
    from results.rewards
    where period = %(period)s and run_id in (%(before)s, %(after)s) and counterparty_id = any(%(whose)s)
    group by counterparty_id, contract_id, component, currency
    having coalesce(sum(amount) filter (where run_id = %(before)s), 0)
        <> coalesce(sum(amount) filter (where run_id = %(after)s), 0)
    order by counterparty_id collate "C", contract_id collate "C", component collate "C", currency
"""
_LINES = f"""
    with

    lines as (
        select
            run_id, amount, {", ".join(_KEY)},
            row_number() over (partition by run_id, {", ".join(_KEY)} order by amount, load_id, row_number) as turn
        from results.reward_lines
        where period = %(period)s and run_id in (%(before)s, %(after)s) and counterparty_id = any(%(whose)s)
    )

    select
        counterparty_id, contract_id, component, stream, event_id, subscriber_id, event_date,
        max(amount) filter (where run_id = %(before)s) as before,
        max(amount) filter (where run_id = %(after)s) as after
    from lines
    group by {", ".join(_KEY)}, turn
    having max(amount) filter (where run_id = %(before)s) is distinct from max(amount) filter (where run_id = %(after)s)
    order by counterparty_id collate "C", contract_id collate "C", component collate "C", event_date, event_id collate "C",
        subscriber_id collate "C"
"""
