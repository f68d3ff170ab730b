"""`prm calculate`, `prm rollback`, `prm runs`, `prm verify`: by hand what the DAGs call."""

from __future__ import annotations

import getpass
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.table import Table

import runs as rooms
import settlement
from cli import app
from prm import database
from prm.period import Period
from prm.settings import get_settings
from prm.words import Language, Words, format_money
from scheduling.keys import periods_between
from schemes import ContractProblem

console = Console(highlight=False)
group = typer.Typer(invoke_without_command=True)
app.add_typer(group, name="runs")
Counterparties = typer.Option(None, "--counterparty", "-c", help="Only this counterparty; may be given again.")
_LEFT_OUT = Words(
    en="{count} contract(s) left out: they earn nothing",
    ru="не вошли в расчёт договоры ({count}): по ним ничего не начислено",
)
_CONTRACT = Words(en="contract {contract} of {counterparty}", ru="договор {contract} ({counterparty})")
Wait = typer.Option(60, min=0, help="Seconds to wait for another run of the same partition.")


@app.command()
def calculate(
    period: str = typer.Argument(..., help="A month (2026-10) or a range of them (2026-08..2026-10)."),
    counterparty: list[str] = Counterparties,
    reason: str = typer.Option(None, help="Why it is calculated; kept with the run."),
    force: bool = typer.Option(False, help="Calculate even if nothing has changed."),
    allow_left_out: bool = typer.Option(False, help="Publish although contracts are left out and earn nothing."),
    wait: float = Wait,
) -> None:
    """Calculate a period, or some counterparties of it, and publish the result.

    Where contracts would be left out, nothing is published, and it exits with 2.
    """
    for each in periods_between(period):
        with console.status(f"{each}: waiting for the lock") as status:

            def progress(stage: str, each: Period = each) -> None:
                status.update(f"{each}: {stage}")

            try:
                result = rooms.calculate(
                    each, counterparty or None, reason=reason, force=force, allow_left_out=allow_left_out,
                    wait_seconds=wait, progress=progress,
                )  # fmt: skip
            except rooms.LeftOutError as error:
                print_left_out(error.problems)
                console.print(
                    f"{each}: [red]nothing was published[/], the former version is still current. {error.hint}"
                )
                raise typer.Exit(2) from None
        took = ", ".join(f"{stage.name} {stage.seconds:.1f} s" for stage in result.stages)
        if result.state == "unchanged":
            console.print(f"{each}: nothing has changed since run {result.run_id}; its version stays current")
        else:
            console.print(f"{each}: run {result.run_id} published {result.lines:,} lines ({took})")
        if result.pulled_in:
            console.print(
                f"  calculated with {', '.join(counterparty)}: {', '.join(result.pulled_in)}, of the same hierarchy; "
                f"its results depend on one another by {', '.join(result.because_of)}"
            )
        with database.transaction() as connection:
            if result.state == "published" and rooms.period_state(connection, each) == "closed":
                console.print(
                    f"  {each} is closed: its readers go on seeing what it was closed with; "
                    f"`prm rewards {each} --run {result.run_id}` shows the new version"
                )
        print_left_out(result.problems)
        for told in result.missing(get_settings().language):
            console.print(f"[bold red]{told}[/]")
        print_rewards(each, result.counterparties)


@app.command()
def rollback(
    period: str,
    counterparty: list[str] = Counterparties,
    everybody: bool = typer.Option(False, "--all", help="All counterparties of the period."),
    reason: str = typer.Option(..., help="Why; kept with every move."),
    chain: bool = typer.Option(False, help="Also what later months made of it; they are calculated again at once."),
    author: str = typer.Option(None, help="Who decided it; without, the user of this machine."),
    wait: float = Wait,
) -> None:
    """Make the version before the current one current again, and take back what was posted of it."""
    if bool(counterparty) == everybody:
        raise typer.BadParameter("name counterparties with --counterparty, or say --all")
    with console.status(f"{period}: waiting for the lock") as status:
        done = settlement.roll_back(
            Period.parse(period), counterparty or None, reason=reason, author=author or getpass.getuser(), chain=chain,
            wait_seconds=wait, progress=status.update,
        )  # fmt: skip
    if done.was_begun:
        console.print("This chain was begun before; it is finished now. It had moved:")
    print_moves(done.moves)
    for posted in done.posted:
        if posted.transfers:
            console.print(f"  taken back in the ledger: {posted.transfers:,} transfers in {posted.period}")
    for result in done.again:
        console.print(
            f"{result.period} {', '.join(result.counterparties or ['everybody'])}: calculated again, run {result.run_id}"
            + (" (as it was)" if result.state == "unchanged" else "")
        )


