"""Caps on single subscribers: what a draft may say of them, how they are told of, and in which order they cut."""

from datetime import date
from graphlib import CycleError

import pytest

import schemes
from schemes import SchemeError
from schemes.subscriber_caps import levels_of_caps
from tests.schemes.drafts import SOUND, broken
from tests.schemes.test_compiling import TRIAL, compile_terms, contract

CAPPED = broken("  bonus:\n", """\
  early_churn:
    title: {en: Early churn, ru: Ранний отток}
    on: churn
    claws_back: [activation]
    within: {days: 90}
  bonus:
""", broken("of: [activation, bonus]", "of: [activation, charges, early_churn, month, bonus]") + """\
  month:
    title: {en: Month, ru: Месяц}
    of: [activation, charges, early_churn]
    at_most: fee
    per: subscriber
  whole:
    title: {en: Whole, ru: Всего}
    of: [charges]
    at_most: "600.00"
    per: subscriber
    over: contract
""")  # fmt: skip
WHOLE = "    of: [charges]\n"
SEEN = broken(WHOLE, "    of: [activation, charges, early_churn, month]\n", CAPPED)
"""Sound but for the limit of the contract, which cuts what is taken back beside a cap over the contract."""
SEEN_ALONE = broken("of: [activation, charges, early_churn, month, bonus]", "of: [bonus]", SEEN)
CASES = [
    (WHOLE, WHOLE, "59:3", "'month' cuts 'charges' subscriber by subscriber, and 'whole' does not count it. Add month to the limit's 'of'."),
    (WHOLE, "    of: [charges, month]\n", "59:3",
     "'whole' counts what 'month' cuts, but not 'activation', of which it may be cut. Add activation to the limit's 'of'."),
    (WHOLE, "    of: [activation, charges, early_churn, month]\n", "50:3",
     "'cap' and 'whole', which is over the contract, both cut 'activation', and 'early_churn' takes it back: how much of it had been "
     "paid for one subscriber would not be certain. Leave out the limit of the contract, or let the cap per subscriber be of the period."),
]  # fmt: skip
ALONE_CASES = [
    ("of: [bonus]", "of: [bonus, charges]", "50:3", "'month' cuts 'charges' subscriber by subscriber, and 'cap' does not count it. Add month to the limit's 'of'."),
    ("of: [activation, charges, early_churn, month]", "of: [activation, bonus]", "59:3",
     "'bonus' pays for the period as a whole: no part of it is a single subscriber's. A cap per subscriber is of components that pay for each event."),
    ("of: [activation, charges, early_churn, month]", "of: [charges, early_churn]", "59:3",
     "'early_churn' takes back nothing that 'whole' limits. Take it out of 'of'."),
    ("of: [activation, charges, early_churn, month]", "of: [activation]", "59:3",
     "'early_churn' takes back what 'whole' limits, and the limit does not count it. Add early_churn to the limit's 'of'."),
    ("of: [activation, charges, early_churn, month]", "of: [activation, charges, early_churn, months]", "61:44",
     "There is no component 'months', nor another cap per subscriber. Did you mean 'month'?"),
    ("of: [activation, charges, early_churn, month]", "of: [whole, charges]", "61:10",
     "There is no component 'whole', nor another cap per subscriber."),
    ("of: [activation, charges, early_churn]\n", "of: [activation, charges, early_churn, whole]\n", "54:3", "'month' needs itself: month ← whole ← month. "),
    ("    over: contract\n", "    over: year\n", "64:11", "'year' is not accepted for 'over'. Accepted: contract, period."),
    ('at_most: "600.00"\n    per: subscriber', 'at_most: "600.00"', "63:11",
     "'over' goes with 'per: subscriber'. A limit of the contract is of the period."),
    ('at_most: "600.00"\n    per: subscriber', 'at_most: "600.00"\n    per: outlet', "63:10", "'outlet' is not accepted for 'per'. Accepted: subscriber."),
    ('at_most: "600.00"', 'at_least: "600.00"', "62:15", "A single subscriber has a cap, but no guarantee. Write at_most, or leave out 'per'."),
    ('at_most: "600.00"', 'at_most: "600.00"\n    where: month_of_year > 1', "63:12",
     "A cap on each subscriber holds without a condition. Say in the components' 'where' what is paid."),
    ('at_most: "600.00"', 'at_most: "0"', "62:14", "'whole' leaves nothing: at most 0. Correct it, or remove the rule."),
    ("    at_most: fee\n    per: subscriber\n", "    at_most: fee\n    per: subscriber\n    over: contract\n    recoverable: true\n", "60:18", "Only a guarantee is recoverable."),
]  # fmt: skip
MONTH_LAST = broken("early_churn]\n    at_most: fee", "early_churn, whole]\n    at_most: fee", broken(
    "of: [activation, charges, early_churn, month]", "of: [activation, charges, early_churn]", SEEN_ALONE
))  # fmt: skip
ALL = [
    *((CAPPED, *case) for case in CASES), *((SEEN_ALONE, *case) for case in ALONE_CASES),
    (MONTH_LAST, "over: contract", "over: contract", "54:3",
     "'month' is of the month and counts 'whole', which is over the contract. Cut the month first: list month in whole, and not the other way round."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "old", "new", "place", "message"), ALL, ids=[case[4][:50] for case in ALL])
