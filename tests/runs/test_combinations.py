"""Features of the scheme language combined, each case worked out by hand from the page on schemes as a dealer's accountant would.

A case is a scheme and what happens to its dealers from December 2023 to March 2024: over a year's end and a leap February.
All are calculated together, so that four calculations check every case.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from psycopg import Connection
from ruamel.yaml import YAML

import loaders
import registry
import runs
from prm import database
from prm.period import Period
from prm.settings import Settings
from tests.conftest import fresh_home
from tests.operators import Operator

MONTHS = (Period(2023, 12), Period(2024, 1), Period(2024, 2), Period(2024, 3))
LONG_AGO = date(2022, 6, 1)


@dataclass
class Case:
    """A scheme, what happens, and what each component and limit comes to in the four months; a point is nothing."""

    name: str
    versions: list[str]
    happens: Callable[[Dealer], None]
    expected: dict[str, str]


@dataclass
class Dealer:
    """A counterparty with a contract and an outlet, and what it does; days are written as month-day, 12-31 is of 2023."""

    made: Operator
    own: str
    scheme: str
    by_hand: list[Callable[[Connection], object]]
    others: list[Dealer] = field(default_factory=list)

    @property
    def outlet(self) -> str:
        return f"T-{self.own}"

    def other(self, name: str, below: bool = True, scheme: str | None = None, **contract: object) -> Dealer:
        """Another dealer, below this one (or beside it), under the same scheme (or another)."""
        other = dealer(self.made, f"{self.own}-{name}", scheme or self.scheme, self.by_hand, **contract)
        if below:
            self.made.counterparties[-1] |= {"kind": "subdealer", "parent_id": self.own}
        return other

    def joins(self, on: str, tariff: str = "V1", outlet: str | None = None) -> int:
        number = 1 + len({row["subscriber_id"] for row in self.made.subscribers})
        self.made.subscriber(number, outlet or self.outlet, tariff, day(on), sold_on=day(on))
        return number

    def old(self) -> int:
        """A subscriber of long ago, to charge."""
        number = 1 + len({row["subscriber_id"] for row in self.made.subscribers})
        self.made.subscriber(number, self.outlet, "V1", LONG_AGO, sold_on=LONG_AGO)
        return number

    def charges(self, of: int | None, **amounts: str | tuple[str, ...]) -> None:
        """charges(1, d12_05="10 20"): on the fifth of December two charges; of an old subscriber without a number."""
        of = of or self.old()
        for on, several in amounts.items():
            for amount in str(several).split():
                value, _, currency = amount.partition(":")
                self.made.charge(
                    f"N{of:05d}", value, day(on), **({"currency": currency} if currency else {"currency": None})
                )

    def leaves(self, number: int, on: str, tariff: str = "V1") -> None:
        self.made.report(number, day(on), tariff, deactivated_on=day(on))

    def reports(self, number: int, on: str, status: str = "active", tariff: str = "V1") -> None:
        self.made.report(number, day(on), tariff, status=status)

    def agrees(self, attribute: str, value: str, level: str, holder: str, since: str) -> None:
        self.by_hand.append(lambda connection: registry.set_attribute(
            connection, attribute, value, level=level, holder=holder, valid_from=day(since), author="olga",
        ))  # fmt: skip


def day(written: str) -> date:
    month, number = (int(part) for part in written.lstrip("d").replace("_", "-").split("-"))
    return date(2023 if month == 12 else 2024, month, number)


def dealer(made: Operator, own: str, scheme: str, by_hand: list, branch: str = "ural", **contract: object) -> Dealer:
    made.counterparty(own, branch=branch)
    made.outlet(f"T-{own}", own)
    made.outlets[-1]["opened_on"] = LONG_AGO
    made.contract(f"C-{own}", own, scheme, **{"valid_from": date(2023, 12, 1)} | contract)
    return Dealer(made, own, scheme, by_hand)


CASES: list[Case] = []


def case(*versions: str, **expected: str) -> Callable[[Callable[[Dealer], None]], Callable[[Dealer], None]]:
    """Registers what happens under a scheme of the function's name."""

    def register(happens: Callable[[Dealer], None]) -> Callable[[Dealer], None]:
        CASES.append(Case(happens.__name__, list(versions), happens, expected))
        return happens

    return register


# --- tiers


@case(
    """
components:
  slice: {on: charge, pay: {tiers: {by: {sum: amount}, counting: slice, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.20"}]}}}
  whole: {on: charge, pay: {tiers: {by: {sum: amount}, counting: whole, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.20"}]}}}
  whole_from: {on: charge, pay: {tiers: {by: {sum: amount}, counting: whole, steps: [{from: 0, share: "0.10"}, {from: 1000, share: "0.20"}]}}}
  rising: {on: charge, pay: {tiers: {by: {sum: amount}, counting: interpolated, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.20"}]}}}
  runs_sliced: {on: charge, pay: {tiers: {by: {sum: amount}, in_order: true, counting: slice, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.20"}]}}}
  runs_whole: {on: charge, pay: {tiers: {by: {sum: amount}, in_order: true, counting: whole, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.20"}]}}}
  each_sliced: {on: charge, pay: {tiers: {by: {sum: amount}, over: event, counting: slice, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.03"}]}}}
""",
    # December 800, 500, -400, 300 make 1,200; January 200, -500 make -300; February exactly 1,000; March 500
    slice="140 -30 100 50",  # 1,000 × 0.10 + 200 × 0.20; below nothing the first tier's rate holds
    whole="240 -30 100 50",  # 1,200 × 0.20; exactly 1,000 is not above it
    whole_from="240 -30 200 50",
    rising="240 -30 200 75",  # at 500 half the way from 10 % to 20 %: 15 %; at 1,000 all of it
    runs_sliced="140 -30 100 50",  # 80 + (20 + 60) - (60 + 10) + (10 + 40); 20 - 50
    runs_whole="200 -30 100 50",  # at 800 80, at 1,300 100, at 900 -40, at 1,200 60
    each_sliced="120 -30 100 50",  # of each by itself
)
def credits_in_tiers(d: Dealer) -> None:
    d.charges(
        d.old(), d12_05="800", d12_06="500", d12_07="-400", d12_08="300", d1_5="200 -500", d2_29="1000", d3_1="500"
    )