@group.callback()
def list_runs(context: typer.Context, period: str = typer.Option(None, help="Only this month.")) -> None:
    """List the runs, newest first; compare two of them."""
    if context.invoked_subcommand:
        return
    table = Table("run", "period", "for", "state", "lines", "amount", "seconds", "reason or error", box=None)
    for row in rooms.list_runs(Period.parse(period) if period else None):
        took = (row["finished_at"] - row["started_at"]).total_seconds() if row["finished_at"] else None
        table.add_row(
            str(row["run_id"]), row["period"], ", ".join(row["counterparties"] or ["everybody"]), row["state"],
            f"{row['lines']:,}" if row["lines"] is not None else "",
            format_money(row["amount"], get_settings().language) if row["amount"] is not None else "",
            f"{took:.1f}" if took is not None else "", row["error"] or row["reason"] or "",
        )  # fmt: skip
    console.print(table)


@app.command()
def verify(run: int = typer.Argument(..., help="A run's number, as `prm runs` shows it.")) -> None:
    """Compare what is published of a run, row for row, with what it calculated. Fails if anything differs."""
    verified = rooms.verify(run)
    for difference in verified.differences:
        console.print(f"[red]{difference.table}: {difference.counterparty_id or '(nobody)'} differs[/]")
    console.print(f"run {run}: {verified.rows:,} published rows compared, {len(verified.differences)} differences")
    if verified.differences:
        raise typer.Exit(1)


def print_moves(moves: list[rooms.Move]) -> None:
    """Which version each partition left, and which it has now."""
    for move in moves:
        to = f"run {move.to_run}" if move.to_run else "no version"
        console.print(f"{move.period} {move.counterparty_id or '(nobody)'}: run {move.from_run} → {to}")


def print_left_out(problems: Sequence[ContractProblem], language: Language | None = None) -> None:
    """The contracts that earn nothing, and why. language: None: that of the settings."""
    if problems:
        console.print(f"[bold red]{_LEFT_OUT.text(language or 'en', count=len(problems))}[/]")
    for problem in problems:
        told = _CONTRACT.text(language or "en", contract=problem.contract_id, counterparty=problem.counterparty_id)
        message = getattr(problem.message, language or get_settings().language)
        console.print(f"  {told}: {message}", markup=False)


def print_rewards(period: Period, counterparties: list[str] | None = None) -> None:
    """The rewards of a period by branch and scheme."""
    with database.transaction() as connection:
        rows = connection.execute(
            """select branch, scheme, currency, count(distinct counterparty_id) as counterparties,
                      sum(paid_lines)::bigint as paid_lines, sum(amount) as amount
               from reporting.rewards
               where period = %(period)s and (%(scope)s::text[] is null or counterparty_id = any(%(scope)s))
               group by branch, scheme, currency order by branch, scheme, currency""",
            {"period": str(period), "scope": counterparties},
        ).fetchall()
    table = Table("period", "branch", "scheme", "counterparties", "paid lines", "reward", "", box=None)
    for column in (3, 4, 5):
        table.columns[column].justify = "right"
    for row in rows:
        table.add_row(
            str(period), row["branch"], row["scheme"], f"{row['counterparties']:,}", f"{row['paid_lines']:,}",
            format_money(row["amount"], get_settings().language, row["currency"]), row["currency"],
        )  # fmt: skip
    console.print(table)
