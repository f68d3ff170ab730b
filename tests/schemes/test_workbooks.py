"""Schemes in Excel: either form says what the other says, and the template is one that can be filled in."""

import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from typer.testing import CliRunner

import cli.scheme
import registry
import schemes
from prm import database
from prm.errors import InvariantError, PrmError, RefusedError
from schemes import workbook_names
from schemes.cells import decoded, encoded
from schemes.exporting import EXAMPLE, yaml_text
from schemes.formula_types import INSTALMENT_OF, QUOTIENTS
from schemes.model_names import ACTIVITIES, INSTALMENTS, MONTHS, OF_WHAT_WAS_PAID
from schemes.sheets import INSTRUCTIONS, sheets
from schemes.streams import streams
from tests.oracle.made_up import scheme as made_up
from tests.schemes.drafts import SOUND, broken
from tests.schemes.rich import EXAMPLES, RICH

LIBRARY = [path.read_text(encoding="utf-8") for path in sorted(schemes.LIBRARY.glob("*.yaml"))]


def there_and_back(written: str, language: str) -> None:
    """Exports a YAML scheme to a workbook and back; all three are one scheme."""
    with TemporaryDirectory() as folder:
        first, book, back = (Path(folder) / name for name in ("first.yaml", "book.xlsx", "back.yaml"))
        first.write_text(written, encoding="utf-8")
        schemes.export(first, book, language)
        schemes.export(book, back, language)
        scheme = schemes.read(first)
        assert schemes.read(book) == scheme == schemes.read(back)
        assert schemes.content_hash(schemes.read(book)) == schemes.content_hash(scheme)
        assert sorted(path.name for path in Path(folder).iterdir()) == ["back.yaml", "book.xlsx", "first.yaml"]


@pytest.mark.parametrize(("written", "language"), [(RICH, "en"), (RICH, "ru"), *((text, "en") for text in LIBRARY)])
def test_nothing_is_lost_between_yaml_and_excel(written, language):
    there_and_back(written, language)


@pytest.mark.parametrize("written", EXAMPLES)
def test_every_example_of_the_page_goes_there_and_back(written):
    there_and_back(written, "ru")


@settings(max_examples=8, deadline=None)
@given(made_up("one"), st.sampled_from(["en", "ru"]))
def test_a_made_up_scheme_goes_there_and_back(written, language):
    there_and_back(written, language)


TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=12)


@settings(max_examples=15, deadline=None)
@example(["?0"] * 4)  # a question mark asks for a key where a mapping stands in one line
@given(st.lists(st.one_of(TEXTS, st.sampled_from(["=1+1", "_x0041_", "@a", "'a", '""', ' "', "#N/A", "true", "2026-01-01", "1e3", "- a", "a: b", "?0"])), min_size=4, max_size=4))  # fmt: skip
def test_texts_are_kept_to_the_letter(texts):
    tree = YAML().load(RICH)
    tree["document"], tree["title"]["ru"] = texts[0], texts[1]
    tree["attributes"]["grade"]["default"] = texts[2]
    tree["tables"]["price"]["rows"][0]["tariff"] = "-" + texts[3]
    there_and_back(yaml_text(tree), "ru")


def test_what_a_workbook_cannot_carry_is_refused_and_not_lost(tmp_path):
    for number, (old, new) in enumerate([
        ("document: Trial agreement, annex 1", r'document: "Two\r\nlines"'),
        ("document: Trial agreement, annex 1", r'document: "A bell\a"'),
    ]):  # fmt: skip
        source, target = tmp_path / f"{number}.yaml", tmp_path / f"{number}.xlsx"
        source.write_text(broken(old, new), encoding="utf-8")
        with pytest.raises(InvariantError, match="says something that the other form can't carry"):
            schemes.export(source, target, "en")
        assert [path.name for path in tmp_path.iterdir() if str(number) in path.name] == [source.name]


@given(st.one_of(TEXTS, st.sampled_from(['"', '""', '"""', '" "', '"a"', " a", '""a""', '" a"'])))
def test_a_text_in_a_cell_is_the_text(text):
    cell = encoded(text, "text", "en")
    assert cell == cell.strip() and cell
    assert decoded(cell, "text") == text


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_a_number_in_a_cell_is_the_decimal_that_excel_shows(amount):
    assert Decimal(decoded(float(amount), "value", "money")) == amount
    assert decoded(0.1 + 0.2, "value", "share") == "0.3"


def fill(path: Path, **sheets_rows: list[list[object]]) -> None:
    """Fills in a template as a person would: under its headers, row by row."""
    book = openpyxl.load_workbook(path)
    for name, rows in sheets_rows.items():
        sheet = book[name.replace("_", " ")]
        columns = {cell.value: cell.column for cell in sheet[1]}
        for number, row in enumerate(rows, start=2):
            for header, value in row.items():
                sheet.cell(number, columns[header], value)
    book.save(path)


