"""Many documents are made in several processes: the same bytes, of one moment, and nothing half when something goes wrong."""

import os
import signal
import time

import psutil
import pytest

import reports
from prm import database
from reports import publishing
from tests.operators import OCTOBER
from tests.reports.test_own_forms import word

WANTED = {"forms": ["statement", "not_paid"], "formats": ["xlsx", "pdf"]}


@pytest.fixture
def in_processes(monkeypatch):
    """Processes are worth starting for any number of documents."""
    monkeypatch.setattr(publishing, "_SECONDS_OF_A_START", 0.0)


@pytest.fixture
def nothing_made(month):
    """As if no document had been made, and none left over afterwards."""
    for document in month.documents.rglob("*.*"):
        document.unlink()
    yield
    assert not list(month.documents.rglob(".*")) and not workers()


def workers():
    return [one for one in psutil.Process().children() if "reports.document_worker" in one.cmdline()]


def test_documents_are_the_same_in_their_order_whoever_makes_them_and_show_one_moment(
    month, nothing_made, in_processes, monkeypatch
):
    def meanwhile(done, of):
        if done == 0:  # what is wanted is known, and nothing made
            rename(month, "Другое имя")

    was = rename(month, None)
    seen = []
    try:
        made = reports.publish(
            OCTOBER, **WANTED, settings=month, progress=lambda done, of: (seen.append((done, of)), meanwhile(done, of))
        )
    finally:
        rename(month, was)
    assert {one.state for one in made} == {"made"} and seen[0] == (0, 10) and seen[-1] == (10, 10)
    for document in made:
        document.path.unlink()
    monkeypatch.setattr(publishing, "_SECONDS_OF_A_START", 1e9)
    again = reports.publish(OCTOBER, **WANTED, settings=month)
    assert again == made
    assert {one.state for one in reports.publish(OCTOBER, **WANTED, settings=month)} == {"unchanged"}


def rename(month, name):
    """Gives a dealer another name; returns its present one."""
    with database.transaction(month) as connection:
        row = connection.execute("select name from registry.counterparties where counterparty_id = 'D00001'").fetchone()
        if name:
            connection.execute("update registry.counterparties set name = %s where counterparty_id = 'D00001'", [name])
    return row["name"]


@pytest.mark.parametrize("threads", [1, 2], ids=["here", "in processes"])
def test_a_document_that_fails_is_named_and_the_others_are_made(month, nothing_made, tmp_path, monkeypatch, threads):
    monkeypatch.setattr(publishing, "_SECONDS_OF_A_START", 0.0 if threads == 2 else 1e9)
    file = tmp_path / "letter_that_fails.docx"
    file.write_bytes(
        word("{% if counterparty.endswith('(D00001)') %}{{ rewards.total.amunt }}{% endif %}", name="letter_that_fails")
    )
    reports.add_form(file, author="olga", settings=month)
    settings = month.model_copy(update={"threads": threads})
    with pytest.raises(reports.NotMadeError) as raised:
        reports.publish(OCTOBER, forms=["letter_that_fails", "statement"], formats=["docx"], settings=settings)
    error = raised.value
    assert "1 of 8 documents could not be made: letter_that_fails of D00001 for 2026-10 (ru, docx):" in str(error)
    assert "rewards.total.amunt" in str(error)
    assert len(error.documents) == 7 and all(one.path.exists() for one in error.documents)
    [failed] = error.failed
    assert not failed.entry.path.exists()
    with pytest.raises(reports.NotMadeError) as raised:
        reports.publish(OCTOBER, forms=["letter_that_fails", "statement"], formats=["docx"], settings=settings)
    assert {one.state for one in raised.value.documents} == {"unchanged"}


def test_a_killed_process_costs_the_document_that_it_was_making(month, nothing_made, in_processes, monkeypatch):
    killed = []

    def kill(done, of):
        if done and not killed:
            killed.extend(workers())
            for one in killed:
                os.kill(one.pid, signal.SIGKILL)

    with pytest.raises(reports.NotMadeError, match="was ended by SIGKILL: is there too little memory") as raised:
        reports.publish(OCTOBER, **WANTED, settings=month, progress=kill)
    assert len(killed) == 2 and raised.value.failed
    monkeypatch.setattr(publishing, "_SECONDS_OF_A_START", 1e9)
    states = [one.state for one in reports.publish(OCTOBER, **WANTED, settings=month)]
    assert states.count("made") <= len(
        raised.value.failed
    )  # what was made before its process could tell of it is sound
    assert states.count("unchanged") >= len(raised.value.documents) and len(states) == 10


def test_an_interruption_ends_the_processes_and_leaves_nothing_half(month, nothing_made, in_processes):
    def interrupt(done, of):
        if done:
            raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        reports.publish(OCTOBER, **WANTED, settings=month, progress=interrupt)
    assert time.monotonic() - began < 60
    registered = {month.home / row["path"] for row in reports.list_documents(OCTOBER, settings=month)}
    assert {path for path in month.documents.rglob("*.*") if path.is_file()} <= registered


def test_what_would_fail_every_document_stops_at_once(month, nothing_made, in_processes, monkeypatch):
    monkeypatch.setattr(publishing, "work_folder", lambda folder: _Gone(folder))
    with pytest.raises(FileNotFoundError):
        reports.publish(OCTOBER, **WANTED, settings=month)


class _Gone:
    """A work folder that somebody removed."""

    def __init__(self, folder):
        self.folder = folder / "gone"

    def __enter__(self):
        return self.folder

    def __exit__(self, *_):
        return False
