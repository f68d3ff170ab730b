"""What subscribers were charged, and paid, in their first days, asked on other events: months back, and what is not loaded."""

import importlib
from datetime import date
from decimal import Decimal

import pytest
import typer.testing

import cli
import explanations
import loaders
import registry
import runs
from prm import database
from tests.conftest import fresh_home
from tests.operators import OCTOBER, Operator

importlib.import_module("cli.calculate")
ACTIVE = """
scheme: active
version: 1
title: {en: Active, ru: Активные}
document: none
valid_from: 2026-01-01
currency: RUB
rounding: {each: line, places: 2, mode: half_up}
components:
  share:
    title: {en: Share of charges, ru: Доля от начислений}
    on: charge
    where: months_since_activation <= 3 and charged_within(30) >= 100
    pay: amount * 0.10
  accepted:
    title: {en: Payments accepted, ru: Принятые платежи}
    on: payment
    where: days_since_activation <= 60
    pay: least(paid_within(10), 50) * 0.10
"""


def operator() -> Operator:
    """D1 sells and D2 takes payments. N1 was charged 99.99 and 0.01 from the first day to the thirtieth; N2 in August, of
    which nothing is loaded at first; N3 on the thirty-first day; N4 is older than the share asks for."""
    made = Operator()
    made.product("V1", "voice")
    for who in ("D1", "D2"):
        made.counterparty(who)
        made.outlet(f"T-{who}", who)
        made.contract(f"C-{who}", who, "active")
    for number, day in enumerate((date(2026, 9, 2), date(2026, 8, 5), date(2026, 9, 2), date(2026, 6, 10)), 1):
        made.subscriber(number, "T-D1", activated_on=day, sold_on=date(2026, 6, 1))
        made.charge(f"N{number:05d}", "200.00", date(2026, 10, 20))
    made.charge("N00001", "99.99", date(2026, 9, 2))
    made.charge("N00001", "0.01", date(2026, 10, 1))
    made.charge("N00003", "100.00", date(2026, 10, 2))
    made.charge("N00004", "500.00", date(2026, 6, 11))
    made.payment("T-D1", "30.00", "N00001", day=date(2026, 9, 11))
    made.payment("T-D1", "300.00", "N00001", day=date(2026, 9, 12))
    made.payment("T-D2", "10.00", "N00001", day=date(2026, 10, 3))
    made.payment("T-D2", "10.00", "N99999", day=date(2026, 10, 3))
    return made


@pytest.fixture(scope="module")
def calculated(server, template, tmp_path_factory):
    with fresh_home(server, template, tmp_path_factory.mktemp("first-days")) as home:
        operator().write(home.inbox)
        path = home.home / "active.yaml"
        path.write_text(ACTIVE, encoding="utf-8")
        with database.transaction(home) as connection:
            registry.add_scheme(connection, path)
        assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
        result = runs.calculate(OCTOBER, settings=home)
        yield home, result


def lines(home):
    with database.transaction(home) as connection:
        return connection.execute(
            """select * from reporting.reward_lines where component is not null
               order by component, subscriber_id, event_date, row_number"""
        ).fetchall()


def told(home):
    return [
        (of["component"], of["subscriber_id"], str(of["event_date"]), f"{of['amount']:.2f}", of["reason"], of["failed_condition"])
        for of in lines(home)
    ]  # fmt: skip


def test_first_days_are_those_of_months_before_and_end_with_the_last_of_them(calculated):
    home, _ = calculated
    assert told(home) == [
        ("accepted", "N00001", "2026-10-03", "3.00", None, None),
        ("accepted", "N99999", "2026-10-03", "0.00", "outside_window", 1),
        ("share", "N00001", "2026-10-01", "0.00", None, None),
        ("share", "N00001", "2026-10-20", "20.00", None, None),
        ("share", "N00002", "2026-10-20", "0.00", "condition", 2),
        ("share", "N00003", "2026-10-02", "0.00", "condition", 2),
        ("share", "N00003", "2026-10-20", "0.00", "condition", 2),
        ("share", "N00004", "2026-10-20", "0.00", "outside_window", 1),
    ]


def test_no_month_is_read_that_no_window_reaches(calculated):
    home, result = calculated
    manifest = runs.manifest_of(result.run_id, home)
    assert manifest["first_days_from"] == "2026-06"
    assert [load["period"] for load in manifest["loads"]["charges_since"]] == ["2026-06", "2026-09", "2026-10"]
    assert [load["period"] for load in manifest["loads"]["charges"]] == ["2026-10"]


def test_a_month_that_is_not_loaded_is_named(calculated, monkeypatch):
    home, result = calculated
    assert [(of.data_set, of.period, of.subscribers) for of in result.missing_facts] == [
        ("charges", "2026-07", 1),
        ("charges", "2026-08", 1),
    ]
    assert runs.calculate(OCTOBER, settings=home).missing_facts == result.missing_facts  # although nothing has changed
    monkeypatch.setenv("PRM_HOME", str(home.home))
    monkeypatch.setenv("PRM_DATABASE_URL", str(home.database_url))
    shown = typer.testing.CliRunner().invoke(cli.app, ["calculate", "2026-10", "--force"], env={"COLUMNS": "200"})
    assert (
        "no charges of August 2026 are loaded: they count as nothing in the first days of subscribers (1)"
        in " ".join(shown.output.split())
    )


def test_a_line_says_of_which_days_nothing_is_known(calculated):
    home, _ = calculated

    def used(component, subscriber_id, language):
        line = next(of for of in lines(home) if (of["component"], of["subscriber_id"]) == (component, subscriber_id))
        of = explanations.explain_line(explanations.address_of(line), language, settings=home)
        return "\n".join(explanations.as_text(of)).replace("\xa0", " ")

    assert "from the charges or payments of the subscriber; no charges of 2026-08 are loaded" in used("share", "N00002", "en")  # fmt: skip
    assert "начисления за 2026-08 не загружены" in used("share", "N00002", "ru")
    assert "30.00" in used("accepted", "N00001", "en") and "not loaded" not in used("accepted", "N00001", "en")


def test_facts_of_first_days_make_stale_whom_they_may_change_and_others_do_not(calculated):
    home, _ = calculated

    def stale():
        return {one.counterparty_id: one.reasons[0].en for one in runs.stale(OCTOBER, settings=home)}

    def offer(made, name):
        made.write(home.home / "again")
        assert loaders.load(home.home / "again" / name, settings=home).outcome == "accepted"

    assert stale() == {}
    made = operator()
    made.charge("N00004", "70.00", date(2026, 7, 30))  # in July, and long after its first days
    offer(made, "charges_2026-07_ural.csv")
    assert stale() == {}
    made.charge("N00002", "120.00", date(2026, 8, 6))
    offer(made, "charges_2026-08_ural.csv")
    assert stale() == {"D1": "charges_2026-07_ural.csv, charges_2026-08_ural.csv came: 2 rows differ"}
    made.payments[0]["amount"] = Decimal("40.00")
    offer(made, "payments_2026-09_ural.csv")
    assert "D2" in stale()  # who took a payment of a subscriber of D1's
    [result] = runs.calculate_stale(OCTOBER, settings=home)
    assert [(of.data_set, of.period) for of in result.missing_facts] == []
    assert ("share", "N00002", "2026-10-20", "20.00", None, None) in told(home)
    assert ("accepted", "N00001", "2026-10-03", "4.00", None, None) in told(home)
    assert stale() == {}
