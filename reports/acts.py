"""Acts of reconciliations: a stored reconciliation as a document, the same whenever it is made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC
from decimal import Decimal
from pathlib import Path

from prm import database, logs
from prm.database import Connection, Row
from prm.errors import NotFoundError
from prm.lake import work_folder
from prm.period import Period
from prm.settings import Settings, get_settings
from prm.words import LANGUAGES, Language, format_day, format_sum
from reports.data import amount_in_words, section
from reports.forms import Form, form
from reports.model import Csv, Party
from reports.model import Document as Drawn
from reports.parties import party
from reports.publishing import FORMATS, Document, known_names
from reports.registering import Entry, is_unchanged, registered, write
from reports.renderers import RENDERERS
from reports.shown import appearance, code_hash
from reports.source import Source, opened
from reports.wanted import folder_of

FORM = "reconciliation_act"


def publish_act(
    reconciliation: int,
    *,
    languages: Sequence[Language] = ("ru",),
    formats: Sequence[str] | None = None,
    settings: Settings | None = None,
) -> list[Document]:
    """Makes the act of a stored reconciliation and registers it; what was made before and is sound is left as it is.

    formats: None - those of the form. Files are in `documents/reconciliations/<counterparty>/`. Raises NotFoundError for an unknown reconciliation, format
    or language.

        publish_act(5, formats=["pdf"])[0].path
    """
    settings = settings or get_settings()
    of = form(FORM)
    formats = of.formats if formats is None else formats
    known_names("format", formats, FORMATS)
    known_names("language", languages, LANGUAGES)
    made = []
    with opened(settings) as source:
        head = _head(source.connection, reconciliation)
        who, period = head["counterparty_id"], Period.of(head["last_day"])
        known = registered(source.connection, period, reconciliation)
        folder = settings.documents / "reconciliations" / folder_of(who)
        with work_folder(settings.documents) as work, database.connect(settings, autocommit=True) as books:
            for language in languages:
                for format in formats:
                    entry = Entry(
                        of.name, period, who, language, format, folder / f"{FORM}_{reconciliation}_{language}.{format}",
                        _source_hash(source, (of.name, str(period), who, language, format), head, of),
                        reconciliation=reconciliation,
                    )  # fmt: skip
                    last = known.get(entry.key)
                    if last and is_unchanged(entry, last):
                        made.append(Document.of(entry, last.sha256, "unchanged"))
                        continue

                    def draw(target: Path, language: Language = language, format: str = format) -> None:
                        RENDERERS[format](_act(source, of, head, language), target)

                    made.append(Document.of(entry, write(books, settings, entry, draw, work), "made"))
    logs.event("act", reconciliation=reconciliation, made=sum(one.state == "made" for one in made), of=len(made))
    return made


def render_act(
    reconciliation: int, language: Language, format: str, path: Path, *, settings: Settings | None = None
) -> None:
    """Renders an act to a path, registering nothing. The same reconciliation gives the same bytes."""
    known_names("format", [format], FORMATS)
    settings = settings or get_settings()
    with opened(settings) as source:
        RENDERERS[format](act(source, reconciliation, language), path)


def act(source: Source, reconciliation: int, language: Language) -> Drawn:
    """The act of a stored reconciliation, before it is drawn. Raises NotFoundError."""
    return _act(source, form(FORM), _head(source.connection, reconciliation), language)


def _head(connection: Connection, reconciliation: int) -> Row:
    row = connection.execute(
        """select reconciliations.*, tax_number from reporting.reconciliations
           left join reporting.counterparties using (counterparty_id) where reconciliation = %s""",
        [reconciliation],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"There is no reconciliation {reconciliation}.", hint="`prm reconciliations` lists those there are."
        )
    return row


def _act(source: Source, of: Form, head: Row, language: Language) -> Drawn:
    words = {key: text[language] for key, text in of.words.items()}
    words["title"] = words["title"].format(number=head["reconciliation"])
    parameters = {"reconciliation": head["reconciliation"], "language": language}
    first, last = format_day(head["first_day"], language), format_day(head["last_day"], language)
    return Drawn(
        title=words["title"],
        subtitle=words["subtitle"].format(first=first, last=last),
        facts=tuple(_facts(source, head, words, language)),
        sections=tuple(section(source, of, layout, parameters, words, language) for layout in of.layout["sections"]),
        language=language,
        words=words,
        closing=tuple(_closing(head, words, language)),
        signatures=_parties(source, of, head, words),
        is_landscape=of.layout["orientation"] == "landscape",
        look=source.look,
        csv=Csv(source.settings.csv_encoding, source.settings.csv_delimiter, of.layout.get("csv")),
    )


def _facts(source: Source, head: Row, words: dict[str, str], language: Language) -> Iterator[tuple[str, str]]:
    yield words["operator"], source.operator_name
    yield words["counterparty"], f"{_name(head)} ({head['counterparty_id']})"
    if head["tax_number"]:
        yield words["tax_number"], head["tax_number"]
    yield words["currency"], head["currency"]
    yield words["made"], f"{format_day(head['made_at'].astimezone(UTC).date(), language)}, {head['author']}"
    yield words["figures"], head["file_name"] or words["no_figures"]


def _closing(head: Row, words: dict[str, str], language: Language) -> Iterator[str]:
    """Who owes whom by each side's books, in figures and in words, and by how much they differ."""

    def money(amount: Decimal) -> dict[str, str]:
        currency = head["currency"]
        return {
            "amount": format_sum(amount, currency, language), "words": amount_in_words(amount, currency, language)
        }  # fmt: skip

    day = format_day(head["last_day"], language)
    for whose, balance in (("of_operator", head["closing"]), ("of_counterparty", head["their_closing"])):
        if balance is None:
            yield words["fill_in"]
            return
        who = "owes_nothing" if not balance else "owes_counterparty" if balance > 0 else "owes_operator"
        yield words[who].format(of=words[whose], day=day, **money(abs(balance)))
    if head["difference"]:
        way = words["more" if head["difference"] > 0 else "less"]
        yield words["differs_by"].format(way=way, **money(abs(head["difference"])))
    else:
        yield words["no_difference"]
    if head["their_opening"] is None:
        yield words["their_opening_missing"]
    if head["left_out"]:
        yield words["left_out"].format(rows=head["left_out"])


def _parties(source: Source, of: Form, head: Row, words: dict[str, str]) -> tuple[Party, ...]:
    """Who signs, with the requisites of the last day."""
    counterparty = {
        "counterparty_id": head["counterparty_id"], "name": _name(head), "tax_number": head["tax_number"]
    }  # fmt: skip
    period = Period.of(head["last_day"])
    return tuple(party(source, role, counterparty, period, words) for role in of.layout["signatures"])


def _name(head: Row) -> str:
    return head["counterparty_name"] or head["counterparty_id"]


def _source_hash(source: Source, key: tuple[str, ...], head: Row, of: Form) -> str:
    words = dict.fromkeys(of.words, "")
    signed = [line for one in _parties(source, of, head, words) for line in (one.name, *one.details)]
    parts = [*key, *(str(value) for value in head.values()), *signed, *appearance(source, key[-1])]
    return hashlib.sha256("\0".join([*parts, of.content_hash, code_hash()]).encode()).hexdigest()
