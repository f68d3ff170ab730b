"""Typical lines, read as a dealer reads them; rows of files; and what the command says where it can't explain."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

import explanations
import loaders
import registry
import runs
from prm import database
from prm.errors import InvariantError, NotFoundError, PrmError, RefusedError
from prm.period import Period
from tests.books import as_owner, broken
from tests.conftest import fresh_home
from tests.explanations.months import EVERYTHING, everything
from tests.operators import OCTOBER
from tests.runs.test_clawbacks import AUGUST, CAPPED, SEPTEMBER, books, operator

TEXTS = Path(__file__).with_name("texts")
LINES = {
    "percent_within_window": ("everything", "charges", "paid", "ru"),
    "not_paid": ("everything", "charges", "not_eligible", "en"),
    "tier_bonus": ("everything", "volume", "paid", "ru"),
    "capped": ("everything", "cap", "capped", "ru"),
    "draw": ("everything", "guarantee", "recovered", "en"),
    "instalment": ("everything", "in_parts", "paid", "ru"),
    "no_row": ("everything", "connection", "not_eligible", "ru"),
    "over_plan": ("everything", "over_plan", "paid", "ru"),
    "override": ("everything", "lead", "paid", "en"),
    "taken_back": ("clawbacks", "early_churn", "clawed_back", "ru"),
    "given_back": ("clawbacks", "back", "reinstated", "en"),
    "looked_at_again": ("clawbacks", "bonus_again", "clawed_back", "en"),
}


@pytest.fixture(scope="module")
def everything_calculated(server, template, tmp_path_factory):
    with fresh_home(server, template, tmp_path_factory.mktemp("everything")) as settings:
        yield books(settings, EVERYTHING, everything(), SEPTEMBER, OCTOBER)


@pytest.fixture(scope="module")
def clawbacks_calculated(server, template, tmp_path_factory):
    with fresh_home(server, template, tmp_path_factory.mktemp("clawbacks")) as settings:
        yield books(settings, CAPPED, operator(), AUGUST, SEPTEMBER, OCTOBER)


def line_of(home, component, outcome, counterparty_id="D1"):
    with database.transaction(home) as connection:
        line = connection.execute(
            """select * from reporting.reward_lines
               where component = %s and outcome = %s and counterparty_id = %s
               order by period desc, event_date, line limit 1""",
            [component, outcome, counterparty_id],
        ).fetchone()
    return explanations.address_of(line)


@pytest.mark.parametrize("name", LINES)
def test_a_line_reads_as_it_should(name, request):
    months, component, outcome, language = LINES[name]
    home = request.getfixturevalue(f"{months}_calculated")
    of = explanations.explain_line(line_of(home, component, outcome), language, settings=home)
    text = "\n".join(explanations.as_text(of)).replace("\xa0", " ") + "\n"
    assert text == (TEXTS / f"{name}.txt").read_text(encoding="utf-8")


def test_a_draw_says_what_remains_and_tiers_what_was_measured_before(everything_calculated):
    def told(component, outcome):
        of = explanations.explain_line(
            line_of(everything_calculated, component, outcome), "ru", settings=everything_calculated
        )
        return "\n".join(explanations.as_text(of)).replace("\xa0", " ")

    assert "выдано авансом; непогашенный аванс до этого периода: 0,00 RUB; остаётся: 11,98 RUB" in told(
        "guarantee", "guaranteed"
    )
    assert "Сумма (сумма начисления) по событиям «начисление абоненту» за период: " in told("turnover", "paid")
    assert "; с начала года до него: " in told("turnover", "paid")


def test_a_reward_reads_as_it_should(everything_calculated):
    of = explanations.explain_reward(OCTOBER, "D2", "ru", settings=everything_calculated)
    text = "\n".join(explanations.as_text(of)).replace("\xa0", " ") + "\n"
    assert text == (TEXTS / "reward.txt").read_text(encoding="utf-8")


def told_of_row(home, file_name, row_number, language="en"):
    return explanations.explain_row(file_name, row_number, language, settings=home)


def test_an_input_row_says_what_became_of_it(everything_calculated):
    home = everything_calculated
    of = told_of_row(home, "charges_2026-10_ural.csv", 14)
    assert of.input_row.values["amount"] == 5 and len(of.lines) == 5
    assert any(
        "«Share of charges»: not paid: a condition of the contract is not met" in one.sentence for one in of.lines
    )
    for line in of.lines:
        explained = explanations.explain_line(line.address, "en", settings=home)
        assert explained.input_row.row_number == 14
    assert "kit was sold by different counterparties" in str(told_of_row(home, "subscribers_2026-10_ural.csv", 7).lines)
    assert "are no events" in told_of_row(home, "kit_sales_2026-09_ural.csv", 1).outcome
    assert told_of_row(home, "kit_sales_2026-09_ural.csv", 1, "ru").outcome.startswith("Строки «Продажи комплектов»")
    with pytest.raises(NotFoundError, match=r"has no row 99\. Its rows are 1 to 16"):
        told_of_row(home, "charges_2026-10_ural.csv", 99)
    with pytest.raises(NotFoundError, match=r"No file .x\.csv. was ever offered"):
        told_of_row(home, "x.csv", 1)


def test_a_row_that_takes_back_says_so(clawbacks_calculated):
    with database.transaction(clawbacks_calculated) as connection:
        line = connection.execute(
            "select file_name, row_number, line from reporting.reward_lines where outcome = 'clawed_back' and stream = 'churn'"
        ).fetchone()
    of = told_of_row(clawbacks_calculated, line["file_name"], line["row_number"])
    assert any(one.address.endswith(line["line"]) and "taken back" in one.sentence for one in of.lines)


def test_the_paid_line_knows_no_later_period(clawbacks_calculated):
    """N00005's connection of August was taken back in September: August's explanation doesn't say so."""
    home = clawbacks_calculated
    with database.transaction(home) as connection:
        line = connection.execute(
            """select * from reporting.reward_lines
               where period = '2026-08' and component = 'connection' and subscriber_id = 'N00005'"""
        ).fetchone()
    of = explanations.explain_line(explanations.address_of(line), "en", settings=home)
    assert not any("2026-09" in one.address for one in of.related)


