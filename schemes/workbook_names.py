"""What may stand in a formula, listed for people who fill in a workbook: the names of events and the functions."""

from __future__ import annotations

from prm.words import Language, Words
from schemes.streams import streams

HEADERS = (
    Words(en="name or function", ru="имя или функция"),
    Words(en="what it is", ru="что это"),
    Words(en="where it is known", ru="где известно"),
    Words(en="what it can hold", ru="какие значения"),
)
_EVENTS = Words(en="all events", ru="все события")
_FORMULAS = Words(en="all formulas", ru="все формулы")
_AFTER = Words(en="with 'after'", ru="если задано «спустя»")
_KEEPS = Words(en="in what is kept", ru="в том, что остаётся при возврате")
_FORMS: dict[str, tuple[Words, Words]] = {
    "'V1'": (Words(en="text, in single quotes", ru="текст — в одинарных кавычках"), _FORMULAS),
    "date '2026-09-01'": (Words(en="a day", ru="день"), _FORMULAS),
    "+ - *": (Words(en="arithmetic; for division there is ratio()", ru="действия; вместо деления — ratio()"), _FORMULAS),
    "= <> < <= > >=": (Words(en="comparisons; <> is: not equal", ru="сравнения; <> значит «не равно»"), _FORMULAS),
    "tariff in ('V1', 'V2')": (Words(en="one of several", ru="одно из нескольких"), _FORMULAS),
    "amount between 1 and 5": (Words(en="from 1 to 5, both included", ru="от 1 до 5 включительно"), _FORMULAS),
    "tariff is null": (Words(en="it is unknown", ru="неизвестно"), _FORMULAS),
    "and, or, not": (Words(en="both, at least one, the contrary", ru="и, или, не"), _FORMULAS),
}  # fmt: skip
FUNCTIONS: dict[str, tuple[Words, Words]] = {
    "if(a > b, x, y)": (Words(en="x where the condition is met, else y", ru="x, если условие выполнено, иначе y"), _FORMULAS),
    "least(a, b)": (Words(en="the least: a, but at most b", ru="наименьшее: a, но не более b"), _FORMULAS),
    "greatest(a, b)": (Words(en="the greatest: a, but at least b", ru="наибольшее: a, но не менее b"), _FORMULAS),
    "coalesce(a, b)": (Words(en="a, or b if a is unknown", ru="a, а если a неизвестно — b"), _FORMULAS),
    "ratio(a, b)": (Words(en="a by b, as a share", ru="отношение a к b, долей"), _FORMULAS),
    "started(a, b)": (Words(en="how many of b are begun in a", ru="сколько b начато в a"), _FORMULAS),
    "completed(a, b)": (Words(en="how many whole b are in a", ru="сколько полных b в a"), _FORMULAS),
    "charged_within(30)": (Words(en="charged in the first 30 days", ru="начислено за первые 30 дней"), _EVENTS),
    "paid_within(30)": (Words(en="paid in the first 30 days", ru="уплачено за первые 30 дней"), _EVENTS),
    "month_of_year": (Words(en="the period's month of the year, 1 to 12", ru="месяц года, с 1 по 12"), _FORMULAS),
    "month_of_quarter": (Words(en="the period's month of the quarter, 1 to 3", ru="месяц квартала, с 1 по 3"), _FORMULAS),
    "instalment": (Words(en="which of the times this is, from 1", ru="какая это по счёту выплата, с 1"), _AFTER),
    "instalments": (Words(en="how many times there are", ru="сколько всего выплат"), _AFTER),
    "instalment_of(a)": (Words(en="this one's part of a", ru="доля этой выплаты в сумме a"), _AFTER),
    "paid": (Words(en="what was paid", ru="выплаченная сумма"), _KEEPS),
    "elapsed": (Words(en="days or months of the window that are over", ru="сколько дней или месяцев срока прошло"), _KEEPS),
    "window": (Words(en="how long the window is", ru="сколько длится срок"), _KEEPS),
}  # fmt: skip
"""What formulas understand besides the scheme's own names and those of events: what it gives, and where it is known."""


def rows(language: Language) -> list[tuple[str, str, str, str]]:
    """The rows under the headers: the names of events, those of all first, then the functions."""
    known: dict[str, list[str]] = {}
    for stream, of in streams().items():
        for name in of.names:
            known.setdefault(name, []).append(stream)
    found = []
    for name, where in sorted(known.items(), key=lambda of: len(of[1]) < len(streams())):
        meant = [streams()[stream].names[name] for stream in where]
        titles = dict.fromkeys(getattr(one.title, language) for one in meant)
        words = "; ".join(f"{word} — {getattr(title, language)}" for word, title in meant[0].words.items())
        places = _EVENTS.text(language) if len(where) == len(streams()) else ", ".join(where)
        found.append((name, " / ".join(titles), places, words))
    functions = [
        (name, about.text(language), place.text(language), "") for name, (about, place) in (_FORMS | FUNCTIONS).items()
    ]
    return [*found, *functions]
