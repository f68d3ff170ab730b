"""The act of a reconciliation: both sides in three formats and two languages, the same whenever it is made."""

import importlib
import re
from datetime import date
from decimal import Decimal

import docx
import openpyxl
import pypdf
import pytest
import typer.testing

import cli
import reports
import settlement
from prm import database
from prm.errors import NotFoundError, RefusedError
from settlement import Charge
from tests.operators import OCTOBER

importlib.import_module("cli.reconcile")
FIGURES = """date,kind,number,amount
2026-10-05,Акт,3,1000.00
2026-10-18,Штраф,PN-7,-450.00
2026-10-20,Оплата,551,-200.00
"""


@pytest.fixture
def books(home):
    """D1 owes 120 from September; in October a penalty of 500 and a deduction of 30."""
    with database.transaction(home) as connection:
        connection.execute(
            """insert into registry.counterparties (counterparty_id, name, kind, branch, tax_number)
               values ('D1', 'ООО «Ромашка»', 'dealer', 'ural', '6600000000')"""
        )
    for kind, day, amount, number in (("fine", date(2026, 9, 3), "120.00", "PN-1"), ("penalty", date(2026, 10, 17), "500.00", "PN-7"),
                                      ("deduction", date(2026, 10, 19), "30.00", "PN-8")):  # fmt: skip
        charge = Charge(kind, "D1", day, Decimal(amount), "RUB", "late", external_id=number)
        settlement.charge_penalty(charge, author="olga", settings=home)
    return home


@pytest.fixture
def compared(books, tmp_path):
    path = tmp_path / "сверка.csv"
    path.write_text(FIGURES, encoding="utf-8")
    return made(books, figures=path)


def made(books, first=date(2026, 10, 1), **more):
    return settlement.reconcile("D1", first, date(2026, 10, 31), author="olga", settings=books, **more).number


def plain(text):
    return re.sub(r"[\s\u00a0\u202f]+", " ", text)


def text_of(path):
    if path.suffix == ".pdf":
        return plain(" ".join(page.extract_text() for page in pypdf.PdfReader(path).pages))
    if path.suffix == ".docx":
        word = docx.Document(path)
        cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
        return plain(" ".join([*(paragraph.text for paragraph in word.paragraphs), *cells]))
    return plain(" ".join(str(cell.value) for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row
                          if cell.value is not None))  # fmt: skip


def act(books, number, tmp_path, format="pdf", language="ru"):
    path = tmp_path / f"act_{number}_{language}.{format}"
    reports.render_act(number, language, format, path, settings=books)
    return path


@pytest.mark.parametrize("format", reports.form("reconciliation_act").formats)
def test_both_sides_and_what_differs_are_told(books, compared, tmp_path, format):
    text = text_of(act(books, compared, tmp_path, format))
    for told in (
        f"Акт сверки взаимных расчётов № {compared}", "с 1 октября 2026 по 31 октября 2026", "ООО «Ромашка» (D1)", "6600000000",
        "Данные контрагента: сверка.csv" if format != "pdf" else "сверка.csv", "Сальдо на начало", "Обороты за период",
        "Сальдо на конец", "PN-7", "551", "суммы различаются", "только у оператора", "только у контрагента", "Расхождения",
        "По данным оператора на 31 октября 2026 задолженность контрагента перед оператором: 650,00 RUB "
        "(шестьсот пятьдесят рублей ноль копеек).",
        "По данным контрагента на 31 октября 2026 задолженность оператора перед контрагентом: 230,00 RUB "
        "(двести тридцать рублей ноль копеек).",
        "По данным контрагента долг оператора больше на 880,00 RUB", "Сальдо на начало контрагент не указал",
    ):  # fmt: skip
        assert told in text, told


def test_the_sheet_adds_up_from_opening_to_closing_on_either_side(books, compared, tmp_path):
    sheet = openpyxl.load_workbook(act(books, compared, tmp_path, "xlsx", "en")).worksheets[0]
    header = next(row[0].row for row in sheet.iter_rows() if row[0].value == "Document")
    table = {}
    for row in sheet.iter_rows(min_row=header + 1, max_col=10):
        if row[0].value in ("Opening balance", "Turnover", "Closing balance"):
            table[row[0].value] = [Decimal(str(cell.value or 0)) for cell in (row[3], row[4], row[7], row[8])]
    lines = [[Decimal(str(cell.value or 0)) for cell in (row[3], row[4], row[7], row[8])]
             for row in sheet.iter_rows(min_row=header + 2, max_col=10)
             if row[0].value in ("Month's act", "Penalty", "Deduction", "Payment")]  # fmt: skip
    assert len(lines) == 4 and [sum(column) for column in zip(*lines, strict=True)] == table["Turnover"]
    assert table == {
        "Opening balance": [120, 0, 0, 120], "Turnover": [530, 0, 1000, 650], "Closing balance": [650, 0, 230, 0],
    }  # fmt: skip


