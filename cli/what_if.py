"""`prm what-if`: a month calculated otherwise, beside the books."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import typer
from rich.console import Console

import modelling
from cli import app
from cli.calculate import print_left_out
from cli.language import Lang
from cli.versions import print_differences
from prm.period import Period
from prm.words import Language, Words, format_day, format_money

console = Console(highlight=False)
_WORDS = {
    "title": Words(
        en="{period} with the rules known on {day}. Nothing is published; the books stay as they are.",
        ru="{period} по правилам, известным на {day}. Ничего не публикуется, в учёте всё остаётся как есть.",
    ),
    "later": Words(en="decided later, and so left out:", ru="решено позже и поэтому не учтено:"),
    "nothing_later": Words(
        en="nothing that holds in the month was decided later", ru="всё, что действует в этом месяце, решено не позже"
    ),
    "same": Words(en="no reward differs from what is paid", ru="вознаграждения те же, что начислены"),
    "columns": Words(
        en="counterparty|contract|component|as paid|as known then|difference|",
        ru="контрагент|договор|составляющая|начислено|по известному тогда|разница|",
    ),
    "sums": Words(
        en="in all {was} {currency} paid, {would_be} {currency} with the rules known then",
        ru="всего начислено {was} {currency}, по известным тогда правилам — {would_be} {currency}",
    ),
    "stale": Words(
        en="stale, so part of the difference is not the decisions' (prm stale says why): {names}",
        ru="устарели, поэтому часть разницы не из-за решений (причины: prm stale): {names}",
    ),
    "unpublished": Words(
        en="nothing is calculated for the month yet: it is compared with nothing",
        ru="за месяц ещё ничего не рассчитано: сравнивать не с чем",
    ),
    "lines": Words(en="the lines are in {file}", ru="строки расчёта — в файле {file}"),
}


@app.command("what-if")
def what_if(
    period: str = typer.Argument(..., help="A month, such as 2026-03."),
    as_known_on: datetime = typer.Option(
        ..., formats=["%Y-%m-%d"], help="With the rules that were known on this day, such as 2026-04-01."
    ),
    counterparty: list[str] = typer.Option(None, "--counterparty", "-c", help="Only this one; may be given again."),
    lines: Path = typer.Option(None, help="Write the calculated lines to this file, .csv or .parquet."),
    language: Language = Lang,
) -> None:
    """What a month would have come to with the rules known on a day, beside what is paid for it.

    Scheme versions announced, values decided and agreements made after that day are left out; facts are as they are now.
    Nothing is published.
    """

    def say(words: str, **values: object) -> None:
        console.print(_WORDS[words].text(language, **values), markup=False, soft_wrap=True)

    asked, day = Period.parse(period), as_known_on.date()
    with console.status(f"{asked}") as status:
        found = modelling.known_then(
            asked, day, counterparty or None, lines=lines,
            progress=lambda stage: status.update(f"{asked}: {stage}"),
        )  # fmt: skip
    say("title", period=asked, day=format_day(day, language))
    say("later" if found.later else "nothing_later")
    for of in found.later:
        console.print(f"  - {of.words.text(language)}", markup=False, soft_wrap=True)
    if found.unpublished:
        say("unpublished")
    if found.rewards:
        print_differences(found.rewards, _WORDS["columns"], language)
    else:
        say("same")
    for currency in sorted({*found.was, *found.would_be}):
        was, would_be = (
            format_money(of.get(currency, Decimal(0)), language, currency) for of in (found.was, found.would_be)
        )
        say("sums", was=was, would_be=would_be, currency=currency)
    if found.stale:
        say("stale", names=", ".join(found.stale))
    print_left_out(found.problems, language)
    if lines:
        say("lines", file=lines)
