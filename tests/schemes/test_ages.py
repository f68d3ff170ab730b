"""How far back a rule looks for subscribers' first days: as far as its own conditions let subscribers be old."""

from datetime import date

import pytest

import schemes
from prm.period import Period
from schemes.ages import oldest
from schemes.model import Delay

HEAD = """
scheme: ages
version: 1
title: {en: a, ru: а}
document: none
valid_from: 2026-01-01
currency: RUB
rounding: {each: line, places: 2, mode: half_up}
attributes:
  months_paid: {type: number, default: "3", between: ["1", "6"], title: {en: a, ru: а}}
terms:
  days_paid: {type: number, title: {en: b, ru: б}, values: {2025-01-01: "900", 2026-01-01: "40", 2026-09-01: "60"}}
components:
  connection: {title: {en: c, ru: в}, on: activation, pay: 100 * months_paid}
  other: {title: {en: c, ru: в}, on: charge, where: days_since_activation < days_paid, pay: amount}
  one:
    title: {en: d, ru: г}
"""
BOUNDS = [
    ("on: charge, where: months_since_activation <= 12 and charged_within(30) > 1", Delay(12, "months")),
    ("on: charge, where: charged_within(30) > 1 and months_since_activation < 12 and amount > 2", Delay(11, "months")),
    ("on: payment, where: days_since_activation between 1 and 400 and paid_within(7) > 1", Delay(400, "days")),
    ("on: operation, where: months_since_activation = 2 and paid_within(7) > 1", Delay(2, "months")),
    ("on: churn, where: months_since_activation <= months_paid and charged_within(5) > 1", Delay(6, "months")),
    ("on: churn, where: days_since_activation <= days_paid and charged_within(5) > 1", Delay(60, "days")),
    ("on: charge, where: days_since_activation <= 90 and months_since_activation < 12 and charged_within(5) > 1", Delay(90, "days")),
    ("on: charge, where: days_since_activation <= 90 and months_since_activation < 2 and charged_within(5) > 1", Delay(1, "months")),
    ("on: charge, where: not (months_since_activation > 4) and charged_within(5) > 1", Delay(4, "months")),
    ("on: charge, where: months_since_activation < 2.5 and charged_within(5) > 1", Delay(2, "months")),
]  # fmt: skip


def scheme(written: str) -> schemes.Scheme:
    """A scheme with one component more, written in one line, and its pay."""
    on, _, where = written.partition(", where: ")
    rule = "".join(f"    {line}\n" for line in (on, f"where: {where}", 'pay: "1"'))
    return schemes.parse(HEAD + rule, "ages.yaml")


@pytest.mark.parametrize(("written", "age"), BOUNDS, ids=[written for written, _ in BOUNDS])
def test_conditions_say_how_old_a_subscriber_may_be(written, age):
    of = scheme(written)
    assert oldest(of, of.components["one"]) == age


@pytest.mark.parametrize(("within", "age"), [
    ("{months: 6, since: activation}", Delay(6, "months")), ("{days: 90}", Delay(90, "days")),
])  # fmt: skip
def test_so_does_the_window_since_an_activation(within, age):
    of = schemes.parse(
        f"{HEAD}    on: churn\n    claws_back: [connection]\n    within: {within}\n    where: charged_within(30) < 1\n",
        "a",
    )
    assert oldest(of, of.components["one"]) == age


@pytest.mark.parametrize("within", ["{months: 6, not_counting: suspension}", "{months: 6}"])
def test_a_window_that_days_prolong_or_that_begins_with_a_charge_does_not(within):
    taken = "connection" if "not_counting" in within else "other"
    with pytest.raises(schemes.SchemeError, match="however long ago"):
        schemes.parse(
            f"{HEAD}    on: churn\n    claws_back: [{taken}]\n    within: {within}\n    where: charged_within(30) < 1\n",
            "a",
        )


def test_terms_say_the_greatest_age_and_where_it_is_asked():
    of = scheme("on: churn, where: months_since_activation <= months_paid and charged_within(5) > 1")
    row = {
        "contract_id": "C1", "counterparty_id": "D1", "scheme": "ages", "valid_from": date(2026, 1, 1), "valid_to": None,
        "status": "active", "currency": "RUB", "notice_days": None,
    }  # fmt: skip
    compiled = schemes.compile_terms([row], schemes.AgreedValues(), [of], Period(2026, 10))
    assert compiled.ages == {Delay(6, "months")}
    [asked] = compiled.activities.to_pylist()
    assert asked == {"activity": "charged_within", "days": 5, "currency": "RUB", "stream": "churn"}
    [rule] = [of["sql"] for of in compiled.rules.to_pylist() if of["sql"].startswith("(case")]
    assert rule == (
        "(case when (events.months_since_activation <= terms.number_1) then events.charged_within_5_in_rub end) > terms.money_1"
    )
