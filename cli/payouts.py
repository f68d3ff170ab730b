"""`prm payout …`: batches of payouts by hand, from what is payable to the bank's word."""

from __future__ import annotations

import getpass
import sys
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

import settlement
from cli import app
from cli.language import Lang
from prm.money import parse_decimal
from prm.words import Language, Words, format_money, format_sum
from settlement.payouts import OUTCOMES, REASONS, RESULTS, STATES, LeftOut

group = typer.Typer(
    no_args_is_help=True, help="Payouts: prepare a batch, approve it, export it for the bank, confirm it."
)
app.add_typer(group, name="payout")
# A list that goes into a file or another command has nobody's screen to fit on.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)

Author = typer.Option(None, help="Who does it; without, the user of this machine.")
Batch = typer.Argument(..., help="Number of the batch, as `prm payout list` shows it.")

_PREPARED = Words(
    "batch {batch}: {payouts}, {amount}; its hash is {hash}",
    "реестр {batch}: {payouts}, {amount}; хеш {hash}",
)
_AGAIN = Words("the same request prepared it before", "тот же запрос подготовил его раньше")
_NOTHING = Words("nothing to pay in {currency}: no batch was made", "выплачивать в {currency} нечего: реестр не создан")
_LEFT = Words("carried forward, {reason}: {payees}, {amount}", "перенесено, {reason}: {payees}, {amount}")
_APPROVED = Words("batch {batch} is approved: {payouts}, {amount}", "реестр {batch} утверждён: {payouts}, {amount}")
_CANCELLED = Words("batch {batch} is cancelled: {payouts}, {amount} are payable again",
                   "реестр {batch} отменён: {payouts}, {amount} снова к выплате")  # fmt: skip
_ALREADY = Words(
    "batch {batch} was {what} before: nothing has changed", "реестр {batch}: уже {what}, ничего не изменилось"
)
_EXPORTED = Words("{path}: {payouts}, {amount}, SHA-256 {hash}", "{path}: {payouts}, {amount}, SHA-256 {hash}")
_SAME = Words("exported before: the same bytes", "выгружался раньше: те же байты")
_KNOWN_FILE = Words(
    "{file} was read before, as {known}: nothing has changed", "{file} уже прочитан как {known}: ничего не изменилось"
)
_READ = Words("{file} ({format}): {entries} entries", "{file} ({format}): записей {entries}")
_BOOKED = {
    "paid": Words("paid: {count}, {amount}", "оплачено: {count}, {amount}"),
    "rejected": Words(
        "rejected by the bank, payable again: {count}, {amount}", "отклонено банком, снова к выплате: {count}, {amount}"
    ),
    "returned": Words(
        "paid before and returned, payable again: {count}, {amount}",
        "оплачено раньше и возвращено, снова к выплате: {count}, {amount}",
    ),
}
_LISTED = Words(
    "entry {entry}, {reference}, {amount}: {result}{remark}", "запись {entry}, {reference}, {amount}: {result}{remark}"
)
_OF_MANY = {"payout": "выплат", "payee": "получателей"}
_NO_BATCHES = Words("no batches", "реестров нет")
_BATCHES = Words("batch|state|day|payouts|open|amount|paid||prepared by|approved by|file",
                 "реестр|состояние|дата|выплат|без исхода|сумма|оплачено||подготовил|утвердил|файл")  # fmt: skip
_PAYOUTS = Words("payout|payee|outlet|recipient|account|amount||state|on|reason",
                 "выплата|получатель|точка|наименование|счёт|сумма||состояние|дата|причина")  # fmt: skip


