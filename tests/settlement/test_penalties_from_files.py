"""Penalties from files: the ledger is brought to what the live loads say, once, and people's decisions stand."""

import importlib
import threading
from datetime import date
from decimal import Decimal

import pytest
import typer.testing

import cli
import loaders
import settlement
from prm import database
from prm.period import Period
from tests.books import broken, close, owed, transfers
from tests.operators import BRANCH, OCTOBER, Operator

importlib.import_module("cli.penalties")
WHY = {"reason": "agreed", "author": "olga"}


@pytest.fixture
def operator(home):
    """Two dealers whose contracts and outlets are loaded; their penalties are a test's."""
    made = Operator()
    for name in ("D00001", "D00002"):
        made.counterparty(name)
        made.outlet(f"T-{name}", name)
        made.contract(f"C-{name}", name, "dealer_standard")
    made.product("V1", "voice")
    made.load(home)
    return made


@pytest.fixture
def offer(home, operator):
    """Writes penalties as a month's file of a revision and loads it."""
    revisions = iter(range(1, 100))

    def offer(*rows, month="2026-10", branch=BRANCH):
        operator.penalties = []
        for number, who, amount, *more in rows:
            operator.penalty(
                number, who, amount, **({"day": date(int(month[:4]), int(month[5:]), 17)} | (more or [{}])[0])
            )
        (home.inbox / f"penalties_{month}_{branch}.csv").unlink(missing_ok=True)
        names = list(dict.fromkeys(["penalty_id", "counterparty_id", "kind", "dated_on", "amount", "reason",
                                    *(name for row in operator.penalties for name in row)]))  # fmt: skip
        path = home.inbox / f"penalties_{month}_{branch}_{next(revisions)}.csv"
        lines = [names, *[[str(row.get(name) or "") for name in names] for row in operator.penalties]]
        path.write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")
        result = loaders.load(path, settings=home)
        assert result.outcome in ("accepted", "reinstated"), (result, result.words)
        return result

    return offer


def post(home, period=None):
    return settlement.post_penalties(period, author="olga", settings=home)


def states(home):
    with database.transaction(home) as connection:
        rows = connection.execute("select * from reporting.penalties order by penalty").fetchall()
    return [(row["external_id"], row["edition"], f"{row['amount']:.2f}", row["state"]) for row in rows]


def test_a_file_is_charged_once(home, offer):
    offer(("A1", "D00001", "500.00", {"contract_id": "C-D00001", "outlet_id": "T-D00001", "clause": "5.2"}),
          ("A2", "D00002", "70.50", {"kind": "deduction", "currency": "USD", "period": "2026-08"}))  # fmt: skip
    posted = post(home, OCTOBER)
    assert (len(posted.charged), posted.withdrawn, posted.unchanged, posted.left) == (2, [], 0, ())
    columns = "period, origin_period, cause, counterparty_id, contract_id, currency, credit_account, amount, dated_on"
    assert transfers(home, columns) == [
        ("2026-10", "2026-10", "penalty", "D00001", "C-D00001", "RUB", "penalties", "500.00", date(2026, 10, 17)),
        ("2026-10", "2026-08", "deduction", "D00002", None, "USD", "deductions", "70.50", date(2026, 10, 17)),
    ]
    again = post(home)
    assert (again.charged, again.withdrawn, again.unchanged) == ([], [], 2) and len(transfers(home)) == 2
    with database.transaction(home) as connection:
        row = connection.execute("select * from reporting.penalties where external_id = 'A1'").fetchone()
    assert (row["outlet_id"], row["clause"], row["row_number"]) == ("T-D00001", "5.2", 1)
    assert row["file_name"].startswith("penalties_2026-10_ural") and broken(home) == []


