"""What is taken back, worked out by hand: windows, suspended days, what is kept, returns, caps, and who answers for it."""

from datetime import date
from decimal import Decimal

import openpyxl
import pytest

import loaders
import registry
import reports
import runs
from prm import database
from prm.period import Period
from tests.conftest import fresh_home
from tests.operators import Operator

SCHEME = """
scheme: retail
version: 1
title: {en: Retail, ru: Розница}
document: none
valid_from: 2026-01-01
currency: RUB
rounding: {each: line, places: 2, mode: half_up}
tables:
  fee:
    type: money
    title: {en: fee, ru: плата}
    keys: [tariff]
    missing: nothing
    rows:
      - {tariff: V1, value: "300.00"}
      - {tariff: V2, value: "200.00"}
measures:
  connected: {title: {en: connected, ru: подключено}, on: activation, months_ago: 1}
  lost: {title: {en: lost, ru: ушло}, on: activation, after: {months: 1}, where: status = 'closed'}
components:
  connection: {title: {en: Connection, ru: Подключение}, on: activation, pay: fee(tariff)}
  share: {title: {en: Share, ru: Доля}, on: charge, pay: amount * 0.10}
  bonus:
    title: {en: Bonus, ru: Бонус}
    on: activation
    pay: {tiers: {by: count, counting: whole, steps: [{above: 0, each: "0"}, {above: 2, each: "10"}]}}
  early_churn:
    title: {en: Early churn, ru: Ранний отток}
    on: churn
    claws_back: [connection]
    within: {days: 90, not_counting: suspension}
    keeps: paid * ratio(elapsed, window)
  downgrade:
    title: {en: Downgrade, ru: Смена на младший тариф}
    on: tariff_change
    claws_back: [connection]
    within: {months: 6}
    keeps: fee(tariff)
  fraud:
    title: {en: Fraud, ru: Фрод}
    on: fraud_mark
    claws_back: [connection, share]
  inactive:
    title: {en: Inactive, ru: Неактивные}
    on: activation
    after: {days: 30}
    where: charged_within(30) < 50
    claws_back: [connection]
  back:
    title: {en: Came back, ru: Вернулись}
    on: reactivation
    claws_back: [early_churn]
    within: {days: 30}
  bonus_again:
    title: {en: Bonus looked at again, ru: Пересмотр бонуса}
    on: period
    claws_back: [bonus]
    months_ago: 1
    keeps: {tiers: {of: connected - lost, counting: whole, steps: [{above: 0, each: "0"}, {above: 2, each: "10"}]}}
limits:
  cap:
    title: {en: Cap, ru: Предел}
    of: [connection, early_churn, downgrade, fraud, inactive, back]
    at_most: "100000"
"""
AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (Period(2026, month) for month in (8, 9, 10, 11))


def subscriber(made: Operator, number: int, day: date) -> None:
    """Somebody who is charged enough in its first days not to be called inactive."""
    made.charge(made.subscriber(number, "T1", activated_on=day, sold_on=date(2026, 8, 1)), "60.00", day)


def operator() -> Operator:
    made = Operator()
    for who in ("D1", "D2"):
        made.counterparty(who)
        made.outlet(f"T{who[1]}", who)
        made.contract(f"C{who[1]}", who, "retail")
    made.product("V1", "voice")
    made.product("V2", "voice")
    for number in (1, 2, 3, 4, 5, 7):
        subscriber(made, number, date(2026, 8, 10))
    gone = {1: date(2026, 11, 8), 2: date(2026, 10, 9), 5: date(2026, 9, 9), 7: date(2026, 10, 9)}
    for number, day in gone.items():
        made.report(number, day, deactivated_on=day)
    made.report(3, date(2026, 8, 20), status="suspended")  # thirty days, to the 18th of September
    made.report(3, date(2026, 9, 19))
    made.report(3, date(2026, 10, 9), deactivated_on=date(2026, 10, 9))
    made.report(4, date(2026, 9, 15), "V2")
    made.report(4, date(2026, 9, 24), "V2", deactivated_on=date(2026, 9, 24))
    made.report(5, date(2026, 9, 20))
    made.report(5, date(2026, 10, 9), deactivated_on=date(2026, 10, 9))
    subscriber(made, 6, date(2026, 10, 1))
    made.charge("N00006", "70.00", date(2026, 10, 20))
    made.mark("N00006", date(2026, 10, 5))
    made.subscriber(8, "T1", activated_on=date(2026, 9, 5), sold_on=date(2026, 8, 1))
    made.charge("N00008", "49.99", date(2026, 9, 6))
    return made


def books(home, scheme: str, made: Operator, *periods: Period):
    made.write(home.inbox)
    path = home.home / "retail.yaml"
    path.write_text(scheme, encoding="utf-8")
    with database.transaction(home) as connection:
        registry.add_scheme(connection, path)
    assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
    for period in periods:
        runs.calculate(period, settings=home)
    return home


@pytest.fixture(scope="module")
def months(server, template, tmp_path_factory):
    """Four months, calculated one after the other."""
    with fresh_home(server, template, tmp_path_factory.mktemp("months")) as home:
        books(home, SCHEME, operator())
        with database.transaction(home) as connection:  # the other dealer's from October on; what was paid was D1's
            registry.link_subscriber(
                connection, "N00007", "T2", valid_from=date(2026, 10, 1), reason="moved", author="somebody"
            )
        for period in (AUGUST, SEPTEMBER, OCTOBER, NOVEMBER):
            runs.calculate(period, settings=home)
        yield home


