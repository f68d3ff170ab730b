"""`prm post`, `prm ledger`, `prm reverse`: the ledger by hand."""

from __future__ import annotations

import getpass

import typer
from rich.console import Console
from rich.table import Table

import settlement
from cli import app
from cli.calculate import Counterparties
from cli.language import Lang
from prm.period import Period
from prm.settings import get_settings
from prm.words import Language, Words, format_money, format_sum
from scheduling.keys import periods_between

console = Console(highlight=False)
Author = typer.Option(None, help="Who decided it; without, the user of this machine.")
_HEADINGS = {
    "en": ("transfer", "booked", "about", "cause", "contract", "debit → credit", "amount", "owed after", "", "author"),
    "ru": (
        "проводка",
        "месяц",
        "за период",
        "основание",
        "договор",
        "дебет → кредит",
        "сумма",
        "долг после",
        "",
        "автор",
    ),
}
_OPENING = Words(en="owed before", ru="долг на начало")
_CLOSING = Words(en="owed after", ru="долг на конец")
_OF = Words(en="of transfer {number}", ru="проводки {number}")
_NOTHING = Words(en="no transfers", ru="проводок нет")


@app.command()
def post(
    period: str = typer.Argument(..., help="A month (2026-10) or a range of them (2026-08..2026-10)."),
    counterparty: list[str] = Counterparties,
    author: str = Author,
) -> None:
    """Post the approved rewards of a period: what they differ by from what was posted of them before."""
    for each in periods_between(period):
        posted = settlement.post_rewards(each, counterparty or None, author=author or getpass.getuser())
        if posted.transfers:
            console.print(f"{each}: {posted.transfers:,} transfers posted in {posted.period}, {sums(posted)}")
        else:
            console.print(f"{each}: nothing to post, the ledger says what is approved")


@app.command("ledger")
def ledger(
    counterparty: str = typer.Argument(..., help="Whose, such as D00042."),
    first: str = typer.Option(None, "--from", help="Only from this month on, as they are booked."),
    last: str = typer.Option(None, "--to", help="Only up to this month, included."),
    language: Language = Lang,
) -> None:
    """List a counterparty's transfers, each with its cause and what is owed after it."""
    found = settlement.movements(
        counterparty, Period.parse(first) if first else None, Period.parse(last) if last else None
    )
    table = Table(*_HEADINGS[language], box=None)
    for column in (0, 6, 7):
        table.columns[column].justify = "right"
    for line in found.lines:
        reversed_one = line.reverses and _OF.text(language, number=line.reverses)
        about = [line.cause.text(language), line.component, reversed_one, line.reason]
        table.add_row(
            str(line.transfer_id), str(line.period), str(line.origin_period), ", ".join(str(a) for a in about if a),
            line.contract_id or "", f"{line.debit.text(language)} → {line.credit.text(language)}",
            format_money(line.amount, language, line.currency), format_money(line.owed, language, line.currency),
            line.currency, line.author,
        )  # fmt: skip
    for words, of in ((_OPENING, found.opening), (_CLOSING, found.closing)):
        if words is _CLOSING:
            console.print(table if found.lines else _NOTHING.text(language))
        for currency, amount in sorted(of.items()):
            console.print(f"{words.text(language)}: {format_sum(amount, currency, language)}")


@app.command()
def reverse(
    transfer: int = typer.Argument(..., help="The transfer's number, as `prm ledger` shows it."),
    reason: str = typer.Option(..., help="Why; kept with the reversal for ever."),
    author: str = Author,
) -> None:
    """Undo a transfer that was a mistake, once, by its mirror image in an open period."""
    number = settlement.reverse(transfer, reason=reason, author=author or getpass.getuser())
    console.print(f"transfer {transfer} is undone by transfer {number}")


def sums(posted: settlement.Posted) -> str:
    """What a posting changed in what is accrued: `1,200.00 RUB, -30.00 USD`."""
    return ", ".join(format_sum(amount, currency, get_settings().language) for currency, amount in posted.sums.items())
