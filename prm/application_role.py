"""The role the application works as: `prm_app` owns no table, and has the rights that `sql/roles/app.sql` lists.

A login becomes it when it connects (`options=-c role=prm_app`, which libpq sends for every driver). Roles belong to
the whole server: the first database that is migrated makes it, the others find it there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from prm.errors import SettingsError

ROLE = "prm_app"
_EXISTS = "select 1 from pg_roles where rolname = %s"


def working_as(url: str) -> str:
    """A PostgreSQL URL whose connections work as the role.

    Options of the URL are kept; without any, those of PGOPTIONS, which libpq would leave aside now.

    >>> working_as("postgresql://u@h/prm")
    'postgresql://u@h/prm?options=-c%20role%3Dprm_app'
    """
    base, _, query = url.partition("?")
    others = [part for part in query.split("&") if part and not part.startswith("options=")]
    options = str(conninfo_to_dict(url).get("options") or os.environ.get("PGOPTIONS", ""))
    return f"{base}?{'&'.join([*others, 'options=' + quote(f'{options} -c role={ROLE}'.strip(), safe='')])}"


def make(connection: psycopg.Connection[Any], login_url: str) -> None:
    """Makes the role unless it is there, and lets the application's login work as it.

    connection: the owner's, in a transaction. Raises SettingsError, with what an administrator runs once, where
    the owner may do neither.
    """
    if not connection.execute(_EXISTS, [ROLE]).fetchone():
        _try(connection, sql.SQL("create role {} nologin").format(sql.Identifier(ROLE)))
    login = _login(connection, login_url)
    # Since PostgreSQL 16 a member may be one without being allowed to work as the role.
    kind = "SET" if connection.info.server_version >= 160000 else "MEMBER"
    if not connection.execute("select 1 where pg_has_role(%s::name, %s, %s)", [login, ROLE, kind]).fetchone():
        _try(connection, sql.SQL("grant {} to {}").format(sql.Identifier(ROLE), sql.Identifier(login)))


@contextmanager
def explained() -> Iterator[None]:
    """Turns a login's failure to work as the role into words."""
    try:
        yield
    except psycopg.OperationalError as error:
        if f'"{ROLE}"' not in str(error):
            raise
        raise SettingsError(
            f"The database's login can't work as the role {ROLE}: {str(error).strip().rpartition('FATAL:')[2].strip()}.",
            hint="`prm migrate` makes the role, and says what an administrator has to do where it may not.",
        ) from None


def _login(connection: psycopg.Connection[Any], login_url: str) -> str:
    """The name of the application's login; the owner's own where they are the same."""
    with psycopg.connect(login_url) as application:
        return application.info.user


def _try(connection: psycopg.Connection[Any], statement: sql.Composed) -> None:
    try:
        with connection.transaction():
            connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        text = statement.as_string(connection)
        raise SettingsError(
            f"The login '{connection.info.user}' may not set up the role {ROLE}.",
            hint=f"Let an administrator of the server run once: {text};",
        ) from None
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        pass  # another database of the server was faster
