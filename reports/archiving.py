"""One archive of a month's documents for finance: every document in its counterparty's folder, and an index of them.

The same documents give the same bytes: members are sorted, times are fixed, and what a document says is checked against
its hash as it is put in.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import IO

from prm import database
from prm.errors import RefusedError
from prm.lake import work_folder
from prm.period import Period
from prm.settings import Settings, get_settings
from prm.words import Language, Words, format_period
from reports.forms import common_words, form
from reports.model import Column, Csv, Row, Section
from reports.model import Document as Drawn
from reports.publishing import Document, list_documents, publish
from reports.registering import Entry, is_unchanged, registered, write
from reports.renderers import RENDERERS
from reports.schedule import Send
from reports.shown import code_hash
from reports.source import Source, opened
from reports.wanted import folder_of

FORM = "_archive"
"""What the registry of documents calls an archive: no form can have this name."""
_BLOCK = 1 << 20
_TIME = (1980, 1, 1, 0, 0, 0)
_PACKED = {".xlsx", ".docx", ".ods", ".pdf"}
"""Formats that are compressed already."""
_TITLE = Words("Documents of {period}", "Документы за {period}")
_COLUMNS = {
    "counterparty_id": (Words("Id", "Код"), "text", 12),
    "counterparty": (Words("Counterparty", "Контрагент"), "text", 34),
    "form": (Words("Form", "Форма"), "text", 18),
    "version": (Words("Version of the form", "Версия формы"), "number", 9),
    "title": (Words("Document", "Документ"), "text", 34),
    "language": (Words("Language", "Язык"), "text", 8),
    "format": (Words("Format", "Формат"), "text", 8),
    "reward": (Words("Reward of the month", "Вознаграждение за период"), "money", 16),
    "currency": (Words("Currency", "Валюта"), "text", 8),
    "runs": (Words("Runs", "Расчёты"), "text", 12),
    "bytes": (Words("Bytes", "Байт"), "number", 12),
    "sha256": (Words("SHA-256", "SHA-256"), "text", 40),
    "path": (Words("File in the archive", "Файл в архиве"), "text", 44),
}
_OPERATOR = Words("the operator", "оператор")


@dataclass(frozen=True)
class _Member:
    """A file of the archive, with its row of the index."""

    path: str
    file: Path
    sha256: str
    row: Row


def archive(
    period: Period,
    *,
    documents: Sequence[Document] | None = None,
    language: Language = "ru",
    sends: Sequence[Send] = (),
    progress: Callable[[int, int], None] | None = None,
    settings: Settings | None = None,
) -> Document:
    """Makes what a month's documents lack, puts all of them into one ZIP with an index, and registers it.

    The schedule's documents, and the acts of reconciliations that end in the month. documents: as `publish` has just
    returned them; None - it is asked. language: of the index. sends: where it is to be sent. An archive of the same documents is left as it is. Raises what `publish` raises, and
    RefusedError where a document is made anew meanwhile.

        archive(Period.parse("2026-10")).path  # …/documents/2026-10/documents_2026-10_ru.zip
    """
    settings = settings or get_settings()
    if documents is None:
        documents = publish(period, progress=progress, settings=settings)
    path = archive_path(period, language, settings)
    with opened(settings) as source:
        members = _members(source, period, documents, language)
        said = [f"{one.path}\0{one.sha256}\0{one.row}" for one in members]
        head = [source.operator_name, *map(str, (source.look, settings.csv_encoding, settings.csv_delimiter))]
        source_hash = hashlib.sha256("\n".join([code_hash(), language, *head, *said]).encode()).hexdigest()
        runs = tuple(sorted({run for document in documents for run in document.runs}))
        entry = Entry(FORM, period, "", language, "zip", path, source_hash, runs)
        last = registered(source.connection, period).get(entry.key)
        if last and is_unchanged(entry, last):
            made = Document.of(entry, last.sha256, "unchanged")
        else:
            with work_folder(settings.documents) as work, database.connect(settings, autocommit=True) as books:
                sha256 = write(
                    books, settings, entry, lambda target: _write(source, period, members, language, target, work), work
                )
            made = Document.of(entry, sha256, "made")
    title = _TITLE.text(language, period=format_period(period, language))
    return replace(made, title=title, sends=tuple(sends))


def archive_path(period: Period, language: Language, settings: Settings) -> Path:
    """Where a month's archive is."""
    return settings.documents / str(period) / f"documents_{period}_{language}.zip"


