"""Rules about single outlets and subscribers, worked out by hand: the examples of the page on schemes, with its numbers."""

from datetime import date
from decimal import Decimal

import pytest

import explanations
import loaders
import registry
import runs
from prm import database
from prm.words import LANGUAGES
from tests.conftest import fresh_home
from tests.operators import OCTOBER, Operator
from tests.schemes.rich import EXAMPLES

BY = {
    f"by_{per}": next(text for text in EXAMPLES if f"per: {per}" in text and f"{per}s:" in text).replace(
        "retail_agent", f"by_{per}"
    )
    for per in ("outlet", "subscriber")
}


@pytest.fixture(scope="module")
def october(server, template, tmp_path_factory):
    """D1 has 25 connections, 21 of them at T1; D2's outlet has 30; D3 is paid by what its subscribers were charged."""
    with fresh_home(server, template, tmp_path_factory.mktemp("single") / "home") as home:
        _calculated(home)
        yield home


def _calculated(home):
    made = Operator()
    made.product("V1", "voice")
    for who, outlets in (("D1", ("T1", "T2", "T4")), ("D2", ("T3",))):
        made.counterparty(who)
        made.contract(f"C-{who}", who, "by_outlet")
        for outlet in outlets:
            made.outlet(outlet, who)
            made.operation("rent", outlet, "30000.00", day=date(2026, 10, 2))
    for number in range(1, 56):
        outlet = "T1" if number <= 21 else "T2" if number <= 25 else "T3"
        who = made.subscriber(number, outlet)
        made.charge(who, "5000.00" if number in (1, 22) else "100000.00" if number == 2 else "1.00")
    made.charge("N00022", "95000.00")
    _of_subscribers(made)
    made.write(home.inbox)
    with database.transaction(home) as connection:
        for name, text in BY.items():
            path = home.home / f"{name}.yaml"
            path.write_text(text, encoding="utf-8")
            registry.add_scheme(connection, path)
    assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
    runs.calculate(OCTOBER, settings=home)


def _of_subscribers(made):
    """Subscribers of D3: 50 are charged 1.00 or more, one less, one nothing, and one is marked as fraud."""
    made.counterparty("D3")
    made.contract("C-D3", "D3", "by_subscriber")
    made.outlet("T5", "D3")
    charged = {
        101: ["400.00", "200.00"], 102: ["500.00"], 103: ["499.99"], 104: ["99.99"], 105: ["100.00"],
        106: ["150.00", "-60.00"], 107: ["0.99"], 108: [], 153: ["1000.00"],
    }  # fmt: skip
    for number in range(101, 154):
        who = made.subscriber(number, "T5")
        for amount in charged.get(number, ["1.00"]):
            made.charge(who, amount)
    made.mark("N00153", date(2026, 10, 1))
    for who in ("N00101", "N00101", "N00101", "N00102", "N00102", None, None, None):
        made.operation("terminal_sale", "T5", "900.00", subscriber_id=who)


def _asked(home, query, *values):
    with database.transaction(home) as connection:
        return connection.execute(query, values).fetchall()


def test_an_outlet_is_paid_by_what_it_did_itself(october):
    rows = _asked(october, "select contract_id, component, amount from reporting.rewards")
    rewards = {(row["contract_id"], row["component"]): row["amount"] for row in rows}
    assert rewards["C-D1", "connection"] == 21 * 300 + 4 * 200 == Decimal("7100")
    assert rewards["C-D2", "connection"] == 30 * 300
    assert rewards["C-D1", "rent"] == 30000  # of T1; not of T2, nor of T4, which connected nobody
    # T1 alone has 20 connections; T1 (105,019) and T2 (exactly 100,003) have charges of 100,000.
    assert rewards["C-D1", "outlets_bonus"] == 5000 + 2 * 1000
    assert rewards["C-D2", "outlets_bonus"] == 5000
    unpaid = _asked(
        october,
        "select outlet_id, failed_condition from reporting.reward_lines where component = 'rent' and outcome = 'not_eligible'",
    )
    assert {(row["outlet_id"], row["failed_condition"]) for row in unpaid} == {("T2", 2), ("T4", 2)}
    volumes = _asked(
        october,
        "select base_count from reporting.volumes where contract_id = 'C-D1' and component = 'connected_at_outlet'",
    )
    assert [row["base_count"] for row in volumes] == [25]  # what is published is the contract's


