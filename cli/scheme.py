"""`prm scheme …`: check a draft, read a scheme aloud, say what changes, list what is known."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

import registry
import schemes
from cli import app
from cli.language import Lang
from prm import database
from prm.errors import PrmError
from prm.words import Language, Words

group = typer.Typer(no_args_is_help=True, help="Check, explain and compare schemes.")
app.add_typer(group, name="scheme")
console = Console(highlight=False, soft_wrap=True)
_IN_ORDER = Words(en="{file}: in order", ru="{file}: всё в порядке")
_FILL_IN = Words(
    en="{file}: fill it in, then prm scheme check {file}", ru="{file}: заполните, затем prm scheme check {file}"
)
_EXPORTED = Words(en="{target}: says what {source} says", ru="{target}: содержит то же, что {source}")
_VERSIONS = Words(en="scheme|version|from|hash", ru="схема|версия|с|хеш")
_KEPT = Words(
    en="# {scheme}:{version}, applies from {day}; SHA-256 of its canonical text: {hash}",
    ru="# {scheme}:{version}, действует с {day}; SHA-256 канонического текста: {hash}",
)
_ADDED_BY = Words(en="# added {at} by {author}", ru="# добавлена {at}, кем: {author}")
_THE_SAME = Words(en="Both say the same.", ru="Обе версии говорят одно и то же.")


@group.command()
def check(files: list[Path], language: Language = Lang) -> None:
    """Say everything that is wrong with scheme FILES (.yaml, .xlsx): line and column, or cell, what, and what is accepted.

    Several files are seen together: what a measure of others adds up must stand in one of them, or in the library, and
    a measure that its own scheme does not use must be counted there.
    """
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


Named = typer.Argument(..., metavar="SCHEME", help="A file, or an added version: dealer_standard:1.")


@group.command()
def explain(scheme: str = Named, language: Language = Lang) -> None:
    """Read the rules of a SCHEME in sentences."""
    for sentence in schemes.explain(_scheme(scheme), language, _library()):
        console.print(sentence, markup=False)


@group.command()
def diff(
    before: str = typer.Argument(..., metavar="A", help="A file, or an added version: dealer_standard:1."),
    after: str = typer.Argument(..., metavar="B", help="What it is compared with, a file or a version too."),
    language: Language = Lang,
) -> None:
    """Say in sentences what changes from A to B, and from when."""
    sentences = schemes.compare(_scheme(before), _scheme(after), language)
    for sentence in sentences or [_THE_SAME.text(language)]:
        console.print(sentence, markup=False)


def _scheme(named: str) -> schemes.Scheme:
    """The scheme version of a file, or one that was added, as `scheme:version`."""
    if Path(named).exists() or (added := _added(named)) is None:
        return schemes.read(Path(named))
    with database.transaction() as connection:
        return registry.scheme_version(connection, *added)


def _added(named: str) -> tuple[str, int] | None:
    """`scheme:version` in its two parts; None where it is not of this form."""
    name, _, version = named.rpartition(":")
    return (name, int(version)) if name and version.isdecimal() and len(version) < 9 else None


@group.command()
def show(
    version: str = typer.Argument(..., help="An added version: dealer_standard:1."),
    canonical: bool = typer.Option(False, help="The canonical text, to the byte: its SHA-256 is the version's hash."),
    language: Language = Lang,
) -> None:
    """Print an added VERSION as it is kept: the file, under its hash and who added it when."""
    added = _added(version)
    if added is None:
        raise PrmError(
            Words(en=f"'{version}' names no added version.", ru=f"«{version}» — не название добавленной версии."),
            hint=Words(en="Such as dealer_standard:1; see prm scheme list.", ru="Например, dealer_standard:1; какие есть: prm scheme list."),
        )  # fmt: skip
    with database.transaction() as connection:
        kept = registry.kept_version(connection, *added)
    if canonical:
        print(kept.canonical, end="")
        return
    print(_KEPT.text(language, scheme=kept.scheme, version=kept.version, day=kept.valid_from, hash=kept.content_hash))
    if kept.added_by:
        print(_ADDED_BY.text(language, at=f"{kept.added_at.astimezone():%Y-%m-%d %H:%M}", author=kept.added_by))
    if kept.reason:
        print("# " + kept.reason.replace("\n", "\n# "))
    print(kept.source, end="" if kept.source.endswith("\n") else "\n")


@group.command()
def template(file: Path, language: Language = Lang) -> None:
    """Make an empty workbook FILE.xlsx to fill in, with instructions and a small example."""
    schemes.write_template(file, language)
    print(_FILL_IN.text(language, file=file))


@group.command()
def export(source: Path, target: Path, language: Language = Lang) -> None:
    """Write the scheme of file SOURCE in the other form: TARGET ends in .yaml or .xlsx."""
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
def list_versions(language: Language = Lang) -> None:
    """List the scheme versions that have been added."""
    table = Table(*_VERSIONS.text(language).split("|"), box=None)
    with database.transaction() as connection:
        for row in connection.execute("select * from registry.scheme_versions order by scheme, version"):
            table.add_row(row["scheme"], str(row["version"]), str(row["valid_from"]), row["content_hash"][:12])
    console.print(table)