@case(
    """
components:
  of_contract: {on: activation, pay: {tiers: {by: count, over: contract, counting: slice, steps: [{above: 0, each: "10"}, {above: 4, each: "20"}]}}}
  of_year: {on: activation, pay: {tiers: {by: count, over: year, counting: slice, steps: [{above: 0, each: "10"}, {above: 4, each: "20"}]}}}
  of_quarter: {on: activation, pay: {tiers: {by: count, over: quarter, counting: whole, steps: [{above: 0, each: "10"}, {above: 4, each: "20"}]}}}
  quarter_from: {on: activation, pay: {tiers: {by: count, over: quarter, counting: whole, steps: [{from: 0, each: "10"}, {from: 4, each: "20"}]}}}
  rising: {on: activation, pay: {tiers: {by: count, over: contract, counting: interpolated, steps: [{above: 0, each: "0"}, {above: 8, each: "50"}]}}}
  rising_from: {on: activation, pay: {tiers: {by: count, counting: interpolated, steps: [{from: 0, each: "0"}, {from: 8, each: "50"}]}}}
  sliced_from: {on: activation, pay: {tiers: {by: count, counting: slice, steps: [{from: 0, each: "10"}, {from: 3, each: "20"}]}}}
""",
    # 3 in December, 4 in January, none in February, 2 in March
    of_contract="30 70 . 40",  # 3; the fourth and three above; two above
    of_year="30 40 . 40",  # January begins anew
    of_quarter="30 40 . 40",  # 4 are not above 4; 6 are, and March's own two are paid by it
    quarter_from="30 80 . 40",
    rising="56.25 175 . 100",  # 3 × 50 × 3/8; 4 × 50 × 7/8; 9 are past the last threshold
    rising_from="56.25 100 . 25",  # 3 × 50 × 3/8; 4 × 50 × 4/8; 2 × 50 × 2/8
    sliced_from="40 60 . 20",  # the third takes the higher rate: 2 × 10 + 20
    **{
        # 5 February is before its contract, 2 in February, 3 in March
        "late.of_contract": ". . 20 40", "late.of_year": ". . 20 40", "late.of_quarter": ". . 20 60",
        "late.rising_from": ". . 25 56.25", "late.sliced_from": ". . 20 40",
        "late.quarter_from": ". . 20 60", "late.rising": ". . 25 93.75",
        # the renewed contract begins anew: 3 and 2 to the end of January, then 2 and 1
        "old.of_contract": "30 30 . .", "old.of_year": "30 20 . .", "old.of_quarter": "30 20 . .",
        "old.rising_from": "56.25 25 . .", "old.sliced_from": "40 20 . .",
        "new.rising_from": ". . 25 6.25", "new.sliced_from": ". . 20 10",
        "old.quarter_from": "30 20 . .", "old.rising": "56.25 62.5 . .",
        "new.of_contract": ". . 20 10", "new.of_year": ". . 20 10", "new.of_quarter": ". . 20 10",
        "new.quarter_from": ". . 20 10", "new.rising": ". . 25 18.75",
    },
)  # fmt: skip
def tiers_over_the_year_s_end(d: Dealer) -> None:
    for on in ("12-1", "12-31", "12-31", "1-1", "1-2", "1-3", "1-31", "3-1", "3-31"):
        d.joins(on)
    late = d.other("late", below=False, valid_from=date(2024, 2, 10))
    for on in ("2-5", "2-10", "2-29", "3-1", "3-2", "3-3"):
        late.joins(on)
    old = d.other("old", below=False, valid_to=date(2024, 1, 31))
    d.made.contract(f"C-{d.own}-new", old.own, d.scheme, valid_from=date(2024, 2, 1))
    for on in ("12-1", "12-31", "12-31", "1-1", "1-31", "2-1", "2-2", "3-1"):
        old.joins(on)


@case(
    """
measures:
  revenue: {on: charge, sum: amount}
components:
  sliced: {on: charge, pay: {tiers: {by: {sum: amount}, over: quarter, counting: slice, steps: [{from: 0, fixed: "50"}, {from: 1000, fixed: "100"}]}}}
  whole: {on: charge, pay: {tiers: {by: {sum: amount}, over: quarter, counting: whole, steps: [{from: 0, fixed: "50"}, {from: 1000, fixed: "100"}]}}}
  in_order: {on: charge, pay: {tiers: {by: {sum: amount}, in_order: true, counting: slice, steps: [{above: 0, fixed: "0"}, {above: 1000, fixed: "100"}]}}}
  in_order_too: {on: charge, pay: {tiers: {by: {sum: amount}, in_order: true, counting: slice, steps: [{above: 0, fixed: "9"}, {above: 2000, fixed: "100"}]}}}
  of_month: {on: period, pay: {tiers: {of: revenue, counting: slice, steps: [{above: 0, fixed: "7"}, {above: 1000, fixed: "100"}]}}}
  rates_too: {on: charge, pay: {tiers: {by: {sum: amount}, counting: whole, steps: [{above: 0, share: "0.01"}, {above: 1000, share: "0.02"}]}}}
""",
    # December 1,200; January 1,200; February -500, the quarter's 700; March 600: 1,300
    sliced="150 150 -100 100",  # a rung that is left again goes back
    whole="100 100 -50 50",
    in_order="100 100 . .",
    in_order_too="9 9 9 9",
    of_month="107 107 7 7",
    rates_too="24 24 -5 6",
    **{
        "idle.of_month": "7 7 7 7",
        # January 100 and -100, February 100: the first rung is paid once
        "zero.sliced": ". 50 . .", "zero.whole": ". 50 . .", "zero.of_month": "7 7 7 7", "zero.rates_too": ". . 1 .",
        "zero.in_order_too": ". 9 9 .",
    },
)  # fmt: skip
def fixed_sums_and_credits(d: Dealer) -> None:
    d.charges(d.old(), d12_05="700 500", d1_5="1300 -100", d2_5="-500", d3_5="600")
    d.other("idle", below=False)
    zero = d.other("zero", below=False)
    zero.charges(zero.old(), d1_5="100 -100 100 -100", d2_5="100")


@case(
    """
measures:
  revenue: {on: charge, sum: amount}
  goal: {plan: revenue, type: money}
  net: {on: charge, sum: "if(amount < 0, -1, 1)"}
values:
  reached: {type: share, formula: "ratio(revenue, goal)"}
components:
  attainment: {on: period, pay: {tiers: {of: reached, applied_to: revenue, counting: interpolated, steps: [{from: 0, share: "0"}, {from: 1, share: "0.01"}, {from: "1.2", share: "0.02"}]}}}
  packages: {on: period, pay: "started(revenue, 100) * 10 + completed(revenue, 100) * 1"}
  packages_each: {on: charge, pay: "started(amount, 100) * 5"}
  counted: {on: charge, pay: {tiers: {by: {sum: "if(amount < 0, -1, 1)"}, counting: whole, steps: [{above: 0, each: "10"}, {above: 2, each: "30"}]}}}
  affine: {on: period, pay: (revenue - 1000) * 0.1 + (net - 3) * 7}
""",
    # December 700, 450, -50: 1,100 of a plan of 1,000: 1.1 is half the way: 1.5 %; January -50 of a plan of 0; February 200 without one
    attainment="16.5 . . 5",  # March: 500 of a plan of 500: exactly 1
    packages="121 . 22 55",  # 11 begun and 11 whole; nothing below zero; 2 and 2; 5 and 5
    packages_each="60 . 10 25",  # 7 + 5 + 0; -50 begins none
    counted="10 -10 10 10",
    affine="-4 -133 -94 -64",  # 10 - 14; -105 - 28; -80 - 14; -50 - 14
)
def packages_plans_and_counts_with_credits(d: Dealer) -> None:
    d.charges(d.old(), d12_05="700 450 -50", d1_5="-50", d2_5="200", d3_5="500")
    for month, goal in (("12-1", "1000"), ("1-1", "0"), ("3-1", "500")):
        d.made.plan(d.own, "revenue", goal, day(month))


