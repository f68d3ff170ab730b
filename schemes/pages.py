"""The library's pages: of each scheme for whom it is, its rules in sentences, what may be negotiated, and worked cases.

A page is written whole from the scheme's file and its worked cases, so that it says what is calculated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from babel.numbers import format_decimal

from prm.period import Period
from prm.words import LANGUAGES, Language, Words, format_day, format_money, format_number, format_period
from schemes.explaining import Teller, explain, explain_condition
from schemes.model import Attribute, Scheme
from schemes.parsing import read
from schemes.reading import writing
from schemes.streams import streams
from schemes.vocabulary import words_of
from schemes.worked import Fact, NotPaid, Worked, WorkedCase, result, worked

PAGES = Path(__file__).parents[1] / "docs" / "library"
"""Folder of the library's pages: an index, and a folder a language."""
_LIBRARY = Path(__file__).parent / "library"
_OTHER: dict[Language, tuple[Language, str]] = {"en": ("ru", "По-русски"), "ru": ("en", "In English")}
_MADE = "<!-- Written by `prm scheme pages`; what it says is changed in schemes/library/. -->"
_EVENTS = {
    "suspension": Words(en="suspension of a subscriber", ru="приостановка абонента"),
    "resumption": Words(en="end of a suspension", ru="конец приостановки"),
    "plan": Words(en="plan for the month", ru="план на месяц"),
}
_NO_OUTLET = Words(en="none", ru="нет")
_DETAILS = {
    "tariff": Words(en="tariff {of}", ru="тариф {of}"), "product": Words(en="product {of}", ru="продукт {of}"),
    "kind": Words(en="{of}", ru="{of}"), "channel": Words(en="{of}", ru="{of}"),
    "outlet": Words(en="outlet: {of}", ru="точка: {of}"), "plan": Words(en="{of}", ru="{of}"),
    "by": Words(en="of sub-dealer {of}", ru="у субдилера {of}"),
}  # fmt: skip
_REASONS = {
    "condition": Words(en="condition {n} is not met: {condition}", ru="не выполнено условие {n}: {condition}"),
    "outside_window": Words(en="outside the window, condition {n}: {condition}", ru="вне срока, условие {n}: {condition}"),
    "unknown_amount": Words(en="nothing says how much", ru="сумма не определена"),
}  # fmt: skip
_HEADS = {
    "rules": Words(en="The rules", ru="Правила"),
    "negotiated": Words(en="What may be negotiated", ru="О чём можно договориться"),
    "cases": Words(en="Worked cases", ru="Разобранные примеры"),
    "reading": Words(
        en="A letter is a subscriber, or so many of them (×); what happens to them later happens to each, or to the first so many.",
        ru="Буква — абонент или несколько абонентов (×); то, что происходит с ними позже, происходит с каждым или с первыми из них.",
    ),
    "attributes": Words(en="value | as a rule | from | to | clause", ru="значение | обычно | от | до | пункт"),
    "as_agreed": Words(en="as agreed", ru="по договору"),
    "facts": Words(en="day | what happens | subscriber | times | particulars | amount", ru="день | событие | абонент | раз | подробности | сумма"),
    "comes_to": Words(en="component | reckoning", ru="составляющая | расчёт"),
    "not_paid": Words(en="day | component | why nothing is paid", ru="день | составляющая | почему не выплачивается"),
    "total": Words(en="together", ru="всего"),
    "nothing": Words(en="It comes to nothing.", ru="Вознаграждения нет."),
    "agreed": Words(en="Agreed in this contract: {values}.", ru="В этом договоре согласовано: {values}."),
    "begins": Words(en="The contract begins on {day}.", ru="Договор действует с {day}."),
    "below": Words(en="Sub-dealer {name}: scheme {scheme}{under}.", ru="Субдилер {name}: схема {scheme}{under}."),
    "under": Words(en=", under {name}", ru=", под {name}"),
}  # fmt: skip
_INDEX = """{made}
# The library · Библиотека

Schemes that come with the project, as operators' annexes say them. Take one as it is, or copy it and change its name.
Each page has the rules in sentences, what a contract may agree otherwise, and cases worked out by hand, which the tests
run through the calculation.

Схемы, которые входят в проект, — такие, какими бывают приложения к договорам. Можно взять схему как есть или скопировать
и переименовать. На каждой странице — правила словами, что можно согласовать иначе и примеры, разобранные вручную; тесты
прогоняют их через расчёт.

| scheme · схема | English | по-русски |
| --- | --- | --- |
{rows}

`prm registry add-library` adds all of them. A scheme is `schemes/library/<scheme>.yaml`, its cases are
`schemes/library/cases/<scheme>.yaml`; after a change of either, `prm scheme pages` writes the pages anew.
"""


