"""Books in which everything is ready and nothing was done: two dealers, their contracts and bank details, a scheme.

All files of facts but the charges are loaded. Each history works on a copy.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psycopg

import loaders
import registry
from prm import database
from prm.settings import Settings
from tests.histories.model import DEALERS, MONTHS, VARIANTS
from tests.operators import BRANCH, Operator
from tests.safety.prepared import Prepared
from tests.settlement.payouts import making

SCHEME = """
scheme: plain
version: 1
title: {en: Share of charges, ru: Доля начислений}
document: none
valid_from: 2026-01-01
currency: RUB
rounding: {each: line, places: 2, mode: half_up}
components:
  share: {title: {en: Share, ru: Доля}, on: charge, pay: "amount * 0.10"}
"""


@contextmanager
def prepare(server: str, template: str, folder: Path, kept: Path) -> Iterator[Prepared]:
    """Prepares the books on a server, from a migrated template. kept: where built tables are kept for others."""
    name = f"prm_histories_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
    settings = Settings(home=folder / "books", database_url=database.with_database(server, name), threads=2)
    _fill(settings)
    yield Prepared(server, name, settings.home, kept)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def file_of(settings: Settings, month: str, variant: int) -> Path:
    """The file of a month's charges, first or corrected; loaded by this name whichever it is."""
    return settings.home / "variants" / str(variant) / f"charges_{month}_{BRANCH}.csv"


def _fill(settings: Settings) -> None:
    operator = Operator()
    operator.product("V1", "voice")
    for place, (dealer, vat) in enumerate(DEALERS.items(), 1):
        operator.counterparty(dealer)
        operator.outlet(f"T{place}", dealer)
        operator.contract(f"C{place}", dealer, "plain", vat_status="payer" if vat else "exempt")
        operator.subscriber(place, f"T{place}", activated_on=date(2026, 9, 1), sold_on=date(2026, 8, 1))
        operator.report(place, date(2026, 10, 1))
        for month in MONTHS:
            operator.payment(f"T{place}", "50.00", f"N{place:05d}", day=date.fromisoformat(f"{month}-21"))
    with database.transaction(settings) as connection:
        path = settings.home / "plain.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SCHEME, encoding="utf-8")
        registry.add_scheme(connection, path)
    operator.write(settings.inbox)
    for result in loaders.load_inbox(settings):
        assert result.outcome == "accepted" and not result.reasons, (result, result.words)
    for place, dealer in enumerate(DEALERS, 1):
        making.bank_account(settings, dealer, place)
    making.operator(settings)
    for month, variants in VARIANTS.items():
        for variant, charged in enumerate(variants):
            charges = Operator()
            for place, dealer in enumerate(DEALERS, 1):
                charges.charge(f"N{place:05d}", charged[dealer], date.fromisoformat(f"{month}-20"))
            aside = settings.home / "aside"
            charges.write(aside)
            target = file_of(settings, month, variant)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(aside / target.name, target)
            shutil.rmtree(aside)
