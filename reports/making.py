"""Making documents: what one shows is read once and drawn in each of its formats, each file registered as it is made."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prm.database import Connection
from prm.errors import PrmError, RefusedError
from prm.period import Period
from reports.data import document
from reports.forms import Form
from reports.model import Document
from reports.registering import Entry, write
from reports.renderers import RENDERERS
from reports.source import Source
from reports.templates import render_template


@dataclass(frozen=True)
class Order:
    """A document that is to be made, in the formats of its entries, which differ in nothing else.

    lines: how many it may have to show, by which the effort is reckoned.
    """

    form: Form
    entries: tuple[Entry, ...]
    lines: int


@dataclass(frozen=True)
class Outcome:
    """What became of a document: its file's SHA-256, or what was wrong, with the traceback."""

    entry: Entry
    sha256: str = ""
    error: str = ""
    details: str = ""


def fulfil(order: Order, source: Source, books: Connection, work: Path) -> list[Outcome]:
    """Makes an order's documents and registers them. One that fails is told of and keeps none of the others.

    books: a connection that commits each statement. work: a folder for what is being written, on the documents' disk.
    Raises what would fail every other document, too: OSError, and psycopg.Error where a connection is gone.
    """
    one = order.entries[0]
    outcomes = []
    try:
        with source.connection.transaction():  # a savepoint: what fails leaves the transaction to the others
            shown = document(source, order.form, one.period, one.counterparty_id, one.language, one.parameters)
    except Exception as error:
        _raise_what_concerns_all(error, source, books)
        return [_failed(entry, error) for entry in order.entries]
    for entry in order.entries:

        def draw_it(path: Path, entry: Entry = entry) -> None:
            draw(shown, order.form, entry.format, path, entry.period, entry.parameters)

        try:
            with source.connection.transaction():
                outcomes.append(Outcome(entry, write(books, source.settings, entry, draw_it, work)))
        except Exception as error:
            _raise_what_concerns_all(error, source, books)
            outcomes.append(_failed(entry, error))
    return outcomes


def draw(
    shown: Document, form: Form, format: str, path: Path, period: Period, parameters: Mapping[str, str] | None = None
) -> None:
    """Makes a document as a file, by its format's renderer or from the form's template.

    Raises RefusedError for a format that a template does not have.
    """
    if form.template and format not in form.formats:
        raise RefusedError(
            f"Form '{form.name}' is a template and has no {format}.", hint=f"It has: {', '.join(form.formats)}."
        )
    if form.template:
        render_template(shown, form, path, period, parameters or {})
    else:
        RENDERERS[format](shown, path)


def _raise_what_concerns_all(error: Exception, source: Source, books: Connection) -> None:
    if isinstance(error, OSError) or source.connection.closed or books.closed:
        raise error


def _failed(entry: Entry, error: Exception) -> Outcome:
    told = str(error) if isinstance(error, PrmError) else f"{type(error).__name__}: {error}"
    return Outcome(entry, error=told, details="".join(traceback.format_exception(error)))
