"""A contract that can't be calculated is seen: nothing is published, unless that is said to be right."""

from datetime import date

import pytest
from typer.testing import CliRunner

import explanations
import loaders
import registry
import runs
from prm import database
from prm.errors import NotFoundError
from tests.operators import OCTOBER, Operator
from tests.schemes.drafts import SOUND


@pytest.fixture
def books(home, tmp_path):
    """Two dealers with a charge each, calculated once; then the first one's value doesn't fit any more."""
    made = Operator()
    made.product("V1", "voice")
    for number in (1, 2):
        made.counterparty(f"D{number}")
        made.outlet(f"T{number}", f"D{number}")
        made.contract(f"C{number}", f"D{number}", "trial")
        made.charge(made.subscriber(number, f"T{number}"), "100.00")
    made.write(home.inbox)
    with database.transaction(home) as connection:
        (tmp_path / "trial.yaml").write_text(SOUND, encoding="utf-8")
        registry.add_scheme(connection, tmp_path / "trial.yaml")
    assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
    runs.calculate(OCTOBER, settings=home)
    with database.transaction(home) as connection:
        connection.execute(  # as a file may bring it
            "insert into registry.contract_attributes values ('C1', 'fee', %s, '5 000,00', 'file')", [date(2026, 1, 1)]
        )
    return home


def rewards(home):
    with database.transaction(home) as connection:
        rows = connection.execute("select counterparty_id, sum(amount) as amount from reporting.rewards group by 1")
        return {row["counterparty_id"]: row["amount"] for row in rows}


def told(home, counterparty_id, language="en"):
    return "\n".join(
        explanations.as_text(explanations.explain_reward(OCTOBER, counterparty_id, language, settings=home))
    )


def test_a_contract_that_would_earn_nothing_keeps_everything_as_it_was(books):
    before = rewards(books)
    assert before["D1"] > 0
    with pytest.raises(runs.LeftOutError, match=r"C1 \(D1\): fee of the contract: '5 000,00' is not a number"):
        runs.calculate(OCTOBER, settings=books)
    assert rewards(books) == before
    assert "Run 2 was not published, for contract C1 would have earned nothing: fee of the contract" in told(
        books, "D1"
    )
    assert "not published" not in told(books, "D2")
    assert runs.calculate(OCTOBER, ["D2"], settings=books).state == "published"  # the other one's month can be repaired


def test_the_others_are_paid_where_that_is_allowed_and_the_one_left_out_is_told_why(books):
    before = rewards(books)
    result = runs.calculate(OCTOBER, allow_left_out=True, settings=books)
    assert [problem.contract_id for problem in result.problems] == ["C1"]
    assert rewards(books) == {"D2": before["D2"]}
    assert told(books, "D1", "ru").endswith(
        f"Договор C1 не вошёл в расчёт {result.run_id}, по нему ничего не начислено: "
        "fee, значение договора: «5 000,00» — не число. "
        'Напишите десятичное число в кавычках, например "1234.50".'
    )
    with pytest.raises(NotFoundError, match="no rewards"):
        told(books, "D3")


def test_the_command_names_them_and_fails(books):
    from cli import app
    from cli import calculate as _command  # noqa: F401  # registers it

    refused = CliRunner().invoke(app, ["calculate", "2026-10"])
    assert refused.exit_code == 2
    assert "contract C1 of D1" in refused.output and "nothing was published" in refused.output
    allowed = CliRunner().invoke(app, ["calculate", "2026-10", "--allow-left-out"])
    assert allowed.exit_code == 0 and "contract C1 of D1" in allowed.output
