"""`prm form …`: check, preview and keep forms that people make; list the forms and what they may show."""

from __future__ import annotations

import getpass
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

import reports
from cli import app
from cli.report import Delimiter, Encoding, Parameters, csv_settings, known_language, read_parameters
from prm import database
from prm.errors import PrmError
from prm.period import Period
from prm.settings import get_settings
from prm.words import Words

group = typer.Typer(no_args_is_help=True, help="Check, preview and keep forms of documents.")
app.add_typer(group, name="form")
console = Console(highlight=False, soft_wrap=True)
_IN_ORDER = Words(en="{file}: in order", ru="{file}: всё в порядке")
_ADDED = Words(en="{form}: version {version} is kept", ru="{form}: сохранена версия {version}")
_KNOWN = Words(
    en="{form}: version {version} says the same; nothing was added",
    ru="{form}: версия {version} содержит то же; ничего не добавлено",
)
File = typer.Argument(..., exists=True, dir_okay=False, help="A form: .yaml, or a .docx or .xlsx template.")


@group.command()
def check(files: list[Path] = File) -> None:
    """Say everything that is wrong with form FILES: the place, what, and what would be right."""
    is_wrong = False
    for file in files:
        problems = reports.check_form(file.name, file.read_bytes())
        is_wrong |= bool(problems)
        for problem in problems:
            print(problem)
        if not problems:
            print(_IN_ORDER.text(get_settings().language, file=file))
    if is_wrong:
        raise typer.Exit(1)


@group.command()
def preview(
    file: Path = File,
    period: str = typer.Argument(..., help="A month whose data it shows: 2026-10."),
    counterparty: str = typer.Option("", help="Whose document, where the form is for counterparties."),
    format: str = typer.Option(None, help="xlsx, docx, pdf, csv, html or ods; without it, the first of the form's."),
    lang: str = typer.Option("ru", help="ru or en."),
    set_: list[str] = Parameters,
    to: Path = typer.Option(None, help="The file to write; beside FILE without it."),
    csv_encoding: str = Encoding,
    csv_delimiter: str = Delimiter,
) -> None:
    """Make a document of a form FILE that is not kept yet, from a month's real data."""
    known_language(lang)
    form = reports.read_form(file.name, file.read_bytes())
    if form.audience == "counterparty" and not counterparty:
        raise PrmError(f"Form '{form.name}' is for a counterparty.", hint="Say whose: --counterparty D00042.")
    chosen = format or form.formats[0]
    target = to or file.with_name(f"{form.name}_{period}_{lang}_preview.{chosen}")
    settings = get_settings().model_copy(update=csv_settings(csv_encoding, csv_delimiter))
    whose = counterparty if form.audience == "counterparty" else ""
    reports.preview(
        file, Period.parse(period), whose, lang, chosen, target,  # type: ignore[arg-type]
        parameters=read_parameters(set_), settings=settings,
    )  # fmt: skip
    print(target)


@group.command()
def add(file: Path = File, author: str = typer.Option(None, help="Who adds it; without it, the user.")) -> None:
    """Keep a form FILE: a new version if its content is new. `prm report` makes its documents from then on."""
    form, is_new = reports.add_form(file, author=author or getpass.getuser())
    print((_ADDED if is_new else _KNOWN).text(get_settings().language, form=form.name, version=form.version))


@group.command("list")
def list_forms(versions: bool = typer.Option(False, help="Every version of the forms that people added.")) -> None:
    """List the forms."""
    if versions:
        table = Table("form", "version", "file", "hash", "author", "added", box=None)
        for row in reports.list_forms():
            added = f"{row['added_at']:%Y-%m-%d %H:%M}"
            table.add_row(
                row["form"], str(row["version"]), row["file_name"], row["content_hash"][:12], row["author"], added
            )
    else:
        table = Table("form", "for whom", "version", "formats", "title", box=None)
        with database.transaction() as connection:
            for form in reports.all_forms(connection).values():
                title = form.title(get_settings().language).replace("{number}", "…")
                table.add_row(form.name, form.audience, str(form.version), " ".join(form.formats), title)
    console.print(table)


@group.command("data")
def list_data(name: str = typer.Argument(None, help="A data set; without it, all of them.")) -> None:
    """List the data sets that forms may show, or the columns of one."""
    language = get_settings().language
    sets = reports.data_sets()
    if name is not None and name not in sets:
        raise PrmError(f"There is no data set '{name}'.", hint=f"There are: {', '.join(sets)}.")
    table = Table("column", "kind", "title", box=None) if name else Table("data set", "one row", "view", box=None)
    if name:
        for column in sets[name].columns.values():
            table.add_row(column.name, column.kind, column.title[language])
    else:
        for of in sets.values():
            table.add_row(of.name, of.row[language], f"reporting.{of.view}")
    console.print(table)
