"""Control: a row for everything accrued and not approved, approved and not paid, paid and not accrued; none is lost."""

import importlib
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
import typer.testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cli
import settlement
from prm import database
from prm.errors import NotFoundError
from prm.period import Period
from tests.books import EARNED, approve, close, entry, publish
from tests.operators import OCTOBER
from tests.settlement.test_balances import empty

importlib.import_module("cli.control")
OWED = ("accrued", "payable", "held", "in_payment")
END = date(2026, 10, 31)


def asked(home, **of):
    return settlement.control_reports(settings=home, **of)


def rows(found, *names):
    return [tuple(f"{row[n]:.2f}" if isinstance(row[n], Decimal) else row[n] for n in names) for row in found]


def post(home, *entries):
    with database.transaction(home) as connection:
        settlement.post(connection, list(entries))


class TestAccruedNotApproved:
    def test_what_is_calculated_waits_for_an_approval_and_then_for_posting(self, home):
        publish(home, EARNED)
        told = ("period", "counterparty_id", "contract_id", "stage", "amount")
        assert rows(asked(home).not_posted, *told) == [
            ("2026-10", "D00001", "C1", "not approved", "69.50"), ("2026-10", "D00002", "C2", "not approved", "70.00"),
        ]  # fmt: skip
        approve(home)
        assert {row[3] for row in rows(asked(home).not_posted, *told)} == {"approved, not posted"}
        settlement.post_rewards(OCTOBER, ["D00001"], author="olga", settings=home)
        assert rows(asked(home).not_posted, *told) == [("2026-10", "D00002", "C2", "approved, not posted", "70.00")]
        settlement.post_rewards(OCTOBER, author="olga", settings=home)
        assert asked(home).not_posted == []

    def test_of_a_month_that_was_corrected_the_difference_waits(self, home):
        publish(home, EARNED)
        approve(home)
        settlement.post_rewards(OCTOBER, author="olga", settings=home)
        close(home)
        publish(home, {("D00001", "C1", "activation"): "90.00", ("D00001", "C1", "churn"): "-30.50"})
        told = ("counterparty_id", "stage", "calculated", "posted", "amount")
        assert rows(asked(home).not_posted, *told) == [("D00001", "not approved", "59.50", "69.50", "-10.00")]
        approve(home)
        settlement.post_rewards(OCTOBER, author="olga", settings=home)
        assert asked(home).not_posted == []

    def test_what_was_posted_and_has_no_version_any_more_is_told(self, home):
        publish(home, EARNED)
        approve(home)
        settlement.post_rewards(OCTOBER, author="olga", settings=home)
        with database.transaction(home) as connection:
            connection.execute("delete from runs.current_versions where counterparty_id = 'D00002'")
        assert rows(asked(home).not_posted, "counterparty_id", "amount") == [("D00002", "-70.00")]


class TestApprovedNotPaid:
    def test_each_account_is_told_by_month_until_it_is_paid(self, home):
        post(home, entry("a", debit_account="vat", credit_account="accrued", amount=Decimal("100")),
             entry("b", debit_account="vat", credit_account="accrued", amount=Decimal("30"), period="2026-11", origin_period="2026-11"),
             entry("c", debit_account="accrued", credit_account="payable", amount=Decimal("100")),
             entry("d", debit_account="payable", credit_account="held", amount=Decimal("25")),
             entry("e", debit_account="payable", credit_account="in_payment", amount=Decimal("60"), period="2026-11", origin_period="2026-11"))  # fmt: skip
        told = ("account", "period", "amount", "since")
        assert rows(asked(home).not_paid, *told) == [
            ("held", "2026-10", "25.00", END), ("payable", "2026-10", "15.00", END),
            ("accrued", "2026-11", "30.00", date(2026, 11, 30)), ("in_payment", "2026-11", "60.00", date(2026, 11, 30)),
        ]  # fmt: skip
        post(
            home, entry("f", debit_account="in_payment", credit_account="paid", amount=Decimal("60"), period="2026-11")
        )
        assert "in_payment" not in {row["account"] for row in asked(home).not_paid}
        assert rows(asked(home, period=OCTOBER).not_paid, "account") == [("held",), ("payable",)]

    def test_what_is_paid_is_paid_of_the_oldest_month(self, home):
        for number, month in enumerate(("2026-08", "2026-09", "2026-10")):
            post(home, entry(f"a{number}", debit_account="vat", credit_account="payable", amount=Decimal("100"),
                             period=month, origin_period=month))  # fmt: skip
        post(home, entry("out", debit_account="payable", credit_account="paid", amount=Decimal("130"), period="2026-11",
                         origin_period="2026-11"))  # fmt: skip
        assert rows(asked(home).not_paid, "period", "amount") == [("2026-09", "70.00"), ("2026-10", "100.00")]


