"""Backed up, restored elsewhere, and gone on from; a changed byte is found, and nothing is restored over something."""

import json
import os
import shutil
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

import runs
import settlement
from prm import backup, database, lake
from prm.errors import NotFoundError, RefusedError
from prm.settings import Settings
from tests import built
from tests.books import as_owner, broken
from tests.safety import faults
from tests.safety.contents import contents, differences, torn
from tests.safety.prepared import OCTOBER, SEPTEMBER


@pytest.fixture(scope="module")
def kept(prepared, tmp_path_factory):
    """A backup, by the command, of books with a document of their own; and what they say."""
    folder = tmp_path_factory.mktemp("kept")
    with prepared.copy(folder) as settings:
        charge = settlement.Charge("penalty", "D1", date(2026, 10, 17), Decimal("5.00"), "RUB", "late report")
        penalty = settlement.charge_penalty(charge, author="olga", settings=settings)
        (folder / "scan.pdf").write_bytes(b"%PDF a scan")
        settlement.attach_evidence(penalty, folder / "scan.pdf", author="olga", settings=settings)
        (settings.lake / ".work-now").mkdir()
        (settings.lake / ".work-now" / "half.parquet").write_bytes(b"half")
        with database.transaction(settings) as connection:  # a run at work: what is half made is not kept
            row = connection.execute(
                "insert into runs.runs (period, state) values ('2026-12', 'running') returning run_id"
            ).fetchone()
        (settings.runs / str(row["run_id"])).mkdir()
        (settings.runs / str(row["run_id"]) / "half").write_bytes(b"half")
        code, said = faults.command(settings, "backup", str(folder / "first"))
        assert code == 0, said
        with as_owner(settings) as connection:
            connection.execute("delete from runs.runs where state = 'running'")
        yield folder / "first", contents(settings), said, settings


@pytest.fixture
def empty(server, tmp_path):
    """An empty home with an empty database on a server where the roles are."""
    name = f"prm_safety_{os.getpid()}_empty"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield Settings(home=tmp_path / "restored", database_url=database.with_database(server, name), threads=2)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def test_restored_books_pass_every_check_and_a_calculation_goes_on_from_them(kept, empty, prepared):
    folder, expected, said, settings = kept
    assert (
        "the ledger has" in said and "the manifest's SHA-256 is " + lake.fingerprint(folder / "manifest.json") in said
    )
    code, told = faults.command(empty, "restore", str(folder))
    assert code == 0 and "every rule holds" in told and "broken" not in told, told
    head = json.loads((folder / "manifest.json").read_text())["ledger"]["head"]
    assert f"its head is {head}" in told and f"its head is {head}" in said
    with as_owner(empty) as connection:
        connection.execute("delete from runs.runs where state = 'running'")
    assert differences(expected, contents(empty)) == torn(empty) == broken(empty) == []
    [evidence] = settlement.evidence_of(1, settings=empty)
    assert evidence.path.read_bytes() == b"%PDF a scan" and evidence.state == "sound"
    for name in ("operator.yaml", "documents.yaml"):
        assert (empty.home / name).read_bytes() == (settings.home / name).read_bytes()
    assert not list(empty.home.rglob("*half*"))
    with built.remembered(prepared.built):
        assert runs.calculate(OCTOBER, ["D2"], settings=empty).state == "published"
    runs.approve_period(OCTOBER, "olga", settings=empty)
    assert settlement.post_rewards(OCTOBER, author="olga", settings=empty).transfers
    assert broken(empty) == []
    with database.transaction(empty) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("update ledger.transfers set amount = 1")
    run_id = runs.current_versions(SEPTEMBER, settings=empty)["D1"]["run_id"]
    with runs.open_run(run_id, settings=empty) as opened:
        views = opened.rows("select sql from duckdb_views() where not internal")
        assert views and not [view for view in views if str(kept[3].home) in view["sql"]]
        assert opened.rows("select * from int_events") and opened.rows("select * from inputs.charges")
    code, told = faults.command(empty, "explain", "2026-09", "D1")
    assert code == 0 and "3,200.00 RUB" in told, told


def test_a_restore_into_a_home_of_its_own_starts_a_server_there(kept, monkeypatch):
    monkeypatch.delenv("PRM_DATABASE_URL", raising=False)
    folder = Path(tempfile.mkdtemp(prefix="prm-own-"))  # not pytest's, which other sessions close to the server's user
    home = folder / "new"
    code, told = faults.command(Settings(home=folder / "other"), "restore", str(kept[0]), "--into", str(home))
    try:
        assert code == 0 and "every rule holds" in told and f"PRM_HOME={home}" in told, told
        assert (home / "postgres").is_dir() and not (folder / "other").exists()
    finally:
        database.stop(Settings(home=home))
        shutil.rmtree(folder, ignore_errors=True)


def test_a_changed_byte_of_the_backup_is_found_and_nothing_is_restored(kept, empty):
    folder, *_ = kept
    for path in (folder / backup.DUMP, next((folder / "lake" / "charges").rglob("*.parquet"))):
        former = faults.change_a_byte(path)
        code, said = faults.command(empty, "backup", "--check", str(folder))
        assert code == 1 and f"{path} is not what was written" in said, said
        with pytest.raises(lake.DamagedError, match=str(path)):
            backup.restore(folder, settings=empty)
        assert not empty.home.exists()
        faults.put_back(path, former)
    code, said = faults.command(empty, "backup", "--check", str(folder))
    assert code == 0 and "are what was backed up" in said, said


def test_nothing_is_restored_over_something(kept, empty, prepared, tmp_path):
    folder, *_ = kept
    with prepared.copy(tmp_path) as settings:
        with pytest.raises(RefusedError, match=f"{settings.home} is not empty: it has inbox, lake"):
            backup.restore(folder, settings=settings)
        elsewhere = Settings(home=tmp_path / "elsewhere", database_url=settings.database_url)
        with pytest.raises(RefusedError, match=r"is not empty: it has the schema delivery.*new database"):
            backup.restore(folder, settings=elsewhere)
        assert not elsewhere.home.exists()
    with pytest.raises(NotFoundError, match=r"There is no backup in .*manifest\.json is missing"):
        backup.restore(tmp_path, settings=empty)


def test_a_backup_since_another_links_what_has_not_changed(kept, tmp_path):
    *_, settings = kept
    folder = backup.back_up(tmp_path / "first", settings=settings).folder
    path = settings.home / "inbox" / "products.csv"
    former = path.read_bytes()
    faults.put_back(path, former + b"V9,x,voice\n")
    second = backup.back_up(tmp_path / "second", since=folder, settings=settings)
    faults.put_back(path, former)
    assert second.copied == 2 and second.files > 50  # the dump, and the file that has changed
    same = "inbox/outlets.csv"
    assert (second.folder / same).stat().st_ino == (folder / same).stat().st_ino
    backup.verify_backup(second.folder)
    with pytest.raises(RefusedError, match="is not empty"):
        backup.back_up(folder, settings=settings)
    with pytest.raises(RefusedError, match="lies in the home itself"):
        backup.back_up(settings.home / "backup", settings=settings)


def test_what_the_books_name_and_is_not_there_is_no_backup(prepared, tmp_path):
    with prepared.copy(tmp_path) as settings:
        path = next((settings.lake / "charges").rglob("*.parquet"))
        path.unlink()
        with pytest.raises(lake.DamagedError, match=rf"{path.name} is gone.*charges load {path.stem}"):
            backup.back_up(tmp_path / "backup", settings=settings)
        assert not (tmp_path / "backup" / backup.MANIFEST).exists()
