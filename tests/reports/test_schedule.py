"""The schedule of documents: what is wrong with it is told with its place, and a month has what it asks for."""

import importlib

import pytest
import typer.testing

import cli
import registry
import reports
from prm import database
from prm.errors import NotFoundError, PrmError
from prm.settings import PROJECT
from tests.reports.conftest import OCTOBER

importlib.import_module("cli.report")


@pytest.fixture
def scheduled(books):
    """Puts a schedule in its place, and takes it away again."""
    path = books.home / "documents.yaml"

    def write(text):
        path.write_text(text, encoding="utf-8")
        return books

    yield write
    path.unlink(missing_ok=True)


def made(settings, **other):
    found = reports.publish(OCTOBER, settings=settings, **other)
    return {(one.form, one.counterparty_id, one.language, one.format) for one in found}


def test_the_page_s_example_is_in_order(books, tmp_path):
    page = (PROJECT / "docs" / "sending.md").read_text(encoding="utf-8")
    example = tmp_path / "documents.yaml"
    example.write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    read, problems = reports.check_schedule(example, books)
    assert problems == [] and len(read.entries) >= 3 and read.archive


def test_everything_that_is_wrong_is_told_with_its_line_and_what_would_be_right(books, tmp_path):
    file = tmp_path / "documents.yaml"
    file.write_text("""documents:
  - forms: [statment, branch_summary, statement]
    formats: [pdff]
    languages: [rus]
    when: aproved
    send:
      - e-mail: counterparty
      - email: olga.at.operator
      - folder: s4://bucket
  - forms: [branch_summary]
    counterparties: {kind: deeler, brunch: ural}
    send: {email: counterparty}
  - forms: [comparison]
    parameters: {wiht: 2026-07}
  - forms: [top_and_falling]
    parameters: {most: few}
  - statement
archiv: {}
""")
    _, problems = reports.check_schedule(file, books)
    told = [str(one).replace(f"{file}:", "") for one in problems]
    for expected in (
        "2:13: There is no form 'statment'. Did you mean 'statement'?",
        "2:5: 'branch_summary' is the operator's and 'statement' for counterparties. Put them into two entries.",
        "3:15: There is no format 'pdff'. Did you mean 'pdf'?",
        "4:17: There is no language 'rus'. Did you mean 'ru'?",
        "5:5: There is no when 'aproved'. Did you mean 'approved'?",
        "7:9: It is not said where to send to. Write `email: counterparty`",
        "8:9: 'olga.at.operator' is no e-mail address.",
        "9:9: There is no storage 's4://'. Accepted: file, s3.",
        "11:5: Form 'branch_summary' is the operator's: it is made once, of everybody.",
        "11:22: There is no kind 'deeler'. Did you mean 'dealer'?",
        "11:36: There is no 'brunch' in `counterparties`. Did you mean 'branch'?",
        "12:12: What is the operator's has no counterparty to be sent to.",
        "14:18: None of these forms has a parameter 'wiht'.",
        "17:5: An entry is a list of `name: value`.",
        "18:1: There is no 'archiv' in a schedule. Did you mean 'archive'?",
    ):
        assert any(one.startswith(expected) for one in told), (expected, told)
    for chosen in ("", " {ids: []}", " {group: }", " {attribute: {}}", " {attribute: {edo: }}", " {kind: []}"):
        file.write_text(f"documents:\n  - forms: [statement]\n    counterparties:{chosen}\n")
        [problem] = reports.check_schedule(file, books)[1]  # and is not taken for everybody
        assert "chooses nobody" in str(problem) or "are chosen by" in str(problem)
    file.write_text("- forms: [statement]\n")
    assert "A schedule has a list `documents`." in str(reports.check_schedule(file, books)[1][0])
    file.write_text("documents: [forms: [statement]\n")
    assert str(reports.check_schedule(file, books)[1][0]).startswith(f"{file}:2:1: This is not YAML")