# --- what changes within a month


@case(
    """
terms:
  rate: {type: money, values: {2023-01-01: "10.00", 2024-01-16: "20.00"}}
  share: {type: share, values: {2023-01-01: "0.10", 2024-01-16: "0.20"}}
tables:
  by_class:
    {type: share, keys: [class], missing: nothing, rows: [{class: A, value: {2023-01-01: "0.05", 2024-01-16: "0.10"}}]}
measures:
  revenue: {on: charge, sum: amount}
  joined: {on: activation}
values:
  dealer_class: {type: text, formula: "if(joined >= 3, 'A', 'B')"}
components:
  of_the_day: {on: activation, pay: rate}
  counted: {on: activation, pay: {tiers: {by: count, in_order: true, counting: slice, steps: [{above: 0, each: rate}, {above: 2, each: "5"}]}}}
  all_counted: {on: activation, pay: {tiers: {by: count, counting: whole, steps: [{above: 0, each: rate}]}}}
  each_charge: {on: charge, pay: {tiers: {by: {sum: amount}, over: event, counting: slice, steps: [{above: 0, share: share}]}}}
  by_class_of_the_day: {on: charge, pay: amount * by_class(dealer_class)}
  by_class_of_the_month: {on: period, pay: revenue * by_class(dealer_class)}
limits:
  least: {of: [by_class_of_the_month], at_least: "8"}
""",
    # January: joined on the 5th, 10th and 20th; charged 100 on the 15th and 100 on the 16th
    of_the_day=". 40 . .",
    counted=". 25 . .",  # each event by the table of its day: 10 + 10 + 5
    all_counted=". 60 . .",
    each_charge=". 30 20 .",
    by_class_of_the_day=". 15 . .",
    by_class_of_the_month=". 20 . .",
    least="8 . 8 8",  # class B stands in no row: nothing, and the guarantee makes up for it
    # its contract ends on the 15th, when the former values hold
    **{
        "short.of_the_day": ". 30 . .", "short.counted": ". 25 . .", "short.all_counted": ". 30 . .",
        "short.each_charge": ". 10 . .", "short.by_class_of_the_day": ". 5 . .", "short.by_class_of_the_month": ". 5 . .",
        "short.least": "8 3 . .",
    },
)  # fmt: skip
def values_that_change_within_the_month(d: Dealer) -> None:
    for on in ("1-5", "1-10", "1-20"):
        d.joins(on)
    d.charges(d.old(), d1_15="100", d1_16="100", d2_1="100")
    short = d.other("short", below=False, valid_to=date(2024, 1, 15))
    for on in ("1-5", "1-10", "1-15", "1-16"):
        short.joins(on)
    short.charges(short.old(), d1_15="100", d1_16="100")


@case(
    """
components:
  fee: {on: activation, pay: "100"}
  back: {on: churn, claws_back: [fee], keeps: paid * 0.5}
limits:
  most: {of: [fee, back], at_most: "250"}
""",
    """
valid_from: 2024-01-11
announced_on: 2024-01-05
components:
  fee: {on: activation, pay: "200"}
  back: {on: churn, claws_back: [fee]}
limits:
  most: {of: [fee, back], at_most: "450"}
""",
    # joined 12-15 twice, 1-8, 1-11, 1-14, 1-15, 1-20; one left on 1-10 (by the first version for all), one on 1-12
    fee="200 900 . .",  # 100 + 4 × 200
    back=". -150 . .",  # half of 100, all of 100
    most=". -300 . .",  # 750 against 450
    **{
        # ten days of notice: the second version from the 15th: 3 × 100 + 2 × 200; both leave by the first
        "ten.fee": "200 700 . .", "ten.back": ". -100 . .", "ten.most": ". -150 . .",
        # thirty: from 4 February, on the 3rd the first still pays
        "thirty.fee": "200 500 300 .", "thirty.back": ". -100 . .", "thirty.most": ". -150 . .",
    },
)  # fmt: skip
def versions_and_notice(d: Dealer) -> None:
    for of in (d, d.other("ten", below=False, notice_days=10), d.other("thirty", below=False, notice_days=30)):
        first, second = of.joins("12-15"), of.joins("12-15")
        for on in ("1-8", "1-11", "1-14", "1-15", "1-20"):
            of.joins(on)
        of.leaves(first, "1-10")
        of.leaves(second, "1-12")
    of.joins("2-3")
    of.joins("2-4")


@case(
    """
attributes:
  own_share: {type: share, default: "0.05", between: ["0", "1"]}
measures:
  revenue: {on: charge, sum: amount}
components:
  each_charge: {on: charge, pay: amount * own_share}
  of_month: {on: period, pay: revenue * own_share}
  tiered: {on: charge, pay: {tiers: {by: {sum: amount}, counting: slice, steps: [{above: 0, share: own_share}, {above: 300, share: "0.01"}]}}}
""",
    each_charge=". 33 8 .",  # 5 + 6 + 7 + 7 + 8
    of_month=". 40 8 .",
    tiered=". 26 8 .",  # 300 × 0.08 + 200 × 0.01
    **{"other.each_charge": ". 12 6 .", "other.of_month": ". 12 6 .", "other.tiered": ". 12 6 ."},
)
def values_of_three_levels(d: Dealer) -> None:
    d.made.counterparties[-1]["branch"] = "volga"
    d.charges(d.old(), d1_4="100", d1_5="100", d1_10="100", d1_19="100", d1_20="100", d2_1="100")
    d.agrees("own_share", "0.06", "branch", "volga", "1-5")
    d.agrees("own_share", "0.07", "counterparty", d.own, "1-10")
    d.agrees("own_share", "0.08", "contract", f"C-{d.own}", "1-20")
    other = d.other("other", below=False, branch="volga")
    other.charges(other.old(), d1_10="100", d1_20="100", d2_1="100")


# --- rounding and currencies