def test_a_template_that_finance_fills_in_is_the_scheme(tmp_path):
    path = tmp_path / "draft.xlsx"
    assert CliRunner().invoke(cli.scheme.group, ["template", str(path), "--lang", "ru"]).exit_code == 0
    book = openpyxl.load_workbook(path)
    settings_of = {
        "схема": "trial", "версия": 1, "название (англ.)": "Trial", "название (рус.)": "Проба",
        "документ": "Trial agreement, annex 1", "действует с": datetime(2026, 1, 1), "валюта": "RUB",
        "округление, что": "line", "округление, знаков": 2, "округление, способ": "half_up",
    }  # fmt: skip
    for line in book["Схема"].iter_rows(min_row=2):
        line[1].value = settings_of.get(line[0].value)
    book.save(path)
    fill(
        path,
        Атрибуты=[
            {"имя": "fee", "название (англ.)": "fee", "название (рус.)": "вознаграждение", "тип": "money",
             "по умолчанию": 300, "в пределах, от": 0.0, "в пределах, до": "1000.00", "пункт": "2.1"},
            {"имя": "part", "название (англ.)": "share", "название (рус.)": "доля", "тип": "share",
             "по умолчанию": 0.05, "в пределах, от": 0, "в пределах, до": 0.2},
        ],
        Условия=[{"имя": "floor", "название (англ.)": "smallest charge", "название (рус.)": "наименьшее начисление", "тип": "money"}],
        Значения_условий=[
            {"условие": "floor", "с": datetime(2026, 1, 1), "значение": "1.00"},
            {"условие": "floor", "с": "2026-09-01", "значение": 10, "решено": datetime(2026, 8, 10)},
        ],
        Составляющие=[
            {"имя": "activation", "название (англ.)": "Activation fee", "название (рус.)": "Вознаграждение за подключение",
             "пункт": "2.1", "событие": "activation", "при условии": "product_group = 'voice' and outlet_kind <> 'online'", "выплата": "fee"},
            {"имя": "charges", "название (англ.)": "Share of charges", "название (рус.)": "Доля от начислений", "событие": "charge",
             "при условии": "months_since_activation between 0 and 11 and amount >= floor", "выплата": "amount * part"},
            {},
            {"имя": "bonus", "название (англ.)": "Volume bonus", "название (рус.)": "Бонус за объём", "событие": "activation"},
        ],
        Ступени=[{"составляющая": "bonus", "по чему": "count", "счёт": "slice"}],
        Шаги_ступеней=[{"составляющая": "bonus", "больше": 0, "за единицу": 0}, {"составляющая": "bonus", "больше": 50, "за единицу": "fee"}],
        Пределы=[{"имя": "cap", "название (англ.)": "Monthly cap", "название (рус.)": "Предел за месяц", "составляющие": "activation, bonus", "не больше": 500000}],
    )  # fmt: skip
    assert schemes.read(path) == schemes.parse(SOUND, "x")
    told = CliRunner().invoke(cli.scheme.group, ["check", str(path)])
    assert told.exit_code == 0 and told.stdout == f"{path}: in order\n"


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_template_is_empty_and_explains_every_column(tmp_path, language):
    path = tmp_path / "draft.xlsx"
    schemes.write_template(path, language)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [title.text(language) for title in (INSTRUCTIONS, *(sheet.title for sheet in sheets()))]
    for sheet in sheets():
        page = book[sheet.title.text(language)]
        assert page.freeze_panes == "B2"
        headers = list(page[1]) if sheet.section else [line[0] for line in page.iter_rows(min_row=2)]
        assert [cell.value for cell in headers] == [column.title.text(language) for column in sheet.columns]
        assert all(cell.comment and len(cell.comment.text) > 10 for cell in headers)
        lists = " ".join(str(of.formula1) for of in page.data_validations.dataValidation)
        assert all(word in lists for column in sheet.columns for word in column.choices)
    shown = {str(cell.value) for line in book[INSTRUCTIONS.text(language)].iter_rows() for cell in line}
    assert {"retail_agent", "amount * 0.05", "300.00"} <= shown
    assert {name for stream in streams().values() for name in stream.names} <= shown  # all that formulas may say
    assert set(workbook_names.FUNCTIONS) <= shown


def test_the_template_names_every_function_and_name_that_formulas_understand():
    named = {re.match(r"\w+", name)[0] for name in workbook_names.FUNCTIONS}
    assert named == {
        *("if", "least", "greatest", "coalesce", INSTALMENT_OF), *QUOTIENTS, *ACTIVITIES, *INSTALMENTS, *MONTHS, *OF_WHAT_WAS_PAID
    }  # fmt: skip


def test_the_example_of_the_instructions_is_a_sound_scheme():
    assert schemes.read(EXAMPLE).components