@pytest.fixture
def calculated(home):
    return books(home, EVERYTHING, everything(), SEPTEMBER, OCTOBER)


def test_a_line_is_explained_as_of_its_run_and_not_without_what_that_left(calculated):
    address = line_of(calculated, "charges", "paid", "D2")
    before = explanations.explain_line(address, "en", settings=calculated)
    assert next(used for used in before.used if used.name == "share").origin == (
        "value of contract C2, from 1 January 2026, from the file"
    )
    with database.transaction(calculated) as connection:
        registry.set_attribute(
            connection, "share", "0.01", level="contract", holder="C2", valid_from=date(2026, 1, 1), author="olga"
        )
    corrected = everything()
    corrected.charge("N00002", "900.00")
    corrected.write(calculated.inbox)
    assert "accepted" in {result.outcome for result in loaders.load_inbox(calculated)}
    after = explanations.explain_line(address, "en", settings=calculated)
    assert (after.reckoned, after.used, after.input_row.values) == (
        before.reckoned, before.used, before.input_row.values,
    )  # fmt: skip
    file_name = before.input_row.file_name
    old = explanations.explain_row(before.input_row.load_id, 2, "en", settings=calculated)
    assert "Another file has taken the place" in old.outcome and file_name in old.outcome
    runs.calculate(OCTOBER, settings=calculated)
    new = explanations.explain_row(file_name, 2, "en", settings=calculated)
    of = next(line for line in new.lines if "Share of charges" in line.sentence)
    now = explanations.explain_line(of.address, "en", settings=calculated)
    assert next(used for used in now.used if used.name == "share").origin.endswith("set by olga")
    shutil.rmtree(calculated.runs / str(now.line["run_id"]))
    with pytest.raises(NotFoundError, match=r"is gone from .* Restore its folder, or calculate its period again"):
        explanations.explain_line(of.address, "en", settings=calculated)
    assert explanations.explain_row(file_name, 2, "en", settings=calculated).lines == new.lines


