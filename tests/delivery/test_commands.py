"""`prm send`, `prm deliveries`, `prm archive`, and the DAG's task: what they say, and how they end."""

import importlib
from types import SimpleNamespace

import pytest
import typer.testing
from airflow.sdk.exceptions import AirflowSkipException

import cli
import runs
from prm.errors import PrmError
from scheduling import tasks
from tests.delivery.conftest import PASSWORD, USER, free_port, schedule, set_attribute
from tests.operators import OCTOBER

for group in ("report", "send"):
    importlib.import_module(f"cli.{group}")


@pytest.fixture
def by_hand(sending, monkeypatch):
    """The settings as a user has them: in the environment."""
    for name in ("home", "database_url", "smtp_host", "smtp_port", "smtp_from"):
        monkeypatch.setenv(f"PRM_{name.upper()}", str(getattr(sending, name)))
    monkeypatch.setenv("PRM_SMTP_USER", USER)
    monkeypatch.setenv("PRM_SMTP_PASSWORD", PASSWORD)
    monkeypatch.setattr("delivery.sending.PAUSES", ())
    monkeypatch.setattr("cli.send.console.width", 200)
    return sending


def call(*arguments):
    return typer.testing.CliRunner().invoke(cli.app, arguments)


def context(**params):
    run = SimpleNamespace(dag_id="send_documents", partition_key=None, triggering_user_name="olga")
    return {"dag_run": run, "params": params}


def test_a_month_is_sent_and_what_is_left_is_said_until_nothing_is(by_hand):
    sent = call("send", "2026-10", "--author", "olga")
    assert sent.exit_code == 2
    assert "2026-10: 3 delivered, 0 had arrived before, 0 to be tried again, 1 refused" in sent.output
    assert (
        "refused:  P00001, statement_2026-10_ru.csv: No e-mail address is known. Set one: prm registry" in sent.output
    )
    listed = call("deliveries", "2026-10", "--undelivered").output
    assert "P00001" in listed and "No e-mail address is known" in listed and "D00001" not in listed
    set_attribute(by_hand, "document_email", "p@dealer.example", "P00001")
    sent = call("send", "2026-10")
    assert (sent.exit_code, sent.output.strip()) == (
        0, "2026-10: 1 delivered, 3 had arrived before, 0 to be tried again, 0 refused",
    )  # fmt: skip
    assert (
        call("deliveries", "2026-10", "--undelivered").output.strip()
        == "2026-10: all that the schedule sends has arrived"
    )
    journal = call("deliveries", "2026-10", "-c", "P00001").output
    assert journal.count("statement_2026-10_ru.csv") == 2 and "refused" in journal and "p@dealer.example" in journal


def test_a_month_that_waits_says_for_what(by_hand):
    runs.withdraw_approval(OCTOBER, "olga", "a mistake", settings=by_hand)
    assert "2026-10: more goes once the month is approved" in call("send", "2026-10").output
    assert "Of which month?" in str(call("deliveries", "--undelivered").exception)


def test_an_archive_is_made_and_made_again_only_if_something_changed(by_hand):
    first, again = call("archive", "2026-10").output, call("archive", "2026-10").output
    assert "4 documents in " in first and "documents_2026-10_ru.zip, SHA-256 " in first and "unchanged" in again
    schedule(by_hand, "documents:\n  - {forms: [statement], formats: [csv]}\narchive: {language: en}\n")
    assert "documents_2026-10_en.zip" in call("archive", "2026-10").output
    assert "documents_2026-10_ru.zip" in call("archive", "2026-10", "--lang", "ru").output


def test_the_dag_sends_the_months_that_were_decided_lately_and_fails_while_something_may_still_go(by_hand, monkeypatch):
    monkeypatch.setenv("PRM_SMTP_PORT", str(free_port()))
    with pytest.raises(PrmError, match="3 did not go, and may go later"):
        tasks.send_documents(context(period="2026-10"))
    monkeypatch.setenv("PRM_SMTP_PORT", str(by_hand.smtp_port))
    assert tasks.send_documents(context()) == {"2026-10": {"delivered": 3, "already": 0, "failed": 0, "refused": 1}}
    schedule(by_hand, "documents:\n  - {forms: [statement]}\n")
    with pytest.raises(AirflowSkipException, match="sends nothing"):
        tasks.send_documents(context())


def test_the_dag_that_publishes_makes_the_archive_of_a_whole_month(by_hand):
    schedule(by_hand, "documents:\n  - {forms: [statement], formats: [csv]}\narchive: {}\n")
    run = SimpleNamespace(dag_id="publish_reports", partition_key="2026-10|D00001")
    archive = by_hand.documents / "2026-10" / "documents_2026-10_ru.zip"
    assert tasks.publish_documents({"dag_run": run, "params": {}}) == ["2026-10|D00001"] and not archive.exists()
    run.partition_key = "2026-10"
    assert tasks.publish_documents({"dag_run": run, "params": {}}) == ["2026-10"] and archive.exists()
