"""What keeps a period from being closed: each thing that is missing, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import loaders
from prm.database import Connection
from prm.period import Period
from prm.words import Words

_NAMED = 5  # subscribers that are named of those whose links conflict


@dataclass(frozen=True)
class Missing:
    """One thing that keeps a period from being closed. what: its kind. words: what it is, and what to do."""

    what: str
    words: Words


def what_is_missing(connection: Connection, period: Period, state: str) -> list[Missing]:
    """All that keeps a period in this state from being closed.

    Its approval; files that are expected of it (the same that its first calculation waits for); subscribers whose links
    conflict; runs of its partitions that failed or are running and were not followed by another; contracts that were left
    out; earlier periods that are not closed.
    """
    return [
        *_unapproved(period, state),
        *_files(connection, period),
        *_conflicts(connection, period),
        *_runs(connection, period),
        *_left_out(connection, period),
        *_earlier(connection, period),
    ]


def _unapproved(period: Period, state: str) -> Iterator[Missing]:
    if state == "open":
        yield Missing("calculation", Words(en="nothing is calculated", ru="ничего не рассчитано"))
    elif state != "approved":
        yield Missing(
            "approval",
            Words(
                en=f"what is current is not approved: prm period approve {period}",
                ru=f"текущий расчёт не утверждён: prm period approve {period}",
            ),
        )


def _files(connection: Connection, period: Period) -> Iterator[Missing]:
    for data_set, branch in loaders.missing_files(connection, period):
        title = loaders.contract_of(data_set).title
        of = Words(en=f" of the branch {branch}", ru=f" филиала {branch}") if branch else Words(en="", ru="")
        yield Missing(
            "file",
            Words(
                en=f"a file is not loaded: {title.en} ({data_set}){of.en}",
                ru=f"не загружен файл: {title.ru} ({data_set}){of.ru}",
            ),
        )


def _conflicts(connection: Connection, period: Period) -> Iterator[Missing]:
    """A conflict is solved by a link by hand that covers the days on which it would tell: the kit was sold by then."""
    subscribers = [
        row["subscriber_id"]
        for row in connection.execute(
            """select distinct subscriber_id collate "C" as subscriber_id
               from results.ownership join runs.current_versions using (period, counterparty_id, run_id)
               where period = %s and link = 'conflict' and valid_from <= %s and valid_to >= greatest(%s::date, sold_on)
               order by subscriber_id""",
            [str(period), period.end, period.start],
        )
    ]
    if subscribers:
        named = ", ".join(subscribers[:_NAMED]) + (", …" if len(subscribers) > _NAMED else "")
        yield Missing(
            "conflict",
            Words(
                en=f"kits of {len(subscribers)} subscribers were sold by different counterparties: {named}; "
                "link each by hand: prm registry link",
                ru=f"комплекты {len(subscribers)} абонентов проданы разными контрагентами: {named}; "
                "привяжите каждого вручную: prm registry link",
            ),
        )


def _runs(connection: Connection, period: Period) -> Iterator[Missing]:
    """A run's number is its fence: while it is the newest of a partition, nothing has followed it there."""
    rows = connection.execute(
        """select run_id, state, coalesce(left(error, 200), '') as error,
                  array_agg(fences.counterparty_id order by fences.counterparty_id) as whose
           from runs.runs join runs.fences on fences.period = runs.period and fences.token = runs.run_id
           where runs.period = %(period)s and state in ('failed', 'running')
             and token >= coalesce(
                 (select token from runs.fences where period = %(period)s and counterparty_id = '*'), 0)
           group by run_id order by run_id""",
        {"period": str(period)},
    ).fetchall()
    for row in rows:
        whole = row["whose"] == ["*"]
        whose = Words(en="everybody", ru="всех") if whole else Words(*[", ".join(row["whose"])] * 2)
        failed = row["state"] == "failed"
        yield Missing(
            "run",
            Words(
                en=f"run {row['run_id']} for {whose.en} "
                + (f"failed and none has followed it: {row['error']}" if failed else "is going on"),
                ru=f"расчёт {row['run_id']} для {whose.ru} "
                + (f"не удался, и после него другого не было: {row['error']}" if failed else "ещё идёт"),
            ),
        )


def _left_out(connection: Connection, period: Period) -> Iterator[Missing]:
    """Contracts that the run of their counterparty's version left out; without a version, the last one for everybody."""
    rows = connection.execute(
        """with

           of_the_period as (
               select counterparty_id, run_id from runs.current_versions where period = %(period)s
           ),

           whole as (
               select max(run_id) as run_id from of_the_period join runs.runs using (run_id) where counterparties is null
           )

           select problem.contract_id, problem.en, problem.ru
           from runs.runs
           cross join lateral jsonb_to_recordset(problems)
               as problem (contract_id text, counterparty_id text, en text, ru text)
           left join of_the_period on of_the_period.counterparty_id = problem.counterparty_id
           where runs.period = %(period)s
             and runs.run_id = coalesce(of_the_period.run_id, (select run_id from whole))
           order by problem.contract_id collate "C" """,
        {"period": str(period)},
    ).fetchall()
    for row in rows:
        yield Missing(
            "contract",
            Words(
                en=f"contract {row['contract_id']} was left out: {row['en']}",
                ru=f"договор {row['contract_id']} не вошёл в расчёт: {row['ru']}",
            ),
        )


def _earlier(connection: Connection, period: Period) -> Iterator[Missing]:
    rows = connection.execute(
        """select distinct period from runs.current_versions
           where period < %s and period not in (select period from runs.period_decisions where what = 'closed')
           order by period""",
        [str(period)],
    ).fetchall()
    for row in rows:
        yield Missing(
            "earlier period",
            Words(en=f"{row['period']} is not closed yet", ru=f"{row['period']} ещё не закрыт"),
        )
