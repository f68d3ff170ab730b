"""From accrued to payable: by acceptance or by the term, less what is held; and back when it is taken back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

import registry
import settlement
from prm import database
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.period import Period
from tests.books import approve, broken, owed, publish, transfers
from tests.operators import OCTOBER
from tests.settlement.payouts.making import bank_account

NOVEMBER = Period.parse("2026-11")
CONNECTIONS, CHURN, REVENUE = (
    ("D1", "C1", "connections"), ("D1", "C1", "early_churn"), ("D2", "C2", "revenue"),
)  # fmt: skip
EARNED = {CONNECTIONS: "1000.00", CHURN: "-100.00", REVENUE: "500.00"}
TODAY = date.today()


@pytest.fixture
def posted(home):
    """D1 pays VAT and D2 does not; both have earned in October, and it is posted."""
    with_contracts(home)
    publish(home, EARNED)
    post(home)
    return home


def with_contracts(home, acceptance_days=None):
    with database.transaction(home) as connection:
        for who, contract, vat_status, days in (("D1", "C1", "payer", acceptance_days), ("D2", "C2", "exempt", None)):
            connection.execute(
                "insert into registry.counterparties (counterparty_id, name, kind, branch) values (%s, %s, 'dealer', 'ural')",
                [who, who],
            )
            connection.execute(
                """insert into registry.contracts (contract_id, counterparty_id, scheme, valid_from, status, currency,
                       vat_status, settlement_level, acceptance_days)
                   values (%s, %s, 'scheme', '2026-01-01', 'active', 'RUB', %s, 'counterparty', %s)""",
                [contract, who, vat_status, days],
            )


def post(home, period=OCTOBER):
    approve(home, period)
    return settlement.post_rewards(period, author="olga", settings=home)


def due(home, *who, as_of=None):
    return settlement.fall_due(as_of, list(who) or None, author="olga", settings=home)


def accept(home, *who):
    return settlement.accept_statements(OCTOBER, list(who) or None, author="dealer", settings=home)


def backdate(home, days):
    """Everything was posted so many days ago."""
    from tests.books import as_owner

    with as_owner(home) as connection:
        connection.execute("alter table ledger.transfers disable trigger all")
        connection.execute("update ledger.transfers set recorded_at = recorded_at - make_interval(days => %s)", [days])
        connection.execute("alter table ledger.transfers enable trigger all")


def balances(home, *accounts):
    return [owed(home, account) for account in accounts]


def tax_status(home, who, status, since=date(2026, 1, 1)):
    with database.transaction(home) as connection:
        registry.set_attribute(
            connection, "tax_status", status, level="counterparty", holder=who, valid_from=since, author="olga"
        )


# --- acceptance and the term


def test_what_is_accepted_falls_due_and_nothing_else_and_once(posted):
    assert due(posted).transfers == 0
    assert accept(posted, "D1") == ["D1"]
    assert accept(posted, "D1") == []
    assert due(posted).due == {"RUB": Decimal("1098.0000")}  # (1000 - 100) and 22 % of VAT
    assert balances(posted, "accrued", "payable") == [{"D1": "0.00", "D2": "500.00"}, {"D1": "1098.00"}]
    assert due(posted).transfers == 0
    assert broken(posted) == []


def test_a_statement_is_deemed_accepted_when_its_term_is_over(home):
    with_contracts(home, acceptance_days=3)
    publish(home, EARNED)
    post(home)
    backdate(home, 3)
    assert due(home, as_of=TODAY - timedelta(days=1)).transfers == 0
    assert due(home).due == {"RUB": Decimal("1098.0000")}  # D2's contract says nothing: ten days
    assert states(home) == {"D1": "deemed accepted", "D2": "sent"}
    backdate(home, 7)
    assert due(home).due == {"RUB": Decimal("500.0000")}


def test_what_is_posted_after_the_acceptance_waits_for_its_own(posted):
    accept(posted)
    due(posted)
    publish(posted, EARNED | {REVENUE: "650.00"})
    post(posted)
    assert due(posted).transfers == 0
    assert states(posted) == {"D1": "accepted", "D2": "sent"}
    accept(posted, "D2")
    assert due(posted).due == {"RUB": Decimal("150.0000")}


def test_what_is_taken_back_is_no_longer_payable(posted):
    accept(posted)
    due(posted)
    publish(posted, EARNED | {CONNECTIONS: "400.00"})
    post(posted)
    assert balances(posted, "accrued", "payable") == [{"D1": "0.00", "D2": "0.00"}, {"D1": "366.00", "D2": "500.00"}]
    settlement.roll_back(OCTOBER, ["D1"], reason="wrong", author="olga", settings=posted)
    # What comes back waits as whatever is posted does.
    assert balances(posted, "accrued", "payable") == [
        {"D1": "732.00", "D2": "0.00"}, {"D1": "366.00", "D2": "500.00"}
    ]  # fmt: skip
    assert broken(posted) == []


def test_what_is_reversed_by_hand_is_no_longer_payable_and_waits_when_it_is_posted_again(posted):
    accept(posted)
    due(posted)
    settlement.reverse(1, reason="too early", author="olga", settings=posted)  # the connections of D1
    assert balances(posted, "accrued", "payable") == [{"D1": "0.00", "D2": "0.00"}, {"D1": "98.00", "D2": "500.00"}]
    assert broken(posted) == []
    with pytest.raises(RefusedError, match=r"'due', which is not reversed by hand.*settling.md"):
        settlement.reverse(number_of(posted, "due"), reason="oh", author="olga", settings=posted)
    post(posted)
    assert balances(posted, "accrued", "payable") == [{"D1": "1000.00", "D2": "0.00"}, {"D1": "98.00", "D2": "500.00"}]


def number_of(home, cause):
    return next(number for number, of in transfers(home, "transfer_id, cause") if of == cause)


def test_a_rollback_of_what_a_payout_took_is_refused_unless_the_chain_is_asked_for(posted):
    accept(posted)
    due(posted)
    publish(posted, EARNED | {CONNECTIONS: "1100.00"})
    pay(posted)
    with pytest.raises(RefusedError, match=r"payout 1 of 2026-11-20 has taken what D1 earned in 2026-10"):
        settlement.roll_back(OCTOBER, ["D1"], reason="wrong", author="olga", settings=posted)
    settlement.roll_back(OCTOBER, ["D2"], reason="wrong", author="olga", settings=posted)


def pay(home):
    bank_account(home, "D1")
    return settlement.prepare_payouts(
        "RUB", as_of=date(2026, 11, 20), counterparties=["D1"], author="ivan", settings=home
    )


def test_nothing_falls_due_on_a_day_to_come_and_the_period_that_is_booked_is_open(posted):
    with pytest.raises(RefusedError, match="still to come"):
        due(posted, as_of=TODAY + timedelta(days=1))
    with pytest.raises(RefusedError, match="empty list"):
        settlement.fall_due(None, [], author="olga", settings=posted)
    accept(posted)
    due(posted)
    assert {row[0] for row in transfers(posted, "period, cause") if row[1] == "due"} == {str(Period.of(TODAY))}


def test_an_acceptance_is_recalled_until_something_has_fallen_due_of_it(posted):
    accept(posted)
    settlement.recall_acceptance(OCTOBER, "D1", reason="another letter", author="olga", settings=posted)
    assert states(posted) == {"D1": "sent", "D2": "accepted"}
    with database.transaction(posted) as connection:
        said = connection.execute("select counterparty_id, what, reason from reporting.statement_decisions").fetchall()
    assert [tuple(row.values()) for row in said if row["what"] == "recalled"] == [("D1", "recalled", "another letter")]
    assert sorted(row["counterparty_id"] for row in said if row["what"] == "accepted") == ["D1", "D2"]
    due(posted)
    assert balances(posted, "payable") == [{"D2": "500.00"}]
    with pytest.raises(RefusedError, match="has made money payable already"):
        settlement.recall_acceptance(OCTOBER, "D2", reason="oh", author="olga", settings=posted)
    with pytest.raises(RefusedError, match="has not accepted"):
        settlement.recall_acceptance(OCTOBER, "D1", reason="oh", author="olga", settings=posted)
    with pytest.raises(RefusedError, match="Nothing of D9 is posted"):
        accept(posted, "D9")


def states(home):
    return {row["counterparty_id"]: row["state"] for row in settlement.list_statements(OCTOBER, settings=home)}


# --- holds


def hold(home, who, *, reason="audit", **more):
    return settlement.hold_counterparty(who, reason=reason, author="olga", settings=home, **more)


def release(home, number, reason="all is well"):
    settlement.release(number, reason=reason, author="ivan", settings=home)


def line_of(home, component):
    with database.transaction(home) as connection:
        row = connection.execute(
            "select period || '/' || counterparty_id || '/' || line as address from reporting.reward_lines "
            "where component = %s",
            [component],
        ).fetchone()
    return row["address"]


@pytest.mark.parametrize("before", [True, False], ids=["held before it falls due", "held when it is payable"])
@pytest.mark.parametrize(
    ("what", "held", "left"),
    [
        ({}, "1098.00", "0.00"),
        ({"period": OCTOBER, "contract_id": "C1"}, "1098.00", "0.00"),
        ({"period": OCTOBER, "component": "connections"}, "1098.00", "0.00"),  # never more than all that is due
        ({"period": NOVEMBER}, None, "1098.00"),
    ],
    ids=["all", "a contract's month", "a component", "another month"],
)
def test_a_hold_puts_off_what_it_covers_until_it_is_released(posted, before, what, held, left):
    accept(posted)
    if before:
        number = hold(posted, "D1", **what)
        due(posted)
    else:
        due(posted)
        number = hold(posted, "D1", **what)
    assert hold(posted, "D1", **what) == number  # while it is active it is the same
    assert balances(posted, "held", "payable") == [
        {"D1": held} if held else {}, {"D1": left, "D2": "500.00"}
    ]  # fmt: skip
    assert due(posted).transfers == 0
    release(posted, number)
    release(posted, number)
    assert balances(posted, "payable") == [{"D1": "1098.00", "D2": "500.00"}]
    with pytest.raises(RefusedError, match="was released by ivan"):
        release(posted, number, "again")
    if held:
        assert [row for row in transfers(posted, "cause, hold, reason, author") if row[0] in ("hold", "release")] == [
            ("hold", number, "audit", "olga"), ("release", number, "all is well", "ivan")
        ]  # fmt: skip
    assert broken(posted) == []


def test_a_line_is_held_with_its_vat_and_two_holds_do_not_hold_it_twice(posted):
    publish(posted, EARNED | {("D1", "C1", "bonus"): "200.00"})
    post(posted)
    accept(posted)
    due(posted)
    line = line_of(posted, "bonus")
    first = settlement.hold_line(line, reason="photo?", author="olga", settings=posted)
    assert owed(posted, "held") == {"D1": "244.00"}
    second = hold(posted, "D1", period=OCTOBER, component="bonus")
    assert owed(posted, "held") == {"D1": "244.00"}
    release(posted, first)
    assert owed(posted, "held") == {"D1": "244.00"}
    release(posted, second)
    assert owed(posted, "held") == {"D1": "0.00"}
    with pytest.raises(RefusedError, match="earned nothing that could be held"):
        settlement.hold_line(line_of(posted, "early_churn"), reason="x", author="olga", settings=posted)
    with pytest.raises(NotFoundError, match="there is no such line"):
        settlement.hold_line("2026-10/D1/nonsense", reason="x", author="olga", settings=posted)


def test_what_was_paid_can_not_be_held_any_more(posted):
    accept(posted)
    due(posted)
    assert pay(posted).amount == Decimal("1098.00")
    publish(posted, EARNED | {CONNECTIONS: "1100.00"})
    post(posted)
    accept(posted)
    due(posted)
    number = hold(posted, "D1")
    assert balances(posted, "held", "payable") == [{"D1": "122.00"}, {"D1": "0.00", "D2": "500.00"}]
    release(posted, number)
    assert balances(posted, "held", "payable") == [{"D1": "0.00"}, {"D1": "122.00", "D2": "500.00"}]
    assert broken(posted) == []


def test_a_hold_says_what_is_wrong_with_it(posted):
    with pytest.raises(NotFoundError, match="no counterparty 'D9'"):
        hold(posted, "D9")
    with pytest.raises(NotFoundError, match=r"no component .conections. in 2026-10.*connections, early_churn"):
        hold(posted, "D1", period=OCTOBER, component="conections")
    with pytest.raises(PrmError, match="held in a month"):
        hold(posted, "D1", component="connections")
    with pytest.raises(PrmError, match="reason"):
        hold(posted, "D1", reason=" ")
    with pytest.raises(NotFoundError, match="no hold 77"):
        release(posted, 77)


# --- disputes


def test_a_disputed_line_is_held_and_the_rest_falls_due(posted):
    backdate(posted, 30)
    number = settlement.dispute_line(
        line_of(posted, "revenue"), "it was 700", claimed=Decimal("700.00"), author="D2", settings=posted
    )
    assert states(posted) == {"D1": "deemed accepted", "D2": "disputed"}
    due(posted)
    assert balances(posted, "held", "payable") == [{"D2": "500.00"}, {"D1": "1098.00", "D2": "0.00"}]
    with pytest.raises(RefusedError, match=f"disputed already.*dispute {number}"):
        settlement.dispute_line(line_of(posted, "revenue"), "no, 800", author="D2", settings=posted)
    settlement.answer_dispute(number, "refused", "the price list says so", author="olga", settings=posted)
    assert balances(posted, "held", "payable") == [{"D2": "0.00"}, {"D1": "1098.00", "D2": "500.00"}]
    assert settlement.list_disputes(settings=posted) == []
    [answered] = settlement.list_disputes(answered=True, settings=posted)
    assert (answered["state"], answered["answer"], answered["claimed_amount"]) == (
        "refused", "the price list says so", Decimal("700.0000"),
    )  # fmt: skip
    with pytest.raises(RefusedError, match="was answered by olga"):
        settlement.answer_dispute(number, "granted", "well", author="olga", settings=posted)


def test_a_disputed_balance_is_not_deemed_accepted(posted):
    backdate(posted, 30)
    number = settlement.dispute_balance(OCTOBER, "D1", "connections are missing", author="D1", settings=posted)
    due(posted)
    assert balances(posted, "payable") == [{"D2": "500.00"}]
    settlement.answer_dispute(number, "withdrawn", "found them", author="D1", settings=posted)
    due(posted)
    assert balances(posted, "payable") == [{"D1": "1098.00", "D2": "500.00"}]
    with pytest.raises(RefusedError, match="Nothing of D1 is posted in 2026-11"):
        settlement.dispute_balance(NOVEMBER, "D1", "what?", author="D1", settings=posted)
    with pytest.raises(NotFoundError, match="no penalty 5"):
        settlement.dispute_penalty(OCTOBER, "D1", 5, "unfair", author="D1", settings=posted)


# --- taxes


def test_vat_follows_the_dated_status_of_the_counterparty(posted):
    assert owed(posted, "vat") == {"D1": "198.00"}
    tax_status(posted, "D1", "simplified_5", date(2026, 10, 31))  # the month's last day counts
    tax_status(posted, "D2", "general", date(2026, 11, 1))
    post(posted)
    assert balances(posted, "vat", "accrued") == [{"D1": "45.00"}, {"D1": "945.00", "D2": "500.00"}]
    assert post(posted).transfers == 0
    assert [row for row in transfers(posted, "cause, counterparty_id, debit_account, amount, period, dated_on")
            if row[0] == "vat"] == [
        ("vat", "D1", "vat", "198.00", "2026-10", date(2026, 10, 31)),
        ("vat", "D1", "accrued", "153.00", "2026-10", date(2026, 10, 31)),
    ]  # fmt: skip
    assert broken(posted) == []


def test_the_rate_is_that_of_the_month_it_was_earned_in(home):
    with_contracts(home)
    december = Period.parse("2025-12")
    publish(home, {CONNECTIONS: "100.00"}, december)
    post(home, december)
    assert owed(home, "vat") == {"D1": "20.00"}


def test_tax_is_withheld_of_natural_persons_by_the_sum_of_the_year(home):
    with_contracts(home)
    tax_status(home, "D2", "natural_person")
    publish(home, {REVENUE: "2400000.00"})
    post(home)
    accept(home)
    assert due(home).withheld == {"RUB": Decimal("312000.0000")}
    publish(home, {REVENUE: "2400010.00"})
    post(home)
    accept(home)
    assert due(home).withheld == {"RUB": Decimal("2.0000")}  # 15 % of 10 roubles, in whole roubles
    assert balances(home, "payable", "withheld_tax") == [{"D2": "2088008.00"}, {"D2": "312002.00"}]
    publish(home, {REVENUE: "1000.00"})
    post(home)
    assert balances(home, "payable", "withheld_tax") == [{"D2": "870.00"}, {"D2": "130.00"}]
    assert due(home).transfers == 0
    assert broken(home) == []


def test_tax_is_withheld_when_what_was_held_is_released(home):
    with_contracts(home)
    tax_status(home, "D2", "natural_person")
    publish(home, {REVENUE: "1000.00"})
    post(home)
    number = hold(home, "D2")
    accept(home)
    due(home)
    assert balances(home, "held", "withheld_tax") == [{"D2": "1000.00"}, {}]
    release(home, number)
    assert balances(home, "payable", "withheld_tax") == [{"D2": "870.00"}, {"D2": "130.00"}]


def test_a_tax_status_that_is_none_is_refused(posted):
    with pytest.raises(RefusedError, match=r"'genral' is no tax status.*general, exempt"):
        tax_status(posted, "D1", "genral")
    with pytest.raises(RefusedError, match="A contract has no tax status"), database.transaction(posted) as connection:
        registry.set_attribute(
            connection, "tax_status", "exempt", level="contract", holder="C1", valid_from=TODAY, author="olga"
        )
