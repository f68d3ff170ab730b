"""The steps of documents measure what they say: statements of the very lines, and cells that the libraries write by hand, too."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pypdf
import pytest

import reports
from bench import documents
from bench.make_data import PERIOD
from bench.report import Measured, rows_of
from prm import database
from prm.settings import Settings


@pytest.fixture
def small(home: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A home in which the benchmark's books of documents are small ones."""
    names = {name: f"{of}_test" for name, of in documents._DATABASES.items()}
    monkeypatch.setattr(documents, "_DATABASES", names)
    monkeypatch.setattr(documents, "STATEMENTS", 6)
    monkeypatch.setattr(documents, "LINES", 300)
    monkeypatch.setattr(documents, "LONG", 90)
    yield home
    with psycopg.connect(database.login_url(home), autocommit=True) as connection:
        for name in names.values():
            connection.execute(f"drop database if exists {name} with (force)")


def test_every_step_runs_and_has_its_row(small: Settings) -> None:
    steps = {name: Measured(step(small), 1) for name, step in documents.STEPS.items()}
    books = documents._known(small, "month")
    made = reports.list_documents(PERIOD, settings=books)
    assert len(made) == steps["statements"].found["documents"] == 12
    with database.transaction(books) as connection:
        row = connection.execute("select count(*) as lines from reporting.reward_lines").fetchone()
        sizes = connection.execute("select lines from reporting.versions order by lines").fetchall()
    assert row is not None and row["lines"] == 300
    assert sizes[0]["lines"] < 30 < 70 < sizes[-1]["lines"]
    long = documents._known(small, "long").home / "long.pdf"
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(long).pages)
    assert text.count("Тариф «Домашний»") == 15 and "не выполнено условие 1 договора" in text
    told = [what for what, *_ in rows_of(steps)]
    assert len(told) == 10 and told[0] == "6 statements in Excel and PDF"


def test_cells_that_differ_from_those_written_by_hand_fail(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    documents.prepare_long(small)
    documents.renderer_ours("xlsx", small)
    drawn = documents._in_memory(small)
    first = drawn.sections[-1]
    monkeypatch.setattr(
        documents, "_in_memory", lambda _: documents.replace(drawn, sections=(documents.replace(first, rows=lambda: iter(list(first.rows())[1:])),)),
    )  # fmt: skip
    with pytest.raises(SystemExit, match="not those that were written by hand"):
        documents.renderer_by_hand("xlsx", small)
