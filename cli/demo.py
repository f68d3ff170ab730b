"""`prm demo-data`: a made-up operator's files, from a seed."""

from __future__ import annotations

import time
from pathlib import Path

import typer

from cli import app
from demo import make_files, write_operator_details
from prm.errors import PrmError
from prm.settings import get_settings


@app.command("demo-data")
def demo_data(
    subscribers: int = typer.Option(5000, help="How many subscribers, from 1000 to 20000000."),
    seed: int = typer.Option(42, help="Another seed makes another operator; the same makes the same bytes."),
    to: Path | None = typer.Option(None, help="Folder to write to; the inbox without."),
    months: str = typer.Option("2026-07..2026-10", help="The periods with complete files, first..last."),
    clean: bool = typer.Option(False, "--clean", help="No faults on purpose."),
) -> None:
    """Make the files of a made-up operator: three branches, their dealers, and what subscribers did."""
    first, dots, last = months.partition("..")
    if not dots:
        raise PrmError(f"'{months}' is not a range of periods.", hint="Write 2026-07..2026-10.")
    folder, began = to or get_settings().inbox, time.monotonic()
    shows_progress = subscribers >= 100_000
    made = make_files(
        folder, subscribers=subscribers, seed=seed, first=first, last=last, faults=not clean,
        progress=(lambda path: print(f"  {path.name}", flush=True)) if shows_progress else None,
    )  # fmt: skip
    files = [path for path in made if not path.name.endswith(".control.json")]
    size = sum(path.stat().st_size for path in files)
    print(f"{len(files)} files, {size / 1e6:,.1f} MB, in {folder} ({time.monotonic() - began:.1f} s)")
    if to is None and (details := write_operator_details(get_settings())):
        print(f"the operator's own details: {details}")
