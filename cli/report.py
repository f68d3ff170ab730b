"""`prm report`, `prm archive`, `prm documents`, `prm schedule`: documents by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table

import reports
from cli import app
from cli.calculate import Counterparties
from prm.errors import NotFoundError
from prm.period import Period
from prm.settings import get_settings
from prm.words import LANGUAGES, Language, Words
from reports.schedule import THEIRS, Choice, ScheduleEntry
from scheduling.keys import periods_between

console = Console(highlight=False, soft_wrap=True)
_MADE = Words("{period}: {documents} documents in {path}, SHA-256 {sha256}",
              "{period}: документов {documents} в {path}, SHA-256 {sha256}")  # fmt: skip
_UNCHANGED = Words("{period}: unchanged, {documents} documents in {path}, SHA-256 {sha256}",
                   "{period}: без изменений, документов {documents} в {path}, SHA-256 {sha256}")  # fmt: skip
_IN_ORDER = Words("{file}: in order", "{file}: всё в порядке")
_NO_FILE = Words("{file} is not there: a month asks for the forms made each month, in Russian, and nothing is sent",
                 "{file} нет: за месяц готовятся ежемесячные формы на русском языке, ничего не отправляется")  # fmt: skip
_HEADINGS = Words("line|forms|counterparties|formats|languages|from|sent to",
                  "строка|формы|контрагенты|форматы|языки|начиная с|куда")  # fmt: skip
_ALL, _EACH_MONTH = Words("all", "все"), Words("each month's", "ежемесячные")
_OF_FORM, _OF_EACH = Words("the form's", "из формы"), Words("each one's own", "свой у каждого")
_IDS, _GROUP, _BRANCH = Words("ids", "коды"), Words("group", "группа"), Words("branch", "филиал")
_KIND = Words("kind", "вид")
Parameters = typer.Option(None, "--set", metavar="NAME=VALUE", help="A parameter of the form; may be given again.")
Encoding = typer.Option(None, help="Of CSV: utf-8-sig, utf-8, cp1251 or utf-16.")
Delimiter = typer.Option(None, help="Of CSV: ';', ',', '|' or a tab.")


@app.command()
def report(
    period: str = typer.Argument(..., help="A month (2026-10) or a range of them (2026-08..2026-10)."),
    counterparty: list[str] = Counterparties,
    form: list[str] = typer.Option(
        None, "--form", help="Only this form, or all; may be given again. Without it: what the schedule asks for."
    ),
    format: list[str] = typer.Option(
        None, "--format", help="xlsx, docx, pdf, csv, html or ods; may be given again. Without it: those of each form."
    ),
    lang: str = typer.Option(None, help="ru, en or both. Without it: as the schedule says, otherwise ru."),
    set_: list[str] = Parameters,
    csv_encoding: str = Encoding,
    csv_delimiter: str = Delimiter,
) -> None:
    """Make a period's documents: those that exist already and have not changed are left as they are."""
    settings = get_settings().model_copy(update=csv_settings(csv_encoding, csv_delimiter))
    parameters = read_parameters(set_)
    for each in periods_between(period):
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(f"{each}: documents", total=None)
            documents = reports.publish(
                each, counterparties=counterparty or None, forms=form or None,
                languages=LANGUAGES if lang == "both" else (lang,) if lang else None,  # type: ignore[arg-type]
                formats=format or None, parameters=parameters, settings=settings,
                progress=lambda done, of: bar.update(task, completed=done, total=of),  # noqa: B023
            )  # fmt: skip
        made = sum(document.state == "made" for document in documents)
        console.print(f"{each}: {made} documents made, {len(documents) - made} unchanged")
        if len(documents) <= 12:
            for document in documents:
                console.print(f"  {document.path}")
        elif documents:
            console.print(f"  in {get_settings().documents / str(each)}")


@app.command()
def archive(
    period: str = typer.Argument(..., help="A month (2026-10) or a range of them (2026-08..2026-10)."),
    lang: str = typer.Option(None, help="Of the index: ru or en; without it, what the schedule says, otherwise ru."),
) -> None:
    """Put a period's documents into one ZIP with an index; makes before what is not up to date."""
    scheduled = reports.read_schedule().archive
    lang = lang or (scheduled.language if scheduled else "ru")
    known_language(lang)
    for each in periods_between(period):
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(f"{each}: documents", total=None)
            documents = reports.publish(
                each, progress=lambda done, of: bar.update(task, completed=done, total=of)  # noqa: B023
            )  # fmt: skip
            made = reports.archive(each, documents=documents, language=lang)  # type: ignore[arg-type]
        words = _MADE if made.state == "made" else _UNCHANGED
        console.print(words.text(
            get_settings().language, period=each, documents=len(documents), path=made.path, sha256=made.sha256
        ))  # fmt: skip


