"""The prepared books without pytest: on a server of their own, for the long harnesses."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from prm import database
from prm.settings import Settings
from tests.safety.prepared import Prepared, prepare


@contextmanager
def prepared_alone() -> Iterator[tuple[Prepared, Path]]:
    """The books, and a folder to work in; server (unless PRM_DATABASE_URL names one) and folder are gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="prm-safety-"))
    settings = Settings(home=folder / "server", database_url=os.environ.get("PRM_DATABASE_URL"))
    server, template = database.login_url(settings), f"prm_safety_{os.getpid()}_template"
    try:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"create database {template}")
        database.migrate(Settings(database_url=database.with_database(server, template)))
        with prepare(server, template, folder, folder / "built") as prepared:
            yield prepared, folder
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"drop database {template} with (force)")
    finally:
        database.stop(settings)
        shutil.rmtree(folder, ignore_errors=True)