@case(
    """
rounding: {each: total, places: 2, mode: half_up}
components:
  charges: {on: charge, pay: "least(greatest(amount * 0.015, 1), 50)"}
  again: {on: period, pay: charges * 10}
limits:
  most: {of: [charges], at_most: "40"}
""",
    # 33.33 → 1; 100.01 → 1.50015; 5,000 → 50; -10 → 1: a floor lifts a credit note, too; 200.33 → 3.00495: 56.5051
    charges="56.51 3 . .",  # by lines it would be 56.50; 100.01 and 99.99: 1.50015 + 1.49985
    again="565.1 30 . .",  # of the total as it is paid
    most="-16.51 . . .",
)
def floor_and_cap_of_an_event_in_a_rounded_total(d: Dealer) -> None:
    d.charges(d.old(), d12_05="33.33 100.01 5000 -10 200.33", d1_5="100.01 99.99")


@case(
    """
currency: JPY
rounding: {each: total, places: 0, mode: half_up}
components:
  share: {on: charge, pay: amount * 0.05}
  parts: {on: activation, after: {months: [0, 1, 2]}, pay: instalment_of(100)}
limits:
  most: {of: [share], at_most: "150"}
""",
    share="151 -50 . 1",  # 3 × 50.45 = 151.35; -50.45; 0.5 away from zero
    most="-1 . . .",
    parts="33 33 33 .",  # 33.3333, 33.3334 and 33.3333, each month's total rounded: a yen is nobody's
)
def yen(d: Dealer) -> None:
    d.made.contracts[-1]["currency"] = "JPY"
    d.charges(d.old(), d12_05="1009:JPY 1009:JPY 1009:JPY", d1_5="-1009:JPY", d3_5="10:JPY")
    d.joins("12-31")


@case(
    """
currency: KWD
rounding: {each: total, places: 3, mode: half_even}
components:
  share: {on: charge, where: amount < 25, pay: amount * 0.05}
  rest: {on: charge, where: amount >= 25, pay: amount * 0.05}
limits:
  most: {of: [share, rest], at_most: "2.5"}
""",
    share="1 1 . .",  # 20.01 × 0.05 = 1.0005 to the even thousandth; 10.005 + 10.005 is the same
    rest="1.502 . . .",  # 30.03 × 0.05 = 1.5015
    most="-0.002 . . .",
)
def dinars(d: Dealer) -> None:
    d.made.contracts[-1]["currency"] = "KWD"
    d.charges(d.old(), d12_05="20.01:KWD 30.03:KWD", d1_5="10.005:KWD 10.005:KWD")


@case(
    """
rounding: {each: line, places: 0, mode: up}
measures:
  revenue: {on: charge, sum: amount}
components:
  up: {on: charge, pay: amount * 0.01}
  bonus: {on: period, pay: {tiers: {of: revenue, counting: slice, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.20"}]}}}
  tiered: {on: charge, pay: {tiers: {by: {sum: amount}, in_order: true, counting: whole, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.20"}]}}}
""",
    # January: 10 USD on the 5th at 90: 900; 5 USD on the 18th, the rate's fourteenth day: 450; on the 19th none; 150 RUB: 1,500
    up=". 16 -3 .",  # 9 + 4.50 up to 5 + 1.50 up to 2; -2.01 up to -3
    bonus=". 200 -21 .",  # 100 + 500 × 0.20; -20.1
    tiered=". 210 -21 .",  # 90, then at 1,350 90, then at 1,500 30
)
def dollars_in_tiers(d: Dealer) -> None:
    d.made.rate("USD", "90", day("1-4"))
    d.charges(d.old(), d1_5="10:USD", d1_18="5:USD", d1_19="10:USD", d1_20="150", d2_1="-201")


# --- later, and taken back


@case(
    """
components:
  parts: {on: activation, after: {months: {from: 0, to: 2}}, where: status = 'active', pay: instalment_of(100)}
  back: {on: churn, claws_back: [parts], within: {days: 90}}
limits:
  most: {of: [parts, back], at_most: "50"}
""",
    # two on 10 December; one leaves on 20 January
    parts="66.66 66.68 33.33 .",
    back=". -58.34 . .",  # of December's 33.33 the cap let 25.00 through; January's 33.34 whole: this cap sees it
    most="-16.66 . . .",  # January: 66.68 - 58.34 is below it
    **{
        # an instalment that falls due after the month's end by a shorter month: 31 December, 31 January, 29 February
        "ends.parts": "33.33 33.34 33.33 .",
    },
)
def instalments_taken_back_below_a_cap(d: Dealer) -> None:
    d.joins("12-10")
    d.leaves(d.joins("12-10"), "1-20")
    d.other("ends", below=False).joins("12-31")


@case(
    """
components:
  advance: {on: activation, pay: "1200"}
  unearned: {on: churn, claws_back: [advance], within: {months: 10, not_counting: suspension}, keeps: "paid * ratio(elapsed, window)"}
  returned: {on: reactivation, claws_back: [unearned], within: {days: 10}}
""",
    # all join on 31 December: a month is over on 31 January, two on 29 February
    advance="6000 . . .",
    # 10 days suspended in January: on 10 March two months are over (960 are unearned), on 9 March one (1,080);
    # suspended from 28 February to its leaving on 9 March, 10 days: one; never suspended, 28 February: one, 29 February: two
    unearned=". . -2040 -3120",
    returned=". . . 960",  # back on the tenth day; another on the eleventh
)
def an_advance_and_suspended_days(d: Dealer) -> None:
    on_the_tenth, on_the_ninth, suspended, before, after = (d.joins("12-31") for _ in range(5))
    for number in (on_the_tenth, on_the_ninth):
        d.reports(number, "1-10", "suspended")
        d.reports(number, "1-20")
    d.leaves(on_the_tenth, "3-10")
    d.leaves(on_the_ninth, "3-9")
    for number in (on_the_tenth, on_the_ninth):
        d.reports(number, "3-20")
    d.reports(suspended, "2-28", "suspended")
    d.leaves(suspended, "3-9")
    d.leaves(before, "2-28")
    d.leaves(after, "2-29")


@case(
    """
components:
  fee: {on: activation, pay: "300"}
  left: {on: churn, claws_back: [fee], within: {days: 90}, keeps: "paid * ratio(elapsed, window)"}
  fraud: {on: fraud_mark, claws_back: [fee]}
  returned: {on: reactivation, claws_back: [left], within: {days: 30}}
""",
    # leaves after 30 days (200 taken), is back, leaves after 60 (100), is fraud (the 200 that are left), and back in vain
    fee="300 . . .",
    left="-200 -100 . .",
    returned=". 200 . .",
    fraud=". . -200 .",
    **{
        "same.fee": ". 300 . .", "same.fraud": ". -300 . .",  # marked on the day it leaves: the leaving earns nothing
        "before.fee": ". 300 . .", "before.fraud": ". -300 . .",  # marked the day before, for that day: nothing is left
        "after.fee": ". 300 . .", "after.left": ". -253.33 . .", "after.fraud": ". -46.67 . .",  # 14 of 90 days kept
    },
)  # fmt: skip
def fraud_after_returns(d: Dealer) -> None:
    one = d.joins("12-1")
    d.leaves(one, "12-31")
    d.reports(one, "1-5")
    d.leaves(one, "1-30")
    d.made.mark(f"N{one:05d}", day("2-10"))
    d.reports(one, "2-20")
    for name, begins, ends in (("same", "1-15", None), ("before", "1-14", "1-14"), ("after", "1-16", None)):
        other = d.other(name, below=False)
        number = other.joins("1-1")
        other.leaves(number, "1-15")
        d.made.mark(f"N{number:05d}", day(begins), ends and day(ends))


