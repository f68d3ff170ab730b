"""What each form says of a month worked out by hand: tests/reports/conftest.py has the month."""

from decimal import Decimal

import docx
import openpyxl
import pypdf
import pytest
from PIL import Image

import reports
import runs
import settlement
from prm import database
from prm.errors import NotFoundError, PrmError, SettingsError
from reports.forms import forms
from tests.books import entry, publish
from tests.reports.conftest import LONG, OCTOBER, SEPTEMBER
from tests.reports.test_every_form import told

VAT = Decimal("633.60")
"""22 % of D1's reward of 2880.00: ten connections, the share up to its cap, the bonus, less what is taken back."""


def rows_of(books, form, section, who=None, language="en"):
    """The rows of data of a form's table, as mappings."""
    _, tables = told(books, form, language, who)
    found, rows = next((of, rows) for of, rows in tables if of.name == section)
    names = [column.name for column in found.columns]
    return [dict(zip(names, row.values, strict=True)) for row in rows if row.level == 0]


def total(rows, name="amount"):
    return sum((row[name] or 0 for row in rows), Decimal(0))


@pytest.fixture(scope="session")
def reward(books):
    """D1's reward of October, as the books have it."""
    return runs.current_versions(OCTOBER, settings=books)["D1"]["amount"]


@pytest.mark.parametrize(
    ("form", "section"),
    [
        ("statement", "by_component"), ("statement", "lines"), ("subscriber_detail", "by_subscriber"),
        ("accruals", "by_component"), ("accruals", "by_outlet"), ("reconciliation_workbook", "summary"),
        ("acceptance_certificate", "services"),
    ],
)  # fmt: skip
def test_every_breakdown_adds_up_to_the_reward(books, reward, form, section):
    assert total(rows_of(books, form, section, "D1")) == reward


def test_the_workbook_has_each_line_once_and_ties_to_the_statement(books, reward):
    sheets = {
        name: rows_of(books, "reconciliation_workbook", name, "D1")
        for name in ("fully_paid", "underpaid", "overpaid", "unpaid", "disqualified")
    }
    lines = [row["line"] for rows in sheets.values() for row in rows]
    assert sorted(lines) == sorted(row["line"] for row in rows_of(books, "statement", "lines", "D1"))
    assert len(set(lines)) == len(lines)
    assert sum(map(total, sheets.values())) == reward
    assert [row["component"] for row in sheets["underpaid"]] == ["Cap"] and total(sheets["underpaid"]) < 0
    assert [row["amount"] for row in sheets["overpaid"]] == [Decimal(-300)]  # N00001 left after 34 days
    assert {row["amount"] for row in sheets["disqualified"]} == {Decimal(0)}
    assert any("fraud" in row["reason"] for row in sheets["disqualified"])
    summary = {
        row["standing"].split(":")[0]: row["amount"]
        for row in rows_of(books, "reconciliation_workbook", "summary", "D1")
    }
    assert summary["Overpaid"] == -300 and summary["Underpaid"] == total(sheets["underpaid"])


def test_a_clawback_stands_beside_what_it_takes_back(books):
    [line] = rows_of(books, "clawbacks", "lines", "D1")
    assert (line["subscriber_id"], line["amount"], line["taken_amount"]) == ("N00001", -300, 300)
    assert line["taken_component"] == "Connection" and line["taken_period"] == "September 2026" and line["taken_line"]
    [cause] = rows_of(books, "clawbacks", "by_cause", "D1")
    assert (cause["lines"], cause["amount"]) == (1, -300)


def test_a_plan_stands_beside_what_the_scheme_holds_against_it(books):
    plans = {(row["counterparty_id"], row["plan"]): row for row in rows_of(books, "plan_attainment", "plans")}
    assert {key: (row["measure"], row["target"], row["actual"], row["attainment"]) for key, row in plans.items()} == {
        ("D1", "connections"): ("connected", 5, 10, 2), ("D3", "connections"): ("connected", 50, 5, Decimal("0.1")),
        ("D3", "smiles"): ("", 7, None, None),
    }  # fmt: skip
    [ural, volga, _] = rows_of(books, "plan_attainment", "by_branch")
    assert (ural["counterparties"], ural["reached"]) == (1, 1) and (volga["counterparties"], volga["reached"]) == (1, 0)


def test_cohorts_count_who_was_activated_left_and_was_marked(books):
    september, october = rows_of(books, "sales_quality", "by_cohort")
    assert (september["activated"], september["left_now"], september["left_so_far"], september["churn"]) == (
        8,
        2,
        2,
        Decimal("0.25"),
    )
    assert (october["activated"], october["left_so_far"], october["fraudulent"]) == (16, 0, 1)
    by = {row["counterparty_id"]: row for row in rows_of(books, "sales_quality", "by_counterparty")}
    assert (by["D1"]["activated"], by["D1"]["left_so_far"]) == (16, 1) and (
        by["D2"]["activated"],
        by["D2"]["churn"],
    ) == (1, 0)


