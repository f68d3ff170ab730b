"""The rule by which both sides' documents are paired. Nothing is read or written here.

Each document is paired once, in four passes: (1) kind and reference; (2) of kinds with one document a month,
the month that both state; (3) kind and amount; (4) of kinds with one document a month, the month of the counterparty's
date, where it states none. Where several could be paired in a pass, equal amounts come first, then the nearest dates, then the earliest.
Nothing depends on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from prm.period import Period
from settlement.reconciliation.kinds import MONTHLY

Outcome = Literal["equal", "different", "only_ours", "only_theirs", "not_compared"]


@dataclass(frozen=True)
class Document:
    """A document of one side. change: how much more is owed to the counterparty by it; below zero: less.

    reference: as it is shown; further_references: other numbers of the same. period: the month it is about, if stated.
    transfers: of ours, the numbers and changes of the transfers it is made of; figure: of theirs, its number.
    """

    kind: str
    dated_on: date
    change: Decimal
    reference: str = ""
    period: str | None = None
    further_references: tuple[str, ...] = ()
    transfers: tuple[tuple[int, Decimal], ...] = field(default=(), compare=False)
    figure: int | None = field(default=None, compare=False)

    @property
    def order(self) -> tuple[date, str, str, str, Decimal]:
        """The order of documents, of their content alone."""
        return (self.dated_on, self.kind, self.period or "", self.reference, self.change)


@dataclass(frozen=True)
class Pair:
    """A document of both sides, or of one."""

    outcome: Outcome
    ours: Document | None
    theirs: Document | None

    @property
    def kind(self) -> str:
        """The documents' kind."""
        document = self.ours or self.theirs
        assert document is not None
        return document.kind

    @property
    def order(self) -> tuple[date, str, str, str, Decimal]:
        """The order of pairs: by our document, or else by theirs."""
        document = self.ours or self.theirs
        assert document is not None
        return document.order


_Keys = Callable[[Document], Iterable[Hashable]]


def match(ours: Sequence[Document], theirs: Sequence[Document] | None) -> list[Pair]:
    """Pairs both sides' documents by the rule, each once, in order; None: there is nothing to compare with."""
    if theirs is None:
        return [Pair("not_compared", one, None) for one in sorted(ours, key=lambda one: one.order)]
    left, right = sorted(ours, key=lambda one: one.order), sorted(theirs, key=lambda one: one.order)
    pairs: list[Pair] = []
    for of_ours, of_theirs in _PASSES:
        pairs += _pass(left, right, of_ours, of_theirs)
    pairs += [Pair("only_ours", one, None) for one in left]
    pairs += [Pair("only_theirs", None, one) for one in right]
    return sorted(pairs, key=lambda pair: pair.order)


def _pass(left: list[Document], right: list[Document], of_ours: _Keys, of_theirs: _Keys) -> list[Pair]:
    """Pairs what shares a key, and takes it out of both lists."""
    places: dict[Hashable, list[int]] = {}
    for at, one in enumerate(right):
        for key in of_theirs(one):
            places.setdefault(key, []).append(at)
    candidates = sorted(
        {
            (left[mine].change != right[at].change, abs((left[mine].dated_on - right[at].dated_on).days), mine, at)
            for mine in range(len(left))
            for key in of_ours(left[mine])
            for at in places.get(key, ())
        }
    )  # both lists are in order, so places stand for contents
    taken_left: set[int] = set()
    taken_right: set[int] = set()
    pairs = []
    for differs, _, mine, at in candidates:
        if mine in taken_left or at in taken_right:
            continue
        taken_left.add(mine)
        taken_right.add(at)
        pairs.append(Pair("different" if differs else "equal", left[mine], right[at]))
    left[:] = [one for at, one in enumerate(left) if at not in taken_left]
    right[:] = [one for at, one in enumerate(right) if at not in taken_right]
    return pairs


def _references(one: Document) -> Iterable[Hashable]:
    for text in (one.reference, *one.further_references):
        if plain := "".join(character for character in text.casefold() if character.isalnum()).lstrip("0"):
            yield one.kind, plain


def _stated_month(one: Document) -> Iterable[Hashable]:
    if one.kind in MONTHLY and one.period:
        yield one.kind, one.period


def _amount(one: Document) -> Iterable[Hashable]:
    yield one.kind, one.change


def _month_of_date(one: Document) -> Iterable[Hashable]:
    if one.kind in MONTHLY and not one.period:
        yield one.kind, str(Period.of(one.dated_on))


_PASSES: tuple[tuple[_Keys, _Keys], ...] = (
    (_references, _references),
    (_stated_month, _stated_month),
    (_amount, _amount),
    (_stated_month, _month_of_date),
)
