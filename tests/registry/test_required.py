"""Contracts that lack a value which their scheme requires are named when that comes about, with what to do."""

import pytest
from typer.testing import CliRunner

import cli.registry
import loaders
import registry
from prm import database
from tests.operators import Operator
from tests.schemes.drafts import broken
from tests.schemes.test_required import REQUIRING, SECOND


def operator(without: int):
    """D1 to D8 with a contract each, of which the last ones have no value of `fee`, and one that is suspended."""
    made = Operator()
    for number in range(1, 9):
        made.counterparty(f"D{number}")
        fee = None if number > 8 - without else "310.00"
        made.contract(f"C{number}", f"D{number}", "trial", **{"attribute:fee": fee})
    made.contract("C9", "D1", "trial", status="suspended", **{"attribute:fee": None})
    return made


@pytest.fixture
def run(home, tmp_path):
    def command(*arguments):
        result = CliRunner().invoke(cli.registry.group, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.output
        return result.output

    (tmp_path / "trial.yaml").write_text(REQUIRING, encoding="utf-8")
    return command


def notes(home, made):
    """What is said of the contracts' file. A second one in a test takes the first one's place."""
    made.write(home.inbox)
    results = {result.data_set: result for result in loaders.load_inbox(home)}
    assert results["contracts"].outcome == "accepted", results["contracts"].words
    return [note.en for note in results["contracts"].notes]


def test_a_scheme_that_asks_for_what_contracts_have_not_agreed_names_them(home, run, tmp_path):
    assert notes(home, operator(without=7)) == []  # nothing is required yet
    told = run("add-scheme", tmp_path / "trial.yaml")
    assert [line for line in told.splitlines() if line.startswith("warning")] == [
        "warning: scheme 'trial', version 1, requires a value of 'fee', and contracts without one are not calculated: "
        "C2 from 2026-01-01, C3 from 2026-01-01, C4 from 2026-01-01, C5 from 2026-01-01, C6 from 2026-01-01 and 2 more. "
        "Such as: prm registry set-attribute fee VALUE --contract C2 --from 2026-01-01"
    ]
    run("set-attribute", "fee", "200.00", "--branch", "ural", "--from", "2026-01-01")
    assert "warning" not in run("add-scheme", tmp_path / "trial.yaml")


def test_a_later_version_asks_from_its_own_day_on(home, run, tmp_path):
    first, second = tmp_path / "trial.yaml", tmp_path / "trial_2.yaml"
    first.write_text(broken("required: true", 'default: "1.00"', REQUIRING), encoding="utf-8")
    second.write_text(SECOND, encoding="utf-8")
    notes(home, operator(without=1))
    assert "warning" not in run("add-scheme", first)
    assert "version 2, requires a value of 'fee'" in (told := run("add-scheme", second))
    assert "not calculated: C8 from 2026-10-09. Such as" in told


def test_taking_the_last_value_away_says_whom_it_leaves_without(home, run, tmp_path):
    run("add-scheme", tmp_path / "trial.yaml")
    notes(home, operator(without=1))
    branch, own = ("--branch", "ural", "--from", "2026-05-01"), ("--contract", "C1", "--from", "2026-06-01")
    assert "warning" not in run("set-attribute", "fee", "200.00", *branch)
    assert "warning" not in run("unset-attribute", "fee", *own)  # the branch's holds
    told = run("unset-attribute", "fee", *branch)
    assert "not calculated: C1 from 2026-06-01, C8 from 2026-05-01. Such as" in told
    assert "warning" not in run("set-attribute", "segment", "federal", *branch)
    assert "warning" not in run("unset-attribute", "segment", *branch)


def test_a_file_of_contracts_says_which_of_them_lack_a_value(home, run, tmp_path):
    run("add-scheme", tmp_path / "trial.yaml")
    (note,) = notes(home, operator(without=1))
    assert "not calculated: C8 from 2026-01-01. Such as: prm registry set-attribute fee VALUE --contract C8" in note
    assert notes(home, operator(without=0)) == []
    with database.transaction(home) as connection:
        assert registry.without_required(connection) == []