@app.command()
def schedule(
    file: Path = typer.Argument(
        None, help="A schedule to check before it takes its place; without it, the one in use."
    ),
) -> None:
    """Show what a month's documents are and where they go, and everything that is wrong with the schedule's file."""
    settings = get_settings()
    language = settings.language
    path = file or reports.schedule_file(settings)
    if not file and not settings.document_schedule and not path.exists():
        console.print(_NO_FILE.text(language, file=path))
        return
    read, problems = reports.check_schedule(path, settings)
    for problem in problems:
        print(problem)
    if problems:
        raise typer.Exit(1)
    table = Table(*headings(_HEADINGS.text(language)), box=None)
    for entry in read.entries:
        languages = _OF_EACH.text(language) if entry.languages == THEIRS else ", ".join(entry.languages)
        table.add_row(
            str(entry.place.line if entry.place else ""), ", ".join(entry.forms or (_EACH_MONTH.text(language),)),
            _chosen_by(entry, language), ", ".join(entry.formats or (_OF_FORM.text(language),)), languages,
            *_sent_to(entry.sends),
        )  # fmt: skip
    if read.archive:
        table.add_row("", "archive", "", "zip", read.archive.language, *_sent_to(read.archive.sends))
    console.print(table)
    console.print(_IN_ORDER.text(language, file=path))


def headings(said: str) -> list[Column]:
    """Columns whose texts go on in the next line where they are too long for the screen, and are never cut."""
    return [Column(heading, overflow="fold") for heading in said.split("|")]


def _chosen_by(entry: ScheduleEntry, language: Language) -> str:
    choice: Choice = entry.choice
    named = [(_IDS, choice.ids), (_GROUP, choice.groups), (_BRANCH, choice.branches), (_KIND, choice.kinds)]
    said = [f"{words.text(language)} {', '.join(values)}" for words, values in named if values]
    said += [f"{name} = {', '.join(values)}" for name, values in choice.attributes.items()]
    return "; ".join(said) or _ALL.text(language)


def _sent_to(sends: tuple[reports.Send, ...]) -> tuple[str, str]:
    return ", ".join(sorted({one.when for one in sends})), "\n".join(f"{one.channel}: {one.to}" for one in sends)


def known_language(lang: str) -> None:
    """Raises NotFoundError for a language that documents don't have."""
    if lang not in LANGUAGES:
        raise NotFoundError(f"There is no language '{lang}'.", hint=f"There are: {', '.join(LANGUAGES)}.")


def csv_settings(encoding: str | None, delimiter: str | None) -> dict[str, Any]:
    """What the options of CSV change of the settings."""
    if delimiter not in (None, ";", ",", "|", "\t", "\\t", "tab"):
        raise typer.BadParameter("a delimiter is ';', ',', '|' or tab", param_hint="--csv-delimiter")
    chosen = {"csv_encoding": encoding, "csv_delimiter": "\t" if delimiter in ("\\t", "tab") else delimiter}
    return {name: value for name, value in chosen.items() if value}


def read_parameters(given: list[str] | None) -> dict[str, str]:
    """`name=value` texts as a mapping."""
    read = {}
    for text in given or ():
        name, sign, value = text.partition("=")
        if not sign:
            raise typer.BadParameter(f"'{text}' is not NAME=VALUE", param_hint="--set")
        read[name.strip()] = value.strip()
    return read


@app.command("documents")
def list_documents(period: str = typer.Option(None, help="Only this month.")) -> None:
    """List the documents that were made."""
    table = Table("period", "counterparty", "form", "version", "language", "format", "sha256", "path", box=None)
    for row in reports.list_documents(Period.parse(period) if period else None):
        table.add_row(
            row["period"], row["counterparty_id"] or "operator", row["form"], str(row["form_version"]), row["language"],
            row["format"], row["sha256"][:12], row["path"],
        )  # fmt: skip
    console.print(table)
