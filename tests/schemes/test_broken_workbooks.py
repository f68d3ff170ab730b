"""Workbooks with something wrong: each is refused with its sheet and cell, in words, with what would be right."""

import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import schemes
from prm.errors import PrmError
from schemes import SchemeError
from tests.schemes.rich import RICH
from tests.schemes.test_fuzzing import SCALARS

TEXT_HINT = "Format the cell as text and write it again."
CASES = [
    # sheet, header and name of the row (or the cell itself), what is written there, its place, the English message
    ("Attributes", ("default", "fee"), "1300", "Attributes!E2", "The default 1300 lies outside 0.00 to 1000."),
    ("Attributes", ("default", "fee"), 0.12345, "Attributes!E2", "0.12345 has more than 4 decimal places. Round it."),
    ("Attributes", ("default", "fee"), "=100*3", "Attributes!E2",
     "An Excel formula stands here: what it gives is not kept with the scheme. Write the value itself, as text and without '='."),
    ("Attributes", ("default", "fee"), datetime(2026, 5, 1), "Attributes!E2", "Excel has made a date of this. " + TEXT_HINT),
    ("Attributes", ("default", "fee"), None, "Attributes!E2",
     "'fee' has no default, and is not required. Give a default, or write required: true: a value must then be agreed with each contract."),
    ("Attributes", ("required", "fee"), "yes", "Attributes!F2",
     "'fee' is required and has a default, which would never hold. Keep one: default, or required: true."),
    ("Attributes", ("required", "agreed"), "no", "Attributes!E7",
     "'agreed' has no default, and is not required. Give a default, or write required: true: a value must then be agreed with each contract."),
    ("Attributes", ("required", "agreed"), "perhaps", "Attributes!F7", "'required' is true or false."),
    ("Attributes", ("default", "fee"), 12345678901234567, "Attributes!E2",
     "A number of more than 15 digits is not exact. " + TEXT_HINT),
    ("Attributes", ("between, most", "fee"), None, "Attributes!H2", "'between, most' takes two numbers, for money, shares and numbers only."),
    ("Attributes", ("clause", "fee"), 2.1, "Attributes!I2", "'clause' must be text. " + TEXT_HINT),
    ("Attributes", ("title (ru)", "fee"), None, "Attributes!C2",
     "'title' is needed in both languages. Fill in both columns, English and Russian."),
    ("Attributes", ("type", "part"), "shares", "Attributes!D3", "'shares' is not accepted for 'type'. Did you mean 'share'?"),
    ("Attributes", ("name", "part"), None, "Attributes!A3", "The row has no name."),
    ("Attributes", ("name", "part"), "fee", "Attributes!A3", "'fee' stands twice here."),
    ("Attributes", "E1", "defualt", "Attributes!E1", "'defualt' is not known here. Did you mean 'default'?"),
    ("Attributes", "E1", "по умолчанию2", "Attributes!E1", "'по умолчанию2' is not known here. Did you mean 'по умолчанию'?"),
    ("Attributes", "K3", "a remark", "Attributes!K3",
     "There is no header above this cell. Every column has its header in the first row."),
    ("Scheme", "B3", 1.5, "Scheme!B3", "'version' must be a whole number."),
    ("Scheme", "B7", "01.02.2026", "Scheme!B7", "'01.02.2026' is not a day. Write a date, or 2026-10-01."),
    ("Scheme", "B6", None, "Scheme!B6", "'document' is missing."),
    ("Scheme", "A6", "documents", "Scheme!A6", "'documents' is not known here. Did you mean 'document'?"),
    ("Scheme", "E6", "a remark", "Scheme!E6", "'a remark' is not known here. Accepted: explanation, setting, value."),
    ("Term values", ("from", "smallest"), None, "Term values!B2", "'from' is missing."),
    ("Term values", "A3", "smalest", "Term values!A3", "There is no 'smalest' on the sheet 'Terms'. Did you mean 'smallest'?"),
    ("Term values", "B3", datetime(2026, 1, 1), "Term values!B3", "'2026-01-01' stands twice here."),
    ("Table rows", "D2", "more", "Table rows!D2", "'price' has 2 keys."),
    ("Table rows", "C2", None, "Table rows!C2", "'регион' is missing."),
    ("Table rows", "C2", 7, "Table rows!C2", "'регион' must be text. " + TEXT_HINT),
    ("Table rows", "H2", datetime(2026, 1, 1), "Table rows!H2", "'decided on' goes with 'from'."),
    ("Measures", ("after, days", "cohort"), "30", "Measures!E4",
     "'after, days' says how old the subscriber is then. See the note on the column's header."),
    ("Measures", ("where", "connected"), "tarif is null", "Measures!G2", "There is no name 'tarif' here. Did you mean 'tariff'?"),
    ("Components", ("where", "connection"), "status = 'lost' and is_new and event_date >= begins", "Components!H2",
     "There is no status 'lost'. Did you mean 'closed'? Accepted: active, suspended, closed."),
    ("Components", ("pay", "again"), "price(tariff)", "Components!I3", "'price' takes 2 values, 1 is given."),
    ("Components", ("pay", "count"), "fee", "Components!I5",
     "'count' has a formula here, and tiers too. Keep one: empty this cell, or the rows of 'count' on the sheet 'Tiers'."),
    ("Components", ("claws back", "early_churn"), "agian", "Components!K8", "There is no component 'agian'. Did you mean 'again'?"),
    ("Components", ("within, days", "early_churn"), "some", "Components!L8", "'within, days' must be a whole number."),
    ("Tiers", ("by, sum of", "count"), "amount", "Tiers!D3", "'by, sum of' does not go with the cell beside it. Fill in one of them."),
    ("Tiers", ("component", "count"), None, "Tiers!A3", "The row has no name."),
    ("Tiers", ("component", "count"), "again", "Components!I3",
     "'again' has a formula here, and tiers too. Keep one: empty this cell, or the rows of 'again' on the sheet 'Tiers'."),
    ("Tiers", ("counting", "count"), "sliced", "Tiers!H3", "'sliced' is not accepted for 'counting'. Did you mean 'slice'?"),
    ("Tier steps", "B5", "0", "Tier steps!B5", "The threshold 0 does not rise above 0. Tiers stand in rising order, each once."),
    ("Tier steps", "D5", "#N/A", "Tier steps!D5", "#N/A stands here. Write the value itself."),
    ("Limits", ("of", "cap"), "connection, step", "Limits!D2", "There is no component 'step', nor a measure of what others earned. Did you mean 'steps'?"),
    ("Limits", ("recoverable", "guarantee"), "maybe", "Limits!G4", "'recoverable' is true or false."),
]  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    (folder / "rich.yaml").write_text(RICH, encoding="utf-8")
    schemes.export(folder / "rich.yaml", folder / "rich.xlsx", "en")
    return folder / "rich.xlsx"