def write_pages(folder: Path = PAGES) -> list[Path]:
    """Writes the library's pages into a folder; returns the files."""
    files = []
    for name, text in pages().items():
        path = folder / name
        with writing(folder):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        files.append(path)
    return files


def pages() -> dict[str, str]:
    """The text of each page by its name inside the folder: `README.md`, `en/<scheme>.md`, `ru/<scheme>.md`."""
    library = [read(path) for path in sorted(_LIBRARY.glob("*.yaml"))]
    rows = "\n".join(
        f"| `{of.scheme}` | [{of.title.en}](en/{of.scheme}.md) | [{of.title.ru}](ru/{of.scheme}.md) |" for of in library
    )
    found = {"README.md": _INDEX.format(made=_MADE, rows=rows)}
    for scheme in library:
        for language in LANGUAGES:
            found[f"{language}/{scheme.scheme}.md"] = _Page(scheme, worked(scheme.scheme), language, library).text()
    return found


class _Page:
    """The page of one scheme in one language."""

    def __init__(self, scheme: Scheme, of: Worked, language: Language, library: list[Scheme]):
        self.scheme, self.worked, self.language, self.library = scheme, of, language, library
        self.teller = Teller(scheme, language)

    def head(self, which: str, **values: object) -> str:
        return _HEADS[which].text(self.language, **values)

    def text(self) -> str:
        parts = [self.opening(), self.rules(), self.negotiated(), f"## {self.head('cases')}\n{self.head('reading')}"]
        parts += [self.case(number, case) for number, case in enumerate(self.worked.cases, 1)]
        return "\n\n".join(part for part in parts if part) + "\n"

    def opening(self) -> str:
        name, (other, words) = self.scheme.scheme, _OTHER[self.language]
        return "\n".join([
            _MADE, f"# {getattr(self.scheme.title, self.language)}", "",
            f"[`schemes/library/{name}.yaml`](../../../schemes/library/{name}.yaml) · [{words}](../{other}/{name}.md) · "
            "[README](../README.md)", "", getattr(self.worked.about, self.language),
        ])  # fmt: skip

    def rules(self) -> str:
        sentences = "\n".join(f"- {sentence}" for sentence in explain(self.scheme, self.language, self.library))
        return f"## {self.head('rules')}\n{sentences}"

    def negotiated(self) -> str:
        if not self.scheme.attributes:
            return ""
        rows = [self.attribute(attribute) for attribute in self.scheme.attributes.values()]
        return f"## {self.head('negotiated')}\n{_table(self.head('attributes'), rows)}"

    def attribute(self, of: Attribute) -> list[str]:
        low, high = (self.teller.value(bound, of.type) for bound in of.between) if of.between else ("", "")
        title = f"{getattr(of.title, self.language)} (`{of.name}`)"
        usual = self.head("as_agreed") if of.default is None else self.teller.value(of.default, of.type)
        return [title, usual, low, high, of.clause or ""]

    # --- cases

    def case(self, number: int, case: WorkedCase) -> str:
        parts = [f"### {number}. {getattr(case.title, self.language)}"]
        if given := " ".join(self.given(case)):
            parts.append(given)
        sizes = {fact.of or "": fact.times or 1 for fact in case.facts if fact.event == "activation"}
        parts.append(_table(self.head("facts"), [self.fact(fact, sizes) for fact in case.facts]))
        for period, components in case.comes_to.items():
            parts.append(self.period(period, components))
        if not case.comes_to:
            parts.append(self.head("nothing"))
        if case.not_paid:
            parts.append(_table(self.head("not_paid"), [self.not_paid(line) for line in case.not_paid]))
        if case.note:
            parts.append(getattr(case.note, self.language))
        return "\n\n".join(parts)

    def given(self, case: WorkedCase) -> Iterator[str]:
        if case.values:
            values = ", ".join(f"`{name}` = {value}" for name, value in case.values.items())
            yield self.head("agreed", values=values)
        if case.begins != WorkedCase.begins:
            yield self.head("begins", day=format_day(case.begins, self.language))
        for name, below in case.below.items():
            under = self.head("under", name=below.under) if below.under else ""
            yield self.head("below", name=name, scheme=f"[`{below.scheme}`]({below.scheme}.md)", under=under)

    def fact(self, fact: Fact, sizes: dict[str, int]) -> list[str]:
        event = _EVENTS.get(fact.event) or streams()[fact.event].title
        details = [
            words.text(self.language, of=self.word(name, getattr(fact, name), fact.event))
            for name, words in _DETAILS.items() if getattr(fact, name)
        ]  # fmt: skip
        amount = "" if fact.amount is None else format_money(fact.amount, self.language, self.scheme.currency)
        times = fact.times or sizes.get(fact.of or "", 1)
        how_many = f"× {times}" if times > 1 or sizes.get(fact.of or "", 1) > 1 else ""
        return [
            format_day(fact.day, self.language), getattr(event, self.language), fact.of or "", how_many, ", ".join(details), amount,
        ]  # fmt: skip

    def word(self, detail: str, value: str, event: str) -> str:
        """A detail as the rules say it, where it is one of their words."""
        known = words_of({"kind": f"{event}_kind", "outlet": "outlet_kind"}.get(detail, detail))
        words = _NO_OUTLET if detail == "outlet" and value == "none" else known.get(value)
        return getattr(words, self.language) if words else value

    def period(self, period: str, components: dict[str, str]) -> str:
        rows = [[self.component(name), self.numbers(reckoning)] for name, reckoning in components.items()]
        if len(rows) > 1:
            total = sum((result(reckoning) for reckoning in components.values()), Decimal(0))
            rows.append([f"**{self.head('total')}**", f"**{self.numbers(f'{total:f}'.replace('-', '−'))}**"])
        month = format_period(Period.parse(period), self.language)
        return f"**{month[:1].upper()}{month[1:]}**\n\n{_table(self.head('comes_to'), rows)}"

    def component(self, name: str) -> str:
        rule = self.scheme.components.get(name) or self.scheme.limits[name]
        return getattr(rule.title, self.language)

    def not_paid(self, line: NotPaid) -> list[str]:
        told = ""
        if line.condition:
            told = explain_condition(self.scheme, line.component, line.condition, self.language)
        why = _REASONS[line.reason].text(self.language, n=line.condition, condition=told)
        return [format_day(line.day, self.language), self.component(line.component), why]

    def numbers(self, reckoning: str) -> str:
        """A reckoning with its numbers as the language writes them."""

        def number(found: re.Match[str]) -> str:
            places = len(found[0].partition(".")[2])
            if places:
                return format_decimal(Decimal(found[0]), f"#,##0.{'0' * places}", self.language)
            return format_number(Decimal(found[0]), self.language)

        return re.sub(r"\d+(\.\d+)?", number, reckoning)


def _table(head: str, rows: list[list[str]]) -> str:
    lines = [f"| {head} |", f"| {' | '.join('---' for _ in head.split('|'))} |"]
    return "\n".join([*lines, *(f"| {' | '.join(cells)} |" for cells in rows)])