class TestPaidNotAccrued:
    def test_an_account_below_zero_is_told_since_the_day_it_fell_there(self, home):
        post(home, entry("a", debit_account="vat", credit_account="payable", amount=Decimal("50"), dated_on=date(2026, 9, 1)),
             entry("b", debit_account="payable", credit_account="paid", amount=Decimal("60"), dated_on=date(2026, 9, 10)),
             entry("c", debit_account="vat", credit_account="payable", amount=Decimal("10"), dated_on=date(2026, 9, 20)),
             entry("d", debit_account="payable", credit_account="paid", amount=Decimal("5"), dated_on=date(2026, 10, 5)),
             entry("e", debit_account="payable", credit_account="paid", amount=Decimal("2"), dated_on=date(2026, 10, 8)))  # fmt: skip
        [row] = asked(home).overpaid
        assert (row["amount"], row["since"], row["is_overpaid"], row["owed_in_all"]) == (7, date(2026, 10, 5), True, -7)
        assert row["age_days"] == (date.today() - date(2026, 10, 5)).days
        assert asked(home).not_paid == [] and asked(home, period=OCTOBER).overpaid == []

    def test_one_that_others_make_up_for_is_told_as_such(self, home):
        post(home, entry("a", debit_account="vat", credit_account="accrued", amount=Decimal("50")),
             entry("b", contract_id=None, debit_account="payable", credit_account="penalties", amount=Decimal("20")))  # fmt: skip
        told = ("contract_id", "account", "amount", "owed_in_all", "is_overpaid")
        assert rows(asked(home).overpaid, *told) == [(None, "payable", "20.00", "30.00", False)]


@pytest.mark.parametrize(
    ("days", "age"),
    [(0, "0-30"), (30, "0-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"), (90, "61-90"), (91, "over 90")],
)
def test_ages_are_in_ranges_whose_last_days_belong_to_them(home, days, age):
    since = date.today() - timedelta(days=days)
    post(home, entry("a", debit_account="payable", credit_account="paid", dated_on=since, period="2027-01"))
    assert rows(asked(home).overpaid, "age_days", "age") == [(days, age)]
    with database.transaction(home) as connection:
        assert connection.execute("select reporting.age(%s) as age", [days]).fetchone()["age"] == age


def test_a_month_that_lasts_is_of_no_age(home):
    month = str(Period.of(date.today() + timedelta(days=62)))
    post(home, entry("a", debit_account="vat", credit_account="accrued", period=month, origin_period=month))
    assert rows(asked(home).not_paid, "age_days", "age") == [(0, "0-30")]


moved = st.tuples(
    st.sampled_from(["D1", "D2"]), st.sampled_from(["C1", None]), st.sampled_from(["2026-08", "2026-09", "2026-10"]),
    st.permutations([*OWED, "paid", "vat"]), st.decimals("0.0001", "1000", places=4), st.integers(1, 28),
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(moved, min_size=1, max_size=12))
def test_what_is_not_paid_less_what_is_overpaid_is_what_is_owed_account_by_account(home, steps):
    empty(home)
    expected = Counter()
    entries = []
    for number, (who, contract, month, (debit, credit, *_), amount, day) in enumerate(steps):
        entries.append(entry(str(number), counterparty_id=who, contract_id=contract, origin_period=month, debit_account=debit,
                             credit_account=credit, amount=amount, dated_on=date(2026, 10, day)))  # fmt: skip
        for account, sign in ((debit, -1), (credit, 1)):
            if account in OWED:
                expected[who, contract, account] += sign * amount
    post(home, *entries)
    found = Counter()
    control = asked(home)
    for told, sign in ((control.not_paid, 1), (control.overpaid, -1)):
        for row in told:
            assert row["amount"] > 0
            found[row["counterparty_id"], row["contract_id"], row["account"]] += sign * row["amount"]
    assert {key: value for key, value in found.items() if value} == {
        key: value for key, value in expected.items() if value
    }
    for currency, ages in settlement.sums_by_age(control.not_paid).items():
        assert sum(ages.values()) == sum(row["amount"] for row in control.not_paid if row["currency"] == currency)


def test_the_command_tells_all_three_with_their_sums(home, monkeypatch):
    monkeypatch.setattr("cli.control.console.width", 160, raising=False)

    def call(*arguments):
        done = typer.testing.CliRunner().invoke(cli.app, ["control", *arguments])
        assert done.exception is None, done.exception
        return done.output.replace("\xa0", " ")

    assert call().splitlines() == [
        "accrued but not approved: nothing", "approved but not paid: nothing", "paid but not accrued: nothing",
    ]  # fmt: skip
    publish(home, EARNED)
    post(home, entry("a", debit_account="vat", credit_account="held", amount=Decimal("12.5"), origin_period="2024-01"),
         entry("b", counterparty_id="D00002", debit_account="payable", credit_account="paid"))  # fmt: skip
    said = call()
    assert "accrued but not approved: 0-30 days: 139.50 RUB" in said and "not approved" in said
    assert "approved but not paid: over 90 days: 12.50 RUB" in said and "held" in said
    assert "payable, owes the operator" in said
    assert "D00001" not in call("-c", "D00002") and "C1" not in call("--sums")
    assert "утверждено, но не выплачено: свыше 90 дн.: 12,50 RUB" in call("--lang", "ru")
    with pytest.raises(NotFoundError, match="no counterparty 'D9'"):
        asked(home, counterparty_id="D9")
