"""Documents out: what a period's versions ask for is rendered, again only where something has changed.

A document is known by the hash of what it shows (`reports.shown`). Few documents are made here; many in several
processes (`reports.workers`), which leaves them the same: all show one moment, whoever makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from prm import database, logs
from prm.database import Row
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.lake import work_folder
from prm.period import Period
from prm.settings import Settings, get_settings
from prm.words import LANGUAGES, Language
from reports.data import document
from reports.kept import all_forms, known_form
from reports.making import Order, Outcome, draw, fulfil
from reports.own_forms import read_form
from reports.registering import Entry, Key, is_unchanged, registered
from reports.renderers import RENDERERS
from reports.schedule import ALL, ScheduleEntry, Send, read_schedule
from reports.shown import Shown
from reports.source import Source, opened
from reports.wanted import Wanted, wanted
from reports.workers import outcomes

FORMATS = tuple(RENDERERS)
State = Literal["made", "unchanged", "missing"]
_SECONDS_A_DOCUMENT, _SECONDS_A_LINE, _SECONDS_OF_A_START = 0.05, 0.00005, 3.0
"""Roughly: what a document costs and each line that it may show; and from what saving on processes are worth starting."""
_MOST_PROCESSES = 16
"""Each has two connections to the database."""
_TOLD = 5
"""So many documents that were not made are told of in the error; the log has them all."""


@dataclass(frozen=True)
class Document:
    """A document of a period. path: absolute. state: `made` now, `unchanged` since it was made, or `missing`: never made.

    title: in its language; empty of an act. version: its form's. runs: those it shows. sends: where the schedule has it
    sent.
    """

    form: str
    period: Period
    counterparty_id: str
    language: Language
    format: str
    path: Path
    sha256: str
    state: State
    title: str = ""
    version: int = 1
    runs: tuple[int, ...] = ()
    sends: tuple[Send, ...] = ()

    @classmethod
    def of(cls, entry: Entry, sha256: str, state: State) -> Document:
        """The document of an entry of the register."""
        return cls(
            entry.form, entry.period, entry.counterparty_id, entry.language, entry.format, entry.path, sha256, state,
            version=entry.version, runs=entry.runs,
        )  # fmt: skip


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
    document with chosen parameters is another one beside that without. progress: told how many of how many are done. Many
    documents are made in `settings.threads` processes.

    Raises NotFoundError for an unknown form, format, language or parameter, and where nothing of the period is published;
    PrmError for a value that its parameter does not take, and for a schedule that is not in order; NotMadeError, when all
    others are made, for those that could not be.

        publish(Period.parse("2026-10"), counterparties=["D00042"], formats=["pdf"])
    """
    settings = settings or get_settings()
    known_names("format", formats or (), FORMATS)
    known_names("language", languages or (), LANGUAGES)
    with opened(settings) as source:
        shown = Shown(source, period)
        entries = [ScheduleEntry(tuple(forms))] if forms is not None else _scheduled(source)
        asked = wanted(shown, entries, counterparties, formats=formats, languages=languages, parameters=parameters)
        orders = _orders(asked, shown)
        if not orders and not shown.versions and not counterparties:
            about = {known_form(source.connection, name).about for name in forms or () if name != ALL}
            if about and about <= {"penalties", "payouts"}:
                raise NotFoundError(f"There are no {' and no '.join(sorted(about))} in {period}.")
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
    keys = [one.key for one in asked]
    documents = [_told(done[one.key], one) for one in asked if one.key in done]
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


def published(period: Period, *, settings: Settings | None = None) -> list[Document]:
    """What the schedule asks for of a period, each as it was made last; what never was has the state `missing` and no
    hash. Makes nothing, and reads no file."""
    with opened(settings or get_settings()) as source:
        shown, known = Shown(source, period), registered(source.connection, period)
        found = []
        for one in wanted(shown, _scheduled(source), None):
            last = known.get(one.key)
            place = (one.form.name, period, one.counterparty_id, one.language, one.format, one.path(source.settings))
            found.append(_told(Document(*place, last.sha256 if last else "", "unchanged" if last else "missing"), one))
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


def _scheduled(source: Source) -> Sequence[ScheduleEntry]:
    return read_schedule(source.settings, known=all_forms(source.connection)).entries


def _told(document: Document, one: Wanted) -> Document:
    """A document with what the schedule knows of it."""
    title = one.form.title_of(one.period, one.parameters, one.language)
    return replace(document, title=title, version=one.form.version, sends=one.sends)


def _orders(asked: Sequence[Wanted], shown: Shown) -> list[Order]:
    """What is asked for, the formats of one document together."""
    together: dict[tuple, list[Wanted]] = {}
    for one in asked:
        name, who, language, _, parameters = one.key
        together.setdefault((name, who, language, parameters), []).append(one)
    return [
        Order(of[0].form, tuple(_entry(one, shown) for one in of), shown.lines(of[0].form, of[0].counterparty_id))
        for of in together.values()
    ]


def _entry(one: Wanted, shown: Shown) -> Entry:
    return Entry(
        form=one.form.name, period=one.period, counterparty_id=one.counterparty_id, language=one.language,
        format=one.format, path=one.path(shown.source.settings),
        source_hash=shown.hash(one.form, one.counterparty_id, one.language, one.format, one.parameters),
        runs=shown.runs(one.form, one.counterparty_id), version=one.form.version, parameters=one.parameters,
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