@pytest.fixture(scope="module")
def in_russian(sound):
    schemes.export(sound.with_suffix(".yaml"), sound.with_name("russian.xlsx"), "ru")
    return sound.with_name("russian.xlsx")


def problems_of(book, tmp_path, language="en"):
    book.save(tmp_path / "draft.xlsx")
    with pytest.raises(SchemeError) as refused:
        schemes.read(tmp_path / "draft.xlsx")
    return [problem.text(language).removeprefix(f"{tmp_path}/") for problem in refused.value.problems]


def cell_of(page, where):
    if isinstance(where, str):
        return page[where]
    header, name = where
    column = next(cell.column for cell in page[1] if cell.value == header)
    return page.cell(next(line[0].row for line in page.iter_rows() if line[0].value == name), column)


@pytest.mark.parametrize(("sheet", "where", "written", "place", "message"), CASES, ids=[case[3] for case in CASES])
def test_a_draft_is_refused_with_sheet_and_cell_and_what_would_be_right(sound, tmp_path, sheet, where, written, place, message):  # fmt: skip
    book = openpyxl.load_workbook(sound)
    cell_of(book[sheet], where).value = written
    assert f"draft.xlsx [{place}]: {message}" in problems_of(book, tmp_path)
    told = problems_of(book, tmp_path, "ru")
    assert all(any("а" <= letter <= "я" for letter in text) for text in told)


