"""`prm scheme …`: check a draft, read a scheme aloud, say what changes, list what is known."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

import registry
import schemes
from cli import app
from prm import database
from prm.settings import get_settings
from prm.words import LANGUAGES, Language, Words

group = typer.Typer(no_args_is_help=True, help="Check, explain and compare schemes.")
app.add_typer(group, name="scheme")
console = Console(highlight=False, soft_wrap=True)
Lang = typer.Option(None, help="ru or en; without it, the setting's language.")
_IN_ORDER = Words(en="{file}: in order", ru="{file}: всё в порядке")
_FILL_IN = Words(
    en="{file}: fill it in, then prm scheme check {file}", ru="{file}: заполните, затем prm scheme check {file}"
)
_EXPORTED = Words(en="{target}: says what {source} says", ru="{target}: содержит то же, что {source}")
_THE_SAME = Words(en="Both say the same.", ru="Обе версии говорят одно и то же.")


@group.command()
def check(files: list[Path], lang: str = Lang) -> None:
    """Say everything that is wrong with scheme FILES (.yaml, .xlsx): line and column, or cell, what, and what is accepted.

    Several files are seen together: what a measure of others adds up must stand in one of them, or in the library, and
    a measure that its own scheme does not use must be counted there.
    """
    language = _language(lang)
    found = {file: schemes.check(file) for file in files}
    sound = [schemes.read(file) for file, problems in found.items() if not problems]
    if len(sound) == len(found):  # else what is missing may stand in a file that could not be understood
        missing = schemes.unknown_of_others(sound, _library()) if len(files) > 1 else []
        for problem in [*missing, *schemes.uncounted(sound, _library())]:
            found[Path(problem.where.file)].append(problem)
    for file, problems in found.items():
        for problem in problems:
            print(problem.text(language))
        if not problems:
            print(_IN_ORDER.text(language, file=file))
    if any(found.values()):
        raise typer.Exit(1)


def _library() -> list[schemes.Scheme]:
    return [schemes.read(path) for path in sorted(schemes.LIBRARY.glob("*.yaml"))]


@group.command()
def explain(file: Path, lang: str = Lang) -> None:
    """Read the rules of a scheme FILE in sentences."""
    language = _language(lang)
    with _refused_in(language):
        scheme = schemes.read(file)
    for sentence in schemes.explain(scheme, language, _library()):
        console.print(sentence, markup=False)


@group.command()
def diff(
    before: str = typer.Argument(..., metavar="A", help="A file, or an added version: dealer_standard:1."),
    after: str = typer.Argument(..., metavar="B", help="What it is compared with, a file or a version too."),
    lang: str = Lang,
) -> None:
    """Say in sentences what changes from A to B, and from when."""
    language = _language(lang)
    with _refused_in(language):
        sentences = schemes.compare(_scheme(before), _scheme(after), language)
    for sentence in sentences or [_THE_SAME.text(language)]:
        console.print(sentence, markup=False)


def _scheme(named: str) -> schemes.Scheme:
    """The scheme version of a file, or one that was added, as `scheme:version`."""
    name, _, version = named.rpartition(":")
    if Path(named).exists() or not (name and version.isdecimal()):
        return schemes.read(Path(named))
    with database.transaction() as connection:
        return registry.scheme_version(connection, name, int(version))


@contextmanager
def _refused_in(language: Language) -> Iterator[None]:
    """Around the reading of drafts: what is wrong with one is printed in the language that was asked for."""
    try:
        yield
    except schemes.SchemeError as error:
        if os.environ.get("PRM_DEBUG"):
            raise
        for problem in error.problems:
            typer.echo(problem.text(language), err=True)
        raise typer.Exit(1) from None


def _language(lang: str | None) -> Language:
    if lang not in (None, *LANGUAGES):
        raise typer.BadParameter("the languages are ru and en", param_hint="--lang")
    return "ru" if (lang or get_settings().language) == "ru" else "en"


@group.command()
def template(file: Path, lang: str = Lang) -> None:
    """Make an empty workbook FILE.xlsx to fill in, with instructions and a small example."""
    language = _language(lang)
    schemes.write_template(file, language)
    print(_FILL_IN.text(language, file=file))


@group.command()
def export(source: Path, target: Path, lang: str = Lang) -> None:
    """Write the scheme of file SOURCE in the other form: TARGET ends in .yaml or .xlsx."""
    language = _language(lang)
    with _refused_in(language):
        schemes.export(source, target, language)
    print(_EXPORTED.text(language, source=source, target=target))


@group.command("schema")
def print_schema() -> None:
    """Print the JSON Schema with which editors complete and check scheme files."""
    print(schemes.JSON_SCHEMA.read_text(encoding="utf-8"), end="")


@group.command()
def pages(folder: Path = typer.Argument(schemes.PAGES, help="Where they go; docs/library as a rule.")) -> None:
    """Write the pages of the library's schemes anew, from the schemes and their worked cases."""
    files = schemes.write_pages(folder)
    print(f"{len(files)} pages in {folder}")


@group.command("list")
def list_versions() -> None:
    """List the scheme versions that have been added."""
    table = Table("scheme", "version", "from", "hash", box=None)
    with database.transaction() as connection:
        for row in connection.execute("select * from registry.scheme_versions order by scheme, version"):
            table.add_row(row["scheme"], str(row["version"]), str(row["valid_from"]), row["content_hash"][:12])
    console.print(table)
