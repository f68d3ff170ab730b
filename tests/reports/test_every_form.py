"""Every form, in every language and format: the same totals, read back from the made files, and the same bytes again."""

import csv
import re
import sys
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import docx
import openpyxl
import pypdf
import pytest
from python_calamine import CalamineWorkbook

import reports
from prm.settings import PROJECT
from prm.words import LANGUAGES
from reports.cells import text_of
from reports.data import document
from reports.forms import forms
from reports.source import opened
from tests.reports.conftest import OCTOBER

FORMS = sorted(name for name, form in forms().items() if form.audience != "reconciliation")  # acts: test_acts.py


def told(books, form, language, who=None):
    """What the document says, as the renderers get it: its tables' columns and rows."""
    with opened(books) as source:
        whose = ("D1" if forms()[form].audience == "counterparty" else "") if who is None else who
        drawn = document(source, forms()[form], OCTOBER, whose, language)
        return drawn, [(section, list(section.rows()) if section.count else []) for section in drawn.sections]


def plain(text):
    return re.sub(r"[\s\u00a0\u202f]+", " ", str(text)).strip()


def sums(section, rows):
    """The totals that a table says, column by column, as they are written."""
    return [
        (index, row.values[index], row.currency)
        for row in rows if row.level == 2
        for index, column in enumerate(section.columns) if column.total
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_every_format_adds_up_to_the_same_totals_and_is_made_with_the_same_bytes(books, tmp_path, form, language):
    drawn, tables = told(books, form, language)
    assert any(section.count for section, _ in tables), "the books have something for every form"
    whose = "D1" if forms()[form].audience == "counterparty" else ""
    for format in reports.FORMATS:
        path = tmp_path / f"made.{format}"
        reports.render(form, OCTOBER, whose, language, format, path, settings=books)
        first = path.read_bytes()
        reports.render(form, OCTOBER, whose, language, format, path, settings=books)
        assert path.read_bytes() == first, format
        READ[format](path, drawn, tables)


def read_xlsx(path, drawn, tables):
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) == len(tables)
    for sheet, (section, rows) in zip(book, tables, strict=True):
        header = [column.title for column in section.columns]
        at = next(n for n, row in enumerate(sheet.iter_rows(values_only=True), 1) if list(row[: len(header)]) == header)
        assert sheet.freeze_panes == f"A{at + 1}" and sheet.print_area and sheet.print_title_rows == f"${at}:${at}"
        assert not rows or sheet.auto_filter.ref.startswith(f"A{at}:")
        for number, row in enumerate(rows, at + 1):
            for cell, value, column in zip(sheet[number], row.values, section.columns, strict=False):
                assert cell.data_type != "f"
                if isinstance(value, Decimal | int):
                    assert Decimal(str(cell.value)) == value
                elif isinstance(value, date):
                    assert cell.value.date() == value and column.kind == "day"
                else:
                    assert (cell.value or "") == (value or "")
        assert len(sheet._charts) == (1 if section.chart and section.count else 0)


def read_ods(path, drawn, tables):
    book = CalamineWorkbook.from_path(str(path))
    assert len(book.sheet_names) == len(tables)
    for index, (section, rows) in enumerate(tables):
        cells = book.get_sheet_by_index(index).to_python()
        at = cells.index([column.title for column in section.columns])
        assert len(cells) > at + len(rows)
        for line, row in zip(cells[at + 1 :], rows, strict=False):
            for cell, value in zip(line, row.values, strict=False):
                if isinstance(value, Decimal | int):
                    assert Decimal(str(cell)) == value
                else:
                    assert cell == ("" if value is None else value)


def read_docx(path, drawn, tables):
    word = docx.Document(str(path))
    shown = [(section, rows) for section, rows in tables if section.count]
    assert len(word.tables) == len(shown) + bool(drawn.signatures)
    for table, (section, rows) in zip(word.tables, shown, strict=False):
        assert [cell.text for cell in table.rows[0].cells] == [column.title for column in section.columns]
        assert len(table.rows) == len(rows) + 1
        said = [[plain(cell.text) for cell in row.cells] for row in list(table.rows)[1:]]
        assert said == [[plain(text) for text in texts(row, section, drawn)] for row in rows]
    assert len(word.inline_shapes) == sum(bool(section.chart and section.count) for section, _ in tables)