@case(
    """
tables:
  fee: {type: money, keys: [tariff], missing: nothing, rows: [{tariff: V1, value: "300"}, {tariff: V2, value: "200"}, {tariff: V3, value: "100"}]}
components:
  connection: {on: activation, pay: fee(tariff)}
  changed: {on: tariff_change, claws_back: [connection], within: {months: 1}, keeps: fee(tariff)}
  left: {on: churn, claws_back: [connection], within: {months: 1}}
""",
    # to V3 takes 200; back to V2 would keep 200 where 100 are left: nothing; leaves on 29 February, the month's last day: 100
    connection=". 300 . .",
    changed=". . -200 .",
    left=". . -100 .",
    **{
        "late.connection": ". 300 . .",  # its month is over on 29 February: on 1 March it leaves for nothing
        "short.connection": ". 300 . .", "short.left": ". . -300 .",  # joined on the 30th: 29 February is the last day, too
        "other.connection": ". 300 . .",  # to a tariff that the table doesn't know: what is kept is unknown, nothing is taken
    },
)  # fmt: skip
def downgrades_at_month_ends(d: Dealer) -> None:
    one = d.joins("1-31")
    d.reports(one, "2-5", tariff="V3")
    d.reports(one, "2-10", tariff="V2")
    d.leaves(one, "2-29", "V2")
    late = d.other("late", below=False)
    late.leaves(late.joins("1-31"), "3-1")
    short = d.other("short", below=False)
    short.leaves(short.joins("1-30"), "2-29")
    other = d.other("other", below=False)
    other.reports(other.joins("1-31"), "2-10", tariff="V9")


@case(
    """
components:
  aged: {on: charge, pay: months_since_activation * 10}
  later: {on: activation, after: {months: [1, 2]}, where: status = 'active', pay: instalment * 100}
""",
    # joined on 31 January: 28 February is no month, the 29th is one; 30 March is one, the 31st two
    aged=". . 10 30",
    later=". . 100 200",
    **{"gone.later": ". . 100 ."},  # left on 29 March, the day before its second month is over
)
def months_that_end_early(d: Dealer) -> None:
    d.charges(d.joins("1-31"), d2_28="1", d2_29="1", d3_30="1", d3_31="1")
    gone = d.other("gone", below=False)
    gone.leaves(gone.joins("1-30"), "3-29")


@case(
    """
components:
  share: {on: charge, pay: amount * 1}
  taken: {on: churn, claws_back: [share], within: {days: 60}, keeps: paid * 0.5}
limits:
  most: {of: [share, taken], at_most: "40"}
""",
    # December: 100 of one, -20 of another: 80 are cut to 40, each line to a half; January: both leave
    share="80 30 . .",
    most="-40 . . .",
    taken=". -35 . .",  # half of the 50 let through, of the credit's -10, and of January's 30
)
def a_cap_over_credits_and_what_is_taken_back(d: Dealer) -> None:
    one, two = d.old(), d.old()
    d.charges(one, d12_05="100", d1_5="30")
    d.charges(two, d12_06="-20")
    d.leaves(one, "1-20")
    d.leaves(two, "1-20")


# --- draws, hierarchies and shared pay


@case(
    """
components:
  share: {on: charge, pay: amount * 1}
limits:
  draw: {of: [share], at_least: "100", recoverable: true}
""",
    # 40 and 60 owed; 130 give back 30; 90 and 10 owed again: 40; 200 give back all 40
    share="40 130 90 200",
    draw="60 -30 10 -40",
    **{
        "below.share": "-20 . 350 100", "below.draw": "120 100 -220 .",  # a month below zero, and one of nothing
    },
)  # fmt: skip
def a_draw(d: Dealer) -> None:
    d.charges(d.old(), d12_05="40", d1_5="130", d2_5="90", d3_5="200")
    below = d.other("below", below=False)
    below.charges(below.old(), d12_05="-20", d2_5="350", d3_5="100")


@case(
    """
measures:
  everything: {whose: below, earned: all}
  shares: {whose: below, earned: [share]}
components:
  of_all: {on: period, pay: everything * 0.10}
  of_shares: {on: period, pay: shares * 0.10}
limits:
  least: {of: [of_all], at_least: "12"}
""",
    # the dealer below draws: 100, 100, 100, 160 of 40, 130, 90, 200
    of_all="10 10 10 16",
    of_shares="4 13 9 20",
    least="2 2 2 .",
    **{"below.share": "40 130 90 200", "below.draw": "60 -30 10 -40"},
)
def an_override_on_a_draw(d: Dealer) -> None:
    below = d.other("below", scheme="a_draw")
    below.charges(below.old(), d12_05="40", d1_5="130", d2_5="90", d3_5="200")


@case(
    """
measures:
  below: {whose: below, earned: all}
  further: {whose: below, level: 2, earned: all}
components:
  share: {on: charge, pay: amount * 0.5}
  override: {on: period, pay: below * 0.05 + further * 0.03}
""",
    # the lowest earns 100, the one above 200 and an override of 5; the lead 0.05 of 205 and 0.03 of 100
    override="13.25 . . .",
    **{"two.share": "200 . . .", "two.override": "5 . . .", "two-three.share": "100 . . ."},
)
def overrides_by_level(d: Dealer) -> None:
    two = d.other("two")
    two.charges(two.old(), d12_05="400")
    three = two.other("three")
    three.charges(three.old(), d12_05="200")


