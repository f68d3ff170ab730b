"""What tests need around the books: the owner's connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from prm import database
from prm.settings import Settings


@contextmanager
def as_owner(settings: Settings) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A transaction of the login that owns the tables; in tests it is a superuser's."""
    with psycopg.connect(database.owner_url(settings), row_factory=dict_row) as connection:
        yield connection
