"""The ledger is append-only: by rights for the application, by triggers for everybody."""

import psycopg
import pytest

import settlement
from prm import database
from prm.application_role import working_as
from prm.errors import SettingsError
from prm.settings import Settings
from tests.books import add_cause, as_owner, entry

CHANGES = [
    "update ledger.transfers set amount = 1",
    "delete from ledger.transfers",
    "truncate ledger.transfers",
    "truncate ledger.transfers cascade",
    "delete from ledger.head",
    "update ledger.head set transfers = transfers - 1",
    "truncate ledger.head",
]
OTHER_WAYS = [
    "insert into ledger.transfers select * from ledger.transfers",
    "insert into ledger.accounts select * from ledger.accounts",
    "update ledger.head set hash = ''",
    "alter table ledger.transfers disable trigger all",
    "alter table ledger.transfers add column more text",
    "alter table ledger.transfers owner to prm_app",
    "drop table ledger.transfers cascade",
    "drop trigger transfers_never_change on ledger.transfers",
    "create or replace function ledger.refuse_change() returns trigger language plpgsql as 'begin return new; end'",
    "set session_replication_role = replica",
    "create table ledger.mine (a int)",
    "create table public.mine (a int)",
    "update results.rewards set amount = 0",
    "delete from results.versions",
    "update runs.version_moves set reason = ''",
    "delete from runs.period_decisions",
    "update registry.scheme_versions set source = ''",
    "drop schema reporting cascade",
]


@pytest.fixture
def posted(home):
    with database.transaction(home) as connection:
        settlement.post(connection, [entry("one"), entry("two")])
    return home


@pytest.mark.parametrize("statement", CHANGES + OTHER_WAYS)
def test_the_application_may_only_add(posted, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction(posted) as connection:
        connection.execute(statement)


@pytest.mark.parametrize("statement", CHANGES)
def test_the_owner_is_refused_too(posted, statement):
    with pytest.raises(psycopg.Error) as refused, as_owner(posted) as connection:
        connection.execute(statement)
    # A table that others refer to is not truncated alone, whoever asks: PostgreSQL says so before any trigger.
    assert refused.value.sqlstate == ("0A000" if statement == "truncate ledger.transfers" else "PRM00")


def test_a_change_that_comes_by_replication_is_refused_too(posted):
    with pytest.raises(psycopg.Error) as refused, as_owner(posted) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("delete from ledger.transfers")
    assert refused.value.sqlstate == "PRM00"


def test_the_application_owns_nothing(home):
    with database.transaction(home) as connection:
        assert connection.execute("select current_user as who").fetchone()["who"] == "prm_app"
        owned = connection.execute(
            """select relname from pg_class where relowner = 'prm_app'::regrole
               union all select proname from pg_proc where proowner = 'prm_app'::regrole
               union all select nspname from pg_namespace where nspowner = 'prm_app'::regrole"""
        ).fetchall()
    assert owned == []


def test_every_function_that_acts_as_the_owner_has_a_search_path_of_its_own(home):
    with database.transaction(home) as connection:
        rows = connection.execute(
            """select proname, proconfig::text as config, has_function_privilege('public', p.oid, 'execute') as for_all
               from pg_proc as p join pg_namespace as n on n.oid = pronamespace
               where prosecdef and nspname in ('ledger', 'results', 'runs', 'registry', 'loads', 'documents')"""
        ).fetchall()
    assert {row["proname"] for row in rows} >= {"post", "make_partitions", "summarise"}
    assert [
        row for row in rows if "search_path=pg_catalog, pg_temp" not in (row["config"] or "") or row["for_all"]
    ] == []


@pytest.mark.parametrize(
    ("url", "options", "expected"),
    [
        ("postgresql://u@h/prm", "", "postgresql://u@h/prm?options=-c%20role%3Dprm_app"),
        ("postgresql:///prm?host=/x", "", "postgresql:///prm?host=/x&options=-c%20role%3Dprm_app"),
        (
            "postgresql://h/prm?options=-c%20work_mem%3D1MB&sslmode=require", "",
            "postgresql://h/prm?sslmode=require&options=-c%20work_mem%3D1MB%20-c%20role%3Dprm_app",
        ),
        ("postgresql://h/prm", "-c a=b", "postgresql://h/prm?options=-c%20a%3Db%20-c%20role%3Dprm_app"),
    ],
)  # fmt: skip
def test_a_url_keeps_its_options_beside_the_role(monkeypatch, url, options, expected):
    monkeypatch.setenv("PGOPTIONS", options)
    assert working_as(url) == expected


class TestSeparateLogins:
    """A hard wall: the owner migrates, the application has a login that is nothing but a member of prm_app."""

    @pytest.fixture
    def logins(self, server, home):
        names = {"owner": f"{home.database_url.split('/')[-1].split('?')[0]}_owner"}
        names["worker"] = names["owner"].replace("_owner", "_worker")
        base = names["owner"].removesuffix("_owner") + "_two"
        with psycopg.connect(server, autocommit=True) as connection:
            for name in names.values():
                connection.execute(f"create role {name} login")
            connection.execute(f"create database {base} owner {names['owner']}")
        url = database.with_database(server, base)
        yield {kind: url.replace("postgresql://postgres:", f"postgresql://{name}:") for kind, name in names.items()}
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"drop database {base} with (force)")
            for name in names.values():
                connection.execute(f"drop role {name}")

    def test_what_an_administrator_has_to_do_is_said_and_then_it_works(self, server, logins, tmp_path):
        settings = Settings(home=tmp_path, database_url=logins["worker"], owner_database_url=logins["owner"])
        with pytest.raises(SettingsError, match=r"run once: grant \"prm_app\" to \"\w+_worker\";") as refused:
            database.migrate(settings)
        with pytest.raises(SettingsError, match="prm migrate"):
            database.connect(settings)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(str(refused.value).rpartition("run once: ")[2])
        assert "012_ledger" in database.migrate(settings)
        assert database.migrate(settings) == []
        add_cause(settings)
        with database.transaction(settings) as connection:
            assert settlement.post(connection, [entry()]) == [1]
        with psycopg.connect(logins["worker"]) as connection:  # the login itself, without the role's options
            for statement in ("set role none; drop table ledger.transfers", "truncate ledger.transfers"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                    connection.execute(statement)