def test_a_version_that_is_not_what_was_pinned_is_not_explained_by_and_breaks_a_rule(everything_calculated):
    home, address = everything_calculated, line_of(everything_calculated, "charges", "paid")

    def change(assignment, *values):
        with as_owner(home) as owner:
            owner.execute("alter table registry.scheme_versions disable trigger all")
            owner.execute(f"update registry.scheme_versions set {assignment} where scheme = 'retail'", values)
            owner.execute("alter table registry.scheme_versions enable trigger all")

    with database.transaction(home) as connection:
        kept = registry.kept_version(connection, "retail", 1)
    try:
        change("source = %s", kept.source.replace('"0.05"', '"0.06"'))
        with pytest.raises(InvariantError, match=f"not what the line was calculated with .hash {kept.content_hash}"):
            explanations.explain_line(address, "en", settings=home)
        change("source = %s, content_hash = 'ffff'", kept.source)
        assert broken(home) == [
            "The scheme versions that a published run pinned are there, with the hashes that it pinned."
        ]
    finally:
        change("source = %s, content_hash = %s", kept.source, kept.content_hash)
    assert kept.content_hash in explanations.explain_line(address, "en", settings=home).version


def test_what_is_no_address_is_refused_in_words(everything_calculated):
    def explain(address):
        return explanations.explain_line(address, "en", settings=everything_calculated)

    with pytest.raises(PrmError, match="'2026-10/D1/' does not name a line"):
        explain("2026-10/D1/")
    with pytest.raises(RefusedError, match="names several lines"):
        explain("2026-10/D1/0")
    with pytest.raises(NotFoundError, match="D1 has no results of 2026-12"):
        explain("2026-12/D1/0123456789ab")
    with pytest.raises(NotFoundError, match="There is no line 2026-10/D1/zzz"):
        explain("2026-10/D1/zzz")
    with pytest.raises(NotFoundError, match="D9 has no rewards of 2026-10"):
        explanations.explain_reward(Period(2026, 10), "D9", "en", settings=everything_calculated)


def test_the_command_explains(calculated):
    from cli import app
    from cli import explain as _command  # noqa: F401  # registers it

    runner = CliRunner()
    address = line_of(calculated, "charges", "paid")
    line = runner.invoke(app, ["explain", address, "--lang", "ru"])
    assert line.exit_code == 0 and line.output.startswith(f"Строка {address}\nДоля от начислений")
    reward = runner.invoke(app, ["explain", "2026-10", "D1", "--component", "volume", "--contract", "C1"])
    assert reward.exit_code == 0 and "tier 2 (above 2): 2 × 75.00 RUB = 150.00 RUB" in reward.output
    row = runner.invoke(app, ["explain", "charges_2026-10_ural.csv:14"])
    assert row.exit_code == 0 and "charges_2026-10_ural.csv, row 14" in row.output
    for wrong in (
        ["2026-10"], ["2026-10/D1/0", "--component", "volume"], ["0000-10", "D1"], ["9999-12/D1/0"], ["/"], ["//"], [":1"], [""],
        ["2026-10", "D1\udcff"], ["2026-10/D1/\udcff"], ["2026-10", "D1", "--component", "\0"], ["x.csv:0"], ["2026-10/D1/%"],
        ["charges_2026-10_ural.csv:" + "9" * 40], ["charges_2026-10_ural.csv:999999999"], ["2026-10/D1/0", "D1"], ["2026-10", " "],
    ):  # fmt: skip
        error = runner.invoke(app, ["explain", *wrong]).exception
        assert isinstance(error, PrmError) and "\n" not in str(error), wrong
