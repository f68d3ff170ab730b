"""`prm backup`, `prm restore`: the books and their files, in one folder and back."""

from __future__ import annotations

import os
from pathlib import Path

import typer
from rich.console import Console

import runs
from cli import app
from cli.check import ask_every_rule
from prm import backup as books
from prm import database
from prm.settings import Settings, get_settings

console = Console(highlight=False, soft_wrap=True)


@app.command()
def backup(
    folder: Path = typer.Argument(..., help="A new folder to write into; with --check, a backup."),
    since: Path = typer.Option(None, help="An earlier backup: what has not changed since is linked, not copied."),
    check: bool = typer.Option(False, "--check", help="Write nothing: compare every file of the backup with its hash."),
) -> None:
    """Back up the books and the files they name: one moment's database, lake, quarantine, runs, documents, evidence."""
    if check:
        manifest = books.verify_backup(folder, threads=get_settings().threads)
        console.print(f"{folder}: {len(manifest['files']):,} files are what was backed up on {manifest['made_at']}")
        return
    with console.status("backing up") as status:
        made = books.back_up(folder, since=since, progress=status.update)
    console.print(
        f"{made.folder}: {made.files:,} files, {made.bytes / 1e6:,.1f} MB, {made.copied:,} of them copied, the others linked"
    )
    console.print(f"the ledger has {made.transfers:,} transfers; its head is {made.head}")
    console.print(f"keep somewhere else: the manifest's SHA-256 is {made.manifest_hash}")


@app.command()
def restore(
    folder: Path = typer.Argument(..., help="A backup."),
    into: Path = typer.Option(None, help="A new home; without, that of PRM_HOME, which has to be empty."),
) -> None:
    """Restore a backup into an empty home and an empty database, then ask every rule that the books must keep."""
    settings = Settings(home=into) if into else get_settings()
    with console.status("restoring") as status:
        manifest = books.restore(folder, progress=status.update, settings=settings)
        moved = runs.move_home(Path(manifest["home"]), settings=settings)
    console.print(
        f"{settings.home}, {database.describe(settings)}: restored what was backed up on {manifest['made_at']}, "
        f"{len(manifest['files']):,} files, {moved:,} runs"
    )
    if not ask_every_rule(settings=settings):
        raise typer.Exit(1)
    console.print("every rule holds; the books go on from here")
    if into and os.environ.get("PRM_HOME") != str(settings.home):
        console.print(f"to work with them: PRM_HOME={settings.home}")
