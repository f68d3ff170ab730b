"""`prm report`, `prm documents`: documents by hand."""

from __future__ import annotations

from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

import reports
from cli import app
from cli.calculate import Counterparties
from prm.period import Period
from prm.settings import get_settings
from prm.words import LANGUAGES
from scheduling.keys import periods_between

console = Console(highlight=False)
Parameters = typer.Option(None, "--set", metavar="NAME=VALUE", help="A parameter of the form; may be given again.")
Encoding = typer.Option(None, help="Of CSV: utf-8-sig, utf-8, cp1251 or utf-16.")
Delimiter = typer.Option(None, help="Of CSV: ';', ',', '|' or a tab.")


@app.command()
def report(
    period: str = typer.Argument(..., help="A month (2026-10) or a range of them (2026-08..2026-10)."),
    counterparty: list[str] = Counterparties,
    form: list[str] = typer.Option(
        None, "--form", help="Only this form, or all; may be given again. Without it: those made each month."
    ),
    format: list[str] = typer.Option(
        None, "--format", help="xlsx, docx, pdf, csv, html or ods; may be given again. Without it: those of each form."
    ),
    lang: str = typer.Option("ru", help="ru, en or both."),
    set_: list[str] = Parameters,
    csv_encoding: str = Encoding,
    csv_delimiter: str = Delimiter,
) -> None:
    """Make a period's documents: those that exist already and have not changed are left as they are."""
    settings = get_settings().model_copy(update=csv_settings(csv_encoding, csv_delimiter))
    parameters = read_parameters(set_)
    for each in periods_between(period):
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task(f"{each}: documents", total=None)
            documents = reports.publish(
                each, counterparties=counterparty or None, forms=form or None,
                languages=LANGUAGES if lang == "both" else (lang,),  # type: ignore[arg-type]
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
