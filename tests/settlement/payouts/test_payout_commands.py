"""`prm payout …` and `prm registry bank-account` by hand, and the DAG's task."""

import importlib
from types import SimpleNamespace

import pytest
import typer.testing

import cli
from cli.check import INVARIANTS
from tests.settlement.payouts.making import DAY, operator, rows, three_payees

for group in ("payouts", "registry", "check"):
    importlib.import_module(f"cli.{group}")


@pytest.fixture
def books(home, monkeypatch):
    monkeypatch.setattr("cli.payouts.console.width", 160, raising=False)
    three_payees(home)
    operator(home)
    return home


def call(*arguments):
    done = typer.testing.CliRunner().invoke(cli.app, [str(one) for one in arguments])
    return done.output if done.exit_code == 0 else f"{done.exit_code} {done.output}{done.exception}"


def prepare(*more):
    return call("payout", "prepare", "--currency", "RUB", "--as-of", DAY, "--author", "ivan", *more)


def test_a_batch_goes_from_prepared_to_done(books):
    said = prepare("--minimum", "10")
    assert "batch 1: 2 payouts, 1,500.50 RUB; its hash is " in said
    assert "carried forward, no bank details: 1 payee, 70.00 RUB" in said
    assert "nobody approves what they prepared" in call("payout", "approve", 1, "--author", "ivan")
    assert "batch 1 is approved: 2 payouts, 1,500.50 RUB" in call("payout", "approve", 1, "--author", "olga")
    assert "batch 1 was approved before" in call("payout", "approve", 1, "--author", "olga")
    out = books.home / "bank"
    assert "2 payouts, 1,500.50 RUB, SHA-256 " in call("payout", "export", 1, "--format", "1c", "--out", out)
    assert "the same bytes" in call("payout", "export", 1, "--format", "1c", "--out", out)
    (books.home / "a.csv").write_text(
        "payout,outcome,value_date,amount\n1,paid,2026-11-12,1200.5\n2,rejected,2026-11-12,\n"
    )
    said = call("payout", "confirm", books.home / "a.csv", "--author", "ivan")
    assert "paid: 1, 1,200.50 RUB" in said and "rejected by the bank, payable again: 1, 300.00 RUB" in said
    assert "nothing has changed" in call("payout", "confirm", books.home / "a.csv")
    shown = call("payout", "show", 1, "--lang", "ru")
    assert (
        "завершён" in shown
        and "оплачена" in shown
        and "отклонена банком" in shown
        and "нет банковских реквизитов" in shown
    )
    listed = call("payout", "list")
    assert "done" in listed and "olga" in listed and "payouts_1_2026-11-10.1c.txt" in listed
    assert call("payout", "list", "--state", "prepared") == "no batches\n"
    assert call("check").count("ok ") == call("check", "--period", "2026-11").count("ok ") == len(INVARIANTS)


def test_what_needs_a_person_is_listed_and_exits_with_2(books):
    prepare()
    (books.home / "a.csv").write_text("payout,outcome,value_date\nPRM-1-1,paid,2026-11-12\nPRM-7-7,paid,2026-11-12\n")
    said = call("payout", "confirm", books.home / "a.csv")
    assert said.startswith("2 ") and "entry 2, PRM-7-7, —: no such payout" in said
    assert "entry 1, PRM-1-1, —: the payout is not with the bank" in said


def test_cancelling_says_what_is_payable_again_and_an_empty_batch_is_none(books):
    prepare()
    assert "2 payouts, 1,500.50 RUB are payable again" in call(
        "payout", "cancel", 1, "--reason", "late", "--author", "ivan"
    )
    assert "nothing has changed" in call("payout", "cancel", 1, "--reason", "late")
    prepare()
    assert "выплачивать в RUB нечего" in prepare("--lang", "ru")


def test_bank_details_by_hand_are_checked_and_the_former_ones_kept(books):
    usual = ["registry", "bank-account", "D3", "--bic", "044525225", "--bank", "Сбербанк", "--recipient", "ООО «D3»",
             "--correspondent-account", "30101810400000000225", "--from", "2026-11-01", "--author", "olga"]  # fmt: skip
    assert "key is that of another bank" in call(*usual, "--account", "40702810038000004242")
    from prm.bank_details import with_key

    first, second = (with_key(f"4070281003800000424{digit}", "044525225") for digit in (1, 2))
    assert f"RUB is paid to {first}" in call(*usual, "--account", first)
    call(*usual, "--account", second)
    call(*usual, "--account", second)
    assert rows(books, "select account, known_to is null from reporting.bank_accounts where counterparty_id = 'D3' order by known_from") == [
        (first, False), (second, True),
    ]  # fmt: skip
    assert "3 payouts" in prepare()
    for wrong, says in (
        (["--account", "123"], "'123' is no account"), (["--account", first, "--inn", "1"], "'1' is no INN"),
        (["--account", first, "--kpp", "1"], "'1' is no KPP"), (["--account", first, "--outlet", "T9"], "no outlet_id 'T9'"),
        (["--account", first, "--currency", "XXZ"], "'XXZ' is no currency"),
    ):  # fmt: skip
        assert says in call(*usual, *wrong)


def test_the_task_of_the_dag_prepares_once_a_run(books, capsys):
    from scheduling import tasks

    context = {
        "params": {"currency": "RUB", "as_of": "2026-11-10", "minimum": "10", "counterparties": None},
        "dag_run": SimpleNamespace(
            dag_id="prepare_payouts", run_id="manual", clear_number=0, triggering_user_name="ivan"
        ),
        "ti": SimpleNamespace(map_index=-1),
    }
    assert tasks.prepare_payouts(context) == tasks.prepare_payouts(context) == 1
    said = capsys.readouterr().out
    assert (
        "batch 1: 2 payouts, 1500.5000 RUB" in said
        and "carried forward for D3 (D3, C3): 70.0000 RUB, no bank details" in said
    )
    assert rows(books, "select author from settlement.payout_batches") == [("ivan",)]
