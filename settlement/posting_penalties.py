"""Penalties from files: what is charged is brought to what the live loads say, by the difference and nothing else.

A row that is new is charged; one that a corrected file changed or left out is reversed, and charged as it reads now. The
second time nothing differs. What a person has decided of a penalty stands, whatever a later file says of it; it is listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow.parquet as parquet

import loaders
from prm import database, logs
from prm.database import Connection
from prm.errors import PrmError
from prm.period import Period
from prm.settings import Settings, get_settings
from prm.words import Words
from settlement.penalties import (
    Charge,
    Penalty,
    Whose,
    charge_all,
    end_penalty,
    lock_all,
    newest_editions,
    problem_of,
    whose,
)

DATA_SET = "penalties"
_NO_LONGER = Words("the live files no longer say it", "в действующих файлах этого больше нет")
_CORRECTED = Words("a corrected file says something else", "в исправленном файле сказано иное")
_REPEATED = Words("an earlier file has the same number: {file}, row {row}",
                  "тот же номер уже есть в более раннем файле: {file}, строка {row}")  # fmt: skip
_DECIDED = Words(
    "penalty {penalty} was {state} by a person, and stays so; the file says something else of it now",
    "штраф {penalty} решён человеком ({state}), и это остаётся; файл теперь говорит о нём иное",
)
_BY_HAND = Words(
    "penalty {penalty} was charged by hand under this number with other content",
    "штраф {penalty} с этим номером начислен вручную, с другим содержанием",
)


@dataclass(frozen=True)
class LeftAlone:
    """A row of a file, or a penalty from one, that posting has left as it is. month: of the file. why: in words.

    row_number: None where no live file has it any more.
    """

    external_id: str
    month: str
    why: Words
    file_name: str | None = None
    row_number: int | None = None


@dataclass(frozen=True)
class PostedPenalties:
    """What a posting has done. charged, withdrawn: penalties' numbers. unchanged: rows that were charged before."""

    charged: list[int]
    withdrawn: list[int]
    unchanged: int
    left: tuple[LeftAlone, ...]


@dataclass(frozen=True)
class _Row:
    """A row of a live file, and the file's month."""

    charge: Charge
    month: str
    file_name: str


def post_penalties(period: Period | None = None, *, author: str, settings: Settings | None = None) -> PostedPenalties:
    """Charges what the live files of a month (None: of all) say and is not charged yet; reverses what they say no longer.

    All or none, in one transaction. A row that can't be charged (another counterparty's contract or outlet, a number that
    an earlier file has too) is left alone and listed; so is one that differs from what a person has decided.

        post_penalties(Period.parse("2026-10"), author="olga").charged
    """
    if not author.strip():
        raise PrmError("A posting needs an author.", hint="Say who decided it.")
    settings = settings or get_settings()
    with database.transaction(settings) as connection:
        lock_all(connection)
        plan = _plan(connection, period, settings)
        for penalty, why in plan.end:
            reason = why.text(settings.language)
            end_penalty(connection, penalty, "withdrawn", reason=reason, author=author, by_file=True)
        charged = charge_all(connection, plan.charge, author=author)
    withdrawn = [penalty.number for penalty, _ in plan.end]
    logs.event("penalties posted", period=period, charged=len(charged), withdrawn=len(withdrawn), left=len(plan.left))
    return PostedPenalties(charged, withdrawn, plan.unchanged, tuple(plan.left))


@dataclass
class _Plan:
    """What has to be done: charged, ended, and left alone."""

    charge: list[Charge] = field(default_factory=list)
    end: list[tuple[Penalty, Words]] = field(default_factory=list)
    left: list[LeftAlone] = field(default_factory=list)
    unchanged: int = 0


def _plan(connection: Connection, period: Period | None, settings: Settings) -> _Plan:
    """Compares what the live files say with the newest edition of each number that was charged."""
    plan = _Plan()
    rows: dict[str, _Row] = {}
    for one in _rows(connection, settings):
        first = rows.setdefault(_number(one.charge), one)
        if first is not one:
            why = Words(
                _REPEATED.text("en", file=first.file_name, row=first.charge.row_number),
                _REPEATED.text("ru", file=first.file_name, row=first.charge.row_number),
            )
            plan.left.append(_left(one, why))
    known = newest_editions(connection)
    registry = whose(connection)
    for external_id in sorted(rows.keys() | known.keys()):
        row, penalty = rows.get(external_id), known.get(external_id)
        if period and str(period) not in _months(row, penalty):
            continue
        if row:
            _compare(plan, row, penalty, registry)
        elif penalty and penalty.charge.load_id and penalty.is_in_force:
            plan.end.append((penalty, _NO_LONGER))
        elif penalty and penalty.charge.load_id and penalty.state == "reduced":
            month = str(Period.of(penalty.charge.dated_on))
            plan.left.append(LeftAlone(external_id, month, _about(_DECIDED, penalty)))
    if period:
        plan.left = [one for one in plan.left if one.month == str(period)]
    return plan


def _compare(plan: _Plan, row: _Row, penalty: Penalty | None, registry: Whose) -> None:
    """What a row asks for beside the newest penalty of its number."""
    if penalty and not penalty.was_withdrawn_by_file:
        if row.charge.content == penalty.charge.content:
            plan.unchanged += 1
            return
        if not penalty.charge.load_id:
            plan.left.append(_left(row, _about(_BY_HAND, penalty)))
            return
        if not penalty.is_in_force:
            plan.left.append(_left(row, _about(_DECIDED, penalty)))
            return
        plan.end.append((penalty, _CORRECTED))
    if problem := problem_of(row.charge, registry):
        plan.left.append(_left(row, Words(str(problem), str(problem))))
        return
    plan.charge.append(replace(row.charge, edition=penalty.charge.edition + 1 if penalty else 1))


def _rows(connection: Connection, settings: Settings) -> Iterator[_Row]:
    """Every row of the live files, the earliest month first: of rows with one number the first counts."""
    names = {
        load["load_id"]: load["file_name"] for load in loaders.list_loads(connection, state="live", data_set=DATA_SET)
    }
    for part in loaders.live_partitions(connection, DATA_SET, settings=settings):
        for row in sorted(
            parquet.read_table(part["path"], partitioning=None).to_pylist(), key=lambda one: one["row_number"]
        ):
            yield _Row(_charge(row, settings), part["period"], names[part["load_id"]])


def _charge(row: dict[str, Any], settings: Settings) -> Charge:
    same = (
        "kind", "counterparty_id", "dated_on", "amount", "reason", "contract_id", "outlet_id", "clause", "load_id",
        "row_number",
    )  # fmt: skip
    return Charge(
        external_id=row["penalty_id"],
        currency=row["currency"] or settings.currency,
        period=Period.parse(row["period"]) if row["period"] else None,
        **{name: row[name] for name in same},
    )


def _months(row: _Row | None, penalty: Penalty | None) -> set[str]:
    """The months of the files that a number is, or was, in."""
    months = {row.month} if row else set()
    if penalty and penalty.charge.load_id:
        months.add(str(Period.of(penalty.charge.dated_on)))
    return months


def _number(charge: Charge) -> str:
    assert charge.external_id is not None, "the contract requires it"
    return charge.external_id


def _left(row: _Row, why: Words) -> LeftAlone:
    return LeftAlone(_number(row.charge), row.month, why, row.file_name, row.charge.row_number)


def _about(words: Words, penalty: Penalty) -> Words:
    of = {"penalty": penalty.number, "state": penalty.state}
    return Words(words.text("en", **of), words.text("ru", **of))
