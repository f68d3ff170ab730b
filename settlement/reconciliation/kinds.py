"""Kinds of documents that both sides know, in the words in which a counterparty may name them."""

from __future__ import annotations

from loaders.contract import normalise
from prm.words import Words

OPENING = "opening"
"""Of a counterparty's figures alone: what was owed to it before."""

KINDS: dict[str, Words] = {
    "act": Words("month's act", "акт за месяц"),
    "penalty": Words("penalty", "штраф"),
    "deduction": Words("deduction", "удержание"),
    "payment": Words("payment", "оплата"),
    "withheld_tax": Words("withheld tax", "удержанный налог"),
    "other": Words("other", "прочее"),
}
"""Kinds of documents, with their names."""

MONTHLY = ("act", "withheld_tax")
"""Kinds of which there is one a month."""

_SAID: dict[str, tuple[str, ...]] = {
    "act": ("act", "month's act", "reward", "invoice", "акт", "акт за месяц", "акт об оказании услуг", "отчёт агента",
            "вознаграждение", "реализация"),
    "penalty": ("penalty", "fine", "штраф", "пеня", "пени", "неустойка"),
    "deduction": ("deduction", "удержание"),
    "payment": ("payment", "payout", "оплата", "выплата", "платёж", "поступление", "поступление на расчётный счёт"),
    "withheld_tax": ("withheld tax", "withheld_tax", "tax", "удержанный налог", "налог", "ндфл"),
    "other": ("other", "прочее"),
    OPENING: ("opening", "opening balance", "сальдо", "сальдо начальное", "начальное сальдо", "сальдо на начало",
              "входящий остаток"),
}  # fmt: skip
_MEANT = {normalise(word): kind for kind, words in _SAID.items() for word in words}


def kind_of(text: str) -> str | None:
    """The kind that a word means, in either language and any case; None for a word that is not known."""
    return _MEANT.get(normalise(text))


def known_words() -> str:
    """Every word that is understood, for an error's hint."""
    return ", ".join(words for said in _SAID.values() for words in said)
