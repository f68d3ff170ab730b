import psycopg
import pytest

from prm import database
from prm.errors import SettingsError
from prm.settings import Settings
from tests.books import as_owner


def test_migrating_again_changes_nothing(home):
    assert database.migrate(home) == []


def test_an_edited_migration_is_refused(home, monkeypatch, tmp_path):
    (tmp_path / "migrations").mkdir()
    monkeypatch.setattr(database, "SQL", tmp_path)
    for path in (database.PROJECT / "sql" / "migrations").glob("*.sql"):
        (tmp_path / "migrations" / path.name).write_text(path.read_text() + "\n-- edited")
    with pytest.raises(SettingsError, match=r"001_registry\.sql was edited"):
        database.migrate(home)


def test_a_failed_transaction_leaves_nothing(home):
    with pytest.raises(ZeroDivisionError), database.transaction(home) as connection:
        connection.execute("insert into registry.branches values ('ural')")
        raise ZeroDivisionError
    with database.transaction(home) as connection:
        assert connection.execute("select * from registry.branches").fetchall() == []


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("postgresql://u:p@h:5432/prm", "postgresql://u:p@h:5432/x"),
        ("postgresql://postgres:@/prm?host=/some/where", "postgresql://postgres:@/x?host=/some/where"),
        ("postgresql://h", "postgresql://h/x"),
    ],
)
def test_another_database_of_the_same_server_keeps_everything_else(url, other):
    assert database.with_database(url, "x") == other


def test_a_database_is_described_without_its_password():
    described = database.describe(Settings(database_url="postgresql://u:secret@db:5432/prm"))
    assert described == "PostgreSQL at db:5432/prm"


def test_scheme_versions_cannot_be_changed_or_removed(home):
    with database.transaction(home) as connection:
        connection.execute(
            """insert into registry.scheme_versions (scheme, version, valid_from, content_hash, canonical, source)
               values ('s', 1, '2026-01-01', 'h', '{}', '')"""
        )
    for statement in (
        "update registry.scheme_versions set content_hash = 'other'",
        "delete from registry.scheme_versions",
        "truncate registry.scheme_versions",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction(home) as connection:
            connection.execute(statement)
        with pytest.raises(psycopg.errors.RaiseException), as_owner(home) as connection:
            connection.execute(statement)
