"""To folders and storage: the same files under the same names, whole, on a disk and in an S3; the archive for finance too."""

import os
import zipfile

import fsspec
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

import delivery
from prm.lake import fingerprint
from tests.delivery.conftest import schedule
from tests.operators import OCTOBER


def send(settings, **other):
    return delivery.send(OCTOBER, author="olga", pauses=(), settings=settings, **other)


def files(folder):
    return {path.relative_to(folder).as_posix(): fingerprint(path) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def storage():
    """An S3 on this machine, with a bucket; its library finds it by the environment."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    before = dict(os.environ)
    os.environ.update(
        AWS_ACCESS_KEY_ID="prm", AWS_SECRET_ACCESS_KEY="secret", AWS_ENDPOINT_URL_S3=f"http://{host}:{port}",
        AWS_DEFAULT_REGION="us-east-1",
    )  # fmt: skip
    system = fsspec.filesystem("s3")
    system.mkdir("dealers")
    yield system
    server.stop()
    os.environ.clear()
    os.environ.update(before)


def test_a_folder_gets_each_version_once_and_the_archive_with_its_index(sending, tmp_path):
    away = tmp_path / "share"
    schedule(
        sending,
        f"""
documents:
  - {{forms: [statement], formats: [csv], send: [folder: {away}]}}
  - {{forms: [branch_summary], formats: [html], send: [folder: file://{away}/operator]}}
archive: {{language: en, send: {{folder: {away}}}}}
""",
    )
    assert len(send(sending).delivered) == 6
    archive = away / "2026-10" / "documents_2026-10_en.zip"
    assert {name for name in files(away) if name.endswith("csv")} == {
        f"2026-10/{who}/statement_2026-10_ru.csv" for who in ("D00001", "D00002", "A00001", "P00001")
    }
    assert (away / "operator/2026-10/_operator/branch_summary_2026-10_ru.html").exists()
    for name, content in files(away).items():
        if not name.startswith("operator"):
            assert fingerprint(sending.documents / name) == content
    with zipfile.ZipFile(archive) as opened:
        assert "D00001/statement_2026-10_ru.csv" in opened.namelist() and opened.testzip() is None

    again = send(sending)
    assert (again.delivered, again.already, delivery.undelivered(OCTOBER, settings=sending)) == ([], 6, [])


def test_a_relative_folder_is_one_of_the_home_and_only_the_named_counterpartys_documents_go(sending):
    schedule(sending, "documents:\n  - {formats: [csv], send: {folder: outbox}}\n")
    send(sending, counterparties=["D00002"])
    assert set(files(sending.home / "outbox")) == {"2026-10/D00002/statement_2026-10_ru.csv"}


def test_an_s3_gets_the_same_bytes(sending, storage):
    schedule(sending, "documents:\n  - {forms: [statement], formats: [pdf, csv], send: {folder: s3://dealers/prm}}\n")
    assert len(send(sending).delivered) == 4
    stored = storage.find("dealers/prm")
    assert len(stored) == 8
    for path in stored:
        ours = sending.documents / path.removeprefix("dealers/prm/")
        assert storage.cat_file(path) == ours.read_bytes()
    assert send(sending).already == 4


def test_a_bucket_that_is_not_there_is_told_and_not_made(sending, storage):
    schedule(sending, "documents:\n  - {forms: [statement], formats: [csv], send: {folder: s3://daelers/prm}}\n")
    sent = send(sending)
    assert len(sent.failed) == 4 and "s3://daelers/prm did not take it" in sent.failed[0][1]
    assert not storage.exists("daelers") and len(delivery.list_deliveries(settings=sending)) == 1
    storage.mkdir("daelers")
    assert len(send(sending).delivered) == 4


def test_a_folder_that_can_t_be_written_keeps_nothing_from_the_others(sending, tmp_path):
    (tmp_path / "file").write_text("in the way")
    schedule(
        sending,
        f"""
documents:
  - {{forms: [statement], formats: [csv], send: [folder: {tmp_path}/file, folder: {tmp_path}/share]}}
""",
    )
    sent = send(sending)
    assert (len(sent.delivered), len(sent.failed)) == (4, 4)
    left = delivery.undelivered(OCTOBER, settings=sending)
    assert {one.address for one in left} == {f"{tmp_path}/file"} and sum(one.attempts for one in left) == 1


def test_a_document_that_was_changed_by_hand_is_made_again_and_never_sent(sending, tmp_path):
    schedule(sending, f"documents:\n  - {{forms: [statement], formats: [csv], send: {{folder: {tmp_path}/share}}}}\n")
    send(sending)
    ours = sending.documents / "2026-10" / "D00001" / "statement_2026-10_ru.csv"
    sound = ours.read_bytes()
    ours.write_bytes(sound + b"one more line")
    assert send(sending).already == 4 and ours.read_bytes() == sound


def test_the_journal_only_grows(sending, tmp_path):
    import psycopg

    from prm import database

    schedule(sending, f"documents:\n  - {{forms: [statement], formats: [csv], send: {{folder: {tmp_path}/share}}}}\n")
    send(sending)
    for statement in ("update delivery.outcomes set outcome = 'failed'", "delete from delivery.attempts"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction(sending) as connection:
            connection.execute(statement)
        with pytest.raises(psycopg.Error, match="append-only"), psycopg.connect(sending.database_url) as owner:
            owner.execute(statement)
    assert {row["outcome"] for row in delivery.list_deliveries(settings=sending)} == {"delivered"}
