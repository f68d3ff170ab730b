"""Every form as LibreOffice reads it, in both languages: the texts and totals that PDF and CSV have, headers on every page.

`make check-documents` asks for it; otherwise it is skipped, for LibreOffice is no part of the project.
"""

import os
import re
from datetime import date
from decimal import Decimal

import pytest

import reports
import settlement
from prm.words import LANGUAGES
from reports import acts
from reports.cells import text_of
from reports.forms import forms
from reports.renderers import RENDERERS
from reports.source import opened
from tests.reports import long_document, office
from tests.reports.conftest import OCTOBER
from tests.reports.test_every_form import FORMS, plain, sums, told

FORMATS = ("docx", "xlsx", "ods")
pytestmark = pytest.mark.skipif(
    not os.environ.get("PRM_CHECK_DOCUMENTS"), reason="documents are opened in LibreOffice by: make check-documents"
)
NAMES = [f"{form}_{language}" for form in (*FORMS, acts.FORM, long_document.NAME) for language in LANGUAGES]


@pytest.fixture(scope="module")
def drawn(books):
    """What each document says, by its name: the document, and the rows of its tables."""
    assert office.program(), "LibreOffice is not installed: make check-documents says what to install"
    of = {f"{form}_{language}": told(books, form, language) for form in FORMS for language in LANGUAGES}
    number = settlement.reconcile("D1", date(2026, 10, 1), date(2026, 10, 31), author="olga", settings=books).number
    assert number == 1
    with opened(books) as source:
        for language in LANGUAGES:
            of[f"{acts.FORM}_{language}"] = with_rows(acts.act(source, number, language))
            of[f"{long_document.NAME}_{language}"] = with_rows(long_document.document(language))
    return of


def with_rows(document):
    return document, [(section, list(section.rows()) if section.count else []) for section in document.sections]


@pytest.fixture(scope="module")
def files(books, drawn, tmp_path_factory):
    """Every document as a file, by its name and format."""
    folder = tmp_path_factory.mktemp("documents")
    made = {}
    for name, (document, _) in drawn.items():
        form, _, language = name.rpartition("_")
        whose = "D1" if form in forms() and forms()[form].audience == "counterparty" else ""
        for format in (*FORMATS, "pdf"):
            made[name, format] = path = folder / f"{name}.{format}"
            if form == long_document.NAME:
                RENDERERS[format](document, path)
            elif form == acts.FORM:
                reports.render_act(1, language, format, path, settings=books)
            else:
                reports.render(form, OCTOBER, whose, language, format, path, settings=books)
    return made


@pytest.fixture(scope="module")
def seen(files, tmp_path_factory):
    """What LibreOffice reads in them: pages, Word's lines, workbooks' cells."""
    asked = office.Office(tmp_path_factory.mktemp("office"))
    of = {format: [path for (_, one), path in files.items() if one == format] for format in FORMATS}
    return (
        asked.pages(path for format in FORMATS for path in of[format]),
        asked.texts(of["docx"]),
        asked.cells([*of["xlsx"], *of["ods"]]),
    )


@pytest.mark.parametrize("name", NAMES)
def test_word_reads_as_it_was_written_from_the_title_to_the_signatures(drawn, seen, name):
    document, tables = drawn[name]
    lines = [
        document.title,
        document.subtitle,
        *(f"{label}: {fact}" for label, fact in document.facts),
        *document.intro,
    ]
    for section, rows in tables:
        lines += [section.title, *([column.title for column in section.columns] if rows else [section.note])]
        for row in rows:
            lines += [
                text_of(v, c, document.language, row.currency) for v, c in zip(row.values, section.columns, strict=True)
            ]
    lines += document.closing
    for party in document.signatures:
        lines += [f"{party.role}: {party.name}", *party.details, f"{'_' * 28} {document.words['signature']}"]
    assert [plain(line) for line in seen[1][f"{name}_docx"]] == [plain(line) for line in lines if plain(line)]


@pytest.mark.parametrize("format", ["xlsx", "ods"])
@pytest.mark.parametrize("name", NAMES)
def test_workbooks_show_the_values_that_they_were_given(drawn, seen, name, format):
    document, tables = drawn[name]
    sheets = [cells for (workbook, _), cells in seen[2].items() if workbook == f"{name}_{format}"]
    assert len(sheets) == len(tables)
    for section, rows in tables:
        header = [column.title for column in section.columns]
        is_first = section is document.sections[0]
        title = f"{document.title} {document.subtitle}" if is_first else section.title
        [cells] = [cells for cells in sheets if plain(cells[0][0]) == plain(title)]
        at = [line[: len(header)] for line in cells].index(header)
        for line, row in zip(cells[at + 1 :], rows, strict=False):
            for shown, value, column in zip(line, row.values, section.columns, strict=False):
                assert is_shown(shown, value, column.kind), (section.name, column.name, shown, value)
        everything = [plain(cell) for line in cells for cell in line if cell]
        if is_first:
            assert {plain(f"{label}: {fact}") for label, fact in document.facts} <= set(everything)
            assert {plain(sentence) for sentence in document.closing} <= set(everything)


def is_shown(shown, value, kind):
    """Whether a cell shows a value, by whatever marks the program parts thousands and decimals."""
    if isinstance(value, Decimal | int) and kind != "text":
        number = Decimal(re.sub(r"[^\d.-]", "", shown))
        return number == (round(value * 100, 2) if kind == "share" else value)
    if value is None or value == "":
        return shown == ""
    if isinstance(value, date):
        return shown == f"{value:%d.%m.%Y}"
    return plain(shown) == plain(value)


@pytest.mark.parametrize("name", NAMES)
def test_pages_have_every_total_of_the_pdf_and_nothing_that_does_not_fit(drawn, files, seen, name):
    document, tables = drawn[name]
    own = plain(" ".join(office.text_of_pages(files[name, "pdf"])))
    for format in FORMATS:
        pages = office.text_of_pages(seen[0][f"{name}_{format}"])
        text = plain(" ".join(pages))
        assert "###" not in text, f"{format}: a number is wider than its column"
        for section, rows in tables:
            for index, value, currency in sums(section, rows):
                amount = plain(text_of(value, section.columns[index], document.language, currency))
                assert amount in own
                assert digits(amount) in {digits(found) for found in re.findall(r"-?\d[\d ,.]*", text)} or digits(
                    amount
                ) in digits(text)
        if format == "docx":
            for number, page in enumerate(pages, 1):
                assert plain(f"{document.words['page']} {number} {document.words['of']} {len(pages)}") in plain(page)


def digits(text):
    return re.sub(r"\D", "", text)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_table_has_its_header_on_each_of_its_pages(drawn, seen, language, format):
    _, [(section, _), *_] = drawn[f"{long_document.NAME}_{language}"]
    pages = office.text_of_pages(seen[0][f"{long_document.NAME}_{language}_{format}"])
    of_rows = [page for page in pages if re.search(long_document.OF_A_ROW, page)]
    assert len(of_rows) > 2
    for page in of_rows:
        assert plain(section.columns[0].title) in plain(page)


def test_every_form_there_is_was_asked_about():
    assert set(forms()) == {*FORMS, acts.FORM} and set(reports.FORMATS) == {*FORMATS, "pdf", "csv", "html"}
