"""Books in use, prepared once and copied for each trial: two months of two dealers, calculated, corrected, posted.

D1 is paid for connections and gives back for those who leave, so that its October stands on its September; D2 is paid a
share of what is charged in the month. September is posted and has fallen due; October is approved, and not posted. Files that are not loaded
yet, and a fee that was changed since October was calculated, wait for the operations that are broken off.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg

import loaders
import registry
import runs
import settlement
from prm import database
from prm.period import Period
from prm.settings import Settings
from tests import built
from tests.operators import BRANCH, Operator
from tests.settlement.payouts import making

SEPTEMBER, OCTOBER = Period(2026, 9), Period(2026, 10)
_HEAD = """
scheme: {name}
version: 1
title: {{en: Scheme, ru: Схема}}
document: none
valid_from: 2026-01-01
currency: RUB
rounding: {{each: line, places: 2, mode: half_up}}
"""
_SCHEMES = {
    "retail": """
attributes:
  fee: {title: {en: fee, ru: плата}, type: money, default: "300.00"}
components:
  connection: {title: {en: Connection, ru: Подключение}, on: activation, pay: fee}
  early_churn:
    title: {en: Early churn, ru: Ранний отток}
    on: churn
    claws_back: [connection]
    within: {days: 90}
""",
    "plain": """
attributes:
  part: {title: {en: part, ru: доля}, type: share, default: "0.10"}
components:
  share: {title: {en: Share, ru: Доля}, on: charge, pay: amount * part}
""",
}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Prepared:
    """Books that are copied and never worked on: their home, and the name of their database on `server`."""

    server: str
    name: str
    home: Path
    built: Path

    @contextmanager
    def copy(self, folder: Path) -> Iterator[Settings]:
        """A copy to work on: a database of its own and a home whose files are linked; both are gone at the end."""
        name = f"prm_safety_{os.getpid()}_{next(_numbers)}"
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"create database {name} template {self.name}")
        home = folder / name
        shutil.copytree(self.home, home, copy_function=os.link)
        try:
            yield Settings(home=home, database_url=database.with_database(self.server, name), threads=2)
        finally:
            with psycopg.connect(self.server, autocommit=True) as connection:
                connection.execute(f"drop database {name} with (force)")
            shutil.rmtree(home, ignore_errors=True)


@contextmanager
def prepare(server: str, template: str, folder: Path, kept: Path) -> Iterator[Prepared]:
    """Prepares the books on a server, from a migrated template. kept: where built tables are kept for others."""
    name = f"prm_safety_{os.getpid()}_books_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
    settings = Settings(home=folder / "books", database_url=database.with_database(server, name), threads=2)
    with built.remembered(kept):
        _work(settings)
    yield Prepared(server, name, settings.home, kept)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def _work(settings: Settings) -> None:
    operator = _operator()
    operator.write(settings.inbox)
    with database.transaction(settings) as connection:
        for name, text in _SCHEMES.items():
            path = settings.home / f"{name}.yaml"
            path.write_text(_HEAD.format(name=name) + text, encoding="utf-8")
            registry.add_scheme(connection, path)
    for result in loaders.load_inbox(settings):
        assert result.outcome == "accepted" and not result.reasons, (result, result.words)
    for period in (SEPTEMBER, OCTOBER):
        runs.calculate(period, settings=settings)
    _set(settings, "fee", "320.00", "C1", SEPTEMBER.start)
    for period in (SEPTEMBER, OCTOBER):
        runs.calculate(period, ["D1"], settings=settings)
        runs.approve_period(period, "olga", settings=settings)
    settlement.post_rewards(SEPTEMBER, author="olga", settings=settings)
    for number, who in enumerate(("D1", "D2"), 1):
        making.bank_account(settings, who, number)
    making.operator(settings)
    settlement.accept_statements(SEPTEMBER, author="olga", settings=settings)
    settlement.fall_due(author="olga", settings=settings)
    _set(settings, "part", "0.12", "C2", OCTOBER.start)
    (settings.home / "documents.yaml").write_text(
        "documents: [{forms: [statement], formats: [csv], send: {folder: outbox}}]\n", encoding="utf-8"
    )
    _write_what_comes_next(settings)


def _operator() -> Operator:
    operator = Operator()
    operator.product("V1", "voice")
    for who, scheme in (("D1", "retail"), ("D2", "plain")):
        operator.counterparty(who)
        operator.outlet(f"T{who[1]}", who)
        operator.contract(f"C{who[1]}", who, scheme)
    for number in range(1, 41):
        month = 9 + number % 2
        operator.subscriber(
            number, f"T{1 + number % 4 // 2}", activated_on=date(2026, month, 5), sold_on=date(2026, 9, 1)
        )
        for of in range(month, 11):
            operator.charge(f"N{number:05d}", f"{100 + number}.35", date(2026, of, 20))
            operator.payment("T1", f"{50 + number}.00", f"N{number:05d}", day=date(2026, of, 21))
    for number in (4, 8):
        operator.report(number, date(2026, 10, 9), deactivated_on=date(2026, 10, 9))
    return operator


def _set(settings: Settings, name: str, value: str, contract: str, day: date) -> None:
    with database.transaction(settings) as connection:
        registry.set_attribute(
            connection, name, value, level="contract", holder=contract, valid_from=day, author="olga"
        )


def _write_what_comes_next(settings: Settings) -> None:
    """Into `next`: a corrected file with a broken row, new facts, a file that is refused, reference data."""
    coming = settings.home / "next"
    coming.mkdir()
    charges = (settings.inbox / f"charges_2026-10_{BRANCH}.csv").read_text(encoding="utf-8")
    corrected = charges.replace("101.35", "111.35") + charges.splitlines()[1].replace("Z0", "Z9").replace(
        "2026-10", "nay"
    )
    (coming / f"charges_2026-10_{BRANCH}.csv").write_text(corrected + "\n", encoding="utf-8")
    payments = (settings.inbox / f"payments_2026-10_{BRANCH}.csv").read_text(encoding="utf-8")
    (coming / f"payments_2026-11_{BRANCH}.csv").write_text(payments.replace("2026-10", "2026-11"), encoding="utf-8")
    (coming / f"subscribers_2026-11_{BRANCH}.csv").write_text("not,what,was,agreed\n1,2,3,4\n", encoding="utf-8")
    products = (settings.inbox / "products.csv").read_text(encoding="utf-8")
    (coming / "products.csv").write_text(products + "V2,Тариф V2,voice\n", encoding="utf-8")