def test_leaders_and_fallers_are_ranked_and_their_share_is_of_all(books):
    top = rows_of(books, "top_and_falling", "top")
    assert [row["place"] for row in top] == list(range(1, len(top) + 1)) and top[0]["counterparty_name"] == LONG
    assert [row["amount"] for row in top] == sorted((row["amount"] for row in top), reverse=True)
    assert abs(total(top, "share") - 1) < Decimal("0.001")
    assert all(
        row["change"] == row["amount"] - row["previous_amount"] < 0
        for row in rows_of(books, "top_and_falling", "falling")
    )


def test_who_fell_most_comes_first_with_the_share_that_it_lost(home):
    publish(home, {("D1", "C1", "a"): "100.00", ("D2", "C2", "a"): "50.00", ("D3", "C3", "a"): "10.00"}, SEPTEMBER)
    publish(home, {("D1", "C1", "a"): "75.00", ("D2", "C2", "a"): "10.00", ("D3", "C3", "a"): "30.00"})
    falling = rows_of(home, "top_and_falling", "falling")
    assert [(row["place"], row["counterparty_id"], row["change"], row["share"]) for row in falling] == [
        (1, "D2", -40, Decimal("-0.8")), (2, "D1", -25, Decimal("-0.25")),
    ]  # fmt: skip
    top = rows_of(home, "top_and_falling", "top")
    assert [(row["counterparty_id"], row["previous_amount"]) for row in top] == [("D1", 100), ("D3", 10), ("D2", 50)]


def test_two_periods_differ_by_what_both_said(books):
    rows = rows_of(books, "comparison", "by_counterparty")
    before = {name: version["amount"] for name, version in runs.current_versions(SEPTEMBER, settings=books).items()}
    after = {name: version["amount"] for name, version in runs.current_versions(OCTOBER, settings=books).items()}
    assert {row["counterparty_id"]: (row["before"], row["after"]) for row in rows} == {
        name: (before.get(name, 0), after[name]) for name in ("D1", "D2", "D3")
    }
    assert total(rows_of(books, "comparison", "by_component"), "difference") == total(rows, "difference")


def test_a_version_stands_beside_the_one_before_it(home):
    publish(home, {("D1", "C1", "activation"): "100.00", ("D1", "C1", "churn"): "-10.00"})
    publish(home, {("D1", "C1", "activation"): "120.00", ("D1", "C1", "churn"): "-10.00"})
    publish(home, {("D1", "C1", "activation"): "125.00", ("D1", "C1", "churn"): "-10.00"})
    [row] = rows_of(home, "comparison", "versions")
    assert (row["component"], row["run_before"], row["run_after"], row["before"], row["after"]) == (
        "activation",
        2,
        3,
        120,
        125,
    )
    first, last = home.home / "first.csv", home.home / "last.csv"
    for path, parameters in ((first, {"before_run": "1"}), (last, {})):
        reports.render("comparison", OCTOBER, "", "en", "html", path, parameters=parameters, settings=home)
    assert '<td class="n">25.00</td>' in first.read_text() and '<td class="n">25.00</td>' not in last.read_text()


def test_costs_by_product_and_branch_are_the_rewards_and_the_ledgers(books):
    rewards = sum(version["amount"] for version in runs.current_versions(OCTOBER, settings=books).values())
    assert total(rows_of(books, "reward_cost", "by_product")) == rewards
    assert total(rows_of(books, "reward_cost", "by_branch_and_product")) == rewards
    branches = rows_of(books, "reward_cost", "by_branch")
    assert total(branches) == total(branches, "posted") == rewards and total(branches, "not_posted") == 0
    assert total(branches, "vat") == VAT


def test_the_act_has_the_ledgers_vat_and_what_was_corrected(books, reward):
    drawn, _ = told(books, "acceptance_certificate", "ru", "D1")
    [service] = rows_of(books, "acceptance_certificate", "services", "D1")
    assert (service["vat"], service["total"], service["service"]) == (VAT, reward + VAT, "Retail")
    [correction] = rows_of(books, "acceptance_certificate", "corrections", "D1")
    assert (correction["origin_period"], correction["vat"], correction["total"]) == ("September 2026", 10, 10)
    for amount in (reward + VAT + 10, VAT + 10):
        assert f"{amount:.2f}".replace(".", ",") in drawn.closing[0].replace("\xa0", "")
    operator, counterparty = drawn.signatures
    assert operator.details[0].startswith("ИНН: 77") and any(
        line.startswith("Р/с: 40702810") for line in operator.details
    )
    assert counterparty.name == LONG and {line.split(":")[0] for line in counterparty.details} == {
        "ИНН", "КПП", "Адрес", "Р/с", "Банк", "БИК", "К/с",
    }  # fmt: skip