def test_a_draft_is_refused_with_place_and_what_would_be_right(text, old, new, place, message):
    with pytest.raises(SchemeError) as refused:
        schemes.parse(broken(old, new, text), "trial.yaml")
    told = [problem.text("en") for problem in refused.value.problems]
    assert any(one.startswith(f"trial.yaml:{place}: {message}") for one in told), told
    assert all(any("а" <= letter <= "я" for letter in problem.text("ru")) for problem in refused.value.problems)


def test_a_sound_draft_is_told_of_in_both_languages():
    scheme = schemes.parse(SEEN_ALONE, "trial.yaml")
    told = {
        language: schemes.Teller(scheme, language).limit(scheme.limits["whole"]).replace("\xa0", " ")
        for language in ("en", "ru")
    }
    assert told["en"] == (
        "Whole: for «Activation fee», «Share of charges», «Early churn», «Month» together, at most 600.00 RUB is paid for each "
        "subscriber since the contract began, all periods taken together."
    )
    assert told["ru"].endswith(
        "вместе — на каждого абонента с начала договора, за все периоды вместе, не более 600,00 RUB."
    )
    month = schemes.Teller(scheme, "ru").limit(scheme.limits["month"]).replace("\xa0", " ")
    assert "на каждого абонента за период не более" in month


def test_what_changes_is_told_in_words():
    before = schemes.parse(SEEN_ALONE, "a.yaml")
    after = schemes.parse(broken("version: 1", "version: 2", broken("    over: contract\n", "", SEEN_ALONE)), "b.yaml")
    told = " ".join(schemes.compare(before, after, "en"))
    assert "span" in told and "since the contract's beginning" in told and "the period" in told


def test_without_it_a_scheme_means_what_it_did():
    assert schemes.content_hash(TRIAL) == schemes.content_hash(schemes.parse(SOUND, "again.yaml"))
    assert not {"per", "over"} & schemes.canonical(TRIAL)["limits"]["cap"].keys()
    assert compile_terms([contract()]).subscriber_caps.num_rows == 0


def test_caps_come_with_their_amount_and_order_by_the_last_version_that_has_them():
    first = schemes.parse(SEEN_ALONE, "trial.yaml")
    later = schemes.parse(broken("version: 1", "version: 2", broken("2026-01-01\ncurrency", "2026-10-16\ncurrency", broken(
        'at_most: "600.00"', 'at_most: "700.00"', SEEN_ALONE
    ))), "trial_2.yaml")  # fmt: skip
    rows = compile_terms([contract(first=date(2026, 1, 1))], versions=[first, later]).subscriber_caps.to_pylist()
    whole = [row for row in rows if row["component"] == "whole"]
    assert {(row["level"], str(row["at_most"]), row["is_over_contract"]) for row in whole} == {(2, "700.0000", True)}
    assert {(row["of_version"], row["member"]) for row in whole} == {
        (version, name) for version in (1, 2) for name in ("activation", "charges", "early_churn", "month")
    }
    assert {(row["level"], str(row["at_most"])) for row in rows if row["component"] == "month"} == {(1, "300.0000")}


def test_caps_that_would_count_each_other_have_no_order():
    assert levels_of_caps({"a": {"x"}, "b": {"x", "a"}, "c": {"b", "x", "a"}}) == {"a": 1, "b": 2, "c": 3}
    with pytest.raises(CycleError):
        levels_of_caps({"a": {"b"}, "b": {"a"}})
