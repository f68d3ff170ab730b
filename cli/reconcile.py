"""`prm reconcile`, `prm reconciliation`, `prm reconciliations`: both sides' books, and the act."""

from __future__ import annotations

import getpass
import shutil
from decimal import Decimal
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

import reports
import settlement
from cli import app
from cli.penalties import day
from prm.errors import PrmError
from prm.settings import get_settings
from prm.words import LANGUAGES, Language, Words, format_money, format_sum
from settlement.reconciliation.kinds import KINDS

console = Console(highlight=False)

_HEADINGS = {
    "en": ("", "document", "ours", "of", "change", "theirs", "of", "change", "result"),
    "ru": ("", "документ", "у нас", "от", "изменение долга", "у контрагента", "от", "изменение долга", "результат"),
}
_OUTCOMES = {
    "equal": Words("equal", "совпадает"),
    "different": Words("different", "суммы различаются"),
    "only_ours": Words("only ours", "только у нас"),
    "only_theirs": Words("only theirs", "только у контрагента"),
    "not_compared": Words("not compared", "не сверялось"),
}
_HEAD = Words("reconciliation {number}: {who}, {first} to {last}, {currency}",
              "сверка {number}: {who}, с {first} по {last}, {currency}")  # fmt: skip
_OURS = Words("our books:   opening {opening}, debit {debit}, credit {credit}, closing {closing}",
              "у нас:         начало {opening}, дебет {debit}, кредит {credit}, конец {closing}")  # fmt: skip
_THEIRS = Words("their books: opening {opening}, debit {debit}, credit {credit}, closing {closing}",
                "у контрагента: начало {opening}, дебет {debit}, кредит {credit}, конец {closing}")  # fmt: skip
_NOT_STATED = Words("not stated", "не указано")
_SUMS = Words(
    "{outcome}: {lines}, ours {ours}, theirs {theirs}", "{outcome}: {lines}, у нас {ours}, у контрагента {theirs}"
)
_DIFFERENCE = Words("their closing balance less ours: {amount}", "их сальдо на конец минус наше: {amount}")
_LEFT_OUT = Words("{rows} rows of {file} are about other days or currencies",
                  "строк файла {file}, относящихся к другим дням или валютам: {rows}")  # fmt: skip

Format = typer.Option(
    None, help="The act as a document: pdf, docx, xlsx, csv, html, ods, or several, separated by commas."
)
Lang = typer.Option(None, help="ru, en or both; without, the language of the settings.")
Out = typer.Option(None, help="A folder to copy the documents to, besides their place in the books.")


@app.command("reconcile")
def reconcile(
    counterparty: str = typer.Argument(..., help="Whose books, such as D00042."),
    first: str = typer.Option(..., "--from", help="The first day, such as 2026-07-01."),
    last: str = typer.Option(..., "--to", help="The last day, included."),
    figures: Path = typer.Option(None, help="The counterparty's own figures: a CSV or Excel file."),
    currency: str = typer.Option(None, help="Where the counterparty has several."),
    format: str = Format,
    lang: str = Lang,
    out: Path = Out,
    author: str = typer.Option(None, help="Who makes it; without, the user of this machine."),
) -> None:
    """Reconcile a counterparty's books between two days, with its own figures if it gave them, and keep what was found."""
    formats = _formats(format)
    found = settlement.reconcile(
        counterparty, day(first), day(last), author=author or getpass.getuser(), currency=currency, figures=figures
    )
    _tell(found, lang)
    _act(found.number, formats, lang, out)


@app.command("reconciliation")
def reconciliation(
    number: int = typer.Argument(..., help="Its number, as `prm reconciliations` shows it."),
    entries: bool = typer.Option(False, help="Also the transfers that each of our documents is made of."),
    format: str = Format,
    lang: str = Lang,
    out: Path = Out,
) -> None:
    """Show a stored reconciliation, or make its act again."""
    formats = _formats(format)
    _tell(settlement.find_reconciliation(number), lang, entries)
    _act(number, formats, lang, out)


