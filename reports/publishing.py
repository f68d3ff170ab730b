"""Documents out: what a period's versions ask for is rendered, again only where something has changed.

A document is known by the hash of what it shows: the versions of the results, the names it prints, the form
and the renderers. Each file is written aside, moved into place, and registered with its own hash.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import psycopg

from prm import database, logs
from prm.database import Connection, Row
from prm.errors import NotFoundError, RefusedError
from prm.lake import fingerprint, settle
from prm.period import Period
from prm.settings import Settings, get_settings
from prm.words import LANGUAGES, Language
from reports.data import Source, document, run_numbers
from reports.forms import Form, form, forms
from reports.renderers import RENDERERS
from runs import REASONS

FORMATS = tuple(RENDERERS)
OPERATOR = "_operator"
"""Folder of the documents that are for the operator."""


@dataclass(frozen=True)
class Document:
    """A published document. path: absolute. state: `made` now, or `unchanged` since it was made."""

    form: str
    period: Period
    counterparty_id: str
    language: Language
    format: str
    path: Path
    sha256: str
    state: Literal["made", "unchanged"]


@dataclass(frozen=True)
class _Wanted:
    form: Form
    period: Period
    counterparty_id: str
    language: Language
    format: str

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        return (self.form.name, str(self.period), self.counterparty_id, self.language, self.format)


def publish(
    period: Period,
    *,
    counterparties: Sequence[str] | None = None,
    forms: Sequence[str] | None = None,
    languages: Sequence[Language] = ("ru",),
    formats: Sequence[str] = FORMATS,
    progress: Callable[[int, int], None] | None = None,
    settings: Settings | None = None,
) -> list[Document]:
    """Makes a period's documents and registers them; returns them all, made or unchanged.

    counterparties: only these counterparties' documents, and with them the operator's, which show them too.
    Raises NotFoundError for an unknown form, format or language, and where nothing of the period is published.

        publish(Period.parse("2026-10"), counterparties=["D00042"], formats=["pdf"])
    """
    settings = settings or get_settings()
    known_names("format", formats, FORMATS)
    known_names("language", languages, LANGUAGES)
    made: list[Document] = []
    with database.connect(settings) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        source = Source(connection, settings)
        versions = _versions(connection, period)
        if not versions and not counterparties:
            raise NotFoundError(
                f"Nothing of {period} is published.", hint=f"Calculate it first: prm calculate {period}"
            )
        wanted = list(_wanted(period, versions, counterparties, forms, languages, formats))
        names = _hash_of_names(connection)
        for number, one in enumerate(wanted):
            if progress:
                progress(number, len(wanted))
            made.append(_publish(source, one, _source_hash(one, versions, names, settings)))
        if progress:
            progress(len(wanted), len(wanted))
    logs.event("documents", period=period, made=sum(d.state == "made" for d in made), of=len(made))
    return made


def render(
    form_name: str, period: Period, counterparty_id: str, language: Language, format: str, path: Path,
    *, settings: Settings | None = None,
) -> None:  # fmt: skip
    """Renders one document to a path, registering nothing. The same data give the same bytes."""
    known_names("format", [format], FORMATS)
    settings = settings or get_settings()
    with database.connect(settings) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        source = Source(connection, settings)
        RENDERERS[format](document(source, form(form_name), period, counterparty_id, language), path)


def list_documents(period: Period | None = None, *, settings: Settings | None = None) -> list[Row]:
    """Registered documents, by period, counterparty and form; each as it was made last."""
    with database.transaction(settings) as connection:
        return connection.execute(
            """select distinct on (period, counterparty_id, form, reconciliation, language, format) *
               from documents.documents
               where %(period)s::text is null or period = %(period)s
               order by period, counterparty_id, form, reconciliation, language, format, made_at desc""",
            {"period": str(period) if period else None},
        ).fetchall()


def _wanted(
    period: Period, versions: dict[str, Row], counterparties: Sequence[str] | None, names: Sequence[str] | None,
    languages: Sequence[Language], formats: Sequence[str],
) -> Iterator[_Wanted]:  # fmt: skip
    chosen = [form(name) for name in names] if names else list(forms().values())
    for each in chosen:
        if each.audience == "reconciliation":
            if names:
                raise RefusedError(
                    f"'{each.name}' is not of a period.", hint="It is made by: prm reconcile --format pdf."
                )
            continue
        if each.audience == "operator":
            audience = [""] if versions else []
        else:
            earning = [name for name, version in versions.items() if name and version["lines"]]
            audience = [name for name in earning if counterparties is None or name in counterparties]
        for counterparty_id in audience:
            for language in languages:
                for format in formats:
                    yield _Wanted(each, period, counterparty_id, language, format)


def _publish(source: Source, one: _Wanted, source_hash: str) -> Document:
    def draw(path: Path) -> None:
        RENDERERS[one.format](document(source, one.form, one.period, one.counterparty_id, one.language), path)

    path = _path(one, source.settings)
    runs = run_numbers(source.connection, one.period, one.counterparty_id or None)
    sha256, state = register(source, one.key, path, source_hash, draw, runs=runs)
    return Document(*_place(one), path, sha256, state)


def register(
    source: Source, key: tuple[str, str, str, str, str], path: Path, source_hash: str, draw: Callable[[Path], None], *,
    runs: Sequence[int] = (), reconciliation: int | None = None,
) -> tuple[str, Literal["made", "unchanged"]]:  # fmt: skip
    """Makes a document's file and registers it, unless it was made of the same before and its file is sound.

    key: form, period, counterparty, language, format. draw: writes the document to a path. Returns the file's SHA-256
    and whether it was made now.
    """
    settings = source.settings
    last = source.connection.execute(
        """select source_hash, sha256 from documents.documents
           where (form, period, counterparty_id, language, format) = (%s, %s, %s, %s, %s)
             and reconciliation is not distinct from %s
           order by made_at desc, document_id desc limit 1""",
        [*key, reconciliation],
    ).fetchone()
    if last and last["source_hash"] == source_hash and path.exists() and fingerprint(path) == last["sha256"]:
        return last["sha256"], "unchanged"
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        draw(temporary)
        temporary.chmod(0o644)
        sha256, size = fingerprint(temporary), temporary.stat().st_size
        settle(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    with database.transaction(settings) as connection:
        connection.execute(
            """insert into documents.documents (form, period, counterparty_id, language, format, runs, source_hash,
                   path, sha256, bytes, reconciliation)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
               on conflict (form, period, counterparty_id, branch, language, format, source_hash)
               do update set runs = excluded.runs, sha256 = excluded.sha256, bytes = excluded.bytes,
                             path = excluded.path, made_at = clock_timestamp()""",
            [*key, list(runs), source_hash, str(path.relative_to(settings.home)), sha256, size, reconciliation],
        )
    return sha256, "made"


def _place(one: _Wanted) -> tuple[str, Period, str, Language, str]:
    return (one.form.name, one.period, one.counterparty_id, one.language, one.format)


def _path(one: _Wanted, settings: Settings) -> Path:
    folder = settings.documents / str(one.period) / (one.counterparty_id or OPERATOR)
    return folder / f"{one.form.name}_{one.period}_{one.language}.{one.format}"


def _versions(connection: Connection, period: Period) -> dict[str, Row]:
    rows = connection.execute(
        """select counterparty_id, run_id, lines, content_hash from reporting.versions
           where is_shown and period = %s order by counterparty_id""",
        [str(period)],
    ).fetchall()
    return {row["counterparty_id"]: row for row in rows}


def _source_hash(one: _Wanted, versions: dict[str, Row], names: str, settings: Settings) -> str:
    shown = [one.counterparty_id] if one.counterparty_id else sorted(versions)
    digest = hashlib.sha256()
    parts = [*one.key, names, settings.operator, one.form.content_hash, code_hash()]
    parts += [f"{name}:{versions[name]['run_id']}:{versions[name]['content_hash']}" for name in shown]
    digest.update("\0".join(parts).encode())
    return digest.hexdigest()


def _hash_of_names(connection: Connection) -> str:
    """Of everything a document prints that is not in the results: names of counterparties, outlets, products."""
    row = connection.execute(
        """select md5(coalesce(string_agg(t, '|' order by t collate "C"), '')) as hash from (
               select 'c' || counterparty_id || name || branch || coalesce(tax_number, '') as t from reporting.counterparties
               union all select 'o' || outlet_id || name from reporting.outlets
               union all select 'p' || product_id || name from reporting.products
           ) as names"""
    ).fetchone()
    assert row is not None
    return row["hash"]


@cache
def code_hash() -> str:
    """Of the code that draws, so that a changed renderer makes documents again."""
    digest = hashlib.sha256()
    for path in sorted([*Path(__file__).parent.rglob("*.py"), REASONS]):
        digest.update(path.read_bytes())
    digest.update((Path(__file__).parent / "forms" / "words.yaml").read_bytes())
    return digest.hexdigest()


def known_names(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    """Raises NotFoundError, with those there are, for the first name that is not known."""
    for name in given:
        if name not in known:
            raise NotFoundError(f"There is no {what} '{name}'.", hint=f"There are: {', '.join(known)}.")