@case(
    """
measures:
  joined: {on: activation}
  charged: {on: charge, sum: amount}
  all_joined: {whose: whole_group, counted: [joined]}
components:
  pool: {on: period, pay: "1000", split_by: charged}
  heads: {on: period, pay: all_joined * 100, split_by: joined}
""",
    # December: 150, 100, 0 and -50 make 200, in the order of counterparties; January: all have nothing; February: 1, 1, 1 and 0
    pool="750 . 333.33 .",
    heads="100 100 . .",  # January: 1, 2 and 1: 400
    **{
        "S1.pool": "500 . 333.34 .", "S1.heads": ". 200 . .",
        "S2.pool": ". . 333.33 .", "S2.heads": ". 100 . .",  # its contract ends on 15 February
        "S3.pool": "-250 . . .",
    },
)  # fmt: skip
def pay_shared_by_what_may_be_nothing_or_below(d: Dealer) -> None:
    one, two, three = d.other("S1"), d.other("S2", valid_to=date(2024, 2, 15)), d.other("S3")
    d.charges(d.old(), d12_05="150", d2_5="1")
    one.charges(one.old(), d12_05="100", d2_5="1")
    two.charges(two.old(), d12_05="50 -50", d2_15="1", d2_16="1000")
    three.charges(three.old(), d12_05="-50")
    for of, *days in ((d, "12-31", "1-31"), (one, "1-1", "1-2"), (two, "1-31", "2-16")):
        for on in days:
            of.joins(on)


@case(
    """
measures:
  counted: {on: charge}
components:
  share: {on: charge, pay: amount * 1}
limits:
  draw: {of: [share], at_least: "100", where: counted >= 2, recoverable: true}
""",
    share="40 150 140 500",
    draw="60 . -40 .",  # a month that doesn't meet the condition neither draws nor gives back
)
def a_draw_with_a_condition(d: Dealer) -> None:
    d.charges(d.old(), d12_05="20 20", d1_5="150", d2_5="80 60", d3_5="500")


@case(
    """
measures:
  group: {whose: group, earned: all}
components:
  share: {on: charge, pay: amount * 1}
limits:
  own_most: {of: [share], at_most: "120"}
  most: {of: [group], at_most: "100"}
""",
    # December: 20, and of those below 150, less 30, less 20; and -30
    share="20 . . .",
    most=". . . .",
    **{"S1.share": "150 -50 . .", "S1.own_most": "-30 . . .", "S1.most": "-20 . . .", "S2.share": "-30 . . ."},
)
def caps_of_groups_within_a_group(d: Dealer) -> None:
    one, two = d.other("S1"), d.other("S2")
    d.charges(d.old(), d12_05="20")
    one.charges(one.old(), d12_05="150", d1_5="-50")
    two.charges(two.old(), d12_05="-30")


@case(
    """
currency: JPY
rounding: {each: total, places: 0, mode: half_up}
attributes:
  part: {type: share, default: "0.5", between: ["0", "1"]}
measures:
  joined: {on: activation}
  all_joined: {whose: whole_group, counted: [joined]}
components:
  pool: {on: period, pay: all_joined * 33, split_by: joined}
  agreed: {on: period, pay: all_joined * 31, split_by: part}
""",
    # December: 99 by one of three, and by a half of 93: 46.5 and 93 less 47
    pool="33 33 . .",
    agreed="47 37 . .",  # January, 62 by what is agreed on its last day: 0.6 and 0.4: 37.2
    **{"S1.pool": "66 33 . .", "S1.agreed": "46 25 . ."},
)
def pools_in_yen(d: Dealer) -> None:
    other = d.other("S1", currency="JPY")
    d.made.contracts[-2]["currency"] = "JPY"
    for of, *days in ((d, "12-5", "1-5"), (other, "12-5", "12-6", "1-5")):
        for on in days:
            of.joins(on)
    d.agrees("part", "0.6", "contract", f"C-{d.own}", "1-15")
    d.agrees("part", "0.4", "contract", f"C-{other.own}", "1-31")


# --- more of what is taken back


@case(
    """
measures:
  before: {on: activation, months_ago: 1}
  lost: {on: activation, after: {months: 1}, where: status = 'closed'}
components:
  bonus: {on: activation, pay: {tiers: {by: count, counting: whole, steps: [{above: 0, each: "0"}, {above: 2, each: "10"}]}}}
  again: {on: period, claws_back: [bonus], months_ago: 1, keeps: {tiers: {of: before - lost, counting: whole, steps: [{above: 0, each: "0"}, {above: 2, each: "10"}]}}}
limits:
  most: {of: [bonus, again], at_most: "45"}
""",
    bonus="60 . . .",
    most="-15 . . .",
    again=". . . .",  # one left: 50 would be kept of the 45 that were paid
    **{
        "two.bonus": "60 . . .", "two.most": "-15 . . .", "two.again": ". -5 . .",  # two left: 40
        "four.bonus": "60 . . .", "four.most": "-15 . . .", "four.again": ". -45 . .",  # four left: two earn nothing
    },
)  # fmt: skip
def a_capped_bonus_looked_at_again(d: Dealer) -> None:
    for of, lost in ((d, 1), (d.other("two", below=False), 2), (d.other("four", below=False), 4)):
        numbers = [of.joins("12-10") for _ in range(6)]
        for number in numbers[:lost]:
            of.leaves(number, "12-20")


@case(
    """
components:
  sales: {on: activation, pay: {tiers: {by: count, in_order: true, counting: whole, steps: [{above: 0, each: "100"}, {above: 2, each: "50"}]}}}
  left: {on: churn, claws_back: [sales], within: {days: 60}, keeps: paid * 0.2}
  terminals: {on: operation, where: operation_kind = 'terminal_sale', pay: {tiers: {by: {sum: amount}, over: event, counting: slice, steps: [{above: 0, share: "0.10"}, {above: 10000, share: "0.03"}]}}}
  brought_back: {on: operation, where: operation_kind = 'terminal_return', claws_back: [terminals], within: {days: 14}}
""",
    sales="250 . . .",
    left="-80 -40 . .",
    terminals="2120 . . .",  # twice 10,000 × 0.10 + 2,000 × 0.03
    brought_back="-1060 . . .",  # on the fourteenth day; another on the fifteenth
)
def lines_of_tiers_taken_back(d: Dealer) -> None:
    one, two, three = (d.joins("12-2") for _ in range(3))
    d.leaves(one, "12-20")
    d.leaves(three, "1-10")
    for number, on in ((two, "12-19"), (three, "12-20")):
        d.made.operation("terminal_sale", d.outlet, "12000", f"N{number:05d}", day("12-5"))
        d.made.operation("terminal_return", d.outlet, None, f"N{number:05d}", day(on))


@case(
    """
rounding: {each: total, places: 2, mode: half_up}
components:
  parts: {on: activation, after: {months: [0, 1, 2]}, pay: instalment_of(100)}
  left: {on: churn, claws_back: [parts], within: {months: 6, since: activation}, keeps: "paid * ratio(elapsed, window)"}
""",
    parts="33.33 33.33 33.33 .",
    left=". . -66.67 .",  # two of six months are kept of 33.3333, 33.3334 and 33.3333: 22.2222 + 22.2223 + 22.2222 go
)
def instalments_in_totals_taken_back_in_part(d: Dealer) -> None:
    d.leaves(d.joins("12-10"), "2-15")


