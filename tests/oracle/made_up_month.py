"""A made-up month: two schemes, a later version of one, an operator, and what is decided by hand."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.operators import Operator
from tests.oracle.made_up import scheme
from tests.oracle.made_up_operator import operator
from tests.oracle.paying import can_pay

OCTOBER = st.integers(0, 30).map(lambda n: date(2026, 10, 1) + timedelta(days=n))
SEPTEMBER = st.integers(0, 29).map(lambda n: date(2026, 9, 1) + timedelta(days=n))
SECOND_FROM = date(2026, 10, 9)
BY_HAND = {
    "rate": ["0.02", "0.125", "1"], "fee": ["0.02", "12.5", "999"], "size": ["1", "4.5"], "sort": ["own", "online"],
    "since": ["2026-09-12", "2026-10-05"], "is_strict": ["true", "false"], "segment": ["vip"],
}  # fmt: skip


@dataclass
class MadeUpMonth:
    """schemes: texts by the name of a file. values: of attributes, (level, holder, attribute, value, first day)."""

    seed: int
    schemes: dict[str, str]
    link_from: date
    mark_from: date
    values: list[tuple[str, str, str, str, date]]

    def operator(self, subscribers: int) -> Operator:
        """The operator, its contracts in the currencies of the schemes."""
        return operator(self.seed, self.schemes["first"], self.schemes["second"], subscribers=subscribers)


@st.composite
def months(draw: Any) -> MadeUpMonth:
    seed = draw(st.integers(0, 2**32).filter(bool))  # without Hypothesis' simplest example: a month costs too much
    first, second, announced_on = draw(scheme("first")), draw(scheme("second")), draw(st.one_of(st.none(), SEPTEMBER))
    if draw(st.booleans()):
        next_first = second_version(first, announced_on)
        assume(can_pay(next_first))  # a dated term may have come to the value with which a rule pays nothing
    else:
        next_first = in_place_of(first, draw(scheme("first", 2, SECOND_FROM, announced_on)))
    texts = {"first": first, "second": second, "first_2": next_first}
    return MadeUpMonth(seed, texts, draw(OCTOBER), draw(OCTOBER), draw(values_by_hand()))


@st.composite
def values_by_hand(draw: Any) -> list[tuple[str, str, str, str, date]]:
    """Values of attributes that somebody gives at all levels."""
    holders = [
        ("branch", "ural"),
        ("branch", "volga"),
        ("counterparty", "D1"),
        ("counterparty", "D2"),
        ("contract", "C1-0"),
    ]
    keys = st.tuples(
        st.sampled_from(holders), st.sampled_from(["rate", *sorted(BY_HAND)]), st.one_of(SEPTEMBER, OCTOBER)
    )
    return [
        (level, holder, name, draw(st.sampled_from(BY_HAND[name])), day)
        for (level, holder), name, day in draw(st.lists(keys, max_size=8, unique=True))
        if (level, name) != ("contract", "segment")
    ]


def second_version(text: str, announced_on: date | None) -> str:
    """The next version of a made-up scheme, from October on, with other defaults."""
    yaml, written = YAML(), io.StringIO()
    document = yaml.load(text) | {"version": 2, "valid_from": SECOND_FROM}
    if announced_on:
        document["announced_on"] = announced_on
    document["attributes"]["rate"]["default"], document["attributes"]["fee"]["default"] = "0.0404", "4.04"
    yaml.dump(document, written)
    return written.getvalue()


def in_place_of(first: str, second: str) -> str:
    """A later version, other than the first but for its currency, which is the contracts'.

    What pays events in their order in one and otherwise in the other has another name: they are two rules, and
    the one does not go on counting where the other stopped.
    """
    former, later = (YAML(typ="safe").load(text) for text in (first, second))
    second = second.replace(f"currency: {later['currency']}", f"currency: {former['currency']}")
    for name, of in later["components"].items():
        if name in former["components"] and "'in_order': True" in str([of, former["components"][name]]):
            second = re.sub(rf"\b{name}\b", f"{name}_anew", second)
    return second