def test_the_differences_add_up_to_the_difference_of_the_balances(books, compared, tmp_path):
    sheet = openpyxl.load_workbook(act(books, compared, tmp_path, "xlsx")).worksheets[1]
    assert sheet.title == "Расхождения"
    total = next(row for row in sheet.iter_rows() if row[0].value == "Итого")
    assert [Decimal(str(cell.value)) for cell in total[4:7]] == [-530, 350, 880]


def test_without_figures_the_counterpartys_columns_are_left_for_it(books, tmp_path):
    text = text_of(act(books, made(books), tmp_path))
    assert "не представлены" in text and "может заполнить свои графы" in text and "не сверялось" in text
    assert "По данным контрагента на" not in text


def test_equal_books_have_no_difference(books, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(
        "date,kind,number,amount\n2026-09-03,fine,PN-1,-120\n2026-10-17,fine,PN-7,-500\n2026-10-19,deduction,PN-8,-30\n"
    )
    number = made(books, first=date(2026, 9, 1), figures=path)
    english = text_of(act(books, number, tmp_path, language="en"))
    assert "The balances do not differ." in english and "There is nothing to list." in english
    assert "on 31 October 2026 the counterparty owes the operator 650.00 RUB (six hundred and fifty roubles" in english


def test_an_act_made_later_shows_the_same(books, compared, tmp_path):
    before = {format: act(books, compared, tmp_path, format).read_bytes() for format in reports.FORMATS}
    settlement.charge_penalty(
        Charge("fine", "D1", date(2026, 10, 20), Decimal("1"), "RUB", "late"), author="olga", settings=books
    )
    assert {format: act(books, compared, tmp_path, format).read_bytes() for format in reports.FORMATS} == before


def test_acts_are_registered_and_made_once(books, compared):
    other = made(books)
    first = reports.publish_act(compared, languages=("ru", "en"), settings=books)
    assert {one.state for one in first} == {"made"} and len(first) == 6
    assert {one.state for one in reports.publish_act(compared, languages=("ru", "en"), settings=books)} == {"unchanged"}
    reports.publish_act(other, formats=["pdf"], settings=books)
    assert {one.state for one in reports.publish_act(compared, formats=["pdf"], settings=books)} == {"unchanged"}
    first[0].path.write_bytes(b"spoilt")
    again = reports.publish_act(compared, languages=("ru", "en"), settings=books)
    assert [one.format for one in again if one.state == "made"] == [first[0].format]
    assert first[0].path.parent == books.documents / "reconciliations" / "D1"
    listed = [row for row in reports.list_documents(OCTOBER, settings=books) if row["form"] == "reconciliation_act"]
    assert len(listed) == 7 and {row["reconciliation"] for row in listed} == {compared, other}


def test_the_command_makes_acts_and_copies_them(books, tmp_path):
    arguments = [
        "reconcile",
        "D1",
        "--from",
        "2026-10-01",
        "--to",
        "2026-10-31",
        "--format",
        "pdf,docx",
        "--lang",
        "both",
    ]
    done = typer.testing.CliRunner().invoke(cli.app, [*arguments, "--out", str(tmp_path / "out")])
    assert done.exception is None, done.exception
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"reconciliation_act_1_{language}.{format}" for language in ("en", "ru") for format in ("docx", "pdf")
    ]
    wrong = typer.testing.CliRunner().invoke(cli.app, [*arguments[:-4], "--format", "odt"])
    assert "There is no format 'odt'. There are: xlsx, docx, pdf, csv, html, ods." in str(wrong.exception)


def test_what_is_not_there_is_said(books, tmp_path, month):
    with pytest.raises(NotFoundError, match="no reconciliation 99"):
        reports.publish_act(99, settings=books)
    with pytest.raises(RefusedError, match="prm reconcile --format pdf"):
        reports.publish(OCTOBER, forms=["reconciliation_act"], settings=month)
