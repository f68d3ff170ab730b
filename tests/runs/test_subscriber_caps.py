"""Caps on single subscribers, worked out by hand: over the contract and by the month, one over another, with credit
notes, with what is taken back, and with a month rolled back."""

from datetime import date
from decimal import Decimal

import openpyxl
import pytest

import explanations
import loaders
import registry
import reports
import runs
from prm import database
from prm.period import Period
from tests import built
from tests.conftest import fresh_home
from tests.operators import Operator

HEAD = """
scheme: {name}
version: {version}
title: {{en: Scheme, ru: Схема}}
document: none
valid_from: {day}
currency: RUB
rounding: {{each: {each}, places: 2, mode: half_up}}
"""
SPEND = """
components:
  fee: {title: {en: Fee, ru: Плата}, on: activation, pay: "100"}
  spend: {title: {en: Share of spend, ru: Доля от расходов}, on: charge, where: months_since_activation < 8, pay: amount * 0.45}
  left:
    title: {en: Left, ru: Ушли}
    on: churn
    claws_back: [fee, spend]
    within: {months: 12, since: activation}
limits:
  per_subscriber:
    title: {en: Cap per subscriber, ru: Предел на абонента}
    of: [fee, spend, left]
    at_most: "600.00"
    per: subscriber
    over: contract
"""
NESTED = """
components:
  share: {title: {en: Share, ru: Доля}, on: charge, pay: amount * 0.5}
  lead: {title: {en: Bonus, ru: Премия}, on: period, pay: (share + of_month + whole) * 0.1}
limits:
  most: {title: {en: Most, ru: Предел}, of: [whole, share, of_month], at_most: "130.00"}
  whole: {title: {en: Whole, ru: Всего}, of: [share, of_month], at_most: "150.00", per: subscriber, over: contract}
  of_month: {title: {en: Month, ru: Месяц}, of: [share], at_most: "100.00", per: subscriber}
"""
MONTHLY = """
components:
  share: {title: {en: Share, ru: Доля}, on: charge, pay: amount * 0.5}
  left: {title: {en: Left, ru: Ушли}, on: churn, claws_back: [share]}
limits:
  of_month: {title: {en: Month, ru: Месяц}, of: [share, left], at_most: "100.00", per: subscriber}
  most: {title: {en: Most, ru: Предел}, of: [share, left, of_month], at_most: "120.00"}
"""
DROPPED = """
components:
  spend: {title: {en: Share of spend, ru: Доля от расходов}, on: charge, pay: amount * 0.45}
  left: {title: {en: Left, ru: Ушли}, on: churn, claws_back: [spend]}
"""
CAPPED = (
    DROPPED
    + """
limits:
  each: {title: {en: Each, ru: На каждого}, of: [spend, left], at_most: "600.00", per: subscriber, over: contract}
"""
)
ROUNDED = """
components:
  share: {title: {en: Share, ru: Доля}, on: charge, pay: amount * 0.33333}
limits:
  each: {title: {en: Each, ru: На каждого}, of: [share], at_most: "10.0049", per: subscriber}
"""
SCHEMES = {
    ("spend", 1): (SPEND, "line"), ("nested", 1): (NESTED, "line"), ("monthly", 1): (MONTHLY, "line"),
    ("dropped", 1): (CAPPED, "line"), ("dropped", 2): (DROPPED, "line"), ("rounded", 1): (ROUNDED, "total"),
}  # fmt: skip
AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = (Period(2026, month) for month in (8, 9, 10, 11))
MONTHS = (AUGUST, SEPTEMBER, OCTOBER, NOVEMBER)


