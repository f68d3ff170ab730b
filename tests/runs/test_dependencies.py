"""What later months made of a version: it is kept with them, stops a rollback, and goes back and forward in a chain."""

import importlib
from datetime import date

import pytest
import typer.testing

import cli
import explanations
import loaders
import registry
import runs
from prm import database
from prm.errors import RefusedError
from prm.period import Period
from runs import chains
from tests.conftest import fresh_home
from tests.operators import Operator

importlib.import_module("cli.calculate")
HEAD = """
scheme: {name}
version: 1
title: {{en: Scheme, ru: Схема}}
document: none
valid_from: 2026-01-01
currency: RUB
rounding: {{each: line, places: 2, mode: half_up}}
"""
SCHEMES = {
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
limits:
  guarantee: {title: {en: Least, ru: Гарантия}, of: [connection], at_least: "500", recoverable: true}
""",
    "yearly": """
measures:
  charged: {title: {en: charged, ru: начислено}, on: charge, sum: amount, over: year}
components:
  share: {title: {en: Share, ru: Доля}, on: period, pay: charged * 0.01}
""",
    "quarterly": """
measures:
  charged: {title: {en: charged, ru: начислено}, on: charge, sum: amount, over: quarter}
components:
  bonus:
    title: {en: Bonus of the quarter, ru: Квартальный бонус}
    on: period
    where: month_of_quarter = 3 and charged >= 200
    pay: charged * 0.01 * month_of_quarter
  turnover:
    title: {en: Turnover, ru: Оборот}
    on: charge
    where: month_of_year <> 8
    pay: {tiers: {by: {sum: amount}, over: quarter, in_order: true, counting: slice, steps: [{above: 0, share: "0.10"}, {above: 50, share: "0.20"}]}}
""",
    "plain": """
components:
  share: {title: {en: Share, ru: Доля}, on: charge, pay: amount * 0.10}
""",
}
AUGUST, SEPTEMBER, OCTOBER = (Period(2026, month) for month in (8, 9, 10))
MONTHS = (AUGUST, SEPTEMBER, OCTOBER)


@pytest.fixture(scope="module")
def months(server, template, tmp_path_factory):
    """D1 is guaranteed 500 and earns 300 in August, gives it back in September, and loses its first subscriber in October;
    D2 is paid by the year's charges; D3 by the month's, and D4 by the quarter's."""
    with fresh_home(server, template, tmp_path_factory.mktemp("months")) as home:
        made = Operator()
        made.product("V1", "voice")
        for who, scheme in (("D1", "retail"), ("D2", "yearly"), ("D3", "plain"), ("D4", "quarterly")):
            made.counterparty(who)
            made.outlet(f"T{who[1]}", who)
            made.contract(f"C{who[1]}", who, scheme)
        for number, outlet, day in (
            (1, "T1", date(2026, 8, 10)),
            *((number, "T1", date(2026, 9, 10)) for number in (2, 3, 4)),
            (5, "T2", date(2026, 8, 10)),
            (6, "T3", date(2026, 8, 10)),
            (7, "T4", date(2026, 8, 10)),
        ):
            made.subscriber(number, outlet, activated_on=day, sold_on=date(2026, 8, 1))
        for day in (date(2026, 8, 20), date(2026, 9, 20), date(2026, 10, 20)):
            made.charge("N00005", "100.00", day)
            made.charge("N00006", "100.00", day)
            made.charge("N00007", "100.00", day)
        made.report(1, date(2026, 10, 5), deactivated_on=date(2026, 10, 5))
        made.write(home.inbox)
        with database.transaction(home) as connection:
            for name, text in SCHEMES.items():
                path = home.home / f"{name}.yaml"
                path.write_text(HEAD.format(name=name) + text, encoding="utf-8")
                registry.add_scheme(connection, path)
        assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
        for period in MONTHS:
            runs.calculate(period, settings=home)
        yield home


def versions(settings, who="D1"):
    """The current version of each month: its run and its hash."""
    current = [runs.current_versions(period, settings=settings).get(who) for period in MONTHS]
    return [(one["run_id"], one["content_hash"]) if one else None for one in current]


def test_a_run_keeps_what_entered_into_its_amounts_and_only_that(months):
    with database.transaction(months) as connection:
        rows = connection.execute(
            """select period, counterparty_id, on_period, on_counterparty_id, what
               from reporting.dependencies where is_current"""
        ).fetchall()
    assert {tuple(row.values()) for row in rows} == {
        ("2026-09", "D1", "2026-08", "D1", "draw"),
        ("2026-10", "D1", "2026-08", "D1", "draw"),
        ("2026-10", "D1", "2026-09", "D1", "draw"),
        ("2026-10", "D1", "2026-08", "D1", "clawback"),
        ("2026-09", "D2", "2026-08", "D2", "cumulative"),
        ("2026-10", "D2", "2026-08", "D2", "cumulative"),
        ("2026-10", "D2", "2026-09", "D2", "cumulative"),
        ("2026-09", "D4", "2026-08", "D4", "cumulative"),
    }


def test_a_quarter_counts_its_own_months_and_pays_in_its_last(months):
    with database.transaction(months) as connection:
        rows = connection.execute(
            """select period, component, amount, failed_condition from reporting.reward_lines
               where counterparty_id = 'D4' and component in ('bonus', 'turnover') order by component, period"""
        ).fetchall()
    assert [(row["period"], row["component"], str(row["amount"]), row["failed_condition"]) for row in rows] == [
        ("2026-08", "bonus", "0.0000", 1),
        ("2026-09", "bonus", "6.0000", None),
        ("2026-10", "bonus", "0.0000", 1),
        ("2026-08", "turnover", "0.0000", 1),
        ("2026-09", "turnover", "15.0000", None),
        ("2026-10", "turnover", "15.0000", None),
    ]


def test_a_line_of_the_quarter_says_what_it_counts_and_which_month_it_is(months):
    def told(period, component, language):
        with database.transaction(months) as connection:
            line = connection.execute(
                "select * from reporting.reward_lines where period = %s and component = %s", [period, component]
            ).fetchone()
        of = explanations.explain_line(explanations.address_of(line), language, settings=months)
        return "\n".join(explanations.as_text(of)).replace("\xa0", " ")

    paid = told("2026-09", "bonus", "en")
    assert "the number" not in paid and "from the quarter's beginning to the period's end" in paid
    assert "the month of the quarter: 3 — by the period, 2026-09" in paid and "200.00 RUB" in paid
    assert "condition 1 is not met: the month of the quarter (2) is 3" in told("2026-08", "bonus", "en")
    assert "месяц квартала (2) = 3" in told("2026-08", "bonus", "ru")
    assert "since the quarter began, before this period: 0.00 RUB" in told("2026-10", "turnover", "en")


def test_rolling_back_is_refused_with_all_that_depends_on_it(months):
    before = versions(months)
    with pytest.raises(runs.DependedOnError, match="--chain") as refused:
        runs.roll_back(AUGUST, ["D1"], reason="x", settings=months)
    assert [(str(one.period), one.what) for one in refused.value.dependents] == [
        ("2026-09", "draw"),
        ("2026-10", "clawback"),
        ("2026-10", "draw"),
    ]
    assert "2026-10 D1 (run 3): it takes back from, or gives back to, lines of 2026-08 D1" in str(refused.value)
    with pytest.raises(runs.DependedOnError):
        runs.roll_back(SEPTEMBER, ["D2"], reason="x", settings=months)
    assert versions(months) == before
    assert runs.roll_back(AUGUST, ["D3"], reason="nothing looks back at it", settings=months)[0].to_run is None


def test_what_others_have_against_a_rollback_stops_it(months):
    before, asked = versions(months), []

    def paid(connection, moves):
        asked.extend(moves)
        return ["it was paid in batch 7"]

    for roll_back in (runs.roll_back, runs.roll_back_chain):
        with pytest.raises(RefusedError, match="batch 7"):
            roll_back(OCTOBER, ["D1"], reason="x", blockers=paid, settings=months)
    assert {(move.period, move.counterparty_id, move.from_run) for move in asked} == {(OCTOBER, "D1", before[2][0])}
    assert versions(months) == before


def test_a_chain_goes_back_newest_first_and_forward_again_and_survives_a_crash(months, monkeypatch):
    first = versions(months)
    with database.transaction(months) as connection:
        for day, fee in ((date(2026, 8, 1), "400.00"), (date(2026, 9, 1), "300.00")):
            registry.set_attribute(
                connection, "fee", fee, level="contract", holder="C1", valid_from=day, author="olga"
            )  # fmt: skip
    for period in MONTHS:
        runs.calculate(period, ["D1"], settings=months)
    second = versions(months)
    assert all(one[1] != other[1] for one, other in zip(first, second, strict=True))
    others = [versions(months, who) for who in ("D2", "D3")]

    calculated = []

    def dies(period, counterparties, **words):
        calculated.append(period)
        if period == OCTOBER:
            raise KeyboardInterrupt
        return runs.calculate(period, counterparties, **words)

    with monkeypatch.context() as crash, pytest.raises(KeyboardInterrupt):
        crash.setattr(chains, "calculate", dies)
        runs.roll_back_chain(AUGUST, ["D1"], reason="not agreed", settings=months)
    assert calculated == [SEPTEMBER, OCTOBER]
    halfway = versions(months)
    assert (halfway[0], halfway[2]) == (first[0], first[2]) and halfway[1][0] > second[1][0]

    monkeypatch.setenv("PRM_HOME", str(months.home))
    monkeypatch.setenv("PRM_DATABASE_URL", str(months.database_url))
    done = typer.testing.CliRunner().invoke(
        cli.app, ["rollback", "2026-08", "-c", "D1", "--chain", "--reason", "not agreed"]
    )
    assert done.exit_code == 0, done.exception
    said = done.output.replace("\n", " ")
    assert "This chain was begun before" in said
    moved = [f"{period} D1: run {second[n][0]} → run {first[n][0]}" for n, period in reversed(list(enumerate(MONTHS)))]
    assert [said.index(one) for one in moved] == sorted(said.index(one) for one in moved)
    assert said.index("2026-09 D1: calculated again") < said.index("2026-10 D1: calculated again")
    last = versions(months)
    assert [one[1] for one in last] == [one[1] for one in first]  # August has its former fee, and the others follow
    assert last[0] == first[0] and last[1] == halfway[1] and last[2][0] > last[1][0]
    assert [versions(months, who) for who in ("D2", "D3")] == others
    with database.transaction(months) as connection:
        assert connection.execute(
            "select count(*) as open from reporting.chains where finished_at is null"
        ).fetchone() == {"open": 0}


def test_a_chain_that_was_asked_for_twice_is_made_once(months):
    """D2's first versions have nothing before them: the chain leaves no version in August and makes the others anew."""
    done = runs.roll_back_chain(AUGUST, ["D2"], reason="x", request_key="asked-1", settings=months)
    assert [(str(move.period), move.to_run) for move in done.moves] == [
        ("2026-10", None),
        ("2026-09", None),
        ("2026-08", None),
    ]
    after = versions(months, "D2")
    assert after[0] is None and [result.period for result in done.again] == [SEPTEMBER, OCTOBER]
    again = runs.roll_back_chain(AUGUST, ["D2"], reason="x", request_key="asked-1", settings=months)
    assert (again.was_begun, again.moves, again.again) == (True, done.moves, [])
    assert versions(months, "D2") == after
