"""Amounts in other currencies than the scheme's, worked out by hand: rates by the day, lost ones, and totals of others."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

import explanations
import loaders
import registry
import runs
from prm import database
from tests.conftest import fresh_home
from tests.operators import OCTOBER, Operator

HEAD = """
version: 1
document: none
valid_from: 2026-01-01
"""
ROAMING = f"""
scheme: roaming
title: {{en: Roaming, ru: Роуминг}}
currency: KZT
rounding: {{each: line, places: 2, mode: half_up}}
{HEAD}
measures:
  charged: {{title: {{en: charged, ru: начислено}}, on: charge, sum: amount}}
components:
  share:
    title: {{en: Share of charges, ru: Доля от начислений}}
    on: charge
    where: amount >= 500
    pay: amount * 0.03
  bonus:
    title: {{en: Bonus, ru: Бонус}}
    on: period
    pay: charged * 0.001
  first_month:
    title: {{en: First days, ru: Первые дни}}
    on: activation
    after: {{days: 10}}
    pay: charged_within(10) * 0.01
"""
LEAD = f"""
scheme: lead
title: {{en: Lead, ru: Лидер}}
currency: JPY
rounding: {{each: line, places: 0, mode: half_up}}
{HEAD}
measures:
  below: {{title: {{en: earned below, ru: заработано ниже}}, whose: below, earned: [share]}}
components:
  override: {{title: {{en: Override, ru: Надбавка}}, on: period, pay: below * 0.10}}
"""
DINARS = f"""
scheme: dinars
title: {{en: Dinars, ru: Динары}}
currency: KWD
rounding: {{each: line, places: 3, mode: half_up}}
{HEAD}
components:
  fee: {{title: {{en: Fee, ru: Плата}}, on: charge, pay: amount * 0.5}}