def test_a_comparison_with_another_month_is_a_document_beside_the_first(books):
    first = reports.publish(OCTOBER, forms=["comparison"], formats=["csv"], settings=books)
    [other] = reports.publish(
        OCTOBER, forms=["comparison"], formats=["csv"], parameters={"with": "2026-08"}, settings=books
    )
    assert other.path != first[0].path and "with-2026-08" in other.path.name
    again = reports.publish(
        OCTOBER, forms=["comparison"], formats=["csv"], parameters={"with": "2026-08"}, settings=books
    )
    assert [one.state for one in again] == ["unchanged"]
    with pytest.raises(NotFoundError, match="There are: before_run, with"):
        reports.publish(OCTOBER, forms=["comparison"], parameters={"wiht": "2026-08"}, settings=books)
    with pytest.raises(PrmError, match=r"Parameter 'with'.*'2026-8' is not a period"):
        reports.publish(OCTOBER, forms=["comparison"], parameters={"with": "2026-8"}, settings=books)


def test_csv_is_written_in_the_encoding_and_with_the_delimiter_that_were_chosen(books, tmp_path):
    chosen = books.model_copy(update={"csv_encoding": "cp1251", "csv_delimiter": "\t"})
    reports.render("statement", OCTOBER, "D1", "ru", "csv", tmp_path / "t.csv", settings=chosen)
    lines = (tmp_path / "t.csv").read_bytes().decode("cp1251").split("\r\n")
    assert lines[0].startswith("Дата\tСобытие\t") and "300.00" in lines[1] + lines[2] + lines[3]
    with pytest.raises(PrmError, match="has no character"):
        chosen = books.model_copy(update={"csv_encoding": "ascii"})
        reports.render("statement", OCTOBER, "D1", "ru", "csv", tmp_path / "t.csv", settings=chosen)
    with pytest.raises(PrmError, match="no encoding 'klingon'"):
        chosen = books.model_copy(update={"csv_encoding": "klingon"})
        reports.render("statement", OCTOBER, "D1", "ru", "csv", tmp_path / "t.csv", settings=chosen)


def test_a_certificate_is_for_those_who_have_something_to_accept(books):
    def whose(form):
        return {
            one.counterparty_id for one in reports.publish(SEPTEMBER, forms=[form], formats=["html"], settings=books)
        }

    assert (whose("statement"), whose("acceptance_certificate")) == ({"D1", "D2", "D3"}, {"D1", "D3"})


def test_a_document_is_made_again_when_the_ledger_of_its_month_grows(books):
    def state(form):
        return {
            one.state
            for one in reports.publish(OCTOBER, counterparties=["D3"], forms=[form], formats=["html"], settings=books)
        }

    assert state("acceptance_certificate") == state("statement") == {"made"}
    assert state("acceptance_certificate") == {"unchanged"}
    more = entry(
        "more", counterparty_id="D3", contract_id="C-D3", cause="vat", debit_account="vat", credit_account="accrued"
    )
    with database.transaction(books) as connection:
        settlement.post(connection, [more])
    assert state("acceptance_certificate") == {"made"} and state("statement") == {"unchanged"}


def test_all_forms_are_made_when_all_are_asked_for(books):
    made = reports.publish(OCTOBER, counterparties=["D1"], forms=["all"], formats=["csv"], settings=books)
    assert {one.form for one in made} >= {
        name for name, form in forms().items() if form.audience != "reconciliation"
    } and {one.counterparty_id for one in made} == {"", "D1"}


def test_a_logo_and_a_colour_come_into_the_documents(books, tmp_path):
    logo = tmp_path / "logo.png"
    Image.new("RGB", (120, 40), "#008844").save(logo)
    chosen = books.model_copy(update={"document_logo": logo, "document_color": "#008844"})
    made = {}
    for format in reports.FORMATS:
        path = tmp_path / f"t.{format}"
        reports.render("accruals", OCTOBER, "D1", "ru", format, path, settings=chosen)
        made[format] = path
    assert len(pypdf.PdfReader(made["pdf"]).pages[0].images) == 1
    assert len(openpyxl.load_workbook(made["xlsx"]).worksheets[0]._images) == 1
    assert len(docx.Document(str(made["docx"])).inline_shapes) == 2  # and a chart
    page = made["html"].read_text(encoding="utf-8")
    assert "data:image/png;base64," in page and "background: #008844" in page
    for wrong, said in ((tmp_path / "none.png", "there is no file"), (made["csv"], "is no PNG or JPEG")):
        with pytest.raises(SettingsError, match=said):
            path = tmp_path / "t.html"
            reports.render(
                "accruals",
                OCTOBER,
                "D1",
                "ru",
                "html",
                path,
                settings=books.model_copy(update={"document_logo": wrong}),
            )