def test_every_header_means_one_column():
    for sheet in sheets():
        for column in sheet.columns:
            assert {sheet.column(column.title.en), sheet.column(column.title.ru)} == {column}
            assert sheet.column(column.title.en.upper().replace(" ", "_")) == column


def test_columns_in_another_order_and_more_keys_are_read(tmp_path):
    keys = ", ".join(f"k{number}" for number in range(1, 7))
    row = ", ".join(f"k{number}: v{number}" for number in range(1, 7))
    text = SOUND.replace("pay: fee\n", f"pay: wide({', '.join(['tariff'] * 6)}) + fee * 0\n").replace(
        "components:",
        f"tables:\n  wide: {{type: money, title: {{en: a, ru: а}}, keys: [{keys}], missing: nothing, rows: [{{{row}, value: '5'}}]}}\ncomponents:",
    )
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    schemes.export(tmp_path / "a.yaml", tmp_path / "a.xlsx", "en")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    page = book["Attributes"]
    for line in page.iter_rows():
        values = [cell.value for cell in line]
        for cell, value in zip(line, reversed(values), strict=True):
            cell.value = value
    book.save(tmp_path / "a.xlsx")
    assert schemes.read(tmp_path / "a.xlsx") == schemes.parse(text, "x")


def test_a_workbook_goes_wherever_a_yaml_file_goes(home, tmp_path):
    first, book, second = tmp_path / "first.yaml", tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    first.write_text(SOUND, encoding="utf-8")
    later = tmp_path / "later.yaml"
    later.write_text(
        broken("version: 1", "version: 2", broken("valid_from: 2026-01-01", "valid_from: 2026-11-01")).replace(
            'default: "0.05"', 'default: "0.04"'
        ),
        encoding="utf-8",
    )

    def run(*arguments):
        return CliRunner().invoke(cli.scheme.group, [str(argument) for argument in arguments])

    assert run("export", first, book).stdout == f"{book}: says what {first} says\n"
    assert run("export", later, second, "--lang", "ru").exit_code == 0
    assert run("explain", book, "--lang", "ru").stdout == run("explain", first, "--lang", "ru").stdout
    assert "Доля снижается с 5\xa0% до 4\xa0%" in run("diff", book, second, "--lang", "ru").stdout
    with database.transaction(home) as connection:
        assert registry.add_scheme(connection, book)
        assert not registry.add_scheme(connection, first)  # the very same version
        assert schemes.content_hash(registry.scheme_version(connection, "trial", 1)) == schemes.content_hash(
            schemes.parse(SOUND, "x")
        )
    assert run("diff", "trial:1", book, "--lang", "en").stdout == "Both say the same.\n"


def test_the_same_scheme_gives_the_same_bytes(tmp_path):
    (tmp_path / "a.yaml").write_text(RICH, encoding="utf-8")
    for name in ("a.xlsx", "b.xlsx"):
        schemes.export(tmp_path / "a.yaml", tmp_path / name, "en")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_files_are_not_overwritten_and_other_forms_are_refused(tmp_path):
    source, target = tmp_path / "a.yaml", tmp_path / "a.xlsx"
    source.write_text(SOUND, encoding="utf-8")
    schemes.export(source, target, "en")
    for again in (lambda: schemes.export(source, target, "en"), lambda: schemes.write_template(target, "en")):
        with pytest.raises(RefusedError, match="There is a file"):
            again()
    with pytest.raises(PrmError, match=r"is in no form of schemes\. Give it the ending \.yaml or \.xlsx"):
        schemes.export(source, tmp_path / "a.csv", "en")
    with pytest.raises(PrmError, match=r"is no name of a workbook\. Give it the ending \.xlsx"):
        schemes.write_template(tmp_path / "a.yml", "en")
    with pytest.raises(PrmError, match=r"Save it as \.xlsx"):
        schemes.read(tmp_path / "a.xls")
    (tmp_path / "b.xlsx").write_text("no workbook", encoding="utf-8")
    with pytest.raises(PrmError, match=r"b\.xlsx can't be read as an Excel workbook"):
        schemes.read(tmp_path / "b.xlsx")
    with pytest.raises(PrmError, match="There is no file"):
        schemes.read(tmp_path / "c.xlsx")


def test_days_are_dates_in_a_workbook(tmp_path):
    (tmp_path / "a.yaml").write_text(SOUND, encoding="utf-8")
    schemes.export(tmp_path / "a.yaml", tmp_path / "a.xlsx", "en")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    day = next(line[1] for line in book["Scheme"].iter_rows() if line[0].value == "valid from")
    assert day.is_date and day.value.date() == date(2026, 1, 1)
    assert book["Attributes"]["E2"].value == "300.00" and book["Attributes"]["E2"].number_format == "@"
