"""Renderers: long documents in bounded memory, text that is never a formula, cells that do not overflow."""

import dataclasses
import itertools
import re
import tracemalloc
import zipfile
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import openpyxl
import pypdf
import pytest
from reportlab.pdfbase import pdfmetrics

from reports import charts, fonts
from reports.cells import text_of
from reports.fonts import BOLD, REGULAR, text_width
from reports.model import Chart, Column, Document, Row, Section, with_totals
from reports.renderers import RENDERERS
from reports.renderers.widths import in_characters, shared_out

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


@pytest.mark.parametrize("format", ["docx", "ods", "xlsx"])
def test_characters_that_xml_has_not_spoil_no_file(format, tmp_path):
    name = "\x01ООО\x0b «Ромашка»\ufffe\uffff"
    made = dataclasses.replace(
        document(lambda: [(None, name, Decimal("1"))], 1), facts=(("Кому", name),), closing=(name,)
    )
    RENDERERS[format](made, tmp_path / "t")
    with zipfile.ZipFile(tmp_path / "t") as archive:
        for part in archive.namelist():
            if part.endswith((".xml", ".rels")):
                ElementTree.fromstring(archive.read(part))


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


def test_a_number_is_never_broken_nor_wider_than_its_column(tmp_path):
    columns = (*(Column(f"c{n}", "Сумма", "money", 1) for n in range(12)), Column("t", "Примечание", "text", 40))
    assert sum(shared_out(columns, 700, 7.5, 3)) == pytest.approx(700)
    narrow = shared_out(columns[-3:], 500, 7.5, 3)
    assert narrow[0] == narrow[1] > text_width("-1 234 567 890,12", BOLD, 7.5) and sum(narrow) == pytest.approx(500)
    assert in_characters(columns[0]) > len("-1 234 567 890,12")

    def rows():
        yield Row((*[Decimal("1234567890123.12")] * 12, "x"), currency="RUB")

    section = Section("wide", "Всё", columns, 1, rows, "")
    words = {"total": "", "subtotal": "", "page": "стр.", "of": "из", "signature": "", "currency": ""}
    RENDERERS["pdf"](Document("Отчёт", "", (), (section,), "ru", words), tmp_path / "t.pdf")
    text = pypdf.PdfReader(tmp_path / "t.pdf").pages[0].extract_text().replace("\xa0", " ")
    assert text.count("1 234 567 890 123,12") == 12


@pytest.mark.parametrize("kind", ["bar", "column"])
def test_a_chart_of_forty_fits_its_page_and_its_labels_do_not_meet(kind):
    rows = [Row((f"{n % 12 + 1:02d}.{2023 + n // 12}", Decimal(10**9 + n)), currency="RUB") for n in range(40)]
    section = Section("t", "T", (COLUMNS[1], COLUMNS[2]), 40, lambda: iter(rows), "", chart=Chart(kind, "T", 0, 1, 40))
    drawn = charts.drawing(section, "ru", "#1F3864", 527)
    assert drawn.height < 480 and len(drawn.bars) == 40
    lines = {}
    for label in drawn.labels:
        width = text_width(label.text, BOLD if label.is_bold else REGULAR, label.size)
        start = label.x - {"start": 0, "middle": 0.5, "end": 1}[label.anchor] * width
        assert start >= 0 and start + width <= drawn.width + 1
        lines.setdefault(round(label.y, 1), []).append((start, start + width))
    for places in lines.values():
        ordered = sorted(places)
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(ordered))


def test_a_row_of_a_workbook_is_as_tall_as_its_texts(tmp_path):
    name = "Общество с ограниченной ответственностью " * 3

    def rows():
        yield (date(2026, 10, 1), name, Decimal("1"))
        yield (date(2026, 10, 2), "ООО", Decimal("1"))

    made = dataclasses.replace(document(rows, 2), facts=(("Кому", name * 2),))
    RENDERERS["xlsx"](made, tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    heights = {row[1].value: sheet.row_dimensions[row[1].row].height for row in sheet.iter_rows() if row[1].value}
    assert heights[name] > 50 and heights["ООО"] is None
    assert [str(area) for area in sheet.merged_cells.ranges] == ["A2:C2"] and sheet.row_dimensions[2].height > 26


def test_subtotals_follow_their_groups_and_add_up():
    words = {"total": "Total", "subtotal": "Subtotal"}
    rows = map(Row, [("a", 1), ("a", 2), ("b", 4)])
    columns = (Column("group", "", "text", 1), Column("n", "", "number", 1, total=True))
    assert list(with_totals(rows, columns, words, "group")) == [
        Row(("a", 1)), Row(("a", 2)), Row(("Subtotal: a", 3), 1), Row(("b", 4)), Row(("Subtotal: b", 4), 1), Row(("Total", 7), 2),
    ]  # fmt: skip


def test_the_total_of_no_amounts_is_an_amount():
    columns = (COLUMNS[1], COLUMNS[2], Column("n", "", "number", 1, total=True))
    rows = with_totals(iter([Row(("x", None, None), currency="RUB")]), columns, {"total": "Total", "subtotal": ""})
    [*_, total] = rows
    assert [text_of(value, column, "en", "RUB") for value, column in zip(total.values, columns, strict=True)] == [
        "Total", "0.00", "0",
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
