"""`prm statement …`, `prm hold …`, `prm due`: from what is accrued to what is payable."""

from __future__ import annotations

import getpass
from datetime import datetime
from decimal import Decimal

import typer
from rich.console import Console
from rich.table import Table

import settlement
from cli import app
from prm.money import parse_decimal
from prm.period import Period
from prm.settings import get_settings
from prm.words import format_sum

console = Console(highlight=False)
statement = typer.Typer(no_args_is_help=True, help="Statements: accepted, disputed, and the answers.")
hold = typer.Typer(no_args_is_help=True, help="Put payments off, and release them.")
app.add_typer(statement, name="statement")
app.add_typer(hold, name="hold")

Author = typer.Option(None, help="Who decides or records it; without, the user of this machine.")
Whom = typer.Option(None, "--counterparty", "-c", help="Only this counterparty; may be repeated.")
Claimed = typer.Option(None, help="What it should be in the counterparty's opinion, such as 1500.00.")


@app.command()
def due(
    as_of: datetime = typer.Option(None, formats=["%Y-%m-%d"], help="The day; without, today."),
    counterparty: list[str] = Whom,
    author: str = Author,
) -> None:
    """Make payable what is accepted, or deemed accepted; hold what is to be held."""
    found = settlement.fall_due(as_of.date() if as_of else None, counterparty or None, author=_author(author))
    if not found.transfers:
        console.print("nothing has fallen due since the last time")
    for what, of in (("fell due", found.due), ("held", found.held), ("released", found.released),
                     ("tax withheld", found.withheld)):  # fmt: skip
        for currency, amount in of.items():
            console.print(f"{what}: {format_sum(amount, currency, get_settings().language)}")


@statement.command("list")
def list_statements(
    period: str,
    state: str = typer.Option(None, help="Only: sent, disputed, accepted or 'deemed accepted'."),
) -> None:
    """List the statements of PERIOD and their state."""
    table = Table(
        "counterparty", "name", "state", "sent", "changed", "accepted", "deemed accepted", "open disputes", box=None
    )
    for row in settlement.list_statements(Period.parse(period), state):
        table.add_row(
            row["counterparty_id"], row["counterparty_name"] or "", row["state"], str(row["sent_on"]),
            str(row["changed_on"]), str(row["accepted_on"] or ""), str(row["deemed_accepted_on"]),
            str(row["open_disputes"] or ""),
        )  # fmt: skip
    console.print(table if table.row_count else f"no statements of {period}: its rewards are not posted")


@statement.command("accept")
def accept(
    period: str,
    counterparty: list[str] = Whom,
    everybody: bool = typer.Option(False, "--all", help="Of everybody who has one."),
    reason: str = typer.Option(None, help="By which letter or signature; kept for ever."),
    author: str = Author,
) -> None:
    """Record that statements of PERIOD are accepted."""
    if bool(counterparty) == everybody:
        raise typer.BadParameter("name counterparties by --counterparty, or --all")
    accepted = settlement.accept_statements(
        Period.parse(period), counterparty or None, author=_author(author), reason=reason
    )
    console.print(
        f"{period}: {len(accepted):,} statements accepted" + (f": {', '.join(accepted)}" if counterparty else "")
    )


@statement.command("recall")
def recall(
    period: str,
    counterparty: str = typer.Option(..., "--counterparty", "-c", help="Whose."),
    reason: str = typer.Option(..., help="Why; kept for ever."),
    author: str = Author,
) -> None:
    """Take an acceptance back that was recorded by mistake."""
    settlement.recall_acceptance(Period.parse(period), counterparty, reason=reason, author=_author(author))
    console.print(f"{period}: the acceptance of {counterparty} is recalled")


@statement.command("dispute")
def dispute(
    what: str = typer.Argument(
        ..., help="A line (2026-10/D00042/3f2a91c07be4), or a month (2026-10) with a counterparty."
    ),
    claim: str = typer.Option(..., help="What is wrong, in the counterparty's words."),
    counterparty: str = typer.Option(None, "--counterparty", "-c", help="With a month: who objects to its balance."),
    penalty: int = typer.Option(None, help="With a month and a counterparty: it objects to this penalty."),
    claimed: str = Claimed,
    author: str = Author,
) -> None:
    """Record an objection to a line, a penalty or a month's balance."""
    amount: Decimal | None = parse_decimal(claimed) if claimed else None
    if "/" in what:
        number = settlement.dispute_line(what, claim, claimed=amount, author=_author(author))
    elif counterparty and penalty:
        number = settlement.dispute_penalty(Period.parse(what), counterparty, penalty, claim, author=_author(author))
    elif counterparty:
        number = settlement.dispute_balance(
            Period.parse(what), counterparty, claim, claimed=amount, author=_author(author)
        )
    else:
        raise typer.BadParameter("name a line, or a month and --counterparty")
    console.print(f"dispute {number} is open")


