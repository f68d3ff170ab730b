"""`prm send`, `prm deliveries`: documents leave the house, and what became of them."""

from __future__ import annotations

import getpass

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

import delivery
from cli import app
from cli.calculate import Counterparties
from cli.report import headings
from delivery.parcels import Parcel
from prm.errors import PrmError
from prm.period import Period
from prm.settings import get_settings
from prm.words import Words
from scheduling.keys import periods_between

console = Console(highlight=False, soft_wrap=True)
_SENT = Words(
    "{period}: {delivered} delivered, {already} had arrived before, {failed} to be tried again, {refused} refused",
    "{period}: доставлено {delivered}, доставлено ранее {already}, отправить повторно {failed}, отклонено {refused}",
)
_WAITING = Words("{period}: more goes once the month is {when}", "{period}: остальное — после перехода периода в состояние: {when}")  # fmt: skip
_FAILED = Words("not sent:", "не отправлено:")
_REFUSED = Words("refused: ", "отклонено:")
_MORE = Words("… and {more} more: prm deliveries {period} --undelivered", "… и ещё {more}: prm deliveries {period} --undelivered")  # fmt: skip
_ARRIVED = Words(
    "{period}: all that the schedule sends has arrived", "{period}: всё, что отправляет расписание, доставлено"
)
_OPERATOR = Words("operator", "оператор")
_JOURNAL = Words("began|period|counterparty|document|by|to|outcome|why not",
                 "начато|период|контрагент|документ|способ|куда|итог|причина")  # fmt: skip
_LIST = Words("period|counterparty|document|by|to|tries|tried last|reason",
              "период|контрагент|документ|способ|куда|попыток|последняя|причина")  # fmt: skip
_OUTCOMES = {
    "delivered": Words("delivered", "доставлен"), "failed": Words("not yet", "пока нет"), "refused": Words("refused", "отклонён"),
    "unknown": Words("unknown", "неизвестно"), None: Words("going on", "отправляется"),
}  # fmt: skip
_SHOWN = 20


@app.command()
def send(
    period: str = typer.Argument(..., help="A month (2026-10) or a range of them (2026-08..2026-10)."),
    counterparty: list[str] = Counterparties,
    again: bool = typer.Option(False, "--again", help="Also what has arrived before; with --counterparty."),
    refused: bool = typer.Option(False, "--refused", help="Also what was refused for good before."),
    author: str = typer.Option(getpass.getuser(), help="Who sends it."),
) -> None:
    """Send a period's documents where the schedule says: each version once to each address. 2: something did not go."""
    settings, is_left = get_settings(), False
    for each in periods_between(period):
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(f"{each}: sending", total=None)
            sent = delivery.send(
                each, author=author, counterparties=counterparty or None, again=again, refused=refused,
                progress=lambda done, of: bar.update(task, completed=done, total=of),  # noqa: B023
            )  # fmt: skip
        print(_SENT.text(settings.language, period=each, delivered=len(sent.delivered), already=sent.already,
                         failed=len(sent.failed), refused=len(sent.refused)))  # fmt: skip
        if sent.not_made:
            print(f"  {sent.not_made}")
        for when in sent.waiting:
            print(_WAITING.text(settings.language, period=each, when=when))
        left = [(_FAILED, *one) for one in sent.failed] + [(_REFUSED, *one) for one in sent.refused]
        for words, parcel, why in left[:_SHOWN]:
            print(f"  {words.text(settings.language)} {_about(parcel)}: {why}")
        if len(left) > _SHOWN:
            print(f"  {_MORE.text(settings.language, more=len(left) - _SHOWN, period=each)}")
        is_left |= bool(left or sent.not_made)
    if is_left:
        raise typer.Exit(2)


@app.command()
def deliveries(
    period: str = typer.Argument(None, help="A month (2026-10) or a range of them; without it, all."),
    counterparty: list[str] = Counterparties,
    undelivered: bool = typer.Option(False, "--undelivered", help="Only what has not arrived, with the reason."),
) -> None:
    """List what was sent, where to, and how it ended; or what has not arrived."""
    language = get_settings().language
    operator = _OPERATOR.text(language)
    if not undelivered:
        table = Table(*headings(_JOURNAL.text(language)), box=None)
        periods: list[Period | None] = [*periods_between(period)] if period else [None]
        for each in periods:
            for row in delivery.list_deliveries(each, counterparties=counterparty or None):
                table.add_row(
                    f"{row['begun_at']:%Y-%m-%d %H:%M:%S}", row["period"], row["counterparty_id"] or operator,
                    row["path"].rpartition("/")[2], row["channel"], row["address"],
                    _OUTCOMES[row["outcome"]].text(language), row["error"] or "",
                )  # fmt: skip
        console.print(table)
        return
    if not period:
        raise PrmError("Of which month?", hint="Such as: prm deliveries 2026-10 --undelivered.")
    for each in periods_between(period):
        _list_undelivered(each, counterparty)


def _list_undelivered(period: Period, counterparty: list[str]) -> None:
    language = get_settings().language
    left = delivery.undelivered(period, counterparties=counterparty or None)
    if not left:
        console.print(_ARRIVED.text(language, period=period))
        return
    table = Table(*headings(_LIST.text(language)), box=None)
    for one in left:
        table.add_row(
            str(one.period), one.counterparty_id or _OPERATOR.text(language), one.document, one.channel, one.address,
            str(one.attempts), f"{one.tried_at:%Y-%m-%d %H:%M:%S}" if one.tried_at else "", one.reason,
        )  # fmt: skip
    console.print(table)


def _about(parcel: Parcel) -> str:
    who = parcel.counterparty_id or _OPERATOR.text(get_settings().language)
    names = ", ".join(document.path.name for document in parcel.documents)
    return f"{who}, {names}{f' → {parcel.address}' if parcel.address else ''}"
