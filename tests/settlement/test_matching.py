"""The rule of matching: what is paired with what; each document once, whatever the order of the rows."""

import random
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.reconciliation.kinds import KINDS, kind_of
from settlement.reconciliation.matching import Document, match


def document(kind="penalty", day="2026-10-17", change="-500.00", reference="", period=None, further=()):
    return Document(kind, date.fromisoformat(day), Decimal(change), reference, period, further)


def outcomes(ours, theirs):
    return [
        (pair.outcome, pair.ours and pair.ours.reference, pair.theirs and pair.theirs.reference)
        for pair in match(ours, theirs)
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "outcome"),
    [
        # A reference decides, however it is written and whatever the day; the amounts may differ.
        (document(reference="PN-007"), document(reference="pn 007", day="2026-10-30"), "equal"),
        (document(reference="7"), document(reference="№ 007", change="-450.00"), "different"),
        (document(reference="PN-7", further=("12",)), document(reference="12"), "equal"),
        # An act is of its month, by what it states or by its day.
        (document("act", "2026-10-31", "1000", "", "2026-10"), document("act", "2026-11-05", "990", "15", "2026-10"), "different"),
        (document("act", "2026-10-31", "1000", "", "2026-10"), document("act", "2026-10-20", "990", "15"), "different"),
        (document("act", "2026-10-31", "1000", "", "2026-10"), document("act", "2026-11-05", "1000", "15"), "equal"),
        # Otherwise the amount does, on any day.
        (document("payment", change="-70", reference="3"), document("payment", "2026-10-20", "-70", "order 551"), "equal"),
        # A boundary in the fourth place is a difference.
        (document(reference="1", change="-500.0001"), document(reference="1"), "different"),
    ],
)  # fmt: skip
def test_what_is_paired(ours, theirs, outcome):
    [pair] = match([ours], [theirs])
    assert pair.outcome == outcome


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (document("penalty"), document("deduction")),
        (document(change="-500"), document(change="-400")),
        (document(change="-500"), document(change="500")),
        (document("act", "2026-10-31", "10", "", "2026-10"), document("act", "2026-11-30", "9", "", "2026-11")),
        # A penalty is not paired by its month: there may be many.
        (document(period="2026-10"), document(change="-499", period="2026-10")),
    ],
)
def test_what_is_not_paired(ours, theirs):
    assert sorted(pair.outcome for pair in match([ours], [theirs])) == ["only_ours", "only_theirs"]


def test_of_several_the_nearest_day_is_taken():
    ours = [document("payment", "2026-10-05", "-70", "1"), document("payment", "2026-10-25", "-70", "2")]
    theirs = [document("payment", "2026-10-26", "-70", "b"), document("payment", "2026-10-06", "-70", "a")]
    assert outcomes(ours, theirs) == [("equal", "1", "a"), ("equal", "2", "b")]
    assert outcomes(ours, theirs[:1]) == [("only_ours", "1", None), ("equal", "2", "b")]


def test_of_several_with_one_reference_equal_amounts_are_paired_first():
    ours = [document(reference="7", change="-500"), document(reference="7", change="500", day="2026-10-30")]
    theirs = [
        document(reference="7", change="500", day="2026-10-17"),
        document(reference="7", change="-500", day="2026-10-30"),
    ]
    assert [pair.outcome for pair in match(ours, theirs)] == ["equal", "equal"]


def test_a_reference_comes_before_an_equal_amount():
    ours = [document(reference="7", change="-500")]
    theirs = [document(reference="8", change="-500"), document(reference="7", change="-450")]
    assert outcomes(ours, theirs) == [("different", "7", "7"), ("only_theirs", None, "8")]


def test_without_their_figures_nothing_is_compared():
    assert outcomes([document(reference="7")], None) == [("not_compared", "7", None)]
    assert outcomes([document(reference="7")], []) == [("only_ours", "7", None)]


@pytest.mark.parametrize(
    ("word", "kind"),
    [("Акт", "act"), ("ОТЧЁТ АГЕНТА", "act"), ("отчет агента", "act"), ("Штраф", "penalty"), ("пени", "penalty"),
     ("Удержание", "deduction"), ("Оплата", "payment"), ("НДФЛ", "withheld_tax"), ("сальдо", "opening"), ("чай", None)],
)  # fmt: skip
def test_kinds_are_understood_in_the_words_people_use(word, kind):
    assert kind_of(word) == kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_kinds_own_names_are_understood(kind):
    assert kind_of(kind) == kind and kind_of(KINDS[kind].en) == kind and kind_of(KINDS[kind].ru) == kind


documents = st.lists(
    st.builds(
        Document,
        kind=st.sampled_from(["act", "penalty", "payment"]),
        dated_on=st.dates(date(2026, 9, 25), date(2026, 11, 5)),
        change=st.sampled_from([Decimal(n) for n in ("-70", "70", "-70.0001", "1200", "0.01", "-500")]),
        reference=st.sampled_from(["", "1", "01", "2", "№ 3", "x"]),
        period=st.sampled_from([None, "2026-09", "2026-10"]),
    ),
    max_size=14,
)


@given(ours=documents, theirs=documents)
def test_every_document_is_in_one_pair_and_the_groups_add_up_to_both_turnovers(ours, theirs):
    pairs = match(ours, theirs)
    assert Counter(pair.ours for pair in pairs if pair.ours) == Counter(ours)
    assert Counter(pair.theirs for pair in pairs if pair.theirs) == Counter(theirs)
    by_outcome = {}
    for pair in pairs:
        mine, other = by_outcome.get(pair.outcome, (0, 0))
        by_outcome[pair.outcome] = (
            mine + (pair.ours.change if pair.ours else 0),
            other + (pair.theirs.change if pair.theirs else 0),
        )
    assert sum(mine for mine, _ in by_outcome.values()) == sum(one.change for one in ours)
    assert sum(other for _, other in by_outcome.values()) == sum(one.change for one in theirs)
    equal = by_outcome.get("equal", (0, 0))
    assert equal[0] == equal[1]
    for pair in pairs:
        if pair.ours and pair.theirs:
            assert pair.ours.kind == pair.theirs.kind
            assert (pair.outcome == "equal") == (pair.ours.change == pair.theirs.change)


@given(ours=documents, theirs=documents, seed=st.integers(0, 1000))
def test_the_order_of_the_rows_changes_nothing(ours, theirs, seed):
    shuffled = random.Random(seed)
    first = match(ours, theirs)
    mixed = match(shuffled.sample(ours, len(ours)), shuffled.sample(theirs, len(theirs)))
    assert first == mixed


@given(ours=documents)
def test_with_itself_everything_is_equal(ours):
    assert {pair.outcome for pair in match(ours, list(ours))} <= {"equal"}
