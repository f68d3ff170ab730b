"""Documents out: what a period's versions ask for is rendered, again only where something has changed.

A document is known by the hash of what it shows: the versions of the results, the names it prints, the form
and the renderers. Each file is written aside, moved into place, and registered with its own hash.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
from reports.templates import render_template
from reports.values import Source
from runs import REASONS

FORMATS = tuple(RENDERERS)
_UNSAFE = re.compile(r"[^\w.-]")
ALL = "all"
"""Named as a form: all of them."""
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
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        return (self.form.name, str(self.period), self.counterparty_id, self.language, self.format)


def publish(
    period: Period,
    *,
    counterparties: Sequence[str] | None = None,
    forms: Sequence[str] | None = None,
    languages: Sequence[Language] = ("ru",),
    formats: Sequence[str] | None = None,
    parameters: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    settings: Settings | None = None,
) -> list[Document]:
    """Makes a period's documents and registers them; returns them all, made or unchanged.

    counterparties: only these counterparties' documents, and with them the operator's, which show them too.
    forms: these, or ["all"]; None - those that are made each month. formats: None - those that each form names. parameters: values of the forms' own parameters, as text; a document with
    chosen parameters is another one beside that without. Raises NotFoundError for an unknown form, format, language or
    parameter, and where nothing of the period is published; PrmError for a value that its parameter does not take.

        publish(Period.parse("2026-10"), counterparties=["D00042"], formats=["pdf"])
    """
    settings = settings or get_settings()
    known_names("format", formats or (), FORMATS)
    known_names("language", languages, LANGUAGES)
    parameters = parameters or {}
    made: list[Document] = []
    with database.connect(settings) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        source = Source(connection, settings)
        versions = _versions(connection, period)
        chosen = _chosen(connection, forms)
        known_names(
            "parameter", list(parameters), sorted({name for one in chosen for name in one.layout.get("parameters", {})})
        )
        for form in chosen:
            form.parameters(period, parameters)  # refuses a wrong value before anything is made
        state = _State(connection, period, versions)
        wanted = list(_wanted(chosen, period, state, counterparties, languages, formats, parameters))
        if not wanted and not versions and not counterparties:
            raise NotFoundError(
                f"Nothing of {period} is published.", hint=f"Calculate it first: prm calculate {period}"
            )
        for number, one in enumerate(wanted):
            if progress:
                progress(number, len(wanted))
            made.append(_publish(source, one, _source_hash(one, state, settings)))
        if progress:
            progress(len(wanted), len(wanted))
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


def _chosen(connection: Connection, names: Sequence[str] | None) -> list[Form]:
    if names and ALL not in names:
        chosen = [known_form(connection, name) for name in names]
        for form in chosen:
            if form.audience == "reconciliation":
                raise RefusedError(
                    f"'{form.name}' is not of a period.", hint="It is made by: prm reconcile --format pdf."
                )
        return chosen
    every = [form for form in all_forms(connection).values() if form.audience != "reconciliation"]
    return [form for form in every if names or form.is_made_each_month]


def _wanted(
    chosen: Sequence[Form], period: Period, state: _State, counterparties: Sequence[str] | None,
    languages: Sequence[Language], formats: Sequence[str] | None, parameters: Mapping[str, str],
) -> Iterator[_Wanted]:  # fmt: skip
    for each in chosen:
        audience = [one for one in state.audience(each) if not one or counterparties is None or one in counterparties]
        own = {name: value for name, value in parameters.items() if name in each.layout.get("parameters", {})}
        asked = [format for format in formats or each.formats if not each.template or format in each.formats]
        for counterparty_id in audience:
            for language in languages:
                for format in asked:
                    yield _Wanted(each, period, counterparty_id, language, format, own)


def _publish(source: Source, one: _Wanted, source_hash: str) -> Document:
    def draw(path: Path) -> None:
        make(source, one.form, one.period, one.counterparty_id, one.language, one.format, path, one.parameters)

    path = _path(one, source.settings)
    of_results = one.form.about == "results"
    runs = run_numbers(source.connection, one.period, one.counterparty_id or None) if of_results else []
    sha256, state = register(
        source, one.key, path, source_hash, draw, runs=runs, parameters=one.parameters, version=one.form.version
    )
    return Document(*_place(one), path, sha256, state)


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


def _place(one: _Wanted) -> tuple[str, Period, str, Language, str]:
    return (one.form.name, one.period, one.counterparty_id, one.language, one.format)


def _path(one: _Wanted, settings: Settings) -> Path:
    folder = settings.documents / str(one.period) / (one.counterparty_id or OPERATOR)
    chosen = "".join(f"_{name}-{_UNSAFE.sub('-', value)}" for name, value in sorted(one.parameters.items()))
    return folder / f"{one.form.name}_{one.period}_{one.language}{chosen}.{one.format}"


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
        self._known = {"results": {k: f"{v['run_id']}:{v['content_hash']}" for k, v in versions.items()}}

    def audience(self, form: Form) -> list[str]:
        """Of whom there is something that the form is about; of the operator's form the operator, if of anybody."""
        who = list(self._hashes(form.about))
        if form.audience == "operator":
            return [""] if who else []
        return [one for one in who if one and (form.about != "results" or self.versions[one]["lines"])]

    def of(self, form: Form, counterparty_id: str) -> Iterator[str]:
        """The hashes of what a document of the form shows beside its words."""
        yield self.names
        for what in (form.about, *sorted(form.looks_at)):
            of_all = self._hashes(what)
            yield from [of_all.get(counterparty_id, "")] if counterparty_id else (f"{k}:{v}" for k, v in of_all.items())

    def _hashes(self, what: str) -> dict[str, str]:
        if what not in self._known:
            rows = self.connection.execute(_LOOKED_AT[what], {"period": str(self.period)}).fetchall()
            self._known[what] = {row["counterparty_id"]: row["hash"] for row in rows}
        return self._known[what]