@group.command("prepare")
def prepare(
    currency: str = typer.Option(..., help="What is payable in it, such as RUB."),
    as_of: datetime = typer.Option(None, formats=["%Y-%m-%d"], help="The day of payment; without, today."),
    minimum: str = typer.Option("0", help="Less than this is carried forward, unless the contract says otherwise."),
    counterparty: list[str] = typer.Option([], "--counterparty", "-c", help="Only this payee; may be given again."),
    request: str = typer.Option(None, help="A name of this request: the same name prepares once."),
    author: str = Author,
    language: Language = Lang,
) -> None:
    """Take what is payable in a currency into a new batch, and say what is carried forward."""
    done = settlement.prepare_payouts(
        currency, author=author or getpass.getuser(), as_of=as_of.date() if as_of else None,
        minimum=parse_decimal(minimum), counterparties=counterparty or None, request_key=request,
    )  # fmt: skip
    if done.batch is None:
        console.print(_NOTHING.text(language, currency=currency))
    else:
        amount = format_sum(done.amount, currency, language)
        console.print(
            _PREPARED.text(
                language,
                batch=done.batch,
                payouts=_many("payout", done.payouts, language),
                amount=amount,
                hash=done.content_hash,
            ),
            soft_wrap=True,
        )
        if not done.is_new:
            console.print(_AGAIN.text(language))
    _tell_left_out(done.left_out, currency, language)


@group.command("approve")
def approve(
    batch: int = Batch,
    content_hash: str = typer.Option(None, "--hash", help="What you have seen: refused where the batch is another."),
    reason: str = typer.Option(None, help="Why, if there is something to say."),
    author: str = Author,
    language: Language = Lang,
) -> None:
    """Approve BATCH for the bank; whoever prepared it can't."""
    done = settlement.approve_payouts(
        batch, author=author or getpass.getuser(), content_hash=content_hash, reason=reason
    )
    _tell(_APPROVED, done, language)


@group.command("cancel")
def cancel(
    batch: int = Batch,
    reason: str = typer.Option(..., help="Why; kept with the batch for ever."),
    author: str = Author,
    language: Language = Lang,
) -> None:
    """Cancel BATCH before it is exported: what it took is payable again."""
    _tell(_CANCELLED, settlement.cancel_payouts(batch, reason=reason, author=author or getpass.getuser()), language)


@group.command("export")
def export(
    batch: int = Batch,
    format: str = typer.Option(..., help="pain001 (ISO 20022) or 1c (1CClientBankExchange)."),
    out: Path = typer.Option(..., "--out", help="Folder to write the file to."),
    author: str = Author,
    language: Language = Lang,
) -> None:
    """Write an approved BATCH as a file for the bank; again: the same bytes."""
    done = settlement.export_payouts(batch, format, out, author=author or getpass.getuser())
    amount = format_sum(done.amount, done.currency, language)
    console.print(
        _EXPORTED.text(
            language,
            path=done.path,
            payouts=_many("payout", done.payouts, language),
            amount=amount,
            hash=done.file_hash,
        ),
        soft_wrap=True,
    )
    if not done.is_new:
        console.print(_SAME.text(language))


@group.command("confirm")
def confirm(
    file: Path = typer.Argument(..., help="camt.053, camt.054, pain.002, 1C statement or CSV."),
    author: str = Author,
    language: Language = Lang,
) -> None:
    """Read the bank's FILE and book what it says; exits with 2 where something needs a person."""
    done = settlement.confirm_payouts(file, author=author or getpass.getuser())
    if not done.is_new:
        console.print(_KNOWN_FILE.text(language, file=file.name, known=done.file_name))
        return
    console.print(_READ.text(language, file=file.name, format=done.format, entries=f"{len(done.confirmations):,}"))
    amounts = settlement.payouts.amounts_of([one.payout for one in done.confirmations if one.payout])
    for what, words in _BOOKED.items():
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for one in done.booked(what):
            assert one.payout
            amount, currency = amounts[one.payout]
            sums[currency] += amount
        if sums:
            told = ", ".join(format_sum(amount, currency, language) for currency, amount in sorted(sums.items()))
            console.print(words.text(language, count=f"{len(done.booked(what)):,}", amount=told))
    listed = [one for one in done.confirmations if one.result != "booked"]
    for one in listed:
        amount_told = format_sum(one.amount, one.currency or "", language).strip() if one.amount is not None else "—"
        console.print(
            _LISTED.text(
                language, entry=one.entry, reference=one.reference or one.bank_reference or "—", amount=amount_told,
                result=RESULTS[one.result].text(language), remark=f" ({one.remark})" if one.remark else "",
            ), markup=False,
        )  # fmt: skip
    if any(one.result in ("unknown", "differs", "not exported", "contradicts") for one in listed):
        raise typer.Exit(2)


