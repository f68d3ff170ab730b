"""`prm control`: what should be looked at every day, with its age."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

import settlement
from cli import app
from cli.language import Lang
from prm.period import Period
from prm.words import Language, Words, format_money, format_sum

console = Console(highlight=False)

_NOT_POSTED = Words("accrued but not approved", "начислено, но не утверждено")
_NOT_PAID = Words("approved but not paid", "утверждено, но не выплачено")
_OVERPAID = Words("paid but not accrued", "выплачено, но не начислено")
_NOTHING = Words("nothing", "ничего")
_DAYS = Words("{age} days: {sum}", "{age} дн.: {sum}")
_STAGES = {
    "not approved": Words("not approved", "не утверждено"),
    "approved, not posted": Words("approved, not posted", "утверждено, не проведено"),
}
_NETTED = Words("made up for by others", "покрыто другими счетами")
_OWES = Words("owes the operator", "должен оператору")
_ACCOUNTS = {
    "accrued": Words("accrued", "начислено"), "payable": Words("payable", "к выплате"),
    "held": Words("held", "приостановлено"), "in_payment": Words("in payment", "в оплате"),
}  # fmt: skip
_COMMON = {
    "en": ("counterparty", "contract", "month", "what", "amount", "", "since", "days"),
    "ru": ("контрагент", "договор", "за период", "что", "сумма", "", "с", "дней"),
}
_AGES = {"over 90": Words("over 90", "свыше 90")}


@app.command("control")
def show(
    counterparty: str = typer.Option(None, "--counterparty", "-c", help="Only this one."),
    period: str = typer.Option(None, help="Only what is about this month."),
    sums: bool = typer.Option(False, help="Only the sums by age."),
    language: Language = Lang,
) -> None:
    """What is calculated and not approved or posted, owed and not paid, paid and not owed; each with its age in days."""
    found = settlement.control_reports(counterparty_id=counterparty, period=Period.parse(period) if period else None)
    parts: list[tuple[Words, list[dict[str, Any]], Callable[[dict[str, Any]], str]]] = [
        (_NOT_POSTED, found.not_posted, lambda row: _STAGES[row["stage"]].text(language)),
        (_NOT_PAID, found.not_paid, lambda row: _ACCOUNTS[row["account"]].text(language)),
        (_OVERPAID, found.overpaid, lambda row: f"{_ACCOUNTS[row['account']].text(language)}, "
                                                f"{(_OWES if row['is_overpaid'] else _NETTED).text(language)}"),
    ]  # fmt: skip
    for words, rows, what in parts:
        told = "; ".join(_told(currency, ages, language) for currency, ages in settlement.sums_by_age(rows).items())
        console.print(f"{words.text(language)}: {told or _NOTHING.text(language)}", soft_wrap=True)
        if rows and not sums:
            console.print(_table(rows, what, language))


def _told(currency: str, ages: dict[str, Any], language: Language) -> str:
    return ", ".join(
        _DAYS.text(
            language, age=_AGES[age].text(language) if age in _AGES else age, sum=format_sum(amount, currency, language)
        )
        for age, amount in ages.items()
    )


def _table(rows: Sequence[dict[str, Any]], what: Callable[[dict[str, Any]], str], language: Language) -> Table:
    table = Table(*_COMMON[language], box=None)
    for column in (4, 7):
        table.columns[column].justify = "right"
    for row in rows:
        table.add_row(
            row["counterparty_id"], row["contract_id"] or "", row.get("period") or "", what(row),
            format_money(row["amount"], language, row["currency"]), row["currency"], str(row["since"]),
            f"{row['age_days']:,}",
        )  # fmt: skip
    return table
