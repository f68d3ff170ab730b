"""Draws, hierarchies, shared pay; cohorts, outlets and first days."""
# fmt: off

from datetime import date

from tests.combinations.dealers import LONG_AGO, Dealer, case, day


@case("""
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
)
def a_draw(d: Dealer) -> None:
    d.charges(d.old(), d12_05="40", d1_5="130", d2_5="90", d3_5="200")
    below = d.other("below", below=False)
    below.charges(below.old(), d12_05="-20", d2_5="350", d3_5="100")


@case("""
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


@case("""
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


@case("""
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


@case("""
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


@case("""
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
)
def pay_shared_by_what_may_be_nothing_or_below(d: Dealer) -> None:
    one, two, three = d.other("S1"), d.other("S2", valid_to=date(2024, 2, 15)), d.other("S3")
    d.charges(d.old(), d12_05="150", d2_5="1")
    one.charges(one.old(), d12_05="100", d2_5="1")
    two.charges(two.old(), d12_05="50 -50", d2_15="1", d2_16="1000")
    three.charges(three.old(), d12_05="-50")
    for of, *days in ((d, "12-31", "1-31"), (one, "1-1", "1-2"), (two, "1-31", "2-16")):
        for on in days:
            of.joins(on)


@case("""
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


@case("""
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


@case("""
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


@case("""
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
)
def first_days_with_credits_and_a_quarter(d: Dealer) -> None:
    d.charges(d.old(), d12_05="450")
    d.charges(d.joins("12-10"), d12_10="150", d1_8="-60", d2_5="200", d3_5="160")
    late = d.other("late", below=False)
    late.charges(late.joins("12-10"), d12_10="150", d1_9="-60", d2_5="200", d3_5="160")


@case("""
measures:
  charged: {on: charge, sum: amount, per: subscriber}
  active: {subscribers: charged, at_least: "100"}
components:
  share: {on: charge, pay: "amount * if(charged >= 100, 0.10, 0.05)"}
  base: {on: period, pay: active * 10}
  fee: {on: activation, pay: "300"}
  left: {on: churn, claws_back: [fee], within: {days: 60}, keeps: "if(charged >= 100, paid, 0)"}
""",
    # January: the first is charged 150 and credited 60, the second 100, the third 50 and, while it is marked, 500
    share=". 17 . .",  # 90 × 0.05 + 100 × 0.10 + 50 × 0.05
    base=". 10 . .",  # exactly 100 is enough
    fee="900 . . .",
    left=". -300 -300 .",  # the second is kept; the third leaves on the 57th day, charged nothing in that month
)
def subscribers_by_themselves(d: Dealer) -> None:
    first, second, third = (d.joins("12-10") for _ in range(3))
    d.charges(first, d1_5="150 -60")
    d.charges(second, d1_5="100")
    d.charges(third, d1_15="500", d1_25="50")
    d.made.mark(f"N{third:05d}", day("1-10"), day("1-20"))
    d.leaves(first, "1-20")
    d.leaves(second, "1-31")
    d.leaves(third, "2-5")
