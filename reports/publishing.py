"""Documents out: what a period's versions ask for is rendered, again only where something has changed.

A document is known by the hash of what it shows (`reports.shown`). Few documents are made here; many in several
processes (`reports.workers`), which leaves them the same: all show one moment, whoever makes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from prm import database, logs
from prm.database import Connection, Row
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.lake import work_folder
from prm.period import Period
from prm.settings import Settings, get_settings
from prm.words import LANGUAGES, Language
from reports.data import document
from reports.forms import Form
from reports.kept import all_forms, known_form
from reports.making import Order, Outcome, draw, fulfil
from reports.own_forms import read_form
from reports.registering import Entry, Key, is_unchanged, registered
from reports.renderers import RENDERERS
from reports.shown import Shown
from reports.source import Source, opened
from reports.workers import outcomes

FORMATS = tuple(RENDERERS)
_UNSAFE = re.compile(r"[^\w.-]")
ALL = "all"
"""Named as a form: all of them."""
OPERATOR = "_operator"
"""Folder of the documents that are for the operator."""
_SECONDS_A_DOCUMENT, _SECONDS_A_LINE, _SECONDS_OF_A_START = 0.05, 0.00005, 3.0
"""Roughly: what a document costs and each line that it may show; and from what saving on processes are worth starting."""
_MOST_PROCESSES = 16
"""Each has two connections to the database."""
_TOLD = 5
"""So many documents that were not made are told of in the error; the log has them all."""


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

    @classmethod
    def of(cls, entry: Entry, sha256: str, state: Literal["made", "unchanged"]) -> Document:
        """The document of an entry of the register."""
        return cls(
            entry.form, entry.period, entry.counterparty_id, entry.language, entry.format, entry.path, sha256, state
        )


class NotMadeError(PrmError):
    """Some documents could not be made; the others are.

    documents: those that are made or unchanged. failed: those that are not, with what was wrong.
    """

    def __init__(self, documents: list[Document], failed: list[Outcome]):
        self.documents, self.failed = documents, failed
        told = "; ".join(f"{one.entry}: {one.error}" for one in failed[:_TOLD])
        more = f"; and {len(failed) - _TOLD:,} more" if len(failed) > _TOLD else ""
        count = len(documents) + len(failed)
        super().__init__(f"{len(failed):,} of {count:,} documents could not be made: {told}{more}")
        if details := next((one.details for one in failed if one.details), ""):
            self.add_note(details)


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
    forms: these, or ["all"]; None - those that are made each month. formats: None - those that each form names.
    parameters: values of the forms' own parameters, as text; a document with chosen parameters is another one beside that
    without. progress: told how many of how many are done. Many documents are made in `settings.threads` processes.

    Raises NotFoundError for an unknown form, format, language or parameter, and where nothing of the period is published;
    PrmError for a value that its parameter does not take; NotMadeError, when all others are made, for those that could not
    be.

        publish(Period.parse("2026-10"), counterparties=["D00042"], formats=["pdf"])
    """
    settings = settings or get_settings()
    known_names("format", formats or (), FORMATS)
    known_names("language", languages, LANGUAGES)
    parameters = parameters or {}
    with opened(settings) as source:
        shown = Shown(source, period)
        chosen = _chosen(source.connection, forms)
        known_names(
            "parameter", list(parameters), sorted({name for one in chosen for name in one.layout.get("parameters", {})})
        )
        for form in chosen:
            form.parameters(period, parameters)  # refuses a wrong value before anything is made
        orders = list(_orders(chosen, shown, counterparties, languages, formats, parameters))
        if not orders and not shown.versions and not counterparties:
            if {form.about for form in chosen} <= {"penalties", "payouts"}:
                raise NotFoundError(
                    f"There are no {' and no '.join(sorted({form.about for form in chosen}))} in {period}."
                )
            raise NotFoundError(
                f"Nothing of {period} is published.", hint=f"Calculate it first: prm calculate {period}"
            )
        done = _unchanged(orders, source, period)
        total = sum(len(order.entries) for order in orders)
        if progress:
            progress(len(done), total)
        failed: dict[Key, Outcome] = {}
        with closing(_made(_left(orders, done), source)) as made:
            for outcome in made:
                if outcome.error:
                    failed[outcome.entry.key] = outcome
                    logs.event("document_failed", document=outcome.entry, error=outcome.error, details=outcome.details)
                else:
                    done[outcome.entry.key] = Document.of(outcome.entry, outcome.sha256, "made")
                if progress:
                    progress(len(done) + len(failed), total)
    keys = [entry.key for order in orders for entry in order.entries]
    documents = [done[key] for key in keys if key in done]
    made_now = sum(one.state == "made" for one in documents)
    logs.event("documents", period=period, made=made_now, of=total, failed=len(failed))
    if failed:
        raise NotMadeError(documents, [failed[key] for key in keys if key in failed])
    return documents