"""
FOUND: list[runs.RunResult] = []  # by the fixture
MONDAY, FRIDAY, SUNDAY = date(2026, 10, 19), date(2026, 10, 23), date(2026, 10, 25)


def operator() -> Operator:
    """One dealer in tenge below a lead in yen, and one in dinars; the operator itself is in roubles."""
    made = Operator()
    made.product("V1", "voice")
    made.counterparty("L1")
    made.contract("C-L1", "L1", "lead", currency="JPY")
    made.counterparty("D1", "subdealer")
    made.contract("C-D1", "D1", "roaming", currency="KZT")
    made.counterparty("D2")
    made.contract("C-D2", "D2", "dinars", currency="KWD")
    for number, who in ((1, "D1"), (2, "D2")):
        made.outlet(f"T-{who}", who)
        made.subscriber(number, f"T-{who}", activated_on=date(2026, 10, 1), sold_on=date(2026, 9, 1))
    made.rate("EUR", "100.00", date(2026, 10, 1))
    for day in (date(2026, 9, 30), date(2026, 10, 5), MONDAY, FRIDAY):
        made.rate("KZT", "17.5000", day, units=100)
    made.rate("USD", "90.0000", MONDAY)
    made.rate("USD", "91.0000", FRIDAY)
    made.rate("USD", "999.0000", SUNDAY + timedelta(days=1))
    made.rate("JPY", "60.0000", date(2026, 10, 30), units=100)
    made.charge("N00001", "12.50", day=MONDAY, currency="USD")
    made.charge("N00001", "10.00", day=SUNDAY, currency="USD")
    made.charge("N00001", "100.00", day=MONDAY, currency="RUB")
    made.charge("N00001", "-40.00", day=MONDAY)
    made.charge("N00001", "600.00", day=MONDAY, currency="KZT")
    made.charge("N00001", "10.00", day=date(2026, 10, 15), currency="EUR")
    made.charge("N00001", "10.00", day=date(2026, 10, 16), currency="EUR")
    made.charge("N00001", "20.00", day=date(2026, 10, 5))
    made.charge("N00002", "1.2345", currency="KWD")
    made.charge("N00002", "5.00", day=date(2026, 10, 20))  # nobody quotes dinars
    return made


@pytest.fixture(scope="module")
def calculated(server, template, tmp_path_factory):
    with fresh_home(server, template, tmp_path_factory.mktemp("currencies")) as home:
        operator().write(home.inbox)
        with database.transaction(home) as connection:
            for name, text in (("roaming", ROAMING), ("lead", LEAD), ("dinars", DINARS)):
                path = home.home / f"{name}.yaml"
                path.write_text(text, encoding="utf-8")
                registry.add_scheme(connection, path)
        assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
        FOUND.append(runs.calculate(OCTOBER, settings=home))
        yield home


def lines(home, component):
    with database.transaction(home) as connection:
        return connection.execute(
            """select * from reporting.reward_lines where component = %s
               order by event_date, row_number""",
            [component],
        ).fetchall()


def test_an_amount_is_converted_at_the_rate_of_its_day(calculated):
    found = [
        (row["original_amount"], row["original_currency"], row["exchange_rate"], row["base_amount"], row["amount"], row["reason"])
        for row in lines(calculated, "share")
    ]  # fmt: skip
    of = Decimal
    assert found == [
        # 20 RUB are 114.29 KZT: 100 KZT are 17.50 RUB, so that a rouble is 1 / 0.175; below the 500 asked for
        (of("20"), "RUB", of("5.7142857143"), of("114.2857"), 0, "condition"),
        # the rate of 1 October holds on the 15th, and no longer on the 16th: 10 EUR are 10 × 100 / 0.175
        (of("10"), "EUR", of("571.4285714286"), of("5714.2857"), of("171.43"), None),
        (of("10"), "EUR", None, None, 0, "no_exchange_rate"),
        # 12.50 USD × 90 / 0.175, then 3 %
        (of("12.5"), "USD", of("514.2857142857"), of("6428.5714"), of("192.86"), None),
        (of("100"), "RUB", of("5.7142857143"), of("571.4286"), of("17.14"), None),
        (of("-40"), "RUB", of("5.7142857143"), of("-228.5714"), 0, "condition"),
        (None, None, None, of("600"), of("18"), None),
        # on a Sunday, Friday's rate: 10 USD × 91 / 0.175
        (of("10"), "USD", of("520"), of("5200"), of("156"), None),
    ]


def test_sums_are_of_converted_amounts_and_what_has_no_rate_counts_in_none(calculated):
    ((bonus,),) = [lines(calculated, "bonus")]
    charged = sum(map(Decimal, ("114.2857", "5714.2857", "6428.5714", "571.4286", "-228.5714", "600", "5200")))
    assert charged == Decimal("18400.0000")
    assert (bonus["amount"], bonus["currency"]) == (Decimal("18.40"), "KZT")
    ((first,),) = [lines(calculated, "first_month")]  # 20 RUB on the fifth day: 114.2857 × 1 %
    assert first["amount"] == Decimal("1.14")


def test_what_others_earned_is_converted_at_the_rate_of_the_periods_last_day(calculated):
    ((override,),) = [lines(calculated, "override")]
    # 555.43 KZT; 100 KZT are 17.50 RUB and 100 JPY 60.00: 0.2916666667 JPY each, 162.0004 JPY in all; 10 % in whole yen
    assert sum(row["amount"] for row in lines(calculated, "share")) == Decimal("555.43")
    assert (override["amount"], override["currency"]) == (Decimal("16"), "JPY")


def test_a_currency_of_three_places_keeps_them_and_one_that_nobody_quotes_is_not_paid(calculated):
    quoted, unknown = sorted(lines(calculated, "fee"), key=lambda row: row["row_number"])
    assert (quoted["amount"], quoted["currency"], quoted["original_currency"]) == (Decimal("0.617"), "KWD", None)
    assert (unknown["outcome"], unknown["reason"], unknown["original_amount"]) == (
        "not_eligible", "no_exchange_rate", Decimal("5"),
    )  # fmt: skip


def test_a_run_lists_what_had_no_rate_and_so_does_a_view(calculated):
    found = FOUND[-1].missing_rates
    assert [(of.concerns, of.currency, of.into_currency, of.first_day.day, of.last_day.day, of.rows) for of in found] == [
        ("events", "EUR", "KZT", 16, 16, 1), ("events", "RUB", "KWD", 20, 20, 1),
    ]  # fmt: skip
    assert found[0].text("en") == (
        "no rate of EUR in KZT, 16 October 2026: input rows not paid and counted in no measure: 1"
    )
    assert found[0].text("ru").startswith("нет курса EUR к KZT, 16 октября 2026: входных строк не оплачено")
    assert runs.calculate(OCTOBER, settings=calculated).missing_rates == found  # although nothing has changed
    with database.transaction(calculated) as connection:
        rows = connection.execute(
            "select counterparty_id, currency, into_currency, rows, amount from reporting.missing_exchange_rates order by 1"
        ).fetchall()
    assert [tuple(row.values()) for row in rows] == [("D1", "EUR", "KZT", 1, 10), ("D2", "RUB", "KWD", 1, 5)]


def test_one_counterparty_alone_gets_the_same(calculated):
    before = runs.current_versions(OCTOBER, settings=calculated)
    again = runs.calculate(OCTOBER, ["D1"], force=True, settings=calculated)
    assert set(again.counterparties or ()) == {"D1", "L1"}
    after = runs.current_versions(OCTOBER, settings=calculated)
    assert {who: of["content_hash"] for who, of in before.items()} == {
        who: of["content_hash"] for who, of in after.items()
    }


def told(home, row, language):
    of = explanations.explain_line(explanations.address_of(row), language, settings=home)
    return "\n".join(explanations.as_text(of)).replace("\xa0", " ")


def test_an_explanation_tells_the_rate_and_its_lack(calculated):
    by_currency = {(row["original_currency"], row["event_date"].day): row for row in lines(calculated, "share")}
    text = told(calculated, by_currency["USD", 19], "en")
    assert (
        "12.50 USD × 514.2857142857: the rate for 19 October 2026, through RUB (1 USD = 90.00 RUB of 19 October 2026, "
        "exchange_rates_2026-10.csv; 100 KZT = 17.50 RUB of 19 October 2026, exchange_rates_2026-10.csv)"
    ) in text
    assert "10,00 USD × 520: курс на 25 октября 2026, через RUB (1 USD = 91,00 RUB от 23 октября 2026" in told(
        calculated, by_currency["USD", 25], "ru"
    )
    roubles = told(calculated, by_currency["RUB", 5], "ru")  # quoted the other way round only
    assert "20,00 RUB × 5,7142857143: курс на 5 октября 2026 (100 KZT = 17,50 RUB от 5 октября 2026" in roubles
    assert "6,428.5714 KZT" in text and "192.86 KZT" in text
    assert "Not paid: no exchange rate is known for the event's day." in told(calculated, by_currency["EUR", 16], "en")
    lacking = told(calculated, by_currency["EUR", 16], "ru")
    assert "на дату события нет курса валюты" in lacking
    assert "— без курса неизвестно" in lacking and "НЕ выполнено" not in lacking


def test_a_corrected_rate_changes_what_was_paid_and_nothing_else(calculated):
    before = {row["row_number"]: row["amount"] for row in lines(calculated, "share")}
    corrected = operator()
    for row in corrected.exchange_rates:
        if row["rated_on"] == MONDAY and row["currency"] == "USD":
            row["rate"] = "95.0000"
    corrected.write(calculated.inbox)
    assert "accepted" in {result.outcome for result in loaders.load_inbox(calculated)}
    assert runs.calculate(OCTOBER, settings=calculated).state == "published"
    after = {row["row_number"]: row["amount"] for row in lines(calculated, "share")}
    # 12.50 USD × 95 / 0.175 = 6785.7143
    assert {number: amount for number, amount in after.items() if before[number] != amount} == {1: Decimal("203.57")}


def test_one_bad_rate_refuses_the_file(home):
    made = operator()
    made.rate("GBP", "0", MONDAY)
    made.write(home.inbox)
    (refused,) = [result for result in loaders.load_inbox(home) if result.outcome == "refused"]
    assert refused.data_set == "exchange_rates"