@case(
    """
attributes:
  highest: {type: money, default: "100", between: ["0", "1000"]}
components:
  a: {on: charge, where: charge_kind = 'monthly', pay: amount * 1}
  b: {on: charge, where: amount < 50, pay: amount * 1}
  back: {on: churn, claws_back: [a]}
limits:
  most_of_a: {of: [a, back], at_most: "50"}
  most: {of: [a, b, back], at_most: highest}
""",
    # December a 100 + 40, b 40: 180 against 60, the value of the month's last day
    a="140 . . .",
    b="40 . . .",
    most_of_a="-90 . . .",
    most="-120 . . .",
    back=". -33.3333 . .",  # of 100 the first cap let 50/140 through, the second 60/180: the less
    **{"short.a": "150 . . .", "short.most_of_a": "-100 . . .", "short.most": "-50 . . ."},
)
def two_caps_and_what_they_let_through(d: Dealer) -> None:
    one = d.old()
    d.charges(one, d12_05="100")
    d.charges(d.old(), d12_05="40")
    d.leaves(one, "1-5")
    d.agrees("highest", "60", "contract", f"C-{d.own}", "12-31")
    short = d.other("short", below=False, valid_to=date(2023, 12, 30))
    short.charges(short.old(), d12_05="150")


@case(
    """
tables:
  fee: {type: money, keys: [tariff], missing: nothing, rows: [{tariff: V1, value: "300"}, {tariff: V2, value: "200"}, {tariff: V3, value: "100"}]}
components:
  connection: {on: activation, pay: fee(tariff)}
  changed: {on: tariff_change, claws_back: [connection], keeps: fee(tariff)}
  restored: {on: tariff_change, where: tariff = 'V1', claws_back: [changed], within: {days: 30}}
  left: {on: churn, claws_back: [connection], within: {days: 60}, keeps: paid * 0.1}
""",
    connection="300 . . .",
    changed="-200 -200 . .",
    restored=". 200 . .",
    left=". -70 . .",  # 30 of 300 are kept where 100 are left
)
def a_higher_tariff_again(d: Dealer) -> None:
    one = d.joins("12-10")
    d.reports(one, "12-12", tariff="V3")
    d.reports(one, "1-11", tariff="V1")
    d.reports(one, "1-20", tariff="V3")
    d.leaves(one, "1-31", "V3")


# --- tiers once more


@case(
    """
terms:
  rate: {type: money, values: {2023-01-01: "10", 2024-01-01: "20"}}
  rung: {type: money, values: {2023-01-01: "50", 2024-01-01: "80"}}
components:
  whole: {on: charge, pay: {tiers: {by: {sum: amount}, over: year, counting: whole, steps: [{above: 0, share: "0.1"}, {above: 1000, share: "0.2"}]}}}
  in_order: {on: charge, pay: {tiers: {by: {sum: amount}, over: year, in_order: true, counting: whole, steps: [{above: 0, share: "0.1"}, {above: 1000, share: "0.2"}]}}}
  sliced: {on: charge, pay: {tiers: {by: {sum: amount}, over: year, in_order: true, counting: slice, steps: [{above: 0, share: "0.1"}, {above: 1000, share: "0.2"}]}}}
  at_a_rate: {on: activation, pay: {tiers: {by: count, over: contract, counting: slice, steps: [{above: 0, each: rate}, {above: 100, each: "1"}]}}}
  rungs: {on: activation, pay: {tiers: {by: count, over: contract, counting: slice, steps: [{from: 0, fixed: "0"}, {from: 2, fixed: rung}, {from: 5, fixed: rung}]}}}
  of_marked: {on: charge, pay: {tiers: {by: {sum: amount}, counting: slice, steps: [{above: 0, share: "0.01"}]}}}
""",
    # January 800 and 700, February -800, March 400; 3 join in December, 2 in January
    whole=". 300 -80 80",  # 1,500 × 0.2; at 700 a tenth; at 1,100 a fifth
    in_order=". 220 -80 80",  # 80, at 1,500 140
    sliced=". 200 -130 50",  # 80 + 20 + 100; -100 - 30; 30 + 20
    at_a_rate="30 40 . .",  # January's two at January's rate
    rungs="50 80 . .",  # the second of December; the fifth in January; what was paid stays as it was
    of_marked=". 15 -8 4",  # a marked subscriber's 1,000 of 10 to 20 January are counted nowhere
)
def tiers_of_the_year_that_fall_again(d: Dealer) -> None:
    d.charges(d.old(), d1_5="800 700", d2_5="-800", d3_5="400")
    marked = d.old()
    d.charges(marked, d1_10="500", d1_20="500")
    d.made.mark(f"N{marked:05d}", day("1-10"), day("1-20"))
    for on in ("12-1", "12-2", "12-3", "1-1", "1-2"):
        d.joins(on)


@case(
    """
measures:
  at_outlet: {on: charge, per: outlet}
components:
  parts: {on: activation, after: {months: [1, 2]}, pay: instalment_of(60)}
  share: {on: charge, pay: "if(at_outlet >= 2, 2, 1)"}
  left: {on: churn, claws_back: [parts]}
""",
    # activated by the first, linked to the second from 15 January: who activated is paid in instalments, and answers
    parts=". 30 30 .",
    share=". 1 . .",
    left=". . -30 .",  # a day before the second part falls due
    **{"second.share": ". 4 . ."},
)
def a_subscriber_that_changes_hands(d: Dealer) -> None:
    second = d.other("second", below=False)
    one = d.joins("12-31")
    d.charges(one, d1_14="10", d1_15="10", d1_16="10")
    d.by_hand.append(lambda connection: registry.link_subscriber(
        connection, f"N{one:05d}", second.outlet, valid_from=day("1-15"), reason="moved", author="olga",
    ))  # fmt: skip
    d.leaves(one, "2-28")


# --- cohorts, outlets and first days


@case(
    """
measures:
  joined: {on: activation}
  cohort: {on: activation, after: {months: 1}}
  gone: {on: activation, after: {months: 1}, where: status = 'closed'}
  before: {on: activation, months_ago: 1}
  unmarked: {on: activation, after: {months: 1}}
values:
  quality: {type: share, formula: "coalesce(ratio(gone, cohort), 0)"}
  fraud: {type: share, formula: "coalesce(ratio(before - unmarked, before), 0)"}
components:
  each: {on: activation, pay: 100 * (1 - quality)}
  each_if_known: {on: activation, pay: "100 * (1 - ratio(gone, cohort))"}
  of_month: {on: period, where: joined > 0, pay: "joined * 100 * (1 - quality)"}
  less_fraud: {on: period, pay: "1000 * (1 - fraud)"}
""",
    # January 2 join (the 31st), February 1, March 1; one of January's leaves on 29 February, the day it is looked at; February's is marked on 10 March
    each=". 200 50 100",
    each_if_known=". . 50 .",  # an empty cohort is unknown; February's one is marked when it is looked at: no cohort either
    of_month=". 200 50 100",
    less_fraud="1000 1000 1000 .",
)
def the_quality_of_an_empty_cohort(d: Dealer) -> None:
    d.joins("1-31")
    d.leaves(d.joins("1-31"), "2-29")
    marked = d.joins("2-15")
    d.made.mark(f"N{marked:05d}", day("3-10"))
    d.joins("3-20")


