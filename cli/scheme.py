"""`prm scheme …`: check a draft, read a scheme aloud, list what is known."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

import schemes
from cli import app
from prm import database
from prm.settings import get_settings
from prm.words import Language

group = typer.Typer(no_args_is_help=True, help="Check and explain scheme files.")
app.add_typer(group, name="scheme")
console = Console(highlight=False, soft_wrap=True)


@group.command()
def check(files: list[Path]) -> None:
    """Say everything that is wrong with scheme FILES: file, line, column, what, and what is accepted."""
    problems = 0
    for file in files:
        found = schemes.check(file)
        problems += len(found)
        for problem in found:
            print(problem.text(get_settings().language))
        if not found:
            print(f"{file}: in order")
    if problems:
        raise typer.Exit(1)


@group.command()
def explain(file: Path, lang: str = typer.Option(None, help="ru or en; without it, the setting's language.")) -> None:
    """Read the rules of a scheme FILE in sentences."""
    language: Language = "ru" if (lang or get_settings().language) == "ru" else "en"
    if lang not in (None, "ru", "en"):
        raise typer.BadParameter("the languages are ru and en", param_hint="--lang")
    for sentence in schemes.explain(schemes.read(file), language):
        console.print(sentence)


@group.command("list")
def list_versions() -> None:
    """List the scheme versions that have been added."""
    table = Table("scheme", "version", "from", "hash", box=None)
    with database.transaction() as connection:
        for row in connection.execute("select * from registry.scheme_versions order by scheme, version"):
            table.add_row(row["scheme"], str(row["version"]), str(row["valid_from"]), row["content_hash"][:12])
    console.print(table)
