"""Steps of settling: the ledger, payouts, `prm check` and a rollback, each beside the plain SQL that does the least.

The plain SQL keeps no chain, no keys, no causes and no approvals: it inserts, adds up and compares.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import runs
import settlement
from bench.books import add_counterparties, add_month, fresh
from bench.make_data import PERIOD
from cli.check import INVARIANTS
from prm import database
from prm.invariants import check
from prm.period import Period
from prm.settings import Settings

PAYEES = 15_000
CHECKED, MONTHS = 1_000, 36
_DAY = date(2026, 11, 10)
Found = dict[str, Any]


def settle_ours(settings: Settings) -> Found:
    """A month of 15,000 counterparties, from approved rewards to paid: post, accept, fall due, prepare, approve, export, confirm."""
    books = fresh(settings, "prm_bench_payees")
    add_counterparties(books, PAYEES)
    add_month(books, PERIOD)
    runs.approve_period(PERIOD, "olga", settings=books)
    stages: dict[str, float] = {}
    _settle(books, PERIOD, stages)
    with database.transaction(books) as connection:
        paid = connection.execute("select sum(balance) as paid from reporting.account_balances where account = 'paid'")
        amount = paid.fetchone()
    assert amount is not None
    return {"seconds": sum(stages.values()), "stages": stages, "rows": PAYEES, "amount": str(amount["paid"])}


def settle_by_hand(settings: Settings) -> Found:
    """The same rewards through bare tables: a row for each reward, each due and each payment, and what is paid."""
    books = Settings(home=settings.home / "prm_bench_payees", database_url=_url(settings, "prm_bench_payees"))
    began = time.perf_counter()
    with database.connect_login(books) as connection:
        connection.execute("""
            create temporary table transfers (counterparty_id text, contract_id text, component text, debit text, credit text,
                amount numeric(18, 4));
            insert into transfers
            select counterparty_id, contract_id, component, 'reward_cost', 'accrued', amount from results.rewards;
            insert into transfers
            select counterparty_id, contract_id, null, 'accrued', 'payable', sum(amount) from transfers group by 1, 2;
            create temporary table payouts as
            select row_number() over () as payout, counterparty_id, account, bic, sum(amount) as amount
            from transfers join registry.bank_accounts using (counterparty_id)
            where credit = 'payable' group by counterparty_id, account, bic having sum(amount) > 0;
            insert into transfers
            select counterparty_id, null, null, 'payable', 'in_payment', amount from payouts;
            insert into transfers
            select counterparty_id, null, null, 'in_payment', 'paid', amount from payouts""")
        row = connection.execute("select sum(amount) as paid from transfers where credit = 'paid'").fetchone()
    assert row is not None
    return {"seconds": time.perf_counter() - began, "rows": PAYEES, "amount": str(row["paid"])}


def check_ours(settings: Settings) -> Found:
    """`prm check` on three years of 1,000 counterparties, every month of them posted, accepted and paid."""
    books = fresh(settings, "prm_bench_years")
    add_counterparties(books, CHECKED)
    period = Period.parse("2023-11")
    for _ in range(MONTHS):
        add_month(books, period)
        runs.approve_period(period, "olga", settings=books)
        _settle(books, period, {})
        period = period.next
    with database.connect(books, autocommit=True) as connection:
        connection.execute("analyze")
    began = time.perf_counter()
    asked = list(check(INVARIANTS, settings=books))
    seconds = time.perf_counter() - began
    if broken := [one.rule for one in asked if one.broken_by]:
        raise SystemExit(f"The books of the benchmark are broken: {broken}")
    slowest = max(asked, key=lambda one: one.seconds)
    with database.transaction(books) as connection:
        row = connection.execute("select count(*) as transfers from ledger.transfers").fetchone()
    assert row is not None
    return {"seconds": seconds, "rows": row["transfers"], "slowest": slowest.rule, "slowest_seconds": slowest.seconds}


def check_by_hand(settings: Settings) -> Found:
    """The sums alone: what versions say, what is in the ledger and what was paid, of each counterparty and month."""
    books = Settings(home=settings.home / "prm_bench_years", database_url=_url(settings, "prm_bench_years"))
    began = time.perf_counter()
    with database.connect_login(books) as connection:
        row = connection.execute("""
            select count(*) as different
            from (select counterparty_id, period, sum(amount) as amount
                  from results.rewards join runs.current_versions using (period, counterparty_id, run_id)
                  group by counterparty_id, period) as earned
            full join (select counterparty_id, origin_period as period, sum(amount) as amount from ledger.transfers
                       where debit_account = 'reward_cost' group by 1, 2) as posted using (counterparty_id, period)
            where earned.amount is distinct from posted.amount""").fetchone()
        paid = connection.execute("""
            select count(*) as different
            from (select counterparty_id, sum(amount) as amount from ledger.transfers
                  where credit_account = 'paid' group by 1) as paid
            full join (select counterparty_id, sum(amount) as amount from settlement.payouts group by 1) as asked
                using (counterparty_id)
            where paid.amount is distinct from asked.amount""").fetchone()
        count = connection.execute("select count(*) as transfers from ledger.transfers").fetchone()
    assert row is not None and paid is not None and count is not None
    if row["different"] or paid["different"]:
        raise SystemExit("The sums of the benchmark's books differ.")
    return {"seconds": time.perf_counter() - began, "rows": count["transfers"]}


def roll_back_ours(settings: Settings) -> Found:
    """The whole published month back by one version, and what was posted of it taken back."""
    runs.approve_period(PERIOD, "olga", settings=settings)
    settlement.post_rewards(PERIOD, author="olga", settings=settings)
    began = time.perf_counter()
    done = settlement.roll_back(PERIOD, None, reason="benchmark", author="olga", settings=settings)
    return {"seconds": time.perf_counter() - began, "rows": _lines(settings), "moves": len(done.moves)}


def roll_back_by_hand(settings: Settings) -> Found:
    """What a table of results without versions would have to do: its lines of the month are deleted."""
    name = f"bare_lines_{PERIOD.year}"
    with database.connect_login(settings) as connection:
        connection.execute(f"""
            drop table if exists {name};
            create table {name} as select * from results.reward_lines
            where period = '{PERIOD}' and run_id = (select max(run_id) from runs.runs where counterparties is null)""")
        connection.execute(f"create index on {name} (period)")
        connection.commit()
        began = time.perf_counter()
        connection.execute(f"delete from {name} where period = '{PERIOD}'")
        connection.commit()
        seconds = time.perf_counter() - began
        connection.execute(f"drop table {name}")
    return {"seconds": seconds, "rows": _lines(settings)}


STEPS: dict[str, Callable[[Settings], Found]] = {
    step.__name__: step
    for step in (roll_back_ours, roll_back_by_hand, settle_ours, settle_by_hand, check_ours, check_by_hand)
}


def _settle(books: Settings, period: Period, stages: dict[str, float]) -> None:
    """From approved to paid; the seconds of each stage go into `stages`."""

    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        done = work()
        stages[name] = time.perf_counter() - began
        return done

    timed("post", lambda: settlement.post_rewards(period, author="olga", settings=books))
    timed("accept", lambda: settlement.accept_statements(period, author="olga", settings=books))
    timed("fall due", lambda: settlement.fall_due(author="olga", settings=books))
    batch = timed("prepare", lambda: settlement.prepare_payouts("RUB", as_of=_DAY, author="ivan", settings=books)).batch
    timed("approve", lambda: settlement.approve_payouts(batch, author="olga", settings=books))
    folder = books.home / "bank"
    timed("export", lambda: settlement.export_payouts(batch, "pain001", folder, author="ivan", settings=books))
    statement = _statement(books, batch, folder / f"statement_{batch}.csv")
    timed("confirm", lambda: settlement.confirm_payouts(statement, author="ivan", settings=books))


def _statement(books: Settings, batch: int, path: Path) -> Path:
    """The bank's word: all of them are paid."""
    with database.transaction(books) as connection:
        rows = connection.execute("select payout from settlement.payouts where batch = %s", [batch]).fetchall()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["payout", "outcome", "value_date"])
        writer.writerows([row["payout"], "paid", _DAY] for row in rows)
    return path


def _url(settings: Settings, name: str) -> str:
    return database.with_database(database.login_url(settings), name)


def _lines(settings: Settings) -> int:
    with database.transaction(settings) as connection:
        row = connection.execute("select max(lines) as lines from (select sum(lines) as lines from results.versions "
                                 "group by run_id) as runs").fetchone()  # fmt: skip
    return int(row["lines"]) if row else 0