@case(
    """
attributes:
  enough: {type: number, default: "2", between: ["1", "9"]}
measures:
  joined: {on: activation, per: outlet}
  strong: {outlets: joined, at_least: enough}
components:
  rent: {on: operation, where: operation_kind = 'rent', pay: "if(joined >= 2, 10, 5)"}
  by_count: {on: operation, where: operation_kind = 'rent', pay: joined * 10}
  strong_each: {on: period, pay: {tiers: {of: strong, counting: whole, steps: [{from: 0, each: "0"}, {from: 2, each: "500"}]}}}
  strong_sliced: {on: period, pay: {tiers: {of: strong, counting: slice, steps: [{from: 0, each: "0"}, {from: 2, each: "500"}]}}}
""",
    # December: 2 at each of two outlets; a rent of each, one of a third, and one without an outlet: of the subscriber's
    rent="35 . . .",  # 10 + 10 + 5 + 10
    by_count="60 . . .",  # 20 + 20 + 0 + 20
    strong_each="1000 . . .",
    strong_sliced=". . . .",  # two units below the threshold, none above it
)
def outlets_and_an_operation_without_one(d: Dealer) -> None:
    for name in ("a", "b"):
        d.made.outlet(f"{d.outlet}-{name}", d.own)
        d.made.outlets[-1]["opened_on"] = LONG_AGO
    for outlet in (d.outlet, d.outlet, f"{d.outlet}-a", f"{d.outlet}-a"):
        number = d.joins("12-31", outlet=outlet)
    for where in (d.outlet, f"{d.outlet}-a", f"{d.outlet}-b", None):
        d.made.operation("rent", where, "1", f"N{number:05d}", day("12-31"))


@case(
    """
measures:
  revenue: {on: charge, sum: amount, over: quarter}
components:
  active: {on: charge, where: months_since_activation <= 11 and charged_within(30) >= 100, pay: amount * 0.03}
  bonus: {on: period, where: month_of_quarter = 3 and revenue >= 300, pay: revenue * 0.01}
  each: {on: charge, pay: "if(revenue >= 300, 1, 0)"}
""",
    # joined on 10 December: 150 on that day and a credit of 60 on 8 January, the thirtieth: 90
    active="4.5 . . .",  # in December nothing is known of January
    bonus="6 . . 3",  # December of the old subscriber's 450 and 150; the quarter from January: -60 + 200 + 160
    each="2 . . 1",
    **{
        "late.active": "4.5 -1.8 6 4.8", "late.bonus": ". . . 3", "late.each": ". . . 1",  # its credit came on 9 January
    },
)  # fmt: skip
def first_days_with_credits_and_a_quarter(d: Dealer) -> None:
    d.charges(d.old(), d12_05="450")
    d.charges(d.joins("12-10"), d12_10="150", d1_8="-60", d2_5="200", d3_5="160")
    late = d.other("late", below=False)
    late.charges(late.joins("12-10"), d12_10="150", d1_9="-60", d2_5="200", d3_5="160")


# --- the cases are run


def scheme_file(of: Case, number: int, folder: Path) -> Path:
    """A version of a case's scheme, with the titles and the head that its body leaves out."""
    yaml = YAML(typ="safe")
    body = yaml.load(of.versions[number - 1])
    for part in ("attributes", "terms", "tables", "measures", "values", "components", "limits"):
        for name, about in body.get(part, {}).items():
            about["title"] = {"en": name.replace("_", " "), "ru": name.replace("_", " ")}
    head = {
        "scheme": of.name, "version": number, "title": {"en": of.name, "ru": of.name}, "document": "none",
        "valid_from": date(2023, 1, 1), "currency": "RUB", "rounding": {"each": "line", "places": 2, "mode": "half_up"},
    }  # fmt: skip
    path, text = folder / f"{of.name}-{number}.yaml", io.StringIO()
    yaml.dump(head | body, text)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def calculate(home: Settings) -> None:
    """The four months of all cases, one after the other."""
    made, by_hand = Operator(), []
    for product in ("V1", "V2", "V3", "V9"):
        made.product(product, "voice")
    for of in CASES:
        of.happens(dealer(made, of.name, of.name, by_hand))
    made.write(home.inbox)
    with database.transaction(home) as connection:
        for of in CASES:
            for number in range(1, len(of.versions) + 1):
                registry.add_scheme(connection, scheme_file(of, number, home.home))
    for result in loaders.load_inbox(home):
        assert result.outcome == "accepted" and not result.reasons, (result, result.words)
    with database.transaction(home) as connection:
        for enter in by_hand:
            enter(connection)
    for period in MONTHS:
        runs.calculate(period, settings=home)


def rewards_of(home: Settings) -> dict[tuple[str, str, str], Decimal]:
    """By contract, component and month."""
    with database.transaction(home) as connection:
        rows = connection.execute(
            """select contract_id, component, period, sum(amount) as amount from reporting.rewards
               group by contract_id, component, period having sum(amount) <> 0"""
        ).fetchall()
    return {tuple(row.values())[:3]: row["amount"] for row in rows}


def differences(of: Case, rewards: dict[tuple[str, str, str], Decimal]) -> list[str]:
    """Where a case comes to something else than was worked out by hand."""
    expected = {}
    for key, amounts in of.expected.items():
        who, _, component = key.rpartition(".")
        for period, amount in zip(MONTHS, amounts.split(), strict=True):
            if amount != ".":
                expected[f"C-{of.name}" + (f"-{who}" if who else ""), component, str(period)] = Decimal(amount)
    found = {
        key: amount for key, amount in rewards.items() if key[0] == f"C-{of.name}" or key[0].startswith(f"C-{of.name}-")
    }
    return [
        f"{' '.join(key)}: by hand {expected.get(key, 0)}, calculated {found.get(key, Decimal(0)).normalize():f}"
        for key in sorted({*found, *expected})
        if found.get(key, 0) != expected.get(key, 0)
    ]


@pytest.fixture(scope="module")
def rewards(
    server: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[str, str, str], Decimal]]:
    with fresh_home(server, template, tmp_path_factory.mktemp("combinations")) as home:
        calculate(home)
        yield rewards_of(home)


@pytest.mark.parametrize("of", CASES, ids=lambda of: of.name)
def test_a_case_comes_to_what_was_worked_out_by_hand(of: Case, rewards):
    assert differences(of, rewards) == []