@group.command("list")
def list_batches(
    state: str = typer.Option(None, help="prepared, approved, exported, done or cancelled."), language: Language = Lang
) -> None:
    """List the batches, newest first."""
    if state and state not in STATES:
        raise typer.BadParameter(f"'{state}' is none of {', '.join(STATES)}")
    batches = settlement.list_payouts(state=state)
    table = Table(*_BATCHES.text(language).split("|"), box=None)
    for column in (0, 3, 4, 5, 6):
        table.columns[column].justify = "right"
    for one in batches:
        table.add_row(
            str(one.batch), STATES[one.state].text(language), str(one.dated_on), f"{one.payouts:,}", f"{one.open:,}",
            format_money(one.amount, language, one.currency), format_money(one.paid, language, one.currency),
            one.currency, one.author, one.approved_by or "", one.file_name or "",
        )  # fmt: skip
    console.print(table if batches else _NO_BATCHES.text(language))


@group.command("show")
def show(batch: int = Batch, language: Language = Lang) -> None:
    """Show a BATCH: its payouts and what became of them, and what it left out."""
    shown = settlement.show_payouts(batch)
    one = shown.batch
    amount = format_sum(one.amount, one.currency, language)
    console.print(
        f"{STATES[one.state].text(language)}: "
        + _PREPARED.text(
            language, batch=batch, payouts=_many("payout", one.payouts, language), amount=amount, hash=one.content_hash
        ),
        soft_wrap=True,
    )
    table = Table(*_PAYOUTS.text(language).split("|"), box=None)
    table.columns[0].justify = table.columns[5].justify = "right"
    for payout in shown.payouts:
        table.add_row(
            str(payout.payout), payout.counterparty_id, payout.outlet_id or "", payout.recipient, payout.account,
            format_money(payout.amount, language, payout.currency), payout.currency,
            OUTCOMES[payout.state].text(language), str(payout.dated_on or ""), payout.reason or "",
        )  # fmt: skip
    console.print(table)
    _tell_left_out(shown.left_out, one.currency, language)


def _tell(words: Words, done: settlement.payouts.Decided, language: Language) -> None:
    if not done.is_new:
        console.print(_ALREADY.text(language, batch=done.batch, what=STATES[done.what].text(language)))
        return
    amount = format_sum(done.amount, done.currency, language)
    console.print(
        words.text(language, batch=done.batch, payouts=_many("payout", done.payouts, language), amount=amount)
    )


def _tell_left_out(left_out: list[LeftOut], currency: str, language: Language) -> None:
    for reason, words in REASONS.items():
        of = [one for one in left_out if one.reason == reason]
        if of:
            amount = format_sum(sum((one.amount for one in of), Decimal(0)), currency, language)
            payees = len({(one.payee_id, one.outlet_id) for one in of})
            console.print(
                _LEFT.text(
                    language, reason=words.text(language), payees=_many("payee", payees, language), amount=amount
                )
            )


def _many(what: str, number: int, language: Language) -> str:
    """`1 payout`, `2 payouts`; in Russian the number stands behind, where it asks for no case."""
    if language == "ru":
        return f"{_OF_MANY[what]} {number:,}"
    return f"{number:,} {what}{'' if number == 1 else 's'}"