@app.command("reconciliations")
def list_reconciliations(counterparty: str = typer.Argument(None, help="Only this one's.")) -> None:
    """List the stored reconciliations."""
    table = Table(
        "number", "counterparty", "from", "to", "closing", "difference", "figures", "made", "author", box=None
    )
    for one in settlement.list_reconciliations(counterparty):
        table.add_row(
            str(one.number), one.counterparty_id, str(one.first), str(one.last), _sum(one.closing, one.currency, "en"),
            "" if one.difference is None else _sum(one.difference, one.currency, "en"), one.file_name or "",
            f"{one.made_at.astimezone():%Y-%m-%d %H:%M}", one.author,
        )  # fmt: skip
    console.print(table)


def _tell(found: settlement.Reconciliation, lang: str | None, entries: bool = False) -> None:
    language = _language(lang)
    console.print(
        _HEAD.text(language, number=found.number, who=found.counterparty_id, first=found.first, last=found.last,
                   currency=found.currency)
    )  # fmt: skip
    table = Table(*_HEADINGS[language], box=None)
    for column in (0, 4, 7):
        table.columns[column].justify = "right"
    for line in found.lines:
        amounts = [
            "" if change is None else format_money(change, language, found.currency)
            for change in (line.our_change, line.their_change)
        ]
        transfers = "; " + ", ".join(map(str, line.transfers)) if entries and line.transfers else ""
        table.add_row(
            str(line.line), KINDS[line.kind].text(language), (line.our_period or line.our_reference or "") + transfers,
            str(line.our_dated_on or ""), amounts[0],
            " ".join(filter(None, (line.their_reference, line.their_period))), str(line.their_dated_on or ""),
            amounts[1], _OUTCOMES[line.outcome].text(language),
        )  # fmt: skip
    if found.lines:
        console.print(table)
    sides = [(_OURS, (found.opening, found.debit, found.credit, found.closing))]
    if found.difference is not None:
        theirs = (found.their_opening, found.their_debit, found.their_credit, found.their_closing)
        sides.append((_THEIRS, theirs))  # type: ignore[arg-type]  # the opening alone may be None
    for words, balances in sides:
        told = [_NOT_STATED.text(language) if one is None else _sum(one, found.currency, language) for one in balances]
        opening, debit, credit, closing = told
        console.print(
            words.text(language, opening=opening, debit=debit, credit=credit, closing=closing), soft_wrap=True
        )
    for outcome, (lines, our_sum, their_sum) in found.sums.items():
        of = {"ours": _sum(our_sum, found.currency, language), "theirs": _sum(their_sum, found.currency, language)}
        if outcome != "not_compared":
            console.print(
                _SUMS.text(language, outcome=_OUTCOMES[outcome].text(language), lines=lines, **of), soft_wrap=True
            )
    if found.difference is not None:
        console.print(_DIFFERENCE.text(language, amount=_sum(found.difference, found.currency, language)))
    if found.left_out:
        console.print(_LEFT_OUT.text(language, rows=found.left_out, file=found.file_name))


def _act(number: int, formats: list[str], lang: str | None, out: Path | None) -> None:
    if not formats:
        if out:
            raise PrmError("Which documents go there?", hint="Say --format pdf, docx, xlsx, or several with commas.")
        return
    languages = LANGUAGES if lang == "both" else (_language(lang),)
    for document in reports.publish_act(number, languages=languages, formats=formats):
        path = document.path
        if out:
            out.mkdir(parents=True, exist_ok=True)
            path = Path(shutil.copyfile(path, out / path.name))
        console.print(str(path), soft_wrap=True)


def _formats(given: str | None) -> list[str]:
    formats = [one.strip() for one in (given or "").split(",") if one.strip()]
    for one in formats:
        if one not in reports.FORMATS:
            raise PrmError(f"There is no format '{one}'.", hint=f"There are: {', '.join(reports.FORMATS)}.")
    return formats


def _language(lang: str | None) -> Language:
    return "ru" if (lang or get_settings().language) == "ru" else "en"


def _sum(amount: Decimal, currency: str, language: Language) -> str:
    return format_sum(amount, currency, language)
