"""`prm quality`: Great Expectations on what is live, and its Data Docs."""

from __future__ import annotations

import typer
from rich.console import Console

from cli import app


@app.command()
def quality(period: str | None = typer.Option(None, help="Only loads of a period, such as 2026-10.")) -> None:
    """Check what is live against the contracts with Great Expectations; prints the page's path."""
    from loaders.quality import build_data_docs  # takes seconds to import

    with Console(stderr=True).status("quality") as status:
        found = build_data_docs(period=period, progress=lambda name: status.update(f"quality: {name}"))
    for load_id, what in found.failed:
        print(f"{load_id}: not met: {what}")
    print(f"{found.loads} loads, {found.expectations} expectations, {len(found.failed)} not met")
    print(found.page)
    if found.failed:
        raise typer.Exit(1)