def test_a_corrected_file_reverses_what_changed_or_vanished_and_charges_what_is_new(home, offer):
    offer(("A1", "D00001", "500.00"), ("A2", "D00001", "20.00"), ("A3", "D00002", "30.00"))
    post(home)
    offer(("A1", "D00001", "500.00"), ("A2", "D00001", "25.00"), ("A4", "D00002", "40.00"))
    posted = post(home)
    assert (len(posted.charged), len(posted.withdrawn), posted.unchanged) == (2, 2, 1)
    assert states(home) == [
        ("A1", 1, "500.00", "charged"), ("A2", 1, "20.00", "withdrawn"), ("A3", 1, "30.00", "withdrawn"),
        ("A2", 2, "25.00", "charged"), ("A4", 1, "40.00", "charged"),
    ]  # fmt: skip
    assert owed(home, "payable") == {"D00001": "-525.00", "D00002": "-40.00"}
    # What was never so bears its own day, and not that of the correction.
    assert {row for row in transfers(home, "cause, dated_on") if row[0] == "reversal"} == {
        ("reversal", date(2026, 10, 17))
    }
    assert broken(home) == []


def test_the_former_file_offered_again_brings_back_what_it_said(home, offer):
    first = [("A1", "D00001", "500.00")]
    offer(*first)
    post(home)
    offer(("A2", "D00001", "9.00"))
    post(home)
    assert offer(*first).outcome == "reinstated"
    post(home)
    assert [row for row in states(home) if row[3] == "charged"] == [("A1", 2, "500.00", "charged")]
    assert owed(home, "payable") == {"D00001": "-500.00"} and broken(home) == []


def test_a_closed_month_is_left_and_the_correction_is_booked_in_an_open_one(home, offer):
    offer(("A1", "D00001", "500.00"))
    post(home)
    close(home)
    offer(("A1", "D00001", "450.00"))
    post(home)
    assert transfers(home, "period, origin_period, cause, amount") == [
        ("2026-10", "2026-10", "penalty", "500.00"), ("2026-11", "2026-10", "reversal", "500.00"),
        ("2026-11", "2026-10", "penalty", "450.00"),
    ]  # fmt: skip


def test_a_month_at_a_time_and_a_number_that_moved_to_another_is_charged_once(home, offer):
    offer(("A1", "D00001", "500.00"), ("A2", "D00001", "1.00"))
    offer(("B1", "D00001", "7.00"), month="2026-11")
    assert len(post(home, OCTOBER).charged) == 2
    offer(("A2", "D00001", "1.00"))
    offer(("B1", "D00001", "7.00"), ("A1", "D00001", "500.00"), month="2026-11")
    posted = post(home, Period.parse("2026-11"))
    assert (len(posted.charged), len(posted.withdrawn)) == (2, 1)
    assert post(home).charged == [] and owed(home, "payable") == {"D00001": "-508.00"}
    assert broken(home) == []


def test_of_one_number_in_two_files_the_earlier_counts_and_the_other_is_listed(home, offer):
    offer(("A1", "D00001", "500.00"))
    offer(("A1", "D00001", "90.00"), month="2026-11")
    posted = post(home)
    assert [(one.external_id, one.month) for one in posted.left] == [("A1", "2026-11")]
    assert "an earlier file has the same number: penalties_2026-10_ural_1.csv, row 1" in posted.left[0].why.en
    assert owed(home, "payable") == {"D00001": "-500.00"} and post(home, OCTOBER).left == ()


def test_a_row_of_anothers_contract_is_listed_and_the_rest_is_charged(home, offer):
    offer(("A1", "D00001", "500.00", {"contract_id": "C-D00002"}), ("A2", "D00001", "3.00"))
    posted = post(home)
    assert len(posted.charged) == 1 and "C-D00002 is D00002's" in posted.left[0].why.en


