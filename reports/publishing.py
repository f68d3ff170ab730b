"""Documents out: what a period's versions ask for is rendered, again only where something has changed.

A document is known by the hash of what it shows: the versions of the results, the names it prints, the form
and the renderers. Each file is written aside, moved into place, and registered with its own hash.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import psycopg
from psycopg.types.json import Jsonb

from prm import database, logs
from prm.database import Connection, Row
from prm.errors import NotFoundError, RefusedError
from prm.lake import fingerprint, settle
from prm.period import Period
from prm.settings import Settings, get_settings
from prm.words import LANGUAGES, Language
from reports.data import document, run_numbers
from reports.forms import Form
from reports.kept import all_forms, known_form
from reports.look import look
from reports.own_forms import read_form
from reports.parties import ATTRIBUTES, details_file
from reports.renderers import RENDERERS
from reports.schedule import Entry, Send, read_schedule
from reports.templates import render_template
from reports.values import Source
from reports.wanted import Wanted, wanted
from runs import REASONS

FORMATS = tuple(RENDERERS)
State = Literal["made", "unchanged", "missing"]


@dataclass(frozen=True)
class Document:
    """A published document. path: absolute. state: `made` now, `unchanged` since it was made, or `missing`: never made.
    version: its form's.
    runs: those it shows. sends: where the schedule has it sent."""

    form: str
    period: Period
    counterparty_id: str
    language: Language
    format: str
    path: Path
    sha256: str
    state: State
    title: str
    version: int = 1
    runs: tuple[int, ...] = ()
    sends: tuple[Send, ...] = ()


def publish(
    period: Period,
    *,
    counterparties: Sequence[str] | None = None,
    forms: Sequence[str] | None = None,
    languages: Sequence[Language] | None = None,
    formats: Sequence[str] | None = None,
    parameters: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    settings: Settings | None = None,
) -> list[Document]:
    """Makes a period's documents and registers them; returns them all, made or unchanged.

    counterparties: only these counterparties' documents, and with them the operator's, which show them too.
    forms: these, or ["all"]; None - what the schedule asks for (reports.schedule). languages, formats, parameters (values
    of the forms' own, as text): in place of those of the schedule; without either Russian, and what each form names. A
    document with chosen parameters is another one beside that without. Raises NotFoundError for an unknown form, format,
    language or parameter, and where nothing of the period is published; PrmError for a value that its parameter does not
    take, and for a schedule that is not in order.

        publish(Period.parse("2026-10"), counterparties=["D00042"], formats=["pdf"])
    """
    settings = settings or get_settings()
    known_names("format", formats or (), FORMATS)
    known_names("language", languages or (), LANGUAGES)
    made: list[Document] = []
    with database.connect(settings) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        source = Source(connection, settings)
        versions = _versions(connection, period)
        if not versions and not counterparties:
            raise NotFoundError(
                f"Nothing of {period} is published.", hint=f"Calculate it first: prm calculate {period}"
            )
        entries = (
            read_schedule(settings, known=all_forms(connection)).entries if forms is None else [Entry(tuple(forms))]
        )
        asked = wanted(
            connection, entries, period, versions, counterparties,
            formats=formats, languages=languages, parameters=parameters,
        )  # fmt: skip
        state = _State(connection, period, versions)
        for number, one in enumerate(asked):
            if progress:
                progress(number, len(asked))
            made.append(_publish(source, one, _source_hash(one, state, settings)))
        if progress:
            progress(len(asked), len(asked))
    logs.event("documents", period=period, made=sum(d.state == "made" for d in made), of=len(made))
    return made


def render(
    form_name: str, period: Period, counterparty_id: str, language: Language, format: str, path: Path,
    *, parameters: Mapping[str, str] | None = None, version: int | None = None, settings: Settings | None = None,
) -> None:  # fmt: skip
    """Renders one document to a path, registering nothing. The same data give the same bytes.

    version: of a form that was added; None: the newest.

    Raises NotFoundError for an unknown form or format, RefusedError for a format that a template does not have.
    """
    known_names("format", [format], FORMATS)
    settings = settings or get_settings()
    with database.connect(settings) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        source = Source(connection, settings)
        form = known_form(connection, form_name, version)
        if form.audience == "reconciliation":
            raise RefusedError(f"'{form.name}' is not of a period.", hint="It is made by: prm reconcile --format pdf.")
        make(source, form, period, counterparty_id, language, format, path, parameters)


def preview(
    file: Path, period: Period, counterparty_id: str, language: Language, format: str | None, path: Path,
    *, parameters: Mapping[str, str] | None = None, settings: Settings | None = None,
) -> None:  # fmt: skip
    """Renders a document of a form's file that nobody added yet. format: None - the first that the form names.

    Raises PrmError, with its place, where something is wrong with the form.
    """
    settings = settings or get_settings()
    form = read_form(file.name, file.read_bytes())
    known_names("parameter", list(parameters or {}), sorted(form.layout["parameters"]))
    with database.connect(settings) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        source = Source(connection, settings)
        make(source, form, period, counterparty_id, language, format or form.formats[0], path, parameters)


def make(
    source: Source, form: Form, period: Period, counterparty_id: str, language: Language, format: str, path: Path,
    parameters: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Makes a form's document as a file, by its renderer or from its template."""
    if form.template and format not in form.formats:
        raise RefusedError(
            f"Form '{form.name}' is a template and has no {format}.", hint=f"It has: {', '.join(form.formats)}."
        )
    drawn = document(source, form, period, counterparty_id, language, parameters)
    if form.template:
        render_template(drawn, form, path, period, parameters or {})
    else:
        RENDERERS[format](drawn, path)


def published(period: Period, *, settings: Settings | None = None) -> list[Document]:
    """What the schedule asks for of a period, each as it was made last; what never was has the state `missing` and no
    hash. Makes nothing, and reads no file."""
    settings = settings or get_settings()
    with database.connect(settings) as connection:
        entries = read_schedule(settings, known=all_forms(connection)).entries
        asked = wanted(connection, entries, period, _versions(connection, period), None)
    rows = {row["path"]: row for row in list_documents(period, settings=settings)}
    found = []
    for one in asked:
        path, title = one.path(settings), one.form.title_of(one.period, one.parameters, one.language)
        row = rows.get(str(path.relative_to(settings.home)))
        sha256, runs = (row["sha256"], tuple(row["runs"])) if row else ("", ())
        state: State = "unchanged" if row else "missing"
        found.append(Document(*_place(one), path, sha256, state, title, one.form.version, runs, one.sends))
    return found


def list_documents(period: Period | None = None, *, settings: Settings | None = None) -> list[Row]:
    """Registered documents, by period, counterparty and form; each as it was made last."""
    with database.transaction(settings) as connection:
        return connection.execute(
            """select distinct on (period, counterparty_id, form, reconciliation, language, format, parameters) *
               from documents.documents
               where %(period)s::text is null or period = %(period)s
               order by period, counterparty_id, form, reconciliation, language, format, parameters,
                        made_at desc""",
            {"period": str(period) if period else None},
        ).fetchall()


def _publish(source: Source, one: Wanted, source_hash: str) -> Document:
    def draw(path: Path) -> None:
        make(source, one.form, one.period, one.counterparty_id, one.language, one.format, path, one.parameters)

    path = one.path(source.settings)
    runs = run_numbers(source.connection, one.period, one.counterparty_id or None)
    sha256, state = register(
        source, one.key, path, source_hash, draw, runs=runs, parameters=one.parameters, version=one.form.version
    )
    title = one.form.title_of(one.period, one.parameters, one.language)
    return Document(*_place(one), path, sha256, state, title, one.form.version, tuple(runs), one.sends)


def register(
    source: Source, key: tuple[str, str, str, str, str], path: Path, source_hash: str, draw: Callable[[Path], None], *,
    runs: Sequence[int] = (), reconciliation: int | None = None, parameters: Mapping[str, str] | None = None,
    version: int = 1,
) -> tuple[str, Literal["made", "unchanged"]]:  # fmt: skip
    """Makes a document's file and registers it, unless it was made of the same before and its file is sound.

    key: form, period, counterparty, language, format. draw: writes the document to a path. parameters: those that were
    chosen. version: the form's. Returns the file's SHA-256 and whether it was made now.
    """
    settings = source.settings
    chosen = Jsonb(dict(parameters or {}))
    last = source.connection.execute(
        """select source_hash, sha256 from documents.documents
           where (form, period, counterparty_id, language, format) = (%s, %s, %s, %s, %s) and parameters = %s
             and reconciliation is not distinct from %s
           order by made_at desc, document_id desc limit 1""",
        [*key, chosen, reconciliation],
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
            """insert into documents.documents (form, period, counterparty_id, language, format, form_version, parameters,
                   runs, source_hash, path, sha256, bytes, reconciliation)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
               on conflict on constraint one_of_a_kind
               do update set runs = excluded.runs, sha256 = excluded.sha256, bytes = excluded.bytes,
                             path = excluded.path, made_at = clock_timestamp()""",
            [
                *key, version, chosen, list(runs), source_hash, str(path.relative_to(settings.home)), sha256, size,
                reconciliation,
            ],
        )  # fmt: skip
    return sha256, "made"


def _place(one: Wanted) -> tuple[str, Period, str, Language, str]:
    return (one.form.name, one.period, one.counterparty_id, one.language, one.format)


def _versions(connection: Connection, period: Period) -> dict[str, Row]:
    rows = connection.execute(
        """select counterparty_id, run_id, lines, content_hash from reporting.versions
           where is_shown and period = %s order by counterparty_id""",
        [str(period)],
    ).fetchall()
    return {row["counterparty_id"]: row for row in rows}


class _State:
    """What documents of a period show, as hashes; those that few forms look at are made when they are asked for."""

    def __init__(self, connection: Connection, period: Period, versions: dict[str, Row]):
        self.connection, self.period, self.versions = connection, period, versions
        self.names = _hash_of_names(connection)
        self._other: dict[str, dict[str, str]] = {}

    def of(self, form: Form, counterparty_id: str) -> Iterator[str]:
        """The hashes of what a document of the form shows beside its words."""
        yield self.names
        for name in [counterparty_id] if counterparty_id else sorted(self.versions):
            yield f"{name}:{self.versions[name]['run_id']}:{self.versions[name]['content_hash']}"
        for what in sorted(form.looks_at):
            if what not in self._other:
                rows = self.connection.execute(_LOOKED_AT[what], {"period": str(self.period)}).fetchall()
                self._other[what] = {row["counterparty_id"]: row["hash"] for row in rows}
            of_all = self._other[what]
            yield from [of_all.get(counterparty_id, "")] if counterparty_id else (f"{k}:{v}" for k, v in of_all.items())


_LOOKED_AT = {
    "other_periods": """
        select counterparty_id, md5(string_agg(concat(period, ':', run_id, ':', content_hash), '|' order by period)) as hash
        from reporting.versions where is_shown and period <> %(period)s group by counterparty_id order by counterparty_id
    """,
    "ledger": """
        select counterparty_id, max(transfer_id)::text as hash from reporting.ledger_transfers
        where period = %(period)s or origin_period = %(period)s group by counterparty_id order by counterparty_id
    """,
}
"""Other things that forms may show, as a hash for each counterparty; the ledger is only added to."""


def _source_hash(one: Wanted, state: _State, settings: Settings) -> str:
    chosen = [f"{name}={value}" for name, value in sorted(one.parameters.items())]
    parts = [*one.key, *chosen, *appearance(settings, one.format), one.form.content_hash, code_hash()]
    return hashlib.sha256("\0".join([*parts, *state.of(one.form, one.counterparty_id)]).encode()).hexdigest()


def appearance(settings: Settings, format: str) -> list[str]:
    """What the settings decide of a document in a format: names, looks, how CSV is written."""
    shown = look(settings)
    said = [settings.operator, _fingerprint(details_file(settings)), shown.color, _fingerprint(shown.logo)]
    return [*said, settings.csv_encoding, settings.csv_delimiter] if format == "csv" else said


def _fingerprint(path: Path | None) -> str:
    return fingerprint(path) if path and path.exists() else ""


def _hash_of_names(connection: Connection) -> str:
    """Of everything a document prints that is not in the results: names of counterparties, outlets, products; requisites."""
    row = connection.execute(
        """select md5(coalesce(string_agg(t, '|' order by t collate "C"), '')) as hash from (
               select 'c' || counterparty_id || name || branch || coalesce(tax_number, '') as t from reporting.counterparties
               union all select 'o' || outlet_id || name from reporting.outlets
               union all select 'p' || product_id || name from reporting.products
               union all select concat('a', counterparty_id, attribute, valid_from, value)
                   from reporting.counterparty_attributes where attribute = any(%s)
               union all select concat('b', counterparty_id, kpp, account, bank, bic, correspondent_account, currency, valid_from)
                   from reporting.bank_accounts where known_to is null and outlet_id is null
               union all select 'v' || contract_id || vat_status from reporting.contracts
           ) as names""",
        [list(ATTRIBUTES)],
    ).fetchone()
    assert row is not None
    return row["hash"]


@cache
def code_hash() -> str:
    """Of the code that draws, so that a changed renderer makes documents again."""
    digest = hashlib.sha256()
    for path in sorted([*Path(__file__).parent.rglob("*.py"), Path(__file__).with_name("data_sets.yaml"), REASONS]):
        digest.update(path.read_bytes())
    digest.update((Path(__file__).parent / "forms" / "words.yaml").read_bytes())
    return digest.hexdigest()


def known_names(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    """Raises NotFoundError, with those there are, for the first name that is not known."""
    for name in given:
        if name not in known:
            raise NotFoundError(f"There is no {what} '{name}'.", hint=f"There are: {', '.join(known)}.")