def taken(home, period: Period) -> list[tuple]:
    with database.transaction(home) as connection:
        rows = connection.execute(
            """select counterparty_id, component, subscriber_id, event_date, amount, outcome, taken_period,
                      taken_component, taken_file_name, taken_row_number
               from reporting.reward_lines where period = %s and taken_period is not null
               order by counterparty_id, component, subscriber_id, event_date, taken_component""",
            [str(period)],
        ).fetchall()
    return [tuple(row.values()) for row in rows]


def short(rows: list[tuple]) -> set[tuple]:
    return {(row[1], row[2] and int(row[2][1:]), row[3].day, row[4], row[6], row[7]) for row in rows}


def test_what_is_taken_back_was_worked_out_by_hand(months):
    assert taken(months, AUGUST) == []
    # N4: V2 keeps 200 of 300; after 45 of 90 days 150 are kept, and only 200 are left. N5 keeps 30/90, and comes back.
    # The bonus was 6 x 10; one of the six left within a month: 5 x 10 are kept.
    assert short(taken(months, SEPTEMBER)) == {
        ("downgrade", 4, 15, Decimal("-100"), "2026-08", "connection"),
        ("early_churn", 4, 24, Decimal("-50"), "2026-08", "connection"),
        ("early_churn", 5, 9, Decimal("-200"), "2026-08", "connection"),
        ("back", 5, 20, Decimal("200"), "2026-08", "connection"),
        ("bonus_again", None, 30, Decimal("-10"), "2026-08", "bonus"),
    }
    # N2, N5 and N7 after 60 of 90 days keep 200; N3 was suspended for 30 of them and keeps 100. N6: all of both.
    # N8 was charged 49.99 in its first 30 days.
    assert short(taken(months, OCTOBER)) == {
        ("early_churn", 2, 9, Decimal("-100"), "2026-08", "connection"),
        ("early_churn", 3, 9, Decimal("-200"), "2026-08", "connection"),
        ("early_churn", 5, 9, Decimal("-100"), "2026-08", "connection"),
        ("early_churn", 7, 9, Decimal("-100"), "2026-08", "connection"),
        ("fraud", 6, 5, Decimal("-300"), "2026-10", "connection"),
        ("fraud", 6, 5, Decimal("-6"), "2026-10", "share"),
        ("inactive", 8, 5, Decimal("-300"), "2026-09", "connection"),
    }
    assert taken(months, NOVEMBER) == []  # N1 left on the ninetieth day: all of it is earned


def test_a_line_that_takes_back_points_to_the_row_that_was_paid_on(months):
    line = next(row for row in taken(months, OCTOBER) if row[1:3] == ("early_churn", "N00002"))
    assert line[5] == "clawed_back" and line[8:] == ("subscribers_2026-08_ural.csv", 2)
    back = next(row for row in taken(months, SEPTEMBER) if row[1] == "back")
    assert back[5] == "reinstated" and back[8:] == ("subscribers_2026-08_ural.csv", 5)


def test_who_was_paid_answers_whose_ever_the_subscriber_is(months):
    assert {row[0] for row in taken(months, OCTOBER)} == {"D1"}
    before = runs.current_versions(OCTOBER, settings=months)
    for who in ("D1", "D2"):
        runs.calculate(OCTOBER, [who], force=True, settings=months)
    after = runs.current_versions(OCTOBER, settings=months)
    assert {who: of["content_hash"] for who, of in before.items() if of["lines"]} == {
        who: of["content_hash"] for who, of in after.items() if of["lines"]
    }


def test_running_again_takes_back_the_same(months):
    before = runs.current_versions(SEPTEMBER, settings=months)
    runs.calculate(SEPTEMBER, force=True, settings=months)
    after = runs.current_versions(SEPTEMBER, settings=months)
    assert {who: of["content_hash"] for who, of in before.items()} == {
        who: of["content_hash"] for who, of in after.items()
    }


CAPPED = SCHEME.replace('at_most: "100000"', 'at_most: "1000"')


def test_no_more_is_taken_back_than_a_cap_let_through(home):
    """Six connections of 300 and a cap of 1,000: each was paid 166.6666 of it, and 2/3 of that are kept."""
    made = operator()
    books(home, CAPPED, made, AUGUST, SEPTEMBER, OCTOBER)
    lines = short(taken(home, OCTOBER))
    # 1,000 of 1,800 were paid: 166.6666 each; after 60 of 90 days 2/3 are kept: 111.11
    assert ("early_churn", 2, 9, Decimal("-55.5566"), "2026-08", "connection") in lines
    with database.transaction(home) as connection:
        paid = connection.execute(
            """select sum(amount) as paid from reporting.rewards
               where contract_id = 'C1' and component in ('connection', 'cap') and period = '2026-08'"""
        ).fetchone()["paid"]
    assert paid == 1000


def test_a_statement_says_what_is_taken_back(months, tmp_path):
    path = tmp_path / "statement.xlsx"
    reports.render("statement", SEPTEMBER, "D1", "ru", "xlsx", path, settings=months)
    lines = list(openpyxl.load_workbook(path)["Строки расчёта"].iter_rows(values_only=True))
    told = {(row[1], row[2], row[5], row[8]) for row in lines if row[7] is not None and row[0] is not None}
    assert ("отключение абонента", "N00005", "Ранний отток", "возврат: Подключение, август 2026") in told
    assert ("возвращение абонента", "N00005", "Вернулись", "восстановлено: Подключение, август 2026") in told
    assert ("период в целом", None, "Пересмотр бонуса", "возврат: Бонус, август 2026") in {
        (row[0], row[1] or None, *row[2:]) for row in told
    }
