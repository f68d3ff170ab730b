"""`prm load`, `prm withdraw`, `prm loads`: an operator's files go in, one is taken back; what is live and what is not."""

from __future__ import annotations

import getpass
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

import loaders
import runs
from cli import app
from prm import database
from prm.errors import PrmError
from prm.settings import get_settings
from prm.words import Language, Words

_STATES = ("live", "superseded", "withdrawn", "refused")
_SHOWN = 50  # refused rows shown without --all


@app.command()
def load(
    files: list[Path] | None = typer.Argument(None, help="Files to load, wherever they lie."),
    inbox: bool = typer.Option(False, "--inbox", help="Load every file of the inbox."),
) -> None:
    """Check files against their contracts and take them in. A refused file doesn't stop the others."""
    settings = get_settings()
    if bool(files) == inbox:
        raise PrmError("Nothing to load.", hint="Name files, or say --inbox to load what is there.")
    paths = loaders.find_files(settings) if inbox else files or []
    console = Console()
    results = []
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("load", total=len(paths))
        for path in paths:

            def tell(stage: str, name: str = path.name) -> None:
                progress.update(task, description=f"{name}: {stage}")

            results.append(loaders.load(path, settings=settings, again=not inbox, progress=tell))
            progress.advance(task)
    _show(console, results, settings.language)
    if any(result.outcome == "refused" for result in results):
        raise typer.Exit(1)


def _show(console: Console, results: list[loaders.LoadResult], language: Language) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("file", "outcome", "load"):
        table.add_column(name, overflow="fold", no_wrap=name != "file")
    for name in ("rows", "refused", "seconds"):
        table.add_column(name, justify="right")
    for one in results:
        counts = ["" if count is None else f"{count:,}" for count in (one.rows_total, one.rows_quarantined)]
        table.add_row(one.file_name, one.outcome, one.load_id or "", *counts, f"{one.seconds:.2f}")
    console.print(table)
    for one in results:
        if one.words:
            console.print(f"{one.file_name}: {one.code}: {getattr(one.words, language)}", markup=False, highlight=False)
        for note in one.notes:
            console.print(f"{one.file_name}: {getattr(note, language)}", markup=False, highlight=False)
        with database.transaction() as connection:
            reached = runs.reaches(runs.closed_by_load(connection, one))
        if reached:
            console.print(f"{one.file_name}: {getattr(reached, language)}", markup=False, highlight=False)
        if one.reasons:
            console.print(f"{one.file_name}: rows refused: {_counts(one.reasons)}", markup=False, highlight=False)
        if one.supersedes:
            touched = ", ".join(f"{data_set} {period or ''}".strip() for data_set, period in one.partitions)
            console.print(f"{one.file_name}: supersedes {one.supersedes}; touches {touched}", markup=False)


@app.command()
def withdraw(
    load: str = typer.Argument(..., help="Its number, as `prm loads` shows it, or its file's name."),
    reason: str = typer.Option(..., help="Why; kept for ever."),
    author: str = typer.Option(None, help="Who decided it; without, the user of this machine."),
) -> None:
    """Withdraw LOAD: its rows count no more, and nothing takes their place. `prm load FILE` brings it back."""
    done = loaders.withdraw(load, reason=reason, author=author or getpass.getuser())
    touched = ", ".join(f"{done.data_set} {period}" for period in done.periods)
    print(f"{done.file_name}: load {done.load_id} is withdrawn; touches {touched or 'nothing'}")
    print("`prm stale` says whom it concerns")


@app.command()
def loads(
    state: str | None = typer.Option(None, help="Only live, superseded, withdrawn or refused ones."),
    period: str | None = typer.Option(None, help="Only loads of a period, such as 2026-10."),
    quarantine: str | None = typer.Option(None, metavar="LOAD", help="Show the refused rows of a load."),
    show_all: bool = typer.Option(False, "--all", help=f"With --quarantine: all rows, not the first {_SHOWN}."),
) -> None:
    """What was taken in: live, superseded, withdrawn and refused loads, and why."""
    settings = get_settings()
    console = Console()
    if quarantine:
        _show_quarantine(console, quarantine, show_all)
        return
    if state and state not in _STATES:
        raise PrmError(f"'{state}' is not a state.", hint=f"One of: {', '.join(_STATES)}.")
    with database.transaction(settings) as connection:
        rows = loaders.list_loads(connection, state=state, period=period)
    table = Table(box=None, pad_edge=False)
    for name in ("slot", "file", "load", "state"):
        table.add_column(name, overflow="fold", no_wrap=name in ("load", "state"))
    for name in ("rows", "refused"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    for row in rows:
        counts = ["" if row[name] is None else f"{row[name]:,}" for name in ("rows_total", "rows_quarantined")]
        table.add_row(row["slot"], row["file_name"], row["load_id"], row["state"], *counts, _why(row))
    console.print(table)
    totals = ", ".join(f"{sum(row['state'] == one for row in rows)} {one}" for one in _STATES)
    console.print(totals, highlight=False)
    for row in rows:
        if row["state"] in ("refused", "withdrawn"):
            words = Words(**row["state_reason"]["message"])
            console.print(f"{row['file_name']}: {getattr(words, settings.language)}", markup=False, highlight=False)


def _why(row: dict) -> str:
    if row["state"] in ("refused", "withdrawn"):
        return row["state_reason"]["code"]
    if row["state"] == "superseded":
        return f"by {row['superseded_by']}"
    return _counts(row["reasons"] or {})


def _counts(reasons: dict[str, int]) -> str:
    return ", ".join(f"{reason} {rows:,}" for reason, rows in reasons.items())


def _show_quarantine(console: Console, load_id: str, show_all: bool) -> None:
    rows = loaders.quarantined_rows(load_id)
    table = Table(box=None, pad_edge=False)
    table.add_column("row", justify="right")
    for name in ("reason", "found", "raw"):
        table.add_column(name, overflow="fold")
    for row in rows if show_all else rows[:_SHOWN]:
        table.add_row(str(row["row_number"]), row["reason"], row["detail"], row["raw"])
    console.print(table, markup=False)
    if len(rows) > _SHOWN and not show_all:
        console.print(f"{len(rows) - _SHOWN} more: --all shows them")