@statement.command("answer")
def answer(
    dispute: int,
    what: str = typer.Argument(..., help="granted, refused or withdrawn."),
    words: str = typer.Option(..., "--answer", help="The answer in a sentence."),
    author: str = Author,
) -> None:
    """Answer a DISPUTE, once."""
    if what not in ("granted", "refused", "withdrawn"):
        raise typer.BadParameter("a dispute is granted, refused or withdrawn")
    settlement.answer_dispute(dispute, what, words, author=_author(author))  # type: ignore[arg-type]
    console.print(f"dispute {dispute} is {what}")


@statement.command("disputes")
def disputes(all_of_them: bool = typer.Option(False, "--all", help="Answered ones, too.")) -> None:
    """List the disputes that wait for an answer."""
    table = Table("dispute", "period", "counterparty", "about", "claim", "state", "days", box=None)
    for row in settlement.list_disputes(answered=all_of_them):
        about = row["line"] or (f"penalty {row['penalty']}" if row["penalty"] else "balance")
        table.add_row(
            str(row["dispute"]), row["period"], row["counterparty_id"], about, row["claim"], row["state"],
            str(row["age_days"]),
        )  # fmt: skip
    console.print(table if table.row_count else "no disputes")


@hold.command("place")
def place(
    line: str = typer.Option(None, help="A line, such as 2026-10/D00042/3f2a91c07be4."),
    payout: int = typer.Option(None, help="A payout that is prepared and not exported."),
    counterparty: str = typer.Option(
        None, "--counterparty", "-c", help="All it is owed, or what the options below say."
    ),
    period: str = typer.Option(None, help="Only what was earned in this month."),
    contract: str = typer.Option(None, help="Only under this contract."),
    component: str = typer.Option(None, help="Only this component, of a month."),
    reason: str = typer.Option(..., help="Why; kept for ever."),
    author: str = Author,
) -> None:
    """Put off the payment of a line, a component, a counterparty or a payout."""
    if sum(given is not None for given in (line, payout, counterparty)) != 1:
        raise typer.BadParameter("name one of --line, --payout and --counterparty")
    if line:
        number = settlement.hold_line(line, reason=reason, author=_author(author))
    elif payout:
        number = settlement.hold_payout(payout, reason=reason, author=_author(author))
    else:
        number = settlement.hold_counterparty(
            counterparty, Period.parse(period) if period else None, contract_id=contract, component=component,
            reason=reason, author=_author(author),
        )  # fmt: skip
    console.print(f"hold {number} is placed")


@hold.command("release")
def release(number: int, reason: str = typer.Option(..., help="Why; kept for ever."), author: str = Author) -> None:
    """Release hold NUMBER, once: what it covered is payable again."""
    settlement.release(number, reason=reason, author=_author(author))
    console.print(f"hold {number} is released")


@hold.command("list")
def list_holds(
    counterparty: str = typer.Option(None, "--counterparty", "-c", help="Only whose."),
    all_of_them: bool = typer.Option(False, "--all", help="Released ones, too."),
) -> None:
    """List the holds that are active."""
    table = Table("hold", "level", "counterparty", "what", "since", "reason", "by", "released", box=None)
    for one in settlement.list_holds(counterparty, released=all_of_them):
        what = [one.period, one.contract_id, one.component, one.line, f"payout {one.payout}" if one.payout else None]
        table.add_row(
            str(one.hold), one.level, one.counterparty_id, " ".join(str(part) for part in what if part),
            f"{one.placed_at:%Y-%m-%d}", one.reason, one.author, f"{one.released_at:%Y-%m-%d}" if one.released_at else "",
        )  # fmt: skip
    console.print(table if table.row_count else "no holds")


def _author(author: str | None) -> str:
    return author or getpass.getuser()
