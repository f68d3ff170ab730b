"""Renderers: long documents in bounded memory, text that is never a formula, cells that do not overflow."""

import re
import tracemalloc
from datetime import date
from decimal import Decimal

import openpyxl
import pypdf
import pytest
from reportlab.pdfbase import pdfmetrics

from reports import fonts
from reports.model import Column, Document, Row, Section, with_totals
from reports.renderers import RENDERERS

COLUMNS = (
    Column("day", "День", "day", 10),
    Column("name", "Наименование", "text", 30),
    Column("amount", "Сумма", "money", 12, total=True),
)


def document(rows, count):
    words = {
        "total": "Итого",
        "subtotal": "Итого по группе",
        "page": "стр.",
        "of": "из",
        "signature": "Подпись",
        "currency": "Валюта",
    }
    section = Section(
        "lines", "Строки", COLUMNS, count, lambda: with_totals(map(Row, rows()), COLUMNS, words), "Нет строк"
    )
    return Document("Отчёт", "за октябрь", (("Кому", "ООО «Ромашка»"),), (section,), "ru", words)


@pytest.mark.parametrize("format", sorted(RENDERERS))
def test_memory_does_not_grow_with_the_number_of_lines(format, tmp_path):
    def peak(count):
        def rows():
            for number in range(count):
                yield (date(2026, 10, 1), f"строка {number}", Decimal("0.10"))

        tracemalloc.start()
        RENDERERS[format](document(rows, count), tmp_path / f"long.{format}")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)  # fonts and templates
    small, large = peak(500), peak(5_000)
    # A PDF keeps its finished pages, compressed; the others keep no more than the last values of each column.
    assert large - small < 4_500 * (250 if format == "pdf" else 100)


def test_exact_decimals_survive_excel_and_text_stays_text(tmp_path):
    amounts = [
        Decimal("0.1"),
        Decimal("-12345678901.2345"),
        Decimal("99999999999.9999"),
        Decimal("12345678901234567.89"),
    ]

    def rows():
        for amount in amounts:
            yield (None, "=1+1", amount)

    RENDERERS["xlsx"](document(rows, len(amounts)), tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    written = [
        (row[1].value, row[1].data_type, Decimal(str(row[2].value)))
        for row in sheet.iter_rows()
        if row[1].value == "=1+1"
    ]
    assert [(text, kind) for text, kind, _ in written] == [("=1+1", "s")] * 4
    assert [amount for *_, amount in written] == amounts


def test_a_very_long_name_stays_in_its_cell(tmp_path):
    name = "Общество с ограниченной ответственностью " * 16 + "Непереносимоедлинноеслово" * 6

    def rows():
        yield (date(2026, 10, 1), name, Decimal("1"))

    RENDERERS["pdf"](document(rows, 1), tmp_path / "t.pdf")
    text = pypdf.PdfReader(tmp_path / "t.pdf").pages[0].extract_text()
    assert "Общество" in text and "…" in text


def test_a_pdf_shows_every_character_of_its_font_however_many_it_uses(tmp_path):
    fonts.register()
    known = pdfmetrics.getFont(fonts.REGULAR).face.charToGlyph
    letters = [chr(code) for code in sorted(known) if chr(code).isalpha() and 0x100 <= code < 0x2000]
    names = ["".join(letters[at : at + 12]) for at in range(0, len(letters), 12)] + [r"(a) \\ b) (", "Ёлка №1"]
    assert len(letters) > 600  # of several subsets, each with 256

    def rows():
        for name in names:
            yield (None, name, Decimal("1"))

    RENDERERS["pdf"](document(rows, len(names)), tmp_path / "t.pdf")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "t.pdf").pages)
    written = re.sub(r"\s", "", text)
    assert [name for name in names if re.sub(r"\s", "", name) not in written] == []


def test_subtotals_follow_their_groups_and_add_up():
    words = {"total": "Total", "subtotal": "Subtotal"}
    rows = map(Row, [("a", 1), ("a", 2), ("b", 4)])
    columns = (Column("group", "", "text", 1), Column("n", "", "number", 1, total=True))
    assert list(with_totals(rows, columns, words, "group")) == [
        Row(("a", 1)), Row(("a", 2)), Row(("Subtotal: a", 3), 1), Row(("b", 4)), Row(("Subtotal: b", 4), 1), Row(("Total", 7), 2),
    ]  # fmt: skip


def test_currencies_are_never_added_together_and_show_the_places_that_they_have(tmp_path):
    def rows():
        for amount, currency in (("1.5", "RUB"), ("1200", "JPY"), ("2.0005", "RUB"), ("3.125", "KWD"), ("34", "JPY")):
            yield Row((date(2026, 10, 1), "x", Decimal(amount)), currency=currency)

    words = {"total": "Итого", "subtotal": "", "page": "стр.", "of": "из", "signature": "Подпись", "currency": "Валюта"}
    section = Section("lines", "Строки", COLUMNS, 5, lambda: with_totals(rows(), COLUMNS, words), "")
    made = Document("Отчёт", "за октябрь", (("Кому", "ООО «Ромашка»"),), (section,), "ru", words)
    totals = [(row.values[0], row.values[2]) for row in section.rows() if row.level == 2]
    assert totals == [
        ("Итого, RUB", Decimal("3.5005")), ("Итого, JPY", Decimal("1234")), ("Итого, KWD", Decimal("3.125")),
    ]  # fmt: skip
    RENDERERS["pdf"](made, tmp_path / "t.pdf")
    text = pypdf.PdfReader(tmp_path / "t.pdf").pages[0].extract_text().replace("\xa0", " ")
    for told in ("1,50", "1 200", "2,0005", "3,125", "1 234", "3,5005"):
        assert told in text
    assert "1 200,00" not in text and "1 234,00" not in text
    RENDERERS["xlsx"](made, tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    formats = [row[2].number_format for row in sheet.iter_rows() if isinstance(row[2].value, float | int)]
    assert formats == ["#,##0.00", "#,##0", "#,##0.0000", "#,##0.000", "#,##0", "#,##0.0000", "#,##0", "#,##0.000"]
