"""`prm report`, `prm documents`: documents by hand."""

from __future__ import annotations

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


@app.command()
def report(
    period: str = typer.Argument(..., help="A month (2026-10) or a range of them (2026-08..2026-10)."),
    counterparty: list[str] = Counterparties,
    form: list[str] = typer.Option(None, "--form", help="Only this form; may be given again."),
    format: list[str] = typer.Option(None, "--format", help="xlsx, docx or pdf; may be given again."),
    lang: str = typer.Option("ru", help="ru, en or both."),
) -> None:
    """Make a period's documents: those that exist already and have not changed are left as they are."""
    for each in periods_between(period):
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task(f"{each}: documents", total=None)
            documents = reports.publish(
                each, counterparties=counterparty or None, forms=form or None,
                languages=LANGUAGES if lang == "both" else (lang,),  # type: ignore[arg-type]
                formats=format or reports.FORMATS,
                progress=lambda done, of: bar.update(task, completed=done, total=of),  # noqa: B023
            )  # fmt: skip
        made = sum(document.state == "made" for document in documents)
        console.print(f"{each}: {made} documents made, {len(documents) - made} unchanged")
        if len(documents) <= 12:
            for document in documents:
                console.print(f"  {document.path}")
        elif documents:
            console.print(f"  in {get_settings().documents / str(each)}")


@app.command("documents")
def list_documents(period: str = typer.Option(None, help="Only this month.")) -> None:
    """List the documents that were made."""
    table = Table("period", "counterparty", "form", "language", "format", "sha256", "path", box=None)
    for row in reports.list_documents(Period.parse(period) if period else None):
        table.add_row(
            row["period"], row["counterparty_id"] or "operator", row["form"], row["language"], row["format"],
            row["sha256"][:12], row["path"],
        )  # fmt: skip
    console.print(table)
