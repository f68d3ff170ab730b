"""The hand-written queries of single schemes give our lines, and two hundred versions of all features those of one."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

import loaders
import registry
import schemes
from bench import calculating, library, versions
from bench.by_hand import inputs_of_run, query, views
from bench.make_data import JOINED_BEFORE, PERIOD
from demo import Operator, make
from prm import database, duck
from prm.duck import quote
from prm.period import Period
from prm.settings import Settings
from schemes.streams import streams
from tests.conftest import fresh_home

MANY = 20  # more versions than may have their texts in their rules (schemes.texts)


@pytest.fixture(scope="module")
def data(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The loaded month of a small operator, some of whose files and kits have faults on purpose."""
    with fresh_home(server, template, tmp_path_factory.mktemp("bench")) as settings:
        months = (PERIOD.previous, PERIOD)
        make(
            Operator(subscribers=2000, months=months, joined_before=JOINED_BEFORE, returning=50, plain=True),
            settings.inbox,
        )
        loaders.load_inbox(settings)
        with database.transaction(settings) as connection:
            registry.add_library(connection)
            for subscriber_id, activated_on in _activated_in(settings.inbox, PERIOD.previous):
                registry.mark_fraud(
                    connection,
                    subscriber_id,
                    valid_from=activated_on + timedelta(days=31),
                    reason="a test",
                    author="tests",
                )
        yield settings


def _activated_in(inbox: Path, period: Period) -> list[tuple[str, date]]:
    """Some subscribers who were activated in a period: enough that some were paid for thirty days later."""
    with (inbox / f"subscribers_{period}_ural.csv").open(encoding="utf-8", newline="") as file:
        activated = {row["subscriber_id"]: date.fromisoformat(row["activated_on"]) for row in csv.DictReader(file)}
    return [(one, day) for one, day in sorted(activated.items()) if period.start <= day <= period.end][:60]


@pytest.mark.parametrize("scheme", library.SCHEMES)
def test_a_query_by_hand_gives_the_lines_of_our_models(scheme: str, data: Settings, tmp_path: Path) -> None:
    contracts = library.write_contracts(data.inbox, tmp_path / "contracts_alone.csv", scheme)
    with calculating.contracts_from(contracts, data):
        calculating.calculate_unpublished(tmp_path / "run", data)
    by_hand = tmp_path / "by_hand.parquet"
    with duck.connect(settings=data) as connection:
        connection.execute(views(inputs_of_run(tmp_path / "run", data.home, with_more_facts=True)))
        connection.execute(f"copy ({query(scheme, PERIOD)}) to {quote(by_hand)} (format parquet)")
        assert library.differences(connection, tmp_path / "run" / "tables", by_hand) == []
        found = connection.execute(f"select distinct component from {quote(by_hand)} where amount <> 0").fetchall()
        assert {name for (name,) in found} == _PAYING[scheme]

        connection.execute("create table lines as from by_hand")
        connection.execute("update lines set amount = amount + 0.01 where amount = (select max(amount) from lines)")
        connection.execute(f"copy lines to {quote(by_hand)} (format parquet)")
        assert library.differences(connection, tmp_path / "run" / "tables", by_hand)


_PAYING = {
    "charge_share": {"charges", "content"},
    "activation_by_tariff": {"activation", "quality_bonus", "early_churn", "fraud"},
    "plan_accelerator": {"activation", "plan_supplement", "over_plan", "plan_limit"},
}


def test_versions_of_all_features_pay_their_multiples_of_one(data: Settings, tmp_path: Path) -> None:
    with database.transaction(data) as connection:
        for path in versions.write_versions(tmp_path, MANY):
            registry.add_scheme(connection, path)
    folders = {}
    for count in (1, MANY):
        contracts = versions.write_contracts(data.inbox, tmp_path / f"contracts_{count}.csv", count)
        folders[count] = tmp_path / str(count)
        with calculating.contracts_from(contracts, data, in_dollars=True):
            calculating.calculate_unpublished(folders[count], data)
    one, many = folders[1] / "tables", folders[MANY] / "tables"
    with duck.connect(settings=data) as connection:
        assert versions.differences(connection, one, many) == []
        assert versions.differences(connection, many, one)
        [(rounded,)] = connection.execute(
            f"select count(*) from {quote(one / 'int_period_lines.parquet')} where outcome = 'rounded'"
        ).fetchall()
        [(converted,)] = connection.execute(
            f"select count(*) from {quote(one / 'int_event_lines.parquet')} where original_currency = 'USD' and amount <> 0"
        ).fetchall()
        assert rounded > 10 and converted > 10
        tables = [f"select component, amount from {quote(one / f'{name}.parquet')}" for name in _LINES]
        moved = connection.execute(f"select distinct component from ({' union all '.join(tables)}) where amount <> 0")
        scheme = schemes.read(tmp_path / f"{versions.name_of(1)}.yaml")
        never = {*scheme.components, *scheme.limits} - {name for (name,) in moved.fetchall()}
        assert never <= _RARE


_LINES = ("int_event_lines", "int_clawback_lines", "int_period_lines")
_RARE = {
    "bonus_again",
    "came_back",
    "carried_away",
    "downgrade",
    "fives",
    "group_limit",
    "loyal",
    "silent",
    "left_early",
}
"""What nothing moves where there are so few subscribers; `bonus_again` looks at a month that was not calculated."""


def test_the_scheme_of_all_features_has_them_all(tmp_path: Path) -> None:
    [path] = versions.write_versions(tmp_path, 1)
    scheme = schemes.read(path)
    components = scheme.components.values()
    assert {component.on for component in components if not component.claws_back} == {*streams(), schemes.PERIOD}
    assert {component.on for component in components if component.claws_back} == {
        "activation",
        "churn",
        "reactivation",
        "fraud_mark",
        "tariff_change",
        "operation",
        schemes.PERIOD,
    }
    tiers = [component.pay for component in components if isinstance(component.pay, schemes.Tiers)]
    assert {one.counting for one in tiers} == {"slice", "whole", "interpolated"}
    assert {one.over for one in tiers} == {"period", "quarter", "year", "contract", "event"} and any(
        one.in_order for one in tiers
    )
    assert {attribute.type for attribute in scheme.attributes.values()} == {"money", "share", "text", "date", "flag"}
    assert {table.type for table in scheme.tables.values()} == {"money", "share", "number", "text"}
    assert {len(table.keys) for table in scheme.tables.values()} == {1, 2, 3}
    assert scheme.rounding.each == "total"
    assert {limit.bound for limit in scheme.limits.values()} == {"at_most", "at_least"}
    assert "№" not in path.read_text(encoding="utf-8") and "×" not in path.read_text(encoding="utf-8")
