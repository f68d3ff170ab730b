"""An explanation as lines of text, to be read on a screen or aloud."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from explanations.model import (
    Addend,
    ComponentTotal,
    Explanation,
    LineExplanation,
    PayoutExplanation,
    Related,
    RewardExplanation,
    RowExplanation,
)
from explanations.wording import HEADINGS, WORDS, with_minus
from loaders import InputRow
from prm.words import Language
from prm.words import format_sum as _format_sum


def as_text(explanation: Explanation) -> list[str]:
    """The explanation, line by line, in its language."""
    if isinstance(explanation, LineExplanation):
        return list(_line(explanation))
    if isinstance(explanation, RewardExplanation):
        return list(_reward(explanation))
    if isinstance(explanation, PayoutExplanation):
        return list(_payout(explanation))
    return list(_row(explanation))


def format_sum(amount: Decimal, currency: str, language: Language) -> str:
    return with_minus(_format_sum(amount, currency, language))


def _heading(key: str, language: Language, **values: object) -> str:
    return HEADINGS[key].text(language, **values)


def _line(of: LineExplanation) -> Iterator[str]:
    language = of.language
    yield _heading("line", language, address=of.address)
    yield of.headline
    yield of.outcome
    yield from of.story
    if of.rule:
        yield from ("", _heading("rule", language), f"  {of.rule}", f"  {of.version}")
    if of.conditions or of.reckoned or of.tiers:
        yield from ("", _heading("here", language))
    for condition in of.conditions:
        key = "not_asked" if condition.is_met is None else "met" if condition.is_met else "not_met"
        state = _heading(key, language)
        yield f"  {condition.number}. {condition.sentence} — {state}"
    for tier in of.tiers:
        yield f"  {tier.sentence}"
    if of.reckoned:
        yield f"  {of.reckoned.sentence}"
        if not of.reckoned.agrees:
            yield f"  {WORDS['disagrees'].text(language)}"
    if of.used:
        yield from ("", _heading("values", language))
    for used in of.used:
        yield f"  {used.title}: {used.told}" + (f" — {used.origin}" if used.origin else "")
        for detail in used.details:
            yield f"    {detail}"
    if of.related:
        yield from ("", _heading("related", language))
        yield from _related(of.related)
    if of.input_row:
        yield from ("", _heading("input", language), *_input(of.input_row, language))


def _related(all_related: tuple[Related, ...]) -> Iterator[str]:
    for related in all_related:
        yield f"  {related.sentence}" + (f" — {related.address}" if related.address else "")


def _input(row: InputRow, language: Language) -> Iterator[str]:
    yield "  " + _heading("row", language, file=row.file_name, row=row.row_number, load=row.load_id)
    if row.raw is not None:
        yield "  " + _heading("raw", language, raw=row.raw)
    elif row.values:
        given = (f"{name} {_shown(value)}" for name, value in row.values.items() if value is not None)
        yield "  " + ", ".join(given)
    else:
        yield "  " + _heading("no_content", language)


def _shown(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _reward(of: RewardExplanation) -> Iterator[str]:
    language, contract = of.language, None
    yield of.headline
    yield from of.left_out
    for component in of.components:
        if component.contract_id != contract:
            contract = component.contract_id
            yield from ("", _heading("contract", language, contract=contract))
        yield from _component(component, language)
    if not of.components:
        return
    yield ""
    for currency, amount in of.totals:
        yield f"{_heading('total', language)}: {format_sum(amount, currency, language)}"
    yield _heading("run", language, runs=", ".join(map(str, of.run_ids)))


def _component(of: ComponentTotal, language: Language) -> Iterator[str]:
    yield f"  {of.title} ({of.component})" + (
        "" if of.is_measure else f": {format_sum(of.amount, of.currency, language)}"
    )
    for outcome, lines, amount in of.by_outcome:
        told = _heading("lines", language, outcome=outcome, n=lines)
        yield f"    {told}" + (f", {format_sum(amount, of.currency, language)}" if amount else "")
    for tier in of.tiers:
        yield f"    {tier.sentence}"
    for related in of.lines:
        yield f"    {related.address}: {related.sentence}, {format_sum(related.amount, of.currency, language)}"


def _payout(of: PayoutExplanation) -> Iterator[str]:
    language = of.language

    def added(addend: Addend, indent: str) -> Iterator[str]:
        told = f"{indent}{addend.sentence}: {format_sum(addend.amount, of.currency, language)}"
        yield told + (f" — {addend.command}" if addend.command else "")
        for detail in addend.details:
            yield from added(detail, indent + "  ")

    yield of.headline
    yield of.state
    for part in of.parts:
        yield from ("", part.headline)
        for addend in part.addends:
            yield from added(addend, "  ")
        yield f"  {_heading('taken', language)}: {format_sum(part.amount, of.currency, language)}"
    yield ""
    yield f"{_heading('total', language)}: {format_sum(of.amount, of.currency, language)}"
    yield f"{_heading('transfers', language)}: {', '.join(of.commands)}"


def _row(of: RowExplanation) -> Iterator[str]:
    yield of.headline
    yield of.outcome
    yield from of.story
    yield from _related(of.lines)
    yield from ("", _heading("input", of.language), *_input(of.input_row, of.language))