def operator() -> Operator:
    made = Operator()
    made.product("V1", "voice")
    for who, scheme in (("D1", "spend"), ("D2", "nested"), ("D3", "monthly"), ("D4", "dropped"), ("D5", "rounded")):
        made.counterparty(who)
        made.outlet(f"T{who[1]}", who)
        made.contract(f"C{who[1]}", who, scheme)
    for number in (11, 12, 21, 22, 31, 32, 41, 51, 52):
        made.subscriber(number, f"T{number // 10}", activated_on=date(2026, 8, 10), sold_on=date(2026, 8, 1))
    charges = {
        11: [("1000", 8), ("1000", 9), ("-200", 10)], 12: [("2000", 8), ("100", 10), ("5.55", 10)],
        21: [("300", 8), ("300", 9)], 22: [("120", 8), ("200", 9)], 31: [("160", 8), ("160", 8)], 32: [("60", 8)],
        41: [("1000", 8), ("1000", 8)], 51: [("100", 8)], 52: [("20.002", 8), ("0.0007", 8)],
    }  # fmt: skip
    for number, rows in charges.items():
        for amount, month in rows:
            made.charge(f"N{number:05d}", amount, date(2026, month, 20))
    for number, month in ((11, 11), (31, 9), (41, 9)):
        made.report(number, date(2026, month, 25), deactivated_on=date(2026, month, 25))
    return made


@pytest.fixture(scope="module")
def months(server, template, tmp_path_factory):
    with fresh_home(server, template, tmp_path_factory.mktemp("months")) as home:
        operator().write(home.inbox)
        with database.transaction(home) as connection:
            for (name, version), (text, each) in SCHEMES.items():
                path = home.home / f"{name}.yaml"
                day = "2026-01-01" if version == 1 else "2026-09-01"
                path.write_text(HEAD.format(name=name, version=version, day=day, each=each) + text, encoding="utf-8")
                registry.add_scheme(connection, path)
        assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
        with built.remembered(built.kept_for(tmp_path_factory)):
            for period in MONTHS:
                runs.calculate(period, settings=home)
            yield home


def lines(home, period: Period, contract_id: str) -> list[tuple]:
    """A contract's lines that earned or took something: component, subscriber, outcome, amount."""
    with database.transaction(home) as connection:
        rows = connection.execute(
            """select component, coalesce(subscriber_id, '') as subscriber_id, outcome, amount
               from reporting.reward_lines where period = %s and contract_id = %s and amount <> 0
               order by component, subscriber_id, amount""",
            [str(period), contract_id],
        ).fetchall()
    return [tuple(row.values()) for row in rows]


def cuts(home, period: Period, contract_id: str) -> dict[tuple[str, str], Decimal]:
    """What limits took away or gave back, by limit and subscriber."""
    found = lines(home, period, contract_id)
    return {(row[0], row[1]): row[3] for row in found if row[2] in ("capped", "released")}


def paid(home, period: Period, contract_id: str, subscriber_id: str) -> Decimal:
    """What a contract was paid for one subscriber."""
    return sum((row[3] for row in lines(home, period, contract_id) if row[1] == subscriber_id), Decimal(0))


def test_a_cap_over_the_contract_counts_what_was_paid_in_earlier_months(months):
    # N11: 100 + 450 in August; of 450 in September 50 are left; 90 less in October come from what was cut.
    # N12: 100 + 900 in August, 600 of them paid; of 45 and 2.50 in October nothing.
    assert cuts(months, AUGUST, "C1") == {("per_subscriber", "N00012"): Decimal("-400")}
    assert cuts(months, SEPTEMBER, "C1") == {("per_subscriber", "N00011"): Decimal("-400")}
    assert cuts(months, OCTOBER, "C1") == {
        ("per_subscriber", "N00011"): Decimal("90"), ("per_subscriber", "N00012"): Decimal("-47.50"),
    }  # fmt: skip
    assert [paid(months, period, "C1", "N00011") for period in MONTHS] == [550, 50, 0, -600]
    assert [paid(months, period, "C1", "N00012") for period in MONTHS] == [600, 0, 0, 0]


