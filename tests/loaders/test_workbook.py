"""Excel files: text and dates as they are, numbers only where a float holds them, nothing that unpacks too large."""

import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

import loaders
from tests.loaders.helpers import CHARGES, lake_rows

NAME = "charges_2026-10_ural.xlsx"


@pytest.fixture
def offer(home):
    def offer(rows, sheets=()):
        home.inbox.mkdir(parents=True, exist_ok=True)
        book = openpyxl.Workbook()
        for row in [CHARGES, *rows]:
            book.active.append(row)
        for name in sheets:
            book.create_sheet(name)
        book.save(home.inbox / NAME)
        return loaders.load(home.inbox / NAME, settings=home)

    return offer


def test_cells_are_read_as_they_are_meant(home, offer):
    result = offer(
        [["C1", 17, "P1", date(2026, 10, 5), 0.1 + 0.2, "usage"], [], ["C2", "007", "P1", "06.10.2026", "5.5", "usage"]]
    )
    rows = lake_rows(home, "charges", result.load_id)
    assert [row["subscriber_id"] for row in rows] == ["17", "007"]
    assert [row["amount"] for row in rows] == [Decimal("0.3"), Decimal("5.5")]
    assert rows[0]["charged_on"] == date(2026, 10, 5)


def test_a_number_that_a_spreadsheet_cannot_hold_is_set_apart(home, offer):
    result = offer(
        [["C1", 89701010000000012345, "P1", date(2026, 10, 5), 5, "usage"], ["C2", "S", "P", "2026-10-05", 5, "usage"]]
    )
    assert result.reasons == {"too_many_digits": 1}
    assert [row["row_number"] for row in lake_rows(home, "charges", result.load_id)] == [2]


def test_further_sheets_are_named(offer):
    result = offer([["C1", "S1", "P1", "2026-10-05", 5, "usage"]], sheets=["notes"])
    assert "notes" in result.notes[0].en


def test_a_bomb_is_refused_before_it_is_unpacked(home):
    home.inbox.mkdir(parents=True)
    with zipfile.ZipFile(home.inbox / NAME, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (64 << 20))
    assert loaders.load(home.inbox / NAME, settings=home).code == "grows_too_much"


def test_what_is_no_workbook_is_refused(home):
    home.inbox.mkdir(parents=True)
    (home.inbox / NAME).write_bytes(b"PK but not really")
    assert loaders.load(home.inbox / NAME, settings=home).code == "unreadable_workbook"
