"""A payout explained: what fell due, month by month, less penalties and whatever else lowered it, down to what is paid."""

from __future__ import annotations

import re
from collections.abc import Iterator

import registry
import settlement
from explanations.model import Addend, PayoutExplanation, PayoutPart
from prm import database
from prm.settings import Settings
from prm.words import Language, Words, format_day, format_period, format_sum
from settlement.payouts import OUTCOMES, AddedUp, Change, Part

_PAYOUT = Words(
    "Payout {reference}, batch {batch}, {day}: {amount} to {recipient} ({id})",
    "Выплата {reference}, реестр {batch}, {day}: {amount}, получатель {recipient} ({id})",
)
_OUTLET = Words(", for outlet {outlet}", ", за торговую точку {outlet}")
_STATE = Words("State: {state}.", "Состояние: {state}.")
_VAT = Words(" VAT in it: {amount}.", " В том числе НДС: {amount}.")
_PART = Words("Counterparty {id}, contract {contract}", "Контрагент {id}, договор {contract}")
_NO_CONTRACT = Words("Counterparty {id}, under no contract", "Контрагент {id}, вне договоров")
_CARRIED = Words("payable before that", "к выплате до этого")
_CAUSE = Words("{cause}, {period}", "{cause}, {period}")
_NUMBERED = Words("{cause} {number}, {period}", "{cause} {number}, {period}")
_BEFORE = Words("of it fell due before", "из этого срок оплаты наступил раньше")
_NOT_DUE = Words("of it is not due yet", "из этого срок оплаты ещё не наступил")
_OTHERS = Words("other payouts of the batch take", "берут другие выплаты реестра")
_LEFT = Words("stays payable", "остаётся к выплате")

_REFERENCE = re.compile(r"PRM-\d{1,12}-\d{1,12}", re.IGNORECASE)


def parse_payout(text: str) -> str | None:
    """`PRM-1-2` as the payout's name; None where it is nothing of the kind."""
    return text.strip().upper() if _REFERENCE.fullmatch(text.strip()) else None


def explain_payout(reference: str, language: Language, *, settings: Settings | None = None) -> PayoutExplanation:
    """Explains what a payout is made of. reference: as the bank and `prm payout` name it, `PRM-1-2`.

    Raises NotFoundError where there is no such payout.
    """
    of = settlement.add_up_payout(reference, settings=settings)
    headline = _PAYOUT.text(
        language, reference=of.reference, batch=of.batch, day=format_day(of.dated_on, language),
        amount=format_sum(of.amount, of.currency, language), recipient=of.recipient, id=of.counterparty_id,
    )  # fmt: skip
    if of.outlet_id:
        headline += _OUTLET.text(language, outlet=of.outlet_id)
    state = _STATE.text(language, state=OUTCOMES[of.state].text(language))
    if of.vat:
        state += _VAT.text(language, amount=format_sum(of.vat, of.currency, language))
    titles = _titles(of, language, settings)
    parts = tuple(
        PayoutPart(
            (_PART if part.contract_id else _NO_CONTRACT).text(language, id=part.counterparty_id, contract=part.contract_id),
            tuple(_addends(part, titles, language)), part.amount,
        ) for part in of.parts
    )  # fmt: skip
    commands = dict.fromkeys(f"prm ledger {part.counterparty_id}" for part in of.parts)
    return PayoutExplanation(language, headline, state, parts, of.amount, of.currency, tuple(commands))


def _addends(part: Part, titles: dict[tuple[str, str], str], language: Language) -> Iterator[Addend]:
    if part.carried_over:
        yield Addend(_CARRIED.text(language), part.carried_over)
    for change in part.changes:
        cause, period = change.title.text(language), format_period(change.origin_period, language)
        number = change.penalty or change.returned or change.hold
        words = _NUMBERED if number else _CAUSE
        told = words.text(language, cause=cause, number=number, period=period)
        if change.reason:
            told += f" («{change.reason}»)"
        yield Addend(told, change.amount, _deeper(change, part), tuple(_of_month(change, part, titles, language)))
    if part.others:
        yield Addend(_OTHERS.text(language), -part.others)
    if part.left:
        yield Addend(_LEFT.text(language), -part.left)


def _of_month(
    change: Change, part: Part, titles: dict[tuple[str, str], str], language: Language
) -> Iterator[Addend]:  # fmt: skip
    """What had been accrued of a month that fell due."""
    for of in change.earned:
        cause = of.title.text(language)
        if of.component:
            title = titles.get((part.contract_id or "", of.component))
            cause += f", {title} ({of.component})" if title else f", {of.component}"
        yield Addend(cause, of.amount)
    for words, amount in ((_BEFORE, change.fell_due_before), (_NOT_DUE, change.not_due)):
        if amount:
            yield Addend(words.text(language), -amount)


def _deeper(change: Change, part: Part) -> str:
    """The command that says more of a change."""
    if change.penalty:
        return f"prm penalty show {change.penalty}"
    if change.returned:
        return f"prm explain {change.returned}"
    if change.cause in ("hold", "release"):
        return f"prm hold list -c {part.counterparty_id} --all"
    if change.cause == "due":
        return f"prm explain {change.origin_period} {part.counterparty_id} --contract {part.contract_id}"
    return ""


def _titles(of: AddedUp, language: Language, settings: Settings | None) -> dict[tuple[str, str], str]:
    """The titles of components and limits, by contract and name, as the newest version that has them says."""
    contracts = [part.contract_id for part in of.parts if part.contract_id]
    with database.transaction(settings) as connection:
        rows = connection.execute(
            "select contract_id, scheme from reporting.contracts where contract_id = any(%s)", [contracts]
        ).fetchall()
        versions = registry.scheme_versions(connection, {row["scheme"] for row in rows})
    return {
        (row["contract_id"], name): getattr(rule.title, language)
        for row in rows
        for version in versions
        if version.scheme == row["scheme"]
        for section in (version.components, version.limits)
        for name, rule in section.items()
    }