def test_all_that_was_paid_is_taken_back_and_no_more(months):
    # The lines of 100, 450, 450 and -90 are taken back: 910; 310 of them had been cut.
    assert lines(months, NOVEMBER, "C1") == [
        ("left", "N00011", "clawed_back", Decimal("-450")), ("left", "N00011", "clawed_back", Decimal("-450")),
        ("left", "N00011", "clawed_back", Decimal("-100")), ("left", "N00011", "clawed_back", Decimal("90")),
        ("per_subscriber", "N00011", "released", Decimal("310")),
    ]  # fmt: skip


def test_caps_cut_one_after_another_and_then_the_limit_of_the_contract(months):
    # August: N21 150, the month's cap leaves 100; N22 60; together 160, at most 130.
    assert cuts(months, AUGUST, "C2") == {("of_month", "N00021"): Decimal("-50"), ("most", ""): Decimal("-30")}
    # September: N21 again 150: 100 by the month, 50 by the contract; N22 100, and 90 are left; together 140.
    assert cuts(months, SEPTEMBER, "C2") == {
        ("of_month", "N00021"): Decimal("-50"), ("whole", "N00021"): Decimal("-50"), ("whole", "N00022"): Decimal("-10"),
        ("most", ""): Decimal("-10"),
    }  # fmt: skip
    assert ("lead", "", "paid", Decimal("14.00")) in lines(months, SEPTEMBER, "C2")


def test_what_a_cap_of_the_month_has_cut_is_not_taken_back(months):
    # Each line of 80 was paid 100 / 160 of it, and of these 120 / 130: the dealer's limit left 120 of 130 in August.
    assert cuts(months, AUGUST, "C3") == {("of_month", "N00031"): Decimal("-60"), ("most", ""): Decimal("-10")}
    assert lines(months, SEPTEMBER, "C3") == [("left", "N00031", "clawed_back", Decimal("-46.1538"))] * 2


def test_a_cap_that_a_later_version_drops_is_still_considered_in_what_is_taken_back(months):
    # 450 and 450 in August, 600 of them paid; in September the cap is gone: each line counts with 300.
    assert cuts(months, AUGUST, "C4") == {("each", "N00041"): Decimal("-300")}
    assert lines(months, SEPTEMBER, "C4") == [("left", "N00041", "clawed_back", Decimal("-300"))] * 2


def test_what_is_cut_of_exact_totals_is_rounded_once(months):
    # N51: 33.3330, of which 10.0049; N52: 6.6673 and 0.0002. In all 16.6724, the share's total 40.00, the cut's -23.33.
    assert lines(months, AUGUST, "C5") == [
        ("each", "", "rounded", Decimal("-0.0019")), ("each", "N00051", "capped", Decimal("-23.3281")),
        ("share", "", "rounded", Decimal("-0.0005")), ("share", "N00051", "paid", Decimal("33.3330")),
        ("share", "N00052", "paid", Decimal("0.0002")), ("share", "N00052", "paid", Decimal("6.6673")),
    ]  # fmt: skip


def told(home, period: Period, component: str, subscriber_id: str, language: str) -> str:
    with database.transaction(home) as connection:
        line = connection.execute(
            "select * from reporting.reward_lines where period = %s and component = %s and subscriber_id = %s",
            [str(period), component, subscriber_id],
        ).fetchone()
    of = explanations.explain_line(explanations.address_of(line), language, settings=home)
    return "\n".join(explanations.as_text(of)).replace("\xa0", " ")


