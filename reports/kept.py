"""Forms that people added, in versions, beside the project's own."""

from __future__ import annotations

import hashlib
from pathlib import Path

from prm import database
from prm.database import Connection, Row
from prm.errors import NotFoundError
from prm.settings import Settings
from reports.forms import Form, forms
from reports.own_forms import read_form


def add_form(path: Path, *, author: str, settings: Settings | None = None) -> tuple[Form, bool]:
    """Keeps a form's file; returns the form with its version, and whether it is a new one: the same bytes are not.

    Raises PrmError, with its place, for a form that is not in order.
    """
    content = path.read_bytes()
    form = read_form(path.name, content)
    content_hash = hashlib.sha256(content).hexdigest()
    with database.transaction(settings) as connection:
        connection.execute("select pg_advisory_xact_lock(hashtextextended('reports:form:' || %s, 0))", [form.name])
        last = connection.execute(
            "select version, content_hash from documents.forms where form = %s order by version desc limit 1",
            [form.name],
        ).fetchone()
        if last and last["content_hash"] == content_hash:
            return read_form(path.name, content, last["version"]), False
        version = last["version"] + 1 if last else 1
        connection.execute(
            """insert into documents.forms (form, version, file_name, content, content_hash, author)
               values (%s, %s, %s, %s, %s, %s)""",
            [form.name, version, path.name, content, content_hash, author],
        )
    return read_form(path.name, content, version), True


def all_forms(connection: Connection) -> dict[str, Form]:
    """All forms by name: the project's own, and the newest version of each that was added."""
    rows = connection.execute("select distinct on (form) * from documents.forms order by form, version desc").fetchall()
    return forms() | {row["form"]: _of(row) for row in rows}


def known_form(connection: Connection, name: str, version: int | None = None) -> Form:
    """A form by name; version: of a form that was added, None: the newest. Raises NotFoundError."""
    if name in forms():
        return forms()[name]
    row = connection.execute(
        """select * from documents.forms where form = %(name)s and (%(version)s::int is null or version = %(version)s)
           order by version desc limit 1""",
        {"name": name, "version": version},
    ).fetchone()
    if row is None:
        known = ", ".join(all_forms(connection))
        what = f"form '{name}'" if version is None else f"version {version} of form '{name}'"
        raise NotFoundError(f"There is no {what}.", hint=f"There are: {known}.")
    return _of(row)


def list_forms(settings: Settings | None = None) -> list[Row]:
    """Every version of every form that was added, without its file's content."""
    with database.transaction(settings) as connection:
        return connection.execute(
            """select form, version, file_name, content_hash, author, added_at from documents.forms
               order by form, version"""
        ).fetchall()


def _of(row: Row) -> Form:
    return read_form(row["file_name"], bytes(row["content"]), row["version"])