_LOOKED_AT = {
    "other_periods": """
        select counterparty_id, md5(string_agg(concat(period, ':', run_id, ':', content_hash), '|' order by period)) as hash
        from reporting.versions where is_shown and period <> %(period)s group by counterparty_id order by counterparty_id
    """,
    "ledger": """
        select counterparty_id, max(transfer_id)::text as hash from reporting.ledger_transfers
        where period = %(period)s or origin_period = %(period)s group by counterparty_id order by counterparty_id
    """,
    "penalties": """
        select counterparty_id, md5(string_agg(concat(penalty, ':', decided_at, ':', evidence), '|' order by penalty)) as hash
        from reporting.penalties
        where booked_in <= %(period)s
        group by counterparty_id
        having bool_or(%(period)s in (booked_in, reversed_in) or exists (
            select from reporting.penalty_decisions as decisions
            where decisions.penalty = penalties.penalty
                and to_char(decisions.decided_at at time zone 'UTC', 'YYYY-MM') = %(period)s))
        order by counterparty_id
    """,
    "disputes": """
        select counterparty_id, md5(string_agg(concat(dispute, ':', state), '|' order by dispute)) as hash
        from reporting.disputes
        where period = %(period)s
        group by counterparty_id
        order by counterparty_id
    """,
    "payouts": """
        select counterparty_id, md5(string_agg(concat(payout, ':', payouts.state, ':', batches.state), '|' order by payout)) as hash
        from reporting.payouts join reporting.payout_batches as batches using (batch)
        where payouts.period = %(period)s
        group by counterparty_id
        order by counterparty_id
    """,
}
"""What forms show beside the period's versions, as a hash for each counterparty of whom there is something.

The ledger, penalties, payouts and disputes are only added to."""


def _source_hash(one: _Wanted, state: _State, settings: Settings) -> str:
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