def test_a_cut_says_what_was_earned_what_was_paid_before_and_what_was_left(months):
    cut = told(months, SEPTEMBER, "per_subscriber", "N00011", "en")
    assert "Cap per subscriber, for September 2026, subscriber N00011" in cut
    assert (
        "together 450.00 RUB for the subscriber, 550.00 RUB paid in earlier periods, at most 600.00 RUB in all: 50.00 RUB was left, 400.00 RUB is above"
        in cut
    )
    assert (
        "Paid for the subscriber in August 2026: 550.00 RUB." in cut
        and "limited here: «Share of spend», 20 September 2026, 450.00 RUB" in cut
    )
    given = told(months, OCTOBER, "per_subscriber", "N00011", "ru")
    assert (
        "предел снял 400,00 RUB: из этого возвращается 90,00 RUB" in given
        and "Возвращено из снятого пределом: 90,00 RUB." in given
    )
    line = told(months, SEPTEMBER, "spend", "N00011", "en")
    assert "limit «Cap per subscriber» took away 400.00 RUB of all that it limits for this subscriber" in line
    assert "together 160.00 RUB for the subscriber, at most 100.00 RUB: 60.00 RUB is above" in told(
        months, AUGUST, "of_month", "N00031", "en"
    )


def test_every_line_is_explained_and_agrees_and_has_an_address_of_its_own(months):
    with database.transaction(months) as connection:
        rows = connection.execute("select * from reporting.reward_lines where amount <> 0").fetchall()
    addresses = [explanations.address_of(row) for row in rows]
    assert len(set(addresses)) == len(addresses)
    for address in addresses:
        of = explanations.explain_line(address, "ru", settings=months)
        assert of.reckoned is None or of.reckoned.agrees, explanations.as_text(of)


def test_a_statement_names_the_subscriber_of_a_cut(months, tmp_path):
    path = tmp_path / "statement.xlsx"
    reports.render("statement", SEPTEMBER, "D1", "ru", "xlsx", path, settings=months)
    rows = [
        [str(cell) for cell in row]
        for row in openpyxl.load_workbook(path)["Строки расчёта"].iter_rows(values_only=True)
    ]
    assert any("N00011" in row and "Предел на абонента" in row and "-400" in row for row in rows), rows


def versions(home) -> list[str | None]:
    """The hash of the first dealer's current version of each month."""
    current = [runs.current_versions(period, settings=home).get("D1") for period in MONTHS]
    return [one["content_hash"] if one else None for one in current]


def test_a_month_that_a_later_cap_counts_goes_back_with_it_only_and_comes_again_as_it_was(months):
    before = versions(months)
    with pytest.raises(runs.DependedOnError) as refused:
        runs.roll_back(AUGUST, ["D1"], reason="wrong", settings=months)
    assert "2026-09 D1 (run 2): its tiers, measures or caps per subscriber count 2026-08 D1" in str(refused.value)
    assert {(str(one.period), one.what) for one in refused.value.dependents} == {
        ("2026-09", "cumulative"), ("2026-10", "cumulative"), ("2026-11", "cumulative"), ("2026-11", "clawback"),
    }  # fmt: skip
    runs.roll_back_chain(AUGUST, ["D1"], reason="wrong", settings=months)
    without = versions(months)  # the months after it, calculated again without it
    assert without[0] is None and not {*without[1:]} & {*before}
    for period in MONTHS:
        runs.calculate(period, force=True, settings=months)
    assert versions(months) == before


def test_what_an_earlier_month_pays_otherwise_makes_the_later_one_stale(months):
    with database.transaction(months) as connection:
        registry.mark_fraud(
            connection, "N00012", valid_from=date(2026, 8, 15), valid_to=date(2026, 8, 31), reason="x", author="x"
        )
    assert [(of.counterparty_id, str(of.period)) for of in runs.stale(settings=months)] == [("D1", "2026-08")]
    runs.calculate(AUGUST, ["D1"], settings=months)
    [later] = runs.stale(settings=months)  # nothing happened to N12 in September, and in November to N11 only
    assert (later.counterparty_id, str(later.period)) == ("D1", "2026-10")
    assert "earlier months" in later.reasons[0].en
    runs.calculate_stale(settings=months)
    assert cuts(months, OCTOBER, "C1") == {("per_subscriber", "N00011"): Decimal("90")}
    assert [paid(months, period, "C1", "N00012") for period in MONTHS] == [100, 0, Decimal("47.50"), 0]
    assert runs.stale(settings=months) == []
