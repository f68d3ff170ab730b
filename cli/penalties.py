"""`prm penalty …`: penalties, fines and deductions, by hand and from files."""

from __future__ import annotations

import getpass
from datetime import date
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

import settlement
from cli import app
from prm import clock, database
from prm.errors import NotFoundError, PrmError
from prm.money import parse_decimal
from prm.period import Period
from prm.settings import get_settings
from prm.words import format_sum
from scheduling.keys import periods_between

console = Console(highlight=False)
group = typer.Typer(no_args_is_help=True, help="Charge penalties, fines and deductions; appeals, evidence.")
app.add_typer(group, name="penalty")

Author = typer.Option(None, help="Who decided it; without, the user of this machine.")
Reason = typer.Option(..., help="Why; kept for ever.")
Penalty = typer.Argument(..., help="Its number, as `prm penalty list` shows it.")


def day(text: str) -> date:
    """A day as people write it on the command line; PrmError for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PrmError(f"'{text}' is not a day.", hint="Write 2026-10-31.") from None


@group.command("charge")
def charge(
    counterparty: str = typer.Argument(..., help="Who is charged, such as D00042."),
    amount: str = typer.Argument(..., help="How much, such as 500.00."),
    reason: str = typer.Option(..., help="What it is for; the counterparty reads it."),
    kind: str = typer.Option("penalty", help="penalty, fine or deduction."),
    on: str = typer.Option(None, "--date", help="Its day (2026-10-17); without, the last one of --period, or today."),
    period: str = typer.Option(None, help="The month it is about (2026-10); without, that of its day."),
    contract: str = typer.Option(None, help="The contract it is about."),
    outlet: str = typer.Option(None, help="The outlet it is about."),
    clause: str = typer.Option(None, help="Clause of the contract."),
    currency: str = typer.Option(None, help="Without, the operator's own."),
    number: str = typer.Option(None, help="Its number where it was decided: the same number is charged once."),
    author: str = Author,
) -> None:
    """Charge a penalty, fine or deduction, in the earliest open month."""
    about = Period.parse(period) if period else None
    settings = get_settings()
    one = settlement.Charge(
        kind=kind,  # type: ignore[arg-type]  # checked with the rest
        counterparty_id=counterparty, dated_on=day(on) if on else about.end if about else clock.today(),
        amount=parse_decimal(amount), currency=currency or settings.currency, reason=reason, period=about,
        contract_id=contract, outlet_id=outlet, clause=clause, external_id=number,
    )  # fmt: skip
    charged = settlement.charge_penalty(one, author=author or getpass.getuser())
    console.print(
        f"{kind} {charged}: {format_sum(one.amount, one.currency, settings.language)} charged to {counterparty}"
    )


@group.command("post")
def post(
    period: str = typer.Argument(None, help="A month of files (2026-10) or a range of them; without, all."),
    author: str = Author,
) -> None:
    """Bring the ledger to what the live files of penalties say: charge what is new, reverse what they no longer say."""
    language = get_settings().language
    periods: list[Period | None] = [*periods_between(period)] if period else [None]
    for each in periods:
        posted = settlement.post_penalties(each, author=author or getpass.getuser())
        console.print(
            f"{each or 'all months'}: {len(posted.charged):,} charged, {len(posted.withdrawn):,} withdrawn, "
            f"{posted.unchanged:,} unchanged"
        )
        for one in posted.left:
            at = f" ({one.file_name}, row {one.row_number})" if one.file_name else ""
            console.print(f"  left alone: {one.external_id}{at}: {getattr(one.why, language)}", markup=False)


@group.command("evidence")
def evidence(
    penalty: int = Penalty,
    files: list[Path] = typer.Argument(..., help="Files of any kind."),
    author: str = Author,
) -> None:
    """Attach files that show why a penalty was charged; they are copied, and the same file is attached once."""
    for file in files:
        one = settlement.attach_evidence(penalty, file, author=author or getpass.getuser())
        console.print(f"penalty {penalty}: {one.name}, {one.bytes:,} bytes, {one.sha256}", soft_wrap=True)


@group.command("appeal")
def appeal(
    penalty: int = Penalty,
    reason: str = Reason,
    author: str = Author,
    withdraw: bool = typer.Option(False, help="The counterparty no longer objects."),
) -> None:
    """Keep that the counterparty objects to a penalty. Nothing moves until it is decided."""
    decide = settlement.withdraw_appeal if withdraw else settlement.appeal_penalty
    decide(penalty, reason=reason, author=author or getpass.getuser())
    console.print(f"penalty {penalty}: {'the appeal is withdrawn' if withdraw else 'appealed'}")


@group.command("uphold")
def uphold(penalty: int = Penalty, reason: str = Reason, author: str = Author) -> None:
    """Decide an appeal: the penalty stays."""
    settlement.uphold_penalty(penalty, reason=reason, author=author or getpass.getuser())
    console.print(f"penalty {penalty}: upheld")


@group.command("reverse")
def reverse(penalty: int = Penalty, reason: str = Reason, author: str = Author) -> None:
    """Decide an appeal: the penalty is reversed in the ledger."""
    settlement.reverse_penalty(penalty, reason=reason, author=author or getpass.getuser())
    console.print(f"penalty {penalty}: reversed")


@group.command("reduce")
def reduce(
    penalty: int = Penalty,
    to: str = typer.Option(..., help="What it is reduced to, such as 300.00."),
    reason: str = Reason,
    author: str = Author,
) -> None:
    """Decide an appeal: the penalty is reversed, and a lower one charged in its place."""
    new = settlement.reduce_penalty(penalty, parse_decimal(to), reason=reason, author=author or getpass.getuser())
    console.print(f"penalty {penalty}: reduced; penalty {new} stands in its place")


@group.command("withdraw")
def withdraw(penalty: int = Penalty, reason: str = Reason, author: str = Author) -> None:
    """Take back a penalty that should not have been charged, appealed or not."""
    settlement.withdraw_penalty(penalty, reason=reason, author=author or getpass.getuser())
    console.print(f"penalty {penalty}: withdrawn")


@group.command("list")
def list_penalties(
    counterparty: str = typer.Option(None, "--counterparty", "-c", help="Only this one's."),
    period: str = typer.Option(None, help="Only those about this month."),
    state: str = typer.Option(None, help="charged, appealed, upheld, reversed, reduced or withdrawn."),
) -> None:
    """List penalties with their state."""
    with database.transaction() as connection:
        rows = connection.execute(
            """select * from reporting.penalties
               where (%(counterparty)s::text is null or counterparty_id = %(counterparty)s)
                 and (%(period)s::text is null or period = %(period)s)
                 and (%(state)s::text is null or state = %(state)s)
               order by penalty""",
            {"counterparty": counterparty, "period": str(Period.parse(period)) if period else None, "state": state},
        ).fetchall()
    table = Table("penalty", "kind", "counterparty", "about", "date", "amount", "state", "number", "reason", box=None)
    table.columns[5].justify = "right"
    for row in rows:
        table.add_row(
            str(row["penalty"]), row["kind"], row["counterparty_id"], row["period"], str(row["dated_on"]),
            format_sum(row["amount"], row["currency"], get_settings().language), row["state"],
            row["external_id"] or "", row["reason"],
        )  # fmt: skip
    console.print(table)


@group.command("show")
def show(penalty: int = Penalty) -> None:
    """Show a penalty, what was said of it, and its evidence, each file verified. Fails if one is not as it was attached."""
    with database.transaction() as connection:
        row = connection.execute("select * from reporting.penalties where penalty = %s", [penalty]).fetchone()
        said = connection.execute(
            "select * from reporting.penalty_decisions where penalty = %s order by decision", [penalty]
        ).fetchall()
    if row is None:
        raise NotFoundError(f"There is no penalty {penalty}.", hint="`prm penalty list` lists them.")
    amount = format_sum(row["amount"], row["currency"], get_settings().language)
    lines = [f"{row['kind']} {penalty}: {amount}, {row['counterparty_id']}, {row['state']}"]
    about = ", ".join(
        f"{label} {row[name]}"
        for label, name in (("of", "dated_on"), ("about", "period"), ("contract", "contract_id"), ("outlet", "outlet_id"),
                            ("clause", "clause"), ("number", "external_id"), ("in place of penalty", "instead_of"))
        if row[name] is not None
    )  # fmt: skip
    lines += [f"  {about}", f"  {row['reason']}"]
    booked = f"transfer {row['transfer_id']} in {row['booked_in']}"
    lines.append(f"  {booked}" + (f", undone by transfer {row['reversed_by']}" if row["reversed_by"] else ""))
    source = f"from {row['file_name']}, row {row['row_number']}" if row["file_name"] else "by hand"
    lines.append(f"  charged {row['charged_at'].astimezone():%Y-%m-%d %H:%M} by {row['author']}, {source}")
    lines += [
        f"  {one['what']} {one['decided_at'].astimezone():%Y-%m-%d %H:%M} by {one['author']}: {one['reason']}"
        for one in said
    ]
    if row["replaced_by"]:
        lines.append(f"  penalty {row['replaced_by']} stands in its place")
    found = settlement.evidence_of(penalty)
    lines += [f"  {one.name} ({one.media_type}, {one.bytes:,} bytes): {one.state}, {one.path}" for one in found]
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
    if any(one.state != "sound" for one in found):
        raise PrmError(
            f"Evidence of penalty {penalty} is not as it was attached.",
            hint="Restore the file from a backup: its name is the SHA-256 of its bytes.",
        )