def test_what_a_person_has_decided_stands_and_is_listed(home, offer):
    offer(("A1", "D00001", "500.00"), ("A2", "D00001", "60.00"), ("A3", "D00001", "7.00"), ("A4", "D00001", "8.00"))
    one, two, three, four = post(home).charged
    settlement.withdraw_penalty(one, **WHY, settings=home)
    settlement.appeal_penalty(two, **WHY, settings=home)
    settlement.reduce_penalty(two, Decimal("50.00"), **WHY, settings=home)
    settlement.appeal_penalty(three, **WHY, settings=home)
    settlement.uphold_penalty(three, **WHY, settings=home)
    settlement.appeal_penalty(four, **WHY, settings=home)
    assert post(home).unchanged == 4
    offer(("A1", "D00001", "400.00"), ("A3", "D00001", "6.00"))
    posted = post(home)
    assert [(left.external_id, left.row_number) for left in posted.left] == [("A1", 1), ("A2", None)]
    assert "was withdrawn by a person" in posted.left[0].why.en
    assert posted.withdrawn == [three, four]  # upheld and appealed ones go with the row that they came from
    assert owed(home, "payable") == {"D00001": "-56.00"} and broken(home) == []


def test_one_charged_by_hand_under_a_number_is_not_charged_again_nor_taken_back(home, offer):
    charge = settlement.Charge("penalty", "D00001", date(2026, 10, 17), Decimal("500.00"), "RUB", "поздний отчёт",
                               external_id="A1")  # fmt: skip
    settlement.charge_penalty(charge, author="olga", settings=home)
    offer(("A1", "D00001", "500.00"))
    assert post(home).unchanged == 1
    offer(("A1", "D00001", "450.00"))
    assert "charged by hand" in post(home).left[0].why.en
    offer(("A2", "D00001", "1.00"))
    assert post(home).withdrawn == [] and owed(home, "payable") == {"D00001": "-501.00"}


def test_refused_rows_are_in_quarantine_and_charge_nothing(home, offer):
    result = offer(("A1", "D00001", "500.00"), ("A2", "D99999", "1.00"), ("A3", "D00001", "-5.00"),
                   ("A1", "D00002", "5.00"), ("A5", "D00001", "5.00", {"kind": "gift"}))  # fmt: skip
    assert result.reasons == {"not_allowed_value": 1, "out_of_range": 1, "repeated_key": 1, "unknown_reference": 1}
    assert len(post(home).charged) == 1


def test_two_posters_at_once_charge_once(home, offer):
    offer(*[(f"A{number}", "D00001", "10.00") for number in range(20)])
    results = []
    threads = [threading.Thread(target=lambda: results.append(len(post(home).charged))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == [0, 0, 20] and owed(home, "payable") == {"D00001": "-200.00"}


def test_the_commands_say_what_was_done(home, offer, monkeypatch):
    monkeypatch.setattr("cli.penalties.console.width", 200, raising=False)

    def call(*arguments):
        return typer.testing.CliRunner().invoke(cli.app, ["penalty", *arguments]).output

    offer(("A1", "D00001", "500.00"), ("A2", "D00001", "5.00", {"contract_id": "C-D00002"}))
    said = call("post", "2026-10", "--author", "olga")
    assert "2026-10: 1 charged, 0 withdrawn, 0 unchanged" in said
    assert "left alone: A2 (penalties_2026-10_ural_1.csv, row 2): The contract C-D00002 is D00002's" in said
    charge = ["charge", "D00002", "70.00", "--kind", "fine", "--reason", "no cash desk", "--period", "2026-10"]
    assert "fine 2: 70.00 RUB charged to D00002" in call(*charge, "--clause", "5.4")
    assert "penalty 1: appealed" in call("appeal", "1", "--reason", "reported in time", "--author", "D00001")
    assert "penalty 3 stands in its place" in call("reduce", "1", "--to", "300", "--reason", "half of it")
    listed = call("list", "-c", "D00001")
    assert "500.00 RUB" in listed and "reduced" in listed and "300.00 RUB" in listed and "no cash desk" not in listed
    shown = call("show", "1")
    assert "penalty 1: 500.00 RUB, D00001, reduced" in shown and "undone by transfer 3" in shown
    assert "by D00001: reported in time" in shown and "penalty 3 stands in its place" in shown
    assert "of 2026-10-31, about 2026-10, clause 5.4" in call("show", "2")
    assert "penalty 2: withdrawn" in call("withdraw", "2", "--reason", "there was one")
