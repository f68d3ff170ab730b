"""Documents say what was published: the same totals in every format, the same bytes again, text that is only text."""

import re
from decimal import Decimal

import docx
import openpyxl
import pypdf
import pytest

import reports
import runs
from prm import database
from prm.errors import NotFoundError
from tests.operators import OCTOBER

DEALER = "D00001"


@pytest.fixture
def reward(month):
    """The dealer's reward, as the books have it."""
    return runs.current_versions(OCTOBER, settings=month)[DEALER]["amount"]


def written(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",")


def plain(text: str) -> str:
    return re.sub(r"[\s\u00a0\u202f]+", " ", text)


def statement(month, tmp_path, format, language="ru", form="statement", who=DEALER):
    path = tmp_path / f"{form}_{language}.{format}"
    reports.render(form, OCTOBER, who, language, format, path, settings=month)
    return path


def test_excel_reads_back_the_same_totals_on_every_sheet(month, reward, tmp_path):
    book = openpyxl.load_workbook(statement(month, tmp_path, "xlsx"))
    assert book.sheetnames == ["По составляющим", "По торговым точкам", "Строки расчёта"]
    for sheet in book:
        header = next(row[0].row for row in sheet.iter_rows() if "Вознаграждение" in [cell.value for cell in row])
        column = next(cell.column for cell in sheet[header] if cell.value == "Вознаграждение")
        rows = [
            (sheet.cell(row, 1).value, sheet.cell(row, column).value) for row in range(header + 1, sheet.max_row + 1)
        ]
        total = next(Decimal(str(amount)) for label, amount in rows if label == "Итого")
        data = [Decimal(str(amount)) for label, amount in rows if amount is not None and "Итого" not in str(label)]
        assert total == sum(data) == reward
        assert sheet.freeze_panes == f"A{header + 1}" and sheet.print_title_rows == f"${header}:${header}"


def test_word_and_pdf_say_the_same_total_and_repeat_their_header(month, reward, tmp_path):
    word = docx.Document(statement(month, tmp_path, "docx"))
    totals = [
        plain(row.cells[-1].text or row.cells[-2].text)
        for table in word.tables[:3]
        for row in table.rows
        if row.cells[0].text == "Итого"
    ]
    assert totals[:2] == [written(reward)] * 2
    lines = word.tables[2]
    assert plain(lines.rows[-1].cells[7].text) == written(reward)
    assert "w:tblHeader" in lines.rows[0]._tr.xml
    with database.transaction(month) as connection:
        published = connection.execute(
            "select count(*) as lines from reporting.reward_lines where period = '2026-10' and counterparty_id = %s",
            [DEALER],
        ).fetchone()["lines"]
    assert len(lines.rows) == published + 2  # its header and its total
    pdf = pypdf.PdfReader(statement(month, tmp_path, "pdf"))
    text = plain(" ".join(page.extract_text() for page in pdf.pages))
    assert text.count(written(reward)) >= 4
    assert f"стр. {len(pdf.pages)} из" in text and len(pdf.pages) > 1
    assert [entry.title for entry in pdf.outline] == ["По составляющим", "По торговым точкам", "Строки расчёта"]
    assert all("Абонент" in page.extract_text() for page in pdf.pages[1:-1])


def test_the_register_says_why_in_the_words_of_the_contract(month, tmp_path):
    pdf = pypdf.PdfReader(statement(month, tmp_path, "pdf", "ru", "not_paid", ""))
    text = plain(" ".join(page.extract_text() for page in pdf.pages))
    for reason in ("no_kit", "kit_conflict", "fraud", "no_subscriber", "no_outlet"):
        assert runs.reasons()[reason].ru.split()[0] in text
    assert "не выполнено условие 1 договора" in text and "charges_2026-10_ural.csv" in text


def test_documents_are_made_once_and_again_only_where_a_version_changed(month):
    first = reports.publish(OCTOBER, formats=["xlsx"], settings=month)
    assert {document.state for document in first} == {"made"}
    assert {document.counterparty_id for document in first} == {"", "D00001", "D00002", "A00001", "P00001"}
    assert {document.form for document in first} == {"statement", "branch_summary", "not_paid"}
    assert {d.state for d in reports.publish(OCTOBER, formats=["xlsx"], settings=month)} == {"unchanged"}

    first[0].path.unlink()
    assert [d.form for d in reports.publish(OCTOBER, formats=["xlsx"], settings=month) if d.state == "made"] == [
        first[0].form
    ]

    runs.calculate(OCTOBER, [DEALER], force=True, settings=month)
    again = reports.publish(OCTOBER, formats=["xlsx"], settings=month)
    assert {d.counterparty_id for d in again if d.state == "made"} == {"", DEALER}
    registered = {row["path"]: row["sha256"] for row in reports.list_documents(OCTOBER, settings=month)}
    assert registered == {str(d.path.relative_to(month.home)): d.sha256 for d in again}


def test_a_counterparty_without_a_version_gets_no_document_and_breaks_nothing(month):
    assert [
        d.form for d in reports.publish(OCTOBER, counterparties=["D09999"], forms=["statement"], settings=month)
    ] == []


def test_unknown_names_are_refused_with_those_there_are(month):
    for wrong in ({"forms": ["statment"]}, {"formats": ["odt"]}, {"languages": ["de"]}):
        with pytest.raises(NotFoundError, match="There are"):
            reports.publish(OCTOBER, settings=month, **wrong)
    with pytest.raises(NotFoundError, match="prm calculate 2027-01"):
        reports.publish(OCTOBER.parse("2027-01"), settings=month)