def test_a_month_has_what_the_schedule_asks_for_each_document_once(scheduled):
    settings = scheduled("""
documents:
  - {forms: [statement, accruals], counterparties: {branch: ural}, formats: [csv]}
  - {forms: [statement], counterparties: {ids: [D1, D3]}, formats: [csv, html], languages: [ru, en]}
  - {forms: [top_and_falling], formats: [csv]}
""")
    assert made(settings) == {
        *((form, who, "ru", "csv") for form in ("statement", "accruals") for who in ("D1", "D2")),
        *(("statement", who, lang, of) for who in ("D1", "D3") for lang in ("ru", "en") for of in ("csv", "html")),
        ("top_and_falling", "", "ru", "csv"),
    }
    assert {one.state for one in reports.publish(OCTOBER, settings=settings)} == {"unchanged"}
    # what is named by hand is made instead
    assert made(settings, forms=["accruals"], formats=["csv"], counterparties=["D3"]) == {
        ("accruals", "D3", "ru", "csv")
    }
    assert made(settings, languages=["en"], formats=["csv"], counterparties=["D2"]) == {
        ("statement", "D2", "en", "csv"), ("accruals", "D2", "en", "csv"), ("top_and_falling", "", "en", "csv"),
    }  # fmt: skip


def test_an_entry_that_chooses_counterparties_has_nothing_of_the_operator_s(scheduled):
    chosen = "documents:\n  - {counterparties: {ids: [D1]}, formats: [csv]}\n"
    assert {who for _, who, _, _ in made(scheduled(chosen))} == {"D1"}
    everything = made(scheduled(chosen.replace("{counter", "{forms: [all], counter")))
    assert {who for _, who, _, _ in everything} == {"D1"} and len(everything) >= 7
    assert {who for _, who, _, _ in made(scheduled("documents:\n  - {formats: [csv]}\n"))} == {"", "D1", "D2", "D3"}


def test_counterparties_are_chosen_by_attributes_and_have_their_own_languages(scheduled):
    settings = scheduled("""
documents:
  - {forms: [statement], counterparties: {attribute: {edo: "yes"}}, formats: [csv], languages: counterparty}
""")
    with database.transaction(settings) as connection:
        for name, value, level, holder in (
            ("edo", "yes", "branch", "ural"), ("edo", "no", "counterparty", "D1"), ("document_language", "both", "branch", "ural"),
        ):  # fmt: skip
            registry.set_attribute(
                connection, name, value, level=level, holder=holder, valid_from=OCTOBER.start, author="olga"
            )
    assert made(settings) == {("statement", "D2", "ru", "csv"), ("statement", "D2", "en", "csv")}
    with database.transaction(settings) as connection:
        # as a file may bring it
        connection.execute(
            """insert into registry.counterparty_attributes (counterparty_id, attribute, valid_from, value, author)
               values ('D2', 'document_language', '2026-10-31', 'de', 'file')"""
        )
    with pytest.raises(PrmError, match=r"document_language of D2 is 'de'.*set-attribute"):
        made(settings)


def test_a_counterparty_that_there_is_none_of_is_told_with_the_line(scheduled):
    settings = scheduled("documents:\n  - {forms: [statement], counterparties: {group: D11}}\n")
    with pytest.raises(NotFoundError, match=r"documents\.yaml:2:5: There is no counterparty 'D11'\. Did you mean 'D1'"):
        made(settings)


def test_the_command_shows_the_schedule_or_what_is_wrong_with_it(scheduled, monkeypatch):
    settings = scheduled("documents:\n  - {forms: [statement], formats: [pdf], send: {email: counterparty}}\n")
    monkeypatch.setattr("cli.report.console.width", 160)
    monkeypatch.setenv("PRM_HOME", str(settings.home))
    monkeypatch.setenv("PRM_DATABASE_URL", str(settings.database_url))

    def call():
        return typer.testing.CliRunner().invoke(cli.app, ["schedule"])

    shown = call()
    assert shown.exit_code == 0 and "email: counterparty" in shown.output and "in order" in shown.output
    scheduled("documents:\n  - {forms: [statment]}\n")
    assert call().exit_code == 1 and "documents.yaml:2:14: There is no form 'statment'" in call().output
    (settings.home / "documents.yaml").unlink()
    assert "asks for the forms made each month" in call().output
