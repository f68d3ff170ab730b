"""What tests need around the books: the owner's connection, versions without a calculation, people's decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from prm import database
from prm.invariants import check
from prm.period import Period
from prm.settings import Settings
from settlement import Entry
from tests.operators import OCTOBER

Reward = tuple[str, str, str]
"""Whose, under which contract, of which component."""
EARNED: dict[Reward, str] = {
    ("D00001", "C1", "activation"): "100.00",
    ("D00001", "C1", "churn"): "-30.50",
    ("D00002", "C2", "activation"): "70.00",
}


@contextmanager
def as_owner(settings: Settings) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A transaction of the login that owns the tables; in tests it is a superuser's."""
    with psycopg.connect(database.owner_url(settings), row_factory=dict_row) as connection:
        yield connection


def add_cause(settings: Settings) -> None:
    """A cause, `test`, that is about nothing else in the books."""
    with as_owner(settings) as connection:
        connection.execute("insert into ledger.causes values ('test', 'test', 'проверка', 'A test.', 'Проверка.')")


def publish(settings: Settings, rewards: Mapping[Reward, str], period: Period = OCTOBER, currency: str = "RUB") -> int:
    """A run that publishes these rewards for their counterparties, in a moment; returns its number."""
    who = sorted({counterparty for counterparty, _, _ in rewards})
    with database.transaction(settings) as connection:
        connection.execute("select results.make_partitions(%s, %s)", [str(period), ["rewards", "reward_lines"]])
        run_id = connection.execute(
            "insert into runs.runs (period, state, finished_at) values (%s, 'published', now()) returning run_id",
            [str(period)],
        ).fetchone()["run_id"]  # type: ignore[index]
        of = {"run": run_id, "period": str(period), "who": who, "currency": currency}
        for (counterparty, contract, component), amount in rewards.items():
            one = of | {"one": counterparty, "contract": contract, "component": component, "amount": amount}
            connection.execute(
                """insert into results.rewards values (%(run)s, %(period)s, %(one)s, %(contract)s, 'scheme', 1,
                       %(component)s, %(currency)s, 1, 1, 0, %(amount)s)""",
                one,
            )
            connection.execute(
                """insert into results.reward_lines (run_id, period, counterparty_id, contract_id, component, currency,
                       stream, event_date, amount, outcome)
                   values (%(run)s, %(period)s, %(one)s, %(contract)s, %(component)s, %(currency)s,
                       'charge', to_date(%(period)s, 'YYYY-MM'), %(amount)s, 'paid')""",
                one,
            )
        connection.execute(
            """insert into results.versions
               select %(run)s, %(period)s, who, 1, coalesce(sum(amount), 0), md5(string_agg(component || amount, ''))
               from unnest(%(who)s::text[]) as who
               left join results.rewards on run_id = %(run)s and period = %(period)s and counterparty_id = who
               group by who""",
            of,
        )
        connection.execute(
            """insert into runs.version_moves (period, counterparty_id, from_run, to_run, what)
               select %(period)s, who, run_id, %(run)s, 'published' from unnest(%(who)s::text[]) as who
               left join runs.current_versions on period = %(period)s and counterparty_id = who""",
            of,
        )
        connection.execute(
            """insert into runs.current_versions select %(period)s, unnest(%(who)s::text[]), %(run)s
               on conflict (period, counterparty_id) do update set run_id = excluded.run_id""",
            of,
        )
    return run_id


def approve(settings: Settings, period: Period = OCTOBER, what: str = "approved") -> None:
    """Somebody approves exactly what is current of a period."""
    with database.transaction(settings) as connection:
        connection.execute(
            """insert into runs.period_decisions (period, what, author, content_hash)
               select %(period)s, %(what)s, 'olga', encode(sha256(convert_to(coalesce(string_agg(
                   counterparty_id || '|' || run_id || '|' || content_hash || E'\\n', ''
                   order by counterparty_id collate "C"), ''), 'UTF8')), 'hex')
               from runs.current_versions join results.versions using (period, counterparty_id, run_id)
               where period = %(period)s""",
            {"period": str(period), "what": what},
        )


def close(settings: Settings, period: Period = OCTOBER) -> None:
    """Somebody closes a period."""
    approve(settings, period, "closed")
    with database.transaction(settings) as connection:
        connection.execute(
            "insert into runs.closed_versions select * from runs.current_versions where period = %s", [str(period)]
        )


def entry(key: str = "one", **other: Any) -> Entry:
    """An entry with the values that a test does not care about."""
    usual: dict[str, Any] = {
        "idempotency_key": key, "period": "2026-10", "origin_period": "2026-10", "counterparty_id": "D00001",
        "contract_id": "C1", "currency": "RUB", "debit_account": "accrued", "credit_account": "payable",
        "amount": Decimal("10.00"), "cause": "test", "author": "olga", "dated_on": date(2026, 10, 31),
    }  # fmt: skip
    return Entry(**(usual | other))


def transfers(settings: Settings, columns: str = "period, cause, counterparty_id, component, debit_account, amount"):
    """The ledger's rows as tuples, in order; amounts as text without needless zeros."""
    with database.transaction(settings) as connection:
        rows = connection.execute(f"select {columns} from ledger.transfers order by transfer_id").fetchall()
    return [tuple(f"{v:.2f}" if isinstance(v, Decimal) else v for v in row.values()) for row in rows]


def owed(settings: Settings, account: str = "accrued") -> dict[str, str]:
    """The balance of an account, by counterparty."""
    with database.transaction(settings) as connection:
        rows = connection.execute(
            """select counterparty_id, sum(balance) as balance from reporting.account_balances
               where account = %s group by counterparty_id order by counterparty_id""",
            [account],
        ).fetchall()
    return {row["counterparty_id"]: f"{row['balance']:.2f}" for row in rows}


def broken(settings: Settings, period: Period | None = None) -> list[str]:
    """The rules of the books that do not hold."""
    from cli.check import INVARIANTS

    return [one.rule for one in check(INVARIANTS, period, settings=settings) if one.broken_by]
