"""`prm stale`, `prm runs diff`: which versions something has made stale, and what differs between two."""

from __future__ import annotations

from collections.abc import Sequence

import typer
from rich.console import Console
from rich.table import Table

import runs as rooms
from cli import app
from cli.calculate import group
from cli.language import Lang
from prm.period import Period
from prm.settings import get_settings
from prm.words import Language, Words, format_money

console = Console(highlight=False)
_DIFF = {
    "title": Words(
        en="{period}: run {before} and run {after}, {count} counterparties compared",
        ru="{period}: расчёты {before} и {after}, сравнено контрагентов: {count}",
    ),
    "only": Words(en="only in run {run}: {names}", ru="только в расчёте {run}: {names}"),
    "same": Words(en="no reward differs", ru="вознаграждения одинаковы"),
    "columns": Words(
        en="counterparty|contract|component|before|after|difference|",
        ru="контрагент|договор|составляющая|было|стало|разница|",
    ),
    "total": Words(en="in all", ru="итого"),
    "lines": Words(
        en="{count} lines differ: {before} only in run {a}, {after} only in run {b}, {changed} with another amount",
        ru="различаются строк: {count}; только в расчёте {a}: {before}, только в расчёте {b}: {after}, с другой суммой: {changed}",
    ),
    "line_columns": Words(
        en="counterparty|component|day|event|subscriber|before|after",
        ru="контрагент|составляющая|день|событие|абонент|было|стало",
    ),
    "shown": Words(en="the first {count} are shown; --lines shows more", ru="показаны первые {count}; больше: --lines"),
    "causes": Words(en="inputs that differ:", ru="различаются исходные данные:"),
    "no_causes": Words(en="the inputs are the same", ru="исходные данные одинаковы"),
}


@app.command("stale")
def stale(
    period: str = typer.Argument(None, help="Only this month; without, all of them."),
    calculate: bool = typer.Option(False, "--calculate", help="Calculate just those again, oldest month first."),
    closed: bool = typer.Option(False, help="With --calculate: closed months too; what differs is carried over."),
    reason: str = typer.Option(None, help="With --calculate: why; kept with the runs."),
) -> None:
    """List the versions that were made from something that has changed since, and why."""
    asked = Period.parse(period) if period else None
    if calculate:
        results = rooms.calculate_stale(asked, reason=reason, include_closed=closed)
        for result in results:
            whose = ", ".join(result.counterparties or ["everybody"])
            console.print(f"{result.period}: run {result.run_id} {result.state} for {whose}", markup=False)
        if not results:
            console.print("nothing to calculate")
        return
    found = rooms.stale(asked)
    if not found:
        console.print("nothing is stale")
    for title, is_closed in (("stale:", False), ("stale in closed months (their readers see no change):", True)):
        part = [one for one in found if one.is_closed == is_closed]
        if part:
            console.print(title)
        for one in part:
            reasons = "; ".join(words.text(get_settings().language) for words in one.reasons)
            console.print(
                f"  {one.period} {one.counterparty_id or '(nobody)'}: {reasons}", markup=False, soft_wrap=True
            )


@group.command("diff")
def diff(
    before: int = typer.Argument(..., help="A run's number."),
    after: int = typer.Argument(..., help="Another run of the same month."),
    counterparty: list[str] = typer.Option(None, "--counterparty", "-c", help="Only this one; may be given again."),
    lines: int = typer.Option(20, min=0, help="How many lines to show."),
    language: Language = Lang,
) -> None:
    """What differs between the versions that two runs made, and which inputs caused it."""
    found = rooms.diff(before, after, counterparty or None, most=lines)

    def say(words: str, **values: object) -> None:
        console.print(_DIFF[words].text(language, **values), markup=False, soft_wrap=True)

    say("title", period=found.period, before=before, after=after, count=len(found.compared))
    for run, names in ((before, found.only_before), (after, found.only_after)):
        if names and not counterparty:
            say("only", run=run, names=", ".join(name or "''" for name in names))
    if found.rewards:
        print_differences(found.rewards, _DIFF["columns"], language)
    else:
        say("same")
    if found.lines_in_all:
        table = Table(*_DIFF["line_columns"].text(language).split("|"), box=None)
        for line in found.lines:
            amounts = ["" if of is None else format_money(of, language) for of in (line.before, line.after)]
            table.add_row(
                line.counterparty_id, line.component or "", str(line.event_date), line.event_id or "",
                line.subscriber_id or "", *amounts,
            )  # fmt: skip
        say("lines", count=found.lines_in_all, a=before, b=after, **found.lines_by_kind)
        console.print(table)
        if found.lines_in_all > len(found.lines):
            say("shown", count=len(found.lines))
    say("causes" if found.causes else "no_causes")
    for cause in found.causes:
        console.print(f"  - {cause.words.text(language)}", markup=False, soft_wrap=True)


def print_differences(rewards: Sequence[rooms.RewardDifference], columns: Words, language: Language) -> None:
    """A table of rewards that differ, with their sums. columns: its heads, with | between."""
    table = Table(*columns.text(language).split("|"), box=None)
    for column in (3, 4, 5):
        table.columns[column].justify = "right"
    for one in rewards:
        amounts = [format_money(of, language, one.currency) for of in (one.before, one.after, one.after - one.before)]
        table.add_row(one.counterparty_id, one.contract_id, one.component, *amounts, one.currency)
    for currency in sorted({one.currency for one in rewards}):
        of_it = [one for one in rewards if one.currency == currency]
        sums = [sum(one.before for one in of_it), sum(one.after for one in of_it)]
        amounts = [format_money(of, language, currency) for of in (*sums, sums[1] - sums[0])]  # type: ignore[arg-type]
        table.add_row(_DIFF["total"].text(language), "", "", *amounts, currency)
    console.print(table)