def render(
    form_name: str, period: Period, counterparty_id: str, language: Language, format: str, path: Path,
    *, parameters: Mapping[str, str] | None = None, version: int | None = None, settings: Settings | None = None,
) -> None:  # fmt: skip
    """Renders one document to a path, registering nothing. The same data give the same bytes.

    version: of a form that was added; None: the newest.

    Raises NotFoundError for an unknown form or format, RefusedError for a format that a template does not have.
    """
    known_names("format", [format], FORMATS)
    with opened(settings or get_settings()) as source:
        form = known_form(source.connection, form_name, version)
        if form.audience == "reconciliation":
            raise RefusedError(f"'{form.name}' is not of a period.", hint="It is made by: prm reconcile --format pdf.")
        shown = document(source, form, period, counterparty_id, language, parameters)
        draw(shown, form, format, path, period, parameters)


def preview(
    file: Path, period: Period, counterparty_id: str, language: Language, format: str | None, path: Path,
    *, parameters: Mapping[str, str] | None = None, settings: Settings | None = None,
) -> None:  # fmt: skip
    """Renders a document of a form's file that nobody added yet. format: None - the first that the form names.

    Raises PrmError, with its place, where something is wrong with the form.
    """
    form = read_form(file.name, file.read_bytes())
    known_names("parameter", list(parameters or {}), sorted(form.layout["parameters"]))
    with opened(settings or get_settings()) as source:
        shown = document(source, form, period, counterparty_id, language, parameters)
        draw(shown, form, format or form.formats[0], path, period, parameters)


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


def _orders(
    chosen: Sequence[Form], shown: Shown, counterparties: Sequence[str] | None, languages: Sequence[Language],
    formats: Sequence[str] | None, parameters: Mapping[str, str],
) -> Iterator[Order]:  # fmt: skip
    """What the period asks for, form by form, counterparty by counterparty."""
    for form in chosen:
        audience = [one for one in shown.audience(form) if not one or counterparties is None or one in counterparties]
        own = {name: value for name, value in parameters.items() if name in form.layout.get("parameters", {})}
        asked = [format for format in formats or form.formats if not form.template or format in form.formats]
        for counterparty_id in audience:
            for language in languages:
                entries = tuple(_entry(form, shown, counterparty_id, language, format, own) for format in asked)
                if entries:
                    yield Order(form, entries, shown.lines(form, counterparty_id))


def _entry(
    form: Form, shown: Shown, counterparty_id: str, language: Language, format: str, parameters: Mapping[str, str]
) -> Entry:
    period = shown.period
    chosen = "".join(f"_{name}-{_UNSAFE.sub('-', value)}" for name, value in sorted(parameters.items()))
    folder = shown.source.settings.documents / str(period) / (counterparty_id or OPERATOR)
    return Entry(
        form=form.name, period=period, counterparty_id=counterparty_id, language=language, format=format,
        path=folder / f"{form.name}_{period}_{language}{chosen}.{format}",
        source_hash=shown.hash(form, counterparty_id, language, format, parameters), runs=shown.runs(form, counterparty_id),
        version=form.version, parameters=parameters,
    )  # fmt: skip


def _unchanged(orders: Sequence[Order], source: Source, period: Period) -> dict[Key, Document]:
    """The documents that were made of the same before and whose files are sound; each file is read."""
    known = registered(source.connection, period)
    entries = [entry for order in orders for entry in order.entries if entry.key in known]
    with ThreadPoolExecutor(max(1, source.settings.threads)) as pool:
        same = list(pool.map(lambda entry: is_unchanged(entry, known[entry.key]), entries))
    return {
        entry.key: Document.of(entry, known[entry.key].sha256, "unchanged")
        for entry, is_same in zip(entries, same, strict=True)
        if is_same
    }


def _left(orders: Sequence[Order], done: Mapping[Key, Document]) -> list[Order]:
    left = [replace(one, entries=tuple(entry for entry in one.entries if entry.key not in done)) for one in orders]
    return [order for order in left if order.entries]


def _made(orders: list[Order], source: Source) -> Generator[Outcome]:
    """Makes orders here, or in several processes where that is sooner: then the longest come first."""
    settings = source.settings
    if not orders:
        return
    count = min(settings.threads, len(orders), _MOST_PROCESSES)
    with work_folder(settings.documents) as work:
        if sum(map(_seconds, orders)) * (1 - 1 / max(1, count)) > _SECONDS_OF_A_START:
            with closing(outcomes(sorted(orders, key=_seconds, reverse=True), source, work, count)) as found:
                for each in found:
                    yield from each
            return
        with database.connect(settings, autocommit=True) as books:
            for order in orders:
                yield from fulfil(order, source, books, work)


def _seconds(order: Order) -> float:
    return len(order.entries) * (_SECONDS_A_DOCUMENT + order.lines * _SECONDS_A_LINE)


def known_names(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    """Raises NotFoundError, with those there are, for the first name that is not known."""
    for name in given:
        if name not in known:
            raise NotFoundError(f"There is no {what} '{name}'.", hint=f"There are: {', '.join(known)}.")