RUSSIAN = [
    # sheet, header and name of the row, what is written there, its place, the Russian message
    ("Атрибуты", ("по умолчанию", "fee"), "500 000,00", "E2",
     "«500 000,00» — не число. Число пишется без пробелов, дробная часть — через точку: 500000.00."),
    ("Атрибуты", ("по умолчанию", "fee"), True, "E2", "«True» — не число. Впишите десятичное число, например 1234.50."),
    ("Атрибуты", ("тип", "fee"), None, "D2", "Не задано «тип»."),
    ("Атрибуты", ("название (рус.)", "fee"), None, "C2", "«название» нужно на обоих языках. Заполните оба столбца, английский и русский."),
    ("Атрибуты", ("пункт", "fee"), 2.1, "I2", "«пункт»: нужен текст. Задайте ячейке текстовый формат и впишите заново."),
    ("Атрибуты", ("имя", "fee"), "fее", "A2", "«fее» не годится как имя. В нём есть русские буквы: напишите «fee» латинскими."),
    ("Значения условий", ("с", "smallest"), "01.01.2027", "B2", "«01.01.2027» не дата. Впишите дату или 2026-10-01."),
    ("Составляющие", ("событие", "connection"), "аctivation", "E2",
     "«аctivation» не годится для «событие». В нём есть русские буквы: напишите «activation» латинскими."),
    ("Составляющие", ("при условии", "connection"), "status = «active»", "H2",
     "Имени ««active»» здесь нет. Текст пишется в прямых кавычках: 'active'."),
    ("Составляющие", ("выплата", "again"), "least(fee; 50)", "I3", "«;» в формуле не допускается. Вместо ; пишется ,"),
    ("Составляющие", ("при условии", "connection"), "event_date ≥ begins", "H2",
     "«event_date ≥ begins» не является формулой. Вместо ≥ пишется >="),
    ("Составляющие", ("выплата", "again"), "#REF!", "I3", "Здесь стоит #REF!. Впишите само значение."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sheet", "where", "written", "cell", "message"), RUSSIAN, ids=[case[4][:40] for case in RUSSIAN]
)
def test_a_russian_workbook_is_corrected_in_its_own_words(in_russian, tmp_path, sheet, where, written, cell, message):
    book = openpyxl.load_workbook(in_russian)
    cell_of(book[sheet], where).value = written
    assert f"draft.xlsx [{sheet}!{cell}]: {message}" in problems_of(book, tmp_path, "ru")


def test_a_merged_cell_is_no_cell_of_its_own(in_russian, tmp_path):
    book = openpyxl.load_workbook(in_russian)
    book["Строки таблиц"].merge_cells("A2:A3")
    assert problems_of(book, tmp_path, "ru") == [
        "draft.xlsx [Строки таблиц!A3]: Эта ячейка объединена с другой, и значение есть только у первой из них. "
        "Разъедините их и заполните каждую."
    ]


def test_sheets_that_are_unknown_or_there_twice_are_refused(sound, tmp_path):
    book = openpyxl.load_workbook(sound)
    book.create_sheet("Componets")
    book.create_sheet("Заметки")
    book.create_sheet("Атрибуты")
    told = problems_of(book, tmp_path)
    assert told[:1] == ["draft.xlsx [Componets]: A sheet 'Componets' is not known. Did you mean 'Components'?"]
    assert told[1].startswith("draft.xlsx [Заметки]: A sheet 'Заметки' is not known. Accepted: Атрибуты, ")
    assert told[2:] == ["draft.xlsx [Атрибуты]: The sheet 'Attributes' is there twice."]


def test_tier_steps_need_a_row_of_tiers(sound, tmp_path):
    book = openpyxl.load_workbook(sound)
    book["Tiers"].delete_rows(3)
    assert problems_of(book, tmp_path) == [
        f"draft.xlsx [Tier steps!A{row}]: 'count' has no row on the sheet 'Tiers'. It says how the tiers are counted."
        for row in (4, 5)
    ]


def test_a_sheet_that_is_needed_and_not_there_is_missed_by_name(sound, tmp_path):
    book = openpyxl.load_workbook(sound)
    for name in ("Components", "Tiers", "Tier steps", "Limits"):
        del book[name]
    assert "draft.xlsx [Components]: 'components' is missing." in problems_of(book, tmp_path)
    del book["Scheme"]
    assert problems_of(book, tmp_path) == [
        "draft.xlsx [Scheme]: There is no such sheet. Take it from the template: prm scheme template."
    ]


def test_problems_stand_in_the_order_of_the_workbook(sound, tmp_path):
    book = openpyxl.load_workbook(sound)
    for place in ("Limits!E2", "Components!I3", "Components!I2", "Scheme!B3"):
        sheet, cell = place.split("!")
        book[sheet][cell].value = "no such"
    told = [text.split("[")[1].split("]")[0] for text in problems_of(book, tmp_path)]
    assert [place for place in told if place in ("Scheme!B3", "Components!I2", "Components!I3", "Limits!E2")] == [
        "Scheme!B3", "Components!I2", "Components!I3", "Limits!E2",
    ]  # fmt: skip


def test_a_workbook_that_unpacks_to_too_much_is_not_opened(tmp_path):
    with zipfile.ZipFile(tmp_path / "big.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (60 << 20))
    with pytest.raises(PrmError, match="too large for a scheme"):
        schemes.read(tmp_path / "big.xlsx")


WRITTEN = [
    None, 0, -1, 1.5, 1e300, 12345678901234567, float("inf"), True, datetime(1900, 1, 1), datetime(2026, 2, 28), time(1, 2),
    timedelta(days=3), "=1+1", "#N/A", '""', '"', "'a", " ", "a, b", ",", "1 to", "0 to 999999999", "1, 2, x",
    *(text for text in SCALARS if text.isprintable()),
]  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_workbook_of_any_cells_is_refused_with_places_or_understood(sound, data):
    """Some cells replaced by whatever a cell can hold, rows and columns left out or pushed down, a sheet removed."""
    book = openpyxl.load_workbook(sound)
    for _ in range(data.draw(st.integers(1, 3))):
        sheet = data.draw(st.sampled_from([page for page in book.worksheets if page.title != "Instructions"]))
        row, column = data.draw(st.integers(1, sheet.max_row + 1)), data.draw(st.integers(1, sheet.max_column + 1))
        what = data.draw(st.sampled_from([*["cell"] * 6, "row out", "column out", "row in", "sheet out"]))
        if what == "row out":
            sheet.delete_rows(row)
        elif what == "column out":
            sheet.delete_cols(column)
        elif what == "row in":
            sheet.insert_rows(row)
        elif what == "sheet out" and len(book.worksheets) > 2:
            book.remove(sheet)
        else:
            sheet.cell(row, column).value = data.draw(st.sampled_from(WRITTEN))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "draft.xlsx"
        book.save(path)
        try:
            schemes.read(path)
        except SchemeError as refused:
            assert refused.problems
            for problem in refused.problems:
                assert str(problem.where).startswith(f"{path} [") and problem.text("en") and problem.text("ru")