def test_a_subscriber_counts_by_what_it_was_charged_in_the_month(october):
    rows = _asked(october, "select component, amount from reporting.rewards where contract_id = 'C-D3' and amount <> 0")
    assert {row["component"]: row["amount"] for row in rows} == {
        "connection": 4 * 300,  # 101, 102, 103 and 105, of exactly 100.00; 106 has 90.00 after its credit note
        "charges": Decimal("30") + 25 + 15 + 3 + 3 + Decimal("2.70") + Decimal("0.03") * 45,
        "base": 3000,
        "clients": -500,  # 101 bought three; two are too few, and what nobody bought counts for nobody
    }
    unpaid = _asked(
        october,
        """select subscriber_id, reason, failed_condition from reporting.reward_lines
           where component = 'connection' and outcome = 'not_eligible' and subscriber_id in ('N00104', 'N00106', 'N00108')""",
    )
    assert {row["subscriber_id"]: (row["reason"], row["failed_condition"]) for row in unpaid} == dict.fromkeys(
        ("N00104", "N00106", "N00108"), ("condition", 1)
    )


def test_some_counterparties_by_themselves_come_to_the_same(october):
    before = runs.current_versions(OCTOBER, settings=october)
    runs.calculate(OCTOBER, ["D1", "D3"], force=True, settings=october)
    after = runs.current_versions(OCTOBER, settings=october)
    for who in ("D1", "D3"):
        assert after[who]["run_id"] > before[who]["run_id"]
        assert after[who]["content_hash"] == before[who]["content_hash"]


def _explained(home, language, component, **wanted):
    where = " and ".join(f"{name} = %s" for name in ("component", *wanted))
    row = _asked(
        home,
        f"select counterparty_id, line from reporting.reward_lines where {where} order by line",
        component,
        *wanted.values(),
    )[0]
    return "\n".join(
        explanations.as_text(
            explanations.explain_line(f"2026-10/{row['counterparty_id']}/{row['line']}", language, settings=home)
        )
    ).replace("\xa0", " ")


def test_a_line_tells_its_outlet_and_the_bonus_tells_which_outlets_reached_it(october):
    told = _explained(october, "en", "connection", outlet_id="T2")
    assert "the number of activations of the period at the event's outlet" in told and "outlet T2: events 4" in told
    assert "торговая точка T2: событий 4" in _explained(october, "ru", "connection", outlet_id="T2")
    told = _explained(october, "en", "rent", outlet_id="T4")
    assert "condition 2" in told and "outlet T4: events 0" in told
    told = _explained(october, "en", "outlets_bonus", counterparty_id="D1")
    assert "outlet T1: events 21" in told and "outlet T2: events" not in told
    assert "outlet T1: 105,019.00 RUB in 21 events" in told and "outlet T2: 100,003.00 RUB in 5 events" in told
    assert "disagree" not in told


def test_a_line_tells_its_subscriber_and_the_active_base_tells_who_is_in_it(october):
    told = _explained(october, "en", "connection", subscriber_id="N00104")
    assert "of the period of the event's subscriber" in told and "condition 1" in told
    assert "subscriber N00104: 99.99 RUB in 1 events" in told
    assert "абонент N00101: 600,00 RUB, событий 2" in _explained(october, "ru", "charges", subscriber_id="N00101")
    assert "subscriber N00108: 0.00 RUB in 0 events" in _explained(october, "en", "connection", subscriber_id="N00108")
    told = _explained(october, "en", "base", counterparty_id="D3")
    assert told.index("subscriber N00101: 600.00 RUB in 2 events") < told.index("subscriber N00102: 500.00 RUB")
    assert "and 38 more" in told and "N00107" not in told and "disagree" not in told
    assert "subscriber N00101: events 3" in _explained(october, "en", "clients", counterparty_id="D3")


def test_a_line_of_every_kind_follows_from_its_explanation(october):
    kinds = _asked(
        october,
        """select counterparty_id, min(line) as line from reporting.reward_lines where component is not null
           group by counterparty_id, component, outcome, outlet_id order by 1, 2""",
    )
    for row in kinds:
        for language in LANGUAGES:
            of = explanations.explain_line(
                f"2026-10/{row['counterparty_id']}/{row['line']}", language, settings=october
            )
            assert of.reckoned is None or of.reckoned.agrees, explanations.as_text(of)
            failed = [condition.number for condition in of.conditions if not condition.is_met]
            assert (failed[0] if failed else None) == of.line["failed_condition"]
