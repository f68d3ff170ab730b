"""`prm period …`, `prm rewards`: what is decided of a month, and what its rewards were at any moment."""

from __future__ import annotations

import getpass
from datetime import datetime

import typer
from rich.console import Console
from rich.table import Table

import runs as rooms
from cli import app
from prm import database
from prm.period import Period
from prm.settings import get_settings
from prm.words import format_money

console = Console(highlight=False)
group = typer.Typer(no_args_is_help=True, help="Approve a month's rewards, close it, and see what is decided of it.")
app.add_typer(group, name="period")

Author = typer.Option(None, help="Who decides it; without, the user of this machine.")
Reason = typer.Option(None, help="Why, or by what agreement; kept for ever.")
Wait = typer.Option(60, min=0, help="Seconds to wait for a run of the period.")


@group.command("approve")
def approve(period: str, author: str = Author, reason: str = Reason, wait: float = Wait) -> None:
    """Approve exactly what is current of PERIOD; a new version ends the approval."""
    _say(rooms.approve_period(Period.parse(period), author or getpass.getuser(), reason, wait_seconds=wait))


@group.command("withdraw")
def withdraw(
    period: str,
    author: str = Author,
    reason: str = typer.Option(..., help="Why; kept for ever."),
    wait: float = Wait,
) -> None:
    """Take the approval of PERIOD back."""
    _say(rooms.withdraw_approval(Period.parse(period), author or getpass.getuser(), reason, wait_seconds=wait))


@group.command("close")
def close(period: str, author: str = Author, reason: str = Reason, wait: float = Wait) -> None:
    """Close PERIOD for ever; refused with the list of what is missing."""
    _say(rooms.close_period(Period.parse(period), author or getpass.getuser(), reason, wait_seconds=wait))


@group.command("show")
def show(period: str = typer.Argument(None, help="A month; without, all of them.")) -> None:
    """Show the states of all periods; of one, also what was decided and what keeps it from being closed."""
    if period is None:
        table = Table("period", "state", "versions", "newest decision", "by", "at", "reason", box=None)
        for row in rooms.list_periods():
            table.add_row(
                row["period"], row["state"], f"{row['counterparties']:,}", row["what"] or "", row["author"] or "",
                f"{row['decided_at']:%Y-%m-%d %H:%M}" if row["decided_at"] else "", row["reason"] or "",
            )  # fmt: skip
        console.print(table)
        return
    asked = Period.parse(period)
    with database.transaction() as connection:
        state = rooms.period_state(connection, asked)
    console.print(f"{asked}: {state}")
    for decision in rooms.period_decisions(asked):
        _say(decision)
    missing = rooms.missing_to_close(asked)
    if missing:
        console.print("to close it, these are missing:")
    for one in missing:
        console.print(f"  - {one.words.text(get_settings().language)}", markup=False)


@app.command("rewards")
def rewards(
    period: str,
    as_of: datetime = typer.Option(
        None,
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"],
        help="What readers saw at that moment (local time); without, what they see now.",
    ),
    run: int = typer.Option(None, help="The version that this run made, whether or not readers ever saw it."),
    counterparty: list[str] = typer.Option(None, "--counterparty", "-c", help="Only this one; may be given again."),
) -> None:
    """The rewards of PERIOD by counterparty and component, as they are or as they were."""
    if run is not None and as_of is not None:
        raise typer.BadParameter("give --as-of or --run")
    with database.transaction() as connection:
        rows = connection.execute(
            """select distinct counterparty_id, contract_id, component, currency, paid_lines, amount, run_id
               from reporting.reward_versions
               where period = %(period)s
                 and (%(scope)s::text[] is null or counterparty_id = any(%(scope)s))
                 and case
                     when %(run)s::bigint is not null then run_id = %(run)s
                     else shown_from <= coalesce(%(at)s, now()) and coalesce(shown_to, 'infinity') > coalesce(%(at)s, now())
                 end
               order by counterparty_id, contract_id, component""",
            {
                "period": str(Period.parse(period)), "scope": counterparty or None, "run": run,
                "at": as_of.astimezone() if as_of else None,
            },
        ).fetchall()  # fmt: skip
    table = Table("counterparty", "contract", "component", "paid lines", "reward", "", "run", box=None)
    for column in (3, 4):
        table.columns[column].justify = "right"
    for row in rows:
        table.add_row(
            row["counterparty_id"], row["contract_id"], row["component"], f"{row['paid_lines']:,}",
            format_money(row["amount"], get_settings().language, row["currency"]), row["currency"], str(row["run_id"]),
        )  # fmt: skip
    console.print(table)


def _say(decision: rooms.Decision) -> None:
    reason = f": {decision.reason}" if decision.reason else ""
    console.print(
        f"{decision.period}: {decision.what} by {decision.author} on {decision.decided_at.astimezone():%Y-%m-%d %H:%M}{reason}",
        markup=False,
    )
