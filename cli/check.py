"""`prm check`: whether what always holds of the books does hold."""

from __future__ import annotations

import typer
from rich.console import Console

import runs
import settlement
from cli import app
from prm import invariants
from prm.period import Period
from prm.settings import Settings

console = Console(highlight=False, soft_wrap=True)
INVARIANTS = [*runs.INVARIANTS, *settlement.INVARIANTS]
"""What the rooms say of their own tables, from the ground up."""


@app.command()
def check(
    period: str = typer.Option(None, help="Only what is about this month; the ledger's chain as a whole."),
) -> None:
    """Ask every rule that the books must keep. Fails if one is broken, with the first rows that break it."""
    if not ask_every_rule(Period.parse(period) if period else None):
        raise typer.Exit(1)


def ask_every_rule(period: Period | None = None, *, settings: Settings | None = None) -> bool:
    """Asks and prints every rule, of a month or of all, and the ledger's head. Whether all of them hold."""
    broken = 0
    for one in invariants.check(INVARIANTS, period, settings=settings):
        console.print(f"{'[red]broken[/]' if one.broken_by else 'ok    '} {one.rule} ({one.seconds:.1f} s)")
        for row in one.broken_by:
            console.print("       " + ", ".join(f"{name} {value}" for name, value in row.items()), markup=False)
        broken += bool(one.broken_by)
    head = settlement.verify_ledger(settings=settings)
    console.print(f"the ledger has {head.transfers:,} transfers; its head is {head.head}")
    if broken:
        console.print(f"[red]{broken} of {len(INVARIANTS)} rules are broken[/]")
    else:
        console.print(f"all {len(INVARIANTS)} rules hold")
    return not broken