def read_pdf(path, drawn, tables):
    pdf = pypdf.PdfReader(path)
    text = plain(" ".join(page.extract_text() for page in pdf.pages))
    for section, rows in tables:
        for index, value, currency in sums(section, rows):
            assert plain(text_of(value, section.columns[index], drawn.language, currency)) in text
    assert [entry.title for entry in pdf.outline] == [section.title for section, _ in tables]
    assert pdf.trailer["/Root"]["/Lang"].startswith(drawn.language)
    assert pdf.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata.title == f"{drawn.title} {drawn.subtitle}"
    fonts = {
        str(font.get_object().get("/BaseFont")) for page in pdf.pages for font in page["/Resources"]["/Font"].values()
    }
    assert all("Roboto" in font for font in fonts if "Helvetica" not in font) and any(
        "Roboto" in font for font in fonts
    )


def read_csv(path, drawn, tables):
    named = {section.name: (section, rows) for section, rows in tables}
    section, rows = named[drawn.csv.section] if drawn.csv.section in named else tables[-1]
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file, delimiter=";"))
    assert lines[0][: len(section.columns)] == [column.title for column in section.columns]
    data = [row for row in rows if row.level == 0]
    assert len(lines) == len(data) + 1
    for line, row in zip(lines[1:], data, strict=True):
        for cell, value in zip(line, row.values, strict=False):
            if isinstance(value, Decimal):
                assert Decimal(cell.replace(",", ".")) == value
            elif isinstance(value, str):
                assert cell.removeprefix("'") == value and not cell.startswith(("=", "+", "-", "@"))


class Tables(HTMLParser):
    """The texts of a page's tables, row by row."""

    def __init__(self):
        super().__init__()
        self.tables, self.languages, self.is_cell = [], [], False

    def handle_starttag(self, tag, attributes):
        if tag == "html":
            self.languages.append(dict(attributes)["lang"])
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self.is_cell = True

    def handle_endtag(self, tag):
        self.is_cell = self.is_cell and tag not in ("td", "th")

    def handle_data(self, data):
        if self.is_cell:
            self.tables[-1][-1][-1] += data


def read_html(path, drawn, tables):
    page = Tables()
    page.feed(path.read_text(encoding="utf-8"))
    assert page.languages == [drawn.language]
    shown = [(section, rows) for section, rows in tables if section.count]
    assert len(page.tables) == len(shown)
    for table, (section, rows) in zip(page.tables, shown, strict=True):
        assert [[plain(text) for text in line] for line in table[1:]] == [
            [plain(text) for text in texts(row, section, drawn)] for row in rows
        ]


def texts(row, section, drawn):
    return [text_of(v, c, drawn.language, row.currency) for v, c in zip(row.values, section.columns, strict=True)]


READ = {format: getattr(sys.modules[__name__], f"read_{format}") for format in reports.FORMATS}


@pytest.mark.parametrize("form", FORMS)
def test_nothing_that_is_printed_is_a_code(books, form):
    for language in LANGUAGES:
        _, tables = told(books, form, language)
        for _, rows in tables:
            for row in rows:
                for value in row.values:
                    assert value not in (
                        "paid",
                        "not_eligible",
                        "clawed_back",
                        "churn",
                        "fraud",
                        "connection",
                        "early_churn",
                        "plan_bonus",
                        "cap",
                    ) and (language == "en" or value != "connected")  # as its English title is


@pytest.mark.parametrize("form", sorted(forms()))
def test_a_form_has_a_page_that_shows_it_and_stands_in_the_list(form):
    page = PROJECT / "docs" / "forms" / f"{form}.md"
    text = page.read_text(encoding="utf-8")
    for language in LANGUAGES:
        assert re.sub(r" \S+ \{.*", "", forms()[form].title(language)) in text  # without “No. {number}”
    pictures = re.findall(r"\]\((\S+\.png)\)", text)
    names = {f"{form}_{language}.png" for language in LANGUAGES}
    if forms()[form].audience != "operator":  # whose tables show long and short names anyway
        names |= {f"{form}_short_{language}.png" for language in LANGUAGES}
    assert set(pictures) == names
    for picture in pictures:
        size = (page.parent / picture).stat().st_size
        assert 1_000 < size < 60_000
    assert f"| [`{form}`](forms/{form}.md) | {forms()[form].audience} |" in (PROJECT / "docs" / "forms.md").read_text(
        encoding="utf-8"
    )


def test_every_page_of_a_form_is_of_a_form_there_is():
    assert {page.stem for page in (PROJECT / "docs" / "forms").glob("*.md")} == set(forms())


@pytest.mark.parametrize("form", sorted(forms()))
def test_every_word_is_in_both_languages_and_whole(form):
    for key, word in forms()[form].words.items():
        assert set(word) == set(LANGUAGES) and all(word.values()), f"{key}: a text with a comma needs quotes"
