"""The archive for finance: every document of the month with an index, the same bytes for the same documents."""

import csv
import hashlib
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

import reports
import runs
from prm import database
from reports import archiving
from reports.wanted import folder_of
from tests.reports.conftest import OCTOBER


@pytest.fixture
def scheduled(books):
    path = books.home / "documents.yaml"
    path.write_text("""
documents:
  - {forms: [statement], formats: [csv, xlsx], languages: [ru, en]}
  - {forms: [comparison], formats: [csv], parameters: {with: "2026-09"}}
""")
    yield books
    path.unlink()


def test_every_document_is_in_it_under_its_hash_and_the_index_tells_of_each(scheduled):
    made = reports.archive(OCTOBER, language="en", settings=scheduled)
    documents = reports.publish(OCTOBER, settings=scheduled)
    with zipfile.ZipFile(made.path) as archive:
        assert archive.testzip() is None
        inside = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
        book = openpyxl.load_workbook(io.BytesIO(archive.read("index.xlsx")))
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("index.csv"), "utf-8-sig"), delimiter=";"))
    assert {name: value for name, value in inside.items() if not name.startswith("index.")} == {
        f"{one.counterparty_id or '_operator'}/{one.path.name}": one.sha256 for one in documents
    }
    assert (
        len(rows) == len(documents)
        and {row["File in the archive"]: row["SHA-256"] for row in rows}.items() <= inside.items()
    )
    [row] = [row for row in rows if row["File in the archive"] == "D1/statement_2026-10_en.csv"]
    reward = runs.current_versions(OCTOBER, settings=scheduled)["D1"]["amount"]
    assert row["Document"] == "Statement of reward" and row["Reward of the month"] == f"{reward:.2f}".replace(".", ",")
    assert [one["Document"] for one in rows if one["Form"] == "comparison"] != [""]
    assert next(row["Counterparty"] for row in rows if row["Id"] == "D2") == "'=1+1"  # never a formula
    cells = [cell.value for line in book["Documents of October 2026"].iter_rows() for cell in line]
    assert "D1/statement_2026-10_en.csv" in cells and float(reward) in cells


def test_it_is_registered_and_made_again_only_for_other_documents_with_the_same_bytes_for_the_same(scheduled):
    first = reports.archive(OCTOBER, settings=scheduled)
    assert reports.archive(OCTOBER, settings=scheduled).state == "unchanged"
    with database.transaction(scheduled) as connection:
        row = connection.execute(
            "select * from reporting.documents where form = '_archive' and language = 'ru' order by made_at desc limit 1"
        ).fetchone()
    assert (row["sha256"], row["format"], row["audience"]) == (first.sha256, "zip", "operator")
    assert row["path"] == "documents/2026-10/documents_2026-10_ru.zip"

    first.path.unlink()
    (scheduled.documents / "2026-10" / "D1" / "statement_2026-10_ru.xlsx").unlink()
    again = reports.archive(OCTOBER, settings=scheduled)
    assert (again.state, again.sha256) == ("made", first.sha256)


def test_an_id_names_one_folder_and_never_leads_out_of_the_documents():
    names = {
        id: folder_of(id) for id in ("D00042", "Д-1", "А/12", "А%2F12", "..", "../..", "/etc", "_operator", "a\\b")
    }
    assert (names["D00042"], names["Д-1"], names["А/12"]) == ("D00042", "Д-1", "А%2F12")
    assert len(set(names.values())) == len(names) and folder_of("") == "_operator" not in names.values()
    assert all(len(Path(name).parts) == 1 and name not in (".", "..") for name in names.values())


def test_a_long_month_streams_into_it(scheduled, monkeypatch):
    """No document is held in memory whole: it goes block by block."""
    read, blocks = [], archiving._blocks
    monkeypatch.setattr(archiving, "_BLOCK", 1000)
    monkeypatch.setattr(archiving, "_blocks", lambda file: (read.append(len(one)) or one for one in blocks(file)))
    reports.archive(OCTOBER, settings=scheduled).path.unlink()
    reports.archive(OCTOBER, settings=scheduled)
    assert max(read) <= 1000 < sum(read)