def _members(source: Source, period: Period, documents: Sequence[Document], language: Language) -> list[_Member]:
    names = {row["counterparty_id"]: row["name"] for row in source.connection.execute(
        "select counterparty_id, name from reporting.counterparties")}  # fmt: skip
    rewards = _rewards(source, period)

    def member(one: Document) -> _Member:
        inside = f"{folder_of(one.counterparty_id)}/{one.path.name}"
        reward, currency = rewards.get(one.counterparty_id, (None, ""))
        who = names.get(one.counterparty_id, one.counterparty_id) or getattr(_OPERATOR, language)
        values = (
            one.counterparty_id, who, one.form, one.version, one.title, one.language, one.format, reward, currency,
            ", ".join(map(str, one.runs)), one.path.stat().st_size, one.sha256, inside,
        )  # fmt: skip
        return _Member(inside, one.path, one.sha256, Row(values, currency=currency))

    return sorted(map(member, [*documents, *_acts(period, source.settings)]), key=lambda one: one.path)


def _acts(period: Period, settings: Settings) -> Iterator[Document]:
    """The acts of the month, as they were made last; one whose file is gone is made again by `prm reconcile`."""
    for row in list_documents(period, settings=settings):
        path = settings.home / row["path"]
        if row["reconciliation"] and path.exists():
            title = form(row["form"]).title(row["language"]).format(number=row["reconciliation"])
            yield Document(
                row["form"], period, row["counterparty_id"], row["language"], row["format"], path, row["sha256"],
                "unchanged", title, row["form_version"],
            )  # fmt: skip


def _rewards(source: Source, period: Period) -> dict[str, tuple[Decimal | None, str]]:
    """Counterparty → its reward and currency; of several currencies their names alone."""
    rows = source.connection.execute(
        """select counterparty_id, array_agg(amount order by currency) as amounts,
                  array_agg(currency order by currency) as currencies
           from (select counterparty_id, currency, sum(amount) as amount from reporting.rewards
                 where period = %s group by counterparty_id, currency) as sums
           group by counterparty_id""",
        [str(period)],
    ).fetchall()
    return {row["counterparty_id"]: (row["amounts"][0] if len(row["amounts"]) == 1 else None, ", ".join(row["currencies"]))
            for row in rows}  # fmt: skip


def _index(source: Source, period: Period, members: Sequence[_Member], language: Language) -> Drawn:
    words = {key: of[language] for key, of in common_words().items()}
    title = _TITLE.text(language, period=format_period(period, language))
    columns = tuple(
        Column(name, getattr(of, language), kind, width)  # type: ignore[arg-type]
        for name, (of, kind, width) in _COLUMNS.items()
    )
    section = Section("index", title, columns, len(members), lambda: (one.row for one in members), words["nothing"])
    settings = source.settings
    return Drawn(
        title=title,
        subtitle=source.operator_name,
        facts=(),
        sections=(section,),
        language=language,
        words=words,
        is_landscape=True,
        look=source.look,
        csv=Csv(settings.csv_encoding, settings.csv_delimiter),
    )


def _write(
    source: Source, period: Period, members: Sequence[_Member], language: Language, target: Path, work: Path
) -> None:
    index = _index(source, period, members, language)
    with zipfile.ZipFile(target, "w", allowZip64=True) as archive:
        for format in ("xlsx", "csv"):
            drawn = work / f"index.{format}"
            RENDERERS[format](index, drawn)
            _put(archive, drawn.name, drawn)
        for one in members:
            if _put(archive, one.path, one.file) != one.sha256:
                raise RefusedError(
                    f"{one.path} was made anew while it was put into the archive of {period}.", hint="Make it again."
                )


def _put(archive: zipfile.ZipFile, name: str, file: Path) -> str:
    """Copies a file into the archive, block by block; returns its SHA-256."""
    about = zipfile.ZipInfo(name, _TIME)
    about.create_system, about.external_attr = 3, 0o100644 << 16  # the same on every machine
    about.file_size = file.stat().st_size  # says beforehand whether it needs the format for large ones
    about.compress_type = zipfile.ZIP_STORED if file.suffix in _PACKED else zipfile.ZIP_DEFLATED
    digest = hashlib.sha256()
    with file.open("rb") as source, archive.open(about, "w") as target:
        for block in _blocks(source):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block
